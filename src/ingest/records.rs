//! Where are the records of a text, and the fields of a record? A quote opens a quoted field only
//! where the field begins; anywhere else it is text.
//!
//! [`record_ends`] finds only the last record end of a text, [`Records`] finds every field; both
//! follow the same rules, and a property test holds them together.

use super::fault::Reason;

/// The bytes that a field may have.
pub(super) const FIELD_BYTES_MAX: usize = 1 << 20;

/// The bytes that a record may have.
pub(super) const RECORD_BYTES_MAX: usize = 4 << 20;

/// The fields that a record may have.
pub(super) const FIELDS_MAX: usize = 4096;

/// The fields of a record that are kept: one more, which a delimiter at the end of the line makes.
const FIELDS_KEPT: usize = FIELDS_MAX + 1;

/// The byte order mark, as it stands inside a text when files were put one behind the other.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// How a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Plain,
    Quoted,
    /// Quoted, with doubled quotes inside.
    Escaped,
}

/// Where a field's text is, without its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub start: usize,
    pub end: usize,
    pub written: Written,
}

impl Field {
    /// The text; `scratch` is used where quotes are doubled.
    #[inline(always)]
    pub fn text<'a>(&self, bytes: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let raw = &bytes[self.start..self.end];
        if self.written == Written::Escaped { unescaped(raw, scratch) } else { raw }
    }
}

#[cold]
fn unescaped<'a>(mut raw: &[u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    scratch.clear();
    while let Some(at) = memchr::memchr(b'"', raw) {
        scratch.extend_from_slice(&raw[..=at]);
        raw = &raw[(at + 2).min(raw.len())..];
    }
    scratch.extend_from_slice(raw);
    scratch
}

/// What is wrong with the quoting or size of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    TextAfterQuote,
    /// The quote that opens on this line has no partner.
    UnterminatedQuote {
        line: u64,
    },
    FieldTooLong,
    RecordTooLong,
}

impl Flaw {
    pub fn reason(self) -> Reason {
        match self {
            Flaw::TextAfterQuote => Reason::TextAfterQuote,
            Flaw::UnterminatedQuote { line } => Reason::UnterminatedQuote { line },
            Flaw::FieldTooLong => Reason::FieldTooLong,
            Flaw::RecordTooLong => Reason::RecordTooLong,
        }
    }
}

/// One record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// Where it begins.
    pub start: usize,
    /// Where it ends, before its line end.
    pub end: usize,
    /// The line on which it begins.
    pub line: u64,
    /// The number of its fields, also of those past the limit.
    pub fields: usize,
    pub flaw: Option<Flaw>,
}

/// Splits a text that begins with a record.
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    delimiter: u8,
    at: usize,
    line: u64,
    /// The 64 bytes looked at, and which of them may end a field.
    window: usize,
    mask: u64,
}

impl<'a> Records<'a> {
    pub fn new(bytes: &'a [u8], delimiter: u8, line: u64) -> Self {
        let mut records = Records { bytes, delimiter, at: 0, line, window: 0, mask: 0 };
        records.mask = records.mask_at(0);
        records
    }

    /// Where the next record begins.
    pub fn position(&self) -> usize {
        self.at
    }

    #[inline(always)]
    fn mask_at(&self, window: usize) -> u64 {
        match self.bytes.get(window..window + 64) {
            Some(chunk) => special_mask(chunk.try_into().expect("64 bytes"), self.delimiter),
            None => {
                let mut last = [0; 64];
                if let Some(rest) = self.bytes.get(window..) {
                    last[..rest.len()].copy_from_slice(rest);
                }
                special_mask(&last, self.delimiter)
            }
        }
    }

    /// The next byte that is a delimiter, quote or line end; the text's length when there is none.
    #[inline]
    fn next_special(&mut self) -> usize {
        while self.mask == 0 {
            self.window += 64;
            if self.window >= self.bytes.len() {
                self.window = self.bytes.len();
                return self.bytes.len();
            }
            self.mask = self.mask_at(self.window);
        }
        let at = self.window + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        at
    }

    /// The next special byte that is no quote.
    #[inline]
    fn next_end(&mut self) -> usize {
        loop {
            let at = self.next_special();
            if self.bytes.get(at) != Some(&b'"') {
                return at;
            }
        }
    }

