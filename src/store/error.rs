//! What can be wrong with a store.

use std::path::PathBuf;

/// An error of the store; its text names the file and says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no store at the path.
    #[error("no store at {}: load exports first with `quipu load PATH --store {}`", .0.display(), .0.display())]
    Missing(PathBuf),
    /// A file does not hold what its manifest or header promises.
    #[error("the store is damaged: {}: {what}; `quipu verify` lists every damaged file, and loading the exports into a new store repairs it", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, with both values.
        what: String,
    },
    /// The store was written in another format.
    #[error("{} has store format {found}; this quipu reads format {expected}: load the exports into a new store", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u32,
        /// The version that this program reads.
        expected: u32,
    },
    /// Another loader is at work.
    #[error("another load holds the store {}: wait for it to end, then try again", .0.display())]
    Locked(PathBuf),
    /// The operating system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Its reason.
        source: std::io::Error,
    },
}

impl StoreError {
    /// An I/O error on a path.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> StoreError {
        let path = path.into();
        move |source| StoreError::Io { path, source }
    }

    /// A file that cannot be read and that the store must have.
    pub fn unreadable(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> StoreError {
        let path = path.into();
        move |source| match source.kind() {
            std::io::ErrorKind::NotFound => StoreError::damaged(path, "it is missing"),
            std::io::ErrorKind::IsADirectory => StoreError::damaged(path, "it is not a file"),
            _ => StoreError::Io { path, source },
        }
    }

    /// Damage in a file.
    pub fn damaged(path: impl Into<PathBuf>, what: impl Into<String>) -> StoreError {
        StoreError::Damaged { path: path.into(), what: what.into() }
    }
}
