//! Which of some days, in order, is the first that is not before another?

use crate::model::Day;

/// Days in order, ready to be asked.
pub struct NextOf {
    first: Day,
    positions: Vec<u32>,
    count: usize,
}

impl NextOf {
    /// Of some days.
    pub fn new(days: &[Day]) -> Self {
        let first = days.iter().copied().min().unwrap_or(0);
        let last = days.iter().copied().max().unwrap_or(0);
        let positions = (first..=last).map(|day| days.partition_point(|&t| t < day) as u32).collect();
        NextOf { first, positions, count: days.len() }
    }

    /// The position of the first of them that is not before a day; their number where there is none.
    #[inline]
    pub fn position(&self, day: Day) -> usize {
        match usize::try_from(i64::from(day) - i64::from(self.first)) {
            Ok(at) => self.positions.get(at).map_or(self.count, |position| *position as usize),
            Err(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_look_up_finds_what_a_search_finds(
            mut days in proptest::collection::vec(-50i32..50, 0..20), day in prop_oneof![-60i32..60, any::<i32>()],
        ) {
            days.sort_unstable();
            prop_assert_eq!(NextOf::new(&days).position(day), days.partition_point(|&t| t < day));
        }
    }
}
