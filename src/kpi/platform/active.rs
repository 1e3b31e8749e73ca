//! Who was active: distinct known users per period, and what follows from them.

use std::collections::HashMap;

use roaring::RoaringBitmap;

use super::meetings::minutes_of;
use crate::index;
use crate::kpi::context::{Context, GroupKey, Groups, Output, RowKey, count, ratio, reached};
use crate::kpi::dims::ActorSets;
use crate::kpi::error::KpiError;
use crate::kpi::exact::Exact;
use crate::kpi::kernels::distinct::Distinct;
use crate::kpi::scan::chunk::{Chunk, Needs};
use crate::kpi::scan::predicate::Predicate;
use crate::kpi::scan::{Clock, Excluded, Layout, Periods, Scan, Side, rows_without_time, users_passing};
use crate::model::{Day, MICROS_PER_SECOND};
use crate::store::{NULL_ID, NULL_NUMBER, StoreError, sets};

/// Sets of users per period and group of those dimensions that are not of the user.
pub struct Activity {
    layout: Layout,
    fact_dims: Vec<usize>,
    user_dims: Vec<usize>,
    /// The users of each value of the one dimension of the user, where sets of them are kept.
    values: Option<ActorSets>,
    /// Slot and users, in order of the slots.
    pub sets: Vec<(u64, RoaringBitmap)>,
}

/// Up to so many values, intersecting with the users of each is faster than looking up each user.
const SET_VALUES_MAX: usize = 32;

/// The clock of a fact that shows activity.
pub fn clock_of(side: &Side) -> Clock {
    Clock::of(if side.fact.table == "attendees" { "join_time" } else { "start_time" })
}

impl Activity {
    /// The known users who acted in each period, among those who pass the filter.
    ///
    /// # Errors
    /// When the store is damaged or there are too many groups.
    pub fn new(
        ctx: &Context<'_, '_>,
        side: usize,
        periods: &Periods,
        excluded: &mut Excluded,
    ) -> Result<Activity, KpiError> {
        let clock = clock_of(&ctx.sides[side]);
        let min_minutes = ctx.options.whole("min_minutes");
        let (of_users, of_rows) = split_filter(&ctx.sides[side].filter);
        let mut scanned = ctx.sides[side].clone();
        scanned.filter = of_rows;
        let (_, fact_dims) = split_dims(&scanned);
        let layout = Layout::new(&scanned, &fact_dims, periods.count())?;
        let known = ctx.lookups.known("users")?;
        let ids = ctx.lookups.ids_of("users");
        let table = scanned.fact.table;
        let simple = min_minutes == 0 && fact_dims.is_empty() && scanned.filter.is_all() && ctx.zone.is_utc();
        let mut sets = if simple {
            sets_of_days(ctx, &scanned, periods)?
        } else {
            let scan = Scan::new(ctx.lookups, ctx.zone, &scanned, Some(clock), periods, &fact_dims)?;
            let scan = scan.with(Needs { actors: true, ..Needs::default() });
            let long_enough = |chunk: &Chunk<'_>| stays(chunk, table, min_minutes);
            let found = scan.run(
                || Distinct::new(layout.slots, ids),
                |state, chunk| {
                    let stays = long_enough(chunk)?;
                    for (at, &user) in chunk.actors.iter().enumerate() {
                        if user != NULL_ID && stays.as_ref().is_none_or(|s| s[at]) {
                            state.insert(chunk.slots[at], user);
                        }
                    }
                    Ok(())
                },
            )?;
            found.into_sets()
        };
        let mut allowed = (*known).clone();
        if !of_users.is_all() {
            allowed &= users_passing(&of_users, ctx.lookups)?;
        }
        sets.iter_mut().for_each(|(_, set)| *set &= &allowed);
        sets.retain(|(_, set)| !set.is_empty());
        count_unknown(ctx, &scanned, clock, periods, excluded)?;
        excluded.add(format!("{table}: no {}", clock.column), rows_without_time(ctx.lookups, table));
        Activity::from_sets(ctx, side, layout, sets)
    }

