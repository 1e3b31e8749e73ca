//! Numbers with decimals, exact: `50.21`, and where the mapping or the whole load says so `1 234,50`.

use crate::ingest::fault::Reason;
use crate::ingest::settings::Settings;
use crate::model::Unit;

/// The sign before the decimals of one column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DecimalSign {
    /// Not yet known; only numbers that read the same either way are read.
    #[default]
    Undecided,
    /// A point.
    Point,
    /// A comma; points and blanks group the digits.
    Comma,
}

/// How numbers may be written beyond plain digits with a point.
#[derive(Clone, Copy)]
struct Style<'a> {
    comma: bool,
    /// Which characters may group digits.
    groups: fn(char) -> bool,
    thousands: Option<char>,
    affixes: &'a [String],
    negative_forms: bool,
}

fn is_blank_group(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

impl<'a> Style<'a> {
    fn of(sign: DecimalSign, settings: &'a Settings) -> Style<'a> {
        let comma = sign == DecimalSign::Comma;
        Style {
            comma,
            groups: if comma { |c| c == '.' || is_blank_group(c) } else { |_| false },
            thousands: settings.thousands,
            affixes: &settings.number_affixes,
            negative_forms: settings.negative_forms,
        }
    }

    /// For telling whether a text is a number under a sign at all.
    fn lenient(self) -> Style<'a> {
        let groups: fn(char) -> bool = if self.comma {
            |c| c == '.' || c == '\'' || is_blank_group(c)
        } else {
            |c| c == ',' || c == '\'' || is_blank_group(c)
        };
        Style { groups, ..self }
    }

    fn is_group(&self, c: char) -> bool {
        let same = |t: char| t == c || (is_blank_group(t) && is_blank_group(c));
        (self.groups)(c) || self.thousands.is_some_and(same)
    }
}

/// A cell as a number in units of 10^-`digits`.
///
/// The reason [`Reason::DecimalComma`] under [`DecimalSign::Undecided`] means: the whole load must be asked.
pub fn number(
    cell: &[u8],
    digits: u32,
    unit: Option<Unit>,
    sign: DecimalSign,
    settings: &Settings,
) -> Result<i64, Reason> {
    let text = std::str::from_utf8(without_unit(cell, unit)?).map_err(|_| Reason::NotANumber)?;
    match sign {
        DecimalSign::Undecided => {
            if evidence(cell, unit, settings).is_some_and(|e| e != Evidence::Point && e != Evidence::Digits) {
                return Err(Reason::DecimalComma);
            }
            number(cell, digits, unit, DecimalSign::Point, settings)
        }
        DecimalSign::Point | DecimalSign::Comma => styled(text, digits, Style::of(sign, settings))
            .unwrap_or_else(|| Err(explained(text, sign, settings))),
    }
}

/// What a cell tells about the decimal sign of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Digits only: the same number either way.
    Digits,
    /// The same number either way, but only a comma lets blanks group digits.
    Grouped,
    /// A number only with a point.
    Point,
    /// A number only with a comma.
    Comma,
    /// Two different numbers.
    Either,
}

/// What a cell tells; none when it is no number either way.
pub fn evidence(cell: &[u8], unit: Option<Unit>, settings: &Settings) -> Option<Evidence> {
    const DIGITS: u32 = 4;
    let text = std::str::from_utf8(without_unit(cell, unit).ok()?).ok()?;
    let point = styled(text, DIGITS, Style::of(DecimalSign::Point, settings).lenient());
    let comma = styled(text, DIGITS, Style::of(DecimalSign::Comma, settings).lenient());
    match (point, comma) {
        (Some(a), Some(b)) if a == b => {
            let strict = styled(text, DIGITS, Style::of(DecimalSign::Point, settings)).is_some();
            Some(if strict { Evidence::Digits } else { Evidence::Grouped })
        }
        (Some(_), Some(_)) => Some(Evidence::Either),
        (Some(_), None) => Some(Evidence::Point),
        (None, Some(_)) => Some(Evidence::Comma),
        (None, None) => None,
    }
}

