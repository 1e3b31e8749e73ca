//! Instants: `2024-01-31 08:03:23`, with `T`, a fraction, an offset, or AM and PM; a date alone is one
//! too, and which instant that is the column decides.

use super::date;
use crate::ingest::fault::Reason;
use crate::ingest::settings::{DateOrder, RepeatedTime};
use crate::ingest::zone::Clock;
use crate::model::zone::offset_seconds;
use crate::model::{Day, MICROS_PER_DAY, MICROS_PER_SECOND, Micros, Zone};

/// What a text says about time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A civil date.
    Day(Day),
    /// A local time, in microseconds as if it were in UTC.
    Local(Micros),
    /// An instant.
    Instant(Micros),
}

/// Reads dates and times, remembering the last date: the rows of an export are often in time order.
pub struct WhenReader<'a> {
    order: Option<DateOrder>,
    zone_names: &'a [(String, Zone)],
    last: ([u8; 10], Day),
}

impl<'a> WhenReader<'a> {
    pub fn new(order: Option<DateOrder>, zone_names: &'a [(String, Zone)]) -> Self {
        WhenReader { order, zone_names, last: (*b"1970-01-01", 0) }
    }

    /// Reads a trimmed cell.
    #[inline]
    pub fn read(&mut self, text: &[u8]) -> Result<When, Reason> {
        if let Some((head, rest)) = text.split_first_chunk::<10>() {
            let day = if *head == self.last.0 { Some(Ok(self.last.1)) } else { date::iso(head) };
            if let Some(day) = day {
                let day = day?;
                self.last = (*head, day);
                if rest.is_empty() {
                    return Ok(When::Day(day));
                }
                if let Some(seconds) = plain_time(rest) {
                    return Ok(When::Local(i64::from(day) * MICROS_PER_DAY + seconds * MICROS_PER_SECOND));
                }
                return self.with_time(day, rest);
            }
        }
        let (day, len) = date::leading(text, self.order)?;
        if len == text.len() { Ok(When::Day(day)) } else { self.with_time(day, &text[len..]) }
    }

    /// The time and zone behind a date.
    fn with_time(&self, day: Day, rest: &[u8]) -> Result<When, Reason> {
        let body = match rest {
            [b'T' | b't', body @ ..] => body,
            [b' ', ..] => rest.trim_ascii_start(),
            // More digits or words: the text was no date in the first place.
            _ => return Err(Reason::NotADate),
        };
        let (time, zone) = time_of_day(body)?;
        let local = i64::from(day) * MICROS_PER_DAY + time;
        let instant = |offset: i32| When::Instant(local - i64::from(offset) * MICROS_PER_SECOND);
        if zone.is_empty() {
            return Ok(When::Local(local));
        }
        if [&b"z"[..], b"utc", b"gmt"].iter().any(|utc| zone.eq_ignore_ascii_case(utc)) {
            return Ok(instant(0));
        }
        if let Some(offset) = offset_seconds(zone) {
            return Ok(instant(offset));
        }
        if zone[0] == b'+' || zone[0] == b'-' || zone[0].is_ascii_digit() || zone[0] == b':' {
            return Err(Reason::NotATime);
        }
        let named = self.zone_names.iter().find(|(name, _)| zone.eq_ignore_ascii_case(name.as_bytes()));
        let (_, zone) = named.ok_or(Reason::UnknownZone)?;
        Ok(When::Instant(Clock::new(zone, RepeatedTime::default()).instant(local)))
    }
}

/// The seconds of ` 08:03:23` or `T08:03:23`; none for any other form.
#[inline]
fn plain_time(text: &[u8]) -> Option<i64> {
    let &[b' ' | b'T', a, b, b':', c, d, b':', e, f] = text else { return None };
    let two = |tens: u8, ones: u8| {
        let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
        (tens <= 9 && ones <= 9).then(|| i64::from(tens) * 10 + i64::from(ones))
    };
    let (hour, minute, second) = (two(a, b)?, two(c, d)?, two(e, f)?);
    (hour < 24 && minute < 60 && second < 60).then_some((hour * 60 + minute) * 60 + second)
}

