//! Civil dates: `2024-01-31`, and in the order of the table `27/08/2024`, `27.08.2024`, `27-08-2024`.

use crate::ingest::fault::Reason;
use crate::ingest::settings::DateOrder;
use crate::model::Day;
use crate::model::civil::checked_day;

/// The day of `2024-01-31`; none for any other form.
#[inline]
pub fn iso(text: &[u8; 10]) -> Option<Result<Day, Reason>> {
    let digit = |at: usize| {
        let d = u32::from(text[at].wrapping_sub(b'0'));
        (d <= 9).then_some(d)
    };
    if text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let year = digit(0)? * 1000 + digit(1)? * 100 + digit(2)? * 10 + digit(3)?;
    let (month, day) = (digit(5)? * 10 + digit(6)?, digit(8)? * 10 + digit(9)?);
    Some(checked_day(year as i32, month, day).ok_or(Reason::NoSuchDay))
}

/// The date at the start of a text, and its length.
pub fn leading(text: &[u8], order: Option<DateOrder>) -> Result<(Day, usize), Reason> {
    if text.iter().all(|b| b.is_ascii_digit() || *b == b'.')
        && text.iter().filter(|b| **b == b'.').count() < 2
    {
        return Err(Reason::SerialDate);
    }
    let mut numbers = [(0u32, 0usize); 3];
    let mut at = 0;
    let mut separator = None;
    for (i, number) in numbers.iter_mut().enumerate() {
        if i > 0 {
            let found =
                text.get(at).copied().filter(|b| matches!(b, b'-' | b'/' | b'.')).ok_or(Reason::NotADate)?;
            if *separator.get_or_insert(found) != found {
                return Err(Reason::NotADate);
            }
            at += 1;
        }
        let digits = text[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 || digits > 4 {
            return Err(Reason::NotADate);
        }
        *number = (text[at..at + digits].iter().fold(0, |n, b| n * 10 + u32::from(b - b'0')), digits);
        at += digits;
    }
    let [(a, a_digits), (b, b_digits), (c, c_digits)] = numbers;
    let day = match (a_digits, b_digits, c_digits) {
        (4, 1..=2, 1..=2) => checked_day(a as i32, b, c).ok_or(Reason::NoSuchDay)?,
        (1..=2, 1..=2, 4) => ordered(a, b, c as i32, order)?,
        (1..=2, 1..=2, 1..=2) => return Err(Reason::TwoDigitYear),
        _ => return Err(Reason::NotADate),
    };
    Ok((day, at))
}

fn ordered(a: u32, b: u32, year: i32, order: Option<DateOrder>) -> Result<Day, Reason> {
    let read = |order| match order {
        DateOrder::DayFirst => checked_day(year, b, a),
        DateOrder::MonthFirst => checked_day(year, a, b),
    };
    let Some(order) = order else {
        let days = [read(DateOrder::DayFirst), read(DateOrder::MonthFirst)];
        return match days {
            [None, None] => Err(Reason::NoSuchDay),
            [Some(day), Some(same)] if day == same => Ok(day),
            _ => Err(Reason::OrderUndecided),
        };
    };
    read(order).ok_or(match read(order.other()) {
        Some(_) => Reason::OrderContradicted(order),
        None => Reason::NoSuchDay,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::civil::day_from_civil;

    fn read(text: &str, order: Option<DateOrder>) -> Result<Day, Reason> {
        let (day, len) = leading(text.as_bytes(), order)?;
        assert_eq!(len, text.len(), "{text}");
        Ok(day)
    }

    #[test]
    fn iso_dates() {
        let day = day_from_civil(2024, 2, 29);
        assert_eq!(iso(b"2024-02-29"), Some(Ok(day)));
        assert_eq!(iso(b"2023-02-29"), Some(Err(Reason::NoSuchDay)));
        assert_eq!(iso(b"0000-00-00"), Some(Err(Reason::NoSuchDay)));
        assert_eq!([iso(b"2024/02/29"), iso(b"29-02-2024"), iso(b"2024-02-2x")], [None; 3]);
        for text in ["2024-02-29", "2024-2-29", "2024/02/29"] {
            assert_eq!(read(text, None), Ok(day), "{text}");
        }
    }

    #[test]
    fn the_order_of_the_table_decides() {
        let day = day_from_civil(2024, 8, 27);
        let (first, second) = (Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst));
        for text in ["27/08/2024", "27.08.2024", "27-08-2024", "27/8/2024"] {
            assert_eq!(read(text, first), Ok(day), "{text}");
            assert_eq!(read(text, second), Err(Reason::OrderContradicted(DateOrder::MonthFirst)), "{text}");
            assert_eq!(read(text, None), Err(Reason::OrderUndecided), "{text}");
        }
        assert_eq!(read("05/06/2024", first), Ok(day_from_civil(2024, 6, 5)));
        assert_eq!(read("05/06/2024", second), Ok(day_from_civil(2024, 5, 6)));
        assert_eq!(read("05/06/2024", None), Err(Reason::OrderUndecided));
        assert_eq!(read("05/05/2024", None), Ok(day_from_civil(2024, 5, 5)));
    }

    #[test]
    fn what_is_no_date_says_why() {
        for (text, reason) in [
            ("30/02/2024", Reason::NoSuchDay),
            ("29/02/2023", Reason::NoSuchDay),
            ("27/08/24", Reason::TwoDigitYear),
            ("24-08-27", Reason::TwoDigitYear),
            ("27/08-2024", Reason::NotADate),
            ("2024-123-1", Reason::NotADate),
            ("20240827", Reason::SerialDate),
            ("45322", Reason::SerialDate),
            ("45322.5", Reason::SerialDate),
            ("yesterday", Reason::NotADate),
        ] {
            assert_eq!(read(text, Some(DateOrder::DayFirst)), Err(reason), "{text}");
        }
    }
}
