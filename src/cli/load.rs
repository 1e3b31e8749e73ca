//! `quipu load PATH...`: export files into the store, as one commit.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::args::{REPORT_FORMATS, StoreArgs, words};
use super::bars::LoadBar;
use super::load_report;
use super::{CliError, Io};
use crate::ingest::load::{self, LoadOptions, Loaded, MaxRejects, Mode};
use crate::ingest::report::LoadReport;
use crate::ingest::{IngestError, Mapping};
use crate::model::Zone;
use crate::query::request::Format;
use crate::report::cells::escape_controls;

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
    /// With --mode replace: an export without rows empties its table
    #[arg(long)]
    pub allow_empty: bool,
    /// Refuse the load when a single row is rejected (--max-rejects 0)
    #[arg(long, conflicts_with = "max_rejects")]
    pub strict: bool,
    /// Refuse the load when more rows of a table are rejected, as a number or in percent [default: 1%]
    #[arg(long, value_name = "N|P%", value_parser = MaxRejects::parse)]
    pub max_rejects: Option<MaxRejects>,
    /// The zone of timestamps that name none [default: the mapping's, else UTC]
    #[arg(long, value_name = "ZONE", value_parser = Zone::parse_or_offset)]
    pub source_tz: Option<Zone>,
    /// Read and report, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How to write the report
    #[arg(long, value_parser = words(REPORT_FORMATS, Format::name), default_value = "table", ignore_case = true)]
    pub format: Format,
}

impl LoadArgs {
    /// How many rows of a table may be rejected.
    pub fn max_rejects(&self) -> MaxRejects {
        if self.strict {
            MaxRejects::Rows(0)
        } else {
            self.max_rejects.unwrap_or(MaxRejects::BasisPoints(100))
        }
    }

    fn options(&self) -> Result<LoadOptions, CliError> {
        Ok(LoadOptions {
            paths: self.paths.clone(),
            store: self.store.path(),
            mapping: self.mapping.as_deref().map(mapping_text).transpose()?,
            mode: self.mode,
            max_rejects: self.max_rejects(),
            source_tz: self.source_tz.clone(),
            allow_empty: self.allow_empty,
            dry_run: self.dry_run,
        })
    }
}

/// The mapping's text, checked here so that a message can name the file.
fn mapping_text(path: &Path) -> Result<String, CliError> {
    let wrong = |why: String| CliError::Usage(format!("--mapping: {}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    match Mapping::from_toml(&text) {
        Ok(_) => Ok(text),
        Err(IngestError::Mapping(why)) => Err(wrong(why)),
        Err(other) => Err(wrong(other.to_string())),
    }
}

/// Loads the files.
pub fn run(args: &LoadArgs, io: &mut Io<'_>) -> Result<(), CliError> {
    let options = args.options()?;
    let failed = |error| explained(error, &args.paths);
    let found = load::survey(&options).map_err(failed)?;
    let bar = LoadBar::new(found.files.iter().map(|file| file.bytes).sum());
    let loaded = load::load(&options, &bar);
    bar.finish();
    let loaded = loaded.map_err(failed)?;
    let written = io.data(&match args.format {
        Format::Json => json(&loaded, args.dry_run),
        _ => load_report::text(&loaded.report, args.dry_run, !loaded.refused.is_empty()),
    });
    for file in loaded.report.tables.iter().flat_map(|t| &t.files).filter(|f| f.is_header_only()) {
        io.warning(&format!("{} has a header and no record", escape_controls(&file.name)));
    }
    for warning in &loaded.warnings {
        io.warning(warning);
    }
    match loaded.refused.as_slice() {
        [] => {}
        [why] => return Err(CliError::Refused(format!("nothing was loaded: {why}"))),
        several => {
            return Err(CliError::Refused(format!("nothing was loaded:\n  {}", several.join("\n  "))));
        }
    }
    match written {
        // The commit stands, whether or not its report is seen.
        Err(error) if !args.dry_run && !error.is_closed_pipe() => {
            io.warning(&format!("the load is done, but {error}"));
            Ok(())
        }
        other => other,
    }
}

/// The error with the exit status that is meant for it.
fn explained(error: IngestError, given: &[PathBuf]) -> CliError {
    match error {
        IngestError::Store(error) => error.into(),
        IngestError::Refused { .. } | IngestError::DateOrder { .. } | IngestError::TooMany { .. } => {
            CliError::Refused(format!("nothing was loaded: {error}"))
        }
        IngestError::Mapping(_) => CliError::Usage(error.to_string()),
        IngestError::Io { ref path, ref source }
            if source.kind() == ErrorKind::NotFound && given.contains(path) =>
        {
            CliError::Usage(format!(
                "there is no file or folder {}",
                escape_controls(&path.to_string_lossy())
            ))
        }
        IngestError::Io { .. } | IngestError::Sink(_) => CliError::Other(error.to_string()),
    }
}

#[derive(Serialize)]
struct LoadJson<'a> {
    committed: bool,
    dry_run: bool,
    refused: &'a [String],
    warnings: &'a [String],
    #[serde(flatten)]
    report: &'a LoadReport,
}

fn json(loaded: &Loaded, dry_run: bool) -> String {
    let text = serde_json::to_string_pretty(&LoadJson {
        committed: !dry_run && loaded.refused.is_empty() && loaded.report.has_new_files(),
        dry_run,
        refused: &loaded.refused,
        warnings: &loaded.warnings,
        report: &loaded.report,
    });
    text.expect("texts, numbers and lists of them always serialise") + "\n"
}
