//! How many known users acted in each period and group? From the rows, or from kept sets where these hold
//! the same.

use std::sync::Arc;

use rayon::prelude::*;
use roaring::{MultiOps, RoaringBitmap};

use super::acting::{Acting, State};
use super::kept::KeptSet;
use crate::kpi::error::KpiError;
use crate::kpi::grouped::{Entry, Grouped};
use crate::kpi::kernels::known::{Known, count_missing};
use crate::kpi::kernels::totals::Totals;
use crate::kpi::scan::chunk::Chunk;
use crate::kpi::scan::run::Spare;
use crate::kpi::scan::{Excluded, Periods};
use crate::store::vector::vectorized;
use crate::store::{BitVec, StoreError};

/// Below this many users in all sets, one thread is faster than waking others.
const PARALLEL_MIN: u64 = 1 << 16;

/// A thread takes this many shares of the periods, so that no thread waits long for another.
const SHARES: usize = 8;

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

    /// Adds the users of each period to totals of so many groups, `add` being given those of each group of
    /// the dimensions that are not of the user, in order; then calls `finish`, which leaves none in them.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn each_users<O: Send + Default>(
        &self,
        periods: &Periods,
        groups: u64,
        excluded: &mut Excluded,
        add: impl Fn(&mut Totals<0>, u64, &[u32]) + Sync,
        finish: impl Fn(&mut Totals<0>, u32, &mut O) + Sync,
    ) -> Result<Vec<O>, KpiError> {
        if let Some(kept) = self.kept(periods)?.filter(|kept| is_apart(kept)) {
            self.strangers(periods, excluded)?;
            return self.each_kept(&kept, groups, |totals, users| add(totals, 0, users), finish);
        }
        self.each_period(periods, groups, excluded, |(marks, totals), bucket, found| {
            marks.finish_ids(|group, users| add(totals, group, users));
            finish(totals, bucket, found);
        })
    }

    /// As [`Self::each_users`], by the sets that are kept.
    fn each_kept<O: Send + Default>(
        &self,
        kept: &[KeptSet<'_>],
        groups: u64,
        add: impl Fn(&mut Totals<0>, &[u32]) + Sync,
        finish: impl Fn(&mut Totals<0>, u32, &mut O) + Sync,
    ) -> Result<Vec<O>, KpiError> {
        let allowed = Known::new(&self.allowed);
        let spare = Spare::default();
        let work = |periods: &[&[KeptSet<'_>]]| {
            let (mut totals, mut users) = spare.take(|| (Totals::new(groups), Vec::new()));
            let mut found = O::default();
            for sets in periods {
                let joined = self.users_of(sets)?;
                users.resize(joined.len() as usize, 0);
                let found_users = joined.iter().next_many(&mut users).len();
                users.truncate(found_users);
                allowed.keep(&mut users);
                add(&mut totals, &users);
                finish(&mut totals, sets[0].bucket, &mut found);
            }
            spare.put((totals, users));
            Ok(found)
        };
        let periods: Vec<&[KeptSet<'_>]> = kept.chunk_by(|a, b| a.bucket == b.bucket).collect();
        let is_small = kept.iter().map(KeptSet::len).sum::<Result<u64, _>>()? < PARALLEL_MIN;
        if is_small {
            return Ok(vec![work(&periods)?]);
        }
        let share = periods.len().div_ceil(rayon::current_num_threads() * SHARES);
        periods.par_chunks(share).with_max_len(1).map(work).collect()
    }

    /// The users of a period, by its sets.
    fn users_of(&self, sets: &[KeptSet<'_>]) -> Result<RoaringBitmap, KpiError> {
        if let [only] = sets {
            return Ok(only.users(self.ctx)?);
        }
        let sets = sets.iter().map(|set| set.users(self.ctx)).collect::<Result<Vec<_>, _>>()?;
        Ok(sets.union())
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
            let Some(allowed) = &allowed else {
                let all = if let [only] = sets { only.len()? } else { self.users_of(sets)?.len() };
                while strangers.next_if(|other| other.0 < bucket).is_some() {}
                let others = strangers.next_if(|other| other.0 == bucket).map_or(0, |other| other.1);
                entries.push(Entry { bucket, group: 0, value: all.saturating_sub(others) });
                continue;
            };
            let users = self.users_of(sets)? & &**allowed;
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
        // Users of a day are sooner looked up than their sets compared with those of values.
        let is_by_sets = |kept: &[KeptSet<'_>]| {
            !self.is_by_user() || (self.has_values() && kept.iter().all(|set| set.is_month))
        };
        if let Some(kept) = self.kept(periods)?.filter(|kept| is_apart(kept)) {
            if !is_by_sets(&kept) {
                self.strangers(periods, excluded)?;
                let add = |totals: &mut Totals<0>, users: &[u32]| {
                    totals.add(&self.groups_of(0, users, 1, None), users.len(), []);
                };
                let finish = |totals: &mut Totals<0>, bucket: u32, found: &mut O| {
                    totals.finish(|group, value, _| emit(found, Entry { bucket, group, value }));
                };
                return self.each_kept(&kept, self.layout.groups(), add, finish);
            }
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

/// Whether the sets of days that are kept need not be joined.
fn is_apart(kept: &[KeptSet<'_>]) -> bool {
    kept.chunk_by(|a, b| a.bucket == b.bucket).all(|sets| sets.len() == 1 || sets[0].is_month)
}

/// Number of bits that are set.
fn ones(words: &[u64]) -> u64 {
    vectorized(|| words.iter().map(|word| u64::from(word.count_ones())).sum())
}
