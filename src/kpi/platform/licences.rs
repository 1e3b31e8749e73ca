//! Licences: used, ending, held.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::active::{Activity, split_dims};
use super::meetings::spelled;
use crate::kpi::context::{Context, GroupKey, Output, count, ratio, reached};
use crate::kpi::error::KpiError;
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::slots::Slots;
use crate::kpi::scan::chunk::{Chunk, Needs};
use crate::kpi::scan::{Clock, Layout, Periods, Scan};
use crate::model::Day;
use crate::store::{NULL_ID, NULL_NUMBER, StoreError};

/// First and last day of the licences of a chunk that have a start and are not suspended.
fn in_force(chunk: &Chunk<'_>, suspended: &[bool]) -> Result<Vec<Option<(Day, Day)>>, StoreError> {
    let (starts, ends) = (chunk.file.numbers("start_date")?, chunk.file.numbers("end_date")?);
    let statuses = chunk.file.codes("license_status")?;
    let term = |&row: &u32| {
        let (start, end) = (starts.get(row as usize), ends.get(row as usize));
        let off = suspended.get(statuses.get(row as usize) as usize).copied().unwrap_or(false);
        let last = if end == NULL_NUMBER { Day::MAX } else { end as Day };
        (start != NULL_NUMBER && !off).then_some((start as Day, last))
    };
    Ok(chunk.rows.iter().map(term).collect())
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
    let (known, suspended) = (ctx.lookups.known("users")?, suspended(ctx)?);
    // Days rise but for the first bucket's, which an interval may have cut: positions are searched in
    // order of the days.
    let mut order: Vec<usize> = (0..days.len()).collect();
    order.sort_by_key(|&i| days[i]);
    let sorted: Vec<Day> = order.iter().map(|&i| days[i]).collect();
    let sets = scan.run(BTreeMap::new, |state: &mut BTreeMap<u64, RoaringBitmap>, chunk| {
        for (at, term) in in_force(chunk, &suspended)?.into_iter().enumerate() {
            let (Some((start, end)), user) = (term, chunk.actors[at]) else { continue };
            if user == NULL_ID || !known.contains(user) {
                continue;
            }
            let from = sorted.partition_point(|&t| t < start);
            let to = sorted.partition_point(|&t| t <= end);
            for &period in &order[from..to.max(from)] {
                state.entry(period as u64 * groups + chunk.slots[at]).or_default().insert(user);
            }
        }
        Ok(())
    })?;
    Activity::from_sets(ctx, 0, layout, sets.into_iter().collect())
}

/// Changes of a count over the days: those who come and those who go, with and without assignee.
#[derive(Clone, Debug, Default)]
struct Changes {
    assigned: BTreeMap<usize, i64>,
    available: BTreeMap<usize, i64>,
}

impl Merge for Changes {
    fn merge(&mut self, o: Self) {
        Merge::merge(&mut self.assigned, o.assigned);
        Merge::merge(&mut self.available, o.available);
    }
}

