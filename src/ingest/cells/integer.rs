//! Whole numbers: `108`, `+5`, `007`.

use crate::ingest::fault::Reason;

/// Digits that always fit.
const SAFE_DIGITS: usize = 18;

/// A sign and digits; none for any other form, which `decimal` may understand.
#[inline]
pub fn plain(cell: &[u8]) -> Option<Result<i64, Reason>> {
    let (negative, digits) = match cell {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, cell),
    };
    if digits.is_empty() {
        return None;
    }
    if digits.len() > SAFE_DIGITS {
        return digits.iter().all(u8::is_ascii_digit).then(|| large(negative, digits));
    }
    let mut value = 0i64;
    for b in digits {
        let digit = b.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(Ok(if negative { -value } else { value }))
}

#[cold]
fn large(negative: bool, digits: &[u8]) -> Result<i64, Reason> {
    let mut value = 0i64;
    for b in digits {
        let digit = i64::from(b - b'0');
        let next = value.checked_mul(10).and_then(|v| v.checked_add(digit));
        value = next.ok_or(Reason::OutOfRange)?;
    }
    Ok(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exact() {
        for (cell, value) in [
            ("0", 0),
            ("-0", 0),
            ("+5", 5),
            ("007", 7),
            ("-42", -42),
            ("999999999999999999", 999_999_999_999_999_999),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775807", -i64::MAX),
            ("00000000000000000000000000000001", 1),
        ] {
            assert_eq!(plain(cell.as_bytes()), Some(Ok(value)), "{cell}");
        }
        // The smallest i64 stands for a missing cell, and is no number.
        for cell in ["9223372036854775808", "-9223372036854775808", "99999999999999999999999"] {
            assert_eq!(plain(cell.as_bytes()), Some(Err(Reason::OutOfRange)), "{cell}");
        }
        for cell in ["", "-", "1.0", "1e3", "a", "1 2", "--1"] {
            assert_eq!(plain(cell.as_bytes()), None, "{cell}");
        }
    }
}
