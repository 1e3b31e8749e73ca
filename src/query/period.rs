//! Which periods does a query ask for? Grains, intervals and the buckets between them.
//!
//! Everything here is in civil days; `query::zone` turns the first instants of days into limits.
//!
//! Invariant: the buckets of an interval lie side by side: each ends where the next starts, the first
//! starts and the last ends with the interval, and none is empty.

use crate::model::Day;
use crate::model::civil::{
    checked_day, civil_from_day, day_from_civil, days_in_month, format_day, month_index, month_start, weekday,
};
use crate::model::names::did_you_mean;

use super::QueryError;

/// How many periods one query may have.
pub const BUCKETS_MAX: usize = 100_000;

/// The first day that a date may name.
const DAY_MIN: Day = day_from_civil(1, 1, 1);

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

/// A year, a month or a day, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartialDate {
    /// `2025`
    Year(i32),
    /// `2025-06`
    Month(i32, u32),
    /// `2025-06-30`
    Day(Day),
}

impl PartialDate {
    /// Reads `2025`, `2025-06` or `2025-06-30`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wanted = || format!("'{text}' is no date; write 2025, 2025-06 or 2025-06-30");
        let mut parts = text.split('-');
        let mut number = |width: usize| match parts.next() {
            None => Ok(None),
            Some(p) if p.len() == width && p.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Some(p.parse::<u32>().expect("at most four digits")))
            }
            Some(_) => Err(wanted()),
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        if parts.next().is_some() {
            return Err(wanted());
        }
        let year = year.ok_or_else(wanted)? as i32;
        if year == 0 {
            return Err(format!("'{text}': years are 0001 to 9999"));
        }
        let Some(month) = month else { return Ok(PartialDate::Year(year)) };
        if !(1..=12).contains(&month) {
            return Err(format!("'{text}': a year has 12 months, written 01 to 12"));
        }
        let Some(day) = day else { return Ok(PartialDate::Month(year, month)) };
        checked_day(year, month, day).map(PartialDate::Day).ok_or_else(|| {
            format!("'{text}' does not exist: {year:04}-{month:02} has {} days", days_in_month(year, month))
        })
    }

    /// Its first day.
    pub fn first(self) -> Day {
        match self {
            PartialDate::Year(year) => day_from_civil(year, 1, 1),
            PartialDate::Month(year, month) => day_from_civil(year, month, 1),
            PartialDate::Day(day) => day,
        }
    }

    /// The day behind its last one.
    pub fn end(self) -> Day {
        match self {
            PartialDate::Year(year) => day_from_civil(year + 1, 1, 1),
            PartialDate::Month(..) => month_start(month_index(self.first()) + 1),
            PartialDate::Day(day) => day + 1,
        }
    }
}

impl std::fmt::Display for PartialDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PartialDate::Year(year) => write!(f, "{year:04}"),
            PartialDate::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            PartialDate::Day(day) => f.write_str(&format_day(*day)),
        }
    }
}

/// The day that a text names in full: `2025-06-30`.
pub fn parse_day(text: &str) -> Option<Day> {
    match PartialDate::parse(text) {
        Ok(PartialDate::Day(day)) => Some(day),
        _ => None,
    }
}

/// How far back from as_of: `90d`, `12w`, `6m`, `1y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// Days, weeks too.
    Days(i32),
    /// Calendar months, years too.
    Months(i32),
}

impl Last {
    /// Reads `90d`, `12w`, `6m` or `1y`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wanted = || format!("'{text}' is no length of time; write 90d, 12w, 6m or 1y");
        let unit = text.chars().next_back().ok_or_else(wanted)?;
        let (count, _) = text.split_at(text.len() - unit.len_utf8());
        let count = positive(count).ok_or_else(wanted)?;
        match unit.to_ascii_lowercase() {
            'd' => Ok(Last::Days(count)),
            'w' => count.checked_mul(7).map(Last::Days).ok_or_else(wanted),
            'm' => Ok(Last::Months(count)),
            'y' => count.checked_mul(12).map(Last::Months).ok_or_else(wanted),
            _ => Err(wanted()),
        }
    }

    /// The days that end with as_of: `90d` are ninety days; `6m` starts on the day behind as_of minus
    /// six months (behind the month's last day, where the month is too short).
    pub fn interval(self, as_of: Day) -> Interval {
        let start = match self {
            Last::Days(days) => as_of.saturating_sub(days - 1),
            Last::Months(months) => add_months(as_of, -i64::from(months)) + 1,
        };
        Interval { start: start.max(DAY_MIN), end: as_of + 1 }
    }
}

/// The number of days of `--rolling 28d`.
pub fn parse_rolling(text: &str) -> Result<u32, String> {
    let days = text.strip_suffix(['d', 'D']).and_then(positive).filter(|days| *days <= 3_660);
    days.map(|d| d as u32).ok_or_else(|| format!("'{text}' is no number of days; write 7d or 28d (at most 3660d)"))
}

/// A whole number above 0, in at most six digits.
fn positive(text: &str) -> Option<i32> {
    let digits = !text.is_empty() && text.len() <= 6 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().expect("six digits")).filter(|n| *n > 0)
}

/// The same day of another month, or that month's last day.
fn add_months(day: Day, months: i64) -> Day {
    let index = (i64::from(month_index(day)) + months).clamp(12, 10_000 * 12 - 1) as i32;
    let (_, _, d) = civil_from_day(day);
    let (y, m, _) = civil_from_day(month_start(index));
    day_from_civil(y, m, d.min(days_in_month(y, m)))
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

/// Reads one of the words of an option.
pub fn parse_word<T: Copy>(text: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, String> {
    let found = all.iter().find(|choice| name(**choice).eq_ignore_ascii_case(text));
    found.copied().ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|choice| name(*choice)).collect();
        format!("'{text}' is not one of {}{}", words.join(", "), did_you_mean(text, words.iter().copied()))
    })
}

#[cfg(test)]
#[path = "period_tests.rs"]
mod tests;
