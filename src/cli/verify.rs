//! `quipu verify`: is every byte of the store as it was written?

use clap::Args;

use super::args::StoreArgs;
use super::{CliError, Io};
use crate::report::cells::thousands;
use crate::store::verify::verify;

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
pub fn run(args: &VerifyArgs, io: &mut Io<'_>) -> Result<(), CliError> {
    match verify(&args.store.path()) {
        Ok(done) => {
            let (files, bytes) = (thousands(&done.files.to_string()), thousands(&done.bytes.to_string()));
            io.data(&format!("{files} files with {bytes} bytes are as they were written\n"))
        }
        Err(errors) => {
            let mut errors: Vec<CliError> = errors.into_iter().map(CliError::from).collect();
            errors.sort_by_key(ToString::to_string);
            let text = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nerror: ");
            // A file that cannot be read is not as it was written either.
            Err(CliError::Store(text))
        }
    }
}
