//! Which features are used, and by how many.

use super::active::{Activity, known_bits};
use super::meetings::Sums;
use super::users::registered_by;
use crate::kpi::context::{Context, Groups, Output, count, full_outer_join, ratio};
use crate::kpi::error::KpiError;
use crate::kpi::exact::Exact;
use crate::kpi::kernels::distinct::Distinct;
use crate::kpi::kernels::slots::Slots;
use crate::kpi::lookup::{Lookups, number_at};
use crate::kpi::scan::Periods;
use crate::kpi::scan::chunk::Needs;
use crate::kpi::scan::facts::FEATURES;
use crate::model::{DECIMAL_ONE, Day, Zone};
use crate::store::{NULL_ID, NULL_NUMBER};

/// The first day on which a use without a time of its own falls, by its meeting's start.
///
/// # Errors
/// When the store is damaged.
pub fn first_day_by_meeting(lookups: &Lookups<'_>, zone: &Zone, _: Day) -> Result<Option<Day>, KpiError> {
    let Some(table) = lookups.snapshot().named("features_usage") else { return Ok(None) };
    let mut first = None;
    for segment in table.segments.iter().filter(|s| s.info.month.is_none()) {
        let starts = lookups.numbers("meetings", "start_time")?;
        let meetings = segment.open()?.ids("meeting_id")?;
        let times = meetings.raw.iter().map(|&m| number_at(&starts, m)).filter(|&t| t != NULL_NUMBER);
        first = times.chain(first).min();
    }
    Ok(first.map(|t| zone.day_of(t)))
}

/// Distinct known hosts of the meetings in which a feature was used, per period and group.
fn adopters(ctx: &Context<'_, '_>, periods: &Periods, output: &mut Output) -> Result<Groups<u64>, KpiError> {
    let known = known_bits(&*ctx.lookups.known("users")?, ctx.lookups.ids_of("users"));
    let scan = ctx.scan(0, FEATURES.clock, periods)?.with(Needs { actors: true, ..Needs::default() });
    let slots = scan.layout().slots;
    let (found, unknown, unused) = scan.run(
        || (Distinct::new(slots, ctx.lookups.ids_of("users")), 0u64, 0u64),
        |(state, unknown, unused), chunk| {
            let uses = chunk.file.numbers("usage_count")?;
            for (at, &slot) in chunk.slots.iter().enumerate() {
                let host = chunk.actors[at];
                if uses.get(chunk.rows[at] as usize) == 0 {
                    *unused += 1;
                } else if host == NULL_ID || !known.get(host as usize) {
                    *unknown += 1;
                } else {
                    state.insert(slot, host);
                }
            }
            Ok(())
        },
    )?;
    output.excluded.add("the meeting's host is not in users", unknown);
    output.excluded.add("usage_count is 0", unused);
    Ok(ctx.groups(0, scan.layout(), found.into_counts().into_iter()))
}

/// Adopters at any time up to each bucket's last day that counts.
fn adopters_ever(ctx: &Context<'_, '_>, output: &mut Output) -> Result<Groups<u64>, KpiError> {
    let mut all = Groups::new();
    let Some(from) = ctx.earliest else { return Ok(all) };
    for (bucket, b) in (0u32..).zip(ctx.buckets) {
        let until = Periods::new(std::iter::once(from..b.end.min(ctx.as_of + 1).max(from)));
        let mut part = Output::default();
        for (mut key, n) in adopters(ctx, &until, &mut part)? {
            key.bucket = bucket;
            all.insert(key, n);
        }
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
            let mut aside = crate::kpi::scan::Excluded::default();
            Activity::new(ctx, 1, &ctx.flow(), &mut aside)?.counts(ctx, 1)
        }
        _ => registered_by(ctx, 1, &ctx.stock_days())?,
    };
    for (key, (adopters, users)) in full_outer_join((&ctx.sides[0], adopters), (&ctx.sides[1], users)) {
        let (adopters, users) = (adopters.unwrap_or(0), users.unwrap_or(0));
        if users > 0 && adopters > users {
            let warning = "a rate above 1: some adopters are not among the users of the denominator";
            output.warnings.insert(warning.into());
        }
        output.put(key, vec![ratio(adopters, users), count(adopters), count(users)]);
    }
    Ok(output)
}

/// `feature_usage`.
pub fn feature_usage(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let known = known_bits(&*ctx.lookups.known("users")?, ctx.lookups.ids_of("users"));
    let scan = ctx.scan(0, FEATURES.clock, &periods)?;
    let scan = scan.with(Needs { actors: true, meetings: true, ..Needs::default() });
    let slots = scan.layout().slots;
    let new = || {
        let meetings = Distinct::new(slots, ctx.lookups.ids_of("meetings"));
        (Slots::<Sums>::new(slots), meetings, Distinct::new(slots, ctx.lookups.ids_of("users")))
    };
    let (sums, meetings, users) = scan.run(new, |(sums, meetings, users), chunk| {
        let (uses, minutes) = (chunk.file.numbers("usage_count")?, chunk.file.numbers("usage_duration")?);
        for (at, &slot) in chunk.slots.iter().enumerate() {
            let row = chunk.rows[at] as usize;
            let of = sums.at(slot);
            of.rows += 1;
            let (uses, minutes) = (uses.get(row), minutes.get(row));
            if uses != NULL_NUMBER {
                of.sum += i128::from(uses);
            }
            if minutes != NULL_NUMBER {
                of.other += i128::from(minutes);
            }
            if chunk.meetings[at] != NULL_ID {
                meetings.insert(slot, chunk.meetings[at]);
            }
            let host = chunk.actors[at];
            if host != NULL_ID && known.get(host as usize) {
                users.insert(slot, host);
            }
        }
        Ok(())
    })?;
    let meetings = ctx.groups(0, scan.layout(), meetings.into_counts().into_iter());
    let users = ctx.groups(0, scan.layout(), users.into_counts().into_iter());
    for (key, sums) in ctx.groups(0, scan.layout(), sums.into_entries()) {
        let of = |groups: &Groups<u64>| count(groups.get(&key).copied().unwrap_or(0));
        let measures = vec![
            Some(Exact::whole(sums.sum)),
            Exact::ratio(sums.other, i128::from(DECIMAL_ONE)),
            of(&meetings),
            of(&users),
        ];
        output.put(key, measures);
    }
    Ok(output)
}
