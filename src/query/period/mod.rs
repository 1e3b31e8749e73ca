//! Which periods does a query ask for? Grains, intervals and the buckets between them.
//!
//! Everything here is in civil days; `query::zone` turns the first instants of days into limits.
//!
//! Invariant: the buckets of an interval lie side by side: each ends where the next starts, the first
//! starts and the last ends with the interval, and none is empty.

mod bucket;
mod calendar;
mod typed;

pub use bucket::Bucket;
pub use calendar::{BUCKETS_MAX, Calendar};
pub use typed::{Last, PartialDate, parse_day, parse_rolling};

use crate::model::Day;
use crate::model::civil::{civil_from_day, day_from_civil, days_in_month, month_index, month_start};
use crate::model::names::did_you_mean;

use super::QueryError;

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
    pub const EVERY: [Grain; 6] = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year, Grain::All];

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

/// The interval that `--from`, `--to` or `--last` ask for; where they say nothing, `default` holds.
///
/// `from` and `to` are both inclusive, and a month or year means all of its days.
pub fn interval(
    from: Option<PartialDate>,
    to: Option<PartialDate>,
    last: Option<Last>,
    as_of: Day,
    default: Interval,
) -> Result<Interval, QueryError> {
    if let Some(last) = last {
        if from.is_some() || to.is_some() {
            return Err(QueryError::usage("--last", "cannot be combined with --from or --to"));
        }
        return Ok(last.interval(as_of));
    }
    let start = from.map_or(default.start, PartialDate::first);
    let end = to.map_or(default.end, PartialDate::end);
    match (from, to) {
        (Some(from), Some(to)) if start >= end => {
            Err(QueryError::usage("--from", format!("{from} is later than --to {to}")))
        }
        // Only one of them was typed, and it lies beyond the data: an interval without days.
        _ => Ok(Interval { start, end: end.max(start) }),
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

/// The same day of another month, or that month's last day.
fn add_months(day: Day, months: i64) -> Day {
    let index = (i64::from(month_index(day)) + months).clamp(12, 10_000 * 12 - 1) as i32;
    let (_, _, d) = civil_from_day(day);
    let (y, m, _) = civil_from_day(month_start(index));
    day_from_civil(y, m, d.min(days_in_month(y, m)))
}

/// Reads one of the words of an option.
pub fn parse_word<T: Copy>(text: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, String> {
    let found = all.iter().find(|choice| name(**choice).eq_ignore_ascii_case(text));
    found.copied().ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|choice| name(*choice)).collect();
        format!("'{text}' is not one of {}{}", words.join(", "), did_you_mean(text, words.iter().copied()))
    })
}

#[cfg(test)]
mod tests;
