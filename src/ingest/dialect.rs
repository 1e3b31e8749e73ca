//! How is this file written? The delimiter is the one under which the headers are known; it is found
//! in the file's first lines and reported.

use std::fmt;

use super::encoding::Encoding;
use super::error::Refusal;
use super::header::{self, Header, HeaderFault};
use super::parse::is_blank;
use super::records::{FIELDS_MAX, Flaw, Records};
use super::settings::Settings;
use crate::model::TableDef;

/// The delimiters tried; the first wins where none decides.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// Lines behind the first in which a header is looked for, to say where it is.
const PREAMBLE_LINES_MAX: usize = 20;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What stands between two fields.
    pub delimiter: char,
    /// The encoding.
    pub encoding: Encoding,
    /// Whether a byte order mark begins the file.
    pub mark: bool,
    /// How its header line ends.
    pub line_end: LineEnd,
}

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// Line feed.
    Lf,
    /// Carriage return and line feed.
    CrLf,
    /// Carriage return.
    Cr,
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line_end = match self.line_end {
            LineEnd::Lf => "LF",
            LineEnd::CrLf => "CRLF",
            LineEnd::Cr => "CR",
        };
        let mark = if self.mark { " with BOM" } else { "" };
        match self.delimiter {
            '\t' => write!(f, "tab, {}{mark}, {line_end}", self.encoding),
            delimiter => write!(f, "'{delimiter}', {}{mark}, {line_end}", self.encoding),
        }
    }
}

/// What the first lines tell.
#[derive(Debug)]
pub(super) struct Detected {
    pub delimiter: u8,
    pub line_end: LineEnd,
    pub header: Header,
    /// The bytes up to the first row.
    pub bytes: usize,
}

/// The header line as it is under one delimiter.
struct Candidate {
    delimiter: u8,
    names: Vec<String>,
    known: usize,
    end: usize,
    flaw: Option<Flaw>,
}

/// Finds the delimiter and the header in the start of a text; `whole` when that is all of it.
pub(super) fn detect(
    text: &[u8],
    whole: bool,
    table: &TableDef,
    settings: &Settings,
) -> Result<Detected, Refusal> {
    let mut at = 0;
    for _ in 0..settings.skip {
        at += line(&text[at..]).len();
    }
    let mut given = settings.delimiter;
    loop {
        let first = line(&text[at..]);
        if first.is_empty() {
            return Err(match (whole, settings.skip) {
                (false, _) => Refusal::HeaderTooLong(text.len()),
                (true, 0) => Refusal::OnlyBlankLines,
                (true, lines) => Refusal::AllSkipped(lines),
            });
        }
        if let Some(delimiter) = sep_line(first) {
            given = given.or(Some(delimiter));
        } else if !is_blank(first) {
            break;
        }
        at += first.len();
    }
    let rest = &text[at..];
    let mut best: Option<Candidate> = None;
    for delimiter in DELIMITERS.into_iter().chain(given) {
        let candidate = read_header(rest, whole, delimiter, table, settings)?;
        if best.as_ref().is_none_or(|b| candidate.known > b.known) {
            best = Some(candidate);
        }
    }
    let mut best = best.expect("a delimiter is tried");
    if let Some(given) = given {
        let likely = best;
        best = read_header(rest, whole, given, table, settings)?;
        if best.known == 0 && likely.known > 0 {
            let fault = HeaderFault::Delimiter { given: given.into(), likely: likely.delimiter.into() };
            return Err(fault.into());
        }
    }
    if let Some(Flaw::UnterminatedQuote { .. }) = best.flaw {
        return Err(Refusal::HeaderQuote);
    }
    if best.known == 0 {
        let hint = delimiter_hint(rest, table, settings)
            .or_else(|| preamble_hint(rest, best.delimiter, table, settings))
            .unwrap_or_default();
        return Err(header::unknown(table, &best.names, hint).into());
    }
    let header = header::resolve(table, settings, best.names)?;
    let line_end = match &rest[..best.end] {
        [.., b'\r', b'\n'] => LineEnd::CrLf,
        [.., b'\r'] => LineEnd::Cr,
        _ => LineEnd::Lf,
    };
    Ok(Detected { delimiter: best.delimiter, line_end, header, bytes: at + best.end })
}

