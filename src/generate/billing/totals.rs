//! What do the KPI tables say that are shipped with the rows?
//!
//! Amounts are added up while the rows are counted, per organization and day there. Invariant: a
//! total depends on the rows alone, not on the order in which they are added.

use super::money::{Amount, Currency};
use super::story::Story;
use super::story::orders::Status;
use super::story::payments::State;
use super::world::World;
use crate::generate::calendar::Day;
use crate::generate::csv::Rows;
use std::collections::BTreeMap;

pub(super) const ORDERS_HEADER: &str = "OrganizationId,Date,Status,Currency,Amount,Orders";
pub(super) const COMPLETED_HEADER: &str = "OrganizationId,Date,Currency,Amount,Orders";
pub(super) const PAID_HEADER: &str = "OrganizationId,Date,Currency,Amount";

/// An amount, and of how many rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Total {
    amount: Amount,
    rows: u64,
}

/// Totals of days, by organization.
#[derive(Default)]
pub(super) struct Totals {
    orders: BTreeMap<(usize, Day, Status, Currency), Total>,
    completed: BTreeMap<(usize, Day, Currency), Total>,
    paid: BTreeMap<(usize, Day, Currency), Total>,
}

impl Totals {
    /// Adds what a story's orders and payments come to.
    pub(super) fn add(&mut self, world: &World, story: &Story) {
        let place = story.subscriber.organization;
        let currency = story.subscriber.currency;
        for order in &story.orders {
            let amount = order.value.unwrap_or(0);
            let created = world.day_of(place, order.created);
            add(&mut self.orders, (place, created, order.status, currency), amount);
            if let (Status::Completed, Some(completed)) = (order.status, order.completed) {
                add(&mut self.completed, (place, world.day_of(place, completed), currency), amount);
            }
        }
        for payment in story.payments.iter().filter(|payment| payment.state == State::Completed) {
            add(&mut self.paid, (place, payment.day, payment.currency), payment.amount);
        }
    }

    /// Adds other totals.
    pub(super) fn merge(&mut self, other: Self) {
        merge(&mut self.orders, other.orders);
        merge(&mut self.completed, other.completed);
        merge(&mut self.paid, other.paid);
    }

    /// The rows of `order_amounts`.
    pub(super) fn write_orders(&self, rows: &mut Rows) {
        for (&(place, day, status, currency), total) in &self.orders {
            rows.number(place as u64 + 1);
            rows.date(day);
            rows.plain(status.name());
            rows.plain(currency.name());
            rows.amount(total.amount);
            rows.number(total.rows);
            rows.end();
        }
    }

    /// The rows of `order_completed_amounts`.
    pub(super) fn write_completed(&self, rows: &mut Rows) {
        for (&(place, day, currency), total) in &self.completed {
            rows.number(place as u64 + 1);
            rows.date(day);
            rows.plain(currency.name());
            rows.amount(total.amount);
            rows.number(total.rows);
            rows.end();
        }
    }

    /// The rows of `daily_paid_amounts`.
    pub(super) fn write_paid(&self, rows: &mut Rows) {
        for (&(place, day, currency), total) in &self.paid {
            rows.number(place as u64 + 1);
            rows.date(day);
            rows.plain(currency.name());
            rows.amount(total.amount);
            rows.end();
        }
    }
}

fn add<K: Ord>(totals: &mut BTreeMap<K, Total>, key: K, amount: Amount) {
    let total = totals.entry(key).or_default();
    total.amount += amount;
    total.rows += 1;
}

fn merge<K: Ord>(totals: &mut BTreeMap<K, Total>, other: BTreeMap<K, Total>) {
    for (key, more) in other {
        let total = totals.entry(key).or_default();
        total.amount += more.amount;
        total.rows += more.rows;
    }
}
