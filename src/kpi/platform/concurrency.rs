//! How many meetings run at once?
//!
//! Invariant: a meeting counts from its start to before its end, in every bucket that it runs in.

use std::sync::atomic::{AtomicU64, Ordering};

use super::meetings::START;
use crate::kpi::context::{Context, Output};
use crate::kpi::error::KpiError;
use crate::kpi::grouped::Entry;
use crate::kpi::kernels::groups::Groups;
use crate::kpi::kernels::interval::{Carried, carry, peak, sort_instants};
use crate::kpi::kernels::merge::Merge;
use crate::kpi::scan::chunk::Chunk;
use crate::kpi::scan::{Periods, Scan};
use crate::model::Day;
use crate::store::NULL_NUMBER;
use crate::store::vector::{mapped, vectorized};

/// `peak_concurrency`.
pub fn peak_concurrency(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let spans: Vec<(i64, i64)> =
        ctx.buckets.iter().map(|b| (ctx.zone.start_of(b.start), ctx.zone.start_of(b.end))).collect();
    let without = AtomicU64::new(0);
    let carried = carried(ctx, &spans, &without)?;
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(START), &periods)?;
    let groups = scan.layout().groups();
    let longest = spans.iter().map(|&(from, to)| to.saturating_sub(from)).max().unwrap_or(0) as u64;
    let shift = u64::BITS - longest.leading_zeros();
    let found = if shift + (u64::BITS - groups.leading_zeros()) < u64::BITS {
        peaks::<i64>(&scan, &spans, &carried, shift, &without)?
    } else {
        peaks::<u128>(&scan, &spans, &carried, shift, &without)?
    };
    output.excluded.add("no end_time", without.into_inner());
    for entry in found {
        let [most] = output.rows.place(scan.layout(), ctx.dims.len(), entry.bucket, entry.group);
        most.push_whole(i128::from(entry.value));
    }
    Ok(output)
}

/// What meetings that started before a bucket mean for it: few run on from one into the next.
fn carried(
    ctx: &Context<'_, '_>,
    spans: &[(i64, i64)],
    without: &AtomicU64,
) -> Result<Vec<Carried>, KpiError> {
    let Some(first) = ctx.buckets.first() else { return Ok(Vec::new()) };
    // Whenever it started: everything up to the end is read.
    let from = ctx.earliest.unwrap_or(first.start).min(first.start);
    let until = |end: Day| end.min(ctx.as_of + 1);
    let before = std::iter::once(from..until(first.start).max(from));
    let periods = Periods::new(before.chain(ctx.buckets.iter().map(|b| b.start..until(b.end).max(b.start))));
    let runs_on = |chunk: &Chunk<'_>| {
        let next = spans.get(chunk.bucket as usize).map_or(i64::MAX, |span| span.0);
        // Those without an end are counted once, here as far as they start before all buckets.
        let is_before = chunk.bucket == 0;
        let ends = chunk.numbers("end_time")?;
        let flag = move |end: i64| u8::from(end > next || (is_before && end == NULL_NUMBER));
        Ok(mapped(&ends, flag))
    };
    let scan = ctx.scan(0, Some(START), &periods)?.only(&runs_on);
    let intervals = scan.run(Vec::new, |intervals: &mut Vec<(u64, u32, i64)>, chunk| {
        for (at, end) in chunk.numbers("end_time")?.into_iter().enumerate() {
            match end {
                NULL_NUMBER => _ = without.fetch_add(1, Ordering::Relaxed),
                end => intervals.push((chunk.groups.of(at), chunk.bucket, end)),
            }
        }
        Ok(())
    })?;
    Ok(carry(spans, &intervals))
}

/// The most meetings that run at once, per bucket and group.
fn peaks<T: Instant>(
    scan: &Scan<'_, '_>,
    spans: &[(i64, i64)],
    carried: &[Carried],
    shift: u32,
    without: &AtomicU64,
) -> Result<Vec<Entry<u64>>, KpiError> {
    // A day that a zone skipped has none.
    let has_instants = |at: u32| spans[at as usize].0 < spans[at as usize].1;
    let parts = scan.by_period(
        Stays::<T>::default,
        |stays, chunk| {
            let (starts, ends) = (chunk.numbers("start_time")?, chunk.numbers("end_time")?);
            let missing = vectorized(|| ends.iter().map(|&end| u64::from(end == NULL_NUMBER)).sum());
            without.fetch_add(missing, Ordering::Relaxed);
            stays.add(&chunk.groups, &starts, &ends, spans[chunk.bucket as usize], shift);
            Ok(())
        },
        |stays, bucket, found: &mut Vec<Entry<u64>>| {
            let (span, carried) = (spans[bucket as usize], &carried[bucket as usize]);
            if has_instants(bucket) {
                stays.peaks(carried, span, shift, |group, value| found.push(Entry { bucket, group, value }));
            }
            stays.starts.clear();
            stays.ends.clear();
        },
    )?;
    let mut found = parts.concat();
    // Where nothing starts, what started before may run.
    let has_own = |bucket: u32| found.binary_search_by_key(&bucket, |entry| entry.bucket).is_ok();
    let quiet = (0u32..).zip(carried).filter(|(bucket, _)| has_instants(*bucket) && !has_own(*bucket));
    let quiet: Vec<Entry<u64>> = quiet
        .flat_map(|(bucket, carried)| {
            carried.running.iter().map(move |&(group, value)| Entry { bucket, group, value })
        })
        .collect();
    if !quiet.is_empty() {
        found.extend(quiet);
        found.sort_unstable_by_key(|entry| (entry.bucket, entry.group));
    }
    Ok(found)
}

