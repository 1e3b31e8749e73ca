//! Meetings and stays in them: how many, how long, how many at once.

use super::active::{Activity, known_bits};
use super::users::registered_by;
use crate::kpi::context::{Context, GroupKey, Output, count, full_outer_join, ratio};
use crate::kpi::error::KpiError;
use crate::kpi::exact::Exact;
use crate::kpi::kernels::distinct::Distinct;
use crate::kpi::kernels::interval::peak;
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::quantile::quantile;
use crate::kpi::kernels::slots::Slots;
use crate::kpi::scan::chunk::{Chunk, Needs};
use crate::kpi::scan::{Clock, Periods, rows_without_time};
use crate::model::{MICROS_PER_MINUTE, SCHEMA};
use crate::store::{NULL_ID, NULL_NUMBER, StoreError};

const START: Clock = Clock::of("start_time");
const JOIN: Clock = Clock::of("join_time");

/// The whole minutes of each meeting of a chunk: its duration, else from start to end.
///
/// # Errors
/// When the store is damaged.
pub fn minutes_of(chunk: &Chunk<'_>) -> Result<Vec<i64>, StoreError> {
    let meetings = SCHEMA.get(SCHEMA.id("meetings"));
    chunk.integers(&meetings.columns[meetings.column("duration_minutes")])
}

/// Sums of a group of rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// Rows.
    pub rows: u64,
    /// Rows with a value.
    pub valued: u64,
    /// Sum of the values.
    pub sum: i128,
    /// Sum of other values.
    pub other: i128,
}

impl Merge for Sums {
    fn merge(&mut self, o: Self) {
        self.rows += o.rows;
        self.valued += o.valued;
        self.sum += o.sum;
        self.other += o.other;
    }
}

/// `meeting_minutes`.
pub fn meeting_minutes(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(START), &periods)?;
    let found = scan.slots(|state: &mut Slots<Sums>, chunk| {
        for (&slot, minutes) in chunk.slots.iter().zip(minutes_of(chunk)?) {
            let sums = state.at(slot);
            sums.rows += 1;
            if minutes != NULL_NUMBER {
                sums.valued += 1;
                sums.sum += i128::from(minutes);
            }
        }
        Ok(())
    })?;
    let mut without = 0;
    for (key, sums) in ctx.groups(0, scan.layout(), found.into_entries()) {
        without += sums.rows - sums.valued;
        output.put(key, vec![Some(Exact::whole(sums.sum)), count(sums.rows)]);
    }
    output.excluded.add("minutes: no duration and no end", without);
    Ok(output)
}

/// `avg_meeting_duration`.
pub fn avg_meeting_duration(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let least = ctx.options.whole("min_minutes");
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(START), &periods)?;
    let slots = scan.layout().slots;
    let (found, without, short) = scan.run(
        || (Slots::<Vec<i64>>::new(slots), 0u64, 0u64),
        |(state, without, short), chunk| {
            for (&slot, minutes) in chunk.slots.iter().zip(minutes_of(chunk)?) {
                if minutes == NULL_NUMBER {
                    *without += 1;
                } else if minutes < least {
                    *short += 1;
                } else {
                    state.at(slot).push(minutes);
                }
            }
            Ok(())
        },
    )?;
    output.excluded.add("no duration and no end", without);
    output.excluded.add(format!("shorter than {least} minutes"), short);
    for (key, mut minutes) in ctx.groups(0, scan.layout(), found.into_entries()) {
        minutes.sort_unstable();
        let sum: i128 = minutes.iter().map(|&m| i128::from(m)).sum();
        let n = minutes.len() as u64;
        let average = Exact::ratio(sum, i128::from(n));
        output.put(key, vec![average, quantile(&minutes, 5, 1), quantile(&minutes, 9, 1), count(n)]);
    }
    Ok(output)
}

/// `meetings_per_user`.
pub fn meetings_per_user(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let known = known_bits(&*ctx.lookups.known("users")?, ctx.lookups.ids_of("users"));
    let scan = ctx.scan(0, Some(START), &periods)?.with(Needs { actors: true, ..Needs::default() });
    let found = scan.slots(|state: &mut Slots<u64>, chunk| {
        for (&slot, &host) in chunk.slots.iter().zip(&chunk.actors) {
            if host != NULL_ID && known.get(host as usize) {
                *state.at(slot) += 1;
            }
        }
        Ok(())
    })?;
    let meetings = ctx.groups(0, scan.layout(), found.into_entries());
    let hosts = Activity::new(ctx, 0, &periods, &mut output.excluded)?.counts(ctx, 0);
    if ctx.options.get("per") == "hosts" {
        for (key, n) in meetings {
            let users = hosts.get(&key).copied().unwrap_or(0);
            output.put(key, vec![ratio(n, users), count(n), count(users)]);
        }
        return Ok(output);
    }
    let registered = registered_by(ctx, 1, &ctx.stock_days())?;
    for (key, (n, users)) in full_outer_join((&ctx.sides[0], meetings), (&ctx.sides[1], registered)) {
        let (n, users) = (n.unwrap_or(0), users.unwrap_or(0));
        output.put(key, vec![ratio(n, users), count(n), count(users)]);
    }
    Ok(output)
}

