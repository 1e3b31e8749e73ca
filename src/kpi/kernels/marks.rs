//! Which ids occur in each group of a period?
//!
//! Invariant: the same ids come out whether they are kept as bits or as pairs.

use super::groups::Groups;
use super::known::{Known, count_missing};
use super::merge::Merge;
use super::pairs::Pairs;
use crate::store::vector::{changed, vectorized};
use crate::store::{BitVec, zeros};

/// The most bits of all groups together (128 MiB per thread, of which the system gives what is touched).
const BITS_MAX: u64 = 1 << 30;

/// Up to so many groups, all are looked at rather than those that were met.
const FEW: usize = 1 << 6;

/// The distinct ids of each group, as far as they are known.
pub struct Marks<'k> {
    known: Known<'k>,
    /// 64-bit words per group; 0 when ids are kept as pairs.
    words: usize,
    /// Those of ids that are not known count for nothing.
    bits: Vec<u64>,
    /// The first and the last word of any group that may hold a bit.
    used: (usize, usize),
    /// Which groups hold a bit.
    groups: Vec<bool>,
    pairs: Pairs,
}

impl<'k> Marks<'k> {
    /// No ids, for groups below `groups`.
    pub fn new(groups: u64, known: &'k BitVec) -> Self {
        let words = known.words().len();
        let bits = groups.checked_mul(words as u64 * 64);
        let is_dense = bits.is_some_and(|bits| bits > 0 && bits <= BITS_MAX);
        let pairs = if is_dense { Pairs::new(0) } else { Pairs::new(groups) };
        let (words, groups) = if is_dense { (words, groups as usize) } else { (0, 0) };
        Marks {
            known: Known::new(known),
            words,
            bits: zeros(groups * words),
            used: (usize::MAX, 0),
            groups: vec![false; groups],
            pairs,
        }
    }

    /// Notes ids with their groups, and counts those that are missing, and those that are not known.
    pub fn add(&mut self, groups: &Groups, ids: &[u32]) -> (u64, u64) {
        let mut strangers = 0u64;
        self.known.each_stranger(ids, |_, _| strangers += 1);
        let left_out = (count_missing(ids), strangers);
        if self.words == 0 {
            let known = ids.iter().enumerate().filter(|(_, id)| self.known.has(**id));
            known.for_each(|(at, &id)| self.pairs.insert(groups.of(at), id));
            return left_out;
        }
        let (least, most) = vectorized(|| {
            // A missing id becomes 0, any other its successor.
            let most = ids.iter().fold(0u32, |most, id| most.max(id.wrapping_add(1)));
            (ids.iter().fold(u32::MAX, |least, &id| least.min(id)), most)
        });
        if most > 0 {
            let last = (most as usize - 1) / 64;
            self.used = (self.used.0.min(least as usize / 64), self.used.1.max(last.min(self.words - 1)));
        }
        match groups {
            Groups::One => {
                self.groups[0] = true;
                ids.iter().for_each(|&id| mark(&mut self.bits, id));
            }
            Groups::Each(each) => self.mark_each(each.iter().map(|group| *group as usize), ids),
            Groups::Wide(each) => self.mark_each(each.iter().map(|group| *group as usize), ids),
        }
        left_out
    }

    fn mark_each(&mut self, groups: impl Iterator<Item = usize> + Clone, ids: &[u32]) {
        for (group, &id) in groups.clone().zip(ids) {
            let at = id as usize / 64;
            if at < self.words {
                self.bits[group * self.words + at] |= 1 << (id % 64);
            }
        }
        if self.groups.len() <= FEW {
            self.groups.fill(true);
        } else {
            groups.for_each(|group| self.groups[group] = true);
        }
    }

    /// Calls `each` with every group that has ids, in order, with the words of its bits, of which the
    /// first is that of `first × 64`; nothing is left. Only for ids that are kept as bits.
    fn take_words(&mut self, mut each: impl FnMut(u64, usize, &[u64])) {
        let (first, last) = std::mem::replace(&mut self.used, (usize::MAX, 0));
        for (group, is_used) in self.groups.iter_mut().enumerate().filter(|(_, used)| **used) {
            *is_used = false;
            if first > last {
                continue;
            }
            let words = &mut self.bits[group * self.words + first..=group * self.words + last];
            let known = &self.known.words()[first..=last];
            changed(words, known, |word, known| *word &= known);
            each(group as u64, first, words);
            words.fill(0);
        }
    }

    /// Calls `each` with every group that has ids, in order of the groups, and how many; nothing is left.
    pub fn finish(&mut self, mut each: impl FnMut(u64, u64)) {
        self.take_words(|group, _, words| {
            let count = vectorized(|| words.iter().map(|word| u64::from(word.count_ones())).sum());
            if count > 0 {
                each(group, count);
            }
        });
        self.pairs.finish(each);
    }

