//! `quipu info`: what the store holds.

use clap::Args;

use super::args::{LIST_FORMATS, StoreArgs, words};
use super::{CliError, Io};
use crate::query::request::Format;

/// The arguments of `quipu info`.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  quipu info --store /data/quipu-store --format json")]
pub struct InfoArgs {
    /// Where the store is.
    #[command(flatten)]
    pub store: StoreArgs,
    /// How to write it
    #[arg(long, value_parser = words(LIST_FORMATS, Format::name), default_value = "table", ignore_case = true)]
    pub format: Format,
}

/// Prints what the store holds.
pub fn run(_args: &InfoArgs, _io: &mut Io<'_>) -> Result<(), CliError> {
    Err(super::error::not_connected("info"))
}
