//! How do the parts of a scan become one? Every state can be merged, in any order.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use roaring::RoaringBitmap;

/// A state that takes in what other rows gave; commutative and associative as far as figures go.
pub trait Merge {
    /// Takes in the state of other rows.
    fn merge(&mut self, other: Self);
}

macro_rules! merge_sums {
    ($($number:ty),*) => {$(
        impl Merge for $number {
            fn merge(&mut self, other: Self) {
                *self += other;
            }
        }
    )*};
}

merge_sums!(u64, i64, i128);

impl<T> Merge for Vec<T> {
    fn merge(&mut self, mut other: Self) {
        self.append(&mut other);
    }
}

impl Merge for RoaringBitmap {
    fn merge(&mut self, other: Self) {
        *self |= other;
    }
}

impl<K: Ord, V: Merge + Default> Merge for BTreeMap<K, V> {
    fn merge(&mut self, other: Self) {
        other.into_iter().for_each(|(key, value)| self.entry(key).or_default().merge(value));
    }
}

impl<K: Eq + Hash, V: Merge + Default> Merge for HashMap<K, V> {
    fn merge(&mut self, other: Self) {
        other.into_iter().for_each(|(key, value)| self.entry(key).or_default().merge(value));
    }
}

impl<T: Merge, const N: usize> Merge for [T; N] {
    fn merge(&mut self, other: Self) {
        self.iter_mut().zip(other).for_each(|(own, other)| own.merge(other));
    }
}

impl<A: Merge, B: Merge> Merge for (A, B) {
    fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
        self.1.merge(other.1);
    }
}

impl<A: Merge, B: Merge, C: Merge> Merge for (A, B, C) {
    fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
        self.1.merge(other.1);
        self.2.merge(other.2);
    }
}
