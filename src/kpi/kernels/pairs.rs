//! Which ids occur in each group, where both are too many for a bit per group and id?

use hashbrown::HashSet;

use super::merge::Merge;
use super::totals::Totals;
use crate::store::radix::sort_by_bits;

/// So many pairs are noted before those that occur twice are looked for.
const ROOM: usize = 1 << 22;

/// Distinct pairs of a group and an id.
pub struct Pairs {
    /// The id above, the group below; some may occur twice.
    pairs: Vec<u64>,
    /// Those that occur twice are taken out when there are so many.
    room: usize,
    /// Pairs of groups beyond 32 bits.
    wide: HashSet<(u64, u32)>,
    counts: Totals<0>,
}

impl Pairs {
    /// No pairs, for groups below `groups`.
    pub fn new(groups: u64) -> Self {
        Pairs { pairs: Vec::new(), room: ROOM, wide: HashSet::new(), counts: Totals::new(groups) }
    }

    /// Notes a pair.
    #[inline]
    pub fn insert(&mut self, group: u64, id: u32) {
        let Ok(narrow) = u32::try_from(group) else {
            self.wide.insert((group, id));
            return;
        };
        if self.pairs.len() >= self.room {
            self.settle();
            self.room = ROOM.max(2 * self.pairs.len());
        }
        self.pairs.push(u64::from(id) << u32::BITS | u64::from(narrow));
    }

    /// Leaves each pair once, in order of the ids, then of the groups.
    fn settle(&mut self) {
        sort_by_bits(&mut self.pairs, u32::BITS..u64::BITS);
        // An id is in few groups.
        for of_id in self.pairs.chunk_by_mut(|a, b| a >> u32::BITS == b >> u32::BITS) {
            match of_id {
                [_] => {}
                [a, b] => (*a, *b) = (*a.min(b), *a.max(b)),
                many => many.sort_unstable(),
            }
        }
        self.pairs.dedup();
    }

    fn drain(&mut self, mut each: impl FnMut(u64, u32)) {
        self.settle();
        self.pairs.drain(..).map(unpacked).for_each(|(group, id)| each(group, id));
        self.wide.drain().for_each(|(group, id)| each(group, id));
    }

    /// Takes all pairs, in order.
    pub fn take(&mut self) -> Vec<(u64, u32)> {
        self.settle();
        sort_by_bits(&mut self.pairs, 0..u32::BITS);
        let mut pairs: Vec<(u64, u32)> = self.pairs.drain(..).map(unpacked).collect();
        let mut wide: Vec<(u64, u32)> = self.wide.drain().collect();
        wide.sort_unstable();
        pairs.append(&mut wide);
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

/// Group and id of a pair.
fn unpacked(pair: u64) -> (u64, u32) {
    (pair & u64::from(u32::MAX), (pair >> u32::BITS) as u32)
}

impl Merge for Pairs {
    fn merge(&mut self, mut other: Self) {
        self.pairs.append(&mut other.pairs);
        self.wide.extend(other.wide);
    }
}
