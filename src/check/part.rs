//! The rows of one file of a table: which are there, their ids, their columns.

use crate::model::zone::Cursor;
use crate::model::{ColumnType, MICROS_PER_DAY, Zone};
use crate::store::snapshot::CHUNK;
use crate::store::{Bits, Codes, ColumnFile, Ids, NULL_NUMBER, Numbers, StoreError, Table, Texts};

/// Some rows of a table that lie in one file.
pub struct Part<'a> {
    /// The table.
    pub table: &'a Table,
    /// The file.
    pub file: &'a ColumnFile,
    pub(super) ids: RowIds<'a>,
}

/// The ids of the rows of a file.
#[derive(Clone, Copy)]
pub enum RowIds<'a> {
    /// The file is by id, and begins with this one; rows are where the flag is set.
    From(usize, Bits<'a>),
    /// The ids stand in a column.
    Column(Ids<'a>),
    /// Rows of this table have none.
    None,
}

impl RowIds<'_> {
    /// The id of a row; 0 in a table whose rows have none.
    pub fn of(&self, row: usize) -> u32 {
        match self {
            RowIds::From(first, _) => (first + row) as u32,
            RowIds::Column(ids) => ids.get(row),
            RowIds::None => 0,
        }
    }
}

impl<'a> Part<'a> {
    /// The rows that a load brought.
    pub fn rows(&self) -> impl Iterator<Item = usize> + use<'a> {
        let known = match self.ids {
            RowIds::From(_, known) => Some(known),
            _ => None,
        };
        (0..self.file.rows()).filter(move |&row| known.is_none_or(|known| known.get(row)))
    }

    /// The ids of the rows.
    pub fn ids(&self) -> RowIds<'a> {
        self.ids
    }

    /// A column of numbers, days or instants.
    ///
    /// # Errors
    /// When the store is damaged; so for the other views.
    pub fn numbers(&self, column: &str) -> Result<Numbers<'a>, StoreError> {
        self.file.numbers(column)
    }

    /// A column of category codes.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn codes(&self, column: &str) -> Result<Codes<'a>, StoreError> {
        self.file.codes(column)
    }

    /// A column of references.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn references(&self, column: &str) -> Result<Ids<'a>, StoreError> {
        self.file.ids(column)
    }

    /// A column of texts.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn texts(&self, column: &str) -> Result<Texts<'a>, StoreError> {
        self.file.texts(column)
    }

    /// The civil days of a date or time column.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn days<'z>(&self, column: &str, zone: &'z Zone) -> Result<Days<'a, 'z>, StoreError> {
        let ty = self.table.def.columns[self.table.def.column(column)].ty;
        let is_day = match ty {
            ColumnType::DateOrTimestamp => Some(self.file.flags(column)?),
            _ => None,
        };
        Ok(Days {
            values: self.numbers(column)?,
            is_date: ty == ColumnType::Date,
            is_day,
            zone: zone.cursor(),
        })
    }
}

/// The civil days of a column.
pub struct Days<'a, 'z> {
    values: Numbers<'a>,
    is_date: bool,
    is_day: Option<Bits<'a>>,
    zone: Cursor<'z>,
}

impl Days<'_, '_> {
    /// The day of a row, [`NULL_NUMBER`] when missing.
    pub fn get(&mut self, row: usize) -> i64 {
        let value = self.values.get(row);
        if value == NULL_NUMBER || self.is_date {
            value
        } else if self.is_day.is_some_and(|is_day| is_day.get(row)) {
            value.div_euclid(MICROS_PER_DAY)
        } else {
            i64::from(self.zone.day_of(value))
        }
    }
}

/// Which ids of a table have a row.
pub struct Known<'a>(pub(super) Vec<Bits<'a>>);

impl Known<'_> {
    /// Whether an id has a row.
    pub fn has(&self, id: u32) -> bool {
        self.0.get(id as usize / CHUNK).is_some_and(|bits| bits.get(id as usize % CHUNK))
    }
}