    /// Sets of users by the slots of a layout over those dimensions that are not of the user.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn from_sets(
        ctx: &Context<'_, '_>,
        side: usize,
        layout: Layout,
        sets: Vec<(u64, RoaringBitmap)>,
    ) -> Result<Activity, KpiError> {
        let (user_dims, fact_dims) = split_dims(&ctx.sides[side]);
        let values = match user_dims.as_slice() {
            [d] => ctx.sides[side].dims[*d].as_ref().expect("reached").sets_of_actors(ctx.lookups)?,
            _ => None,
        };
        Ok(Activity { layout, fact_dims, user_dims, values, sets })
    }

    /// Period and group of a slot.
    pub fn period_and_group(&self, slot: u64) -> (u32, Vec<u32>) {
        self.layout.split(slot)
    }

    /// Number of users per group of all dimensions.
    pub fn counts(&self, ctx: &Context<'_, '_>, side: usize) -> Groups<u64> {
        let mut all: Groups<u64> = Groups::new();
        for (slot, set) in &self.sets {
            let (bucket, fact_codes) = self.layout.split(*slot);
            self.count_set(ctx, side, bucket, &fact_codes, set, |key, n| *all.entry(key).or_default() += n);
        }
        all
    }

    /// Number of users of a set by the dimensions of the user.
    pub fn count_set(
        &self,
        ctx: &Context<'_, '_>,
        side: usize,
        bucket: u32,
        fact_codes: &[u32],
        set: &RoaringBitmap,
        mut put: impl FnMut(GroupKey, u64),
    ) {
        let mut codes = vec![0u32; ctx.dims.len()];
        self.fact_dims.iter().zip(fact_codes).for_each(|(&d, &c)| codes[d] = c);
        let dims: Vec<_> =
            self.user_dims.iter().map(|&d| (d, ctx.sides[side].dims[d].as_ref().expect("reached"))).collect();
        match dims.as_slice() {
            [] => put(GroupKey { bucket, codes }, set.len()),
            [(d, _)] if let Some(values) = self.values.as_ref().filter(|v| v.len() <= SET_VALUES_MAX) => {
                let mut left = set.len();
                for (code, users) in values.iter() {
                    let n = set.intersection_len(users);
                    if n > 0 {
                        codes[*d] = code;
                        put(GroupKey { bucket, codes: codes.clone() }, n);
                        // A user has one value, unless the look-up is damaged.
                        left = left.saturating_sub(n);
                    }
                }
                if left > 0 {
                    codes[*d] = 0;
                    put(GroupKey { bucket, codes }, left);
                }
            }
            [(d, dim)] if dim.cardinality <= 1 << 16 => {
                let mut counts = vec![0u64; dim.cardinality as usize];
                set.iter().for_each(|user| counts[dim.code_of_actor(user) as usize] += 1);
                for (code, n) in (0u32..).zip(counts).filter(|(_, n)| *n > 0) {
                    codes[*d] = code;
                    put(GroupKey { bucket, codes: codes.clone() }, n);
                }
            }
            dims => {
                let mut counts: HashMap<Vec<u32>, u64> = HashMap::new();
                for user in set {
                    *counts
                        .entry(dims.iter().map(|(_, dim)| dim.code_of_actor(user)).collect())
                        .or_default() += 1;
                }
                for (values, n) in counts {
                    dims.iter().zip(values).for_each(|((d, _), v)| codes[*d] = v);
                    put(GroupKey { bucket, codes: codes.clone() }, n);
                }
            }
        }
    }

    /// The users of each group of the other dimensions, by period.
    pub fn by_group(&self) -> HashMap<Vec<u32>, HashMap<u32, &RoaringBitmap>> {
        let mut all: HashMap<Vec<u32>, HashMap<u32, &RoaringBitmap>> = HashMap::new();
        for (slot, set) in &self.sets {
            let (bucket, codes) = self.layout.split(*slot);
            all.entry(codes).or_default().insert(bucket, set);
        }
        all
    }

    /// The users of either.
    pub fn union(mut self, other: Activity) -> Activity {
        let mut sets: std::collections::BTreeMap<u64, RoaringBitmap> = self.sets.drain(..).collect();
        for (slot, set) in other.sets {
            *sets.entry(slot).or_default() |= set;
        }
        self.sets = sets.into_iter().collect();
        self
    }
}

/// A filter's parts that are of the acting user alone, and the others.
pub fn split_filter(filter: &Predicate) -> (Predicate, Predicate) {
    let parts = match filter {
        Predicate::And(parts) => parts.clone(),
        other => vec![other.clone()],
    };
    let (of_users, of_rows) = parts.into_iter().partition(Predicate::is_of_actor);
    (Predicate::And(of_users), Predicate::And(of_rows))
}

/// The dimensions that a side reaches: those of the acting user, and the others.
pub fn split_dims(side: &Side) -> (Vec<usize>, Vec<usize>) {
    reached(side).into_iter().partition(|&d| side.dims[d].as_ref().is_some_and(|dim| dim.def.is_of_actor()))
}

