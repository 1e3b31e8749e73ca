//! Ledgers, payments, invoices and what is not billed yet: plain sums of amounts.
//!
//! Invariant: each function below is one KPI, and reads like its definition.

use super::cells::Units;
use super::rows::{Fact, Row, is};
use super::selection::{Selection, flow, stock, total};
use super::world::World;
use crate::reference::side::{Dims, Evaluate, Value};

/// Nothing for a null.
pub fn units(cell: Option<Units>) -> i128 {
    cell.map_or(0, |units| i128::from(units.0))
}

fn amount(row: &Row<'_>) -> i128 {
    units(match row.fact {
        Fact::Ledger(entry) => entry.amount,
        Fact::Transaction(entry) => entry.amount,
        Fact::Payment(payment) => payment.amount,
        Fact::Invoice(invoice) => invoice.amount,
        other => panic!("{other:?} has no amount of its own"),
    })
}

pub fn subscriber_amounts<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let booked = |row: &Row<'w>, today| row.day.is_some_and(|day| day <= today);
    stock(world, Selection::new(world, dims, None), booked, |rows, _| {
        let amounts = rows.iter().map(|(row, rate)| (amount(row), *rate));
        vec![Value::Money(total(amounts)), Value::count(rows.len())]
    })
}

/// Payments and invoices: the sum and the number of what has the day of the KPI.
pub fn sum_and_count<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    flow(world, Selection::new(world, dims, None), |rows| {
        let amounts = rows.iter().map(|(row, rate)| (amount(row), *rate));
        vec![Value::Money(total(amounts)), Value::count(rows.len())]
    })
}

pub fn unbilled_transactions<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let started = |row: &Row<'w>, today| row.day.is_none_or(|day| day <= today);
    stock(world, Selection::new(world, dims, None), started, |rows, _| {
        let of_kind = |wanted: &str| {
            let kind = |row: &Row<'_>| match row.fact {
                Fact::Transaction(entry) => is(entry.kind.as_deref(), wanted),
                _ => false,
            };
            let rows = rows.iter().filter(|(row, _)| kind(row));
            total(rows.map(|(row, rate)| (amount(row), *rate)))
        };
        let (charges, allowances) = (of_kind("charge"), of_kind("allowance"));
        vec![
            Value::Money(charges),
            Value::Money(allowances),
            Value::Money(charges.minus(allowances)),
            Value::count(rows.len()),
        ]
    })
}
