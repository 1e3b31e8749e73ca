//! What went wrong, and which exit status says so?

use std::io;

use crate::query::QueryError;
use crate::store::StoreError;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Wrong usage: the message names the flag, says what is allowed and the nearest match.
    #[error("{0}")]
    Usage(String),
    /// Wrong usage of a query.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A load that was refused; nothing was committed.
    #[error("{0}")]
    Refused(String),
    /// A check that failed.
    #[error("{0}")]
    CheckFailed(String),
    /// A store that is missing, damaged or of another format.
    #[error("{0}")]
    Store(String),
    /// Output that could not be written.
    #[error("cannot write to {to}: {error}")]
    Output {
        /// Standard output, or a file.
        to: String,
        /// Why.
        error: io::Error,
    },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing(_) | StoreError::Damaged { .. } | StoreError::Format { .. } => {
                CliError::Store(error.to_string())
            }
            StoreError::Locked(_) | StoreError::Io { .. } => CliError::Other(error.to_string()),
        }
    }
}

impl CliError {
    /// The exit status that stands for it.
    pub fn status(&self) -> i32 {
        match self {
            CliError::Query(QueryError::Store(error)) => match **error {
                StoreError::Locked(_) | StoreError::Io { .. } => 1,
                _ => 5,
            },
            CliError::Usage(_) | CliError::Query(_) => 2,
            CliError::Refused(_) => 3,
            CliError::CheckFailed(_) => 4,
            CliError::Store(_) => 5,
            CliError::Output { .. } | CliError::Other(_) => 1,
        }
    }

    /// Whether the reader of standard output has gone: nobody is left to tell.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, CliError::Output { error, .. } if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
