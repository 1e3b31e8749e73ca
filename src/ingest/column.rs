//! What does a block of an export hold, once it is read? One typed column per declared column.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fault::Fault;

/// The missing cell of a number column.
pub const NULL: i64 = i64::MIN;

/// The rows of one stretch of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Rows in every column.
    pub rows: usize,
    /// One per declared column, in the order of the declaration.
    pub columns: Vec<Column>,
    /// What each row says, as one number.
    pub row_hash: Vec<u64>,
    /// The line on which each row begins, from 1.
    pub lines: Vec<u64>,
    /// The records that are no rows.
    pub faults: Vec<Fault>,
    /// Records seen, counted by the record splitter: rows + faults.
    pub read: u64,
    /// What was noticed and is no fault.
    pub notes: Notes,
}

/// The cells of one column.
#[derive(Debug, PartialEq, Eq)]
pub enum Column {
    /// The file has no such column: every cell is missing.
    Absent,
    /// Keys, references, categories, attributes and free text.
    Text(TextColumn),
    /// Integers as they are; decimals and money in 0.0001; booleans 0 and 1; dates in days;
    /// timestamps in microseconds UTC. [`NULL`] is a missing cell.
    Number(Vec<i64>),
    /// Dates or timestamps.
    Moment {
        /// Microseconds UTC; [`NULL`] is a missing cell.
        micros: Vec<i64>,
        /// The cell is a civil date, and its micros are the midnight of that day as if it were in UTC.
        date_only: Vec<bool>,
    },
}

impl Column {
    pub(super) fn truncate(&mut self, rows: usize) {
        match self {
            Column::Absent => {}
            Column::Text(text) => text.truncate(rows),
            Column::Number(values) => values.truncate(rows),
            Column::Moment { micros, date_only } => {
                micros.truncate(rows);
                date_only.truncate(rows);
            }
        }
    }
}

/// Text cells: places in the block that they were read from, and what does not stand there as it is.
#[derive(Clone, Debug, Default)]
pub struct TextColumn {
    block: Arc<Vec<u8>>,
    /// Where each cell begins, and its length. Behind the block begins `own`.
    places: Vec<(u32, u32)>,
    own: Vec<u8>,
}

/// The place of a missing cell.
const MISSING: (u32, u32) = (u32::MAX, 0);

impl TextColumn {
    pub(super) fn of(block: &Arc<Vec<u8>>, rows: usize) -> Self {
        TextColumn { block: Arc::clone(block), places: Vec::with_capacity(rows), own: Vec::new() }
    }

    /// The number of cells.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// A cell, or nothing where it is missing.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        let (start, length) = Some(self.places[row]).filter(|place| *place != MISSING)?;
        let (start, length) = (start as usize, length as usize);
        Some(match start.checked_sub(self.block.len()) {
            None => &self.block[start..start + length],
            Some(start) => &self.own[start..start + length],
        })
    }

    /// All cells in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&[u8]>> + '_ {
        (0..self.len()).map(|row| self.get(row))
    }

    /// The last cell, or nothing where it is missing or there is none.
    pub(super) fn last(&self) -> Option<&[u8]> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Appends a cell, without a copy where it lies in the block.
    ///
    /// # Panics
    /// When the text passes 4 GiB: a block and the constants of a mapping are far smaller.
    #[inline]
    pub(super) fn push(&mut self, cell: &[u8]) {
        // The block is one allocation: an address within it is that of its own bytes.
        let ahead = cell.as_ptr().addr().wrapping_sub(self.block.as_ptr().addr());
        let start = if ahead < self.block.len() { ahead } else { self.push_own(cell) };
        self.places.push((start as u32, cell.len() as u32));
    }

    fn push_own(&mut self, cell: &[u8]) -> usize {
        let start = self.block.len() + self.own.len();
        self.own.extend_from_slice(cell);
        assert!(start + cell.len() < u32::MAX as usize, "a block holds less than 4 GiB of text");
        start
    }

    pub(super) fn push_null(&mut self) {
        self.places.push(MISSING);
    }

    fn truncate(&mut self, rows: usize) {
        self.places.truncate(rows);
    }
}