/// The number before a unit's word.
fn without_unit(cell: &[u8], unit: Option<Unit>) -> Result<&[u8], Reason> {
    if !cell.last().is_some_and(u8::is_ascii_alphabetic) {
        return Ok(cell);
    }
    let Some(unit) = unit else { return Ok(cell) };
    let start = cell.iter().rposition(|b| !b.is_ascii_alphabetic()).map_or(0, |at| at + 1);
    let known = unit.words().iter().any(|word| cell[start..].eq_ignore_ascii_case(word.as_bytes()));
    match (start, known) {
        (0, _) => Err(Reason::NotANumber),
        (_, false) if is_scientific(cell) => Err(Reason::Scientific),
        (_, false) => Err(Reason::UnknownUnit),
        (_, true) => Ok(cell[..start].trim_ascii_end()),
    }
}

/// `1.23E+15`: what a spreadsheet makes of long numbers.
pub fn is_scientific(cell: &[u8]) -> bool {
    let Some(e) = cell.iter().position(|b| matches!(b, b'e' | b'E')) else { return false };
    let (mantissa, exponent) = (&cell[..e], &cell[e + 1..]);
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let mantissa = mantissa.strip_prefix(b"-").unwrap_or(mantissa);
    mantissa.first().is_some_and(u8::is_ascii_digit)
        && mantissa.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
        && matches!(exponent, [b'+' | b'-', rest @ ..] if digits(rest))
}

/// Why a text is no number, with the setting that would make it one.
fn explained(text: &str, sign: DecimalSign, settings: &Settings) -> Reason {
    let other = if sign == DecimalSign::Comma { DecimalSign::Point } else { DecimalSign::Comma };
    let reads = |sign| styled(text, 4, Style::of(sign, settings).lenient()).is_some();
    if is_scientific(text.as_bytes()) {
        Reason::Scientific
    } else if reads(other) && text.contains(',') {
        Reason::DecimalComma
    } else if reads(sign) || reads(other) {
        Reason::NumberForm
    } else {
        let core = text.trim_matches(|c: char| !c.is_ascii_digit());
        let signs = text.chars().filter(|c| matches!(c, '-' | '+' | '\u{2212}' | '(')).count();
        let around = signs <= 1 && (text.chars().all(|c| !c.is_alphabetic()) || has_currency(text));
        let number = styled(core, 4, Style::of(sign, settings).lenient());
        if around && number.is_some() && !core.is_empty() { Reason::NumberForm } else { Reason::NotANumber }
    }
}

/// A word as short as the name of a currency stands before or behind the number, and a blank between.
fn has_currency(text: &str) -> bool {
    let is_word = |w: &str| w.chars().count() <= 3 && w.chars().all(|c| c.is_alphabetic() || c == '.');
    let parts = [text.split_once(' '), text.rsplit_once(' ')].into_iter().flatten();
    parts.into_iter().any(|(a, b)| {
        let has_letter = |part: &str| part.chars().any(char::is_alphabetic);
        (is_word(a) && !has_letter(b)) || (is_word(b) && !has_letter(a))
    })
}

/// Reads a number in a style; none when the text has another form.
fn styled(text: &str, digits: u32, style: Style<'_>) -> Option<Result<i64, Reason>> {
    let (text, negative) = signed(text, style)?;
    let decimal = if style.comma { ',' } else { '.' };
    let (whole, fraction) = text.split_once(decimal).unwrap_or((text, ""));
    if whole.is_empty() && fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if !whole.bytes().all(|b| b.is_ascii_digit()) && !is_grouped(whole, style) {
        return None;
    }
    Some(value(whole, fraction, digits).map(|v| if negative { -v } else { v }))
}

/// The text without its sign and the affixes of the mapping, and whether it is negative.
fn signed<'t>(text: &'t str, style: Style<'_>) -> Option<(&'t str, bool)> {
    let mut text = text;
    let mut negative = None;
    if style.negative_forms {
        if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
            (text, negative) = (inner, Some(true));
        } else if let Some(inner) = text.strip_suffix('-') {
            (text, negative) = (inner, Some(true));
        }
    }
    loop {
        let before = text;
        text = text.trim_matches(|c: char| is_blank_group(c));
        for affix in style.affixes.iter().filter(|a| !a.is_empty()) {
            text = text.strip_prefix(affix.as_str()).unwrap_or(text);
            text = text.strip_suffix(affix.as_str()).unwrap_or(text);
        }
        if let Some(rest) = text
            .strip_prefix(['-', '+'])
            .or_else(|| if style.negative_forms { text.strip_prefix('\u{2212}') } else { None })
        {
            if negative.is_some() {
                return None;
            }
            negative = Some(!text.starts_with('+'));
            text = rest;
            if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','))
                && style.affixes.is_empty()
            {
                return None;
            }
        }
        if text == before {
            return Some((text, negative.unwrap_or(false)));
        }
    }
}

