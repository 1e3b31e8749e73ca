//! What was typed? The options of a query, read one by one and not yet looked up in any catalogue.
//!
//! Invariant: nothing here has seen a store: names may be unknown, expressions may not parse.

use std::path::PathBuf;

use crate::kpi::{Conversion, Dimension};
use crate::model::Day;

use super::period::{Compare, Grain, Last, PartialDate, WeekStart, parse_word};

/// A query as typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The KPI's name.
    pub kpi: String,
    /// `--every`; none: the KPI's own grain.
    pub every: Option<Grain>,
    /// `--from`
    pub from: Option<PartialDate>,
    /// `--to`, inclusive.
    pub to: Option<PartialDate>,
    /// `--last`
    pub last: Option<Last>,
    /// `--by`: names of dimensions, in the order typed.
    pub by: Vec<String>,
    /// `--where`: an expression.
    pub filter: Option<String>,
    /// `--tag`: `KEY=VALUE` or a tag's whole text; all must hold.
    pub tags: Vec<String>,
    /// `--group`: names of reporting groups; all must hold.
    pub groups: Vec<String>,
    /// `--users`: expressions; all must hold.
    pub users: Vec<String>,
    /// `--tz`: a zone's name; none: UTC. A few KPIs also know `organization`.
    pub tz: Option<String>,
    /// `--convert` with `--rates`: what amounts are turned into, and what they are worth.
    pub conversion: Option<Conversion>,
    /// `--week-start`
    pub week_start: WeekStart,
    /// `--fiscal-start`: the month (1-12) in which years start; none: January.
    pub fiscal_start: Option<u32>,
    /// `--as-of`
    pub as_of: Option<Day>,
    /// `--rolling`, in days.
    pub rolling_days: Option<u32>,
    /// `--compare`
    pub compare: Option<Compare>,
    /// `--cumulative`
    pub cumulative: bool,
    /// `--top`
    pub top: Option<usize>,
    /// `--totals`
    pub totals: bool,
    /// `--no-fill`: no rows for empty periods.
    pub no_fill: bool,
    /// `-o name=value`, in the order typed.
    pub options: Vec<(String, String)>,
    /// `--threads`; none: as many as there are processors.
    pub threads: Option<usize>,
    /// `--show-pii`: personal data unmasked.
    pub show_pii: bool,
    /// `--format`
    pub format: Format,
    /// `--out`: the file to write to; none: standard output.
    pub out: Option<PathBuf>,
    /// `--timing`
    pub timing: bool,
}

impl Request {
    /// Whether figures of several values of a dimension are never put together: those of currencies, as
    /// long as they are not turned into one.
    pub fn keeps_apart(&self, dimension: &Dimension) -> bool {
        dimension.def.name == "currency" && self.conversion.is_none()
    }
}

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For reading in a terminal.
    #[default]
    Table,
    /// For spreadsheets.
    Csv,
    /// For programs; the contract.
    Json,
    /// For documents.
    Markdown,
}

impl Format {
    /// Every format.
    pub const EVERY: [Format; 4] = [Format::Table, Format::Csv, Format::Json, Format::Markdown];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Markdown => "markdown",
        }
    }

    /// Reads the word for it.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse_word(text, &Format::EVERY, Format::name)
    }
}
