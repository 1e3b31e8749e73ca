//! `quipu load PATH...`: export files into the store, as one commit.

use std::path::PathBuf;

use clap::Args;

use super::args::{StoreArgs, words};
use super::{CliError, Io};
use crate::ingest::load::{MaxRejects, Mode};
use crate::model::Zone;

/// The arguments of `quipu load`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  quipu load exports/                               every file in it that names a table
  quipu load users.csv meetings-2025-*.csv.gz
  quipu load --dry-run --strict exports/            would it load without a fault?
  quipu load --mapping crm.toml --source-tz Europe/Oslo crm/

A file is matched to a table by its name, a header to a column: see 'quipu schema'.
Rows that cannot be read go to quarantine; the rest loads, or nothing when they are too many.")]
pub struct LoadArgs {
    /// Export files or folders
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Where the store is.
    #[command(flatten)]
    pub store: StoreArgs,
    /// How files, headers and values are to be read (TOML); kept for later loads
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// What happens to rows whose key is in the store: replaced one by one, or the tables emptied first
    #[arg(long, value_parser = words(&Mode::EVERY, Mode::name), default_value = "upsert", ignore_case = true)]
    pub mode: Mode,
    /// Refuse the load when a single row is rejected (--max-rejects 0)
    #[arg(long, conflicts_with = "max_rejects")]
    pub strict: bool,
    /// Refuse the load when more rows of a table are rejected, as a number or in percent [default: 1%]
    #[arg(long, value_name = "N|P%", value_parser = MaxRejects::parse)]
    pub max_rejects: Option<MaxRejects>,
    /// The zone of timestamps that name none [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = Zone::parse)]
    pub source_tz: Option<Zone>,
    /// Read and report, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl LoadArgs {
    /// How many rows of a table may be rejected.
    pub fn max_rejects(&self) -> MaxRejects {
        if self.strict { MaxRejects::Rows(0) } else { self.max_rejects.unwrap_or(MaxRejects::BasisPoints(100)) }
    }
}

/// Loads the files.
pub fn run(args: &LoadArgs, _io: &mut Io<'_>) -> Result<(), CliError> {
    let _allowed = args.max_rejects();
    Err(super::error::not_connected("load"))
}
