//! Which rows of which files fall into which period?
//!
//! Invariant: a part lies in one period, and parts come in order of their periods.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::periods::NO_BUCKET;
use super::{Chunk, Clock, Scan};
use crate::kpi::error::KpiError;
use crate::model::{ColumnType, Day, MICROS_PER_DAY};
use crate::store::snapshot::KNOWN;
use crate::store::{Bits, ColumnFile, Selection, StoreError, manifest};

/// Rows whose period is looked up one by one are taken in pieces of this size.
const PLACED_ROWS: usize = 1 << 18;

/// Rows of a file that fall into one period.
pub(super) struct Part<'a> {
    pub(super) file: &'a ColumnFile,
    pub(super) rows: Selection,
    /// The first id, of a file by id.
    pub(super) first_id: Option<u32>,
    /// Which rows there are, of a file by id.
    pub(super) known: Option<Bits<'a>>,
    pub(super) bucket: u32,
}

/// Rows of a file, each with a period of its own.
struct Unplaced<'a> {
    file: &'a ColumnFile,
    rows: Range<usize>,
    first_id: Option<u32>,
    known: Option<Bits<'a>>,
}

impl<'a> Scan<'a, '_> {
    /// The rows that fall into periods; without a clock, all of them into the first.
    pub(super) fn parts(&self) -> Result<Vec<Part<'a>>, KpiError> {
        let Some(table) = self.lookups.snapshot().named(self.side.fact.table) else { return Ok(Vec::new()) };
        let mut parts = Vec::new();
        let mut unplaced = Vec::new();
        let mut whole = |file: &'a ColumnFile, first_id, known, parts: &mut Vec<Part<'a>>| {
            if self.clock.is_none() {
                let rows = Selection::Run(0..file.rows());
                return parts.push(Part { file, rows, first_id, known, bucket: 0 });
            }
            let starts = (0..file.rows()).step_by(PLACED_ROWS);
            let rows = starts.map(|at| at..file.rows().min(at + PLACED_ROWS));
            unplaced.extend(rows.map(|rows| Unplaced { file, rows, first_id, known }));
        };
        if table.def.time.is_none() {
            for (first, file) in table.chunks()? {
                whole(file, Some(first as u32), Some(file.flags(KNOWN)?), &mut parts);
            }
        }
        for segment in &table.segments {
            let Some(clock) = self.clock else {
                whole(segment.open()?, None, None, &mut parts);
                continue;
            };
            if segment.info.month.is_none() && table.def.time == Some(clock.column) {
                if clock.else_meeting_start {
                    whole(segment.open()?, None, None, &mut parts);
                }
            } else if self.may_overlap(&segment.info.ranges, clock.column) {
                let file = segment.open()?;
                if self.is_sorted_by(clock) {
                    self.cut(file, clock.column, &mut parts)?;
                } else {
                    whole(file, None, None, &mut parts);
                }
            }
        }
        let placed: Vec<Vec<Part<'a>>> = if unplaced.len() > 1 {
            unplaced.par_iter().with_max_len(1).map(|rows| self.place(rows)).collect::<Result<_, _>>()?
        } else {
            unplaced.iter().map(|rows| self.place(rows)).collect::<Result<_, _>>()?
        };
        parts.extend(placed.into_iter().flatten());
        parts.sort_by_key(|part| part.bucket);
        Ok(parts)
    }

    /// Whether the rows of a month stand in the order of their civil days by a clock.
    fn is_sorted_by(&self, clock: Clock) -> bool {
        let def = self.def;
        // Days without an instant stand at their start in UTC, which another zone moves past others.
        let has_days = def.columns[def.column(clock.column)].ty == ColumnType::DateOrTimestamp;
        def.time == Some(clock.column) && (!has_days || self.zone.is_utc())
    }

    /// Cuts a file, sorted by the clock, at the limits of the periods.
    fn cut(&self, file: &'a ColumnFile, column: &str, parts: &mut Vec<Part<'a>>) -> Result<(), StoreError> {
        let times = file.numbers(column)?;
        let is_date = self.def.columns[self.def.column(column)].ty == ColumnType::Date;
        let limit = |day: Day| if is_date { i64::from(day) } else { self.zone.start_of(day) };
        let runs = &self.periods.runs;
        let Some(last) = file.rows().checked_sub(1) else { return Ok(()) };
        let (first, last) = (times.get(0), times.get(last));
        // Runs that end before the first row need no search, nor those that start behind the last.
        let begun = runs.partition_point(|&(day, _)| limit(day) <= first).saturating_sub(1);
        let mut at = times.lower_bound(limit(runs.get(begun).map_or(self.periods.start, |r| r.0)));
        for (i, &(_, bucket)) in runs.iter().enumerate().skip(begun) {
            let end_day = runs.get(i + 1).map_or(self.periods.end, |r| r.0);
            let end = if limit(end_day) > last { file.rows() } else { times.lower_bound(limit(end_day)) };
            if bucket != NO_BUCKET && at < end {
                let rows = Selection::Run(at..end);
                parts.push(Part { file, rows, first_id: None, known: None, bucket });
            }
            at = end.max(at);
            if at == file.rows() {
                break;
            }
        }
        Ok(())
    }

    /// Whether a month's range of the clock's column can hold a day of the periods; a day on either
    /// side allows for zones.
    fn may_overlap(&self, ranges: &BTreeMap<String, manifest::Range>, column: &str) -> bool {
        let def = self.def;
        let is_date = def.columns[def.column(column)].ty == ColumnType::Date;
        let days = |v: i64| if is_date { v } else { v.div_euclid(MICROS_PER_DAY) };
        let inside = |min: i64, max: i64| {
            min <= i64::from(self.periods.end) && max >= i64::from(self.periods.start) - 1
        };
        ranges.get(column).is_some_and(|r| inside(days(r.min), days(r.max)))
            || ranges.get(&format!("{column}.day")).is_some_and(|r| inside(r.min, r.max))
    }

    /// Sorts rows into their periods, one by one; those that fall into none are dropped.
    fn place(&self, of: &Unplaced<'a>) -> Result<Vec<Part<'a>>, StoreError> {
        let clock = self.clock.expect("rows without a clock are all in one period");
        let chunk = Chunk::new(of.file, Selection::Run(of.rows.clone()));
        let ty = self.def.columns[self.def.column(clock.column)].ty;
        let day_only = self.day_only(&chunk, clock)?;
        let mut cursor = self.zone.cursor();
        let is_known = |row: usize| of.known.is_none_or(|known| known.get(row));
        let times = self.times(&chunk, clock)?;
        let buckets: Vec<u32> = times
            .iter()
            .enumerate()
            .map(|(at, &time)| match self.day_of(time, ty, day_only.get(at), &mut cursor) {
                Some(day) if is_known(of.rows.start + at) => self.periods.raw(day),
                _ => NO_BUCKET,
            })
            .collect();
        let part = |bucket: u32, rows: Vec<u32>| {
            let rows = Selection::List(rows);
            Part { file: of.file, rows, first_id: of.first_id, known: None, bucket }
        };
        let row = |at: usize| (of.rows.start + at) as u32;
        if self.periods.count() > buckets.len() {
            let mut rows: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for (at, &bucket) in buckets.iter().enumerate().filter(|(_, b)| **b != NO_BUCKET) {
                rows.entry(bucket).or_default().push(row(at));
            }
            return Ok(rows.into_iter().map(|(bucket, rows)| part(bucket, rows)).collect());
        }
        let mut counts = vec![0usize; self.periods.count()];
        buckets.iter().filter(|b| **b != NO_BUCKET).for_each(|&b| counts[b as usize] += 1);
        let mut lists: Vec<Vec<u32>> = counts.into_iter().map(Vec::with_capacity).collect();
        for (at, &bucket) in buckets.iter().enumerate().filter(|(_, b)| **b != NO_BUCKET) {
            lists[bucket as usize].push(row(at));
        }
        let lists = (0u32..).zip(lists).filter(|(_, rows)| !rows.is_empty());
        Ok(lists.map(|(bucket, rows)| part(bucket, rows)).collect())
    }
}
