//! Orders: how much was ordered, and how many orders were completed?
//!
//! Invariant: an order counts once, however many lines it has.

use std::collections::BTreeSet;

use super::payments::units;
use super::rows::{Fact, Row, is, order_status};
use super::selection::{Selection, flow};
use super::world::World;
use crate::reference::exact::{Fraction, money};
use crate::reference::side::{Dims, Evaluate, Value};

fn order<'w>(row: &Row<'w>) -> &'w super::data::Order {
    match row.fact {
        Fact::Order(order) | Fact::Line(order, _) => order,
        other => panic!("{other:?} is of no order"),
    }
}

/// The order's value; of a line, its quantity × price.
fn value(row: &Row<'_>) -> Fraction {
    match row.fact {
        Fact::Line(_, line) => {
            let quantity = line.quantity.map_or(10_000, |quantity| i128::from(quantity.0));
            money(units(line.price)).by(money(quantity))
        }
        _ => money(units(order(row).value)),
    }
}

/// All orders by creation, or the completed ones by completion: the rows differ, the figure does not.
pub fn amounts<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    flow(world, Selection::new(world, dims, None), |rows| {
        let values = rows.iter().map(|(row, rate)| value(row).by(*rate));
        let orders: BTreeSet<&str> = rows.iter().map(|(row, _)| order(row).key.as_str()).collect();
        vec![Value::Money(values.fold(Fraction::ZERO, Fraction::plus)), Value::count(orders.len())]
    })
}

pub fn order_conversion<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    flow(world, Selection::new(world, dims, None), |rows| {
        let count =
            |status: &str| rows.iter().filter(|(row, _)| is(order_status(order(row)), status)).count();
        let (completed, cancelled) = (count("completed"), count("cancelled"));
        let (rejected, in_progress) = (count("rejected"), count("inprogress"));
        vec![
            Value::ratio(completed, completed + cancelled + rejected),
            Value::count(completed),
            Value::count(cancelled),
            Value::count(rejected),
            Value::count(in_progress),
        ]
    })
}