/// One to three digits that do not begin with zero, then groups of three behind one and the same sign.
fn is_grouped(whole: &str, style: Style<'_>) -> bool {
    let Some(group) = whole.chars().find(|c| !c.is_ascii_digit()) else { return false };
    if !style.is_group(group) || whole.starts_with('0') {
        return false;
    }
    whole.split(group).enumerate().all(|(i, part)| {
        let length = if i == 0 { (1..=3).contains(&part.len()) } else { part.len() == 3 };
        length && part.bytes().all(|b| b.is_ascii_digit())
    })
}

fn value(whole: &str, fraction: &str, digits: u32) -> Result<i64, Reason> {
    let kept = fraction.len().min(digits as usize);
    if fraction[kept..].bytes().any(|b| b != b'0') {
        return Err(if digits == 0 { Reason::NotWhole } else { Reason::TooManyDecimals });
    }
    let mut value = 0i64;
    let padding = std::iter::repeat_n(b'0', digits as usize - kept);
    for b in whole.bytes().filter(u8::is_ascii_digit).chain(fraction[..kept].bytes()).chain(padding) {
        let next = value.checked_mul(10).and_then(|v| v.checked_add(i64::from(b - b'0')));
        value = next.ok_or(Reason::OutOfRange)?;
    }
    Ok(value)
}

/// Digits with a point, of few enough digits; none for any other form.
///
/// `three` tells whether exactly three decimals stand behind one to three digits, which might also
/// be a group.
#[inline]
pub fn plain(cell: &[u8], digits: u32) -> Option<Plain> {
    let (negative, body) = match cell {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, cell),
    };
    // With all decimals kept, that many digits always fit.
    if body.is_empty() || body.len() > 14 {
        return None;
    }
    let mut value = 0i64;
    let mut point = None;
    for (at, b) in body.iter().enumerate() {
        let digit = b.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + i64::from(digit);
        } else if *b == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    let decimals = point.map_or(0, |at| body.len() - at - 1) as u32;
    if decimals > digits || (point.is_some() && body.len() == 1) {
        return None;
    }
    let value = value * 10i64.pow(digits - decimals);
    let may_group = point.is_some_and(|at| decimals == 3 && (1..=3).contains(&at) && body[0] != b'0');
    Some(Plain { value: if negative { -value } else { value }, point: point.is_some(), may_group })
}

