//! How many known users acted in each period and group? From the rows, or from kept sets where these hold
//! the same.

use std::sync::Arc;

use roaring::{MultiOps, RoaringBitmap};

use super::acting::{Acting, State};
use super::kept::KeptSet;
use crate::kpi::error::KpiError;
use crate::kpi::grouped::{Entry, Grouped};
use crate::kpi::kernels::known::{Known, count_missing};
use crate::kpi::scan::chunk::Chunk;
use crate::kpi::scan::{Excluded, Periods};
use crate::store::vector::vectorized;
use crate::store::{BitVec, StoreError};

impl Acting<'_, '_, '_> {
    /// How many distinct users acted in each period who are not known. Counts the rows that are left out.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn strangers(&self, periods: &Periods, excluded: &mut Excluded) -> Result<Vec<(u32, u64)>, KpiError> {
        let known = Known::new(&self.known);
        let visit = |strangers: &mut Vec<u32>, chunk: &Chunk<'_>| {
            let before = strangers.len();
            known.each_stranger(&chunk.actors, |_, id| strangers.push(id));
            Ok((count_missing(&chunk.actors), (strangers.len() - before) as u64))
        };
        let finish = |strangers: &mut Vec<u32>, bucket: u32, found: &mut Vec<(u32, u64)>| {
            strangers.sort_unstable();
            strangers.dedup();
            found.push((bucket, strangers.len() as u64));
            strangers.clear();
        };
        Ok(self.scan(periods, excluded, Vec::new, visit, finish)?.concat())
    }

    /// The known users who pass the filter, as a set.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn allowed_set(&self) -> Result<Arc<RoaringBitmap>, StoreError> {
        if self.counts_all_known() {
            return self.ctx.lookups.known("users");
        }
        let users = RoaringBitmap::from_sorted_iter(self.allowed.view().ones());
        Ok(Arc::new(users.expect("bits come in order")))
    }

    /// The users of each value, as bits.
    fn bits(&self) -> &[(u32, BitVec)] {
        self.bits.get_or_init(|| {
            let of = |users: &RoaringBitmap| {
                let mut bits = BitVec::zeros(self.known.len());
                users.iter().for_each(|user| bits.set(user as usize));
                bits
            };
            self.values.iter().map(|(code, users)| (*code, of(users))).collect()
        })
    }

    /// Number of users per period and group, by the sets that are kept.
    fn counts_of(
        &self,
        kept: &[KeptSet<'_>],
        periods: &Periods,
        excluded: &mut Excluded,
    ) -> Result<Vec<Entry<u64>>, KpiError> {
        let mut strangers = self.strangers(periods, excluded)?.into_iter().peekable();
        let mut entries = Vec::new();
        let allowed =
            if self.counts_all_known() && !self.is_by_user() { None } else { Some(self.allowed_set()?) };
        for sets in kept.chunk_by(|a, b| a.bucket == b.bucket) {
            let bucket = sets[0].bucket;
            let users = || {
                let sets = sets.iter().map(|set| set.users(self.ctx)).collect::<Result<Vec<_>, _>>()?;
                Ok::<_, KpiError>(sets.union())
            };
            let Some(allowed) = &allowed else {
                let all = if let [only] = sets { only.len()? } else { users()?.len() };
                while strangers.next_if(|other| other.0 < bucket).is_some() {}
                let others = strangers.next_if(|other| other.0 == bucket).map_or(0, |other| other.1);
                entries.push(Entry { bucket, group: 0, value: all.saturating_sub(others) });
                continue;
            };
            let users = users()? & &**allowed;
            if self.is_by_user() {
                self.by_value(0, [&users], |group, [value]| entries.push(Entry { bucket, group, value }));
            } else {
                entries.push(Entry { bucket, group: 0, value: users.len() });
            }
        }
        entries.retain(|entry| entry.value > 0);
        Ok(entries)
    }

    /// Whether sets are kept of the users of each value, where these are few.
    pub fn has_values(&self) -> bool {
        !self.values.is_empty()
    }

    /// Calls `each` with the group of each value, and of those without one, beside a group of the dimensions
    /// that are not of the user, and how many of some sets of users are in it, in order.
    pub fn by_value<const N: usize>(
        &self,
        fact_group: u64,
        sets: [&RoaringBitmap; N],
        mut each: impl FnMut(u64, [u64; N]),
    ) {
        let base = self.base_of(fact_group);
        let place = self.place_of(self.user_dims[0]);
        let mut left = sets.map(RoaringBitmap::len);
        for (code, of_value) in &self.values {
            let counts = sets.map(|users| users.intersection_len(of_value));
            // A user has one value, unless the look-up is damaged.
            left.iter_mut().zip(counts).for_each(|(left, count)| *left = left.saturating_sub(count));
            each(base + self.layout.part(place, *code), counts);
        }
        each(base + self.layout.part(place, 0), left);
    }

    /// Takes the users of a period out of the groups that they were marked in, and counts them per group
    /// of all dimensions, in order.
    pub fn finish(&self, (marks, totals): &mut State<'_>, mut each: impl FnMut(u64, u64)) {
        if !self.is_by_user() {
            return marks.finish(each);
        }
        let by_value = |group: u64, first: usize, words: &[u64]| {
            let mut left = ones(words);
            // A look-up takes as long as joining a few words.
            if self.values.is_empty() || left < (self.values.len() * words.len()) as u64 / 2 {
                return false;
            }
            let base = self.base_of(group);
            let place = self.place_of(self.user_dims[0]);
            for (code, users) in self.bits() {
                let users = users.words().get(first..).unwrap_or_default();
                let n = vectorized(|| {
                    words.iter().zip(users).map(|(a, b)| u64::from((a & b).count_ones())).sum::<u64>()
                });
                totals.add_rows(base + self.layout.part(place, *code), n, []);
                // A user has one value, unless the look-up is damaged.
                left = left.saturating_sub(n);
            }
            totals.add_rows(base + self.layout.part(place, 0), left, []);
            true
        };
        let mut others: Vec<(u64, Vec<u32>)> = Vec::new();
        marks.finish_words(by_value, |group, users| others.push((group, users.to_vec())));
        for (group, users) in others {
            totals.add(&self.groups_of(group, &users, 1, None), users.len(), []);
        }
        totals.finish(|group, users, _| each(group, users));
    }

    /// Calls `emit` with the number of users of each period and group that has some, in order; what it makes
    /// of them comes in several parts, in order.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn count<O: Send + Default>(
        &self,
        periods: &Periods,
        excluded: &mut Excluded,
        emit: impl Fn(&mut O, Entry<u64>) + Sync,
    ) -> Result<Vec<O>, KpiError> {
        // Sets of days serve where they need not be joined, nor compared with those of many values.
        let serves = |kept: &[KeptSet<'_>]| match self.is_by_user() {
            true => self.has_values() && kept.iter().all(|set| set.is_month),
            false => {
                kept.chunk_by(|a, b| a.bucket == b.bucket).all(|sets| sets.len() == 1 || sets[0].is_month)
            }
        };
        if let Some(kept) = self.kept(periods)?.filter(|kept| serves(kept)) {
            let mut found = O::default();
            let counts = self.counts_of(&kept, periods, excluded)?;
            counts.into_iter().for_each(|entry| emit(&mut found, entry));
            return Ok(vec![found]);
        }
        let groups = if self.is_by_user() { self.layout.groups() } else { 0 };
        let finish = |state: &mut State<'_>, bucket: u32, found: &mut O| {
            self.finish(state, |group, value| emit(found, Entry { bucket, group, value }));
        };
        self.each_period(periods, groups, excluded, finish)
    }

    /// Number of users per period and group.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn counts(&self, periods: &Periods, excluded: &mut Excluded) -> Result<Grouped<u64>, KpiError> {
        let found = self.count(periods, excluded, |found: &mut Vec<Entry<u64>>, entry| found.push(entry))?;
        Ok(Grouped::new(&self.layout, found))
    }
}

/// Number of bits that are set.
fn ones(words: &[u64]) -> u64 {
    vectorized(|| words.iter().map(|word| u64::from(word.count_ones())).sum())
}
