//! The one place with `unsafe`: a file mapped into memory.

use std::fs::File;
use std::io;
use std::path::Path;

/// A mapped file.
pub type Mapping = memmap2::Mmap;

/// Maps a whole file for reading.
#[allow(unsafe_code)]
pub(super) fn map(path: &Path) -> io::Result<Mapping> {
    let file = File::open(path)?;
    // SAFETY: the files of a store are written once, under a name that no manifest holds yet, and
    // are never changed or cut afterwards; this program opens them for reading alone. Only another
    // program that truncates a file under a running reader can break the mapping.
    unsafe { memmap2::Mmap::map(&file) }
}
