//! `quipu check`: can the figures be trusted?

use clap::Args;

use super::args::{StoreArgs, words};
use super::query::whole_day;
use super::{CliError, Io};
use crate::check::{Request, check};
use crate::model::Day;
use crate::query::request::Format;
use crate::report;
use crate::store::Snapshot;

/// The arguments of `quipu check`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  quipu check                               rules about the rows, and what each KPI has to work with
  quipu check --reconcile --format csv      also shipped KPI tables against the rows, line by line
  quipu check --as-of 2025-06-30            what is dated much later is a mistyped date
  quipu check --list                        the rules

Exit status 4 when a rule of error severity is broken or a shipped line differs; notices never fail.

json: snapshot, engine, as_of, tz, failed, rules (name, severity, status, findings with on, rows,
faulty, kpis, samples), kpis (name, status, lacks, assumptions), shipped (null without --reconcile).
csv: a record per rule and place, sample, kpi, table and line; the column 'check' says which.
Instants are shown in UTC, amounts as text, personal data masked.")]
pub struct CheckArgs {
    /// Compare the KPI tables that were shipped with figures computed from the rows
    #[arg(long)]
    pub reconcile: bool,
    /// The zone in which instants have days, by its IANA name [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// The day up to which things are taken to have happened [default: the last day with data]
    #[arg(long, value_name = "DATE", value_parser = whole_day)]
    pub as_of: Option<Day>,
    /// Faulty rows to show for each rule and place
    #[arg(long, value_name = "N", default_value = "3")]
    pub samples: usize,
    /// Show personal data unmasked
    #[arg(long)]
    pub show_pii: bool,
    /// List the rules; no store is needed
    #[arg(long, conflicts_with_all = ["reconcile", "tz", "as_of", "show_pii"])]
    pub list: bool,
    /// Where the store is.
    #[command(flatten)]
    pub store: StoreArgs,
    /// How to write it
    #[arg(long, value_name = "FORMAT", value_parser = words(&Format::EVERY, Format::name), default_value = "table", ignore_case = true)]
    pub format: Format,
}

impl CheckArgs {
    fn request(&self) -> Request {
        Request {
            tz: self.tz.clone(),
            as_of: self.as_of,
            reconcile: self.reconcile,
            samples_max: self.samples,
            show_pii: self.show_pii,
        }
    }
}

/// Checks the store.
pub fn run(args: &CheckArgs, io: &mut Io<'_>) -> Result<(), CliError> {
    if args.list {
        return io.data(&report::check::rules(args.format));
    }
    let snapshot = Snapshot::open(&args.store.path())?;
    let checked = check(&snapshot, &args.request())?;
    io.data(&report::check::render(&checked, args.format))?;
    let summary = report::check::summary(&checked);
    if checked.has_failed() {
        return Err(CliError::CheckFailed(format!("the check failed: {summary}")));
    }
    io.note(&format!("{summary}\n"));
    Ok(())
}
