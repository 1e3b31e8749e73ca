//! Civil days and instants as plain integers, in the proleptic Gregorian calendar.
//!
//! Zones are not known here: an instant becomes a civil day in [`super::zone`].

/// A civil day: days since 1970-01-01.
pub type Day = i32;

/// An instant: microseconds since 1970-01-01T00:00:00Z.
pub type Micros = i64;

/// Microseconds in a second.
pub const MICROS_PER_SECOND: i64 = 1_000_000;
/// Microseconds of a minute.
pub const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;

/// Microseconds in a day of 24 hours.
pub const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// The day of a civil date (H. Hinnant, "chrono-compatible low-level date algorithms").
pub const fn day_from_civil(year: i32, month: u32, day: u32) -> Day {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (month as i32 + 9) % 12;
    let doy = (153 * mp + 2) / 5 + day as i32 - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// Year, month (1-12) and day of the month (1-31) of a day.
pub const fn civil_from_day(day: Day) -> (i32, u32, u32) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let d = doy - (153 * mp + 2) / 5 + 1;
    let m = if mp < 10 { mp + 3 } else { mp - 9 };
    let y = yoe + era * 400 + if m <= 2 { 1 } else { 0 };
    (y, m as u32, d as u32)
}

/// Days in a month of a year.
pub const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 => {
            if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 {
                29
            } else {
                28
            }
        }
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day, when the three numbers name one that exists.
pub fn checked_day(year: i32, month: u32, day: u32) -> Option<Day> {
    let exists = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day);
    exists.then(|| day_from_civil(year, month, day))
}

/// Months since 0000-01: year × 12 + month − 1.
pub const fn month_index(day: Day) -> i32 {
    let (y, m, _) = civil_from_day(day);
    y * 12 + m as i32 - 1
}

/// The first day of the month with the given [`month_index`].
pub const fn month_start(index: i32) -> Day {
    day_from_civil(index.div_euclid(12), index.rem_euclid(12) as u32 + 1, 1)
}

/// Day of the week, Monday = 0.
pub const fn weekday(day: Day) -> u32 {
    (day + 3).rem_euclid(7) as u32
}

/// `2024-01-31`.
pub fn format_day(day: Day) -> String {
    let (y, m, d) = civil_from_day(day);
    format!("{y:04}-{m:02}-{d:02}")
}

/// `2024-01-31 08:03:23`, with the fraction only when there is one, in UTC.
pub fn format_instant(micros: Micros) -> String {
    let day = micros.div_euclid(MICROS_PER_DAY);
    let rest = micros.rem_euclid(MICROS_PER_DAY);
    let (secs, frac) = (rest / MICROS_PER_SECOND, rest % MICROS_PER_SECOND);
    let mut text =
        format!("{} {:02}:{:02}:{:02}", format_day(day as Day), secs / 3600, secs / 60 % 60, secs % 60);
    if frac != 0 {
        text.push_str(format!(".{frac:06}").trim_end_matches('0'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree_with_the_calendar_library() {
        let mut date = jiff::civil::date(1899, 12, 25);
        let first = day_from_civil(1899, 12, 25);
        for day in first..first + 100_000 {
            let (y, m, d) = civil_from_day(day);
            assert_eq!((y, m, d), (i32::from(date.year()), date.month() as u32, date.day() as u32));
            assert_eq!(day_from_civil(y, m, d), day);
            assert_eq!(weekday(day), date.weekday().to_monday_zero_offset() as u32);
            assert_eq!(days_in_month(y, m), date.days_in_month() as u32);
            date = date.tomorrow().unwrap();
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert_eq!(checked_day(2023, 2, 29), None);
        assert_eq!(checked_day(2024, 2, 29), Some(day_from_civil(2024, 2, 29)));
        assert_eq!(checked_day(0, 1, 1), None);
    }
}
