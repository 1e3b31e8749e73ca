//! How do days group into periods, and which period stands beside which?

use crate::model::Day;
use crate::model::civil::{format_day, month_index, month_start, weekday};

use super::{Bucket, Compare, Grain, Interval, WeekStart, add_months};
use crate::query::QueryError;

/// How many periods one query may have.
pub const BUCKETS_MAX: usize = 100_000;

/// How days group into periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// How long a period is.
    pub grain: Grain,
    /// The day on which weeks start.
    pub week_start: WeekStart,
    /// The month (1-12) in which years start; quarters follow it.
    pub fiscal_start: u32,
}

impl Calendar {
    /// ISO weeks and calendar years.
    pub const fn new(grain: Grain) -> Self {
        Calendar { grain, week_start: WeekStart::Monday, fiscal_start: 1 }
    }

    /// How many months a period has, where periods are whole months.
    const fn months(self) -> Option<i32> {
        match self.grain {
            Grain::Month => Some(1),
            Grain::Quarter => Some(3),
            Grain::Year => Some(12),
            Grain::Day | Grain::Week | Grain::All => None,
        }
    }

    /// The first day of the period that a day lies in; of `all`, which has no calendar: the day.
    pub fn bucket_start(self, day: Day) -> Day {
        match (self.grain, self.months()) {
            (_, Some(months)) => {
                let shift = self.fiscal_start as i32 - 1;
                let index = month_index(day) - shift;
                month_start(index - index.rem_euclid(months) + shift)
            }
            (Grain::Week, _) => day - (weekday(day) + 7 - self.week_start.weekday()) as Day % 7,
            _ => day,
        }
    }

    /// The day behind the period that starts on a day.
    pub fn next(self, start: Day) -> Day {
        match (self.grain, self.months()) {
            (_, Some(months)) => month_start(month_index(start) + months),
            (Grain::Week, _) => start + 7,
            _ => start + 1,
        }
    }

    /// Whole periods from that of the first day to that of the last one; of `all`, these days.
    pub fn covering(self, first: Day, last: Day) -> Interval {
        match self.grain {
            Grain::All => Interval { start: first, end: last + 1 },
            _ => Interval { start: self.bucket_start(first), end: self.next(self.bucket_start(last)) },
        }
    }

    /// The periods of an interval; the first and the last may be cut by it.
    pub fn buckets(self, clip: Interval, as_of: Day) -> Result<Vec<Bucket>, QueryError> {
        if clip.is_empty() {
            return Ok(Vec::new());
        }
        if self.grain == Grain::All {
            return Ok(vec![Bucket::new(clip, clip, as_of)]);
        }
        let shortest = self.months().map_or(self.next(0), |months| 28 * months);
        let most = (i64::from(clip.end) - i64::from(clip.start)) / i64::from(shortest) + 2;
        let mut all = Vec::with_capacity(most.min(BUCKETS_MAX as i64) as usize);
        let mut start = self.bucket_start(clip.start);
        while start < clip.end {
            if all.len() == BUCKETS_MAX {
                return Err(self.too_many(clip));
            }
            let full = Interval { start, end: self.next(start) };
            all.push(Bucket::new(full, clip, as_of));
            start = full.end;
        }
        Ok(all)
    }

    fn too_many(self, clip: Interval) -> QueryError {
        let (grain, first, last) = (self.grain.name(), format_day(clip.start), format_day(clip.end - 1));
        QueryError::usage(
            "--every",
            format!(
                "{grain} makes more than {BUCKETS_MAX} periods from {first} to {last}; choose a longer one, or --from and --to"
            ),
        )
    }

    /// The period that a bucket is compared with: the one before it, or that of a year before.
    ///
    /// What of the bucket is cut off by the interval, or has not happened by as_of, is cut off there
    /// too: whole months of a quarter or year keep to months, the rest to days. A part that the other
    /// period is too short for gives one without days.
    pub fn compared(self, bucket: &Bucket, as_of: Day, with: Compare) -> Bucket {
        let full = Interval { start: bucket.full_start, end: bucket.full_end };
        let other = self.before(full, with);
        let elapsed_end = bucket.end.min(as_of.saturating_add(1)).max(bucket.start);
        let map = |day: Day| match day {
            d if d == full.end => other.end,
            // By the last day, not the one behind it: 29 February is followed by nothing a year before.
            d if self.grain == Grain::All && with == Compare::Year && d > full.start => add_months(d - 1, -12) + 1,
            d if self.months().is_some() => {
                let month = month_index(d) - month_index(full.start) + month_index(other.start);
                (month_start(month) + d - month_start(month_index(d))).min(month_start(month + 1)).min(other.end)
            }
            d => (other.start + d - full.start).min(other.end),
        };
        let start = map(bucket.start);
        let clip = Interval { start, end: map(elapsed_end).max(start) };
        Bucket::new(other, clip, as_of)
    }

    fn before(self, full: Interval, with: Compare) -> Interval {
        match (self.months(), self.grain, with) {
            (Some(months), _, _) => {
                let back = if with == Compare::Year { 12 } else { months };
                let start = month_start(month_index(full.start) - back);
                Interval { start, end: self.next(start) }
            }
            (_, Grain::Week, Compare::Year) => Interval { start: full.start - 364, end: full.end - 364 },
            (_, Grain::Day, Compare::Year) => {
                let start = add_months(full.start, -12);
                Interval { start, end: start + 1 }
            }
            (_, _, Compare::Year) => {
                Interval { start: add_months(full.start, -12), end: add_months(full.end - 1, -12) + 1 }
            }
            _ => Interval { start: full.start - (full.end - full.start), end: full.start },
        }
    }
}
