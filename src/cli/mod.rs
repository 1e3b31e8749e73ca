//! How does a person ask? Commands, options, messages and exit statuses: one file per command.
//!
//! Invariant: this is the only layer that prints, and it holds no logic: it reads what was typed,
//! calls the layers below and shows what they return. Data goes to standard output, everything meant
//! for people to standard error.

pub mod args;
pub mod bars;
pub mod caret;
pub mod check;
pub mod completions;
pub mod error;
pub mod generate;
pub mod info;
pub mod io;
pub mod kpis;
pub mod load;
mod load_report;
pub mod query;
pub mod schema;
pub mod usage;
pub mod verify;

use std::ffi::OsString;
use std::io::Write;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use args::{Cli, Command};
pub use error::CliError;
pub use io::Io;

/// Runs the command that `args` name, the program's own name first, and gives the exit status:
/// 0 done, 2 wrong usage, 3 load refused, 4 check failed, 5 store missing, damaged or of another
/// format, 1 anything else.
pub fn run<A: Into<OsString> + Clone>(args: &[A], stdout: &mut dyn Write, stderr: &mut dyn Write) -> i32 {
    let color = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    run_with(args, &mut Io { out: stdout, err: stderr, color })
}

/// Runs a command with colours decided.
pub fn run_with<A: Into<OsString> + Clone>(args: &[A], io: &mut Io<'_>) -> i32 {
    let args: Vec<OsString> = args.iter().cloned().map(Into::into).collect();
    let result = match Cli::command().try_get_matches_from(&args).and_then(|m| Cli::from_arg_matches(&m)) {
        Ok(cli) => dispatch(cli.command, io),
        Err(error) if !error.use_stderr() => io.data(&error.render().to_string()),
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            io.note(&error.render().to_string());
            return 2;
        }
        Err(error) => Err(CliError::Usage(usage::explain(&error, &args, &mut Cli::command()))),
    };
    match result {
        Ok(()) => 0,
        // Who closes the pipe has seen enough: `quipu query ... | head`.
        Err(error) if error.is_closed_pipe() => 0,
        Err(error) => {
            io.error(&error);
            error.status()
        }
    }
}

fn dispatch(command: Command, io: &mut Io<'_>) -> Result<(), CliError> {
    match command {
        Command::Load(args) => load::run(&args, io),
        Command::Kpis(args) => kpis::run(&args, io),
        Command::Query(args) => query::run(&args, io),
        Command::Check(args) => check::run(&args, io),
        Command::Info(args) => info::run(&args, io),
        Command::Schema(args) => schema::run(&args, io),
        Command::Verify(args) => verify::run(&args, io),
        Command::Generate(args) => generate::run(&args, io),
        Command::Completions(args) => completions::run(&args, io),
    }
}

#[cfg(test)]
mod tests;
