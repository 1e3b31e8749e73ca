//! Why could a figure not be computed?

use crate::store::StoreError;

/// An error of a computation.
#[derive(Debug, thiserror::Error)]
pub enum KpiError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was asked cannot be computed.
    #[error("{0}")]
    Usage(String),
}
