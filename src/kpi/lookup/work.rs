//! How much did queries read?

use std::sync::atomic::{AtomicU64, Ordering};

/// How much was read of the facts.
#[derive(Debug, Default)]
pub struct Work {
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl Work {
    /// Counts rows.
    pub fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    /// Counts bytes of columns.
    pub fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Rows, and bytes of their columns, so far.
    pub fn done(&self) -> (u64, u64) {
        (self.rows.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }
}
