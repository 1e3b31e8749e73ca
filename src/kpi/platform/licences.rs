//! Licences: used, ending, held.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::active::{Activity, split_dims};
use super::meetings::spelled;
use crate::index::licenses::{NEVER, SUCCESSOR_AFTER};
use crate::kpi::context::{Context, Output};
use crate::kpi::error::KpiError;
use crate::kpi::kernels::lists::Lists;
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::next_of::NextOf;
use crate::kpi::kernels::running::Running;
use crate::kpi::rows::Rows;
use crate::kpi::scan::chunk::{Chunk, Needs};
use crate::kpi::scan::{Clock, Layout, Periods, Scan};
use crate::model::Day;
use crate::store::{NULL_ID, NULL_NUMBER, StoreError};

/// First and last day of the licences of a chunk that have a start and are not suspended.
fn in_force(chunk: &Chunk<'_>, suspended: &[bool]) -> Result<Vec<Option<(Day, Day)>>, StoreError> {
    let (starts, ends) = (chunk.numbers("start_date")?, chunk.numbers("end_date")?);
    let statuses = chunk.codes("license_status")?;
    let term = |((start, end), status): ((i64, i64), u32)| {
        let off = suspended.get(status as usize).is_some_and(|is| *is);
        let last = if end == NULL_NUMBER { Day::MAX } else { end as Day };
        (start != NULL_NUMBER && !off).then_some((start as Day, last))
    };
    Ok(starts.into_iter().zip(ends).zip(statuses).map(term).collect())
}

fn suspended(ctx: &Context<'_, '_>) -> Result<Vec<bool>, StoreError> {
    spelled(ctx, "licenses", "license_status", |t| t == "suspended")
}

/// The known users who hold a licence in force at each of some days, as periods of an activity.
///
/// # Errors
/// When the store is damaged or there are too many groups.
pub fn holders(ctx: &Context<'_, '_>, days: &[Day]) -> Result<Activity, KpiError> {
    let (_, fact_dims) = split_dims(&ctx.sides[0]);
    let one = Periods::new(std::iter::once(0..1));
    let scan = Scan::new(ctx.lookups, ctx.zone, &ctx.sides[0], None, &one, &fact_dims)?;
    let scan = scan.with(Needs { actors: true, ..Needs::default() });
    let layout = Layout::new(&ctx.sides[0], &fact_dims, days.len())?;
    let groups = scan.layout().slots;
    let (known, suspended) = (ctx.lookups.known_bits("users")?, suspended(ctx)?);
    // Days rise but for the first bucket's, which an interval may have cut: positions are searched in
    // order of the days.
    let mut order: Vec<usize> = (0..days.len()).collect();
    order.sort_by_key(|&i| days[i]);
    let sorted: Vec<Day> = order.iter().map(|&i| days[i]).collect();
    let sets = scan.run(BTreeMap::new, |state: &mut BTreeMap<u64, RoaringBitmap>, chunk| {
        for (at, term) in in_force(chunk, &suspended)?.into_iter().enumerate() {
            let (Some((start, end)), user) = (term, chunk.actors[at]) else { continue };
            if user == NULL_ID || !known.get(user as usize) {
                continue;
            }
            let from = sorted.partition_point(|&t| t < start);
            let to = sorted.partition_point(|&t| t <= end);
            for &period in &order[from..to.max(from)] {
                state.entry(period as u64 * groups + chunk.slot(at)).or_default().insert(user);
            }
        }
        Ok(())
    })?;
    Ok(Activity { layout, sets: sets.into_iter().collect() })
}

/// By how much the assigned and all licences in force change from each day of some to the next, by group.
struct Changes {
    groups: u64,
    /// Day by day, group by group, where that is little.
    few: Vec<[i64; 2]>,
    many: Lists<(u64, [i64; 2])>,
}

impl Changes {
    /// The most groups of all days that are held as an array.
    const FEW: u64 = 1 << 18;

    fn new(days: usize, groups: u64) -> Self {
        let all = groups.saturating_mul(days as u64);
        let few = if all <= Self::FEW { all as usize } else { 0 };
        Changes { groups, few: vec![[0; 2]; few], many: Lists::new(days) }
    }

    fn add(&mut self, day: usize, group: u64, change: [i64; 2]) {
        if self.few.is_empty() {
            self.many.push(day, (group, change));
        } else {
            self.few[day * self.groups as usize + group as usize].merge(change);
        }
    }

    /// The changes of each day.
    fn into_lists(self) -> Vec<Vec<(u64, [i64; 2])>> {
        if self.few.is_empty() {
            return self.many.into_lists();
        }
        let of_day = |changes: &[[i64; 2]]| (0..).zip(changes.iter().copied()).collect();
        self.few.chunks(self.groups as usize).map(of_day).collect()
    }
}