/// A number of the plain form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plain {
    pub value: i64,
    /// It has a point.
    pub point: bool,
    /// The point might also group digits.
    pub may_group: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str, sign: DecimalSign) -> Result<i64, Reason> {
        number(cell.as_bytes(), 4, None, sign, &Settings::default())
    }

    #[test]
    fn points_are_exact() {
        for (cell, value) in [
            ("50.21", 502_100),
            ("-0.5", -5_000),
            (".5", 5_000),
            ("5.", 50_000),
            ("+1", 10_000),
            ("1.23450000", 12_345),
            ("922337203685477.5807", i64::MAX),
        ] {
            assert_eq!(read(cell, DecimalSign::Point), Ok(value), "{cell}");
            if let Some(fast) = plain(cell.as_bytes(), 4) {
                assert_eq!(fast.value, value, "{cell}");
            }
        }
        for (cell, reason) in [
            ("1.23456", Reason::TooManyDecimals),
            ("922337203685477.5808", Reason::OutOfRange),
            ("99999999999999999999", Reason::OutOfRange),
            ("1,5", Reason::DecimalComma),
            ("1.234,56", Reason::DecimalComma),
            ("1,234.50", Reason::NumberForm),
            ("1'234.50", Reason::NumberForm),
            ("1 234", Reason::NumberForm),
            ("$12.00", Reason::NumberForm),
            ("12 %", Reason::NumberForm),
            ("12.00 NOK", Reason::NumberForm),
            ("kr 12.00", Reason::NumberForm),
            ("12 apples", Reason::NotANumber),
            ("(123)", Reason::NumberForm),
            ("123-", Reason::NumberForm),
            ("\u{2212}5", Reason::NumberForm),
            ("1.23E+15", Reason::Scientific),
            ("Inf", Reason::NotANumber),
            ("abc", Reason::NotANumber),
            (".", Reason::NotANumber),
            ("1.2.3", Reason::NotANumber),
            ("--1", Reason::NotANumber),
        ] {
            assert_eq!(read(cell, DecimalSign::Point), Err(reason), "{cell}");
        }
    }

    #[test]
    fn commas_are_exact_too() {
        for (cell, value) in [
            ("12,5", 125_000),
            ("1.234,56", 12_345_600),
            ("1 234,50", 12_345_000),
            ("1\u{a0}234\u{a0}567,1", 12_345_671_000),
            ("1.234", 12_340_000),
            ("-7", -70_000),
        ] {
            assert_eq!(read(cell, DecimalSign::Comma), Ok(value), "{cell}");
        }
        for cell in ["12.5", "1.2345,6", "1 23,4", "1.234 567,8", "0.125", "1,5,6"] {
            assert!(read(cell, DecimalSign::Comma).is_err(), "{cell}");
        }
    }

    #[test]
    fn a_cell_tells_what_it_can() {
        let told = |cell: &str| evidence(cell.as_bytes(), None, &Settings::default());
        for (cell, evidence) in [
            ("12", Some(Evidence::Digits)),
            ("1 234", Some(Evidence::Grouped)),
            ("50.21", Some(Evidence::Point)),
            ("0.125", Some(Evidence::Point)),
            ("1,234.50", Some(Evidence::Point)),
            ("1,234,567", Some(Evidence::Point)),
            ("12,5", Some(Evidence::Comma)),
            ("1.234,56", Some(Evidence::Comma)),
            ("1.234.567", Some(Evidence::Comma)),
            ("1.234", Some(Evidence::Either)),
            ("1,234", Some(Evidence::Either)),
            ("abc", None),
        ] {
            assert_eq!(told(cell), evidence, "{cell}");
        }
    }

    #[test]
    fn an_undecided_column_reads_only_what_is_certain() {
        assert_eq!(read("50.21", DecimalSign::Undecided), Ok(502_100));
        assert_eq!(read("12", DecimalSign::Undecided), Ok(120_000));
        for cell in ["1.234", "12,5", "1 234"] {
            assert_eq!(read(cell, DecimalSign::Undecided), Err(Reason::DecimalComma), "{cell}");
        }
        assert_eq!(read("abc", DecimalSign::Undecided), Err(Reason::NotANumber));
    }

    #[test]
    fn units_stand_behind_numbers_where_the_column_has_one() {
        let minutes = |cell: &str| {
            number(cell.as_bytes(), 0, Some(Unit::Minutes), DecimalSign::Point, &Settings::default())
        };
        assert_eq!(minutes("108 mins"), Ok(108));
        assert_eq!(minutes("108min"), Ok(108));
        assert_eq!(minutes("108.0"), Ok(108));
        assert_eq!(minutes("2 hours"), Err(Reason::UnknownUnit));
        assert_eq!(minutes("108.5"), Err(Reason::NotWhole));
        assert_eq!(minutes("mins"), Err(Reason::NotANumber));
        assert_eq!(minutes("1E+5"), Err(Reason::Scientific));
    }

    #[test]
    fn the_mapping_allows_other_forms() {
        let settings = Settings {
            thousands: Some('\''),
            number_affixes: vec!["$".into(), "%".into()],
            negative_forms: true,
            ..Settings::default()
        };
        let read = |cell: &str| number(cell.as_bytes(), 4, None, DecimalSign::Point, &settings);
        for (cell, value) in [
            ("1'234.50", 12_345_000),
            ("$12.00", 120_000),
            ("-$12", -120_000),
            ("$-12", -120_000),
            ("12 %", 120_000),
            ("(123)", -1_230_000),
            ("123-", -1_230_000),
            ("\u{2212}5", -50_000),
        ] {
            assert_eq!(read(cell), Ok(value), "{cell}");
        }
        assert!(read("(-5)").is_err());
    }
}
