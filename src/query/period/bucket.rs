//! What is one period of a query? The days that count, of those the whole period has.

use crate::model::Day;

use super::Interval;

/// One period of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// What the `period` column shows: the first day of the whole period.
    pub label: Day,
    /// The first day that counts.
    pub start: Day,
    /// The day behind the last one that counts.
    pub end: Day,
    /// The first day of the whole period.
    pub full_start: Day,
    /// The day behind the last one of the whole period.
    pub full_end: Day,
    /// Where stocks are measured: the last day that counts, or as_of if that is earlier (as early as
    /// before `start`, where the period has not begun by as_of).
    pub last: Day,
}

impl Bucket {
    pub(super) fn new(full: Interval, clip: Interval, as_of: Day) -> Self {
        let start = full.start.max(clip.start);
        let end = full.end.min(clip.end).max(start);
        let last = (end - 1).min(as_of);
        Bucket { label: full.start, start, end, full_start: full.start, full_end: full.end, last }
    }

    /// The days that count.
    pub const fn days(&self) -> Interval {
        Interval { start: self.start, end: self.end }
    }

    /// Whether the interval cuts something off.
    pub const fn is_clipped(&self) -> bool {
        self.start > self.full_start || self.end < self.full_end
    }

    /// Whether the figure may still change or does not show the whole period.
    pub const fn is_incomplete(&self, as_of: Day) -> bool {
        self.is_clipped() || self.full_end - 1 > as_of
    }
}
