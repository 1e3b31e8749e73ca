//! How much does a demand claim, and how much of that has been paid?
//!
//! Invariant: the demands of an invoice never share out more than was paid on it, and none of them
//! takes more than it claims.

use jiff::civil::Date;

use super::data::{Dataset, Demand, Payment};
use super::rows::is_completed;
use super::world::{World, currency_code};
use crate::reference::filter::Scalar;
use crate::reference::period::days_between;

/// A sum of money in units of 10^-4; what is null adds nothing.
macro_rules! sum_of {
    ($rows:expr, $demand:expr) => {
        $rows
            .iter()
            .filter(|row| row.demand.as_deref() == Some(&$demand.key))
            .filter_map(|row| row.amount)
            .map(|amount| i128::from(amount.0))
            .sum::<i128>()
    };
}

pub fn details(data: &Dataset, demand: &Demand) -> i128 {
    sum_of!(data.details, demand)
}

pub fn fees(data: &Dataset, demand: &Demand) -> i128 {
    sum_of!(data.fees, demand)
}

pub fn charges(data: &Dataset, demand: &Demand) -> i128 {
    sum_of!(data.charges, demand)
}

pub fn allowances(data: &Dataset, demand: &Demand) -> i128 {
    sum_of!(data.allowances, demand)
}

/// What the demand asks for: never less than nothing.
pub fn claim(data: &Dataset, demand: &Demand) -> i128 {
    let amount = demand.amount.map_or_else(|| details(data, demand), |amount| i128::from(amount.0));
    (amount + fees(data, demand) + charges(data, demand) - allowances(data, demand)).max(0)
}

/// Has it happened by the day?
pub fn by(event: Option<Date>, day: Date) -> bool {
    event.is_some_and(|event| event <= day)
}

pub fn is_open(demand: &Demand, day: Date) -> bool {
    let over = [demand.settle_date, demand.credit_date, demand.write_off_date];
    demand.issue_date <= day && !over.into_iter().any(|event| by(event, day))
}

/// The demand's share of what was paid on its invoice by the day. Payments fill the claims of the
/// invoice's demands one after the other: the one that is due first, of several the smallest key.
pub fn share(world: &World<'_>, demand: &Demand, day: Date) -> i128 {
    let Some(invoice) = &demand.invoice else {
        return 0;
    };
    let currency = currency_code(demand.currency.as_deref());
    let counts = |payment: &&Payment| {
        payment.invoice.as_ref() == Some(invoice)
            && is_completed(payment)
            && currency_code(payment.currency.as_deref()) == currency
            && by(world.payment_day(payment), day)
    };
    let payments = world.data.payments.iter().filter(counts);
    let amounts = payments.filter_map(|payment| payment.amount);
    let mut left = amounts.map(|amount| i128::from(amount.0)).sum::<i128>().max(0);
    let takes = |other: &&Demand| {
        other.invoice.as_ref() == Some(invoice)
            && currency_code(other.currency.as_deref()) == currency
            && other.issue_date <= day
            && !by(other.credit_date, day)
    };
    let mut queue: Vec<&Demand> = world.data.demands.iter().filter(takes).collect();
    queue.sort_by_key(|other| (other.due_date.is_none(), other.due_date, &other.key));
    for other in queue {
        let taken = claim(world.data, other).min(left);
        if other.key == demand.key {
            return taken;
        }
        left -= taken;
    }
    0
}

/// What is left of the claim at the day.
pub fn left(world: &World<'_>, demand: &Demand, day: Date) -> i128 {
    claim(world.data, demand) - share(world, demand, day)
}

/// How long it is past its due day, in the classes of the ageing table.
pub fn age(demand: &Demand, day: Date) -> Option<Scalar> {
    let days = days_between(demand.due_date?, day);
    Some(match days {
        ..=0 => Scalar::Step(0, "not_due"),
        1..=30 => Scalar::Step(1, "1-30"),
        31..=60 => Scalar::Step(2, "31-60"),
        61..=90 => Scalar::Step(3, "61-90"),
        _ => Scalar::Step(4, "over_90"),
    })
}
