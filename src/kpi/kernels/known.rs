//! Which of some ids are missing, and which are not known?
//!
//! Invariant: nearly all ids are known, and those that are not mostly came last, so that a comparison with
//! the first of them settles most.

use crate::store::vector::{mapped, vectorized};
use crate::store::{BitVec, NULL_ID};

/// So many ids are compared at once.
const BLOCK: usize = 32;

/// The known ids.
#[derive(Clone, Copy)]
pub struct Known<'k> {
    bits: &'k BitVec,
    /// All below are known.
    first_other: u32,
}

impl<'k> Known<'k> {
    /// The ids whose bits are set.
    pub fn new(bits: &'k BitVec) -> Self {
        let full = bits.words().iter().take_while(|word| **word == u64::MAX).count();
        let ones = bits.words().get(full).map_or(0, |word| word.trailing_ones() as usize);
        Known { bits, first_other: u32::try_from(full * 64 + ones).unwrap_or(u32::MAX) }
    }

    /// Whether an id is known.
    #[inline]
    pub fn has(&self, id: u32) -> bool {
        self.bits.get(id as usize)
    }

    /// A bit per id in 64-bit words: whether it is known.
    pub fn words(&self) -> &'k [u64] {
        self.bits.words()
    }

    /// Leaves out of ids in order those that are not known.
    pub fn keep(&self, ids: &mut Vec<u32>) {
        let known = ids.partition_point(|&id| id < self.first_other);
        let mut kept = known;
        for at in known..ids.len() {
            let id = ids[at];
            ids[kept] = id;
            kept += usize::from(self.has(id));
        }
        ids.truncate(kept);
    }

    /// Calls `each` with the position and the id of those that are neither known nor missing.
    pub fn each_stranger(&self, ids: &[u32], mut each: impl FnMut(usize, u32)) {
        let mut start = 0;
        while start < ids.len() {
            // Blocks without such ids are passed over in one go; a missing one becomes 0.
            start += vectorized(|| {
                let blocks = ids[start..].chunks(BLOCK);
                let has_none = |ids: &&[u32]| {
                    ids.iter().fold(0, |most, id| most.max(id.wrapping_add(1))) <= self.first_other
                };
                BLOCK * blocks.take_while(has_none).count()
            });
            let end = ids.len().min(start + BLOCK);
            for (at, &id) in ids.iter().enumerate().take(end).skip(start) {
                if id >= self.first_other && id != NULL_ID && !self.has(id) {
                    each(at, id);
                }
            }
            start = end.max(start);
        }
    }

    /// For each id 1 where it is known, else 0.
    pub fn flags(&self, ids: &[u32]) -> Vec<i64> {
        let mut flags = mapped(ids, |id| i64::from(id != NULL_ID));
        self.each_stranger(ids, |at, _| flags[at] = 0);
        flags
    }
}

/// How many ids are missing.
pub fn count_missing(ids: &[u32]) -> u64 {
    vectorized(|| ids.iter().map(|&id| u64::from(id == NULL_ID)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strangers_are_those_whose_bit_is_clear(
            ids in proptest::collection::vec(prop_oneof![9 => 0u32..300, 1 => Just(NULL_ID)], 0..200),
            strangers in proptest::collection::btree_set(0u32..300, 0..5), len in 0usize..300,
        ) {
            let bits: BitVec = (0..len as u32).map(|id| !strangers.contains(&id)).collect();
            let others = ids.iter().enumerate().filter(|(_, id)| **id != NULL_ID && !bits.get(**id as usize));
            let want: Vec<(usize, u32)> = others.map(|(at, &id)| (at, id)).collect();
            let mut got = Vec::new();
            Known::new(&bits).each_stranger(&ids, |at, id| got.push((at, id)));
            let flags: Vec<i64> = ids.iter().map(|&id| i64::from(bits.get(id as usize))).collect();
            prop_assert_eq!(Known::new(&bits).flags(&ids), flags);
            prop_assert_eq!(count_missing(&ids), ids.iter().filter(|id| **id == NULL_ID).count() as u64);
            prop_assert_eq!(got, want);
        }
    }
}