/// Microseconds of the day, and the text of the zone behind the time.
fn time_of_day(text: &[u8]) -> Result<(i64, &[u8]), Reason> {
    let (hour, rest) = number(text, 1)?;
    let (minute, rest) = number(rest.strip_prefix(b":").ok_or(Reason::NotATime)?, 2)?;
    let (second, rest) = match rest.strip_prefix(b":") {
        Some(rest) => number(rest, 2)?,
        None => (0, rest),
    };
    let (micros, rest) = match rest.strip_prefix(b".") {
        Some(rest) => fraction(rest)?,
        None => (0, rest),
    };
    let rest = rest.trim_ascii_start();
    let half = rest.get(..2).filter(|_| rest.get(2).is_none_or(|b| !b.is_ascii_alphabetic()));
    let (hour, rest) = match half.map(<[u8]>::to_ascii_uppercase).as_deref() {
        Some(b"AM" | b"PM") if !(1..=12).contains(&hour) => return Err(Reason::NotATime),
        Some(b"AM") => (hour % 12, rest[2..].trim_ascii_start()),
        Some(b"PM") => (hour % 12 + 12, rest[2..].trim_ascii_start()),
        _ => (hour, rest),
    };
    if hour == 24 && minute == 0 && second == 0 && micros == 0 {
        return Err(Reason::HourTwentyFour);
    }
    if hour > 23 || minute > 59 || second > 59 {
        return Err(Reason::NotATime);
    }
    Ok((((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND + micros, rest))
}

/// A number of at least `digits_min` and at most two digits.
fn number(text: &[u8], digits_min: usize) -> Result<(i64, &[u8]), Reason> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    if !(digits_min..=2).contains(&digits) {
        return Err(Reason::NotATime);
    }
    Ok((text[..digits].iter().fold(0, |n, b| n * 10 + i64::from(b - b'0')), &text[digits..]))
}

/// A fraction of a second in microseconds; the seventh digit is cut off, finer ones must be zero.
fn fraction(text: &[u8]) -> Result<(i64, &[u8]), Reason> {
    const DIGITS_KEPT: usize = 6;
    const DIGITS_MAX: usize = 7;
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 {
        return Err(Reason::NotATime);
    }
    if text[DIGITS_MAX.min(digits)..digits].iter().any(|b| *b != b'0') {
        return Err(Reason::FractionTooFine);
    }
    let kept = text[..digits.min(DIGITS_KEPT)].iter().fold(0, |n, b| n * 10 + i64::from(b - b'0'));
    let missing = DIGITS_KEPT - digits.min(DIGITS_KEPT);
    Ok((kept * 10i64.pow(missing as u32), &text[digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::civil::format_instant;

    fn read(text: &str) -> Result<String, Reason> {
        let names = [("EST".to_string(), Zone::parse_or_offset("-05:00").unwrap())];
        Ok(match WhenReader::new(Some(DateOrder::DayFirst), &names).read(text.as_bytes())? {
            When::Day(day) => format!("day {day}"),
            When::Local(micros) => format_instant(micros),
            When::Instant(micros) => format!("{}Z", format_instant(micros)),
        })
    }

    #[test]
    fn every_form_is_read() {
        for (text, want) in [
            ("2024-01-31", "day 19753"),
            ("2024-01-31 08:03:23", "2024-01-31 08:03:23"),
            ("2024-01-31T08:03:23", "2024-01-31 08:03:23"),
            ("2024-01-31 08:03", "2024-01-31 08:03:00"),
            ("2024-01-31 08:03:23.5", "2024-01-31 08:03:23.5"),
            ("2024-01-31 08:03:23.1234567", "2024-01-31 08:03:23.123456"),
            ("2024-01-31 08:03:23.123456700", "2024-01-31 08:03:23.123456"),
            ("2024-01-31T08:03:23Z", "2024-01-31 08:03:23Z"),
            ("2024-01-31 08:03:23 UTC", "2024-01-31 08:03:23Z"),
            ("2024-01-31T08:03:23+02:00", "2024-01-31 06:03:23Z"),
            ("2024-01-31 08:03:23.1234567 -05:30", "2024-01-31 13:33:23.123456Z"),
            ("2024-01-31T00:30:00+0100", "2024-01-30 23:30:00Z"),
            ("2024-01-31 08:03:23 EST", "2024-01-31 13:03:23Z"),
            ("27/08/2024 14:05", "2024-08-27 14:05:00"),
            ("27.08.2024 14:05:09", "2024-08-27 14:05:09"),
            ("27/08/2024 02:05:00 PM", "2024-08-27 14:05:00"),
            ("27/08/2024 2:05 pm", "2024-08-27 14:05:00"),
            ("27/08/2024 12:05:00 AM", "2024-08-27 00:05:00"),
            ("27/08/2024 12:05PM", "2024-08-27 12:05:00"),
            ("2024-1-5 8:03", "2024-01-05 08:03:00"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(want), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_says_why() {
        for (text, reason) in [
            ("2024-01-31 24:00:00", Reason::HourTwentyFour),
            ("2024-01-31 25:00", Reason::NotATime),
            ("2024-01-31 08:60", Reason::NotATime),
            ("2024-01-31 08:03:60", Reason::NotATime),
            ("2024-01-31 8", Reason::NotATime),
            ("2024-01-31 14:05 PM", Reason::NotATime),
            ("2024-01-31 08:03:23.", Reason::NotATime),
            ("2024-01-31 08:03:23 CST", Reason::UnknownZone),
            ("2024-01-31 08:03:23+2", Reason::NotATime),
            ("2024-01-31 08:03:23.12345678", Reason::FractionTooFine),
            ("2024-02-30 08:03:23", Reason::NoSuchDay),
            ("2024-01-311", Reason::NotADate),
            ("1706688203", Reason::SerialDate),
            ("08/27/2024 02:05:00 PM", Reason::OrderContradicted(DateOrder::DayFirst)),
        ] {
            assert_eq!(read(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn the_remembered_date_does_not_leak() {
        let mut reader = WhenReader::new(None, &[]);
        for text in ["2024-01-31 08:00:00", "2024-01-31", "2024-02-01 08:00:00", "1970-01-01"] {
            let fresh = WhenReader::new(None, &[]).read(text.as_bytes());
            assert_eq!(reader.read(text.as_bytes()), fresh, "{text}");
        }
    }
}
