//! `quipu generate`: synthetic exports, at any scale.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::words;
use super::bars::GenerateBar;
use super::{CliError, Io};
use crate::generate::{self, MEETINGS_PER_USER_MAX, MONTHS_MAX, Models, Options, USERS_MAX};
use crate::report::cells::thousands;
use crate::report::grid::Grid;

/// Other files of a folder that are named in a message.
const NAMED_MAX: usize = 3;

/// The arguments of `quipu generate`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  quipu generate --users 1000 --out exports/
  quipu generate --model platform --users 1000000 --seed 7 --out exports/
  quipu generate --model both --users 20000 --months 36 --out exports/

The same numbers give the same files, on any machine.")]
pub struct GenerateArgs {
    /// The folder to write to; exports of the same names are overwritten
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The tables to write
    #[arg(long, value_parser = words(&Models::EVERY, Models::name), default_value = "platform", ignore_case = true)]
    pub model: Models,
    /// How many users of the platform, subscribers of the billing model; every other table grows with them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=USERS_MAX), default_value = "1000")]
    pub users: u64,
    /// Another number gives another population of the same shape
    #[arg(long, value_name = "K", default_value = "1")]
    pub seed: u64,
    /// The months covered, the last being December 2025
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MONTHS_MAX)), default_value = "24")]
    pub months: u32,
    /// Meetings per user of the platform over all months, on average
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MEETINGS_PER_USER_MAX)), default_value = "20")]
    pub meetings_per_user: u32,
}

/// Writes the exports.
pub fn run(args: &GenerateArgs, io: &mut Io<'_>) -> Result<(), CliError> {
    only_exports(&args.out)?;
    let options = Options {
        users: args.users,
        seed: args.seed,
        out: args.out.clone(),
        months: args.months,
        meetings_per_user: args.meetings_per_user,
    };
    let bar = GenerateBar::new();
    let summary = generate::exports(args.model, &options, &mut |progress| bar.advance(&progress));
    bar.finish();
    let summary = summary.map_err(|error| CliError::Output { to: args.out.display().to_string(), error })?;
    let mut grid = Grid::new().left("table").right("rows").right("bytes");
    for (table, rows, bytes) in summary.tables {
        grid.row(vec![table.into(), thousands(&rows.to_string()), thousands(&bytes.to_string())]);
    }
    io.data(&grid.text())
}

/// Refuses a folder that holds anything but exports of an earlier run.
fn only_exports(out: &Path) -> Result<(), CliError> {
    let wrong = |why: String| CliError::Usage(format!("--out: {} {why}", out.display()));
    let entries = match std::fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(wrong(format!("cannot be written to: {error}"))),
    };
    let ours = |name: &str| {
        let mut tables = generate::platform_headers().into_iter().chain(generate::billing_headers());
        tables.any(|(table, _)| name == format!("{table}.csv"))
    };
    let mut others: Vec<String> = entries
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|n| !ours(n))
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    others.sort();
    let more = if others.len() > NAMED_MAX { ", ..." } else { "" };
    others.truncate(NAMED_MAX);
    Err(wrong(format!("holds other files ({}{more}); name an empty or a new folder", others.join(", "))))
}