fn read_header(
    text: &[u8],
    whole: bool,
    delimiter: u8,
    table: &TableDef,
    settings: &Settings,
) -> Result<Candidate, Refusal> {
    let mut records = Records::new(text, delimiter, 1);
    let mut fields = Vec::new();
    let Some(record) = records.next(&mut fields) else {
        return Err(Refusal::OnlyBlankLines);
    };
    if !whole && records.position() == text.len() {
        return Err(Refusal::HeaderTooLong(text.len()));
    }
    if record.fields > FIELDS_MAX {
        return Err(HeaderFault::TooManyColumns { found: record.fields, max: FIELDS_MAX }.into());
    }
    let mut scratch = Vec::new();
    let mut names = Vec::with_capacity(fields.len());
    for field in &fields {
        let name = std::str::from_utf8(field.text(text, &mut scratch)).map_err(|_| Refusal::HeaderNotUtf8)?;
        names.push(
            name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}').to_string(),
        );
    }
    let known = header::matched(table, settings, &names).iter().flatten().count();
    Ok(Candidate { delimiter, names, known, end: records.position(), flaw: record.flaw })
}

/// The first line with its line end; empty only when there is none.
fn line(text: &[u8]) -> &[u8] {
    match memchr::memchr2(b'\n', b'\r', text) {
        Some(at) if text[at] == b'\r' && text.get(at + 1) == Some(&b'\n') => &text[..at + 2],
        Some(at) => &text[..=at],
        None => text,
    }
}

/// Whether a byte can stand between fields; NUL pads the splitter's last piece of text.
pub(super) fn can_delimit(byte: u8) -> bool {
    byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\0\"\r\n.+-".contains(&byte)
}

/// The delimiter of a line `sep=;`, which spreadsheets write before the header.
fn sep_line(line: &[u8]) -> Option<u8> {
    let end = line.iter().rposition(|b| !matches!(b, b'\r' | b'\n'))?;
    let mut line = &line[..=end];
    if let [b'"', inner @ .., b'"'] = line {
        line = inner;
    }
    match line {
        [s, e, p, b'=', delimiter] if [s, e, p].map(u8::to_ascii_lowercase) == *b"sep" => {
            can_delimit(*delimiter).then_some(*delimiter)
        }
        _ => None,
    }
}

/// A delimiter that is not tried by itself, and under which the headers are known.
fn delimiter_hint(text: &[u8], table: &TableDef, settings: &Settings) -> Option<String> {
    let first = line(text);
    let known = |delimiter: u8| {
        read_header(first, true, delimiter, table, settings).is_ok_and(|candidate| candidate.known >= 2)
    };
    let likely = first.iter().copied().find(|b| can_delimit(*b) && known(*b))?;
    let likely = char::from(likely);
    // A message holds no control character, and the mapping takes it in this form.
    let written =
        if likely.is_control() { format!("\\u{:04X}", u32::from(likely)) } else { likely.to_string() };
    Some(format!(
        "; with {likely:?} between them they are known: say delimiter = \"{written}\" in the mapping"
    ))
}

