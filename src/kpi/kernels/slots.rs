//! One accumulator per (period, group), as an array where the groups are few.

use hashbrown::HashMap;

use super::merge::Merge;

/// What is accumulated for a slot.
pub trait Accumulator: Merge + Default + Clone + Send {}

impl<A: Merge + Default + Clone + Send> Accumulator for A {}

/// The most slots that are held as an array.
const DENSE_MAX: u64 = 1 << 18;

/// Accumulators by slot.
pub struct Slots<A> {
    dense: Vec<Option<A>>,
    sparse: HashMap<u64, A>,
}

impl<A: Accumulator> Slots<A> {
    /// Accumulators for slots below `count`.
    pub fn new(count: u64) -> Self {
        let dense = if count <= DENSE_MAX { vec![None; count as usize] } else { Vec::new() };
        Slots { dense, sparse: HashMap::new() }
    }

    /// The accumulator of a slot.
    pub fn at(&mut self, slot: u64) -> &mut A {
        if self.dense.is_empty() {
            self.sparse.entry(slot).or_default()
        } else {
            self.dense[slot as usize].get_or_insert_default()
        }
    }

    /// The slots that rows fell into.
    pub fn into_entries(self) -> impl Iterator<Item = (u64, A)> {
        let dense = self.dense.into_iter().enumerate().filter_map(|(slot, a)| Some((slot as u64, a?)));
        dense.chain(self.sparse)
    }
}

impl<A: Accumulator> Merge for Slots<A> {
    fn merge(&mut self, other: Self) {
        for (slot, value) in other.into_entries() {
            self.at(slot).merge(value);
        }
    }
}
