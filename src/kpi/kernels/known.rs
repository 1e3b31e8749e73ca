//! Which of some ids are not known?
//!
//! Invariant: nearly all ids are known, and those that are not mostly came last, so that a comparison with
//! the first of them settles most.

use crate::store::BitVec;
use crate::store::vector::vectorized;

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

    /// Calls `each` with the position and the id of those that are not known or missing.
    pub fn each_other(&self, ids: &[u32], mut each: impl FnMut(usize, u32)) {
        let mut start = 0;
        while start < ids.len() {
            // Blocks without such ids are passed over in one go.
            start += vectorized(|| {
                let blocks = ids[start..].chunks(BLOCK);
                let is_full = |ids: &&[u32]| ids.iter().fold(0, |most, &id| most.max(id)) < self.first_other;
                BLOCK * blocks.take_while(is_full).count()
            });
            let end = ids.len().min(start + BLOCK);
            for (at, &id) in ids.iter().enumerate().take(end).skip(start) {
                if id >= self.first_other && !self.has(id) {
                    each(at, id);
                }
            }
            start = end.max(start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::NULL_ID;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn others_are_those_whose_bit_is_clear(
            ids in proptest::collection::vec(prop_oneof![9 => 0u32..300, 1 => Just(NULL_ID)], 0..200),
            strangers in proptest::collection::btree_set(0u32..300, 0..5), len in 0usize..300,
        ) {
            let bits: BitVec = (0..len as u32).map(|id| !strangers.contains(&id)).collect();
            let others = ids.iter().enumerate().filter(|(_, id)| !bits.get(**id as usize));
            let want: Vec<(usize, u32)> = others.map(|(at, &id)| (at, id)).collect();
            let mut got = Vec::new();
            Known::new(&bits).each_other(&ids, |at, id| got.push((at, id)));
            prop_assert_eq!(got, want);
        }
    }
}
