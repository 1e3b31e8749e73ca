//! In which group is each row?

/// The group of each row of some rows.
#[derive(Clone, Debug)]
pub enum Groups {
    /// All rows are in the one group 0.
    One,
    /// Each has its own.
    Each(Vec<u32>),
    /// As `Each`, of more groups than 32 bits tell apart.
    Wide(Vec<u64>),
}

impl Groups {
    /// The group of a row, by its position.
    #[inline]
    pub fn of(&self, at: usize) -> u64 {
        match self {
            Groups::One => 0,
            Groups::Each(groups) => u64::from(groups[at]),
            Groups::Wide(groups) => groups[at],
        }
    }
}
