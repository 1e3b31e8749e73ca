//! The one place with `unsafe`: a file mapped into memory.

use std::fs::File;
use std::path::Path;

use super::error::StoreError;

/// Maps a whole file for reading.
#[allow(unsafe_code)]
pub(super) fn map(path: &Path) -> Result<memmap2::Mmap, StoreError> {
    let file = File::open(path).map_err(StoreError::io(path))?;
    // SAFETY: the files of a store are written once, under a name that no manifest holds yet, and
    // are never changed or cut afterwards; this program opens them for reading alone. Only another
    // program that truncates a file under a running reader can break the mapping.
    unsafe { memmap2::Mmap::map(&file) }.map_err(StoreError::io(path))
}
