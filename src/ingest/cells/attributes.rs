//! Attributes: JSON of a shape that can be read, kept as its text.

use crate::ingest::fault::Reason;
use crate::model::attributes;

/// Checks a trimmed cell.
pub fn check(cell: &[u8]) -> Result<(), Reason> {
    let text = std::str::from_utf8(cell).map_err(|_| Reason::NotAttributes)?;
    attributes::read(text).map(|_| ()).ok_or(Reason::NotAttributes)
}
