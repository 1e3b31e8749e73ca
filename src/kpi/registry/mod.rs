//! Every KPI, declared once: its name, question, measures, dimensions, options and needs.

mod billing;
mod platform;

pub use billing::PRODUCT_DIMS;

use super::context::{Context, Options, Output};
use super::error::KpiError;
use super::lookup::Lookups;
use super::scan::facts::Fact;
use crate::model::{Day, Grain, Model, Zone};
use crate::store::{Snapshot, Table};

/// What a measure's figures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeasureKind {
    /// A number of rows: adds up over groups and periods.
    Count,
    /// A number of distinct things.
    Distinct,
    /// A number of things at a day: adds up over groups, not over periods.
    CountAt,
    /// A sum of whole numbers.
    Sum,
    /// A sum that may have a fraction.
    SumNumber,
    /// An average or quantile.
    Number,
    /// An average over all days of the period: 0 when it is empty.
    DailyMean,
    /// A fraction of 1, shown as percent in tables.
    Rate,
    /// A sum of money in the row's currency.
    Money,
    /// Money at a day: does not add up over periods.
    MoneyAt,
    /// Sums of shares of amounts: rounded once, half to even.
    MoneyShare,
    /// Money divided by something: rounded once, half to even.
    MoneyRatio,
}

impl MeasureKind {
    /// Whether figures of several periods add up to that of all of them.
    pub const fn adds_up(self) -> bool {
        matches!(self, MeasureKind::Count | MeasureKind::Sum | MeasureKind::SumNumber | MeasureKind::Money)
    }

    /// Whether figures of the groups of a period add up to that of the period.
    pub const fn adds_up_over_groups(self) -> bool {
        self.adds_up() || matches!(self, MeasureKind::CountAt | MeasureKind::MoneyAt)
    }

    /// Whether an empty period has 0 (rather than nothing).
    pub const fn is_zero_when_empty(self) -> bool {
        !matches!(self, MeasureKind::Number | MeasureKind::Rate | MeasureKind::MoneyRatio)
    }

    /// Whether it is a whole number.
    pub const fn is_whole(self) -> bool {
        matches!(self, MeasureKind::Count | MeasureKind::CountAt | MeasureKind::Distinct | MeasureKind::Sum)
    }

    /// Whether it is an amount of money.
    pub const fn is_money(self) -> bool {
        matches!(
            self,
            MeasureKind::Money | MeasureKind::MoneyAt | MeasureKind::MoneyShare | MeasureKind::MoneyRatio
        )
    }
}

/// A measure.
#[derive(Clone, Copy, Debug)]
pub struct MeasureDef {
    /// Its column.
    pub name: &'static str,
    /// What its figures are.
    pub kind: MeasureKind,
    /// Their unit; empty for rates and money.
    pub unit: &'static str,
    /// Whether the parts that rows are cut into have none.
    pub of_whole_rows: bool,
}

impl MeasureDef {
    /// That parts of rows do not have.
    const fn of_whole_rows(mut self) -> Self {
        self.of_whole_rows = true;
        self
    }
}

const fn measure(name: &'static str, kind: MeasureKind, unit: &'static str) -> MeasureDef {
    MeasureDef { name, kind, unit, of_whole_rows: false }
}

/// The values an option takes; the first is the default.
#[derive(Clone, Copy, Debug)]
pub enum OptionValues {
    /// One of these words.
    Words(&'static [&'static str]),
    /// A whole number of at least 0.
    Whole(i64),
    /// A whole number of at least 0, or this word.
    WholeOr(&'static str),
    /// Words separated by commas.
    List(&'static str),
}

/// An option of a KPI.
#[derive(Clone, Copy, Debug)]
pub struct OptionDef {
    /// Its name.
    pub name: &'static str,
    /// The values it takes.
    pub values: OptionValues,
    /// What it does.
    pub help: &'static str,
}

impl OptionDef {
    /// The value when none is given.
    pub fn default(&self) -> String {
        match self.values {
            OptionValues::Words(words) => words[0].into(),
            OptionValues::Whole(n) => n.to_string(),
            OptionValues::List(text) | OptionValues::WholeOr(text) => text.into(),
        }
    }

    /// The values, as the help shows them.
    pub fn shown(&self) -> String {
        match self.values {
            OptionValues::Words(words) => words.join("|"),
            OptionValues::Whole(n) => n.to_string(),
            OptionValues::WholeOr(word) => format!("{word}|N"),
            OptionValues::List(text) => text.into(),
        }
    }
}

/// A table and a column of it.
pub type Column = (&'static str, &'static str);

/// What of a question decides which rows are counted.
pub struct Asked<'a> {
    /// The snapshot that is asked.
    pub snapshot: &'a Snapshot,
    /// Whether figures are split or filtered by products.
    pub products: bool,
}

