//! Why is a record no row? One stable code and one sentence per reason.

use std::fmt;
use std::ops::Range;

use super::settings::DateOrder;

/// The bytes of the raw record that a fault keeps.
pub const RAW_BYTES_MAX: usize = 10 * 1024;

/// The characters of the value that a fault keeps.
const VALUE_CHARS_MAX: usize = 1000;

/// A record that goes to quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file: its position in the files given to the reader.
    pub file: usize,
    /// The line on which the record begins, from 1.
    pub line: u64,
    /// Where the record begins in the file, unpacked when it is compressed.
    pub byte_offset: u64,
    /// The column whose cell is wrong; none when the record as a whole is.
    pub column: Option<&'static str>,
    /// The cell's text.
    pub value: String,
    /// What is wrong.
    pub reason: Reason,
    /// The record as it stands in the file, without its line end, at most [`RAW_BYTES_MAX`]; in UTF-8.
    pub raw: Vec<u8>,
    /// What of `raw` is not to be shown.
    pub hidden: Hidden,
}

/// The parts of a record that hold personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// None: its table has no such column.
    Nothing,
    /// These bytes, in order: the cells of such columns, and of columns that the table does not know.
    Cells(Vec<Range<usize>>),
    /// All of it: its table has such columns, and which cells they are cannot be told.
    All,
}

/// The start of a value that goes into a fault.
pub(super) fn value_text(cell: &[u8]) -> String {
    let cell = &cell[..cell.len().min(4 * VALUE_CHARS_MAX)];
    String::from_utf8_lossy(cell).chars().take(VALUE_CHARS_MAX).collect()
}

/// The start of a record that goes into a fault.
pub(super) fn raw_bytes(record: &[u8]) -> Vec<u8> {
    record[..record.len().min(RAW_BYTES_MAX)].to_vec()
}

