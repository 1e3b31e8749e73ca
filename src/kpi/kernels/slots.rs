//! One accumulator per (period, group), as an array where the groups are few.

use hashbrown::HashMap;

/// What is accumulated for a slot.
pub trait Accumulator: Default + Clone + Send {
    /// Takes in what another part of the rows gave.
    fn merge(&mut self, other: Self);
}

impl Accumulator for u64 {
    fn merge(&mut self, other: Self) {
        *self += other;
    }
}

impl<T: Clone + Send> Accumulator for Vec<T> {
    fn merge(&mut self, mut other: Self) {
        self.append(&mut other);
    }
}

impl<A: Accumulator, B: Accumulator> Accumulator for (A, B) {
    fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
        self.1.merge(other.1);
    }
}

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

    /// Takes in the accumulators of other rows.
    pub fn merge(&mut self, other: Self) {
        for (slot, value) in other.into_entries() {
            self.at(slot).merge(value);
        }
    }

    /// The slots that rows fell into.
    pub fn into_entries(self) -> impl Iterator<Item = (u64, A)> {
        let dense = self.dense.into_iter().enumerate().filter_map(|(slot, a)| Some((slot as u64, a?)));
        dense.chain(self.sparse)
    }
}
