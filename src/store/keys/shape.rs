//! How is a key written? As a number behind a prefix, as a GUID, or as any text.
//!
//! Invariant: every shape gives the key back to the letter.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// How the keys of a column are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyShape {
    /// A prefix and at least `width` digits, zero-padded to it.
    Number {
        /// The constant text before the digits.
        prefix: Vec<u8>,
        /// The number of digits that shorter numbers are padded to.
        width: usize,
    },
    /// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in lower case.
    Guid,
    /// Anything else.
    Text,
}

/// The most digits that surely fit in 64 bits.
pub(super) const DIGITS_MAX: usize = 18;

impl KeyShape {
    pub(super) fn of(key: &[u8]) -> KeyShape {
        if parse_guid(key).is_some() {
            return KeyShape::Guid;
        }
        let digits = key.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 || digits > DIGITS_MAX {
            return KeyShape::Text;
        }
        let (prefix, number) = key.split_at(key.len() - digits);
        let width = if number[0] == b'0' { digits } else { 1 };
        KeyShape::Number { prefix: prefix.to_vec(), width }
    }

    /// The number of a key of this shape.
    #[inline]
    pub(super) fn number(prefix: &[u8], width: usize, key: &[u8]) -> Option<u64> {
        let (own, digits) = key.split_at_checked(prefix.len())?;
        let padded = digits.len() == width || (digits.len() > width && digits[0] != b'0');
        // Compared byte by byte: a prefix is short.
        if !padded || digits.len() > DIGITS_MAX || !own.iter().eq(prefix) {
            return None;
        }
        let (number, all_digits) = digits.iter().fold((0u64, true), |(number, all), b| {
            let digit = b.wrapping_sub(b'0');
            (number.wrapping_mul(10).wrapping_add(u64::from(digit)), all & (digit <= 9))
        });
        all_digits.then_some(number)
    }
}

/// The value of each lower-case hexadecimal digit; 255 is none.
const HEX: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut digit = 0;
    while digit < 16 {
        values[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
};

pub(super) fn parse_guid(key: &[u8]) -> Option<u128> {
    let key: &[u8; 36] = key.try_into().ok()?;
    if [8, 13, 18, 23].iter().any(|&at| key[at] != b'-') {
        return None;
    }
    let mut seen = 0;
    let mut digits = |half: u64, text: &[u8]| {
        text.iter().fold(half, |half, &b| {
            let value = HEX[usize::from(b)];
            seen |= value;
            half << 4 | u64::from(value & 15)
        })
    };
    let high = digits(0, &key[..8]);
    let high = digits(high, &key[9..13]);
    let high = digits(high, &key[14..18]);
    let low = digits(0, &key[19..23]);
    let low = digits(low, &key[24..]);
    (seen < 16).then_some(u128::from(high) << 64 | u128::from(low))
}

pub(super) fn write_guid(value: u128, out: &mut Vec<u8>) {
    for (i, shift) in (0..32).rev().enumerate() {
        if matches!(i, 8 | 12 | 16 | 20) {
            out.push(b'-');
        }
        out.push(b"0123456789abcdef"[(value >> (shift * 4) & 15) as usize]);
    }
}

pub(super) fn write_number(prefix: &[u8], width: usize, mut number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(prefix);
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    while number > 0 {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    out.extend_from_slice(&digits[at.min(digits.len() - width.min(digits.len()))..]);
}

pub(super) fn hash_number(number: u64, seed: u64) -> u64 {
    xxh3_64_with_seed(&number.to_le_bytes(), seed)
}

pub(super) fn hash_guid(guid: u128, seed: u64) -> u64 {
    xxh3_64_with_seed(&guid.to_le_bytes(), seed)
}

/// The hash of a key's text, whatever its shape.
pub fn hash_text(key: &[u8], seed: u64) -> u64 {
    xxh3_64_with_seed(key, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_are_read_as_they_are_written() {
        let guid = "0123abcd-4567-89ef-fedc-ba9876543210";
        assert_eq!(parse_guid(guid.as_bytes()), Some(0x0123_abcd_4567_89ef_fedc_ba98_7654_3210));
        let mut written = Vec::new();
        write_guid(parse_guid(guid.as_bytes()).unwrap(), &mut written);
        assert_eq!(written, guid.as_bytes());
        for at in 0..guid.len() {
            for other in [b'-', b'g', b'A', b'/', 0xff] {
                let mut text = guid.as_bytes().to_vec();
                if std::mem::replace(&mut text[at], other) != other {
                    assert_eq!(parse_guid(&text), None, "{text:?}");
                }
            }
        }
        assert_eq!(parse_guid(&guid.as_bytes()[1..]), None);
    }
}