/// Where the header may be, when the first line is none.
fn preamble_hint(text: &[u8], delimiter: u8, table: &TableDef, settings: &Settings) -> Option<String> {
    let mut rest = text;
    for skipped in 1..=PREAMBLE_LINES_MAX {
        rest = &rest[line(rest).len()..];
        for delimiter in DELIMITERS.into_iter().chain([delimiter]) {
            let found = read_header(line(rest), true, delimiter, table, settings);
            if found.is_ok_and(|candidate| candidate.known >= 2) {
                return Some(format!(
                    "; line {} looks like the header: say skip = {skipped} in the mapping",
                    skipped + 1
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SCHEMA;

    fn detected(text: &str) -> Result<Detected, Refusal> {
        detect(text.as_bytes(), true, SCHEMA.get(SCHEMA.id("users")), &Settings::default())
    }

    #[test]
    fn the_delimiter_is_the_one_that_makes_headers_known() {
        for (text, delimiter) in [
            ("user_id,company\n", b','),
            ("user_id;company, or none\n", b';'),
            ("user_id\tcompany\r\n", b'\t'),
            ("\"user_id\"|\"company\"", b'|'),
            ("user_id\n", b','),
        ] {
            let found = detected(text).unwrap();
            assert_eq!((found.delimiter, found.bytes), (delimiter, text.len()), "{text}");
        }
    }

    #[test]
    fn lines_before_the_header_are_passed_over() {
        let found = detected("\n  \r\nsep=;\r\nuser_id;company\r\n1;A\r\n").unwrap();
        assert_eq!((found.delimiter, found.line_end, found.bytes), (b';', LineEnd::CrLf, 29));
        let users = SCHEMA.get(SCHEMA.id("users"));
        let settings = Settings { skip: 2, ..Settings::default() };
        let found = detect(b"Report\r2024\ruser_id,company\r", true, users, &settings).unwrap();
        assert_eq!((found.line_end, found.bytes), (LineEnd::Cr, 28));
    }

    #[test]
    fn line_breaks_in_a_quoted_header_belong_to_it() {
        let found = detected("user_id,\"plan\ntype\"\n1,Pro\n").unwrap();
        assert_eq!((found.header.field_of(3), found.bytes), (Some(1), 20));
    }

    #[test]
    fn what_is_no_header_is_refused_with_a_hint() {
        let message = |text: &str| detected(text).unwrap_err().to_string();
        assert_eq!(detected("\n \n").unwrap_err(), Refusal::OnlyBlankLines);
        assert!(message("1,Ada,ada@example.com,Pro\n").contains("looks like a row"));
        assert!(message("Users of 2024x\nuser_id,company\n").contains("say skip = 1"));
        assert!(message("nr,firma\n1,A\n").contains("the columns are: user_id, user_name"));
        assert!(message("user_id^company\n1^A\n").contains("say delimiter = \"^\" in the mapping"));
        let bell = message("user_id\u{7}company\n1\u{7}A\n");
        assert!(bell.contains("say delimiter = \"\\u0007\" in the mapping"), "{bell}");
        assert!(!bell.contains('\u{7}'), "{bell:?}");
        assert!(message("sep=;\nuser_id,company\n").contains("no header is known with the delimiter ';'"));
        assert!(message(&"x,".repeat(5000)).contains("5001 columns; at most 4096"));
        let skipping = Settings { skip: 9, ..Settings::default() };
        let none_left = detect(b"user_id\n1\n", true, SCHEMA.get(SCHEMA.id("users")), &skipping);
        assert_eq!(none_left.unwrap_err(), Refusal::AllSkipped(9));
        assert!(message("sep=\"\nuser_id,company\n").contains("say skip = 1"));
        assert_eq!(detected("user_id,\"company\n1,A\n").unwrap_err(), Refusal::HeaderQuote);
        let users = SCHEMA.get(SCHEMA.id("users"));
        let latin = detect(b"user_id,\xf8\n", true, users, &Settings::default());
        assert_eq!(latin.unwrap_err(), Refusal::HeaderNotUtf8);
    }

    #[test]
    fn the_report_names_the_dialect() {
        let dialect =
            Dialect { delimiter: '\t', encoding: Encoding::Utf16Le, mark: true, line_end: LineEnd::CrLf };
        assert_eq!(dialect.to_string(), "tab, utf-16le with BOM, CRLF");
    }
}
