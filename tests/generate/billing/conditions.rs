//! Random conditions on billing rows, about values that the data has.
//!
//! Invariant: every condition is well typed: text with text, numbers with numbers, dates with dates.

use crate::generate::Dice;
use crate::generate::conditions::{condition_on, joined};
use crate::reference::billing::catalogue::{columns, dimensions};
use crate::reference::billing::data::Dataset;
use crate::reference::billing::dims::value;
use crate::reference::billing::rows::rows;
use crate::reference::billing::world::World;
use crate::reference::filter::{Expr, Literal, Scalar};
use crate::reference::request::Request;

/// A condition on the KPI's dimensions and the columns of its table.
pub fn filter(dice: &mut Dice, data: &Dataset, request: &Request) -> Option<Expr> {
    let (dimensions, columns) = (dimensions(request), columns(data, request));
    joined(dice, |dice| {
        let names = if dice.percent(75) { &dimensions } else { &columns };
        let name = *dice.pick(names);
        let listed = values(data, request, name);
        let typed = spelled(dice, name);
        condition_on(dice, &typed, &listed, is_key(name))
    })
}

/// The text of a tag that some row has, as `--tag` takes it.
pub fn tag(dice: &mut Dice, data: &Dataset) -> Option<String> {
    let tags: Vec<&String> = data.tags.iter().filter_map(|tag| tag.value.as_ref()).collect();
    if tags.is_empty() {
        return None;
    }
    let text = dice.pick(&tags).trim().to_owned();
    // A key alone, or a value alone, is neither a tag's text nor its key and value.
    let half = text.split_once([':', '=']).is_some_and(|(key, value)| key.is_empty() || value.is_empty());
    (!half).then_some(text)
}

pub fn group(dice: &mut Dice, data: &Dataset) -> Option<String> {
    let names: Vec<&String> = data.reporting_groups.iter().filter_map(|group| group.name.as_ref()).collect();
    if names.is_empty() { None } else { Some((*dice.pick(&names)).clone()) }
}

/// Names match like headers; of a name with a key of the data behind its dot, the case is free.
fn spelled(dice: &mut Dice, name: &str) -> String {
    match dice.below(4) {
        0 if !name.contains('.') => name.replace('_', ""),
        1 => name.to_uppercase(),
        _ => name.to_owned(),
    }
}

/// A key is looked for as it is.
fn is_key(name: &str) -> bool {
    name.ends_with("Id") || name == "subscriber"
}

/// What the KPI's rows show under the name.
fn values(data: &Dataset, request: &Request, name: &str) -> Vec<Scalar> {
    // Whether rows are parts may depend on the name itself.
    let mut asking = Request { top: None, compare: None, ..request.clone() };
    asking.filter = Some(Expr::Compare {
        name: name.to_owned(),
        operator: crate::reference::filter::Operator::Equal,
        value: Literal::Text(String::new()),
    });
    let Some(world) = World::new(data, &asking) else {
        return Vec::new();
    };
    let today = Some(world.frame.as_of);
    let mut values = Vec::new();
    for row in rows(&world) {
        match value(&world, row.fact, name, today) {
            Scalar::Set(set) => values.extend(set),
            one => values.push(one),
        }
    }
    values.retain(|value| *value != Scalar::Null);
    values
}
