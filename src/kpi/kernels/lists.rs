//! Lists by position, put together list by list.

use super::merge::Merge;

/// A list for each of so many positions.
#[derive(Clone, Debug)]
pub struct Lists<T>(Vec<Vec<T>>);

impl<T: Clone> Lists<T> {
    /// Empty lists.
    pub fn new(positions: usize) -> Self {
        Lists(vec![Vec::new(); positions])
    }

    /// Appends to the list of a position.
    pub fn push(&mut self, position: usize, value: T) {
        self.0[position].push(value);
    }

    /// The lists, in order of their positions.
    pub fn into_lists(self) -> Vec<Vec<T>> {
        self.0
    }
}

impl<T> Merge for Lists<T> {
    fn merge(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(list, more)| list.extend(more));
    }
}
