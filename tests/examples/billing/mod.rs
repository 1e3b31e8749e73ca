//! What is the answer about a handful of billing rows?
//!
//! Invariant: every expected figure was worked out from the definition, not read off a run.

mod conversion;
mod debt;
mod dimensions;
mod movements;
mod orders;
mod payments;
mod products;
mod subscriptions;

use super::{ask, check, day, every, optional_day, some, time, with};
use crate::reference::billing::cells::Units;
use crate::reference::billing::data::{
    Dataset, Demand, Detail, Order, OrderProduct, Package, PackageProduct, Payment, Product, Subscription,
};
use crate::reference::filter::{Expr, Literal, Operator};
use crate::reference::period::Grain;
use crate::reference::request::Request;

/// An amount as an export writes it; nothing for a null.
fn amount(text: &str) -> Option<Units> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{part:0<4}");
    (!text.is_empty()).then(|| Units(digits.parse().expect("an amount with at most four decimals")))
}

fn equals(name: &str, text: &str) -> Option<Expr> {
    let value = Literal::Text(text.to_owned());
    Some(Expr::Compare { name: name.to_owned(), operator: Operator::Equal, value })
}

/// At a day's end only, so that a stock has one row.
fn on(text: &str, request: Request) -> Request {
    Request { as_of: Some(day(text)), ..every(Grain::All, request) }
}

fn payment(key: &str, at: &str, paid: &str) -> Payment {
    Payment {
        key: key.to_owned(),
        payment_date: (!at.is_empty()).then(|| time(at)),
        amount: amount(paid),
        currency: some("NOK"),
        source: some("OCR"),
        state: some("Completed"),
        ..Payment::default()
    }
}

/// A payment on an invoice.
fn paid(key: &str, invoice: &str, date: &str, sum: &str) -> Payment {
    Payment { invoice: some(invoice), ..payment(key, &format!("{date}T12:00:00"), sum) }
}

fn demand(key: &str, invoice: &str, issued: &str, due: &str, claim: &str) -> Demand {
    Demand {
        key: key.to_owned(),
        invoice: some(invoice),
        issue_date: day(issued),
        due_date: optional_day(due),
        amount: amount(claim),
        currency: some("NOK"),
        ..Demand::default()
    }
}

fn detail(key: &str, demand: &str, billed: &str) -> Detail {
    Detail { key: key.to_owned(), demand: some(demand), amount: amount(billed), ..Detail::default() }
}

fn order(key: &str, status: &str, created: &str, completed: &str, value: &str) -> Order {
    Order {
        key: key.to_owned(),
        status: some(status),
        created: time(created),
        completed: (!completed.is_empty()).then(|| time(completed)),
        value: amount(value),
        currency: some("NOK"),
        ..Order::default()
    }
}

fn line(key: &str, order: &str, product: &str, quantity: &str, price: &str) -> OrderProduct {
    OrderProduct {
        key: key.to_owned(),
        order: some(order),
        product: some(product),
        quantity: amount(quantity),
        price: amount(price),
    }
}

fn product(key: &str, name: &str, category: &str) -> Product {
    Product { key: key.to_owned(), name: some(name), category: some(category), price: None }
}

/// A package that is billed every so many months.
fn package(key: &str, months: i64) -> Package {
    Package { key: key.to_owned(), billing_frequency: Some(1000 + months), ..Package::default() }
}

fn part(key: &str, package: &str, product: &str, price: &str) -> PackageProduct {
    PackageProduct {
        key: key.to_owned(),
        package: some(package),
        product: some(product),
        quantity: None,
        price: amount(price),
    }
}

fn period(key: &str, account: &str, start: &str, end: &str, price: &str) -> Subscription {
    Subscription {
        key: key.to_owned(),
        account: some(account),
        start_date: optional_day(start),
        end_date: optional_day(end),
        price: amount(price),
        currency: some("NOK"),
        package: some("monthly"),
        ..Subscription::default()
    }
}

/// Periods of packages that are billed each month or each quarter.
fn periods(periods: Vec<Subscription>) -> Dataset {
    Dataset {
        subscriptions: periods,
        packages: vec![package("monthly", 1), package("quarterly", 3)],
        ..Dataset::default()
    }
}
