//! Who reads which rows? Parts are cut into chunks, and chunks shared among threads.
//!
//! Invariant: states are merged, and what periods give is put together, in the order of the rows.

use std::ops::{Range, RangeInclusive};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::chunk::Chunk;
use super::parts::Part;
use super::periods::NO_BUCKET;
use super::predicate::TRUE;
use super::{Joins, Scan};
use crate::kpi::error::KpiError;
use crate::kpi::grouped::{Entry, Grouped};
use crate::kpi::kernels::groups::Groups;
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::totals::{Totals, clear_missing};
use crate::model::{ColumnDef, ColumnType};
use crate::store::views::{self, Counts, Slice};
use crate::store::{Numbers, Selection, StoreError};

/// Rows per chunk: few enough for its columns to stay in the cache nearest to the processor.
const CHUNK_ROWS: usize = 1 << 13;

/// Below this many rows, one thread is faster than waking others.
const PARALLEL_MIN: usize = 1 << 18;

/// The rows of each of so many codes are counted by comparing all with it.
const FEW_CODES: usize = 16;

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

    /// Adds up a column of whole numbers per period and group. `emit` takes a period, a group, its number of
    /// rows and the sum, in order; what it makes of them comes in several parts, in order, and with them the
    /// number of rows without a number.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn sums<O: Send + Default>(
        &self,
        column: &ColumnDef,
        emit: impl Fn(&mut O, u32, u64, u64, i128) + Sync,
    ) -> Result<(Vec<O>, u64), KpiError> {
        let without = AtomicU64::new(0);
        let scan = self.flagged();
        let found = scan.by_period(
            || Totals::<1>::new(scan.layout.groups()),
            |state, chunk| {
                let stored = chunk.stored_integers(column)?;
                if let Some(stored) = &stored {
                    if scan.is_flagged {
                        let found = stored.sum(&chunk.rows, chunk.flags.as_deref());
                        without.fetch_add(found.missing, Ordering::Relaxed);
                        state.add_rows(0, found.rows, [found.sum]);
                        return Ok(());
                    }
                    if let Some(missing) = add_stored(state, stored, chunk) {
                        without.fetch_add(missing, Ordering::Relaxed);
                        return Ok(());
                    }
                }
                let mut numbers = chunk.of_those_that_count(chunk.integers(column)?);
                without.fetch_add(clear_missing(&mut numbers), Ordering::Relaxed);
                state.add(&chunk.groups, numbers.len(), [&numbers]);
                Ok(())
            },
            |state, bucket, output| {
                state.finish(|group, rows, [sum]| emit(output, bucket, group, rows, sum));
            },
        )?;
        Ok((found, without.into_inner()))
    }

    /// Counts the rows per period and group. `emit` takes a period, a group and its number of rows, in order; what
    /// it makes of them comes in several parts, in order.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn counted<O: Send + Default>(
        &self,
        emit: impl Fn(&mut O, u32, u64, u64) + Sync,
    ) -> Result<Vec<O>, KpiError> {
        let scan = self.flagged();
        scan.by_period(
            || Totals::<0>::new(scan.layout.groups()),
            |state, chunk| {
                if scan.is_flagged {
                    state.add_rows(0, chunk.flags.as_deref().map_or(chunk.len() as u64, views::count), []);
                } else {
                    state.add(&chunk.groups, chunk.len(), []);
                }
                Ok(())
            },
            |state, bucket, output| state.finish(|group, rows, _| emit(output, bucket, group, rows)),
        )
    }

    /// Counts the rows of each class per period and group: that of a row is the one that `classes` has for its
    /// code in a category column. `emit` takes a period, a group and the number of rows of each of its `N`
    /// classes, in order; what it makes of them comes in several parts, in order.
    ///
    /// # Errors
    /// When the store is damaged, or there are too many groups.
    pub fn classed<const N: usize, O: Send + Default>(
        &self,
        column: &str,
        classes: &[u8],
        emit: impl Fn(&mut O, u32, u64, [u64; N]) + Sync,
    ) -> Result<Vec<O>, KpiError> {
        let class = |code: u32| u32::from(classes.get(code as usize).copied().unwrap_or(0)).min(N as u32 - 1);
        let scan = self.flagged();
        let cells = scan.layout.cells(N as u64)?;
        scan.by_period(
            || Totals::<0>::new(cells),
            |state, chunk| {
                let codes = chunk.stored_codes(column)?;
                if scan.is_flagged
                    && classes.len() <= FEW_CODES
                    && let Some(counts) =
                        codes.count_each(&chunk.rows, chunk.flags.as_deref(), classes.len() as u8)
                {
                    for (code, rows) in (0u32..).zip(counts) {
                        state.add_rows(u64::from(class(code)), rows, []);
                    }
                    return Ok(());
                }
                let mut of = chunk.of_those_that_count(codes.read(&chunk.rows));
                of.iter_mut().for_each(|code| *code = class(*code));
                let len = of.len();
                state.add(&chunk.groups.cut(of, N as u64, cells), len, []);
                Ok(())
            },
            |state, bucket, output| {
                let mut open: Option<(u64, [u64; N])> = None;
                state.finish(|cell, rows, _| {
                    let (group, class) = (cell / N as u64, (cell % N as u64) as usize);
                    if let Some((group, counts)) = open.take_if(|open| open.0 != group) {
                        emit(output, bucket, group, counts);
                    }
                    open.get_or_insert((group, [0; N])).1[class] = rows;
                });
                if let Some((group, counts)) = open {
                    emit(output, bucket, group, counts);
                }
            },
        )
    }

    /// Number of rows per period and group.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn counts(&self) -> Result<Grouped<u64>, KpiError> {
        Ok(Grouped::new(&self.layout, self.count_parts()?))
    }

    /// As [`Self::counts`], in several parts, in order.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn count_parts(&self) -> Result<Vec<Vec<Entry<u64>>>, KpiError> {
        if let Some(entries) = self.tally()? {
            return Ok(vec![entries]);
        }
        self.counted(|entries: &mut Vec<Entry<u64>>, bucket, group, value| {
            entries.push(Entry { bucket, group, value });
        })
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
        let scan = self.flagged();
        if scan.is_flagged
            && let Some(entries) = scan.tally_values(&parts, &joins)?
        {
            return Ok(Some(entries));
        }
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

    /// As [`Self::tally`], where whatever counts is counted by the value of its day first; none where days are
    /// stored otherwise.
    fn tally_values(
        &self,
        parts: &[Part<'a>],
        joins: &Joins<'a>,
    ) -> Result<Option<Vec<Entry<u64>>>, StoreError> {
        let clock = self.clock.expect("who tallies has a clock");
        if self.def.columns[self.def.column(clock.column)].ty != ColumnType::Date {
            return Ok(None);
        }
        let visit = |tally: &mut Tally, chunk: &Chunk<'a>| {
            let Selection::Run(run) = &chunk.rows else { unreachable!("all rows of a file are a run") };
            let mut flags = chunk.flags.clone().unwrap_or_else(|| vec![TRUE; run.len()]);
            tally.is_whole &= chunk.stored(clock.column)?.count_each(run, &mut flags, &mut tally.by_day);
            Ok(())
        };
        let days = self.periods.days();
        let new = || Tally { by_day: Counts::default(), days: days.clone(), is_whole: true };
        let tally = self.fold(parts, joins, &new, &visit)?;
        let mut totals = Totals::<0>::new(self.periods.count() as u64);
        for day in days {
            let bucket = self.periods.raw(i64::from(day));
            if bucket != NO_BUCKET {
                totals.add_rows(u64::from(bucket), tally.by_day.of(day), []);
            }
        }
        let mut entries = Vec::new();
        totals.finish(|bucket, value, _| entries.push(Entry { bucket: bucket as u32, group: 0, value }));
        Ok(tally.is_whole.then_some(entries))
    }
}

