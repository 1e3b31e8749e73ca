//! Meetings and stays in them: how many, how long.

use std::sync::atomic::{AtomicU64, Ordering};

use super::acting::Acting;
use super::gathering::Gathering;
use super::users::registered_by;
use crate::kpi::context::{Context, Output};
use crate::kpi::error::KpiError;
use crate::kpi::grouped::{Entry, Grouped, join};
use crate::kpi::kernels::known::Known;
use crate::kpi::kernels::quantile::quantile;
use crate::kpi::kernels::samples::Samples;
use crate::kpi::rows::{Figures, Rows};
use crate::kpi::scan::chunk::{Chunk, Needs};
use crate::kpi::scan::{Clock, rows_without_time};
use crate::model::{ColumnDef, MICROS_PER_MINUTE, SCHEMA};
use crate::store::vector::{changed, vectorized};
use crate::store::{NULL_NUMBER, StoreError};

/// When meetings happen.
pub(super) const START: Clock = Clock::of("start_time");
const JOIN: Clock = Clock::of("join_time");

/// The whole minutes of each meeting: its duration, else from start to end.
pub fn minutes_column() -> &'static ColumnDef {
    let meetings = SCHEMA.get(SCHEMA.id("meetings"));
    &meetings.columns[meetings.column("duration_minutes")]
}

/// `meeting_minutes`.
pub fn meeting_minutes(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(START), &periods)?;
    let emit = |rows: &mut Rows, bucket, group, meetings, minutes| {
        let [sum, count] = rows.place(scan.layout(), ctx.dims.len(), bucket, group);
        sum.push_whole(minutes);
        count.push_whole(i128::from(meetings));
    };
    let (found, without) = scan.sums(minutes_column(), emit)?;
    output.rows = found.into_iter().collect();
    output.excluded.add("minutes: no duration and no end", without);
    Ok(output)
}

/// Appends a row: the mean of sorted values, their median, the value below which nine tenths of them
/// lie, and their number; values are in units of 1/`unit`.
pub fn push_spread(figures: &mut [Figures; 4], sorted: &[i64], unit: i64) {
    let sum: i128 = sorted.iter().map(|&value| i128::from(value)).sum();
    let [mean, median, p90, n] = figures;
    mean.push_quotient(sum, i128::from(unit) * sorted.len() as i128);
    for (figures, tenths) in [(median, 5), (p90, 9)] {
        let (numerator, denominator) = quantile(sorted, tenths);
        figures.push_quotient(numerator, i128::from(denominator) * i128::from(unit));
    }
    n.push_whole(sorted.len() as i128);
}

/// `avg_meeting_duration`.
pub fn avg_meeting_duration(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let least = ctx.options.whole("min_minutes");
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(START), &periods)?;
    let (without, short) = (AtomicU64::new(0), AtomicU64::new(0));
    let found = scan.by_period(
        || Samples::new(scan.layout().groups()),
        |samples, chunk| {
            let minutes = chunk.integers(minutes_column())?;
            // What is missing is below every number.
            let minutes = minutes.as_slice();
            let count =
                |limit: i64| vectorized(move || minutes.iter().map(|&m| u64::from(m < limit)).sum::<u64>());
            let (missing, below) = (count(NULL_NUMBER + 1), count(least.max(NULL_NUMBER + 1)));
            without.fetch_add(missing, Ordering::Relaxed);
            short.fetch_add(below - missing, Ordering::Relaxed);
            samples.add(&chunk.groups, minutes, least);
            Ok(())
        },
        |samples, bucket, rows: &mut Rows| {
            samples.finish(|group, minutes| {
                push_spread(rows.place(scan.layout(), ctx.dims.len(), bucket, group), minutes, 1);
            });
        },
    )?;
    output.rows = found.into_iter().collect();
    output.excluded.add("no duration and no end", without.into_inner());
    output.excluded.add(format!("shorter than {least} minutes"), short.into_inner());
    Ok(output)
}

