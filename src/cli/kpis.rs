//! `quipu kpis [KPI]`: what can be asked, and what one figure means.

use clap::Args;

use super::args::{LIST_FORMATS, StoreArgs, words};
use super::{CliError, Io};
use crate::query::request::Format;

/// The arguments of `quipu kpis`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  quipu kpis                    all of them, and which the store has the data for
  quipu kpis mrr                definition, measures, dimensions and options of one")]
pub struct KpisArgs {
    /// A KPI
    #[arg(value_name = "KPI")]
    pub kpi: Option<String>,
    /// Where the store is.
    #[command(flatten)]
    pub store: StoreArgs,
    /// How to write it
    #[arg(long, value_parser = words(LIST_FORMATS, Format::name), default_value = "table", ignore_case = true)]
    pub format: Format,
}

/// Prints the catalogue, or one KPI.
pub fn run(_args: &KpisArgs, _io: &mut Io<'_>) -> Result<(), CliError> {
    Err(super::error::not_connected("kpis"))
}
