//! How is a row written?
//!
//! [`Rows`] appends cells to a byte buffer, each followed by a comma that the end of the row turns
//! into a line break. Invariant: nothing is allocated per cell and nothing is formatted by the
//! standard library, which would take longer than drawing the values.

use super::calendar::{Day, Moment};
use super::rng::Draw;

/// How the keys of a table look: a prefix and zero-padded digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    prefix: u8,
    digits: usize,
}

impl Key {
    /// Wide enough for numbers up to `max`.
    pub(crate) fn new(prefix: u8, max: u64) -> Self {
        Self { prefix, digits: max.max(100).ilog10() as usize + 1 }
    }
}

/// Rows of one table as the bytes of a CSV file.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) bytes: Vec<u8>,
    pub(crate) count: u64,
}

impl Rows {
    /// Empty, with room for `rows` rows of `bytes_each` bytes.
    pub(crate) fn with_room(rows: u64, bytes_each: u64) -> Self {
        Self { bytes: Vec::with_capacity((rows * bytes_each) as usize), count: 0 }
    }

    /// Ends the row.
    pub(crate) fn end(&mut self) {
        if let Some(comma) = self.bytes.last_mut() {
            *comma = b'\n';
        }
        self.count += 1;
    }

    /// An empty cell.
    pub(crate) fn null(&mut self) {
        self.bytes.push(b',');
    }