impl Merge for Changes {
    fn merge(&mut self, other: Self) {
        self.few.iter_mut().zip(other.few).for_each(|(change, more)| change.merge(more));
        self.many.merge(other.many);
    }
}

/// `license_utilization`.
pub fn license_utilization(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let days = ctx.stock_days();
    let one = Periods::new(std::iter::once(0..1));
    let scan = ctx.scan(0, None, &one)?.with(Needs { actors: true, ..Needs::default() });
    let suspended = suspended(ctx)?;
    let next = NextOf::new(&days);
    let groups = scan.layout().groups();
    let (changes, out, unassigned) = scan.run(
        || (Changes::new(days.len() + 1, groups), 0u64, 0u64),
        |(changes, out, unassigned): &mut (Changes, u64, u64), chunk| {
            for (at, term) in in_force(chunk, &suspended)?.into_iter().enumerate() {
                let is_assigned = chunk.actors[at] != NULL_ID;
                *unassigned += u64::from(!is_assigned);
                let Some((start, end)) = term else {
                    *out += 1;
                    continue;
                };
                let (from, to) = (next.position(start), next.position(end.saturating_add(1)));
                if from < to {
                    let (group, one) = (chunk.groups.of(at), [i64::from(is_assigned), 1]);
                    changes.add(from, group, one);
                    changes.add(to, group, one.map(|n| -n));
                }
            }
            Ok(())
        },
    )?;
    output.excluded.add("licences suspended or without start_date", out);
    if unassigned == 0 {
        output
            .warnings
            .insert("no licence is unassigned in the data: utilization is 100 % by construction".into());
    }
    let mut counts = Running::<[i64; 2]>::new(groups);
    for (bucket, changes) in (0u32..).zip(changes.into_lists()).take(days.len()) {
        for (group, change) in changes {
            counts.at(group).merge(change);
        }
        counts.each(|group, [assigned, available]| {
            if available > 0 {
                let [rate, held, all] = output.rows.place(scan.layout(), ctx.dims.len(), bucket, group);
                rate.push_ratio(i128::from(assigned), available as u64);
                held.push_whole(i128::from(assigned));
                all.push_whole(i128::from(available));
            }
        });
    }
    Ok(output)
}

/// `license_expirations`.
pub fn license_expirations(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    // Ends lie ahead of as_of too: all days of the buckets count.
    let periods = Periods::new(ctx.buckets.iter().map(|b| b.start..b.end));
    let scan = ctx.scan(0, Some(Clock::of("end_date")), &periods)?;
    let scan = scan.with(Needs { actors: true, ids: true, ..Needs::default() });
    let next = ctx.lookups.next_licences()?;
    let found = scan.classes(
        |chunk| {
            let mut fates = vec![0; chunk.len()];
            let rows = chunk.actors.iter().zip(chunk.numbers("end_date")?).zip(chunk.ids.iter());
            for (fate, ((&user, end), &id)) in fates.iter_mut().zip(rows) {
                let [any, same] = next.get(id as usize).copied().unwrap_or([NEVER; 2]);
                // Whoever has a licence may still renew it a while after its end.
                let last = end + if user == NULL_ID { 0 } else { i64::from(SUCCESSOR_AFTER) - 1 };
                let left = if i64::from(ctx.as_of) <= last { PENDING } else { LAPSED };
                let left = if any <= ctx.as_of { SWITCHED } else { left };
                *fate = if same <= ctx.as_of { RENEWED } else { left };
            }
            Ok(fates)
        },
        |rows: &mut Rows, bucket, group, fates: [u64; FATES]| {
            let [of_all, renewed, switched, lapsed, pending, rate] =
                rows.place(scan.layout(), ctx.dims.len(), bucket, group);
            let expiring: u64 = fates.iter().sum();
            let of = |fate: Fate| fates[fate as usize];
            of_all.push_whole(i128::from(expiring));
            for (figures, fate) in
                [(renewed, RENEWED), (switched, SWITCHED), (lapsed, LAPSED), (pending, PENDING)]
            {
                figures.push_whole(i128::from(of(fate)));
            }
            rate.push_ratio(i128::from(of(RENEWED) + of(SWITCHED)), expiring - of(PENDING));
        },
    )?;
    output.rows = found.into_iter().collect();
    Ok(output)
}

/// What becomes of a licence that ends.
type Fate = u32;
const RENEWED: Fate = 0;
const SWITCHED: Fate = 1;
const LAPSED: Fate = 2;
const PENDING: Fate = 3;
const FATES: usize = 4;