    /// The next record; its fields replace those in `fields`.
    #[inline]
    pub fn next(&mut self, fields: &mut Vec<Field>) -> Option<Record> {
        fields.clear();
        let bytes = self.bytes;
        if self.at >= bytes.len() {
            return None;
        }
        let mut record = Record { start: self.at, end: bytes.len(), line: self.line, fields: 0, flaw: None };
        let mut start = self.at;
        if bytes[start] == MARK[0] && bytes[start..].starts_with(MARK) {
            start += MARK.len();
        }
        loop {
            let (field, end) = if bytes.get(start) == Some(&b'"') {
                self.quoted_field(start, &mut record.flaw)
            } else {
                let end = self.next_end();
                (Field { start, end, written: Written::Plain }, end)
            };
            if field.end - field.start > FIELD_BYTES_MAX {
                record.flaw = record.flaw.or(Some(Flaw::FieldTooLong));
            }
            record.fields += 1;
            if record.fields <= FIELDS_KEPT {
                fields.push(field);
            }
            match bytes.get(end) {
                Some(b) if *b == self.delimiter => start = end + 1,
                None => {
                    self.at = bytes.len();
                    break;
                }
                Some(b) => {
                    record.end = end;
                    self.at = end + 1;
                    self.line += 1;
                    if *b == b'\r' && bytes.get(end + 1) == Some(&b'\n') {
                        self.next_special();
                        self.at += 1;
                    }
                    break;
                }
            }
        }
        if record.end - record.start > RECORD_BYTES_MAX {
            record.flaw = record.flaw.or(Some(Flaw::RecordTooLong));
        }
        Some(record)
    }

    /// The quoted field that opens at `open`, and where the field ends.
    fn quoted_field(&mut self, open: usize, flaw: &mut Option<Flaw>) -> (Field, usize) {
        let bytes = self.bytes;
        let line = self.line;
        let opening = self.next_special();
        debug_assert_eq!(opening, open, "the next special byte is the opening quote");
        let mut written = Written::Quoted;
        let close = loop {
            let at = self.next_special();
            match bytes.get(at) {
                None => {
                    *flaw = flaw.or(Some(Flaw::UnterminatedQuote { line }));
                    return (Field { start: open + 1, end: at, written }, at);
                }
                Some(b'"') if bytes.get(at + 1) == Some(&b'"') => {
                    self.next_special();
                    written = Written::Escaped;
                }
                Some(b'"') => break at,
                Some(b'\n') => self.line += 1,
                Some(b'\r') if bytes.get(at + 1) != Some(&b'\n') => self.line += 1,
                Some(_) => {}
            }
        };
        let end = self.next_end();
        if end > close + 1 && bytes[close + 1..end].iter().any(|b| *b != b' ' && *b != b'\t') {
            *flaw = flaw.or(Some(Flaw::TextAfterQuote));
        }
        (Field { start: open + 1, end: close, written }, end)
    }
}

/// One bit for each byte that is a delimiter, quote or line end.
///
/// The comparisons are written so that the compiler uses vector instructions of any machine; the
/// multiplication gathers eight bytes of 0 or 1 into eight bits.
#[inline]
fn special_mask(chunk: &[u8; 64], delimiter: u8) -> u64 {
    let flags: [u8; 64] = std::array::from_fn(|at| {
        let b = chunk[at];
        u8::from(b == delimiter) | u8::from(b == b'\n') | u8::from(b == b'"') | u8::from(b == b'\r')
    });
    let (words, _) = flags.as_chunks::<8>();
    words.iter().enumerate().fold(0, |mask, (i, word)| {
        let gathered = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask | gathered << (8 * i)
    })
}

/// Where the last whole record of a text ends, and what stands behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RecordEnds {
    /// Just behind the last line end that ends a record; 0 when there is none.
    pub end: usize,
    /// Where a quote opens that has no partner.
    pub open_quote: Option<usize>,
}

