//! A column file that lives no longer than one load: never synced, in no manifest, removed when it is
//! dropped. One that a crash leaves behind is removed by the next commit, as any file that no
//! manifest names.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::column_file::{ColumnFile, ColumnFileBuilder};
use super::error::StoreError;
use super::snapshot::data_path;

/// A file that is removed when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    bytes: u64,
    rows: u64,
}

impl Scratch {
    /// Writes `folder/stem.run`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(
        dir: &Path,
        folder: &str,
        stem: &str,
        rows: usize,
        file: ColumnFileBuilder,
    ) -> Result<Scratch, StoreError> {
        let parent = data_path(dir, folder);
        fs::create_dir_all(&parent).map_err(StoreError::io(&parent))?;
        let mut scratch = Scratch { path: parent.join(format!("{stem}.run")), bytes: 0, rows: rows as u64 };
        let io = |e| StoreError::io(&scratch.path)(e);
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&scratch.path).map_err(io)?);
        let (bytes, _) = file.write(&mut out).map_err(io)?;
        out.into_inner().map_err(|e| io(e.into_error()))?;
        scratch.bytes = bytes;
        Ok(scratch)
    }

    /// The file, mapped as long as the caller holds it.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self) -> Result<ColumnFile, StoreError> {
        ColumnFile::open(&self.path, self.bytes, self.rows)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind is removed by the next commit.
        let _ = fs::remove_file(&self.path);
    }
}