fn stays(chunk: &Chunk<'_>, table: &str, min_minutes: i64) -> Result<Option<Vec<bool>>, StoreError> {
    if min_minutes == 0 {
        return Ok(None);
    }
    if table == "meetings" {
        let minutes = minutes_of(chunk)?;
        return Ok(Some(minutes.into_iter().map(|m| m != NULL_NUMBER && m >= min_minutes).collect()));
    }
    let (joined, left) = (chunk.file.numbers("join_time")?, chunk.file.numbers("leave_time")?);
    let least = min_minutes * 60 * MICROS_PER_SECOND;
    let stay = |&row: &u32| match (joined.get(row as usize), left.get(row as usize)) {
        (NULL_NUMBER, _) | (_, NULL_NUMBER) => false,
        (from, to) => to - from >= least,
    };
    Ok(Some(chunk.rows.iter().map(stay).collect()))
}

/// The sets that are kept per UTC day, joined per period.
fn sets_of_days(
    ctx: &Context<'_, '_>,
    side: &Side,
    periods: &Periods,
) -> Result<Vec<(u64, RoaringBitmap)>, KpiError> {
    let Some(table) = ctx.lookups.snapshot().named(side.fact.table) else { return Ok(Vec::new()) };
    let ids = ctx.lookups.ids_of("users");
    let mut all: std::collections::BTreeMap<u64, RoaringBitmap> = std::collections::BTreeMap::new();
    for set in index::month_sets(side.fact.table) {
        for segment in &table.segments {
            let Some(month) = segment.info.month else { continue };
            let first = crate::model::civil::month_start(month);
            let end = crate::model::civil::month_start(month + 1);
            if !periods.touch(first..end) {
                continue;
            }
            let Some(file) = segment.derived(set.member)? else { continue };
            for (day, users) in sets::read(file, ids, |day| periods.of(day as Day).is_some())? {
                if let Some(bucket) = periods.of(day as Day) {
                    *all.entry(u64::from(bucket)).or_default() |= users;
                }
            }
        }
    }
    Ok(all.into_iter().collect())
}

/// Counts the rows whose acting user is missing or not known.
fn count_unknown(
    ctx: &Context<'_, '_>,
    side: &Side,
    clock: Clock,
    periods: &Periods,
    excluded: &mut Excluded,
) -> Result<(), KpiError> {
    let known = ctx.lookups.known("users")?;
    let scan = Scan::new(ctx.lookups, ctx.zone, side, Some(clock), periods, &[])?;
    let scan = scan.with(Needs { actors: true, ..Needs::default() });
    let is_known: crate::store::BitVec = known_bits(&known, ctx.lookups.ids_of("users"));
    let (missing, unknown) = scan.run(
        || (0u64, 0u64),
        |state, chunk| {
            for &user in &chunk.actors {
                if user == NULL_ID {
                    state.0 += 1;
                } else if !is_known.get(user as usize) {
                    state.1 += 1;
                }
            }
            Ok(())
        },
    )?;
    let who = if side.fact.table == "attendees" { "attendee" } else { "host" };
    excluded.add(format!("no {who}"), missing);
    excluded.add(format!("{who} not in users"), unknown);
    Ok(())
}

/// A set as bits.
pub fn known_bits(set: &RoaringBitmap, ids: usize) -> crate::store::BitVec {
    let mut bits = crate::store::BitVec::zeros(ids);
    set.iter().for_each(|id| bits.set(id as usize));
    bits
}

/// The sides that show activity, joined.
///
/// # Errors
/// As [`Activity::new`].
pub fn activity(
    ctx: &Context<'_, '_>,
    periods: &Periods,
    excluded: &mut Excluded,
) -> Result<Activity, KpiError> {
    let mut all = Activity::new(ctx, 0, periods, excluded)?;
    for side in 1..ctx.sides.len() {
        all = all.union(Activity::new(ctx, side, periods, excluded)?);
    }
    Ok(all)
}

/// `active_users`, `dau`, `wau`, `mau`.
pub fn active_users(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let groups = match ctx.rolling_days {
        None => activity(ctx, &ctx.flow(), &mut output.excluded)?.counts(ctx, 0),
        Some(days) => rolling(ctx, days, &mut output.excluded)?,
    };
    for (key, users) in groups {
        output.put(key, vec![count(users)]);
    }
    Ok(output)
}

/// Distinct users over the days that end with each bucket's last day: windows overlap, so that the
/// days are sets of their own and joined per window.
fn rolling(ctx: &Context<'_, '_>, days: u32, excluded: &mut Excluded) -> Result<Groups<u64>, KpiError> {
    let windows: Vec<(Day, Day)> = ctx.stock_days().iter().map(|&t| (t - days as Day + 1, t)).collect();
    let (Some(first), Some(last)) = (windows.iter().map(|w| w.0).min(), windows.iter().map(|w| w.1).max())
    else {
        return Ok(Groups::new());
    };
    let first = first.max(ctx.earliest.unwrap_or(first));
    let daily = Periods::new((first..=last).map(|d| d..d + 1));
    let activity = activity(ctx, &daily, excluded)?;
    let mut all: Groups<u64> = Groups::new();
    for (codes, by_day) in activity.by_group() {
        for (bucket, &(from, to)) in (0u32..).zip(&windows) {
            let mut users = RoaringBitmap::new();
            for day in from.max(first)..=to {
                if let Some(set) = by_day.get(&((day - first) as u32)) {
                    users |= *set;
                }
            }
            if !users.is_empty() {
                activity
                    .count_set(ctx, 0, bucket, &codes, &users, |key, n| *all.entry(key).or_default() += n);
            }
        }
    }
    Ok(all)
}