/// Looks only at quotes and at the last line end, which is much faster than splitting.
///
/// A lone carriage return at the end counts only when `whole`: a line feed may follow it.
pub(super) fn record_ends(bytes: &[u8], delimiter: u8, whole: bool) -> RecordEnds {
    let mut ends = RecordEnds::default();
    let mut plain_from = 0;
    let mut search = 0;
    while let Some(found) = memchr::memchr(b'"', &bytes[search..]) {
        let open = search + found;
        search = open + 1;
        if !opens_field(bytes, open, delimiter) {
            continue;
        }
        if let Some(end) = last_line_end(bytes, plain_from, open, whole) {
            ends.end = end;
        }
        let close = loop {
            let Some(found) = memchr::memchr(b'"', &bytes[search..]) else {
                ends.open_quote = Some(open);
                return ends;
            };
            let at = search + found;
            if bytes.get(at + 1) != Some(&b'"') {
                break at;
            }
            search = at + 2;
        };
        search = close + 1;
        plain_from = close + 1;
        // The byte behind the quote decides whether it closes: it may be a second quote.
        if !whole && search == bytes.len() {
            ends.open_quote = Some(open);
            return ends;
        }
    }
    if let Some(end) = last_line_end(bytes, plain_from, bytes.len(), whole) {
        ends.end = end;
    }
    ends
}

fn opens_field(bytes: &[u8], quote: usize, delimiter: u8) -> bool {
    let starts = |at: usize| at == 0 || matches!(bytes[at - 1], b'\n' | b'\r');
    starts(quote)
        || bytes[quote - 1] == delimiter
        || (bytes[..quote].ends_with(MARK) && starts(quote - MARK.len()))
}

/// Just behind the last line end in a stretch without quoted fields.
fn last_line_end(bytes: &[u8], from: usize, to: usize, whole: bool) -> Option<usize> {
    let at = from + memchr::memrchr2(b'\n', b'\r', &bytes[from..to])?;
    if bytes[at] == b'\r' && at + 1 == bytes.len() && !whole {
        return last_line_end(bytes, from, at, true);
    }
    Some(at + 1)
}

