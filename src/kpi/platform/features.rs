//! Which features are used, and by how many.

use std::sync::atomic::{AtomicU64, Ordering};

use super::acting::Acting;
use super::gathering::Gathering;
use super::users::registered_by;
use crate::kpi::context::{Context, Output};
use crate::kpi::error::KpiError;
use crate::kpi::grouped::{Entry, Grouped, join};
use crate::kpi::kernels::totals::clear_missing;
use crate::kpi::lookup::Lookups;
use crate::kpi::rows::{Figures, Rows};
use crate::kpi::scan::chunk::Needs;
use crate::kpi::scan::facts::FEATURES;
use crate::kpi::scan::{Excluded, Periods};
use crate::model::{DECIMAL_ONE, Day, Zone};
use crate::store::{BitVec, NULL_ID, NULL_NUMBER};

/// The first day on which a use without a time of its own falls, by its meeting's start.
///
/// # Errors
/// When the store is damaged.
pub fn first_day_by_meeting(lookups: &Lookups<'_>, zone: &Zone, _: Day) -> Result<Option<Day>, KpiError> {
    let Some(table) = lookups.snapshot().named("features_usage") else { return Ok(None) };
    let mut first = None;
    for segment in table.segments.iter().filter(|s| s.info.month.is_none()) {
        let starts = lookups.starts_of_meetings()?;
        let meetings = segment.open()?.ids("meeting_id")?;
        let times = meetings.raw.iter().map(|&m| starts.get(m)).filter(|&t| t != NULL_NUMBER);
        first = times.chain(first).min();
    }
    Ok(first.map(|t| zone.day_of(t)))
}

/// Distinct known hosts of the meetings in which a feature was used, per period and group.
fn adopters(ctx: &Context<'_, '_>, periods: &Periods, output: &mut Output) -> Result<Grouped<u64>, KpiError> {
    let scan = ctx.scan(0, FEATURES.clock, periods)?.with(Needs { actors: true, ..Needs::default() });
    let acting = Acting::new(ctx, 0, periods.count())?;
    let (unknown, unused) = (AtomicU64::new(0), AtomicU64::new(0));
    let found = scan.by_period(
        || acting.state(),
        |state, chunk| {
            let uses = chunk.numbers("usage_count")?;
            let idle = uses.iter().filter(|&&uses| uses == 0).count() as u64;
            let host = |(&host, &uses): (&u32, &i64)| if uses == 0 { NULL_ID } else { host };
            let hosts: Vec<u32> = chunk.actors.iter().zip(&uses).map(host).collect();
            let groups = acting.fact_groups(&chunk.groups);
            let (missing, strangers) = state.0.add(&groups, &hosts);
            unused.fetch_add(idle, Ordering::Relaxed);
            unknown.fetch_add(missing + strangers - idle, Ordering::Relaxed);
            Ok(())
        },
        |state, bucket, found: &mut Vec<Entry<u64>>| {
            acting.finish(state, |group, value| found.push(Entry { bucket, group, value }));
        },
    )?;
    output.excluded.add("the meeting's host is not in users", unknown.into_inner());
    output.excluded.add("usage_count is 0", unused.into_inner());
    Ok(Grouped::new(acting.layout(), found))
}

/// Adopters at any time up to each bucket's last day that counts.
fn adopters_ever(ctx: &Context<'_, '_>, output: &mut Output) -> Result<Grouped<u64>, KpiError> {
    let mut all = Grouped { layout: ctx.scan(0, None, &ctx.flow())?.layout().clone(), entries: Vec::new() };
    let Some(from) = ctx.earliest else { return Ok(all) };
    for (bucket, b) in (0u32..).zip(ctx.buckets) {
        let until = Periods::new(std::iter::once(from..b.end.min(ctx.as_of + 1).max(from)));
        let mut part = Output::default();
        let found = adopters(ctx, &until, &mut part)?.entries;
        all.entries.extend(found.into_iter().map(|entry| Entry { bucket, ..entry }));
        if bucket as usize + 1 == ctx.buckets.len() {
            output.excluded = part.excluded;
        }
    }
    Ok(all)
}

/// `feature_adoption`.
pub fn feature_adoption(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let adopters = match ctx.options.get("scope") {
        "ever" => adopters_ever(ctx, &mut output)?,
        _ => adopters(ctx, &ctx.flow(), &mut output)?,
    };
    let users = match ctx.options.get("denominator") {
        "active" => {
            let periods = ctx.flow();
            Acting::new(ctx, 1, periods.count())?.counts(&periods, &mut Excluded::default())?
        }
        _ => registered_by(ctx, 1, &ctx.stock_days())?,
    };
    let mut is_above_1 = false;
    let write = |figures: &mut [Figures; 3], adopters: Option<u64>, users: Option<u64>| {
        let (adopters, users) = (adopters.unwrap_or(0), users.unwrap_or(0));
        is_above_1 |= users > 0 && adopters > users;
        let [rate, n, of] = figures;
        rate.push_ratio(i128::from(adopters), users);
        n.push_whole(i128::from(adopters));
        of.push_whole(i128::from(users));
    };
    join(ctx, (0, adopters), (1, users), &mut output.rows, write);
    if is_above_1 {
        let warning = "a rate above 1: some adopters are not among the users of the denominator";
        output.warnings.insert(warning.into());
    }
    Ok(output)
}

/// `feature_usage`.
pub fn feature_usage(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let scan = ctx.scan(0, FEATURES.clock, &periods)?;
    let scan = scan.with(Needs { actors: true, meetings: true, ..Needs::default() });
    let acting = Acting::new(ctx, 0, periods.count())?;
    // A meeting counts whether or not a load brought it.
    let mentioned = BitVec::ones(ctx.lookups.ids_of("meetings"));
    let hosts = ctx.lookups.by_id("meetings", "host_user_id")?;
    let found = scan.by_period(
        || Gathering::new(&acting, &mentioned, Some(&hosts)),
        |gathering, chunk| {
            let (mut uses, mut minutes) = (chunk.numbers("usage_count")?, chunk.numbers("usage_duration")?);
            clear_missing(&mut uses);
            clear_missing(&mut minutes);
            gathering.add(&acting, chunk, [&uses, &minutes]);
            Ok(())
        },
        |gathering, bucket, rows: &mut Rows| {
            gathering.finish(&acting, |group, of| {
                let [uses, units] = of.sums;
                let [sum, minutes, meetings, users] =
                    rows.place(scan.layout(), ctx.dims.len(), bucket, group);
                sum.push_whole(uses);
                minutes.push_ratio(units, DECIMAL_ONE as u64);
                meetings.push_whole(i128::from(of.meetings));
                users.push_whole(i128::from(of.users));
            });
        },
    )?;
    output.rows = found.into_iter().collect();
    Ok(output)
}
