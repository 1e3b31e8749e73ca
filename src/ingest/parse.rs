//! What do the records of one block say? The loop over the rows: fields → cells → typed columns, with
//! the first fault of a row taking the whole row back.

use super::blocks::{Holds, RawBlock};
use super::cells::decimal::{self, DecimalSign};
use super::cells::timestamp::{When, WhenReader};
use super::cells::{attributes, boolean, category, integer, key, serial, trimmed};
use super::column::{Block, Column, NULL, TextColumn};
use super::encoding::is_windows_1252;
use super::fault::{Fault, Hidden, Reason, raw_bytes, value_text};
use super::plan::{CellSource, Decisions, FilePlan, HeaderAgain, TablePlan, cell_text};
use super::records::{Field, Flaw, Record, Records};
use super::zone::Clock;
use crate::model::{ColumnDef, ColumnType, DECIMAL_DIGITS, MICROS_PER_DAY, RowHasher};

/// A block's rows and what its reader found out.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub block: Block,
    /// A cell reads differently by what only the whole load can tell: the block is to be read again.
    pub undecided: bool,
    /// Per declared column: a cell is a number only with a decimal point.
    pub points: Vec<bool>,
    /// A line with the same headers in another order.
    pub second_header: Option<u64>,
}

/// Reads one block.
pub(super) fn parse_block(
    plan: &TablePlan<'_>,
    file: &FilePlan,
    decisions: &Decisions,
    raw: &RawBlock,
) -> Parsed {
    let mut reader = RowReader::new(plan, file, decisions, raw);
    match raw.holds {
        Holds::Records => reader.read_records(),
        Holds::TooLong => {
            let whole =
                Record { start: 0, end: raw.bytes.len(), line: raw.first_line, fields: 1, flaw: None };
            reader.reject_whole(&whole, Reason::RecordTooLong);
        }
        Holds::Unterminated { quote_line } => {
            let whole =
                Record { start: 0, end: raw.bytes.len(), line: raw.first_line, fields: 1, flaw: None };
            reader.reject_lines(&whole, Reason::UnterminatedQuote { line: quote_line });
        }
    }
    reader.finish()
}

