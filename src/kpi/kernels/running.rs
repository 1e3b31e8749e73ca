//! Numbers per group that are carried on from one period to the next.

use hashbrown::HashMap;

/// The most groups that are held as an array.
const DENSE_MAX: u64 = 1 << 22;

/// A value per group, at first the default.
pub enum Running<T> {
    /// By group.
    Few(Vec<T>),
    /// Those of the groups that were asked for.
    Many(HashMap<u64, T>),
}

impl<T: Copy + Default> Running<T> {
    /// Values for groups below `groups`.
    pub fn new(groups: u64) -> Self {
        if groups <= DENSE_MAX {
            Running::Few(vec![T::default(); groups as usize])
        } else {
            Running::Many(HashMap::new())
        }
    }

    /// The value of a group.
    pub fn at(&mut self, group: u64) -> &mut T {
        match self {
            Running::Few(values) => &mut values[group as usize],
            Running::Many(values) => values.entry(group).or_default(),
        }
    }

    /// The value of a group, at first the default.
    #[inline]
    pub fn get(&self, group: u64) -> T {
        match self {
            Running::Few(values) => values.get(group as usize).copied().unwrap_or_default(),
            Running::Many(values) => values.get(&group).copied().unwrap_or_default(),
        }
    }

    /// Calls `each` with every group that was ever asked for, and perhaps others, in order.
    pub fn each(&self, mut each: impl FnMut(u64, T)) {
        match self {
            Running::Few(values) => (0..).zip(values).for_each(|(group, &value)| each(group, value)),
            Running::Many(values) => {
                let mut groups: Vec<u64> = values.keys().copied().collect();
                groups.sort_unstable();
                groups.into_iter().for_each(|group| each(group, values[&group]));
            }
        }
    }
}
