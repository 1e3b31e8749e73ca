//! `quipu completions SHELL`: what a shell needs to complete commands and options.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::args::Cli;
use super::{CliError, Io};

/// The arguments of `quipu completions`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  quipu completions bash > ~/.local/share/bash-completion/completions/quipu
  quipu completions zsh > \"${fpath[1]}/_quipu\"
  quipu completions fish > ~/.config/fish/completions/quipu.fish")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// Prints them.
pub fn run(args: &CompletionsArgs, io: &mut Io<'_>) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "quipu", &mut script);
    io.data(&String::from_utf8_lossy(&script))
}
