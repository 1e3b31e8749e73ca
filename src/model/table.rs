//! The words in which a table is declared.

/// The model a table belongs to; a store may hold either or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Model {
    /// A video platform's usage, support and revenue.
    Platform,
    /// A subscription business's orders, subscriptions, billing and payments.
    Billing,
}

impl Model {
    /// The name used on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Model::Platform => "platform",
            Model::Billing => "billing",
        }
    }
}

/// A table's position in [`super::SCHEMA`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub usize);

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// The table's own key: any text, number or GUID, unique in its table.
    Key,
    /// The key of a row of the named table.
    Reference(&'static str),
    /// The key of a row of one of the named tables; the column with the given name tells which.
    AnyReference {
        /// The column that holds the kind.
        kind: &'static str,
        /// Kind and table.
        tables: &'static [(&'static str, &'static str)],
    },
    /// Free text, kept as it is.
    Text,
    /// One of few values, compared without regard to case or outer spaces.
    Category,
    /// A JSON array of attributes; each key becomes a dimension.
    Attributes,
    /// A whole number.
    Integer,
    /// A number with four decimals, exact.
    Decimal,
    /// An amount of money with four decimals, exact.
    Money,
    /// `0/1`, `true/false`, `yes/no`.
    Bool,
    /// A civil date.
    Date,
    /// An instant.
    Timestamp,
    /// A civil date, or an instant where the export gives one.
    DateOrTimestamp,
}

impl ColumnType {
    /// The word for it in `quipu schema`.
    pub fn name(self) -> String {
        match self {
            ColumnType::Key => "key".into(),
            ColumnType::Reference(table) => format!("→ {table}"),
            ColumnType::AnyReference { tables, .. } => {
                format!("→ {}", tables.iter().map(|(_, t)| *t).collect::<Vec<_>>().join(" | "))
            }
            ColumnType::Text => "text".into(),
            ColumnType::Category => "category".into(),
            ColumnType::Attributes => "attributes (JSON)".into(),
            ColumnType::Integer => "integer".into(),
            ColumnType::Decimal => "decimal".into(),
            ColumnType::Money => "money".into(),
            ColumnType::Bool => "boolean".into(),
            ColumnType::Date => "date".into(),
            ColumnType::Timestamp => "timestamp".into(),
            ColumnType::DateOrTimestamp => "date or timestamp".into(),
        }
    }

    /// Whether the cells are the text of the export (rather than a number).
    pub const fn is_textual(self) -> bool {
        matches!(
            self,
            ColumnType::Key
                | ColumnType::Reference(_)
                | ColumnType::AnyReference { .. }
                | ColumnType::Text
                | ColumnType::Category
                | ColumnType::Attributes
        )
    }

    /// Whether `NULL`, `\N`, `N/A` and `NaN` stand for a missing cell (never in free text).
    pub const fn has_null_words(self) -> bool {
        !matches!(self, ColumnType::Text)
    }
}

/// A unit that exports write behind a number (`108 mins`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Minutes.
    Minutes,
    /// Calendar months.
    Months,
}

impl Unit {
    /// The words that are accepted behind the number, in lower case.
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Unit::Minutes => &["m", "min", "mins", "minute", "minutes"],
            Unit::Months => &["month", "months"],
        }
    }
}

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct ColumnDef {
    /// Its name: the header that exports use.
    pub name: &'static str,
    /// What its cells hold.
    pub ty: ColumnType,
    /// Other headers that mean this column.
    pub aliases: &'static [&'static str],
    /// Of a reference: the header under which exports give the `Name` of the row meant, not its key.
    pub name_header: Option<&'static str>,
    /// A file without it, and a row with an empty cell, is refused.
    pub required: bool,
    /// Personal data: shown masked.
    pub pii: bool,
    /// The values that are expected, when they are listed.
    pub domain: &'static [&'static str],
    /// Numeric codes that exports write instead of a domain value: code and value.
    pub codes: &'static [(&'static str, &'static str)],
    /// The smallest value allowed.
    pub min: Option<i64>,
    /// The unit that may stand behind the number.
    pub unit: Option<Unit>,
    /// The column of the same row that must not be later than this one.
    pub not_before: Option<&'static str>,
    /// What stands in for a missing cell.
    pub else_minutes: Option<ElseMinutes>,
    /// Kept by id beside the key, because the facts that refer to this table read it.
    pub by_id: bool,
    /// Null-word cells (`N/A`) are text here: names and companies.
    pub literal: bool,
    /// Holds ISO 4217 codes, upper-cased; a missing one is what the mapping says.
    pub currency: bool,
    /// What a missing cell means when nobody says otherwise.
    pub missing: Option<&'static str>,
}

