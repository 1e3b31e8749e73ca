//! Who left, who stayed, who came back: the sets of two periods, compared.

use std::collections::HashSet;

use roaring::RoaringBitmap;

use super::acting::Acting;
use super::active::Activity;
use super::licences;
use super::users::registered_by;
use crate::kpi::context::{Context, GroupKey, Output};
use crate::kpi::error::KpiError;
use crate::kpi::grouped::Entry;
use crate::kpi::kernels::totals::Totals;
use crate::kpi::scan::Periods;
use crate::model::{Day, Grain};

/// Counts of one period and group. Who is neither retained nor new has come back.
#[derive(Clone, Copy, Debug, Default)]
struct Movement {
    previous: u64,
    retained: u64,
    new: u64,
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

    let acting = Acting::new(ctx, 0, ctx.buckets.len())?;
    let layout = acting.layout();
    let empty = RoaringBitmap::new();
    let by_group = activity.by_group();
    let mut ever: Vec<RoaringBitmap> = Vec::new();
    for (_, sets) in &by_group {
        let before = (0..offset as u32).filter_map(|period| sets.get(&period));
        ever.push(before.fold(RoaringBitmap::new(), |ever, set| ever | *set));
    }
    let groups = if acting.is_by_user() { layout.groups() } else { 0 };
    let (mut before, mut now) = (Totals::<0>::new(groups), Totals::<2>::new(groups));
    let mut entries: Vec<Entry<Movement>> = Vec::new();
    for bucket in 0..ctx.buckets.len() {
        for ((group, sets), ever) in by_group.iter().zip(&mut ever) {
            let at = |period: usize| sets.get(&(period as u32)).copied().unwrap_or(&empty);
            // The period before the second bucket is the first one as a whole, with what the interval cuts off.
            let whole;
            let previous = match bucket {
                0 => at(before_first),
                1 if !is_stock => {
                    whole = at(offset) | at(offset - 1);
                    &whole
                }
                _ => at(offset + bucket - 1),
            };
            let active = at(offset + bucket);
            if !acting.is_by_user() {
                let value = Movement {
                    previous: previous.len(),
                    retained: previous.intersection_len(active),
                    new: active.len() - active.intersection_len(ever),
                    active: active.len(),
                };
                if value.previous + value.active > 0 {
                    entries.push(Entry { bucket: bucket as u32, group: *group, value });
                }
            } else if acting.has_values() {
                let (retained, known) = (previous & active, &*ever & active);
                acting.by_value(*group, [previous, active, &retained, &known], |group, counts| {
                    let [previous, active, retained, known] = counts;
                    before.add_rows(group, previous, []);
                    now.add_rows(group, active, [i128::from(retained), i128::from(known)]);
                });
            } else {
                let users: Vec<u32> = previous.iter().collect();
                before.add(&acting.groups_of(*group, &users, 1, None), users.len(), []);
                let users: Vec<u32> = active.iter().collect();
                let flags = [previous & active, &*ever & active].map(|set| flags(&users, &set));
                let groups = acting.groups_of(*group, &users, 1, None);
                now.add(&groups, users.len(), flags.each_ref().map(Vec::as_slice));
            }
            *ever |= active;
        }
        let (mut previous, mut active) = (Vec::new(), Vec::new());
        before.finish(|group, users, _| previous.push((group, users)));
        now.finish(|group, users, [retained, known]| active.push((group, users, retained, known)));
        let mut previous = previous.into_iter().peekable();
        let bucket = bucket as u32;
        let mut put = |group, previous, active, retained, known: u64| {
            let value = Movement { previous, retained, new: active - known, active };
            entries.push(Entry { bucket, group, value });
        };
        for (group, users, retained, known) in active {
            while let Some((gone, users)) = previous.next_if(|entry| entry.0 < group) {
                put(gone, users, 0, 0, 0);
            }
            let before = previous.next_if(|entry| entry.0 == group).map_or(0, |entry| entry.1);
            put(group, before, users, retained as u64, known as u64);
        }
        previous.for_each(|(gone, users)| put(gone, users, 0, 0, 0));
    }
    if ctx.dims.is_empty() && ctx.fill {
        let found: HashSet<u32> = entries.iter().map(|entry| entry.bucket).collect();
        let missing = (0..ctx.buckets.len() as u32).filter(|bucket| !found.contains(bucket));
        entries.extend(missing.map(|bucket| Entry { bucket, group: 0, value: Movement::default() }));
        entries.sort_by_key(|entry| entry.bucket);
    }
    let registered =
        (ctx.options.get("denominator") == "registered").then(|| registered_by(ctx, 1, &ctx.stock_days()));
    let registered = registered.transpose()?.map(|registered| registered.into_groups(ctx));
    for Entry { bucket, group, value: m } in entries {
        let churned = m.previous - m.retained;
        let denominator = match &registered {
            None => m.previous,
            Some(registered) => {
                let mut codes = vec![0; ctx.dims.len()];
                for (at, &d) in
                    layout.dims.iter().enumerate().filter(|(_, d)| ctx.sides[1].dims[**d].is_some())
                {
                    codes[d] = layout.code(at, group);
                }
                registered.get(&GroupKey { bucket, codes }).copied().unwrap_or(0)
            }
        };
        let figures = output.rows.place(layout, ctx.dims.len(), bucket, group);
        let [rate, gone, previous, retained, new, resurrected, active] = figures;
        rate.push_ratio(i128::from(churned), denominator);
        let counts = [churned, m.previous, m.retained, m.new, m.active - m.retained - m.new, m.active];
        let columns = [gone, previous, retained, new, resurrected, active];
        columns.into_iter().zip(counts).for_each(|(figures, n)| figures.push_whole(i128::from(n)));
    }
    Ok(output)
}

/// For each of some users, in order, whether a set has them.
fn flags(users: &[u32], set: &RoaringBitmap) -> Vec<i64> {
    let mut members = set.iter().peekable();
    let is_member = |&user: &u32| {
        while members.next_if(|&member| member < user).is_some() {}
        i64::from(members.peek() == Some(&user))
    };
    users.iter().map(is_member).collect()
}
