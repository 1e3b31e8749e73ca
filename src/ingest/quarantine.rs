//! The records that a load put aside, in a CSV file that only the owner may read.
//!
//! Invariant: no personal data, and nothing that a spreadsheet would run.

use std::sync::Arc;

use super::error::IngestError;
use super::fault::{Fault, Hidden};
use crate::model::TableDef;
use crate::model::formula::is_formula;
use crate::model::mask::mask;
use crate::store::StoreError;
use crate::store::dir::{Access, Dir, OpenFile};

/// What stands in the place of a line with personal data.
const MASK: &str = "•••";

const FOLDER: &str = "quarantine";

/// Collects the quarantined records of a load.
pub struct Quarantine {
    /// None: the records are only counted.
    dir: Option<Arc<dyn Dir>>,
    load_id: u64,
    out: Option<(String, csv::Writer<Box<dyn OpenFile>>)>,
}

impl Quarantine {
    /// Nothing put aside yet; the file is made with the first record.
    pub fn new(dir: &Arc<dyn Dir>, load_id: u64) -> Self {
        Quarantine { dir: Some(Arc::clone(dir)), load_id, out: None }
    }

    /// For a load that must leave nothing behind.
    pub fn nowhere() -> Self {
        Quarantine { dir: None, load_id: 0, out: None }
    }

    /// Makes the file, under a name that no earlier load has used.
    fn open(dir: &dyn Dir, load_id: u64) -> Result<(String, csv::Writer<Box<dyn OpenFile>>), IngestError> {
        dir.make_folder(FOLDER, Access::Private).map_err(StoreError::io(dir.path(FOLDER)))?;
        let stamp = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let stem = format!("{FOLDER}/load-{load_id:08}-{}", stamp.as_secs());
        let mut name = format!("{stem}.csv");
        for again in 2.. {
            if !dir.exists(&name).map_err(StoreError::io(dir.path(&name)))? {
                break;
            }
            name = format!("{stem}-{again}.csv");
        }
        let file = dir.create(&name, Access::Private).map_err(StoreError::io(dir.path(&name)))?;
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
        out.write_record(head).map_err(|e| StoreError::io(dir.path(&name))(e.into()))?;
        Ok((name, out))
    }

    /// Puts a record aside.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, def: &TableDef, file: &str, fault: &Fault) -> Result<(), IngestError> {
        let Some(dir) = &self.dir else { return Ok(()) };
        let (name, out) = match &mut self.out {
            Some(open) => open,
            None => self.out.insert(Self::open(dir.as_ref(), self.load_id)?),
        };
        let column = fault.column.unwrap_or_default();
        let is_pii = def.columns.iter().any(|c| c.pii && c.name == column);
        let value = if is_pii { mask(&fault.value) } else { fault.value.clone() };
        let record: [Vec<u8>; 10] = [
            self.load_id.to_string().into(),
            def.name.into(),
            disarmed(file.into()),
            fault.line.to_string().into(),
            fault.byte_offset.to_string().into(),
            column.into(),
            fault.reason.code().into(),
            fault.reason.text().into(),
            disarmed(value.into()),
            disarmed(shown_raw(fault)),
        ];
        out.write_record(&record).map_err(|e| StoreError::io(dir.path(name))(e.into()))?;
        Ok(())
    }

    /// Closes the file and tells where it is; none when nothing was put aside.
    ///
    /// # Errors
    /// When the last records cannot be written.
    pub fn finish(self) -> Result<Option<String>, IngestError> {
        let (Some(dir), Some((name, mut out))) = (self.dir, self.out) else { return Ok(None) };
        let path = dir.path(&name);
        out.flush().map_err(StoreError::io(&path))?;
        Ok(Some(path.display().to_string()))
    }
}

/// The record without the parts that are not to be shown.
fn shown_raw(fault: &Fault) -> Vec<u8> {
    let cells = match &fault.hidden {
        Hidden::Nothing => return fault.raw.clone(),
        Hidden::All => return MASK.into(),
        Hidden::Cells(cells) => cells,
    };
    let mut shown = Vec::with_capacity(fault.raw.len());
    let mut at = 0;
    for cell in cells {
        let (start, end) = (cell.start.min(fault.raw.len()), cell.end.min(fault.raw.len()));
        shown.extend_from_slice(&fault.raw[at..start]);
        shown.extend_from_slice(mask(&String::from_utf8_lossy(&fault.raw[start..end])).as_bytes());
        at = end;
    }
    shown.extend_from_slice(&fault.raw[at..]);
    shown
}

/// A text that a spreadsheet would take for a formula, with a `'` before it; a number stays as it is.
fn disarmed(mut text: Vec<u8>) -> Vec<u8> {
    let is_number = text.iter().all(|b| b.is_ascii_digit() || b"+-.".contains(b));
    if is_formula(&text) && !is_number {
        text.insert(0, b'\'');
    }
    text
}
