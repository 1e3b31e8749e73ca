//! Where does each declared column of a table come from, and what holds for its cells? Worked out
//! once, so that the loop over the rows only follows it.

use std::collections::HashMap;

use super::blocks::RawBlock;
use super::cells::decimal::DecimalSign;
use super::cells::{is_null_word, trimmed};
use super::dialect::Dialect;
use super::encoding::Encoding;
use super::header::Header;
use super::records::{Field, Written};
use super::settings::{DateOrder, SerialForm, Settings};
use super::targets::Targets;
use crate::model::{ColumnDef, ColumnType, SCHEMA, TableDef, TableId};

/// Where the cells of a column come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CellSource {
    /// A field of the record.
    Field(usize),
    /// The same text in every row.
    Constant(Vec<u8>),
    /// Nowhere.
    Absent,
}

/// One file, ready to be read.
#[derive(Debug)]
pub(super) struct FilePlan {
    /// The file's position in the load.
    pub file: usize,
    pub delimiter: u8,
    pub encoding: Encoding,
    /// Per field: it may be shown to anyone. Empty when that holds for every field of the table.
    pub shown: Vec<bool>,
    /// Per declared column.
    pub sources: Vec<CellSource>,
    /// Per declared column: the cells are names of rows, not keys.
    pub by_name: Vec<bool>,
    /// The headers, for knowing them again in the middle of the file.
    pub header: Vec<Vec<u8>>,
    /// One bit for each length that a header has, so that few cells are compared with them.
    header_lengths: u64,
    /// The fields of a row, without those that have no header.
    pub fields_named: usize,
    /// The fields a row may have when those without a header are empty.
    pub fields_max: usize,
}

impl FilePlan {
    pub fn new(
        file: usize,
        dialect: &Dialect,
        header: &Header,
        table: &TableDef,
        settings: &Settings,
    ) -> FilePlan {
        let constant = |column: usize| settings.constants.iter().find(|(meant, _)| meant.column == column);
        let (sources, by_name) = (0..table.columns.len())
            .map(|column| match (header.field_of(column), constant(column)) {
                (Some(field), _) => (CellSource::Field(field), header.by_name.contains(&column)),
                (None, Some((meant, text))) => {
                    (CellSource::Constant(text.clone().into_bytes()), meant.by_name)
                }
                (None, None) => (CellSource::Absent, false),
            })
            .unzip();
        let is_pii = |column: usize| table.columns[column].pii;
        let shown = match (0..table.columns.len()).any(is_pii) {
            true => header.columns.iter().map(|column| column.is_some_and(|c| !is_pii(c))).collect(),
            false => Vec::new(),
        };
        let fields_named = header.names.iter().rposition(|n| !n.is_empty()).map_or(0, |at| at + 1);
        FilePlan {
            file,
            delimiter: u8::try_from(dialect.delimiter).expect("delimiters are ASCII"),
            encoding: dialect.encoding,
            shown,
            sources,
            by_name,
            header: header.names.iter().map(|n| n.clone().into_bytes()).collect(),
            header_lengths: header.names.iter().fold(0, |bits, n| bits | length_bit(n.len())),
            fields_named,
            fields_max: header.names.len().max(fields_named + 1),
        }
    }
}

/// Whether a record is a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeaderAgain {
    No,
    Same,
    /// Under it the rows behind it would be read as what they are not.
    Reordered,
}

fn length_bit(length: usize) -> u64 {
    1 << length.min(63)
}

impl FilePlan {
    /// Whether a record is this file's header once more, or its headers in another order.
    #[inline]
    pub fn header_again(&self, bytes: &[u8], fields: &[Field], scratch: &mut Vec<u8>) -> HeaderAgain {
        let first = trimmed(fields[0].text(bytes, scratch)).0;
        let may_be = !first.is_empty() && self.header_lengths & length_bit(first.len()) != 0;
        if may_be && self.header.iter().any(|name| name.as_slice() == first) {
            self.compare_headers(bytes, fields, scratch)
        } else {
            HeaderAgain::No
        }
    }

    #[cold]
    fn compare_headers(&self, bytes: &[u8], fields: &[Field], scratch: &mut Vec<u8>) -> HeaderAgain {
        let mut same = fields.len() == self.header.len();
        let mut known = 0;
        for (at, field) in fields.iter().enumerate() {
            let text = trimmed(field.text(bytes, scratch)).0;
            same &= self.header.get(at).is_some_and(|name| name.as_slice() == text);
            known += usize::from(!text.is_empty() && self.header.iter().any(|name| name.as_slice() == text));
        }
        if same {
            HeaderAgain::Same
        } else if known >= 2 && known * 2 > fields.len() {
            HeaderAgain::Reordered
        } else {
            HeaderAgain::No
        }
    }
}