/// The whole minutes from one instant of a row to another, for a number that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElseMinutes {
    /// The column of the one.
    pub start: &'static str,
    /// The column of the other.
    pub end: &'static str,
    /// The column beside those of the table in which the numbers are kept with these minutes among them.
    pub filled: &'static str,
}

impl ColumnDef {
    /// A column of a type, with nothing else said about it.
    pub const fn new(name: &'static str, ty: ColumnType) -> Self {
        ColumnDef {
            name,
            ty,
            aliases: &[],
            name_header: None,
            required: false,
            pii: false,
            domain: &[],
            codes: &[],
            min: None,
            unit: None,
            not_before: None,
            else_minutes: None,
            by_id: false,
            literal: false,
            currency: false,
            missing: None,
        }
    }

    /// With other headers.
    pub const fn alias(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Or given as the name of the row meant, under this header.
    pub const fn or_name(mut self, header: &'static str) -> Self {
        self.name_header = Some(header);
        self
    }

    /// A row needs it.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Personal data.
    pub const fn pii(mut self) -> Self {
        self.pii = true;
        self
    }

    /// With the values expected.
    pub const fn domain(mut self, domain: &'static [&'static str]) -> Self {
        self.domain = domain;
        self
    }

    /// With codes that stand for values.
    pub const fn codes(mut self, codes: &'static [(&'static str, &'static str)]) -> Self {
        self.codes = codes;
        self
    }

    /// With a smallest value.
    pub const fn min(mut self, min: i64) -> Self {
        self.min = Some(min);
        self
    }

    /// With a unit that may be written behind the number.
    pub const fn unit(mut self, unit: Unit) -> Self {
        self.unit = Some(unit);
        self
    }

    /// Not earlier than another column of the row.
    pub const fn not_before(mut self, column: &'static str) -> Self {
        self.not_before = Some(column);
        self
    }

    /// Where it is missing, something else.
    pub const fn else_minutes(mut self, stand_in: ElseMinutes) -> Self {
        self.else_minutes = Some(stand_in);
        self
    }

    /// Kept by id.
    pub const fn by_id(mut self) -> Self {
        self.by_id = true;
        self
    }

    /// `N/A` is text here.
    pub const fn literal(mut self) -> Self {
        self.literal = true;
        self
    }

    /// Holds ISO 4217 codes.
    pub const fn currency(mut self) -> Self {
        self.currency = true;
        self
    }

    /// With what a missing cell means.
    pub const fn missing(mut self, value: &'static str) -> Self {
        self.missing = Some(value);
        self
    }

    /// Whether `NULL`, `N/A` ... are missing cells in this column.
    pub const fn has_null_words(&self) -> bool {
        self.ty.has_null_words() && !self.literal
    }
}

/// Where a key must be unique, and so where an earlier row with it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyScope {
    /// In the whole table: a look-up map is kept.
    Table,
    /// Within the month of the row: nobody refers to these rows, and a load never searches the
    /// whole history for them.
    Month,
}

/// One table.
#[derive(Clone, Copy, Debug)]
pub struct TableDef {
    /// Its name in quipu.
    pub name: &'static str,
    /// The model it belongs to.
    pub model: Model,
    /// The schema that qualifies its name in exports (`economy.PaymentDemands`); empty for none.
    pub schema: &'static str,
    /// Other file names that mean this table.
    pub aliases: &'static [&'static str],
    /// What one row is.
    pub row: &'static str,
    /// Its columns.
    pub columns: &'static [ColumnDef],
    /// The column that orders the rows in time: the table is kept as month segments sorted by it.
    /// None: the rows are kept by id.
    pub time: Option<&'static str>,
    /// Where its key is unique.
    pub key_scope: KeyScope,
    /// A KPI table that the source system ships: never used to answer a query, only reconciled.
    pub shipped: bool,
}

impl TableDef {
    /// The position of a column by its exact name.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }

    /// A column that the code knows to exist.
    ///
    /// # Panics
    /// When the declaration has no such column: a mistake in the code, found by any test.
    pub fn column(&self, column: &str) -> usize {
        self.position(column).unwrap_or_else(|| panic!("table {} declares no column {column}", self.name))
    }

    /// The position of the key column.
    pub fn key(&self) -> Option<usize> {
        self.columns.iter().position(|c| c.ty == ColumnType::Key)
    }

    /// The position of the time column.
    pub fn time_column(&self) -> Option<usize> {
        self.time.map(|name| self.column(name))
    }

    /// Whether rows get a surrogate id: they are kept by id, or others refer to them.
    pub fn has_ids(&self) -> bool {
        self.time.is_none() || self.key_scope == KeyScope::Table
    }
}
