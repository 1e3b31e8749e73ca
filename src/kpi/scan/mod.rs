//! Rows of a fact that fall into the periods asked for and pass the filter, chunk by chunk, on all
//! threads.
//!
//! Invariant: a state is filled row by row and merged part by part, and nothing depends on where the
//! parts are cut.

pub mod chunk;
pub mod facts;
pub mod predicate;

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;
use roaring::RoaringBitmap;

use self::chunk::{Chunk, Needs};
use self::facts::{Fact, Link};
use self::predicate::{Leaf, Predicate, TRUE, moment};
use super::dims::Dim;
use super::error::KpiError;
use super::kernels::merge::Merge;
use super::kernels::slots::{Accumulator, Slots};
use super::lookup::{Lookups, number_at, reference_at};
use crate::index::licenses::LicencesByUser;
use crate::model::{Bucket, ColumnType, Day, SCHEMA, TableDef, Zone};
use crate::store::snapshot::{ID, KNOWN};
use crate::store::{BitVec, Bits, ColumnFile, NULL_ID, NULL_NUMBER, StoreError};

/// Rows per chunk.
const CHUNK_ROWS: usize = 1 << 14;

/// Below this many rows, one thread is faster than waking others.
const PARALLEL_MIN: usize = 1 << 18;

/// The column that says when a row happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The column.
    pub column: &'static str,
    /// Whether the start of the row's meeting stands in where it is missing.
    pub else_meeting_start: bool,
}

impl Clock {
    /// A column alone.
    pub const fn of(column: &'static str) -> Self {
        Clock { column, else_meeting_start: false }
    }
}

/// The fact, dimensions and filter of one side of a figure.
#[derive(Clone)]
pub struct Side {
    /// The fact.
    pub fact: Fact,
    /// For each dimension of the result, how this side reaches it, if it does.
    pub dims: Vec<Option<Dim>>,
    /// The filter, as far as it concerns this side.
    pub filter: Predicate,
    /// Keeps, of rows that may have several values, those that have some other than the ones shown.
    pub others: Option<Arc<Others>>,
}

/// Values that are shown, so that the others remain.
#[derive(Clone, Debug)]
pub struct Others {
    /// The dimensions.
    pub dims: Vec<Dim>,
    /// The codes, one per dimension, that are shown.
    pub kept: HashSet<Vec<u32>>,
}

/// Which part of the time a scan reads, and into which periods it sorts the rows.
#[derive(Clone, Debug)]
pub struct Periods {
    start: Day,
    end: Day,
    /// Period of each day from `start` on.
    bucket_of: Vec<u32>,
    /// The first day of each run of days with the same period, in order.
    runs: Vec<(Day, u32)>,
    count: usize,
}

const NO_BUCKET: u32 = u32::MAX;

impl Periods {
    /// The days of each range, which must not overlap and stand in order.
    pub fn new(ranges: impl Iterator<Item = Range<Day>>) -> Self {
        let ranges: Vec<Range<Day>> = ranges.collect();
        let days = || ranges.iter().filter(|r| r.start < r.end);
        let start = days().map(|r| r.start).min().unwrap_or(0);
        let end = days().map(|r| r.end).max().unwrap_or(start);
        let mut bucket_of = vec![NO_BUCKET; (end - start) as usize];
        for (bucket, range) in ranges.iter().enumerate().filter(|(_, r)| r.start < r.end) {
            bucket_of[(range.start - start) as usize..(range.end - start) as usize].fill(bucket as u32);
        }
        let mut runs: Vec<(Day, u32)> = Vec::new();
        for (at, &bucket) in bucket_of.iter().enumerate() {
            if runs.last().is_none_or(|r| r.1 != bucket) {
                runs.push((start + at as Day, bucket));
            }
        }
        Periods { start, end, bucket_of, runs, count: ranges.len() }
    }

    /// The days of buckets that have happened by as_of.
    pub fn flow(buckets: &[Bucket], as_of: Day) -> Self {
        Self::new(buckets.iter().map(|b| b.start..b.end.min(as_of + 1).max(b.start)))
    }

    /// Number of periods.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The period of a day, if it falls into one.
    pub fn of(&self, day: Day) -> Option<u32> {
        Some(self.raw(day)).filter(|&b| b != NO_BUCKET)
    }

    /// Whether some of the days may fall into a period.
    pub fn touch(&self, days: Range<Day>) -> bool {
        days.start < self.end && self.start < days.end
    }

    fn raw(&self, day: Day) -> u32 {
        if day < self.start || day >= self.end {
            NO_BUCKET
        } else {
            self.bucket_of[(day - self.start) as usize]
        }
    }
}