/// A group and a time since the start of a span, as one number that sorts by both.
trait Instant: Copy + Ord + Default + Send {
    /// The time takes so many bits.
    fn new(group: u64, micros: u64, shift: u32) -> Self;
    fn group(self, shift: u32) -> u64;
    fn sort(all: &mut Vec<Self>);
}

impl Instant for i64 {
    fn new(group: u64, micros: u64, shift: u32) -> Self {
        (group << shift | micros) as i64
    }

    fn group(self, shift: u32) -> u64 {
        self as u64 >> shift
    }

    fn sort(all: &mut Vec<Self>) {
        sort_instants(all);
    }
}

impl Instant for u128 {
    fn new(group: u64, micros: u64, shift: u32) -> Self {
        u128::from(group) << shift | u128::from(micros)
    }

    fn group(self, shift: u32) -> u64 {
        (self >> shift) as u64
    }

    fn sort(all: &mut Vec<Self>) {
        all.sort_unstable();
    }
}

/// From when to when the meetings that start in a bucket run.
#[derive(Default)]
struct Stays<T> {
    starts: Vec<T>,
    ends: Vec<T>,
}

impl<T: Instant> Stays<T> {
    /// Adds meetings that end, and later than they start.
    fn add(&mut self, groups: &Groups, starts: &[i64], ends: &[i64], span: (i64, i64), shift: u32) {
        match groups {
            Groups::One => self.add_each(starts.iter().map(|_| 0), starts, ends, span, shift),
            Groups::Each(each) => {
                self.add_each(each.iter().map(|&group| u64::from(group)), starts, ends, span, shift);
            }
            Groups::Wide(each) => self.add_each(each.iter().copied(), starts, ends, span, shift),
        }
    }

    fn add_each(
        &mut self,
        groups: impl Iterator<Item = u64>,
        starts: &[i64],
        ends: &[i64],
        (from, to): (i64, i64),
        shift: u32,
    ) {
        let mut kept = self.starts.len();
        self.starts.resize(kept + starts.len(), T::default());
        self.ends.resize(kept + starts.len(), T::default());
        for ((group, &start), &end) in groups.zip(starts).zip(ends) {
            self.starts[kept] = T::new(group, start.wrapping_sub(from) as u64, shift);
            // Those that run on end behind every start. A missing end is before all.
            self.ends[kept] = T::new(group, end.min(to).wrapping_sub(from) as u64, shift);
            kept += usize::from(end > start);
        }
        self.starts.truncate(kept);
        self.ends.truncate(kept);
    }

    /// Calls `each` with every group of which some run, in order, and the most that do at once.
    fn peaks(&mut self, carried: &Carried, span: (i64, i64), shift: u32, mut each: impl FnMut(u64, u64)) {
        let of_carried = |&(group, end): &(u64, i64)| T::new(group, end.wrapping_sub(span.0) as u64, shift);
        self.ends.extend(carried.ends.iter().map(of_carried));
        if !self.starts.is_sorted() {
            T::sort(&mut self.starts);
        }
        T::sort(&mut self.ends);
        let mut running = carried.running.iter().copied().peekable();
        let mut ends = self.ends.as_slice();
        for starts in self.starts.chunk_by(|a, b| a.group(shift) == b.group(shift)) {
            let group = starts[0].group(shift);
            while let Some((other, value)) = running.next_if(|other| other.0 < group) {
                each(other, value);
            }
            let before = running.next_if(|other| other.0 == group).map_or(0, |before| before.1);
            let skipped = ends.iter().take_while(|end| end.group(shift) < group).count();
            let own = ends[skipped..].iter().take_while(|end| end.group(shift) == group).count();
            each(group, peak(before, starts, &ends[skipped..skipped + own]));
            ends = &ends[skipped + own..];
        }
        running.for_each(|(group, value)| each(group, value));
    }
}

impl<T> Merge for Stays<T> {
    fn merge(&mut self, other: Self) {
        self.starts.extend(other.starts);
        self.ends.extend(other.ends);
    }
}
