//! Recurring revenue: what do the subscriptions in force bring per month?
//!
//! Invariant: only exact fractions are added; a period whose months are not known brings nothing.

use super::payments::units;
use super::rows::{Row, in_force};
use super::selection::{Selection, stock};
use super::subscriptions::{period, subscribers};
use super::world::{World, find};
use crate::reference::exact::{Fraction, money};
use crate::reference::side::{Dims, Evaluate, Value};

/// Numbers of frequencies are so much above their months.
const FREQUENCIES: i64 = 1000;

/// Price × units less the permanent discount, per month; none when the frequency is not known.
pub fn monthly(world: &World<'_>, row: &Row<'_>) -> Option<Fraction> {
    let period = period(row);
    let package = find(&world.packages, period.package.as_deref())?;
    let months = package.billing_frequency? - FREQUENCIES;
    if months <= 0 {
        return None;
    }
    let percent = money(units(package.discount_percent));
    let kept = Fraction::whole(1).minus(percent.over(100)?);
    let price = money(units(period.price)).times(i128::from(period.units.unwrap_or(1)));
    price.by(kept).over(i128::from(months))
}

pub fn subscription_mrr<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let exists = |row: &Row<'w>, today| in_force(period(row), today);
    let selection = Selection::new(world, dims, None).keep(|row| monthly(world, row).is_some());
    stock(world, selection, exists, |rows, _| {
        let monthly = rows.iter().filter_map(|(row, rate)| Some(monthly(world, row)?.by(*rate)));
        let mrr = monthly.fold(Fraction::ZERO, Fraction::plus);
        vec![
            Value::DividedMoney(Some(mrr)),
            Value::DividedMoney(Some(mrr.times(12))),
            Value::count(rows.len()),
            Value::DividedMoney(mrr.over(subscribers(world, rows).len() as i128)),
        ]
    })
}

pub fn price_steps<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let exists = |row: &Row<'w>, today| in_force(period(row), today);
    stock(world, Selection::new(world, dims, None), exists, |rows, _| {
        let monthly = rows.iter().filter_map(|(row, rate)| Some(monthly(world, row)?.by(*rate)));
        vec![
            Value::count(rows.len()),
            Value::DividedMoney(Some(monthly.fold(Fraction::ZERO, Fraction::plus))),
        ]
    })
}