/// The line ends of a text that may continue with more text.
pub(super) fn count_lines(bytes: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', bytes).count() as u64;
    let returns =
        memchr::memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n')).count() as u64;
    feeds + returns
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Split = Vec<(u64, Vec<Vec<u8>>, Option<Flaw>)>;

    fn split(text: &[u8]) -> Split {
        let mut records = Records::new(text, b',', 1);
        let mut fields = Vec::new();
        let mut out = Vec::new();
        while let Some(record) = records.next(&mut fields) {
            let mut scratch = Vec::new();
            let cells = fields.iter().map(|f| f.text(text, &mut scratch).to_vec()).collect();
            out.push((record.line, cells, record.flaw));
        }
        out
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        split(text.as_bytes())
            .into_iter()
            .map(|(_, cells, _)| cells.into_iter().map(|c| String::from_utf8(c).unwrap()).collect())
            .collect()
    }

    #[test]
    fn quotes_count_only_where_a_field_begins() {
        assert_eq!(cells("5\" pipe,a\n"), [["5\" pipe", "a"]]);
        assert_eq!(cells("\"a,\"\"b\"\"\",c\n"), [["a,\"b\"", "c"]]);
        assert_eq!(cells("\"\",x\n"), [["", "x"]]);
        assert_eq!(cells("a,\"b\" ,c\n"), [["a", "b", "c"]]);
        assert_eq!(cells("a,,"), [["a", "", ""]]);
    }

    #[test]
    fn every_line_end_ends_a_record() {
        assert_eq!(cells("a\nb\r\nc\rd"), [["a"], ["b"], ["c"], ["d"]]);
    }

    #[test]
    fn lines_are_counted_through_quoted_breaks() {
        let lines: Vec<u64> =
            split(b"a\n\"x\ny\r\nz\rw\",b\nc\r\nd\n").into_iter().map(|(line, ..)| line).collect();
        assert_eq!(lines, [1, 2, 6, 7]);
        assert_eq!(count_lines(b"a\n\"x\ny\r\nz\rw\",b\nc\r\nd\n"), 7);
    }

    #[test]
    fn a_mark_in_the_middle_is_passed_over() {
        assert_eq!(cells("a,b\n\u{feff}\"c,d\",e\n"), [["a", "b"], ["c,d", "e"]]);
    }

    #[test]
    fn flaws_are_named() {
        let flaw = |text: &str| split(text.as_bytes())[0].2;
        assert_eq!(flaw("\"a\"b,c\n"), Some(Flaw::TextAfterQuote));
        assert_eq!(flaw("a,\"b\nc"), Some(Flaw::UnterminatedQuote { line: 1 }));
        assert_eq!(flaw(&format!("{},b\n", "x".repeat(FIELD_BYTES_MAX + 1))), Some(Flaw::FieldTooLong));
        assert_eq!(flaw(&format!("{},b\n", "x".repeat(FIELD_BYTES_MAX))), None);
        let long = vec!["x".repeat(FIELD_BYTES_MAX); 5].join(",");
        assert_eq!(flaw(&long), Some(Flaw::RecordTooLong));
    }

    #[test]
    fn fields_past_the_limit_are_counted_and_not_kept() {
        let text = ",".repeat(10_000);
        let mut fields = Vec::new();
        let record = Records::new(text.as_bytes(), b',', 1).next(&mut fields).unwrap();
        assert_eq!((record.fields, fields.len()), (10_001, FIELDS_KEPT));
    }

    #[test]
    fn the_last_record_end_is_found() {
        let ends = |text: &str, whole| record_ends(text.as_bytes(), b',', whole);
        assert_eq!(ends("a\nb\nc", false).end, 4);
        assert_eq!(ends("a\nb\r", false).end, 2);
        assert_eq!(ends("a\nb\r", true).end, 4);
        assert_eq!(ends("a\n\"b\nc", false), RecordEnds { end: 2, open_quote: Some(2) });
        assert_eq!(ends("a\n\"b\"", false), RecordEnds { end: 2, open_quote: Some(2) });
        assert_eq!(ends("a\n\"b\"\"\nc\"\nd", false), RecordEnds { end: 10, open_quote: None });
        assert_eq!(ends("5\" x\nb\n", false).end, 7);
    }

    /// Text that is mostly made of what matters to the splitter.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just(","),
            Just("\""),
            Just("\"\""),
            Just("\n"),
            Just("\r\n"),
            Just("\r"),
            Just("a"),
            Just("long text"),
            Just(" "),
            Just("\u{feff}"),
            Just("ø"),
            Just(",\""),
            Just("\",")
        ];
        proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        /// Well-formed records come back as the `csv` crate wrote and reads them.
        #[test]
        fn splitting_agrees_with_the_csv_crate(
            rows in proptest::collection::vec(proptest::collection::vec("[a-z,\"\n\r ;ø]{0,90}", 2..5), 0..20),
            crlf: bool,
            always: bool,
        ) {
            let mut writer = csv::WriterBuilder::new()
                .flexible(true)
                .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
                .quote_style(if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
                .from_writer(Vec::new());
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            let text = writer.into_inner().unwrap();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_slice());
            let want: Vec<Vec<Vec<u8>>> = reader
                .byte_records()
                .map(|r| r.unwrap().iter().map(<[u8]>::to_vec).collect())
                .collect();
            let got = split(&text);
            prop_assert!(got.iter().all(|(_, _, flaw)| flaw.is_none()));
            prop_assert_eq!(got.into_iter().map(|(_, cells, _)| cells).collect::<Vec<_>>(), want);
        }

        /// A text cut at the record ends found splits into the same records as the whole text, with
        /// the same lines, wherever its pieces were read.
        #[test]
        fn cutting_at_record_ends_changes_nothing(text in text(), at in 0usize..400) {
            let bytes = text.as_bytes();
            let at = at.min(bytes.len());
            let end = record_ends(&bytes[..at], b',', at == bytes.len()).end;
            let mut parts = split(&bytes[..end]);
            let lines = count_lines(&bytes[..end]);
            parts.extend(split(&bytes[end..]).into_iter().map(|(line, cells, flaw)| {
                let flaw = match flaw {
                    Some(Flaw::UnterminatedQuote { line }) => Some(Flaw::UnterminatedQuote { line: line + lines }),
                    other => other,
                };
                (line + lines, cells, flaw)
            }));
            prop_assert_eq!(parts, split(bytes));
        }

        /// The record ends are the last ones: behind them begins the last record, or nothing.
        #[test]
        fn nothing_but_the_last_record_stands_behind_the_end(text in text()) {
            let bytes = text.as_bytes();
            let ends = record_ends(bytes, b',', true);
            let rest = split(&bytes[ends.end..]);
            prop_assert!(rest.len() <= 1, "{:?}", rest);
            let open = matches!(rest.first(), Some((_, _, Some(Flaw::UnterminatedQuote { .. }))))
                || rest.first().is_some_and(|r| r.2 == Some(Flaw::TextAfterQuote) && ends.open_quote.is_some());
            prop_assert_eq!(ends.open_quote.is_some(), open);
        }
    }
}
