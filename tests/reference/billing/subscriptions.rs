//! Subscriptions, cancellations and contracts: how many are in force, begin, end, go on?
//!
//! Invariant: each renewal period is a row of its own, and is counted as one.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::data::{Contract, Subscription};
use super::reach::Reach;
use super::rows::{Fact, Row, effect, in_force, is};
use super::selection::{Rated, Selection, flow, stock};
use super::world::{World, find};
use crate::reference::exact::Fraction;
use crate::reference::side::{Dims, Evaluate, Value};

pub fn period<'w>(row: &Row<'w>) -> &'w Subscription {
    match row.fact {
        Fact::Subscription(period) => period,
        other => panic!("{other:?} is no subscription"),
    }
}

/// The subscribers that the rows refer to, in the store or not.
pub fn subscribers<'w>(world: &World<'w>, rows: &[Rated<'w>]) -> BTreeSet<&'w str> {
    rows.iter().filter_map(|(row, _)| Reach::of(world, row.fact).subscriber).collect()
}

pub fn active_subscriptions<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let exists = |row: &Row<'w>, today| in_force(period(row), today);
    stock(world, Selection::new(world, dims, None), exists, |rows, _| {
        let units = rows.iter().map(|(row, _)| i128::from(period(row).units.unwrap_or(1)));
        vec![
            Value::count(rows.len()),
            Value::count(subscribers(world, rows).len()),
            Value::Count(units.sum()),
        ]
    })
}

pub fn subscription_starts<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    flow(world, Selection::new(world, dims, None), |rows| {
        let new = rows.iter().filter(|(row, _)| period(row).previous.is_none()).count();
        vec![Value::count(new), Value::count(rows.len() - new)]
    })
}

pub fn cancellations<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let real = world.frame.request.option("include") == "real";
    let counts = |row: &Row<'w>| {
        let kind = match row.fact {
            Fact::Cancellation(entry) => entry.kind.as_deref(),
            _ => period(row).cancellation_type.as_deref(),
        };
        !real || !["pause", "planchange", "delete"].iter().any(|left_out| is(kind, left_out))
    };
    flow(world, Selection::new(world, dims, None).keep(counts), |rows| {
        vec![Value::count(rows.len()), Value::count(subscribers(world, rows).len())]
    })
}

pub fn renewal_rate<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let ended = |row: &Row<'w>| {
        let period = period(row);
        let package = find(&world.packages, period.package.as_deref());
        let stops = package.is_some_and(|package| package.automatic_stop == Some(true));
        let cut_short = effect(period).is_some_and(|effect| Some(effect) < period.end_date);
        !stops && !cut_short && row.day.is_some_and(|end| end <= world.frame.as_of)
    };
    flow(world, Selection::new(world, dims, None).keep(ended), |rows| {
        let goes_on = |row: &Row<'_>| period(row).next.is_some() || period(row).is_renewed == Some(true);
        let renewed = rows.iter().filter(|(row, _)| goes_on(row)).count();
        vec![Value::ratio(renewed, rows.len()), Value::count(renewed), Value::count(rows.len())]
    })
}

fn contract<'w>(row: &Row<'w>) -> &'w Contract {
    match row.fact {
        Fact::Contract(contract) => contract,
        other => panic!("{other:?} is no contract"),
    }
}

/// Unlike a subscription, a contract is still in force on its last day. Ends count even where they
/// lie after the watermark.
pub fn contracts<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let selection = Selection::new(world, dims, None);
    let binds = |row: &Row<'_>, today: Date| {
        let contract = contract(row);
        contract.start_date.is_some_and(|start| start <= today)
            && contract.end_date.is_none_or(|end| today <= end)
    };
    Box::new(move |bucket, seed| {
        let today = world.frame.measured_on(bucket);
        let ends = |row: &Row<'_>| row.day.is_some_and(|end| bucket.days.contains(end));
        let measure = |rows: Vec<Row<'w>>| {
            let bound: Vec<&Row<'w>> = rows.iter().filter(|row| binds(row, today)).collect();
            let terms: Vec<i64> = bound.iter().filter_map(|row| contract(row).term_length).collect();
            let months = terms.iter().map(|months| i128::from(*months)).sum();
            vec![
                Value::count(rows.iter().filter(|row| ends(row)).count()),
                Value::count(bound.len()),
                Value::Number(Fraction::new(months, terms.len() as i128)),
            ]
        };
        let groups = selection.groups(|row| ends(row) || binds(row, today), seed).into_iter();
        groups.map(|(group, rows)| (group, measure(rows))).collect()
    })
}
