//! Registrations: how many came, and how many there are.

use rayon::prelude::*;

use super::active::{split_dims, split_filter};
use crate::kpi::context::{Context, Output};
use crate::kpi::error::KpiError;
use crate::kpi::grouped::{Entry, Grouped};
use crate::kpi::kernels::running::Running;
use crate::kpi::rows::{Figures, Rows};
use crate::kpi::scan::{Clock, Layout, Periods, users_passing};
use crate::model::Day;
use crate::store::snapshot::KNOWN;
use crate::store::{NULL_NUMBER, Selection, StoreError, room_for};

/// Known users registered by each of some days (not falling), by the dimensions of a side over users.
///
/// # Errors
/// When the store is damaged.
pub fn registered_by(ctx: &Context<'_, '_>, side: usize, days: &[Day]) -> Result<Grouped<u64>, KpiError> {
    let known = ctx.lookups.known_bits("users")?;
    let registered = ctx.lookups.numbers("users", "registration_date")?;
    let of = &ctx.sides[side];
    let (filter, _) = split_filter(&of.filter);
    let allowed = if filter.is_all() { known } else { users_passing(&filter, ctx.lookups, &known)?.into() };
    let (dims, _) = split_dims(of);
    let layout = Layout::new(of, &dims, days.len())?;
    // The users that each day adds.
    let mut added: Vec<Vec<u32>> = vec![Vec::new(); days.len()];
    let Some(&last) = days.last() else { return Ok(Grouped { layout, entries: Vec::new() }) };
    let first = registered.iter().copied().filter(|&day| day != NULL_NUMBER).min().unwrap_or(0);
    let position = |day: i64| days.partition_point(|&t| i64::from(t) < day);
    let positions: Vec<usize> = (first..=i64::from(last)).map(position).collect();
    for user in allowed.view().ones() {
        let day = registered.get(user as usize).copied().unwrap_or(NULL_NUMBER);
        // Nobody is registered before the first day but those without one.
        if let Some(&at) = usize::try_from(day.wrapping_sub(first)).ok().and_then(|at| positions.get(at)) {
            added[at].push(user);
        }
    }
    let mut sums = Running::<u64>::new(layout.groups());
    let mut entries = Vec::new();
    for (bucket, users) in (0u32..).zip(added) {
        let mut groups = vec![0u64; users.len()];
        for (at, &d) in layout.dims.iter().enumerate() {
            let codes = of.dims[d].as_ref().expect("reached").codes_of_actors(&users);
            groups.iter_mut().zip(codes).for_each(|(group, code)| *group += layout.part(at, code));
        }
        groups.iter().for_each(|&group| *sums.at(group) += 1);
        sums.each(|group, value| {
            if value > 0 {
                entries.push(Entry { bucket, group, value });
            }
        });
    }
    Ok(Grouped { layout, entries })
}

/// How many known users have no day of registration.
fn without_registration(ctx: &Context<'_, '_>) -> Result<u64, StoreError> {
    let Some(users) = ctx.lookups.snapshot().named("users") else { return Ok(0) };
    users.chunks()?.into_iter().try_fold(0, |without, (_, file)| {
        let known = file.flags(KNOWN)?;
        let missing = file.numbers("registration_date")?.missing(&Selection::Run(0..file.rows()));
        Ok(without + missing.iter().filter(|row| known.get(**row as usize)).count() as u64)
    })
}

/// `signups`.
pub fn signups(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    output.excluded.add("users: no registration_date", without_registration(ctx)?);
    let Some(first) = ctx.buckets.first() else { return Ok(output) };
    // Period 0 is all that came before, so that sums run from the first registration ever.
    let from = ctx.earliest.unwrap_or(first.start).min(first.start);
    let days = ctx.buckets.iter().map(|b| b.start..b.end.min(ctx.as_of + 1).max(b.start));
    let periods = Periods::new(std::iter::once(from..first.start.min(ctx.as_of + 1).max(from)).chain(days));
    let scan = ctx.scan(0, Some(Clock::of("registration_date")), &periods)?;
    let found = scan.count_parts()?;
    let mut sums = Running::<i64>::new(scan.layout().groups());
    if ctx.dims.is_empty() && ctx.fill {
        let is_any = found.iter().any(|part| !part.is_empty());
        let mut entries = found.iter().flatten().peekable();
        let mut sum = entries.next_if(|entry| entry.bucket == 0).map_or(0, |entry| entry.value);
        for bucket in 0..ctx.buckets.len() as u32 {
            let came = entries.next_if(|entry| entry.bucket == bucket + 1).map_or(0, |entry| entry.value);
            sum += came;
            if is_any {
                let [n, all] = output.rows.place(scan.layout(), 0, bucket, 0);
                n.push_whole(i128::from(came));
                all.push_whole(i128::from(sum));
            }
        }
        return Ok(output);
    }
    let place = |part: &Vec<Entry<u64>>| {
        let mut rows = Rows::default();
        for entry in part.iter().filter(|entry| entry.bucket > 0) {
            let [] = rows.place(scan.layout(), ctx.dims.len(), entry.bucket - 1, entry.group);
        }
        rows
    };
    let add_up = || {
        let all = found.iter().map(Vec::len).sum();
        let (mut came, mut all) = (room_for(all), room_for(all));
        for entry in found.iter().flatten() {
            let sum = sums.at(entry.group);
            *sum += entry.value as i64;
            if entry.bucket > 0 {
                came.push(entry.value as i64);
                all.push(*sum);
            }
        }
        [came, all]
    };
    let (parts, figures): (Vec<Rows>, _) = rayon::join(|| found.par_iter().map(place).collect(), add_up);
    output.rows = parts.into_iter().collect();
    output.rows.figures = figures.map(Figures::Whole).into();
    Ok(output)
}
