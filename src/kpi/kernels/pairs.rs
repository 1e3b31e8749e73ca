//! Which ids occur in each group, where both are too many for a bit per group and id?
//!
//! Invariant: a pair is noted once, either as the first group of its id or among the others.

use hashbrown::HashSet;

use super::merge::Merge;
use super::totals::Totals;

/// Distinct pairs of a group and an id.
pub struct Pairs {
    /// The group in which each id was met first, plus 1: ids mostly occur in one.
    firsts: Vec<u32>,
    /// The ids that have a first group.
    met: Vec<u32>,
    others: HashSet<(u64, u32)>,
    counts: Totals<0>,
}

impl Pairs {
    /// No pairs, for groups below `groups` and ids below `ids`.
    pub fn new(groups: u64, ids: usize) -> Self {
        Pairs { firsts: vec![0; ids], met: Vec::new(), others: HashSet::new(), counts: Totals::new(groups) }
    }

    /// Notes a pair.
    #[inline]
    pub fn insert(&mut self, group: u64, id: u32) {
        if let Some(first) = self.firsts.get_mut(id as usize)
            && group < u64::from(u32::MAX)
        {
            let group = group as u32 + 1;
            if *first == 0 {
                *first = group;
                self.met.push(id);
            }
            if *first == group {
                return;
            }
        }
        self.others.insert((group, id));
    }

    fn drain(&mut self, mut each: impl FnMut(u64, u32)) {
        for id in self.met.drain(..) {
            let first = std::mem::take(&mut self.firsts[id as usize]);
            each(u64::from(first) - 1, id);
        }
        self.others.drain().for_each(|(group, id)| each(group, id));
    }

    /// Takes all pairs, in order.
    pub fn take(&mut self) -> Vec<(u64, u32)> {
        let mut pairs = Vec::with_capacity(self.met.len() + self.others.len());
        self.drain(|group, id| pairs.push((group, id)));
        pairs.sort_unstable();
        pairs
    }

    /// Calls `each` with every group that has ids, in order, and how many; nothing is left.
    pub fn finish(&mut self, mut each: impl FnMut(u64, u64)) {
        let mut counts = std::mem::replace(&mut self.counts, Totals::new(0));
        self.drain(|group, _| counts.add_rows(group, 1, []));
        counts.finish(|group, ids, _| each(group, ids));
        self.counts = counts;
    }
}

impl Merge for Pairs {
    fn merge(&mut self, mut other: Self) {
        other.drain(|group, id| self.insert(group, id));
    }
}
