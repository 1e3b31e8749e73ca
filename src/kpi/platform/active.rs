//! Who was active: distinct known users per period, and what follows from them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::HashMap;
use roaring::{MultiOps, RoaringBitmap};

use super::acting::{Acting, State};
use super::kept::KeptSet;
use crate::kpi::context::{Context, Output, reached};
use crate::kpi::error::KpiError;
use crate::kpi::grouped::{Entry, Grouped, join};
use crate::kpi::kernels::groups::Groups;
use crate::kpi::kernels::running::Running;
use crate::kpi::kernels::totals::Totals;
use crate::kpi::rows::Rows;
use crate::kpi::scan::predicate::Predicate;
use crate::kpi::scan::{Clock, Excluded, Layout, Periods, Side};
use crate::model::{Bucket, Day};
use crate::store::{NULL_NUMBER, StoreError};

/// Sets of users per period and group of those dimensions that are not of the user.
pub struct Activity {
    /// How those groups are numbered.
    pub layout: Layout,
    /// Slot and users, in order of the slots.
    pub sets: Vec<(u64, RoaringBitmap)>,
}

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
        let acting = Acting::new(ctx, side, periods.count())?;
        let layout = acting.fact_layout();
        if let Some(kept) = acting.kept(periods)? {
            let sets = joined(ctx, &kept, &acting)?;
            acting.strangers(periods, excluded)?;
            return Ok(Activity { layout: layout.clone(), sets });
        }
        let finish = |(marks, _): &mut State<'_>, bucket: u32, sets: &mut Vec<(u64, RoaringBitmap)>| {
            marks.finish_ids(|group, users| {
                let set = RoaringBitmap::from_sorted_iter(users.iter().copied()).expect("they are sorted");
                sets.push((layout.period(bucket) + group, set));
            });
        };
        let sets = acting.each_period(periods, 0, excluded, finish)?.concat();
        Ok(Activity { layout: layout.clone(), sets })
    }

    /// The users of each group of the dimensions that are not of the user, by period.
    pub fn by_group(&self) -> Vec<(u64, HashMap<u32, &RoaringBitmap>)> {
        let groups = self.layout.groups();
        let mut all: BTreeMap<u64, HashMap<u32, &RoaringBitmap>> = BTreeMap::new();
        for (slot, set) in &self.sets {
            all.entry(slot % groups).or_default().insert((slot / groups) as u32, set);
        }
        all.into_iter().collect()
    }

    /// The users of either.
    pub fn union(mut self, other: Activity) -> Activity {
        let mut sets: BTreeMap<u64, RoaringBitmap> = self.sets.drain(..).collect();
        for (slot, set) in other.sets {
            *sets.entry(slot).or_default() |= set;
        }
        self.sets = sets.into_iter().collect();
        self
    }
}

