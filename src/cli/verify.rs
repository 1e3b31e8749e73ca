//! `quipu verify`: is every byte of the store as it was written?

use clap::Args;

use super::args::StoreArgs;
use super::{CliError, Io};

/// The arguments of `quipu verify`.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  quipu verify --store /data/quipu-store        exit status 5 when a byte has changed")]
pub struct VerifyArgs {
    /// Where the store is.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Reads every file of the store and compares checksums.
pub fn run(_args: &VerifyArgs, _io: &mut Io<'_>) -> Result<(), CliError> {
    Err(super::error::not_connected("verify"))
}
