//! How do pieces made in parallel become files?
//!
//! Pieces are made a batch at a time while the batch before is written, in order. Invariant: at
//! most two batches are in memory, so that the memory needed does not grow with the table.

use super::Progress;
use super::csv::Rows;
use rayon::prelude::*;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Pieces of a batch: enough to keep a few dozen threads busy.
const BATCH: usize = 32;

/// Units of progress in one call of [`in_order`].
const STEPS: u64 = 1000;

/// A table's file while it is being written.
pub(crate) struct Table {
    name: &'static str,
    file: File,
    rows: u64,
    bytes: u64,
}

impl Table {
    /// Creates the file with its header.
    pub(crate) fn create(folder: &Path, (name, header): (&'static str, &'static str)) -> io::Result<Self> {
        let path = folder.join(format!("{name}.csv"));
        let file = File::create(&path).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot create {}: {error}", path.display()))
        })?;
        let mut table = Self { name, file, rows: 0, bytes: 0 };
        table.write(header.as_bytes())?;
        table.write(b"\n")?;
        Ok(table)
    }

    /// Rows written so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Table, rows and bytes.
    pub(crate) fn summary(&self) -> (&'static str, u64, u64) {
        (self.name, self.rows, self.bytes)
    }

    /// Appends all rows of a table that is small.
    pub(crate) fn whole(&mut self, rows: &Rows, progress: &mut dyn FnMut(Progress)) -> io::Result<()> {
        self.append(rows)?;
        self.tell(STEPS, STEPS, progress);
        Ok(())
    }

    fn append(&mut self, rows: &Rows) -> io::Result<()> {
        self.rows += rows.count;
        self.write(&rows.bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(|error| io::Error::new(error.kind(), format!("cannot write {}.csv: {error}", self.name)))
    }

    fn tell(&self, done: u64, total: u64, progress: &mut dyn FnMut(Progress)) {
        progress(Progress { table: self.name, rows: self.rows, bytes: self.bytes, done, total });
    }
}

/// The part of a table's work that a call of [`in_order`] does, for its progress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    /// Which part, from 0 ...
    pub(crate) part: u64,
    /// ... of this many.
    pub(crate) parts: u64,
}

/// All of it.
pub(crate) const WHOLE: Share = Share { part: 0, parts: 1 };

/// Makes the pieces in parallel and appends what each gives to the tables, in the pieces' order.
pub(crate) fn in_order<P: Sync, const N: usize>(
    pieces: &[P],
    make: impl Fn(&P) -> [Rows; N] + Sync,
    mut tables: [&mut Table; N],
    share: Share,
    progress: &mut dyn FnMut(Progress),
) -> io::Result<()> {
    let total = share.parts * STEPS;
    let mut written = 0;
    let make_batch = |batch: &[P]| batch.par_iter().map(&make).collect::<Vec<_>>();
    let mut ready = Vec::new();
    for batch in pieces.chunks(BATCH).chain([&[][..]]) {
        let mut next = Vec::new();
        // The scope stays in the caller's thread and thread pool: progress need not be Send.
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| next = make_batch(batch));
            for piece in &ready {
                for (table, rows) in tables.iter_mut().zip(piece) {
                    table.append(rows)?;
                }
            }
            written += ready.len() as u64;
            let part_done = (written * STEPS).checked_div(pieces.len() as u64).unwrap_or(STEPS);
            for table in tables.iter() {
                table.tell(share.part * STEPS + part_done, total, progress);
            }
            io::Result::Ok(())
        })?;
        ready = next;
    }
    Ok(())
}