/// The sets that are kept of what the periods need, joined per period, as far as their users pass.
fn joined(
    ctx: &Context<'_, '_>,
    kept: &[KeptSet<'_>],
    acting: &Acting<'_, '_, '_>,
) -> Result<Vec<(u64, RoaringBitmap)>, KpiError> {
    let allowed = acting.allowed_set()?;
    let of_period = |kept: &[KeptSet<'_>]| {
        let sets: Vec<RoaringBitmap> = kept.iter().map(|set| set.users(ctx)).collect::<Result<_, _>>()?;
        Ok((u64::from(kept[0].bucket), sets.union() & &*allowed))
    };
    let periods: Vec<&[KeptSet<'_>]> = kept.chunk_by(|a, b| a.bucket == b.bucket).collect();
    let all: Vec<(u64, RoaringBitmap)> =
        periods.into_iter().map(of_period).collect::<Result<_, StoreError>>()?;
    Ok(all.into_iter().filter(|(_, users)| !users.is_empty()).collect())
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

/// Number of users per period and group.
///
/// # Errors
/// As [`Acting::new`].
fn active_by(
    ctx: &Context<'_, '_>,
    periods: &Periods,
    excluded: &mut Excluded,
) -> Result<Grouped<u64>, KpiError> {
    if ctx.sides.len() == 1 {
        return Acting::new(ctx, 0, periods.count())?.counts(periods, excluded);
    }
    // Who acts in one way and in another is one user.
    let activity = activity(ctx, periods, excluded)?;
    let acting = Acting::new(ctx, 0, periods.count())?;
    let groups = activity.layout.groups();
    let mut totals = Totals::<0>::new(acting.layout().groups());
    let mut entries = Vec::new();
    for period in activity.sets.chunk_by(|a, b| a.0 / groups == b.0 / groups) {
        for (slot, set) in period {
            let users: Vec<u32> = set.iter().collect();
            totals.add(&acting.groups_of(slot % groups, &users, 1, None), users.len(), []);
        }
        let bucket = (period[0].0 / groups) as u32;
        totals.finish(|group, value, _| entries.push(Entry { bucket, group, value }));
    }
    Ok(Grouped { layout: acting.layout().clone(), entries })
}

/// `active_users`, `dau`, `wau`, `mau`.
pub fn active_users(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let place = |rows: &mut Rows, layout: &Layout, entry: Entry<u64>| {
        let [users] = rows.place(layout, ctx.dims.len(), entry.bucket, entry.group);
        users.push_whole(i128::from(entry.value));
    };
    let found = match ctx.rolling_days {
        Some(days) => rolling(ctx, days, &mut output.excluded)?,
        None if ctx.sides.len() == 1 => {
            let periods = ctx.flow();
            let acting = Acting::new(ctx, 0, periods.count())?;
            let emit = |rows: &mut Rows, entry| place(rows, acting.layout(), entry);
            output.rows = acting.count(&periods, &mut output.excluded, emit)?.into_iter().collect();
            return Ok(output);
        }
        None => active_by(ctx, &ctx.flow(), &mut output.excluded)?,
    };
    found.entries.into_iter().for_each(|entry| place(&mut output.rows, &found.layout, entry));
    Ok(output)
}

/// Distinct users over the days that end with each bucket's last day: windows overlap, so that the
/// days are sets of their own and joined per window.
fn rolling(ctx: &Context<'_, '_>, days: u32, excluded: &mut Excluded) -> Result<Grouped<u64>, KpiError> {
    let windows: Vec<(Day, Day)> = ctx.stock_days().iter().map(|&t| (t - days as Day + 1, t)).collect();
    let acting = Acting::new(ctx, 0, windows.len())?;
    let mut entries = Vec::new();
    let (first, last) = (windows.iter().map(|w| w.0).min(), windows.iter().map(|w| w.1).max());
    if let Some((first, last)) = first.zip(last) {
        let first = first.max(ctx.earliest.unwrap_or(first));
        let daily = Periods::new((first..=last).map(|d| d..d + 1));
        let activity = activity(ctx, &daily, excluded)?;
        let by_group = activity.by_group();
        let mut totals = Totals::<0>::new(acting.layout().groups());
        for (bucket, &(from, to)) in (0u32..).zip(&windows) {
            for (group, by_day) in &by_group {
                let days = (from.max(first)..=to).filter_map(|day| by_day.get(&((day - first) as u32)));
                let users = days.fold(RoaringBitmap::new(), |users, set| users | *set);
                let users: Vec<u32> = users.iter().collect();
                totals.add(&acting.groups_of(*group, &users, 1, None), users.len(), []);
            }
            totals.finish(|group, value, _| entries.push(Entry { bucket, group, value }));
        }
    }
    Ok(Grouped { layout: acting.layout().clone(), entries })
}

/// `stickiness`.
pub fn stickiness(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let whole = active_by(ctx, &ctx.flow(), &mut output.excluded)?;
    let days_of = |b: &Bucket| (b.end.min(ctx.as_of + 1) - b.start).max(0);
    let daily =
        Periods::new(ctx.buckets.iter().flat_map(|b| (b.start..b.start + days_of(b)).map(|d| d..d + 1)));
    let bucket_of_day: Vec<u32> =
        (0u32..).zip(ctx.buckets).flat_map(|(i, b)| std::iter::repeat_n(i, days_of(b) as usize)).collect();
    let daily = active_by(ctx, &daily, &mut Excluded::default())?;
    let mut sums = Totals::<1>::new(whole.layout.groups());
    let mut by_bucket: Vec<Entry<i128>> = Vec::new();
    let of = |day: &Entry<u64>| bucket_of_day[day.bucket as usize];
    for days in daily.entries.chunk_by(|a, b| of(a) == of(b)) {
        for day in days.chunk_by(|a, b| a.bucket == b.bucket) {
            let groups = Groups::Wide(day.iter().map(|d| d.group).collect());
            let users: Vec<i64> = day.iter().map(|d| d.value as i64).collect();
            sums.add(&groups, day.len(), [&users]);
        }
        let bucket = of(&days[0]);
        sums.finish(|group, _, [value]| by_bucket.push(Entry { bucket, group, value }));
    }
    let daily = Grouped { layout: whole.layout.clone(), entries: by_bucket };
    join(ctx, (0, whole), (0, daily), &mut output.rows, |[stickiness, mean, mau], users, sum| {
        // Whoever acted on a day acted in its period.
        let (users, sum) = (users.unwrap_or(0), sum.unwrap_or(0));
        stickiness.push_ratio(sum, users);
        mean.push_ratio(sum, 1);
        mau.push_whole(i128::from(users));
    });
    let days = output.rows.buckets.iter().map(|&bucket| days_of(&ctx.buckets[bucket as usize]) as i64);
    let days: Vec<i64> = days.collect();
    output.rows.figures.iter_mut().take(2).for_each(|figures| figures.divide(&days));
    Ok(output)
}

/// `retention`: the host's registration bucket, and how many buckets later it hosted.
pub fn retention(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let acting = Acting::new(ctx, 0, periods.count())?;
    let cohorts = Cohorts::new(ctx)?;
    let many = cohorts.len() as u64;
    let too_many =
        || KpiError::Usage("--by asks for more groups than can be told apart: leave one out".into());
    let groups = acting.layout().groups().checked_mul(many).ok_or_else(too_many)?;
    let of = |totals: &mut Totals<0>, group: u64, users: &[u32]| {
        let cohort: Vec<u32> = users.iter().map(|&user| cohorts.of(user)).collect();
        totals.add(&acting.groups_of(group, users, many, Some(&cohort)), users.len(), []);
    };
    // Cohorts count all known users who pass what of the filter is about users; what is asked of their
    // meetings has no part in them.
    let mut sizes = Running::<u64>::new(groups);
    let members: Vec<u32> = acting.allowed().view().ones().collect();
    let mut totals = Totals::<0>::new(groups);
    of(&mut totals, acting.nobody(), &members);
    totals.finish(|group, n, _| *sizes.at(group) = n);
    let labels: Vec<u32> = ctx.buckets.iter().map(|bucket| cohorts.at(bucket.label)).collect();
    let has_negative = AtomicBool::new(false);
    let finish = |totals: &mut Totals<0>, bucket: u32, rows: &mut Rows| {
        rows.extra.resize_with(2, Vec::new);
        totals.finish(|group, value, _| {
            let (group, cohort) = (group / many, (group % many) as u32);
            let size = sizes.get(acting.of_users_alone(group) * many + u64::from(cohort));
            let start = cohorts.start(cohort);
            let age = start.map(|_| i64::from(labels[bucket as usize]) - i64::from(cohort));
            if age.is_some_and(|age| age < 0) {
                has_negative.store(true, Ordering::Relaxed);
            }
            rows.extra[0].push(start.map(i64::from));
            rows.extra[1].push(age);
            let [retained, members, rate] = rows.place(acting.layout(), ctx.dims.len(), bucket, group);
            retained.push_whole(i128::from(value));
            members.push_whole(i128::from(size));
            rate.push_ratio(i128::from(value), size);
        });
    };
    let found = acting.each_users(&periods, groups, &mut output.excluded, of, finish)?;
    output.rows = found.into_iter().collect();
    if has_negative.into_inner() {
        output.warnings.insert("some users hosted before they were registered: their age is negative".into());
    }
    Ok(output)
}

/// The periods in which users were registered.
struct Cohorts {
    /// First days, in order, without gaps.
    starts: Vec<Day>,
    /// By user; the number of cohorts where there is none.
    of_users: Vec<u32>,
}

impl Cohorts {
    fn new(ctx: &Context<'_, '_>) -> Result<Self, KpiError> {
        let registered = ctx.lookups.numbers("users", "registration_date")?;
        let days = || registered.iter().filter(|&&day| day != NULL_NUMBER).map(|&day| day as Day);
        let labels = || ctx.buckets.iter().map(|bucket| bucket.label);
        let first = days().min().into_iter().chain(labels().min()).min();
        let last = days().max().into_iter().chain(labels().max()).max();
        let mut starts = Vec::new();
        let mut at = first.map(|day| ctx.calendar.bucket_start(day));
        while let (Some(start), Some(last)) = (at, last)
            && start <= last
        {
            starts.push(start);
            at = Some(ctx.calendar.next(start));
        }
        let mut cohorts = Cohorts { starts, of_users: Vec::new() };
        let none = cohorts.starts.len() as u32;
        let first = first.unwrap_or(0);
        let by_day: Vec<u32> = (first..=last.unwrap_or(first)).map(|day| cohorts.at(day)).collect();
        let of = |&day: &i64| if day == NULL_NUMBER { none } else { by_day[(day as Day - first) as usize] };
        cohorts.of_users = registered.iter().map(of).collect();
        Ok(cohorts)
    }

    /// Number of cohorts, that of users without one counted.
    fn len(&self) -> usize {
        self.starts.len() + 1
    }

    /// The cohort of a day that is not before all others.
    fn at(&self, day: Day) -> u32 {
        self.starts.partition_point(|&start| start <= day).saturating_sub(1) as u32
    }

    fn of(&self, user: u32) -> u32 {
        self.of_users.get(user as usize).copied().unwrap_or(self.starts.len() as u32)
    }

    fn start(&self, cohort: u32) -> Option<Day> {
        self.starts.get(cohort as usize).copied()
    }
}
