//! Which rows of which files fall into which period?
//!
//! Invariant: a part lies in one period, and parts come in order of their periods.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::chunk::Needs;
use super::days::civil_days;
use super::periods::NO_BUCKET;
use super::predicate::TRUE;
use super::{Chunk, Clock, Scan};
use crate::index::events;
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
    /// The licence of each row of the file, where it is needed and kept.
    pub(super) licences: Option<&'a ColumnFile>,
    /// Whether the rows are those that pass the filter.
    pub(super) passed: bool,
    pub(super) bucket: u32,
}

impl<'a> Part<'a> {
    /// All rows of a file by id, in the one period.
    pub(super) fn of_ids(file: &'a ColumnFile, first_id: u32) -> Result<Self, StoreError> {
        Ok(Part { first_id: Some(first_id), known: Some(file.flags(KNOWN)?), ..Part::whole(file) })
    }

    /// All rows of a file, in the one period.
    fn whole(file: &'a ColumnFile) -> Self {
        let rows = Selection::Run(0..file.rows());
        Part { file, rows, first_id: None, known: None, licences: None, passed: false, bucket: 0 }
    }
}

/// Rows of a file, each with a period of its own.
struct Unplaced<'a> {
    file: &'a ColumnFile,
    rows: Range<usize>,
    first_id: Option<u32>,
    known: Option<Bits<'a>>,
}

impl<'a> Scan<'a, '_> {
    /// The files that may have rows in some period, whole and in no period.
    pub(super) fn files(&self) -> Result<Vec<Part<'a>>, KpiError> {
        let Some(table) = self.lookups.snapshot().named(self.side.fact.table) else { return Ok(Vec::new()) };
        let mut parts = Vec::new();
        if table.def.time.is_none() {
            for (first, file) in table.chunks()? {
                parts.push(Part::of_ids(file, first as u32)?);
            }
        }
        let may_hold = |ranges| self.clock.is_none_or(|clock| self.may_overlap(ranges, clock.column));
        for segment in table.segments.iter().filter(|segment| may_hold(&segment.info.ranges)) {
            parts.push(Part::whole(segment.open()?));
        }
        Ok(parts)
    }

    /// The rows that fall into periods; without a clock, all of them into the first.
    pub(super) fn parts(&self) -> Result<Vec<Part<'a>>, KpiError> {
        let Some(table) = self.lookups.snapshot().named(self.side.fact.table) else { return Ok(Vec::new()) };
        let mut parts = Vec::new();
        let mut unplaced = Vec::new();
        let mut whole = |file: &'a ColumnFile, first_id, known, parts: &mut Vec<Part<'a>>| {
            if self.clock.is_none() {
                return parts.push(Part { first_id, known, ..Part::whole(file) });
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
                    let first = parts.len();
                    self.cut(file, clock.column, &mut parts)?;
                    if self.needs.any_license()
                        && (table.def.name, clock.column) == (events::TABLE, events::DAY)
                    {
                        let licences = events::licences_of(self.lookups.snapshot(), segment)?;
                        parts[first..].iter_mut().for_each(|part| part.licences = licences);
                    }
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
                parts.push(Part { rows: Selection::Run(at..end), bucket, ..Part::whole(file) });
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
        let chunk = Chunk::new(of.file, Selection::Run(of.rows.clone()));
        let mut buckets = self.buckets(&chunk)?;
        let filter = &self.side.filter;
        // What asks for the rows' own columns alone is asked first: fewer rows are placed.
        let passed = !filter.is_all() && filter.needs() == Needs::default();
        if passed {
            for (bucket, answer) in buckets.iter_mut().zip(filter.evaluate(&chunk)?) {
                *bucket = if answer == TRUE { *bucket } else { NO_BUCKET };
            }
        }
        if let Some(known) = of.known {
            for (bucket, row) in buckets.iter_mut().zip(of.rows.clone()) {
                *bucket = if known.get(row) { *bucket } else { NO_BUCKET };
            }
        }
        let part = |bucket: u32, rows: Vec<u32>| {
            let rows = Selection::List(rows);
            Part { rows, first_id: of.first_id, passed, bucket, ..Part::whole(of.file) }
        };
        let row = |at: usize| (of.rows.start + at) as u32;
        let periods = self.periods.count();
        if periods > buckets.len() {
            let mut rows: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for (at, &bucket) in buckets.iter().enumerate().filter(|(_, b)| **b != NO_BUCKET) {
                rows.entry(bucket).or_default().push(row(at));
            }
            return Ok(rows.into_iter().map(|(bucket, rows)| part(bucket, rows)).collect());
        }
        // Rows are put in the order of their periods, those without one behind all others.
        let place = |bucket: u32| (bucket as usize).min(periods);
        let mut ends = vec![0usize; periods + 1];
        buckets.iter().for_each(|&bucket| ends[place(bucket)] += 1);
        let mut start = 0;
        for end in &mut ends {
            start += std::mem::replace(end, start);
        }
        let mut rows = vec![0u32; buckets.len()];
        for (at, &bucket) in buckets.iter().enumerate() {
            let end = &mut ends[place(bucket)];
            rows[*end] = row(at);
            *end += 1;
        }
        let mut parts = Vec::new();
        let mut start = 0;
        for (bucket, &end) in (0u32..).zip(&ends[..periods]) {
            if start < end {
                parts.push(part(bucket, rows[start..end].to_vec()));
            }
            start = end;
        }
        Ok(parts)
    }

    /// The period of each row.
    pub(super) fn buckets(&self, chunk: &Chunk<'a>) -> Result<Vec<u32>, StoreError> {
        let clock = self.clock.expect("rows without a clock are all in one period");
        let times = self.times(chunk, clock)?;
        let periods = self.periods;
        if self.def.columns[self.def.column(clock.column)].ty == ColumnType::Date {
            return Ok(times.into_iter().map(|day| periods.raw(day)).collect());
        }
        let days = civil_days(&times, || self.day_only(chunk, clock), self.zone)?;
        Ok(days.into_iter().map(|day| periods.raw(i64::from(day))).collect())
    }
}