    /// A cell that may be empty.
    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => write(self, value),
            None => self.null(),
        }
    }

    /// Text that is known to hold no comma, quote or line break.
    pub(crate) fn plain(&mut self, text: &str) {
        debug_assert!(!text.contains([',', '"', '\n']), "{text:?} needs quotes");
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(b',');
    }

    /// A first and a last name.
    pub(crate) fn name(&mut self, (first, last): (&str, &str)) {
        self.bytes.extend_from_slice(first.as_bytes());
        self.bytes.push(b' ');
        self.plain(last);
    }

    /// Any text, in quotes where it needs them.
    pub(crate) fn text(&mut self, text: &str) {
        if !text.contains([',', '"', '\n', '\r']) {
            return self.plain(text);
        }
        self.bytes.push(b'"');
        for &byte in text.as_bytes() {
            if byte == b'"' {
                self.bytes.push(b'"');
            }
            self.bytes.push(byte);
        }
        self.bytes.extend_from_slice(b"\",");
    }

    /// A value of a domain the way exports hold them: now and then in another case, rarely absent.
    pub(crate) fn category(&mut self, draw: &mut Draw, name: &str) {
        match draw.below(1000) {
            0 | 1 => self.null(),
            roll => self.cased(roll, name),
        }
    }

    /// A value of a domain that is never absent, but now and then in another case.
    pub(crate) fn spelled(&mut self, draw: &mut Draw, name: &str) {
        self.cased(draw.below(1000), name);
    }

    fn cased(&mut self, roll: u32, name: &str) {
        let start = self.bytes.len();
        self.plain(name);
        match roll {
            2 => self.bytes[start..].make_ascii_lowercase(),
            3 => self.bytes[start..].make_ascii_uppercase(),
            _ => {}
        }
    }

    /// A key.
    pub(crate) fn key(&mut self, key: Key, number: u64) {
        let mut digits = [b'0'; 20];
        let mut left = number;
        for digit in digits[20 - key.digits..].iter_mut().rev() {
            *digit = b'0' + (left % 10) as u8;
            left /= 10;
        }
        debug_assert_eq!(left, 0, "{number} has more than {} digits", key.digits);
        self.bytes.push(key.prefix);
        self.bytes.extend_from_slice(&digits[20 - key.digits..]);
        self.bytes.push(b',');
    }

    /// A GUID.
    pub(crate) fn guid(&mut self, bits: u128) {
        for place in 0..32 {
            if matches!(place, 8 | 12 | 16 | 20) {
                self.bytes.push(b'-');
            }
            self.bytes.push(b"0123456789abcdef"[(bits >> (124 - 4 * place)) as usize & 15]);
        }
        self.bytes.push(b',');
    }

    /// A whole number.
    pub(crate) fn number(&mut self, number: u64) {
        self.digits(number);
        self.bytes.push(b',');
    }

    /// A whole amount.
    pub(crate) fn whole(&mut self, amount: i64) {
        if amount < 0 {
            self.bytes.push(b'-');
        }
        self.number(amount.unsigned_abs());
    }

    fn digits(&mut self, number: u64) {
        let mut digits = [0u8; 20];
        let mut start = digits.len();
        let mut left = number;
        loop {
            start -= 1;
            digits[start] = b'0' + (left % 10) as u8;
            left /= 10;
            if left == 0 {
                break;
            }
        }
        self.bytes.extend_from_slice(&digits[start..]);
    }

    /// An amount given in hundredths.
    pub(crate) fn money(&mut self, hundredths: i64) {
        if hundredths < 0 {
            self.bytes.push(b'-');
        }
        self.digits(hundredths.unsigned_abs() / 100);
        self.bytes.push(b'.');
        self.two((hundredths.unsigned_abs() % 100) as u32);
        self.bytes.push(b',');
    }

    /// An amount given in ten-thousandths: with two decimals, or four where they are not zero.
    pub(crate) fn amount(&mut self, amount: i64) {
        if amount < 0 {
            self.bytes.push(b'-');
        }
        let (whole, rest) = (amount.unsigned_abs() / 10_000, (amount.unsigned_abs() % 10_000) as u32);
        self.digits(whole);
        self.bytes.push(b'.');
        self.two(rest / 100);
        if !rest.is_multiple_of(100) {
            self.two(rest % 100);
        }
        self.bytes.push(b',');
    }

    /// A number given in ten-thousandths, with as many decimals as it has.
    pub(crate) fn decimal(&mut self, number: i64) {
        self.amount(number);
        self.bytes.pop();
        while self.bytes.last() == Some(&b'0') {
            self.bytes.pop();
        }
        if self.bytes.last() == Some(&b'.') {
            self.bytes.pop();
        }
        self.bytes.push(b',');
    }

    /// A date.
    pub(crate) fn date(&mut self, day: Day) {
        self.day(day);
        self.bytes.push(b',');
    }

    /// A timestamp.
    pub(crate) fn moment(&mut self, moment: Moment) {
        let (day, secs) = moment.split();
        self.day(day);
        self.bytes.push(b' ');
        self.two(secs / 3600);
        self.bytes.push(b':');
        self.two(secs / 60 % 60);
        self.bytes.push(b':');
        self.two(secs % 60);
        self.bytes.push(b',');
    }

    fn day(&mut self, day: Day) {
        let (year, month, of_month) = day.civil();
        self.two(year as u32 / 100);
        self.two(year as u32 % 100);
        self.bytes.push(b'-');
        self.two(month);
        self.bytes.push(b'-');
        self.two(of_month);
    }

    fn two(&mut self, number: u32) {
        let digits = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        self.bytes.extend_from_slice(&digits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_read_as_written() {
        let mut rows = Rows::default();
        rows.key(Key::new(b'U', 1_000_000), 123);
        rows.number(0);
        rows.money(-5);
        rows.money(123_450);
        rows.moment(Day::of(2024, 1, 31).at(8 * 3600 + 3 * 60 + 23));
        rows.text("a \"b\", c");
        rows.null();
        rows.name(("Ada", "Holm"));
        rows.end();
        let expected = "U0000123,0,-0.05,1234.50,2024-01-31 08:03:23,\"a \"\"b\"\", c\",,Ada Holm\n";
        assert_eq!(String::from_utf8(rows.bytes).as_deref(), Ok(expected));
        assert_eq!(rows.count, 1);
    }

    #[test]
    fn decimals_are_those_that_matter() {
        let mut rows = Rows::default();
        for amount in [1_234_500, 12_345_678, -1, -123_456, 0, 10_000] {
            rows.amount(amount);
        }
        for number in [15_000, 20_000, 1_000_000, 22_550, 0] {
            rows.decimal(number);
        }
        rows.guid(0x0123_4567_89ab_4def_8123_4567_89ab_cdef);
        rows.end();
        let expected = "123.45,1234.5678,-0.0001,-12.3456,0.00,1.00,\
             1.5,2,100,2.255,0,01234567-89ab-4def-8123-456789abcdef\n";
        assert_eq!(String::from_utf8(rows.bytes).as_deref(), Ok(expected));
    }
}
