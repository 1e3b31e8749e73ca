//! The records that a load put aside, in a CSV file that only the owner may read.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::IngestError;
use super::fault::Fault;
use crate::model::TableDef;
use crate::model::mask::mask;
use crate::store::StoreError;

/// What stands in the place of a line with personal data.
const MASK: &str = "•••";

/// Collects the quarantined records of a load.
pub struct Quarantine {
    /// None: the records are only counted.
    path: Option<PathBuf>,
    load_id: u64,
    out: Option<csv::Writer<File>>,
}

impl Quarantine {
    /// Nothing put aside yet; the file is made with the first record.
    pub fn new(store: &Path, load_id: u64) -> Self {
        let stamp = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let name = format!("load-{load_id:08}-{}.csv", stamp.as_secs());
        Quarantine { path: Some(store.join("quarantine").join(name)), load_id, out: None }
    }

    /// For a load that must leave nothing behind.
    pub fn nowhere() -> Self {
        Quarantine { path: None, load_id: 0, out: None }
    }

    /// Makes the file, under another name when there is one of this name: what stands there, be it a
    /// link, is neither followed nor written over.
    fn open(path: &mut PathBuf) -> Result<csv::Writer<File>, IngestError> {
        let folder = path.parent().expect("the file lies in a folder").to_path_buf();
        let make_folder = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        make_folder.map_err(StoreError::io(&folder))?;
        let stem = path.file_stem().expect("the file has a name").to_string_lossy().into_owned();
        let mut again = 0;
        let file = loop {
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&*path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    again += 1;
                    path.set_file_name(format!("{stem}-{again}.csv"));
                }
                made => break made.map_err(StoreError::io(&*path))?,
            }
        };
        let mut out = csv::Writer::from_writer(file);
        let head = [
            "load_id",
            "table",
            "file",
            "line",
            "byte_offset",
            "column",
            "reason",
            "explanation",
            "value",
            "raw",
        ];
        out.write_record(head).map_err(|e| StoreError::io(&*path)(e.into()))?;
        Ok(out)
    }

    /// Puts a record aside.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, def: &TableDef, file: &str, fault: &Fault) -> Result<(), IngestError> {
        let Some(path) = &mut self.path else { return Ok(()) };
        let out = match &mut self.out {
            Some(out) => out,
            None => self.out.insert(Self::open(path)?),
        };
        let column = fault.column.unwrap_or_default();
        let has_pii = def.columns.iter().any(|c| c.pii);
        let is_pii = def.columns.iter().any(|c| c.pii && c.name == column);
        let value = if is_pii { mask(&fault.value) } else { fault.value.clone() };
        // A faulty line cannot be told apart into cells for certain, so that the line of a table with
        // personal data is not kept; file and line number lead back to it.
        let raw = if has_pii { MASK.as_bytes().to_vec() } else { fault.raw.clone() };
        let record: [Vec<u8>; 10] = [
            self.load_id.to_string().into(),
            def.name.into(),
            file.into(),
            fault.line.to_string().into(),
            fault.byte_offset.to_string().into(),
            column.into(),
            fault.reason.code().into(),
            fault.reason.text().into(),
            value.into(),
            raw,
        ];
        out.write_record(&record).map_err(|e| StoreError::io(&*path)(e.into()))?;
        Ok(())
    }

    /// Closes the file and tells where it is; none when nothing was put aside.
    ///
    /// # Errors
    /// When the last records cannot be written.
    pub fn finish(self) -> Result<Option<String>, IngestError> {
        let (Some(path), Some(mut out)) = (self.path, self.out) else { return Ok(None) };
        out.flush().map_err(StoreError::io(&path))?;
        Ok(Some(path.display().to_string()))
    }
}