/// `meetings_per_user`.
pub fn meetings_per_user(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let known = ctx.lookups.known_bits("users")?;
    let scan = ctx.scan(0, Some(START), &periods)?.with(Needs { actors: true, ..Needs::default() });
    let known = Known::new(&known);
    let is_known = |chunk: &Chunk<'_>| Ok([known.flags(&chunk.actors)]);
    let found = scan.totals(is_known, |found: &mut Vec<Entry<u64>>, bucket, group, _, [meetings]| {
        if meetings > 0 {
            found.push(Entry { bucket, group, value: meetings as u64 });
        }
    })?;
    let meetings = Grouped::new(scan.layout(), found);
    let hosts = Acting::new(ctx, 0, periods.count())?.counts(&periods, &mut output.excluded)?;
    let per = |figures: &mut [Figures; 3], meetings: Option<u64>, users: Option<u64>| {
        let (meetings, users) = (meetings.unwrap_or(0), users.unwrap_or(0));
        let [ratio, n, of] = figures;
        ratio.push_ratio(i128::from(meetings), users);
        n.push_whole(i128::from(meetings));
        of.push_whole(i128::from(users));
    };
    if ctx.options.get("per") == "hosts" {
        join(ctx, (0, meetings), (0, hosts), &mut output.rows, per);
    } else {
        let registered = registered_by(ctx, 1, &ctx.stock_days())?;
        join(ctx, (0, meetings), (1, registered), &mut output.rows, per);
    }
    Ok(output)
}

/// `attendance`.
pub fn attendance(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(JOIN), &periods)?;
    let scan = scan.with(Needs { actors: true, meetings: true, ..Needs::default() });
    let acting = Acting::new(ctx, 0, periods.count())?;
    let known = ctx.lookups.known_bits("meetings")?;
    let is_known = Known::new(&known);
    let unknown = AtomicU64::new(0);
    let found = scan.by_period(
        || Gathering::new(&acting, &known, None),
        |gathering, chunk| {
            let (joined, left) = (chunk.numbers("join_time")?, chunk.numbers("leave_time")?);
            // In seconds of any fraction: kept in microseconds until the end.
            let mut stays = left;
            changed(&mut stays, &joined, |stay, from| {
                let is_whole = from != NULL_NUMBER && *stay != NULL_NUMBER;
                *stay = if is_whole { stay.wrapping_sub(from) } else { 0 };
            });
            gathering.add(&acting, chunk, [&stays, &is_known.flags(&chunk.meetings)]);
            Ok(())
        },
        |gathering, bucket, rows: &mut Rows| {
            gathering.finish(&acting, |group, of| {
                let [stays, of_known] = of.sums;
                unknown.fetch_add(of.rows - of_known as u64, Ordering::Relaxed);
                let [attendees, unique, average, minutes] =
                    rows.place(scan.layout(), ctx.dims.len(), bucket, group);
                attendees.push_whole(i128::from(of.rows));
                unique.push_whole(i128::from(of.users));
                average.push_ratio(of_known, of.meetings);
                minutes.push_ratio(stays, MICROS_PER_MINUTE as u64);
            });
        },
    )?;
    output.rows = found.into_iter().collect();
    output.excluded.add("avg_attendees: meeting not in meetings", unknown.into_inner());
    output.excluded.add("attendees: no join_time", rows_without_time(ctx.lookups, "attendees"));
    Ok(output)
}

/// `connection_quality`.
pub fn connection_quality(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let ranks = ctx.lookups.ranks("attendees", "connection_quality")?;
    let poor: Vec<bool> = spelled(ctx, "attendees", "connection_quality", |t| t == "poor")?;
    let scan = ctx.scan(0, Some(JOIN), &periods)?;
    let without = AtomicU64::new(0);
    let of_code = |(code, poor): (u32, bool)| if ranks.of(code) == 0 { 0 } else { 1 + u8::from(poor) };
    let classes: Vec<u8> = (0..).zip(poor).map(of_code).collect();
    let found = scan.classed("connection_quality", &classes, |rows: &mut Rows, bucket, group, counts| {
        let [missing, others, poor] = counts;
        without.fetch_add(missing, Ordering::Relaxed);
        if poor + others > 0 {
            let [rate, n, of] = rows.place(scan.layout(), ctx.dims.len(), bucket, group);
            rate.push_ratio(i128::from(poor), poor + others);
            n.push_whole(i128::from(poor));
            of.push_whole(i128::from(poor + others));
        }
    })?;
    output.rows = found.into_iter().collect();
    output.excluded.add("no connection_quality", without.into_inner());
    output.excluded.add("attendees: no join_time", rows_without_time(ctx.lookups, "attendees"));
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
