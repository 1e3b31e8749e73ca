//! `quipu generate`: synthetic exports, at any scale.

use std::path::PathBuf;

use clap::Args;

use super::args::words;
use super::{CliError, Io};

/// The arguments of `quipu generate`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  quipu generate --users 1000 --out exports/
  quipu generate --model platform --users 1000000 --seed 7 --out exports/

The same numbers give the same files, on any machine.")]
pub struct GenerateArgs {
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The tables to write
    #[arg(long, value_parser = words(&Models::EVERY, Models::name), default_value = "both", ignore_case = true)]
    pub model: Models,
    /// How many users, or subscribers; every other table grows with them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), default_value = "1000")]
    pub users: u64,
    /// Another number gives another population of the same shape
    #[arg(long, value_name = "K", default_value = "1")]
    pub seed: u64,
}

/// Which models' tables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Models {
    /// Those of the video platform.
    Platform,
    /// Those of the subscription business.
    Billing,
    /// All.
    Both,
}

impl Models {
    /// Every choice.
    pub const EVERY: [Models; 3] = [Models::Platform, Models::Billing, Models::Both];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Models::Platform => "platform",
            Models::Billing => "billing",
            Models::Both => "both",
        }
    }
}

/// Writes the exports.
pub fn run(_args: &GenerateArgs, _io: &mut Io<'_>) -> Result<(), CliError> {
    Err(super::error::not_connected("generate"))
}
