//! Registrations: how many came, and how many there are.

use std::collections::BTreeMap;

use super::active::{split_dims, split_filter};
use crate::kpi::context::{Context, GroupKey, Groups, Output, count};
use crate::kpi::error::KpiError;
use crate::kpi::scan::predicate::TRUE;
use crate::kpi::scan::{Clock, Periods};
use crate::model::Day;
use crate::store::NULL_NUMBER;

/// Known users registered by each of some days (not falling), by the dimensions of a side over users.
///
/// # Errors
/// When the store is damaged.
pub fn registered_by(ctx: &Context<'_, '_>, side: usize, days: &[Day]) -> Result<Groups<u64>, KpiError> {
    let known = ctx.lookups.known("users")?;
    let registered = ctx.lookups.numbers("users", "registration_date")?;
    let (filter, _) = split_filter(&ctx.sides[side].filter);
    let (dims, _) = split_dims(&ctx.sides[side]);
    let dims: Vec<_> =
        dims.iter().map(|&d| (d, ctx.sides[side].dims[d].as_ref().expect("reached"))).collect();
    let mut joined: BTreeMap<Vec<u32>, Vec<u64>> = BTreeMap::new();
    for user in known.iter() {
        let day = registered.get(user as usize).copied().unwrap_or(NULL_NUMBER);
        if day == NULL_NUMBER || !(filter.is_all() || filter.of_actor(user) == TRUE) {
            continue;
        }
        let at = days.partition_point(|&t| i64::from(t) < day);
        if at < days.len() {
            let codes: Vec<u32> = dims.iter().map(|(_, dim)| dim.code_of_actor(user)).collect();
            joined.entry(codes).or_insert_with(|| vec![0; days.len()])[at] += 1;
        }
    }
    let mut groups = Groups::new();
    for (codes, counts) in joined {
        let mut all = vec![0; ctx.dims.len()];
        dims.iter().zip(codes).for_each(|((d, _), code)| all[*d] = code);
        let mut sum = 0;
        for (bucket, n) in (0u32..).zip(counts) {
            sum += n;
            if sum > 0 {
                groups.insert(GroupKey { bucket, codes: all.clone() }, sum);
            }
        }
    }
    Ok(groups)
}

/// `signups`.
pub fn signups(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let known = ctx.lookups.known("users")?;
    let registered = ctx.lookups.numbers("users", "registration_date")?;
    let without =
        known.iter().filter(|&u| registered.get(u as usize).is_none_or(|&d| d == NULL_NUMBER)).count();
    output.excluded.add("users: no registration_date", without as u64);
    let Some(first) = ctx.buckets.first() else { return Ok(output) };
    // Period 0 is all that came before, so that sums run from the first registration ever.
    let from = ctx.earliest.unwrap_or(first.start).min(first.start);
    let days = ctx.buckets.iter().map(|b| b.start..b.end.min(ctx.as_of + 1).max(b.start));
    let periods = Periods::new(std::iter::once(from..first.start.min(ctx.as_of + 1).max(from)).chain(days));
    let scan = ctx.scan(0, Some(Clock::of("registration_date")), &periods)?;
    let found = scan.counts()?;
    let mut by_group: BTreeMap<Vec<u32>, BTreeMap<u32, u64>> = BTreeMap::new();
    for (key, n) in ctx.groups(0, scan.layout(), found.into_entries()) {
        by_group.entry(key.codes).or_default().insert(key.bucket, n);
    }
    let fill = ctx.dims.is_empty() && ctx.fill;
    for (codes, counts) in by_group {
        let mut sum = counts.get(&0).copied().unwrap_or(0);
        for bucket in 0..ctx.buckets.len() as u32 {
            let n = counts.get(&(bucket + 1)).copied().unwrap_or(0);
            sum += n;
            if n > 0 || fill {
                output.put(GroupKey { bucket, codes: codes.clone() }, vec![count(n), count(sum)]);
            }
        }
    }
    Ok(output)
}