/// Adds the rows of a chunk with their numbers as they are stored, and tells how many are missing; none, and
/// nothing is added, where they are stored in more than 16 bits, or rows are no run.
fn add_stored(totals: &mut Totals<1>, stored: &Numbers<'_>, chunk: &Chunk<'_>) -> Option<u64> {
    let (Groups::Each(groups), Selection::Run(run), 1) = (&chunk.groups, &chunk.rows, stored.multiplier)
    else {
        return None;
    };
    let is_added = match stored.raw {
        Slice::U8(values) => totals.add_narrow(groups, [&values[run.clone()]]),
        Slice::U16(values) => totals.add_narrow(groups, [&values[run.clone()]]),
        _ => false,
    };
    let missing = is_added.then(|| stored.missing(&chunk.rows))?;
    // Whatever stands in their place does not count.
    let whatever = Numbers { valid: None, ..*stored };
    missing.iter().map(|at| *at as usize).for_each(|at| {
        totals.take_back(groups[at], [whatever.get(run.start + at)]);
    });
    Some(missing.len() as u64)
}

/// How many rows there are of each day.
struct Tally {
    by_day: Counts,
    /// The days that matter.
    days: RangeInclusive<u16>,
    /// Whether all rows were counted.
    is_whole: bool,
}

impl Merge for Tally {
    fn merge(&mut self, other: Self) {
        self.by_day.add(&other.by_day, self.days.clone());
        self.is_whole &= other.is_whole;
    }
}
