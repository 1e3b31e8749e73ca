//! How much may a load hold in memory, and how far do ids and row numbers reach?

use super::error::IngestError;
use crate::model::TableDef;

/// Bounds of a load. They decide how it works, never what comes out.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rows of a table in memory, in bytes; what is more waits on disk.
    pub run_bytes: usize,
    /// Ids of a table, and rows of one that are written at once: each has a number of 32 bits, of
    /// which the last stands for none.
    pub numbers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { run_bytes: 128 << 20, numbers: u32::MAX as usize }
    }
}

impl Limits {
    /// # Errors
    /// When there are more ids or rows of a table than have a number.
    pub(super) fn check(&self, def: &TableDef, what: &'static str, count: usize) -> Result<(), IngestError> {
        if count <= self.numbers {
            return Ok(());
        }
        Err(IngestError::TooMany { table: def.name, what, limit: self.numbers })
    }
}
