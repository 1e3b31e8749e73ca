//! What is the answer? A table of values, with everything a reader needs to trust it.
//!
//! Invariant: values are final. A report formats them and never computes: what is rounded, divided or
//! added up is so already.

use super::cells::Cells;
use crate::model::Day;

/// The answer to a query.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryResult {
    /// The KPI's name.
    pub kpi: String,
    /// Its title.
    pub title: String,
    /// Its definition, in a sentence.
    pub definition: String,
    /// The definition's name and version: `mau@1`.
    pub definition_id: String,
    /// The unit of its first measure.
    pub unit: Option<String>,
    /// The content id of the snapshot that was read.
    pub snapshot: String,
    /// The program and its version.
    pub engine: String,
    /// The latest day on which anything is recorded to have happened; none in an empty store.
    pub as_of: Option<Day>,
    /// What was asked, with defaults filled in.
    pub parameters: Parameters,
    /// The columns.
    pub columns: Vec<ResultColumn>,
    /// The values of each column, one per row.
    pub cells: Vec<Cells>,
    /// Positions of the rows that hold the total of a period.
    pub totals: Vec<usize>,
    /// Whether the groups of a period add up to its total.
    pub additive: bool,
    /// Whether the figure stands in for one that the data cannot give.
    pub proxy: bool,
    /// Rows that are left out, and why.
    pub excluded: Vec<Excluded>,
    /// The labels of the periods that are cut off or not over yet.
    pub incomplete: Vec<Day>,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

impl QueryResult {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.cells.first().map_or(0, Cells::len)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of a row, one per column.
    pub fn row(&self, at: usize) -> Vec<Value> {
        self.cells.iter().map(|cells| cells.get(at)).collect()
    }

    /// The rows, each with a value per column.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Vec<Value>> + '_ {
        (0..self.len()).map(|at| self.row(at))
    }
}

/// What was asked, with defaults filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    /// The grain's name.
    pub every: String,
    /// The first day of the interval; none when there is no data.
    pub start: Option<Day>,
    /// The day behind its last one.
    pub end: Option<Day>,
    /// The zone.
    pub tz: String,
    /// The day on which weeks start.
    pub week_start: String,
    /// The dimensions asked for.
    pub by: Vec<String>,
    /// The filter, in canonical form.
    pub filter: Option<String>,
    /// The KPI's options with their values.
    pub options: Vec<(String, String)>,
    /// Other options of the query that were used (`rolling`, `compare`, `users` ...), in the order in
    /// which they are to be shown.
    pub more: Vec<(String, Value)>,
}

/// A column of the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultColumn {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub ty: ValueType,
    /// Their unit.
    pub unit: Option<String>,
    /// What it is for.
    pub role: Role,
    /// A rate: a fraction in csv and json, percent in tables.
    pub percent: bool,
}

impl ResultColumn {
    /// The `period` column.
    pub fn period() -> Self {
        ResultColumn {
            name: "period".into(),
            ty: ValueType::Date,
            unit: None,
            role: Role::Period,
            percent: false,
        }
    }

    /// A dimension.
    pub fn dimension(name: impl Into<String>, ty: ValueType) -> Self {
        ResultColumn { name: name.into(), ty, unit: None, role: Role::Dimension, percent: false }
    }

    /// A measure.
    pub fn measure(name: impl Into<String>, ty: ValueType, unit: Option<&str>) -> Self {
        ResultColumn {
            name: name.into(),
            ty,
            unit: unit.map(str::to_owned),
            role: Role::Measure,
            percent: false,
        }
    }

    /// A measure that is a fraction, shown as percent in tables.
    pub fn rate(name: impl Into<String>) -> Self {
        ResultColumn { percent: true, ..Self::measure(name, ValueType::Number, None) }
    }
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// When.
    Period,
    /// Of whom or what.
    Dimension,
    /// How much.
    Measure,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// A civil day.
    Date,
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A ratio or average.
    Number,
    /// An exact amount.
    Money,
    /// True or false.
    Boolean,
}

impl ValueType {
    /// The word for it in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            ValueType::Date => "date",
            ValueType::Text => "text",
            ValueType::Integer => "integer",
            ValueType::Number => "number",
            ValueType::Money => "money",
            ValueType::Boolean => "boolean",
        }
    }

    /// Whether its values line up at their right ends.
    pub const fn is_numeric(self) -> bool {
        matches!(self, ValueType::Integer | ValueType::Number | ValueType::Money)
    }
}

/// A value of the answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Missing, or the group of what has no value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A ratio or average.
    Number(f64),
    /// An exact amount with its decimals.
    Money(String),
    /// A text.
    Text(String),
    /// A civil day.
    Date(Day),
    /// True or false.
    Bool(bool),
}

/// Rows that are left out of the figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// Why.
    pub reason: String,
    /// How many.
    pub rows: u64,
}
