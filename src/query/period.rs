//! Which days does a query ask for? `--from`, `--to`, `--last` and `--rolling`, read and resolved.

use crate::model::Day;
use crate::model::calendar::add_months;
pub use crate::model::calendar::{BUCKETS_MAX, Bucket, Calendar, Compare, Grain, Interval, WeekStart};
use crate::model::civil::{checked_day, day_from_civil, days_in_month, format_day, month_index, month_start};
use crate::model::names::did_you_mean;

use super::QueryError;

/// The first day that a date may name.
const DAY_MIN: Day = day_from_civil(1, 1, 1);

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
    days.map(|d| d as u32)
        .ok_or_else(|| format!("'{text}' is no number of days; write 7d or 28d (at most 3660d)"))
}

/// A whole number above 0, in at most six digits.
fn positive(text: &str) -> Option<i32> {
    let digits = !text.is_empty() && text.len() <= 6 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().expect("six digits")).filter(|n| *n > 0)
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
