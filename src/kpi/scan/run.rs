//! Who reads which rows? Parts are cut into chunks, and chunks shared among threads.
//!
//! Invariant: states are merged, and what periods give is put together, in the order of the rows.

use std::ops::Range;
use std::sync::Mutex;

use rayon::prelude::*;

use super::chunk::Chunk;
use super::parts::Part;
use super::{Joins, Scan};
use crate::kpi::error::KpiError;
use crate::kpi::kernels::merge::Merge;
use crate::store::{Selection, StoreError};

/// Rows per chunk: few enough for its columns to stay in the cache nearest to the processor.
const CHUNK_ROWS: usize = 1 << 13;

/// Below this many rows, one thread is faster than waking others.
const PARALLEL_MIN: usize = 1 << 18;

/// A thread takes this many shares of the work, so that no thread waits long for another.
const SHARES: usize = 8;

/// States that are as when new: one may take long to make.
pub struct Spare<S>(Mutex<Vec<S>>);

impl<S> Default for Spare<S> {
    fn default() -> Self {
        Spare(Mutex::default())
    }
}

impl<S> Spare<S> {
    /// One that is left, or else a new one.
    pub fn take(&self, new: impl FnOnce() -> S) -> S {
        let left = self.0.lock().expect("no panic holds this lock").pop();
        left.unwrap_or_else(new)
    }

    /// Keeps one for others.
    pub fn put(&self, state: S) {
        self.0.lock().expect("no panic holds this lock").push(state);
    }
}

/// A run of rows of a part.
struct Piece<'p, 'a> {
    part: &'p Part<'a>,
    rows: Range<usize>,
}

impl Piece<'_, '_> {
    fn selection(&self) -> Selection {
        match &self.part.rows {
            Selection::Run(run) => Selection::Run(run.start + self.rows.start..run.start + self.rows.end),
            Selection::List(rows) => Selection::List(rows[self.rows.clone()].to_vec()),
        }
    }
}

fn pieces<'p, 'a>(parts: &'p [Part<'a>]) -> Vec<Piece<'p, 'a>> {
    let of = |part: &'p Part<'a>| {
        let len = part.rows.len();
        (0..len).step_by(CHUNK_ROWS).map(move |at| Piece { part, rows: at..len.min(at + CHUNK_ROWS) })
    };
    parts.iter().flat_map(of).collect()
}

pub(super) fn rows(parts: &[Part<'_>]) -> usize {
    parts.iter().map(|part| part.rows.len()).sum()
}

impl<'a> Scan<'a, '_> {
    /// Calls `visit` with every chunk and merges the states of the threads.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn run<S: Send + Merge>(
        &self,
        new: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, &Chunk<'a>) -> Result<(), StoreError> + Sync,
    ) -> Result<S, KpiError> {
        let parts = self.parts()?;
        let joins = self.joins(&parts)?;
        self.lookups.work().add_rows(rows(&parts) as u64);
        Ok(self.fold(&parts, &joins, &new, &visit)?)
    }

    pub(super) fn fold<S: Send + Merge>(
        &self,
        parts: &[Part<'a>],
        joins: &Joins<'a>,
        new: &(impl Fn() -> S + Sync),
        visit: &(impl Fn(&mut S, &Chunk<'a>) -> Result<(), StoreError> + Sync),
    ) -> Result<S, StoreError> {
        let pieces = pieces(parts);
        let work = |pieces: &[Piece<'_, 'a>]| -> Result<S, StoreError> {
            let mut state = new();
            pieces.iter().try_for_each(|piece| self.visit(piece, joins, &mut state, visit))?;
            Ok(state)
        };
        let threads = rayon::current_num_threads();
        if rows(parts) < PARALLEL_MIN || threads == 1 {
            return work(&pieces);
        }
        let share = pieces.len().div_ceil(threads).max(1);
        let states: Vec<S> = pieces.par_chunks(share).map(work).collect::<Result<_, _>>()?;
        let mut states = states.into_iter();
        let mut all = states.next().unwrap_or_else(new);
        states.for_each(|state| all.merge(state));
        Ok(all)
    }

    fn visit<S>(
        &self,
        piece: &Piece<'_, 'a>,
        joins: &Joins<'a>,
        state: &mut S,
        visit: &impl Fn(&mut S, &Chunk<'a>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let chunk = self.chunk(piece.part, piece.selection(), joins)?;
        let visited = if chunk.is_empty() { Ok(()) } else { visit(state, &chunk) };
        self.lookups.work().add_bytes(chunk.bytes.get());
        visited
    }

    /// Calls `visit` with every chunk of a period, then `finish`, which leaves the state as it was when
    /// new, and so for every period with rows. What periods give comes in several parts, in order.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn by_period<S: Send + Merge, O: Send + Default>(
        &self,
        new: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, &Chunk<'a>) -> Result<(), StoreError> + Sync,
        finish: impl Fn(&mut S, u32, &mut O) + Sync,
    ) -> Result<Vec<O>, KpiError> {
        let parts = self.parts()?;
        let joins = self.joins(&parts)?;
        let threads = rayon::current_num_threads();
        let total = rows(&parts);
        self.lookups.work().add_rows(total as u64);
        let is_small = total < PARALLEL_MIN || threads == 1;
        let share = if is_small { usize::MAX } else { total / (threads * SHARES) + 1 };
        // Runs of whole periods; a period with more rows than a share is a run of its own.
        let mut runs: Vec<(&[Part<'a>], usize)> = Vec::new();
        let mut from = 0;
        let mut open = 0;
        for period in parts.chunk_by(|a, b| a.bucket == b.bucket) {
            let len = rows(period);
            let at = from + period.len();
            match runs.last_mut() {
                Some((run, rows)) if open + len <= share => {
                    *run = &parts[at - period.len() - run.len()..at];
                    *rows += len;
                    open += len;
                }
                _ => {
                    runs.push((period, len));
                    open = len;
                }
            }
            from = at;
        }
        let spare = Spare::default();
        let work = |&(run, len): &(&[Part<'a>], usize)| -> Result<O, StoreError> {
            let mut output = O::default();
            if len > share {
                let mut state = self.fold(run, &joins, &new, &visit)?;
                finish(&mut state, run[0].bucket, &mut output);
                return Ok(output);
            }
            let mut state = spare.take(&new);
            for period in run.chunk_by(|a, b| a.bucket == b.bucket) {
                for piece in pieces(period) {
                    self.visit(&piece, &joins, &mut state, &visit)?;
                }
                finish(&mut state, period[0].bucket, &mut output);
            }
            spare.put(state);
            Ok(output)
        };
        Ok(if runs.len() > 1 && !is_small {
            runs.par_iter().with_max_len(1).map(work).collect::<Result<_, _>>()?
        } else {
            runs.iter().map(work).collect::<Result<_, _>>()?
        })
    }
}
