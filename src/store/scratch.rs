//! A column file that lives no longer than one load: never synced, in no manifest, removed when it is
//! dropped. One that a crash leaves behind is removed by the next commit, as any file that no
//! manifest names.

use std::sync::Arc;

use super::column_file::{ColumnFile, ColumnFileBuilder};
use super::dir::{Access, Dir};
use super::error::StoreError;
use super::snapshot::data_name;

/// A file that is removed when this is dropped.
pub struct Scratch {
    dir: Arc<dyn Dir>,
    name: String,
    bytes: u64,
    rows: u64,
}

impl Scratch {
    /// Writes `folder/stem.run`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(
        dir: &Arc<dyn Dir>,
        folder: &str,
        stem: &str,
        rows: usize,
        file: ColumnFileBuilder,
    ) -> Result<Scratch, StoreError> {
        let parent = data_name(folder);
        dir.make_folder(&parent, Access::Usual).map_err(StoreError::io(dir.path(&parent)))?;
        let name = format!("{parent}/{stem}.run");
        let mut scratch = Scratch { dir: Arc::clone(dir), name, bytes: 0, rows: rows as u64 };
        let written = file.create(dir.as_ref(), &scratch.name);
        (_, scratch.bytes, _) = written.map_err(StoreError::io(dir.path(&scratch.name)))?;
        Ok(scratch)
    }

    /// The file, mapped as long as the caller holds it.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self) -> Result<ColumnFile, StoreError> {
        ColumnFile::open(self.dir.as_ref(), &self.name, self.bytes, self.rows)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind is removed by the next commit.
        let _ = self.dir.remove(&self.name);
    }
}
