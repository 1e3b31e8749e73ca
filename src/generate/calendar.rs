//! Which civil day is it?
//!
//! Days are counted from 1970-01-01 in the proleptic Gregorian calendar, moments in seconds from
//! that midnight, both in UTC. Invariant: no time zone and no clock is read.

use std::ops::{Add, Sub};

/// Seconds of a day.
pub(crate) const DAY_SECS: i64 = 86_400;

/// A civil day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) i32);

/// A second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

impl Day {
    /// The day of a year, month (1 to 12) and day of the month.
    pub(crate) fn of(year: i32, month: u32, day: u32) -> Self {
        // Years start in March, so that the leap day is the last of its year.
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100;
        Self(era * 146_097 + day_of_era + day_of_year as i32 - 719_468)
    }

    /// Year, month and day of the month.
    pub(crate) fn civil(self) -> (i32, u32, u32) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year_of_era + i32::from(month <= 2);
        (year, month as u32, day as u32)
    }

    /// 0 for Monday to 6 for Sunday.
    pub(crate) fn weekday(self) -> usize {
        (self.0 + 3).rem_euclid(7) as usize
    }

    /// The same day of the month some months later, or the last of that month.
    pub(crate) fn plus_months(self, months: u32) -> Self {
        let (year, month, day) = self.civil();
        let count = year * 12 + month as i32 - 1 + months as i32;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) as u32 + 1);
        let next = if month == 12 { Self::of(year + 1, 1, 1) } else { Self::of(year, month + 1, 1) };
        (Self::of(year, month, 1) + (day as i32 - 1)).min(next - 1)
    }

    /// The moment `secs` after the day's midnight.
    pub(crate) fn at(self, secs: i64) -> Moment {
        Moment(i64::from(self.0) * DAY_SECS + secs)
    }
}

impl Add<i32> for Day {
    type Output = Self;
    fn add(self, days: i32) -> Self {
        Self(self.0 + days)
    }
}

impl Sub<i32> for Day {
    type Output = Self;
    fn sub(self, days: i32) -> Self {
        Self(self.0 - days)
    }
}

impl Moment {
    /// The day it falls on, and the second of that day.
    pub(crate) fn split(self) -> (Day, u32) {
        let day = self.0.div_euclid(DAY_SECS);
        (Day(day as i32), self.0.rem_euclid(DAY_SECS) as u32)
    }

    /// The day it falls on.
    pub(crate) fn day(self) -> Day {
        self.split().0
    }
}

impl Add<i64> for Moment {
    type Output = Self;
    fn add(self, secs: i64) -> Self {
        Self(self.0 + secs)
    }
}

/// The days an export covers, both ends included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) first: Day,
    pub(crate) last: Day,
}

impl Span {
    /// `months` months that end with 2025-12-30, the first of them whole.
    pub(crate) fn new(months: u32) -> Self {
        let month = 2025 * 12 + 12 - months as i32;
        Self {
            first: Day::of(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1),
            last: Day::of(2025, 12, 30),
        }
    }

    /// Number of days.
    pub(crate) fn days(self) -> usize {
        (self.last.0 - self.first.0 + 1) as usize
    }

    /// How much of the span has passed on a day, in thousandths.
    pub(crate) fn passed(self, day: Day) -> u32 {
        let passed = (day.0 - self.first.0).clamp(0, self.days() as i32);
        passed as u32 * 1000 / self.days() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_civil_dates_are_inverse() {
        assert_eq!(Day::of(1970, 1, 1), Day(0));
        assert_eq!(Day::of(2024, 2, 29).civil(), (2024, 2, 29));
        for day in -200_000..200_000 {
            let (year, month, of_month) = Day(day).civil();
            assert_eq!(Day::of(year, month, of_month), Day(day));
        }
    }

    #[test]
    fn months_end_where_the_calendar_does() {
        assert_eq!(Day::of(2024, 1, 31).plus_months(1), Day::of(2024, 2, 29));
        assert_eq!(Day::of(2024, 11, 15).plus_months(14), Day::of(2026, 1, 15));
        assert_eq!(Day::of(2025, 12, 31).plus_months(12), Day::of(2026, 12, 31));
        assert_eq!(Day::of(2025, 12, 30).weekday(), 1);
    }

    #[test]
    fn a_span_starts_with_a_month() {
        assert_eq!(Span::new(24).first, Day::of(2024, 1, 1));
        assert_eq!(Span::new(1).first, Day::of(2025, 12, 1));
        assert_eq!(Span::new(25).first, Day::of(2023, 12, 1));
    }
}