/// How period and group make one number: `period × groups + group`.
#[derive(Clone, Debug)]
pub struct Layout {
    dims: Vec<usize>,
    strides: Vec<u64>,
    cardinalities: Vec<u64>,
    groups: u64,
    /// Slots are below this.
    pub slots: u64,
}

impl Layout {
    /// The layout of the chosen dimensions (by position) of a side.
    ///
    /// # Errors
    /// When there are more groups than a number can tell apart.
    pub fn new(side: &Side, dims: &[usize], periods: usize) -> Result<Self, KpiError> {
        let cardinalities: Vec<u64> =
            dims.iter().map(|&d| side.dims[d].as_ref().map_or(1, |dim| dim.cardinality)).collect();
        let mut groups = 1u64;
        let mut strides = Vec::new();
        let too_many =
            || KpiError::Usage("--by asks for more groups than can be told apart: leave one out".into());
        for &c in &cardinalities {
            strides.push(groups);
            groups = groups.checked_mul(c).ok_or_else(too_many)?;
        }
        let slots = groups.checked_mul(periods.max(1) as u64).ok_or_else(too_many)?;
        Ok(Layout { dims: dims.to_vec(), strides, cardinalities, groups, slots })
    }

    /// The first slot of a period.
    pub fn period(&self, bucket: u32) -> u64 {
        u64::from(bucket) * self.groups
    }

    /// What the group number grows by with the code of a dimension, by its place in the layout.
    pub fn stride(&self, at: usize) -> u64 {
        self.strides[at]
    }

    /// Number of groups.
    pub fn groups(&self) -> u64 {
        self.groups
    }

    /// Period of a slot and the codes of its group.
    pub fn split(&self, slot: u64) -> (u32, Vec<u32>) {
        let group = slot % self.groups;
        let codes =
            self.strides.iter().zip(&self.cardinalities).map(|(s, c)| (group / s % c) as u32).collect();
        ((slot / self.groups) as u32, codes)
    }
}

/// One pass over a fact.
pub struct Scan<'a, 'q> {
    lookups: &'q Lookups<'a>,
    zone: &'q Zone,
    side: &'q Side,
    clock: Option<Clock>,
    periods: &'q Periods,
    layout: Layout,
    needs: Needs,
}

struct Part<'a> {
    file: &'a ColumnFile,
    rows: Range<usize>,
    /// The first id, of a file by id.
    first_id: Option<u32>,
    known: Option<Bits<'a>>,
    /// The one period of all its rows, where that is certain.
    bucket: Option<u32>,
}

struct Joins {
    meeting_host: Option<Arc<Vec<u32>>>,
    meeting_start: Option<Arc<Vec<i64>>>,
    licences: Option<Arc<LicencesByUser>>,
}

impl<'a, 'q> Scan<'a, 'q> {
    /// A pass over a side's rows, sorted into periods by a clock; without a clock, all rows fall into
    /// the one period.
    ///
    /// # Errors
    /// When there are too many groups.
    pub fn new(
        lookups: &'q Lookups<'a>,
        zone: &'q Zone,
        side: &'q Side,
        clock: Option<Clock>,
        periods: &'q Periods,
        dims: &[usize],
    ) -> Result<Self, KpiError> {
        let layout = Layout::new(side, dims, periods.count())?;
        let of_dims = dims.iter().filter_map(|&d| side.dims[d].as_ref()).map(Dim::needs);
        let needs = of_dims.fold(side.filter.needs(), Needs::and);
        Ok(Scan { lookups, zone, side, clock, periods, layout, needs })
    }

    /// Asks for more of each chunk.
    pub fn with(mut self, needs: Needs) -> Self {
        self.needs = self.needs.and(needs);
        self
    }