/// `stickiness`.
pub fn stickiness(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let whole = activity(ctx, &ctx.flow(), &mut output.excluded)?.counts(ctx, 0);
    let days_of = |b: &crate::model::Bucket| (b.end.min(ctx.as_of + 1) - b.start).max(0);
    let daily =
        Periods::new(ctx.buckets.iter().flat_map(|b| (b.start..b.start + days_of(b)).map(|d| d..d + 1)));
    let bucket_of_day: Vec<u32> =
        (0u32..).zip(ctx.buckets).flat_map(|(i, b)| std::iter::repeat_n(i, days_of(b) as usize)).collect();
    let mut sums: Groups<u64> = Groups::new();
    for (key, users) in activity(ctx, &daily, &mut Excluded::default())?.counts(ctx, 0) {
        let bucket = bucket_of_day[key.bucket as usize];
        *sums.entry(GroupKey { bucket, ..key }).or_default() += users;
    }
    for (key, users) in whole {
        let days = days_of(&ctx.buckets[key.bucket as usize]) as u64;
        let sum = sums.get(&key).copied().unwrap_or(0);
        output.put(key, vec![ratio(sum, days * users), ratio(sum, days), count(users)]);
    }
    Ok(output)
}

/// `retention`: the host's registration bucket, and how many buckets later it hosted.
pub fn retention(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let activity = Activity::new(ctx, 0, &ctx.flow(), &mut output.excluded)?;
    let registered = ctx.lookups.numbers("users", "registration_date")?;
    let cohort_of = |user: u32| match registered.get(user as usize) {
        None | Some(&NULL_NUMBER) => None,
        Some(&day) => Some(ctx.calendar.bucket_start(day as Day)),
    };
    // Cohorts count all known users who pass what of the filter is about users.
    let known = ctx.lookups.known("users")?;
    let (of_users, _) = split_filter(&ctx.sides[0].filter);
    let mut members = (*known).clone();
    if !of_users.is_all() {
        members &= users_passing(&of_users, ctx.lookups)?;
    }
    let mut sizes: HashMap<(Option<Day>, Vec<u32>), u64> = HashMap::new();
    let user_codes = |user: u32| -> Vec<u32> {
        let dims = activity.user_dims.iter().map(|&d| ctx.sides[0].dims[d].as_ref().expect("reached"));
        dims.map(|dim| dim.code_of_actor(user)).collect()
    };
    for user in &members {
        *sizes.entry((cohort_of(user), user_codes(user))).or_default() += 1;
    }
    for (slot, set) in &activity.sets {
        let (bucket, fact_codes) = activity.period_and_group(*slot);
        let mut retained: HashMap<(Option<Day>, Vec<u32>), u64> = HashMap::new();
        for user in set {
            *retained.entry((cohort_of(user), user_codes(user))).or_default() += 1;
        }
        for ((cohort, users), n) in retained {
            let size = sizes.get(&(cohort, users.clone())).copied().unwrap_or(0);
            let mut codes = vec![0; ctx.dims.len()];
            activity.fact_dims.iter().zip(&fact_codes).for_each(|(&d, &c)| codes[d] = c);
            activity.user_dims.iter().zip(users).for_each(|(&d, c)| codes[d] = c);
            let label = ctx.buckets[bucket as usize].label;
            let age = cohort.map(|c| buckets_between(ctx, c, label));
            let extra = vec![cohort.map(i64::from), age];
            let row = RowKey { group: GroupKey { bucket, codes }, extra };
            if age.is_some_and(|a| a < 0) {
                output
                    .warnings
                    .insert("some users hosted before they were registered: their age is negative".into());
            }
            output
                .rows
                .insert(row, vec![count(n), count(size), Exact::ratio(i128::from(n), i128::from(size))]);
        }
    }
    Ok(output)
}

/// How many buckets lie from that of one day to that of another.
fn buckets_between(ctx: &Context<'_, '_>, from: Day, to: Day) -> i64 {
    let (first, last, sign) = if from <= to { (from, to, 1) } else { (to, from, -1) };
    let mut at = ctx.calendar.bucket_start(first);
    let mut steps = 0;
    while ctx.calendar.next(at) <= last {
        at = ctx.calendar.next(at);
        steps += 1;
    }
    sign * steps
}