impl PartialEq for TextColumn {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for TextColumn {}

/// Different values that are kept apart in one count.
const VALUES_MAX: usize = 1000;

/// How often which value of which column was met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueCounts {
    /// By column name and text.
    pub values: BTreeMap<(&'static str, String), u64>,
    /// Cells whose value is not named in `values`, which is full.
    pub more: u64,
}

impl ValueCounts {
    pub(super) fn count(&mut self, column: &'static str, value: String, times: u64) {
        let key = (column, value);
        if let Some(count) = self.values.get_mut(&key) {
            *count += times;
        } else if self.values.len() < VALUES_MAX {
            self.values.insert(key, times);
        } else {
            self.more += times;
        }
    }

    fn add(&mut self, other: &ValueCounts) {
        for ((column, value), times) in &other.values {
            self.count(column, value.clone(), *times);
        }
        self.more += other.more;
    }
}

/// What was noticed while reading and is no fault, as counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Cells around which zero-width or no-break blanks were trimmed.
    pub odd_blanks: u64,
    /// Values outside the domain.
    pub outside_domain: ValueCounts,
    /// Names that mean no row, or several.
    pub no_such_name: ValueCounts,
    /// Local times that the source zone skips, shifted forward.
    pub skipped_times: u64,
    /// Local times that occur twice in the source zone.
    pub repeated_times: u64,
    /// Header lines in the middle of a file, left out.
    pub repeated_headers: u64,
    /// Rows with one empty field too many: a delimiter at the end of the line.
    pub trailing_delimiters: u64,
}

impl Notes {
    /// Adds the counts of another block.
    pub fn add(&mut self, other: &Notes) {
        self.odd_blanks += other.odd_blanks;
        self.outside_domain.add(&other.outside_domain);
        self.no_such_name.add(&other.no_such_name);
        self.skipped_times += other.skipped_times;
        self.repeated_times += other.repeated_times;
        self.repeated_headers += other.repeated_headers;
        self.trailing_delimiters += other.trailing_delimiters;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_as_they_went_in() {
        let block: Arc<Vec<u8>> =
            Arc::new((0..200).flat_map(|i| format!("cell {i:03},").into_bytes()).collect());
        let mut column = TextColumn::of(&block, 200);
        let text = |i: usize| &block[9 * i..9 * i + 8];
        for i in 0..200 {
            match i % 4 {
                0 => column.push_null(),
                1 => column.push(&text(i).to_ascii_uppercase()),
                2 => column.push(&text(i)[8..]),
                _ => column.push(text(i)),
            }
        }
        assert_eq!(column.len(), 200);
        for (i, cell) in column.iter().enumerate() {
            let want = match i % 4 {
                0 => None,
                1 => Some(text(i).to_ascii_uppercase()),
                2 => Some(Vec::new()),
                _ => Some(text(i).to_vec()),
            };
            assert_eq!(cell.map(<[u8]>::to_vec), want, "{i}");
        }
    }

    #[test]
    fn a_row_taken_back_leaves_no_trace() {
        for keep in [0, 1, 63, 64, 65, 100] {
            let mut column = TextColumn::default();
            (0..keep).for_each(|_| column.push(b"x"));
            let before = column.clone();
            column.push_null();
            column.truncate(keep);
            column.push(b"y");
            assert_eq!(column.get(keep), Some(b"y".as_slice()), "{keep}");
            column.truncate(keep);
            assert_eq!(column, before);
        }
    }

    #[test]
    fn values_are_capped_and_still_counted() {
        let mut counts = ValueCounts::default();
        (0..1500).for_each(|i| counts.count("plan", i.to_string(), 1));
        let mut sum = ValueCounts::default();
        sum.add(&counts);
        assert_eq!(sum.values.len(), VALUES_MAX);
        assert_eq!(sum.values.values().sum::<u64>() + sum.more, 1500);
    }
}