/// What is wrong with a record or cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "text() says what each one means")]
pub enum Reason {
    RequiredEmpty,
    EmptyRow,
    FieldCount { found: usize, expected: usize },
    TextAfterQuote,
    UnterminatedQuote { line: u64 },
    NotUtf8 { byte_offset: u64, windows_1252: bool },
    NulByte,
    FieldTooLong,
    RecordTooLong,
    NotANumber,
    NotWhole,
    OutOfRange,
    TooManyDecimals,
    Scientific,
    DecimalComma,
    NumberForm,
    UnknownUnit,
    BelowMinimum(i64),
    NotADate,
    SerialDate,
    NoSuchDay,
    TwoDigitYear,
    OrderUndecided,
    OrderContradicted(DateOrder),
    NotATime,
    HourTwentyFour,
    FractionTooFine,
    UnknownZone,
    SerialForm,
    BeforeOther(&'static str),
    NotABoolean,
    NotAttributes,
    NotACurrency,
    AmbiguousReference(&'static str),
}

impl Reason {
    /// The stable code, for the quarantine file.
    pub const fn code(&self) -> &'static str {
        match self {
            Reason::RequiredEmpty => "required_empty",
            Reason::EmptyRow => "empty_row",
            Reason::FieldCount { .. } => "wrong_field_count",
            Reason::TextAfterQuote => "text_after_quote",
            Reason::UnterminatedQuote { .. } => "unterminated_quote",
            Reason::NotUtf8 { .. } => "not_utf8",
            Reason::NulByte => "nul_byte",
            Reason::FieldTooLong => "field_too_long",
            Reason::RecordTooLong => "record_too_long",
            Reason::NotANumber => "not_a_number",
            Reason::NotWhole => "not_a_whole_number",
            Reason::OutOfRange => "number_out_of_range",
            Reason::TooManyDecimals => "too_many_decimals",
            Reason::Scientific => "scientific_notation",
            Reason::DecimalComma => "decimal_comma",
            Reason::NumberForm => "number_form",
            Reason::UnknownUnit => "unknown_unit",
            Reason::BelowMinimum(_) => "below_minimum",
            Reason::NotADate => "not_a_date",
            Reason::SerialDate => "serial_date",
            Reason::NoSuchDay => "no_such_day",
            Reason::TwoDigitYear => "two_digit_year",
            Reason::OrderUndecided => "date_order_undecided",
            Reason::OrderContradicted(_) => "date_order_contradicted",
            Reason::NotATime => "not_a_time",
            Reason::HourTwentyFour => "hour_24",
            Reason::FractionTooFine => "fraction_too_fine",
            Reason::UnknownZone => "unknown_zone",
            Reason::SerialForm => "not_a_serial_time",
            Reason::BeforeOther(_) => "before_other_column",
            Reason::NotABoolean => "not_a_boolean",
            Reason::NotAttributes => "not_attributes",
            Reason::NotACurrency => "not_a_currency",
            Reason::AmbiguousReference(_) => "ambiguous_reference",
        }
    }

    /// The sentence for people, with what to do where something can be done.
    pub fn text(&self) -> String {
        match self {
            Reason::RequiredEmpty => "a required cell is empty".into(),
            Reason::EmptyRow => "no cell of the row has a value".into(),
            Reason::FieldCount { found, expected } => {
                let fields = if *found == 1 { "field" } else { "fields" };
                format!("the row has {found} {fields}, the header {expected}")
            }
            Reason::TextAfterQuote => {
                "text follows a closing quote; a quote inside a quoted field is doubled".into()
            }
            Reason::UnterminatedQuote { line } => {
                format!("a quote that opens on line {line} is never closed")
            }
            Reason::NotUtf8 { byte_offset, windows_1252: true } => format!(
                "the byte at offset {byte_offset} is not UTF-8; if the file is Windows-1252, say \
                 encoding = \"windows-1252\" in the mapping"
            ),
            Reason::NotUtf8 { byte_offset, .. } => {
                format!("the byte at offset {byte_offset} is not text in the file's encoding")
            }
            Reason::NulByte => "the row holds a NUL byte".into(),
            Reason::FieldTooLong => "a field is longer than 1 MiB".into(),
            Reason::RecordTooLong => "the row is longer than 4 MiB".into(),
            Reason::NotANumber => "not a number".into(),
            Reason::NotWhole => "not a whole number".into(),
            Reason::OutOfRange => "the number is too large".into(),
            Reason::TooManyDecimals => "more than four decimals".into(),
            Reason::Scientific => {
                "scientific notation: a spreadsheet has cut the digits; export the column as text".into()
            }
            Reason::DecimalComma => {
                "a decimal comma, which not every value of the column agrees on; say decimal_comma = true or \
                 thousands = \",\" in the mapping"
                    .into()
            }
            Reason::NumberForm => {
                "not a plain number; say thousands, number_affixes or negative_forms in the mapping".into()
            }
            Reason::UnknownUnit => "an unknown unit stands behind the number".into(),
            Reason::BelowMinimum(min) => format!("less than {min}"),
            Reason::NotADate => "not a date".into(),
            Reason::SerialDate => {
                "a number where a date belongs; if it is an Excel day or the time since 1970, say formats in \
                 the mapping"
                    .into()
            }
            Reason::NoSuchDay => "no such day in the calendar".into(),
            Reason::TwoDigitYear => "the year has two digits".into(),
            Reason::OrderUndecided => {
                "day and month can be told apart by no value; say date_order in the mapping".into()
            }
            Reason::OrderContradicted(order) => format!("the dates of this table are {}", order.text()),
            Reason::NotATime => "not a time of day".into(),
            Reason::HourTwentyFour => "24:00 is no time of day; the next day's 00:00 is meant".into(),
            Reason::FractionTooFine => "a fraction of a second finer than seven digits".into(),
            Reason::UnknownZone => {
                "an unknown time zone stands behind the time; say zone_names in the mapping".into()
            }
            Reason::SerialForm => "not a serial time in the form that the mapping says".into(),
            Reason::BeforeOther(other) => format!("earlier than {other}"),
            Reason::NotABoolean => "not a boolean (0/1, true/false, yes/no)".into(),
            Reason::NotAttributes => {
                "not a JSON array of objects with type and value, or of one member each".into()
            }
            Reason::NotACurrency => "not an ISO 4217 code".into(),
            Reason::AmbiguousReference(kind) => {
                format!("rows of several tables have this key, and {kind} does not say which is meant")
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}
