//! Who left, who stayed, who came back: the sets of two periods, compared.

use roaring::RoaringBitmap;

use super::active::Activity;
use super::licences;
use super::users::registered_by;
use crate::kpi::context::{Context, GroupKey, Groups, Output, count, ratio};
use crate::kpi::error::KpiError;
use crate::kpi::scan::Periods;
use crate::model::{Day, Grain};

/// Counts of one period and group.
#[derive(Clone, Copy, Debug, Default)]
struct Movement {
    previous: u64,
    churned: u64,
    retained: u64,
    new: u64,
    resurrected: u64,
    active: u64,
}

/// `churn_rate`.
pub fn churn_rate(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let Some(first) = ctx.buckets.first() else { return Ok(output) };
    // Everything that lies before the first bucket is history; its last period is the one before.
    let step_back = |start: Day| match ctx.calendar.grain {
        Grain::All => start - (first.full_end - first.full_start),
        _ => ctx.calendar.bucket_start(start - 1),
    };
    let mut starts = vec![first.full_start];
    let earliest = ctx.earliest.unwrap_or(first.full_start);
    while starts.last().is_some_and(|&s| s > earliest) && starts.len() < crate::model::calendar::BUCKETS_MAX {
        starts.push(step_back(*starts.last().expect("not empty")));
    }
    if starts.len() == 1 {
        starts.push(step_back(first.full_start));
    }
    starts.reverse();
    let mut ranges: Vec<std::ops::Range<Day>> = starts.windows(2).map(|w| w[0]..w[1]).collect();
    let previous_of_first = ranges.len() - 1;
    // Days of the first bucket that the interval cuts off are history too, of no period.
    ranges.push(first.full_start..first.start);
    let offset = ranges.len();
    ranges.extend(ctx.buckets.iter().map(|b| b.start..b.end));

    let is_stock = ctx.options.get("base") == "license";
    let activity = if is_stock {
        let mut days: Vec<Day> = ranges[..offset].iter().map(|r| (r.end - 1).min(ctx.as_of)).collect();
        days.extend(ctx.stock_days());
        licences::holders(ctx, &days)?
    } else {
        let happened = ranges.iter().map(|r| r.start..r.end.min(ctx.as_of + 1).max(r.start));
        Activity::new(ctx, 0, &Periods::new(happened), &mut output.excluded)?
    };
    // A stock opens on the day before the interval; a flow's bucket before is a whole one.
    let before_first = if is_stock { offset - 1 } else { previous_of_first };

    let mut groups: Groups<Movement> = Groups::new();
    for (codes, sets) in activity.by_group() {
        let empty = RoaringBitmap::new();
        let at = |period: usize| sets.get(&(period as u32)).copied().unwrap_or(&empty);
        let mut ever = RoaringBitmap::new();
        (0..offset).for_each(|p| ever |= at(p));
        // The period before the second bucket is the first one as a whole, with what the interval cuts off.
        let first_whole = if is_stock { at(offset).clone() } else { at(offset) | at(offset - 1) };
        for (i, _) in ctx.buckets.iter().enumerate() {
            let previous = match i {
                0 => at(before_first),
                1 => &first_whole,
                _ => at(offset + i - 1),
            };
            let active = at(offset + i);
            let fresh = active - &ever;
            let mut add = |set: &RoaringBitmap, field: fn(&mut Movement) -> &mut u64| {
                activity.count_set(ctx, 0, i as u32, &codes, set, |key, n| {
                    *field(groups.entry(key).or_default()) += n;
                });
            };
            if !previous.is_empty() {
                add(previous, |m| &mut m.previous);
                add(&(previous - active), |m| &mut m.churned);
                add(&(previous & active), |m| &mut m.retained);
            }
            if !active.is_empty() {
                add(active, |m| &mut m.active);
                add(&fresh, |m| &mut m.new);
                add(&(&(active - previous) - &fresh), |m| &mut m.resurrected);
            }
            ever |= active;
        }
    }
    groups.retain(|_, m| m.previous + m.active > 0);
    if ctx.dims.is_empty() && ctx.fill {
        for bucket in 0..ctx.buckets.len() as u32 {
            groups.entry(GroupKey { bucket, codes: Vec::new() }).or_default();
        }
    }
    let registered =
        (ctx.options.get("denominator") == "registered").then(|| registered_by(ctx, 1, &ctx.stock_days()));
    let registered = registered.transpose()?;
    for (key, m) in groups {
        let denominator = match &registered {
            None => m.previous,
            Some(registered) => {
                let reached = |d: usize| ctx.sides[1].dims[d].is_some();
                let codes =
                    key.codes.iter().enumerate().map(|(d, &c)| if reached(d) { c } else { 0 }).collect();
                registered.get(&GroupKey { bucket: key.bucket, codes }).copied().unwrap_or(0)
            }
        };
        let measures = [m.churned, m.previous, m.retained, m.new, m.resurrected, m.active].map(count);
        output.put(key, std::iter::once(ratio(m.churned, denominator)).chain(measures).collect());
    }
    Ok(output)
}