/// `attendance`.
pub fn attendance(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(JOIN), &periods)?;
    let scan = scan.with(Needs { actors: true, meetings: true, ..Needs::default() });
    let slots = scan.layout().slots;
    let users = known_bits(&*ctx.lookups.known("users")?, ctx.lookups.ids_of("users"));
    let meetings = known_bits(&*ctx.lookups.known("meetings")?, ctx.lookups.ids_of("meetings"));
    let new = || {
        let people = Distinct::new(slots, ctx.lookups.ids_of("users"));
        (Slots::<Sums>::new(slots), people, Distinct::new(slots, ctx.lookups.ids_of("meetings")))
    };
    let (sums, people, met) = scan.run(new, |(sums, people, met), chunk| {
        let (joined, left) = (chunk.file.numbers("join_time")?, chunk.file.numbers("leave_time")?);
        for (at, &slot) in chunk.slots.iter().enumerate() {
            let row = chunk.rows[at] as usize;
            let of = sums.at(slot);
            of.rows += 1;
            let (from, to) = (joined.get(row), left.get(row));
            if from != NULL_NUMBER && to != NULL_NUMBER {
                // In seconds of any fraction: kept in microseconds until the end.
                of.sum += i128::from(to - from);
            }
            let (user, meeting) = (chunk.actors[at], chunk.meetings[at]);
            if user != NULL_ID && users.get(user as usize) {
                people.insert(slot, user);
            }
            if meeting != NULL_ID && meetings.get(meeting as usize) {
                of.valued += 1;
                met.insert(slot, meeting);
            }
        }
        Ok(())
    })?;
    let people = ctx.groups(0, scan.layout(), people.into_counts().into_iter());
    let met = ctx.groups(0, scan.layout(), met.into_counts().into_iter());
    let of =
        |groups: &crate::kpi::context::Groups<u64>, key: &GroupKey| groups.get(key).copied().unwrap_or(0);
    let mut unknown = 0;
    for (key, sums) in ctx.groups(0, scan.layout(), sums.into_entries()) {
        unknown += sums.rows - sums.valued;
        let measures = vec![
            count(sums.rows),
            count(of(&people, &key)),
            ratio(sums.valued, of(&met, &key)),
            Exact::ratio(sums.sum, i128::from(MICROS_PER_MINUTE)),
        ];
        output.put(key, measures);
    }
    output.excluded.add("avg_attendees: meeting not in meetings", unknown);
    output.excluded.add("attendees: no join_time", rows_without_time(ctx.lookups, "attendees"));
    Ok(output)
}

/// `connection_quality`.
pub fn connection_quality(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let shown = ctx.lookups.shown("attendees", "connection_quality")?;
    let poor: Vec<bool> = spelled(ctx, "attendees", "connection_quality", |t| t == "poor")?;
    let scan = ctx.scan(0, Some(JOIN), &periods)?;
    let slots = scan.layout().slots;
    let (found, without) = scan.run(
        || (Slots::<Sums>::new(slots), 0u64),
        |(state, without), chunk| {
            let codes = chunk.file.codes("connection_quality")?;
            for (&slot, &row) in chunk.slots.iter().zip(&chunk.rows) {
                let code = codes.get(row as usize) as usize;
                if code == 0 || code >= shown.len() {
                    *without += 1;
                    continue;
                }
                let sums = state.at(slot);
                sums.rows += 1;
                sums.valued += u64::from(poor[code]);
            }
            Ok(())
        },
    )?;
    output.excluded.add("no connection_quality", without);
    output.excluded.add("attendees: no join_time", rows_without_time(ctx.lookups, "attendees"));
    for (key, sums) in ctx.groups(0, scan.layout(), found.into_entries()) {
        output.put(key, vec![ratio(sums.valued, sums.rows), count(sums.valued), count(sums.rows)]);
    }
    Ok(output)
}

/// For each code of a category column, whether its folded text passes.
///
/// # Errors
/// When the store is damaged.
pub fn spelled(
    ctx: &Context<'_, '_>,
    table: &'static str,
    column: &'static str,
    test: impl Fn(&str) -> bool,
) -> Result<Vec<bool>, StoreError> {
    let Some(t) = ctx.lookups.snapshot().named(table) else { return Ok(vec![false]) };
    let Some(dictionary) = t.dictionary(t.def.column(column))? else { return Ok(vec![false]) };
    let passes = |code: u32| code > 0 && test(&crate::store::dictionary::fold(&dictionary.text(code)));
    Ok((0..=dictionary.len() as u32).map(passes).collect())
}

/// `peak_concurrency`.
pub fn peak_concurrency(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let (Some(first), Some(last)) = (ctx.buckets.first(), ctx.buckets.last()) else { return Ok(output) };
    // A meeting counts while it runs, whenever it started: everything up to the end is read.
    let from = ctx.earliest.unwrap_or(first.start).min(first.start);
    let periods = Periods::new(std::iter::once(from..last.end.min(ctx.as_of + 1).max(from)));
    let scan = ctx.scan(0, Some(START), &periods)?;
    let slots = scan.layout().slots;
    let (found, without) = scan.run(
        || (Slots::<(Vec<i64>, Vec<i64>)>::new(slots), 0u64),
        |(state, without), chunk| {
            let (starts, ends) = (chunk.file.numbers("start_time")?, chunk.file.numbers("end_time")?);
            for (&slot, &row) in chunk.slots.iter().zip(&chunk.rows) {
                let (start, end) = (starts.get(row as usize), ends.get(row as usize));
                if end == NULL_NUMBER {
                    *without += 1;
                } else if end > start {
                    let of = state.at(slot);
                    of.0.push(start);
                    of.1.push(end);
                }
            }
            Ok(())
        },
    )?;
    output.excluded.add("no end_time", without);
    for (key, (mut starts, mut ends)) in ctx.groups(0, scan.layout(), found.into_entries()) {
        starts.sort_unstable();
        ends.sort_unstable();
        for (bucket, b) in (0u32..).zip(ctx.buckets) {
            let most = peak(&starts, &ends, ctx.zone.start_of(b.start), ctx.zone.start_of(b.end));
            if most > 0 {
                output.put(GroupKey { bucket, codes: key.codes.clone() }, vec![count(most)]);
            }
        }
    }
    Ok(output)
}
