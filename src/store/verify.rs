//! Does every byte of a snapshot say what was written?

use std::path::Path;

use rayon::prelude::*;

use super::column_file::ColumnFile;
use super::error::StoreError;
use super::manifest::FileRef;
use super::snapshot::{Snapshot, data_path};

/// What was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Files read.
    pub files: u64,
    /// Bytes hashed.
    pub bytes: u64,
}

/// Reads every file of the snapshot in force and compares it with its manifest.
///
/// # Errors
/// One error per damaged file.
pub fn verify(dir: &Path) -> Result<Verified, Vec<StoreError>> {
    let snapshot = Snapshot::open(dir).map_err(|e| vec![e])?;
    let files: Vec<&FileRef> = snapshot.manifest.files().collect();
    let errors: Vec<StoreError> = files.par_iter().filter_map(|f| verify_file(dir, f).err()).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let bytes = files.iter().map(|f| f.bytes).sum();
    Ok(Verified { files: files.len() as u64 + 1, bytes })
}

/// Compares one file with its manifest entry.
///
/// # Errors
/// When it differs in any byte.
pub fn verify_file(dir: &Path, file: &FileRef) -> Result<(), StoreError> {
    let path = data_path(dir, &file.name);
    ColumnFile::open(&path, file.bytes, file.rows)?.check_content(&file.hash)
}