/// The first day of a KPI's own facts, up to as_of.
pub type FirstDay = fn(&Lookups<'_>, &Zone, Day) -> Result<Option<Day>, KpiError>;

/// A KPI.
#[derive(Clone, Copy)]
pub struct KpiDef {
    /// Its name.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The family it is listed under.
    pub family: &'static str,
    /// The question it answers.
    pub question: &'static str,
    /// Its definition.
    pub definition: &'static str,
    /// Raised when the definition changes.
    pub version: u32,
    /// Its model.
    pub model: Model,
    /// Its own grain.
    pub every: Grain,
    /// Measured at a day rather than over a period.
    pub is_stock: bool,
    /// Stands in for a figure that the data cannot give.
    pub is_proxy: bool,
    /// Its measures, in order.
    pub measures: &'static [MeasureDef],
    /// The dimensions it can be broken down by.
    pub dims: &'static [&'static str],
    /// The dimensions it always has, in order.
    pub own_dims: &'static [&'static str],
    /// Columns that it computes itself, behind the dimensions.
    pub extra: &'static [(&'static str, ExtraType)],
    /// Its options.
    pub options: &'static [OptionDef],
    /// Takes `--rolling`.
    pub rolling: bool,
    /// The columns without which it cannot be computed.
    pub needs: &'static [Column],
    /// The sides it is made of, the first one being its own fact.
    pub sides: fn(&Options, &Asked<'_>) -> Vec<Fact>,
    /// The columns whose earliest day starts the default interval.
    pub starts: fn(&Options) -> Vec<Column>,
    /// The first day of its facts, where columns alone do not tell it.
    pub first_day: Option<FirstDay>,
    /// The column whose last day ends the default interval; none: as_of.
    pub end: Option<Column>,
    /// Computes it.
    pub compute: fn(&Context<'_, '_>) -> Result<Output, KpiError>,
}

/// What a computed column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtraType {
    /// A civil day.
    Date,
    /// A whole number.
    Integer,
}

impl KpiDef {
    /// Whether the groups of a period add up to its total.
    pub fn is_additive(&self) -> bool {
        self.measures.iter().all(|m| m.kind.adds_up_over_groups())
    }

    /// The tables and columns that it needs and no load has brought; a table without rows is named once.
    pub fn missing(&self, store: &Snapshot) -> Vec<String> {
        let is_there = |(table, column): &Column| {
            store.named(table).is_some_and(|t| t.info.rows > 0 && has_stand_in(t, column))
        };
        let needs: Vec<Column> = self.needs.iter().copied().filter(|need| !is_there(need)).collect();
        lacking(&needs, store)
    }

    /// Its name and version.
    pub fn definition_id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// Those of some columns, and of their tables, that no load has brought; a table without rows is named
/// once.
pub fn lacking(needs: &[Column], store: &Snapshot) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (table, column) in needs {
        let what = match store.named(table).filter(|t| t.info.rows > 0) {
            None => format!("table {table}"),
            Some(found) if found.has_column(column) => continue,
            Some(_) => format!("column {table}.{column}"),
        };
        if !all.contains(&what) {
            all.push(what);
        }
    }
    all
}

/// Whether other columns of a table say what a missing one would.
fn has_stand_in(table: &Table, column: &str) -> bool {
    let of = table.def.position(column).and_then(|at| table.def.columns[at].else_minutes);
    of.is_some_and(|of| table.has_column(of.start) && table.has_column(of.end))
}

/// Every KPI, in the order of the catalogue.
pub const KPIS: &[KpiDef] =
    &joined::<{ platform::KPIS.len() + billing::KPIS.len() }>(platform::KPIS, billing::KPIS);

const fn joined<const ALL: usize>(first: &[KpiDef], second: &[KpiDef]) -> [KpiDef; ALL] {
    let mut all = [first[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < first.len() { first[at] } else { second[at - first.len()] };
        at += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::dims;
    use crate::model::SCHEMA;

    #[test]
    fn the_catalogue_is_sound() {
        for kpi in KPIS {
            assert_eq!(KPIS.iter().filter(|k| k.name == kpi.name).count(), 1, "{}", kpi.name);
            for dim in kpi.dims.iter().chain(kpi.own_dims) {
                assert!(dims::find(kpi.model, dim).is_some(), "{}: {dim}", kpi.name);
            }
            assert!(kpi.own_dims.iter().all(|d| kpi.dims.contains(d)), "{}", kpi.name);
            for (table, column) in kpi.needs {
                assert!(
                    SCHEMA.get(SCHEMA.id(table)).position(column).is_some(),
                    "{}: {table}.{column}",
                    kpi.name
                );
            }
            let has_money = kpi.measures.iter().any(|m| m.kind.is_money());
            assert_eq!(
                has_money,
                kpi.own_dims.contains(&"currency"),
                "{}: money comes with its currency",
                kpi.name
            );
            assert!(!kpi.definition.ends_with('.') && !kpi.question.is_empty(), "{}", kpi.name);
        }
    }
}
