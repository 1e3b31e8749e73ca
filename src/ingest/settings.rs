//! What holds for every file of one table, once the mapping is resolved against the schema?

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::encoding::Encoding;
use crate::model::names::same;
use crate::model::{SCHEMA, TableDef, Zone};

/// Which comes first in `05/06/2024`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// `27/08/2024`.
    #[serde(alias = "dmy")]
    DayFirst,
    /// `08/27/2024`.
    #[serde(alias = "mdy")]
    MonthFirst,
}

impl DateOrder {
    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            DateOrder::DayFirst => "day first",
            DateOrder::MonthFirst => "month first",
        }
    }

    pub(super) const fn other(self) -> DateOrder {
        match self {
            DateOrder::DayFirst => DateOrder::MonthFirst,
            DateOrder::MonthFirst => DateOrder::DayFirst,
        }
    }
}

/// Which instant a local time means that occurs twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepeatedTime {
    /// The one before the clocks go back.
    #[default]
    Earlier,
    /// The one after.
    Later,
}

/// Times that are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SerialForm {
    /// Seconds since 1970 in UTC, perhaps with a fraction.
    EpochSeconds,
    /// Milliseconds since 1970 in UTC.
    EpochMilliseconds,
    /// Days since 1899-12-30 in the source zone, with the time of day as the fraction.
    Excel,
}

/// The column that a header means, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meant {
    /// Its position in the declaration.
    pub column: usize,
    /// The cells are the names of the rows referred to, not their keys.
    pub by_name: bool,
}

impl Meant {
    /// What a header means in a table's own forms.
    pub fn find(table: &TableDef, header: &str) -> Option<Meant> {
        let column = SCHEMA.match_header(table, header)?;
        let by_name = table.columns[column].name_header.is_some_and(|name| same(name, header));
        Some(Meant { column, by_name })
    }
}

/// What holds for the files of one table. Columns are positions in the declaration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Headers (in normal form) and the columns that they mean.
    pub renames: Vec<(String, Meant)>,
    /// Headers (in normal form) that mean nothing.
    pub ignore: Vec<String>,
    /// Columns that have one value in every row of a file without them.
    pub constants: Vec<(Meant, String)>,
    /// Per column: lower-case text and what it stands for.
    pub values: Vec<(usize, HashMap<String, String>)>,
    /// Columns whose times are numbers.
    pub serials: Vec<(usize, SerialForm)>,
    /// The order of day and month.
    pub date_order: Option<DateOrder>,
    /// Whether a comma stands before the decimals; none: found out.
    pub decimal_comma: Option<bool>,
    /// What groups the digits by three.
    pub thousands: Option<char>,
    /// Signs around numbers that mean nothing (`$`, `%`).
    pub number_affixes: Vec<String>,
    /// `(123)`, `123-` and `−5` are negative numbers.
    pub negative_forms: bool,
    /// The delimiter; none: found out.
    pub delimiter: Option<u8>,
    /// The encoding of a file without a byte order mark.
    pub encoding: Encoding,
    /// The zone of times without an offset.
    pub zone: Zone,
    /// What a local time means that occurs twice.
    pub repeated_time: RepeatedTime,
    /// Names of zones behind a time (`EST`).
    pub zone_names: Vec<(String, Zone)>,
    /// Texts that stand for a missing cell, in any column.
    pub nulls: Vec<String>,
    /// Lines before the header.
    pub skip: u64,
    /// The currency of money that comes without one; none: what the column says.
    pub currency: Option<String>,
}

impl Default for Settings {
    /// What holds without a mapping.
    fn default() -> Self {
        Settings {
            renames: Vec::new(),
            ignore: Vec::new(),
            constants: Vec::new(),
            values: Vec::new(),
            serials: Vec::new(),
            date_order: None,
            decimal_comma: None,
            thousands: None,
            number_affixes: Vec::new(),
            negative_forms: false,
            delimiter: None,
            encoding: Encoding::Utf8,
            zone: Zone::utc(),
            repeated_time: RepeatedTime::default(),
            zone_names: Vec::new(),
            nulls: Vec::new(),
            skip: 0,
            currency: None,
        }
    }
}
