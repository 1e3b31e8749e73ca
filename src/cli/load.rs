//! `quipu load PATH...`: export files into the store, as one commit.

use std::path::PathBuf;

use clap::Args;

use super::args::{StoreArgs, words};
use super::{CliError, Io};
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

/// What happens to rows whose key is in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Each is replaced.
    Upsert,
    /// The tables that are loaded are emptied first.
    Replace,
}

impl Mode {
    /// Every mode.
    pub const EVERY: [Mode; 2] = [Mode::Upsert, Mode::Replace];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Mode::Upsert => "upsert",
            Mode::Replace => "replace",
        }
    }
}

/// How many rows of a table may be rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxRejects {
    /// So many.
    Rows(u64),
    /// So many of each 10 000 read: `0.25%` is 25.
    BasisPoints(u32),
}

impl MaxRejects {
    /// Reads `100` or `0.5%`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wanted = || format!("'{text}' is neither a number of rows (100) nor a share of them (0.5%)");
        let Some(percent) = text.strip_suffix('%') else {
            return text.parse().map(MaxRejects::Rows).map_err(|_| wanted());
        };
        let (whole, fraction) = percent.split_once('.').unwrap_or((percent, "0"));
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || whole.len() > 3 || fraction.len() > 2 {
            return Err(wanted());
        }
        let points: u32 = format!("{whole}{fraction:0<2}").parse().map_err(|_| wanted())?;
        if points > 10_000 {
            Err(format!("'{text}' is more than 100%"))
        } else {
            Ok(MaxRejects::BasisPoints(points))
        }
    }

    /// How many rows may be rejected of so many read.
    pub fn allowed(self, rows_read: u64) -> u64 {
        match self {
            MaxRejects::Rows(rows) => rows,
            MaxRejects::BasisPoints(points) => (u128::from(rows_read) * u128::from(points) / 10_000) as u64,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_are_a_number_or_a_share() {
        for (text, of_10_001) in
            [("0", 0), ("100", 100), ("1%", 100), ("0.5%", 50), ("0.25%", 25), ("100%", 10_001)]
        {
            assert_eq!(MaxRejects::parse(text).unwrap().allowed(10_001), of_10_001, "{text}");
        }
        for text in ["", "%", "-1", "1.5", "0.001%", "101%", ".5%", "1.%", "ten"] {
            assert!(MaxRejects::parse(text).is_err(), "{text}");
        }
    }
}