struct RowReader<'a> {
    plan: &'a TablePlan<'a>,
    file: &'a FilePlan,
    decisions: &'a Decisions,
    raw: &'a RawBlock,
    whens: WhenReader<'a>,
    clock: Clock<'a>,
    hasher: RowHasher,
    /// Where a cell stands that is not as it is in the file: unquoted, and in lower case.
    unquoted: Vec<u8>,
    lowered: Vec<u8>,
    /// What is counted of a row once it is known to be one: column and value.
    outside_domain: Vec<(&'static str, String)>,
    no_such_name: Vec<(&'static str, String)>,
    /// A place in the block, and where that is in the file.
    passed: (usize, u64),
    out: Parsed,
}

/// What is wrong with a row: the column, where it is one.
type RowFault = (Option<usize>, Reason);

impl<'a> RowReader<'a> {
    fn new(plan: &'a TablePlan<'a>, file: &'a FilePlan, decisions: &'a Decisions, raw: &'a RawBlock) -> Self {
        // A row has a delimiter or a line end for each of its fields, and blank lines are no rows.
        let rows = (raw.lines as usize).min(raw.bytes.len() / file.fields_named.max(1));
        let columns = plan.table.columns.iter().zip(&file.sources).map(|(def, source)| {
            if *source == CellSource::Absent && plan.instead(def).is_none() {
                return Column::Absent;
            }
            match def.ty {
                ty if ty.is_textual() => Column::Text(TextColumn::of(&raw.bytes, rows)),
                ColumnType::DateOrTimestamp => {
                    Column::Moment { micros: Vec::with_capacity(rows), date_only: Vec::with_capacity(rows) }
                }
                _ => Column::Number(Vec::with_capacity(rows)),
            }
        });
        let block = Block {
            columns: columns.collect(),
            row_hash: Vec::with_capacity(rows),
            lines: Vec::with_capacity(rows),
            ..Block::default()
        };
        RowReader {
            plan,
            file,
            decisions,
            raw,
            whens: WhenReader::new(decisions.date_order, &plan.settings.zone_names),
            clock: Clock::new(&plan.settings.zone, plan.settings.repeated_time),
            hasher: RowHasher::new(),
            unquoted: Vec::new(),
            lowered: Vec::new(),
            outside_domain: Vec::new(),
            no_such_name: Vec::new(),
            passed: (0, raw.byte_offset),
            out: Parsed { block, points: vec![false; plan.table.columns.len()], ..Parsed::default() },
        }
    }

    fn finish(mut self) -> Parsed {
        self.out.block.notes.skipped_times = self.clock.skipped_times;
        self.out.block.notes.repeated_times = self.clock.repeated_times;
        self.out
    }

    fn read_records(&mut self) {
        let bytes = &self.raw.bytes;
        // Asked once for the block, so that a clean file pays nothing for each row.
        let all_text = std::str::from_utf8(bytes).is_ok();
        let no_nul = memchr::memchr(0, bytes).is_none();
        let mut records = Records::new(bytes, self.file.delimiter, self.raw.first_line);
        let mut fields = Vec::with_capacity(self.file.fields_max);
        while let Some(record) = records.next(&mut fields) {
            if record.fields == 1 && is_blank(&bytes[record.start..record.end]) {
                continue;
            }
            match self.file.header_again(bytes, &fields, &mut self.unquoted) {
                HeaderAgain::No => {}
                HeaderAgain::Same => {
                    self.out.block.notes.repeated_headers += 1;
                    continue;
                }
                HeaderAgain::Reordered => {
                    self.out.second_header.get_or_insert(record.line);
                }
            }
            match record.flaw {
                None => {}
                Some(flaw @ (Flaw::FieldTooLong | Flaw::RecordTooLong)) => {
                    self.reject_whole(&record, flaw.reason());
                    continue;
                }
                Some(flaw @ (Flaw::TextAfterQuote | Flaw::UnterminatedQuote { .. })) => {
                    self.reject_lines(&record, flaw.reason());
                    continue;
                }
            }
            self.out.block.read += 1;
            let checked = self.check_record(&record, &fields, all_text, no_nul);
            if let Err((column, reason)) = checked.and_then(|()| self.read_row(&fields)) {
                self.take_back();
                let value = column.map_or_else(String::new, |c| self.value_of(c, &fields));
                let hidden = self.hidden(&record, &fields, reason);
                self.reject(&record, column, value, reason, hidden);
            } else {
                self.out.block.rows += 1;
                self.out.block.lines.push(record.line);
                if !(self.outside_domain.is_empty() && self.no_such_name.is_empty()) {
                    self.count_values();
                }
            }
        }
    }

    fn count_values(&mut self) {
        let notes = &mut self.out.block.notes;
        self.outside_domain.drain(..).for_each(|(c, v)| notes.outside_domain.count(c, v, 1));
        self.no_such_name.drain(..).for_each(|(c, v)| notes.no_such_name.count(c, v, 1));
    }

    #[inline(always)]
    fn check_record(
        &mut self,
        record: &Record,
        fields: &[Field],
        all_text: bool,
        no_nul: bool,
    ) -> Result<(), RowFault> {
        let bytes = &self.raw.bytes[record.start..record.end];
        let fault = |reason| Err((None, reason));
        if !all_text && let Err(error) = std::str::from_utf8(bytes) {
            let windows_1252 = is_windows_1252(bytes);
            let byte_offset = self.file_offset(record.start + error.valid_up_to());
            return fault(Reason::NotUtf8 { byte_offset, windows_1252 });
        }
        if !no_nul && bytes.contains(&0) {
            return fault(Reason::NulByte);
        }
        let expected = self.file.fields_named;
        if record.fields != expected {
            let fits = (expected..=self.file.fields_max).contains(&record.fields)
                && fields[expected..].iter().all(|f| f.start == f.end);
            if !fits {
                return fault(Reason::FieldCount { found: record.fields, expected });
            }
            self.out.block.notes.trailing_delimiters += 1;
        }
        Ok(())
    }

    fn read_row(&mut self, fields: &[Field]) -> Result<(), RowFault> {
        let mut any = false;
        for (column, def) in self.plan.table.columns.iter().enumerate() {
            any |= self.read_cell(column, def, fields).map_err(|reason| (Some(column), reason))?;
        }
        if !any {
            return Err((None, Reason::EmptyRow));
        }
        for (column, other) in &self.plan.not_before {
            if self.is_before(*column, *other) {
                let other = self.plan.table.columns[*other].name;
                return Err((Some(*column), Reason::BeforeOther(other)));
            }
        }
        for any in &self.plan.targets.any {
            let last = |column: usize| match &self.out.block.columns[column] {
                Column::Text(text) => text.last(),
                _ => None,
            };
            if last(any.kind).is_none() && last(any.column).is_some_and(|key| any.is_ambiguous(key)) {
                let kind = self.plan.table.columns[any.kind].name;
                return Err((Some(any.column), Reason::AmbiguousReference(kind)));
            }
        }
        self.out.block.row_hash.push(self.hasher.finish());
        Ok(())
    }

    /// Reads one cell into its column; tells whether the file has a value there.
    #[inline(always)]
    fn read_cell(
        &mut self,
        column: usize,
        def: &'static ColumnDef,
        fields: &[Field],
    ) -> Result<bool, Reason> {
        let source = &self.file.sources[column];
        let notes = &mut self.out.block.notes;
        let said = cell_text(source, self.raw, fields, &mut self.unquoted)
            .and_then(|(cell, quoted)| self.plan.said(column, cell, quoted, &mut notes.odd_blanks));
        let Some(cell) = said else {
            if def.required {
                return Err(Reason::RequiredEmpty);
            }
            match (&mut self.out.block.columns[column], self.plan.instead(def)) {
                (Column::Text(text), Some(value)) => {
                    text.push(value.as_bytes());
                    self.hasher.text(value.as_bytes());
                    return Ok(false);
                }
                (Column::Absent, _) => {}
                (Column::Text(text), None) => text.push_null(),
                (Column::Number(values), _) => values.push(NULL),
                (Column::Moment { micros, date_only }, _) => {
                    micros.push(NULL);
                    date_only.push(false);
                }
            }
            self.hasher.null();
            return Ok(false);
        };
        match &mut self.out.block.columns[column] {
            Column::Absent => {}
            Column::Text(text) => {
                let letters;
                let value = match def.ty {
                    ColumnType::Reference(_) if self.file.by_name[column] => {
                        let Some(key) = self.plan.targets.key_of_name(column, cell) else {
                            self.no_such_name.push((def.name, value_text(cell)));
                            text.push_null();
                            self.hasher.null();
                            return Ok(matches!(source, CellSource::Field(_)));
                        };
                        key
                    }
                    ColumnType::Key | ColumnType::Reference(_) | ColumnType::AnyReference { .. } => {
                        key::read(cell, &mut self.lowered)?
                    }
                    ColumnType::Category if def.currency => {
                        letters = category::currency(cell)?;
                        &letters[..]
                    }
                    ColumnType::Category => {
                        let (value, listed) = category::read(cell, def);
                        if !listed {
                            self.outside_domain.push((def.name, value_text(value)));
                        }
                        value
                    }
                    ColumnType::Attributes => {
                        attributes::check(cell)?;
                        cell
                    }
                    _ => cell,
                };
                text.push(value);
                self.hasher.text(value);
            }
            Column::Number(values) => {
                let value = match def.ty {
                    ColumnType::Bool => boolean::read(cell)?,
                    ColumnType::Date => match when(
                        &mut self.whens,
                        self.plan,
                        column,
                        cell,
                        self.decisions,
                        &mut self.out.undecided,
                    )? {
                        When::Day(day) => i64::from(day),
                        When::Local(local) => local.div_euclid(MICROS_PER_DAY),
                        When::Instant(instant) => i64::from(self.plan.settings.zone.day_of(instant)),
                    },
                    ColumnType::Timestamp => match when(
                        &mut self.whens,
                        self.plan,
                        column,
                        cell,
                        self.decisions,
                        &mut self.out.undecided,
                    )? {
                        When::Day(day) => self.clock.instant(i64::from(day) * MICROS_PER_DAY),
                        When::Local(local) => self.clock.instant(local),
                        When::Instant(instant) => instant,
                    },
                    _ => number(
                        def,
                        column,
                        cell,
                        self.plan,
                        self.decisions,
                        &mut self.out.points,
                        &mut self.out.undecided,
                    )?,
                };
                values.push(value);
                self.hasher.number(value);
            }
            Column::Moment { micros, date_only } => {
                let (value, only) = match when(
                    &mut self.whens,
                    self.plan,
                    column,
                    cell,
                    self.decisions,
                    &mut self.out.undecided,
                )? {
                    When::Day(day) => (i64::from(day) * MICROS_PER_DAY, true),
                    When::Local(local) => (self.clock.instant(local), false),
                    When::Instant(instant) => (instant, false),
                };
                micros.push(value);
                date_only.push(only);
                if only { self.hasher.date_only(value) } else { self.hasher.number(value) }
            }
        }
        Ok(matches!(source, CellSource::Field(_)))
    }

    /// Whether the last row's cell is earlier than that of the other column: as instants where both are,
    /// as civil days of the source zone where one has no time.
    fn is_before(&self, column: usize, other: usize) -> bool {
        let columns = &self.out.block.columns;
        let zone = &self.plan.settings.zone;
        match (&columns[column], &columns[other]) {
            (Column::Number(later), Column::Number(earlier)) => {
                matches!((later.last(), earlier.last()), (Some(l), Some(e)) if *l != NULL && *e != NULL && l < e)
            }
            (
                Column::Moment { micros: later, date_only: later_only },
                Column::Moment { micros, date_only },
            ) => {
                let (Some(l), Some(e)) = (later.last(), micros.last()) else { return false };
                if *l == NULL || *e == NULL {
                    return false;
                }
                let day = |micros: i64, only: bool| match only {
                    true => micros.div_euclid(MICROS_PER_DAY),
                    false => i64::from(zone.day_of(micros)),
                };
                match (later_only.last() == Some(&true), date_only.last() == Some(&true)) {
                    (false, false) | (true, true) => l < e,
                    (l_only, e_only) => day(*l, l_only) < day(*e, e_only),
                }
            }
            _ => false,
        }
    }

    /// Takes the row back that a fault ended.
    fn take_back(&mut self) {
        let rows = self.out.block.rows;
        self.out.block.columns.iter_mut().for_each(|c| c.truncate(rows));
        self.outside_domain.clear();
        self.no_such_name.clear();
        self.hasher.finish();
    }

    fn value_of(&mut self, column: usize, fields: &[Field]) -> String {
        let text = cell_text(&self.file.sources[column], self.raw, fields, &mut self.unquoted);
        text.map_or_else(String::new, |(cell, _)| value_text(cell))
    }

    /// Rejects a record that could not be told apart into cells.
    fn reject_whole(&mut self, record: &Record, reason: Reason) {
        self.out.block.read += 1;
        let hidden = if self.file.shown.is_empty() { Hidden::Nothing } else { Hidden::All };
        self.reject(record, None, String::new(), reason, hidden);
    }

    fn reject(
        &mut self,
        record: &Record,
        column: Option<usize>,
        value: String,
        reason: Reason,
        hidden: Hidden,
    ) {
        let byte_offset = self.file_offset(record.start);
        self.out.block.faults.push(Fault {
            file: self.file.file,
            line: record.line,
            byte_offset,
            column: column.map(|c| self.plan.table.columns[c].name),
            value,
            reason,
            raw: raw_bytes(&self.raw.bytes[record.start..record.end]),
            hidden,
        });
    }

    /// The cells of a record that are not to be shown.
    fn hidden(&self, record: &Record, fields: &[Field], reason: Reason) -> Hidden {
        if self.file.shown.is_empty() {
            return Hidden::Nothing;
        }
        // With a field too many or too few, any but the first may be another's.
        let certain = if matches!(reason, Reason::FieldCount { .. }) { 1 } else { fields.len() };
        let is_shown = |at: usize| at < certain && self.file.shown.get(at) == Some(&true);
        let private = fields.iter().enumerate().filter(|(at, _)| !is_shown(*at));
        Hidden::Cells(private.map(|(_, f)| f.start - record.start..f.end - record.start).collect())
    }

    /// Where a place of the block is in the file. Places are asked for in their order, or nearly so.
    fn file_offset(&mut self, at: usize) -> u64 {
        let (encoding, (from, offset)) = (self.file.encoding, self.passed);
        let bytes = &self.raw.bytes;
        let offset = match from <= at {
            true => offset + encoding.bytes_of(&bytes[from..at]),
            false => offset - encoding.bytes_of(&bytes[at..from]),
        };
        self.passed = (at, offset);
        offset
    }

    /// Rejects every line of a stretch that is not blank, whatever its quotes say: a misplaced quote
    /// takes rows with it, and each of them counts.
    fn reject_lines(&mut self, stretch: &Record, reason: Reason) {
        let bytes = &self.raw.bytes[..stretch.end];
        let (mut start, mut line) = (stretch.start, stretch.line);
        while start < bytes.len() {
            let end = memchr::memchr2(b'\n', b'\r', &bytes[start..]).map_or(bytes.len(), |at| start + at);
            if !is_blank(&bytes[start..end]) {
                let one = Record { start, end, line, fields: 1, flaw: None };
                self.reject_whole(&one, reason);
            }
            let pair = bytes.get(end) == Some(&b'\r') && bytes.get(end + 1) == Some(&b'\n');
            start = end + 1 + usize::from(pair);
            line += 1;
        }
    }
}

/// Whether a line holds nothing but blanks, of any kind.
pub(super) fn is_blank(line: &[u8]) -> bool {
    trimmed(line).0.is_empty()
}

#[inline]
fn when(
    whens: &mut WhenReader<'_>,
    plan: &TablePlan<'_>,
    column: usize,
    cell: &[u8],
    decisions: &Decisions,
    undecided: &mut bool,
) -> Result<When, Reason> {
    if let Some(form) = plan.serials[column] {
        return serial::read(cell, form);
    }
    let read = whens.read(cell);
    if read == Err(Reason::OrderUndecided) {
        *undecided |= !decisions.settled;
    }
    read
}

/// A whole number, a decimal or an amount of money.
#[inline]
fn number(
    def: &ColumnDef,
    column: usize,
    cell: &[u8],
    plan: &TablePlan<'_>,
    decisions: &Decisions,
    points: &mut [bool],
    undecided: &mut bool,
) -> Result<i64, Reason> {
    let digits = if def.ty == ColumnType::Integer { 0 } else { DECIMAL_DIGITS };
    let sign = decisions.decimal_signs[column];
    let fast = if digits == 0 {
        integer::plain(cell)
    } else {
        match decimal::plain(cell, digits) {
            Some(plain) if !plain.point || sign == DecimalSign::Point => Some(Ok(plain.value)),
            Some(plain) if sign == DecimalSign::Undecided && !plain.may_group => {
                points[column] = true;
                Some(Ok(plain.value))
            }
            _ => None,
        }
    };
    let value = match fast {
        Some(value) => value?,
        None => {
            let value = decimal::number(cell, digits, def.unit, sign, plan.settings);
            if sign == DecimalSign::Undecided && value == Err(Reason::DecimalComma) {
                *undecided = true;
            }
            value?
        }
    };
    match def.min {
        Some(min) if value < min * 10i64.pow(digits) => Err(Reason::BelowMinimum(min)),
        _ => Ok(value),
    }
}