    /// How slots are made up.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    fn def(&self) -> &'static TableDef {
        SCHEMA.get(SCHEMA.id(self.side.fact.table))
    }

    fn is_sorted_by_clock(&self) -> bool {
        let def = self.def();
        self.clock.is_some_and(|c| {
            def.time == Some(c.column) && def.columns[def.column(c.column)].ty != ColumnType::DateOrTimestamp
        })
    }

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
        let joins = self.joins()?;
        let pieces: Vec<(usize, Range<usize>)> = parts
            .iter()
            .enumerate()
            .flat_map(|(p, part)| {
                let end = part.rows.end;
                part.rows.clone().step_by(CHUNK_ROWS).map(move |at| (p, at..end.min(at + CHUNK_ROWS)))
            })
            .collect();
        let rows: usize = parts.iter().map(|p| p.rows.len()).sum();
        let work = |pieces: &[(usize, Range<usize>)]| -> Result<S, StoreError> {
            let mut state = new();
            for (part, rows) in pieces {
                let chunk = self.chunk(&parts[*part], rows.clone(), &joins)?;
                if !chunk.is_empty() {
                    visit(&mut state, &chunk)?;
                }
            }
            Ok(state)
        };
        let threads = rayon::current_num_threads();
        if rows < PARALLEL_MIN || threads == 1 {
            return Ok(work(&pieces)?);
        }
        let share = pieces.len().div_ceil(threads).max(1);
        let states: Vec<S> = pieces.par_chunks(share).map(work).collect::<Result<_, _>>()?;
        let mut states = states.into_iter();
        let mut all = states.next().unwrap_or_else(&new);
        states.for_each(|state| all.merge(state));
        Ok(all)
    }

    /// Fills an accumulator per slot.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn slots<A: Accumulator>(
        &self,
        visit: impl Fn(&mut Slots<A>, &Chunk<'a>) -> Result<(), StoreError> + Sync,
    ) -> Result<Slots<A>, KpiError> {
        self.run(|| Slots::new(self.layout.slots), visit)
    }

    /// Number of rows per slot.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn counts(&self) -> Result<Slots<u64>, KpiError> {
        self.slots(|counts: &mut Slots<u64>, chunk| {
            chunk.slots.iter().for_each(|&slot| *counts.at(slot) += 1);
            Ok(())
        })
    }

    fn parts(&self) -> Result<Vec<Part<'a>>, KpiError> {
        let Some(table) = self.lookups.snapshot().named(self.side.fact.table) else { return Ok(Vec::new()) };
        if table.def.time.is_none() {
            let parts = table.chunks()?.into_iter().map(|(first, file)| {
                Ok(Part {
                    file,
                    rows: 0..file.rows(),
                    first_id: Some(first as u32),
                    known: Some(file.flags(KNOWN)?),
                    bucket: None,
                })
            });
            return Ok(parts.collect::<Result<_, StoreError>>()?);
        }
        let mut parts = Vec::new();
        for segment in &table.segments {
            let whole =
                |file| Part { file, rows: 0..segment.rows(), first_id: None, known: None, bucket: None };
            let Some(clock) = self.clock else {
                parts.push(whole(segment.open()?));
                continue;
            };
            if segment.info.month.is_none() && table.def.time == Some(clock.column) {
                if clock.else_meeting_start {
                    parts.push(whole(segment.open()?));
                }
                continue;
            }
            if !self.may_overlap(&segment.info.ranges, clock.column) {
                continue;
            }
            let file = segment.open()?;
            if !self.is_sorted_by_clock() {
                parts.push(whole(file));
                continue;
            }
            self.sorted_parts(file, clock.column, &mut parts)?;
        }
        Ok(parts)
    }

    /// Cuts a file, sorted by the clock, at the limits of the periods.
    fn sorted_parts(
        &self,
        file: &'a ColumnFile,
        column: &str,
        parts: &mut Vec<Part<'a>>,
    ) -> Result<(), StoreError> {
        let times = file.numbers(column)?;
        let is_date = self.def().columns[self.def().column(column)].ty == ColumnType::Date;
        let limit = |day: Day| if is_date { i64::from(day) } else { self.zone.start_of(day) };
        let mut at = times.lower_bound(limit(self.periods.start));
        for (i, &(_, bucket)) in self.periods.runs.iter().enumerate() {
            let end = match self.periods.runs.get(i + 1) {
                Some(&(next, _)) => times.lower_bound(limit(next)),
                None => times.lower_bound(limit(self.periods.end)),
            };
            if bucket != NO_BUCKET && at < end {
                parts.push(Part { file, rows: at..end, first_id: None, known: None, bucket: Some(bucket) });
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
    fn may_overlap(&self, ranges: &BTreeMap<String, crate::store::manifest::Range>, column: &str) -> bool {
        let def = self.def();
        let is_date = def.columns[def.column(column)].ty == ColumnType::Date;
        let days = |v: i64| if is_date { v } else { v.div_euclid(crate::model::MICROS_PER_DAY) };
        let inside = |min: i64, max: i64| {
            min <= i64::from(self.periods.end) && max >= i64::from(self.periods.start) - 1
        };
        ranges.get(column).is_some_and(|r| inside(days(r.min), days(r.max)))
            || ranges.get(&format!("{column}.day")).is_some_and(|r| inside(r.min, r.max))
    }

    fn joins(&self) -> Result<Joins, StoreError> {
        let fact = &self.side.fact;
        let host = self.needs.hosts
            || ((self.needs.actors || self.needs.licenses) && fact.actor == Link::MeetingHost);
        let starts = self.clock.is_some_and(|c| c.else_meeting_start);
        let needs_rule = self.needs.licenses && fact.table != "licenses";
        Ok(Joins {
            meeting_host: host.then(|| self.lookups.references("meetings", "host_user_id")).transpose()?,
            meeting_start: starts.then(|| self.lookups.numbers("meetings", "start_time")).transpose()?,
            licences: needs_rule.then(|| self.lookups.licences()).transpose()?,
        })
    }

    fn chunk(&self, part: &Part<'a>, rows: Range<usize>, joins: &Joins) -> Result<Chunk<'a>, StoreError> {
        let mut chunk = Chunk::new(part.file);
        chunk.rows = match part.known {
            Some(known) => rows.filter(|&r| known.get(r)).map(|r| r as u32).collect(),
            None => rows.map(|r| r as u32).collect(),
        };
        let fact = &self.side.fact;
        let needs = self.needs;
        let needs_meetings = needs.meetings
            || needs.hosts
            || (fact.actor == Link::MeetingHost && (needs.actors || needs.licenses))
            || self.clock.is_some_and(|c| c.else_meeting_start);
        if needs_meetings && let Some(link) = fact.meeting {
            chunk.meetings = self.follow(link, part, &chunk)?;
        }
        self.place_in_time(part, &mut chunk, joins)?;
        if chunk.is_empty() {
            return Ok(chunk);
        }
        if let Some(hosts) = &joins.meeting_host {
            chunk.hosts = chunk.meetings.iter().map(|&m| reference_at(hosts, m)).collect();
        }
        if needs.actors || needs.licenses {
            chunk.actors = match fact.actor {
                Link::MeetingHost => chunk.hosts.clone(),
                link => self.follow(link, part, &chunk)?,
            };
        }
        if needs.ids || (needs.licenses && fact.table == "licenses") {
            chunk.ids = self.follow(Link::Own, part, &chunk)?;
        }
        if needs.licenses {
            chunk.licenses = match &joins.licences {
                Some(licences) => {
                    let covering =
                        |(&user, &day): (&u32, &Day)| licences.covering(user, day).unwrap_or(NULL_ID);
                    chunk.actors.iter().zip(&chunk.days).map(covering).collect()
                }
                None => chunk.ids.clone(),
            };
        }
        if !self.side.filter.is_all() {
            let flags = self.side.filter.evaluate(&chunk)?;
            chunk.keep(&flags);
        }
        let base = |b: &u32| u64::from(*b) * self.layout.groups;
        chunk.slots = chunk.buckets.iter().map(base).collect();
        let mut codes = Vec::new();
        for (&d, &stride) in self.layout.dims.iter().zip(&self.layout.strides) {
            if let Some(dim) = &self.side.dims[d] {
                codes.clear();
                dim.codes(&chunk, &mut codes)?;
                let last = dim.cardinality as u32 - 1;
                chunk
                    .slots
                    .iter_mut()
                    .zip(&codes)
                    .for_each(|(slot, &c)| *slot += u64::from(c.min(last)) * stride);
            }
        }
        Ok(chunk)
    }

    fn follow(&self, link: Link, part: &Part<'a>, chunk: &Chunk<'a>) -> Result<Vec<u32>, StoreError> {
        let mut ids = Vec::with_capacity(chunk.len());
        match (link, part.first_id) {
            (Link::Own, Some(first)) => ids.extend(chunk.rows.iter().map(|r| first + r)),
            (Link::Own, None) => {
                part.file.ids(ID)?.gather(&chunk.rows, &mut ids);
                part.file.check_ids(ID, &ids, self.lookups.ids_of(self.side.fact.table))?;
            }
            (Link::Column(column), _) => {
                part.file.ids(column)?.gather(&chunk.rows, &mut ids);
                part.file.check_ids(column, &ids, self.lookups.referred(self.side.fact.table, column))?;
            }
            (Link::MeetingHost, _) => unreachable!("hosts come with the meetings"),
            (Link::Nobody, _) => ids.resize(chunk.len(), NULL_ID),
        }
        Ok(ids)
    }

    /// Sorts the rows into periods and drops those that fall into none.
    fn place_in_time(&self, part: &Part<'a>, chunk: &mut Chunk<'a>, joins: &Joins) -> Result<(), StoreError> {
        let needs_days = self.needs.days || (self.needs.licenses && joins.licences.is_some());
        let Some(clock) = self.clock else {
            chunk.buckets = vec![0; chunk.len()];
            return Ok(());
        };
        if let (Some(bucket), false) = (part.bucket, needs_days || self.needs.hours) {
            chunk.buckets = vec![bucket; chunk.len()];
            return Ok(());
        }
        let ty = self.def().columns[self.def().column(clock.column)].ty;
        let mut times = Vec::with_capacity(chunk.len());
        part.file.numbers(clock.column)?.gather(&chunk.rows, &mut times);
        if let Some(starts) = &joins.meeting_start {
            for (time, &meeting) in times.iter_mut().zip(&chunk.meetings) {
                if *time == NULL_NUMBER {
                    *time = number_at(starts, meeting);
                }
            }
        }
        let day_only = match ty {
            ColumnType::DateOrTimestamp => {
                let flags = part.file.flags(clock.column)?;
                chunk.rows.iter().map(|&r| flags.get(r as usize)).collect()
            }
            _ => BitVec::new(),
        };
        let mut cursor = self.zone.cursor();
        let mut flags = Vec::with_capacity(chunk.len());
        for (at, &time) in times.iter().enumerate() {
            let day = match ty {
                _ if time == NULL_NUMBER => None,
                ColumnType::Date => Some(time as Day),
                ColumnType::DateOrTimestamp => moment(time, day_only.get(at), self.zone).map(|m| m.0),
                _ => Some(cursor.day_of(time)),
            };
            let bucket = day.map_or(NO_BUCKET, |d| self.periods.raw(d));
            chunk.buckets.push(bucket);
            flags.push(u8::from(bucket != NO_BUCKET));
            if needs_days {
                chunk.days.push(day.unwrap_or_default());
            }
            if self.needs.hours {
                let has_instant = time != NULL_NUMBER && ty != ColumnType::Date && !day_only.get(at);
                chunk.hours.push(if has_instant { cursor.hour_of(time) + 1 } else { 0 });
            }
        }
        // The rows of a part with one period all fall into it, unless they are not in order of time.
        if flags.contains(&0) {
            chunk.keep(&flags);
        }
        Ok(())
    }
}

/// Rows left out of a figure, by reason.
#[derive(Clone, Debug, Default)]
pub struct Excluded(BTreeMap<String, u64>);

impl Excluded {
    /// Counts rows out.
    pub fn add(&mut self, reason: impl Into<String>, rows: u64) {
        if rows > 0 {
            *self.0.entry(reason.into()).or_default() += rows;
        }
    }

    /// Reasons and rows, in order of the reasons.
    pub fn into_entries(self) -> impl Iterator<Item = (String, u64)> {
        self.0.into_iter()
    }
}

/// How many of a fact's rows lack a time altogether.
pub fn rows_without_time(lookups: &Lookups<'_>, table: &str) -> u64 {
    let segments = lookups.snapshot().named(table).map(|t| &t.segments);
    segments.into_iter().flatten().filter(|s| s.info.month.is_none()).map(|s| s.rows() as u64).sum()
}

/// The users that a filter on users alone lets pass; an unknown answer is no.
///
/// Conditions on attributes that sets are kept of are joined as sets, the others are asked user by user.
///
/// # Errors
/// When the store is damaged.
pub fn users_passing(filter: &Predicate, lookups: &Lookups<'_>) -> Result<RoaringBitmap, StoreError> {
    match filter {
        Predicate::And(parts) if !parts.is_empty() => {
            let mut sets = parts.iter().map(|p| users_passing(p, lookups));
            let first = sets.next().expect("not empty")?;
            sets.try_fold(first, |all, set| Ok(all & set?))
        }
        Predicate::Or(parts) => {
            parts.iter().try_fold(RoaringBitmap::new(), |all, p| Ok(all | users_passing(p, lookups)?))
        }
        Predicate::Leaf(Leaf::Dim(dim, truth)) if truth.first() != Some(&TRUE) => {
            match dim.sets_of_actors(lookups)? {
                Some(sets) => {
                    let passing = sets.iter().filter(|(code, _)| truth.get(*code as usize) == Some(&TRUE));
                    Ok(passing.fold(RoaringBitmap::new(), |all, (_, set)| all | set))
                }
                None => Ok(users_one_by_one(filter, lookups)),
            }
        }
        _ => Ok(users_one_by_one(filter, lookups)),
    }
}

fn users_one_by_one(filter: &Predicate, lookups: &Lookups<'_>) -> RoaringBitmap {
    (0..lookups.ids_of("users") as u32).filter(|&u| filter.of_actor(u) == TRUE).collect()
}
