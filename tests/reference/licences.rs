//! Licences: how many are in use, and what becomes of those that end?
//!
//! Invariant: dates of licences are civil days; no time zone has a say in them.

use super::data::License;
use super::filter::folded;
use super::period::Days;
use super::rows::{Fact, Row, Source};
use super::side::{Dims, Evaluate, Side, Value};
use super::world::{World, covers, days_after};

pub fn license<'w>(row: &Row<'w>) -> &'w License {
    match row.fact {
        Fact::License(license) => license,
        other => panic!("{other:?} is not a licence"),
    }
}

/// In force: the term covers the day and nobody has suspended it.
pub fn in_force(license: &License, day: jiff::civil::Date) -> bool {
    let status = license.license_status.as_deref().map(folded);
    covers(license, day) && status.as_deref() != Some("suspended")
}

pub fn license_utilization<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let licenses = Side::single(world, Source::Licenses, dims);
    Box::new(move |bucket, seed| {
        let today = world.measured_on(bucket);
        let measure = |rows: Vec<Row<'_>>| {
            let assigned = rows.iter().filter(|row| row.user.is_some()).count();
            vec![Value::ratio(assigned, rows.len()), Value::count(assigned), Value::count(rows.len())]
        };
        let groups = licenses.groups(|row| in_force(license(row), today), seed).into_iter();
        groups.map(|(group, rows)| (group, measure(rows))).collect()
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Renewed,
    Switched,
    Lapsed,
    Pending,
}

/// Ends are counted even where they lie after the watermark.
pub fn license_expirations<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let licenses = Side::single(world, Source::LicensesEnding, dims);
    Box::new(move |bucket, seed| {
        let measure = |rows: Vec<Row<'_>>| {
            let fates: Vec<Fate> = rows.iter().filter_map(|row| fate(world, license(row))).collect();
            let count = |wanted: Fate| fates.iter().filter(|fate| **fate == wanted).count();
            let (renewed, switched) = (count(Fate::Renewed), count(Fate::Switched));
            let (lapsed, pending) = (count(Fate::Lapsed), count(Fate::Pending));
            vec![
                Value::count(rows.len()),
                Value::count(renewed),
                Value::count(switched),
                Value::count(lapsed),
                Value::count(pending),
                Value::ratio(renewed + switched, rows.len() - pending),
            ]
        };
        let ends_in = |row: &Row<'_>| row.day.is_some_and(|day| bucket.days.contains(day));
        let groups = licenses.groups(ends_in, seed).into_iter();
        groups.map(|(group, rows)| (group, measure(rows))).collect()
    })
}

fn fate(world: &World<'_>, ended: &License) -> Option<Fate> {
    let end = ended.end_date?;
    let Some(user) = &ended.assigned_user_id else {
        return Some(if end < world.as_of { Fate::Lapsed } else { Fate::Pending });
    };
    let window = Days { first: days_after(end, -90), last: days_after(end, 30) };
    let succeeds = |other: &&License| {
        let later = match (other.start_date, ended.start_date) {
            (Some(other), Some(this)) => other > this && window.contains(other) && other <= world.as_of,
            _ => false,
        };
        other.license_id != ended.license_id && other.assigned_user_id.as_ref() == Some(user) && later
    };
    let successors: Vec<&License> = world.data.licenses.iter().filter(succeeds).collect();
    let same_type = |other: &&License| match (&other.license_type, &ended.license_type) {
        (Some(other), Some(this)) => folded(other) == folded(this),
        _ => false,
    };
    Some(if successors.iter().any(same_type) {
        Fate::Renewed
    } else if !successors.is_empty() {
        Fate::Switched
    } else if world.as_of < window.last {
        Fate::Pending
    } else {
        Fate::Lapsed
    })
}
