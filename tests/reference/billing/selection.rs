//! Which rows does a figure consist of, and in which groups are they?
//!
//! Invariant: a row is in a group at most once, in as many groups as it has values.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::dims::value;
use super::reach::Reach;
use super::rows::{Row, rows};
use super::world::World;
use crate::reference::exact::{Fraction, money};
use crate::reference::filter::{Expr, Literal, Operator, Scalar};
use crate::reference::period::Bucket;
use crate::reference::request::Request;
use crate::reference::side::{Cells, Dims, Evaluate, Group, OTHER, Value};

/// The rows of each group.
pub type Groups<'w> = BTreeMap<Group, Vec<Row<'w>>>;

/// The rows that pass the filters, each with its groups.
pub struct Selection<'w> {
    rows: Vec<(Row<'w>, BTreeSet<Group>)>,
}

impl<'w> Selection<'w> {
    /// Filters and groups may be about how old a row is on the day at which a stock is measured.
    pub fn new(world: &'w World<'w>, dims: &Dims, today: Option<Date>) -> Selection<'w> {
        let conditions = conditions(world.frame.request);
        let mut selected = Vec::new();
        for row in rows(world) {
            let seen = |name: &str| value(world, row.fact, name, today);
            if conditions.iter().all(|condition| condition.truth(&seen) == Some(true)) {
                let values: Vec<Scalar> = dims.names.iter().map(|name| seen(name)).collect();
                selected.push((row, groups_of(dims, &values)));
            }
        }
        Selection { rows: selected }
    }

    pub fn keep(mut self, keep: impl Fn(&Row<'w>) -> bool) -> Selection<'w> {
        self.rows.retain(|(row, _)| keep(row));
        self
    }

    /// The rows of each group that has any; with `seed` also the one group without dimensions.
    pub fn groups(&self, belongs: impl Fn(&Row<'w>) -> bool, seed: bool) -> Groups<'w> {
        let mut found = Groups::new();
        if seed {
            found.insert(Group::new(), Vec::new());
        }
        for (row, groups) in self.rows.iter().filter(|(row, _)| belongs(row)) {
            for group in groups {
                found.entry(group.clone()).or_default().push(*row);
            }
        }
        found
    }
}

/// `--where`, and what `--tag` and `--group` are short for.
fn conditions(request: &Request) -> Vec<Expr> {
    let equals = |name: String, text: &str| Expr::Compare {
        name,
        operator: Operator::Equal,
        value: Literal::Text(text.to_owned()),
    };
    let of_tag = |tag: &String| match tag.split_once(['=', ':']) {
        Some((key, value)) => equals(format!("tag.{}", key.trim()), value.trim()),
        None => equals("tag".to_owned(), tag),
    };
    let mut conditions: Vec<Expr> = request.filter.iter().cloned().collect();
    conditions.extend(request.tags.iter().map(of_tag));
    conditions.extend(request.groups.iter().map(|name| equals("reporting_group".to_owned(), name)));
    conditions
}

/// Every combination of the values; no value is a value of its own. What is not among the top
/// groups falls together.
fn groups_of(dims: &Dims, values: &[Scalar]) -> BTreeSet<Group> {
    let mut groups = BTreeSet::from([Group::new()]);
    for value in values {
        let choices: Vec<Scalar> = match value {
            Scalar::Set(values) if values.is_empty() => vec![Scalar::Null],
            Scalar::Set(values) => values.iter().cloned().collect(),
            one => vec![one.clone()],
        };
        let longer = |group: &Group| -> Vec<Group> {
            choices.iter().map(|choice| [group.as_slice(), std::slice::from_ref(choice)].concat()).collect()
        };
        groups = groups.iter().flat_map(longer).collect();
    }
    let Some(top) = &dims.top else {
        return groups;
    };
    let with_other = |mut group: Group| {
        if !top.contains(&group[..dims.by]) {
            group[..dims.by].fill(Scalar::Text(OTHER.to_owned()));
        }
        group
    };
    groups.into_iter().map(with_other).collect()
}

/// A row and what its amounts are multiplied by.
pub type Rated<'w> = (Row<'w>, Fraction);

/// What happened in the bucket, by group, each group measured; amounts are converted on the day.
pub fn flow<'w>(
    world: &'w World<'w>,
    selection: Selection<'w>,
    measure: impl Fn(&[Rated<'w>]) -> Vec<Value> + 'w,
) -> Evaluate<'w> {
    Box::new(move |bucket, seed| {
        let rate = |row: &Row<'w>| row.day.and_then(|day| row.rate(world, day));
        let belongs = |row: &Row<'w>| world.counts(row.day, bucket.days) && rate(row).is_some();
        let rated = |row: Row<'w>| (row, rate(&row).expect("a row without a rate is left out"));
        let groups = selection.groups(belongs, seed).into_iter();
        groups
            .map(|(group, rows)| (group, measure(&rows.into_iter().map(rated).collect::<Vec<_>>())))
            .collect()
    })
}

/// What there is on the day of measurement, by group, each group measured; amounts are converted
/// on that day.
pub fn stock<'w>(
    world: &'w World<'w>,
    selection: Selection<'w>,
    exists: impl Fn(&Row<'w>, Date) -> bool + 'w,
    measure: impl Fn(&[Rated<'w>], Date) -> Vec<Value> + 'w,
) -> Evaluate<'w> {
    Box::new(move |bucket, seed| stock_of(world, &selection, (bucket, seed), &exists, &measure))
}

/// A stock whose groups depend on the day of measurement.
pub fn ageing_stock<'w>(
    world: &'w World<'w>,
    dims: &Dims,
    exists: impl Fn(&Row<'w>, Date) -> bool + 'w,
    measure: impl Fn(&[Rated<'w>], Date) -> Vec<Value> + 'w,
) -> Evaluate<'w> {
    let dims = dims.clone();
    Box::new(move |bucket, seed| {
        let selection = Selection::new(world, &dims, Some(world.frame.measured_on(bucket)));
        stock_of(world, &selection, (bucket, seed), &exists, &measure)
    })
}

fn stock_of<'w>(
    world: &'w World<'w>,
    selection: &Selection<'w>,
    (bucket, seed): (&Bucket, bool),
    exists: impl Fn(&Row<'w>, Date) -> bool,
    measure: impl Fn(&[Rated<'w>], Date) -> Vec<Value>,
) -> Cells {
    let today = world.frame.measured_on(bucket);
    let groups = selection.groups(|row| exists(row, today) && row.rate(world, today).is_some(), seed);
    let rated = |row: Row<'w>| (row, row.rate(world, today).expect("a row without a rate is left out"));
    let measured = |rows: Vec<Row<'w>>| measure(&rows.into_iter().map(rated).collect::<Vec<_>>(), today);
    groups.into_iter().map(|(group, rows)| (group, measured(rows))).collect()
}

impl<'w> Row<'w> {
    /// By what its amounts are multiplied on the day.
    pub fn rate(&self, world: &World<'w>, day: Date) -> Option<Fraction> {
        if world.frame.request.convert.is_none() {
            return Some(Fraction::whole(1));
        }
        world.rate(Reach::of(world, self.fact).currency, day)
    }
}

/// The sum of amounts in units of 10^-4, each times its rate.
pub fn total(amounts: impl Iterator<Item = (i128, Fraction)>) -> Fraction {
    amounts.fold(Fraction::ZERO, |sum, (units, rate)| sum.plus(money(units).by(rate)))
}
