//! How do days group into periods? Grains, intervals and the buckets between them.
//!
//! Everything here is in civil days; a zone turns the first instants of days into limits.
//!
//! Invariant: the buckets of an interval lie side by side: each ends where the next starts, the first
//! starts and the last ends with the interval, and none is empty.

use super::civil::{
    Day, civil_from_day, day_from_civil, days_in_month, format_day, month_index, month_start, weekday,
};

/// How many periods one query may have.
pub const BUCKETS_MAX: usize = 100_000;

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    /// A civil day.
    Day,
    /// Seven days.
    Week,
    /// A calendar month.
    Month,
    /// Three months.
    Quarter,
    /// Twelve months.
    Year,
    /// The whole interval.
    All,
}

impl Grain {
    /// Every grain, from short to long.
    pub const EVERY: [Grain; 6] =
        [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year, Grain::All];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Grain::Day => "day",
            Grain::Week => "week",
            Grain::Month => "month",
            Grain::Quarter => "quarter",
            Grain::Year => "year",
            Grain::All => "all",
        }
    }
}

/// The day on which weeks start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WeekStart {
    /// As ISO 8601 has it.
    #[default]
    Monday,
    /// As in North America.
    Sunday,
    /// As in much of the Middle East.
    Saturday,
}

impl WeekStart {
    /// Every choice.
    pub const EVERY: [WeekStart; 3] = [WeekStart::Monday, WeekStart::Sunday, WeekStart::Saturday];

    /// The day in full.
    pub const fn name(self) -> &'static str {
        match self {
            WeekStart::Monday => "monday",
            WeekStart::Sunday => "sunday",
            WeekStart::Saturday => "saturday",
        }
    }

    /// Day of the week, Monday = 0.
    const fn weekday(self) -> u32 {
        match self {
            WeekStart::Monday => 0,
            WeekStart::Saturday => 5,
            WeekStart::Sunday => 6,
        }
    }
}

/// Days from `start` on, up to `end`, which is not one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The first day.
    pub start: Day,
    /// The day behind the last one.
    pub end: Day,
}

impl Interval {
    /// The days `start..end`.
    pub const fn new(start: Day, end: Day) -> Self {
        Interval { start, end }
    }

    /// Whether it has no day.
    pub const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// Whether a day is one of it.
    pub const fn contains(self, day: Day) -> bool {
        self.start <= day && day < self.end
    }
}

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
    pub fn buckets(self, clip: Interval, as_of: Day) -> Result<Vec<Bucket>, String> {
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

    fn too_many(self, clip: Interval) -> String {
        let (grain, first, last) = (self.grain.name(), format_day(clip.start), format_day(clip.end - 1));
        format!(
            "{grain} makes more than {BUCKETS_MAX} periods from {first} to {last}; choose a longer one, or --from and --to"
        )
    }

    /// The period that a bucket is compared with: the one before it, or that of a year before.
    ///
    /// What of the bucket is cut off by the interval, or has not happened by as_of, is cut off there
    /// too, day for day from the start of the period. A part that the other period is too short for
    /// gives one without days.
    pub fn compared(self, bucket: &Bucket, as_of: Day, with: Compare) -> Bucket {
        let full = Interval { start: bucket.full_start, end: bucket.full_end };
        let other = self.before(full, with);
        let elapsed_end = bucket.end.min(as_of.saturating_add(1)).max(bucket.start);
        let map = |day: Day| match day {
            d if d == full.end => other.end,
            // By the last day, not the one behind it: 29 February is followed by nothing a year before.
            d if self.grain == Grain::All && with == Compare::Year && d > full.start => {
                add_months(d - 1, -12) + 1
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

/// What a period is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// The period before it.
    Previous,
    /// The same period a year before: of a week, 52 weeks before.
    Year,
}

impl Compare {
    /// Every choice.
    pub const EVERY: [Compare; 2] = [Compare::Previous, Compare::Year];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Compare::Previous => "previous",
            Compare::Year => "year",
        }
    }
}

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
    fn new(full: Interval, clip: Interval, as_of: Day) -> Self {
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

/// The same day of another month, or that month's last day.
pub fn add_months(day: Day, months: i64) -> Day {
    let index = (i64::from(month_index(day)) + months).clamp(12, 10_000 * 12 - 1) as i32;
    let (_, _, d) = civil_from_day(day);
    let (y, m, _) = civil_from_day(month_start(index));
    day_from_civil(y, m, d.min(days_in_month(y, m)))
}
