//! Times that are numbers, where the mapping says so.

use super::timestamp::When;
use crate::ingest::fault::Reason;
use crate::ingest::settings::SerialForm;
use crate::model::civil::day_from_civil;
use crate::model::{MICROS_PER_DAY, MICROS_PER_SECOND};

/// Reads a trimmed cell.
pub fn read(cell: &[u8], form: SerialForm) -> Result<When, Reason> {
    match form {
        SerialForm::EpochSeconds => in_range(scaled(cell, 6)?).map(When::Instant),
        SerialForm::EpochMilliseconds => in_range(scaled(cell, 3)?).map(When::Instant),
        SerialForm::Excel => excel(cell),
    }
}

/// Spreadsheets believe in 1900-02-29, so that the days before it are not those they show.
const EXCEL_FIRST_SOUND: i128 = 61;

fn excel(cell: &[u8]) -> Result<When, Reason> {
    const DIGITS: u32 = 15;
    const ONE: i128 = 10i128.pow(DIGITS);
    let serial = scaled(cell, DIGITS)?;
    let (days, fraction) = (serial.div_euclid(ONE), serial.rem_euclid(ONE));
    if days < EXCEL_FIRST_SOUND {
        return Err(Reason::SerialForm);
    }
    let start = i128::from(day_from_civil(1899, 12, 30)) * i128::from(MICROS_PER_DAY);
    // A double holds the time of day to well within a millisecond.
    let millis = (fraction * 86_400_000 + ONE / 2) / ONE;
    let local = in_range(start + days * i128::from(MICROS_PER_DAY) + millis * 1000)?;
    Ok(if fraction == 0 { When::Day(local.div_euclid(MICROS_PER_DAY) as i32) } else { When::Local(local) })
}

fn in_range(micros: i128) -> Result<i64, Reason> {
    let first = i64::from(day_from_civil(1, 1, 2)) * MICROS_PER_DAY;
    let last = i64::from(day_from_civil(9999, 12, 31)) * MICROS_PER_DAY - MICROS_PER_SECOND;
    let micros = i64::try_from(micros).map_err(|_| Reason::SerialForm)?;
    if (first..=last).contains(&micros) { Ok(micros) } else { Err(Reason::SerialForm) }
}

/// A plain number in units of 10^-`digits`; finer digits are cut off.
fn scaled(cell: &[u8], digits: u32) -> Result<i128, Reason> {
    let (negative, body) = match cell {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, cell),
    };
    let point = body.iter().position(|b| *b == b'.').unwrap_or(body.len());
    let (whole, fraction) = (&body[..point], body.get(point + 1..).unwrap_or_default());
    let plain = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if whole.is_empty() || whole.len() > 18 || !plain(whole) || !plain(fraction) {
        return Err(Reason::SerialForm);
    }
    let padded = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(digits as usize);
    let value = whole.iter().copied().chain(padded).fold(0i128, |n, b| n * 10 + i128::from(b - b'0'));
    Ok(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::civil::format_instant;

    fn text(cell: &str, form: SerialForm) -> Result<String, Reason> {
        Ok(match read(cell.as_bytes(), form)? {
            When::Day(day) => crate::model::civil::format_day(day),
            When::Local(micros) => format_instant(micros),
            When::Instant(micros) => format!("{}Z", format_instant(micros)),
        })
    }

    #[test]
    fn serial_times() {
        for (cell, form, want) in [
            ("1706688203", SerialForm::EpochSeconds, "2024-01-31 08:03:23Z"),
            ("1706688203.25", SerialForm::EpochSeconds, "2024-01-31 08:03:23.25Z"),
            ("1706688203250", SerialForm::EpochMilliseconds, "2024-01-31 08:03:23.25Z"),
            ("-1", SerialForm::EpochSeconds, "1969-12-31 23:59:59Z"),
            ("45322", SerialForm::Excel, "2024-01-31"),
            ("45322.3356828704", SerialForm::Excel, "2024-01-31 08:03:23"),
        ] {
            assert_eq!(text(cell, form).as_deref(), Ok(want), "{cell}");
        }
        for (cell, form) in [
            ("2024-01-31", SerialForm::EpochSeconds),
            ("1706688203250000", SerialForm::EpochSeconds),
            ("60", SerialForm::Excel),
            ("", SerialForm::Excel),
            ("1.2.3", SerialForm::Excel),
        ] {
            assert_eq!(text(cell, form), Err(Reason::SerialForm), "{cell}");
        }
    }
}
