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
use crate::kpi::grouped::{Entry, Grouped};
use crate::kpi::kernels::groups::Groups;
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::totals::Totals;
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

fn rows(parts: &[Part<'_>]) -> usize {
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

    fn fold<S: Send + Merge>(
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

    /// Adds up `N` columns per period and group. `emit` takes a period, a group, its number of rows and
    /// the sums, in order; what it makes of them comes in several parts, in order.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn totals<const N: usize, O: Send + Default>(
        &self,
        columns: impl Fn(&Chunk<'a>) -> Result<[Vec<i64>; N], StoreError> + Sync,
        emit: impl Fn(&mut O, u32, u64, u64, [i128; N]) + Sync,
    ) -> Result<Vec<O>, KpiError> {
        self.by_period(
            || Totals::<N>::new(self.layout.groups()),
            |state, chunk| {
                let columns = columns(chunk)?;
                state.add(&chunk.groups, chunk.len(), columns.each_ref().map(Vec::as_slice));
                Ok(())
            },
            |state, bucket, output| {
                state.finish(|group, rows, sums| emit(output, bucket, group, rows, sums));
            },
        )
    }

    /// Number of rows per period and group.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn counts(&self) -> Result<Grouped<u64>, KpiError> {
        if let Some(entries) = self.tally()? {
            return Ok(Grouped { layout: self.layout.clone(), entries });
        }
        let emit = |entries: &mut Vec<Entry<u64>>, bucket, group, rows, _: [i128; 0]| {
            entries.push(Entry { bucket, group, value: rows });
        };
        Ok(Grouped::new(&self.layout, self.totals(|_| Ok([]), emit)?))
    }

    /// As [`Self::counts`], of a table whose rows stand in no order of time: each is counted where it falls,
    /// where periods and groups are fewer than rows.
    fn tally(&self) -> Result<Option<Vec<Entry<u64>>>, KpiError> {
        let Some(table) = self.lookups.snapshot().named(self.side.fact.table) else { return Ok(None) };
        if self.clock.is_none() || table.def.time.is_some() {
            return Ok(None);
        }
        let chunks = table.chunks()?.into_iter();
        let parts: Vec<Part<'a>> =
            chunks.map(|(first, file)| Part::of_ids(file, first as u32)).collect::<Result<_, _>>()?;
        // Rows that fall into no period are in one behind all others.
        let (groups, none) = (self.layout.groups(), self.periods.count() as u64);
        let slots = groups.saturating_mul(none + 1);
        let total = rows(&parts) as u64;
        if slots > total {
            return Ok(None);
        }
        let joins = self.joins(&parts)?;
        self.lookups.work().add_rows(total);
        let visit = |totals: &mut Totals<0>, chunk: &Chunk<'a>| {
            let buckets =
                Groups::Each(self.buckets(chunk)?.into_iter().map(|b| b.min(none as u32)).collect());
            let cells = match &chunk.groups {
                Groups::One => buckets,
                Groups::Each(each) => buckets.cut(each.clone(), groups, slots),
                Groups::Wide(_) => unreachable!("groups are fewer than rows"),
            };
            totals.add(&cells, chunk.len(), []);
            Ok(())
        };
        let mut entries = Vec::new();
        self.fold(&parts, &joins, &|| Totals::new(slots), &visit)?.finish(|slot, value, _| {
            if slot < none * groups {
                entries.push(Entry { bucket: (slot / groups) as u32, group: slot % groups, value });
            }
        });
        Ok(Some(entries))
    }
}
