//! In which group is each row?

use crate::store::vector::changed;

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

    /// Groups cut into so many parts each, of which each row is in one; `limit` is above every number.
    pub fn cut(&self, mut parts: Vec<u32>, of_group: u64, limit: u64) -> Groups {
        match self {
            Groups::One => Groups::Each(parts),
            Groups::Each(groups) if limit <= u64::from(u32::MAX) => {
                let of_group = of_group as u32;
                changed(&mut parts, groups, move |part, group| *part += group * of_group);
                Groups::Each(parts)
            }
            groups => {
                let cell = |(at, part)| groups.of(at) * of_group + u64::from(part);
                Groups::Wide(parts.into_iter().enumerate().map(cell).collect())
            }
        }
    }
}