/// What only the whole load can tell, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decisions {
    pub date_order: Option<DateOrder>,
    /// Per declared column.
    pub decimal_signs: Vec<DecimalSign>,
    /// The whole load has been asked: what is not decided now stays so.
    pub settled: bool,
}

impl Decisions {
    pub fn new(table: &TableDef, settings: &Settings, known: Option<DateOrder>) -> Decisions {
        let sign = match settings.decimal_comma {
            None => DecimalSign::Undecided,
            Some(false) => DecimalSign::Point,
            Some(true) => DecimalSign::Comma,
        };
        Decisions {
            date_order: settings.date_order.or(known),
            decimal_signs: vec![sign; table.columns.len()],
            settled: false,
        }
    }
}

/// What holds for all files of a table.
pub(super) struct TablePlan<'a> {
    pub id: TableId,
    pub table: &'static TableDef,
    pub settings: &'a Settings,
    pub targets: &'a Targets<'a>,
    /// Columns and those that must not be later.
    pub not_before: Vec<(usize, usize)>,
    values: Vec<Option<&'a HashMap<String, String>>>,
    pub serials: Vec<Option<SerialForm>>,
}

impl<'a> TablePlan<'a> {
    pub fn new(id: TableId, settings: &'a Settings, targets: &'a Targets<'a>) -> TablePlan<'a> {
        let table = SCHEMA.get(id);
        let columns = 0..table.columns.len();
        let pairs = table.columns.iter().enumerate();
        let not_before = pairs.filter_map(|(at, c)| c.not_before.map(|other| (at, table.column(other))));
        TablePlan {
            id,
            table,
            settings,
            targets,
            not_before: not_before.collect(),
            values: columns
                .clone()
                .map(|c| settings.values.iter().find(|(at, _)| *at == c).map(|(_, v)| v))
                .collect(),
            serials: columns
                .map(|c| settings.serials.iter().find(|(at, _)| *at == c).map(|(_, f)| *f))
                .collect(),
        }
    }

    /// What a missing cell of a column means, where it means something.
    pub fn instead(&self, def: &'static ColumnDef) -> Option<&str> {
        let said = self.settings.currency.as_deref().filter(|_| def.currency);
        said.or(def.missing)
    }

    /// What a cell says, or nothing where it is missing: trimmed (but not free text), with the
    /// mapping's values in place. `odd_blanks` counts cells with odd blanks around them.
    #[inline(always)]
    pub fn said<'c>(
        &'c self,
        column: usize,
        cell: &'c [u8],
        quoted: bool,
        odd_blanks: &mut u64,
    ) -> Option<&'c [u8]> {
        let def = &self.table.columns[column];
        let cell = if matches!(def.ty, ColumnType::Text) {
            if cell.is_empty() && !quoted {
                return None;
            }
            cell
        } else {
            let (cell, odd) = trimmed(cell);
            *odd_blanks += u64::from(odd);
            if cell.is_empty() || (def.has_null_words() && is_null_word(cell)) {
                return None;
            }
            cell
        };
        if self.settings.nulls.iter().any(|null| null.as_bytes() == cell) {
            return None;
        }
        match self.values[column] {
            None => Some(cell),
            Some(values) => {
                let known =
                    std::str::from_utf8(cell).ok().and_then(|text| values.get(&text.trim().to_lowercase()));
                let cell = known.map_or(cell, |value| value.as_bytes());
                (!cell.is_empty()).then_some(cell)
            }
        }
    }
}

/// The text of a column's cell in a record, and whether it was quoted; none for an absent column.
#[inline(always)]
pub(super) fn cell_text<'c>(
    source: &'c CellSource,
    block: &'c RawBlock,
    fields: &[Field],
    scratch: &'c mut Vec<u8>,
) -> Option<(&'c [u8], bool)> {
    match source {
        CellSource::Absent => None,
        CellSource::Constant(text) => Some((text, false)),
        CellSource::Field(at) => {
            let field = fields.get(*at)?;
            Some((field.text(&block.bytes, scratch), field.written != Written::Plain))
        }
    }
}