/// `license_utilization`.
pub fn license_utilization(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let days = ctx.stock_days();
    let one = Periods::new(std::iter::once(0..1));
    let scan = ctx.scan(0, None, &one)?.with(Needs { actors: true, ..Needs::default() });
    let suspended = suspended(ctx)?;
    let slots = scan.layout().slots;
    let (found, out, unassigned) = scan.run(
        || (Slots::<Changes>::new(slots), 0u64, 0u64),
        |(state, out, unassigned), chunk| {
            for (at, term) in in_force(chunk, &suspended)?.into_iter().enumerate() {
                let is_assigned = chunk.actors[at] != NULL_ID;
                *unassigned += u64::from(!is_assigned);
                let Some((start, end)) = term else {
                    *out += 1;
                    continue;
                };
                let (from, to) = (days.partition_point(|&t| t < start), days.partition_point(|&t| t <= end));
                if from < to {
                    let of = state.at(chunk.slots[at]);
                    *of.available.entry(from).or_default() += 1;
                    *of.available.entry(to).or_default() -= 1;
                    if is_assigned {
                        *of.assigned.entry(from).or_default() += 1;
                        *of.assigned.entry(to).or_default() -= 1;
                    }
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
    for (key, changes) in ctx.groups(0, scan.layout(), found.into_entries()) {
        let (mut assigned, mut available) = (0i64, 0i64);
        for bucket in 0..days.len() {
            assigned += changes.assigned.get(&bucket).copied().unwrap_or(0);
            available += changes.available.get(&bucket).copied().unwrap_or(0);
            if available > 0 {
                let group = GroupKey { bucket: bucket as u32, codes: key.codes.clone() };
                let (a, b) = (assigned as u64, available as u64);
                output.put(group, vec![ratio(a, b), count(a), count(b)]);
            }
        }
    }
    Ok(output)
}

#[derive(Clone, Copy, Debug, Default)]
struct Endings {
    renewed: u64,
    switched: u64,
    lapsed: u64,
    pending: u64,
}

impl Merge for Endings {
    fn merge(&mut self, o: Self) {
        self.renewed += o.renewed;
        self.switched += o.switched;
        self.lapsed += o.lapsed;
        self.pending += o.pending;
    }
}

/// A successor starts at most this many days before the end,
const SUCCESSOR_BEFORE: Day = 90;
/// and at most this many days after it.
const SUCCESSOR_AFTER: Day = 30;

/// `license_expirations`.
pub fn license_expirations(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    // Ends lie ahead of as_of too: all days of the buckets count.
    let periods = Periods::new(ctx.buckets.iter().map(|b| b.start..b.end));
    let scan = ctx.scan(0, Some(Clock::of("end_date")), &periods)?;
    let scan = scan.with(Needs { actors: true, ids: true, ..Needs::default() });
    let licences = ctx.lookups.licences()?;
    let types = ctx.lookups.codes("licenses", "license_type")?;
    let found = scan.slots(|state: &mut Slots<Endings>, chunk| {
        let (starts, ends) = (chunk.file.numbers("start_date")?, chunk.file.numbers("end_date")?);
        for (at, &slot) in chunk.slots.iter().enumerate() {
            let row = chunk.rows[at] as usize;
            let (start, end, user) = (starts.get(row), ends.get(row) as Day, chunk.actors[at]);
            let of = state.at(slot);
            if user == NULL_ID {
                *(if end < ctx.as_of { &mut of.lapsed } else { &mut of.pending }) += 1;
                continue;
            }
            let kind = |id: u32| types.get(id as usize).copied().unwrap_or(0);
            let successors = licences.of(user).iter().filter(|(s, _, id)| {
                *id != chunk.ids[at]
                    && start != NULL_NUMBER
                    && i64::from(*s) > start
                    && (end - SUCCESSOR_BEFORE..=end + SUCCESSOR_AFTER).contains(s)
                    && *s <= ctx.as_of
            });
            let own = kind(chunk.ids[at]);
            let (mut any, mut same) = (false, false);
            for (_, _, id) in successors {
                any = true;
                same |= own != 0 && kind(*id) == own;
            }
            let field = match (same, any) {
                (true, _) => &mut of.renewed,
                (_, true) => &mut of.switched,
                _ if ctx.as_of < end + SUCCESSOR_AFTER => &mut of.pending,
                _ => &mut of.lapsed,
            };
            *field += 1;
        }
        Ok(())
    })?;
    debug_assert_eq!(reached(&ctx.sides[0]).len(), ctx.dims.len());
    for (key, e) in ctx.groups(0, scan.layout(), found.into_entries()) {
        let expiring = e.renewed + e.switched + e.lapsed + e.pending;
        let rate = ratio(e.renewed + e.switched, expiring - e.pending);
        let measures = [expiring, e.renewed, e.switched, e.lapsed, e.pending].map(count);
        output.put(key, measures.into_iter().chain(std::iter::once(rate)).collect());
    }
    Ok(output)
}
