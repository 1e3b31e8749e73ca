//! Does every byte of a store say what was written?

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::column_file::ColumnFile;
use super::dir::{Dir, RealDir};
use super::error::StoreError;
use super::manifest::FileRef;
use super::snapshot::{Snapshot, data_name};

/// What was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Files read.
    pub files: u64,
    /// Bytes hashed.
    pub bytes: u64,
}

/// Reads every byte of the store at a path.
///
/// # Errors
/// As [`verify_in`].
pub fn verify(path: &Path) -> Result<Verified, Vec<StoreError>> {
    verify_in(&(Arc::new(RealDir::new(path)) as Arc<dyn Dir>))
}

/// Reads every file of the snapshot in force and of the one before it, and compares it with its
/// manifest.
///
/// # Errors
/// One error per damaged file.
pub fn verify_in(dir: &Arc<dyn Dir>) -> Result<Verified, Vec<StoreError>> {
    let snapshot = Snapshot::open_in(dir).map_err(|e| vec![e])?;
    let before = snapshot.before().map_err(|e| vec![e])?;
    let mut files: Vec<&FileRef> = snapshot.manifest.files().collect();
    files.extend(before.iter().flat_map(|s| s.manifest.files()));
    files.sort_unstable_by_key(|f| &f.name);
    files.dedup();
    let errors: Vec<StoreError> =
        files.par_iter().filter_map(|f| verify_file(dir.as_ref(), f).err()).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let bytes = files.iter().map(|f| f.bytes).sum();
    Ok(Verified { files: files.len() as u64 + 1 + u64::from(before.is_some()), bytes })
}

/// Compares one file with its manifest entry.
///
/// # Errors
/// When it differs in any byte.
pub fn verify_file(dir: &dyn Dir, file: &FileRef) -> Result<(), StoreError> {
    let open = ColumnFile::open(dir, &data_name(&file.name), file.bytes, file.rows)?;
    open.check_header(&file.hash)?;
    open.check_content()
}
