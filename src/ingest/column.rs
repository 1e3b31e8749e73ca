//! What does a block of an export hold, once it is read? One typed column per declared column.

use std::collections::BTreeMap;

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

/// Text cells, one behind the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextColumn {
    ends: Vec<u32>,
    bytes: Vec<u8>,
    /// One bit a cell; shorter than the cells when the last of them are not missing.
    nulls: Vec<u64>,
}

impl TextColumn {
    pub(super) fn with_capacity(rows: usize) -> Self {
        TextColumn { ends: Vec::with_capacity(rows), bytes: Vec::new(), nulls: Vec::new() }
    }

    /// The number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A cell, or nothing where it is missing.
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        if self.is_null(row) {
            return None;
        }
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        Some(&self.bytes[start..self.ends[row] as usize])
    }

    /// All cells in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&[u8]>> + '_ {
        (0..self.len()).map(|row| self.get(row))
    }

    /// The last cell, or nothing where it is missing or there is none.
    pub(super) fn last(&self) -> Option<&[u8]> {
        self.get(self.len().checked_sub(1)?)
    }

    fn is_null(&self, row: usize) -> bool {
        self.nulls.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// # Panics
    /// When the cells pass 4 GiB: a block and the constants of a mapping are far smaller.
    #[inline]
    pub(super) fn push(&mut self, cell: &[u8]) {
        self.bytes.extend_from_slice(cell);
        self.ends.push(u32::try_from(self.bytes.len()).expect("a block holds less than 4 GiB of text"));
    }

    pub(super) fn push_null(&mut self) {
        let row = self.len();
        if self.nulls.len() <= row / 64 {
            self.nulls.resize(row / 64 + 1, 0);
        }
        self.nulls[row / 64] |= 1 << (row % 64);
        self.push(b"");
    }

    fn truncate(&mut self, rows: usize) {
        if rows >= self.len() {
            return;
        }
        self.ends.truncate(rows);
        self.bytes.truncate(self.ends.last().map_or(0, |end| *end as usize));
        self.nulls.truncate(rows.div_ceil(64));
        if let Some(word) = self.nulls.get_mut(rows / 64) {
            *word &= (1 << (rows % 64)) - 1;
        }
    }
}

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
        let mut column = TextColumn::default();
        for i in 0..200 {
            if i % 3 == 0 { column.push_null() } else { column.push(format!("cell {i}").as_bytes()) }
        }
        assert_eq!(column.len(), 200);
        for (i, cell) in column.iter().enumerate() {
            let want = (i % 3 != 0).then(|| format!("cell {i}"));
            assert_eq!(cell.map(<[u8]>::to_vec), want.map(String::into_bytes));
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
            assert_eq!(column.iter().collect::<Vec<_>>(), before.iter().collect::<Vec<_>>());
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
