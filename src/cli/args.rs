//! Which commands are there, and how are their values read?

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, Styles, TypedValueParser};
use clap::{Args, Parser, Subcommand};

use super::{CliError, check, completions, generate, info, kpis, load, query, schema, verify};
use crate::query::request::Format;

/// Exports in, exact KPIs out.
#[derive(Debug, Parser)]
#[command(
    name = "quipu",
    bin_name = "quipu",
    version,
    styles = Styles::plain(),
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "\
Examples:
  quipu load exports/                       read a folder of exports into ./quipu-store
  quipu kpis                                what can be asked
  quipu query mau --last 12m                monthly active users of a year
  quipu query revenue --by plan_type --where \"event_type = 'Renewal'\"

The store is --store, else $QUIPU_STORE, else ./quipu-store.
Exit status: 0 done, 2 wrong usage, 3 load refused, 4 check failed,
5 store missing or damaged, 1 anything else."
)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read export files or folders into the store
    Load(load::LoadArgs),
    /// List the KPIs, or explain one
    Kpis(kpis::KpisArgs),
    /// Answer a question with a figure
    Query(Box<query::QueryArgs>),
    /// Check the rows, what KPIs have to work with, and shipped KPI tables
    Check(check::CheckArgs),
    /// Show what the store holds
    Info(info::InfoArgs),
    /// Show the tables and columns that exports are read into
    Schema(schema::SchemaArgs),
    /// Check every byte of the store
    Verify(verify::VerifyArgs),
    /// Write synthetic exports
    Generate(generate::GenerateArgs),
    /// Print the completions for a shell
    Completions(completions::CompletionsArgs),
}

/// Where the store is.
#[derive(Args, Clone, Debug, Default)]
pub struct StoreArgs {
    /// The folder of the store [default: $QUIPU_STORE, else ./quipu-store]
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
}

impl StoreArgs {
    /// The folder: as typed, else as the environment has it, else here.
    pub fn path(&self) -> PathBuf {
        let set = || std::env::var_os("QUIPU_STORE").filter(|path| !path.is_empty()).map(PathBuf::from);
        self.store.clone().or_else(set).unwrap_or_else(|| PathBuf::from("quipu-store"))
    }

    /// Refuses to write an answer among the files of the store.
    ///
    /// # Errors
    /// When the file lies in the store's folder, or is a link that leads there.
    pub(super) fn keep_out(&self, out: &Path) -> Result<(), CliError> {
        let Ok(store) = self.path().canonicalize() else { return Ok(()) };
        let folder = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // A file that does not exist yet is where its folder is.
        let place = out.canonicalize().or_else(|_| folder.canonicalize());
        if place.is_ok_and(|place| place.starts_with(&store)) {
            let message = format!("--out: {} lies in the store; name a file elsewhere", out.display());
            return Err(CliError::Usage(message));
        }
        Ok(())
    }
}

/// Reads one of the words that name the values of a type.
pub(super) fn words<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(|value| PossibleValue::new(name(*value)))).map(move |typed| {
        let found = all.iter().find(|value| name(**value).eq_ignore_ascii_case(&typed));
        *found.expect("only these words pass")
    })
}

/// The formats of what a command did.
pub(super) const REPORT_FORMATS: &[Format] = &[Format::Table, Format::Json];

/// The formats of lists: what is shown is no result of a query.
pub(super) const LIST_FORMATS: &[Format] = &[Format::Table, Format::Json, Format::Markdown];
