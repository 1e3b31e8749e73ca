//! Churn: who of those that were active still is, who came, who came back?
//!
//! Invariant: retained, new and resurrected users are the active ones, each once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::exact::Fraction;
use super::licences::{in_force, license};
use super::period::{Bucket, Days};
use super::rows::Source;
use super::side::{Cells, Dims, Evaluate, Group, Side, Value};
use super::usage::registered;
use super::world::{World, days_after};

/// The users active in each group.
type Active<'w> = BTreeMap<Group, BTreeSet<&'w str>>;

pub fn churn_rate<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    if world.request.option("base") == "license" { by_license(world, dims) } else { by_usage(world, dims) }
}

fn by_usage<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let hosts = Side::single(world, Source::Meetings, dims).keep(|row| world.is_known(row));
    let users = Side::new(world, Source::Registered, dims);
    Box::new(move |bucket, seed| {
        let during = |days: Days| active(&hosts, |row| world.counts(row, days));
        let history = Days { first: Date::MIN, last: days_after(bucket.days.first, -1) };
        let here = during(bucket.days);
        let previous = during(world.calendar.previous(bucket).days);
        cells(world, bucket, seed, (&here, &previous, &during(history)), &users)
    })
}

/// A licence makes its assignee active in a bucket when it is in force at the bucket's end. Ever
/// before means at the end of any earlier bucket.
fn by_license<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let licenses = Side::single(world, Source::Licenses, dims).keep(|row| world.is_known(row));
    let users = Side::new(world, Source::Registered, dims);
    // Walking back over all buckets, the last one noted for a user is the first one ever.
    let mut first_bucket: BTreeMap<(Group, &str), Date> = BTreeMap::new();
    let starts = world.data.licenses.iter().filter_map(|license| license.start_date);
    let first_start = starts.min().unwrap_or(world.as_of);
    let mut walked = world.calendar.buckets(world.interval).pop();
    while let Some(bucket) = walked.filter(|bucket| bucket.whole.last >= first_start) {
        for (group, users) in in_force_at_end(world, &licenses, &bucket) {
            for user in users {
                first_bucket.insert((group.clone(), user), bucket.whole.first);
            }
        }
        walked = Some(world.calendar.previous(&bucket));
    }
    Box::new(move |bucket, seed| {
        let here = in_force_at_end(world, &licenses, bucket);
        let previous = in_force_at_end(world, &licenses, &world.calendar.previous(bucket));
        let mut before = Active::new();
        for ((group, user), first) in &first_bucket {
            if *first < bucket.whole.first {
                before.entry(group.clone()).or_default().insert(user);
            }
        }
        cells(world, bucket, seed, (&here, &previous, &before), &users)
    })
}

fn in_force_at_end<'w>(world: &World<'w>, licenses: &Side<'w>, bucket: &Bucket) -> Active<'w> {
    let today = world.measured_on(bucket);
    active(licenses, |row| in_force(license(row), today))
}

fn active<'w>(side: &Side<'w>, belongs: impl Fn(&super::rows::Row<'w>) -> bool) -> Active<'w> {
    let mut active = Active::new();
    for (row, group) in &side.rows {
        if belongs(row) {
            active.entry(group.clone()).or_default().extend(row.user);
        }
    }
    active
}

fn cells<'w>(
    world: &World<'w>,
    bucket: &Bucket,
    seed: bool,
    (here, previous, before): (&Active<'w>, &Active<'w>, &Active<'w>),
    users: &Side<'w>,
) -> Cells {
    let mut groups: BTreeSet<&Group> = here.keys().chain(previous.keys()).collect();
    let no_group = Group::new();
    if seed {
        groups.insert(&no_group);
    }
    let nobody = BTreeSet::new();
    let mut cells = Cells::new();
    for group in groups {
        let here = here.get(group).unwrap_or(&nobody);
        let previous = previous.get(group).unwrap_or(&nobody);
        let before = before.get(group).unwrap_or(&nobody);
        let churned = previous.difference(here).count() as i128;
        let retained = here.intersection(previous).count();
        let new = here.iter().filter(|user| !previous.contains(*user) && !before.contains(*user));
        let back = here.iter().filter(|user| !previous.contains(*user) && before.contains(*user));
        let population = match world.request.option("denominator") {
            "previous" => previous.len() as i128,
            _ => registered_in(world, bucket, users, group),
        };
        cells.insert(
            group.clone(),
            vec![
                Value::Number(Fraction::new(churned, population)),
                Value::Count(churned),
                Value::count(previous.len()),
                Value::count(retained),
                Value::count(new.count()),
                Value::count(back.count()),
                Value::count(here.len()),
            ],
        );
    }
    cells
}

/// Users registered by the day of measurement whose own attributes are those of the group.
fn registered_in(world: &World<'_>, bucket: &Bucket, users: &Side<'_>, group: &Group) -> i128 {
    let wanted: Group = users.has.iter().map(|position| group[*position].clone()).collect();
    let count = users.rows.iter().filter(|(row, own)| *own == wanted && registered(world, row, bucket));
    count.count() as i128
}