    /// Calls `each` with every group that has ids, in order of the groups, and these in order; nothing is
    /// left.
    pub fn finish_ids(&mut self, each: impl FnMut(u64, &[u32])) {
        self.finish_words(|_, _, _| false, each);
    }

    /// As [`Self::finish_ids`], but where ids are kept as bits, `take` may take these instead: it is given
    /// the group, and words of which the first is that of the ids from `first × 64` on.
    pub fn finish_words(
        &mut self,
        mut take: impl FnMut(u64, usize, &[u64]) -> bool,
        mut each: impl FnMut(u64, &[u32]),
    ) {
        let mut ids = Vec::new();
        self.take_words(|group, first, words| {
            if take(group, first, words) {
                return;
            }
            ids.clear();
            for (at, &word) in words.iter().enumerate() {
                let mut left = word;
                while left != 0 {
                    ids.push(((first + at) * 64) as u32 + left.trailing_zeros());
                    left &= left - 1;
                }
            }
            if !ids.is_empty() {
                each(group, &ids);
            }
        });
        for run in self.pairs.take().chunk_by(|a, b| a.0 == b.0) {
            ids.clear();
            ids.extend(run.iter().map(|pair| pair.1));
            each(run[0].0, &ids);
        }
    }
}

/// Sets the bit of an id; a missing one lies behind all.
#[inline(always)]
fn mark(bits: &mut [u64], id: u32) {
    if let Some(word) = bits.get_mut(id as usize / 64) {
        *word |= 1 << (id % 64);
    }
}

impl Merge for Marks<'_> {
    fn merge(&mut self, mut other: Self) {
        // Only what may hold a bit is touched, for the system has not yet given the rest.
        let (words, bits) = (self.words, &mut self.bits);
        self.used = (self.used.0.min(other.used.0), self.used.1.max(other.used.1));
        other.take_words(|group, first, more| {
            let start = group as usize * words + first;
            let own = &mut bits[start..start + more.len()];
            changed(own, more, |word, more| *word |= more);
            self.groups[group as usize] = true;
        });
        self.pairs.merge(other.pairs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::NULL_ID;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn both_forms_count_as_a_set_does(
            rows in proptest::collection::vec((0u32..9, prop_oneof![0u32..200, Just(NULL_ID)]), 0..400),
            cut in 0usize..400, counted in any::<bool>(), strangers in proptest::collection::btree_set(0u32..200, 0..50),
        ) {
            let known: BitVec = (0..200).map(|id| !strangers.contains(&id)).collect();
            let is_known = |id: u32| id != NULL_ID && !strangers.contains(&id);
            let want: BTreeSet<(u64, u32)> =
                rows.iter().filter(|r| is_known(r.1)).map(|r| (u64::from(r.0), r.1)).collect();
            for groups in [9, BITS_MAX, 1 << 40] {
                let apart = groups / 9;
                let want: Vec<(u64, u32)> = want.iter().map(|&(group, id)| (group * apart, id)).collect();
                let parts = rows.split_at(cut.min(rows.len()));
                let (mut missing, mut unknown) = (0, 0);
                let mut all = [parts.0, parts.1].map(|part| {
                    let mut marks = Marks::new(groups, &known);
                    let of = Groups::Wide(part.iter().map(|r| u64::from(r.0) * apart).collect());
                    let ids: Vec<u32> = part.iter().map(|r| r.1).collect();
                    let counts = marks.add(&of, &ids);
                    (missing, unknown) = (missing + counts.0, unknown + counts.1);
                    marks
                }).into_iter();
                let mut marks = all.next().unwrap();
                marks.merge(all.next().unwrap());
                let mut got = Vec::new();
                if counted {
                    let counts = want.chunk_by(|a, b| a.0 == b.0).map(|run| (run[0].0, run.len() as u64));
                    marks.finish(|group, ids| got.push((group, ids)));
                    prop_assert_eq!(got, counts.collect::<Vec<_>>());
                } else {
                    marks.finish_ids(|group, ids| got.extend(ids.iter().map(|&id| (group, u64::from(id)))));
                    prop_assert_eq!(got, want.iter().map(|&(g, id)| (g, u64::from(id))).collect::<Vec<_>>());
                }
                prop_assert_eq!(missing, rows.iter().filter(|r| r.1 == NULL_ID).count() as u64);
                prop_assert_eq!(missing + unknown, rows.iter().filter(|r| !is_known(r.1)).count() as u64);
                marks.finish(|_, _| panic!("nothing is left"));
            }
        }
    }
}
