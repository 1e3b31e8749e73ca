//! Random subscriptions, orders, demands, payments and ledgers: the facts of a billing export.
//!
//! Days fall on each other: several demands of an invoice are due on one day, payments come at
//! midnights and clock changes. Invariant: rows are made from one seed each.

use jiff::ToSpan;

use super::maker::Maker;
use crate::reference::billing::cells::Units;
use crate::reference::billing::data::{
    Allowance, Cancellation, Charge, Contract, Demand, Detail, Fee, Invoice, Ledger, Order, OrderProduct,
    Payment, Rate, Subscription, Transaction,
};
use crate::reference::period::plus;

pub const CURRENCIES: &[&str] = &["NOK", "NOK", "EUR", "nok", "JPY", "KWD"];
const METHODS: &[&str] = &["Card", "eFaktura", "Avtalegiro"];
const REASONS: &[&str] = &["Price", "Moved", "Content"];
const CANCELLATION_TYPES: &[&str] =
    &["Regular", "Regular", "Automatic", "PaymentStop", "Pause", "PlanChange", "Delete"];
const ORDER_STATUSES: &[&str] =
    &["Completed", "Completed", "1", "Cancelled", "2", "Rejected", "InProgress", "0", "Lost"];
const TERMS: &[i64] = &[0, 1, 7, 28, 30, 31, 31, 90, 365];

pub fn transaction(make: &mut Maker<'_>) -> Transaction {
    let start = make.instant();
    Transaction {
        key: make.leaf_key("tra"),
        subscriber: make.reference("sub"),
        account: make.reference("acc"),
        organization: make.reference("org"),
        kind: make.category(&["Allowance", "Charge"]),
        amount: make.positive_amount(),
        currency: make.category(CURRENCIES),
        start: make.some(80, start),
    }
}

pub fn invoice(make: &mut Maker<'_>) -> Invoice {
    let issued = make.day();
    let due = make.after(issued, &[0, 14, 30]);
    let paid = make.after(due, &[-3, 0, 9]);
    Invoice {
        key: make.key("inv"),
        subscriber: make.rare_reference("sub", 80),
        organization: make.reference("org"),
        subscription: make.reference("sup"),
        issue_date: make.or_null(issued),
        due_date: make.or_null(due),
        paid_date: make.some(50, paid),
        amount: make.amount(),
        currency: make.category(CURRENCIES),
        status: make.category(&["Open", "Issued", "Credited", "Paid", "WrittenOff", "Lost"]),
    }
}

pub fn demand(make: &mut Maker<'_>) -> Demand {
    let issued = make.day();
    let due = make.after(issued, &[0, 14, 14, 30, 31, 60, 61, 90, 91, -5]);
    let (settled, credited) = (make.after(due, &[-20, 0, 1, 40]), make.after(issued, &[0, 2, 30]));
    let written_off = make.after(due, &[30, 90]);
    Demand {
        key: make.key("dem"),
        subscriber: make.reference("sub"),
        account: make.reference("acc"),
        organization: make.reference("org"),
        invoice: make.rare_reference("inv", 85),
        enterprise_plan: make.rare_reference("plan", 40),
        issue_date: issued,
        due_date: make.or_null(due),
        settle_date: make.some(30, settled),
        credit_date: make.some(12, credited),
        write_off_date: make.some(12, written_off),
        amount: make.amount().filter(|_| make.dice.percent(60)),
        currency: make.category(CURRENCIES),
        payment_method: make.category(METHODS),
    }
}

pub fn detail(make: &mut Maker<'_>) -> Detail {
    Detail {
        key: make.leaf_key("det"),
        demand: make.reference("dem"),
        subscription: make.rare_reference("sup", 60),
        next_subscription: make.rare_reference("sup", 50),
        order: make.rare_reference("ord", 50),
        product: make.rare_reference("prod", 25),
        amount: make.amount(),
    }
}

pub fn fee(make: &mut Maker<'_>) -> Fee {
    Fee { key: make.leaf_key("fee"), demand: make.reference("dem"), amount: make.amount() }
}

pub fn allowance(make: &mut Maker<'_>) -> Allowance {
    Allowance { key: make.leaf_key("alw"), demand: make.reference("dem"), amount: make.amount() }
}

pub fn charge(make: &mut Maker<'_>) -> Charge {
    Charge { key: make.leaf_key("chg"), demand: make.reference("dem"), amount: make.amount() }
}

pub fn ledger(make: &mut Maker<'_>) -> Ledger {
    let day = make.day();
    Ledger {
        key: make.leaf_key("led"),
        subscriber: make.reference("sub"),
        account: make.reference("acc"),
        organization: make.reference("org"),
        date: make.or_null(day),
        kind: make.category(&["Charge", "Payment", "Balance", "Credit", "Debit", "Refund"]),
        amount: make.amount(),
        currency: make.category(CURRENCIES),
    }
}

pub fn order(make: &mut Maker<'_>) -> Order {
    let (completed, cancelled) = (make.instant(), make.instant());
    Order {
        key: make.key("ord"),
        subscriber: make.rare_reference("sub", 70),
        organization: make.reference("org"),
        subscription: make.rare_reference("sup", 80),
        status: make.category(ORDER_STATUSES),
        created: make.instant(),
        completed: make.some(70, completed),
        cancelled: make.some(15, cancelled),
        value: make.amount(),
        currency: make.category(CURRENCIES),
        payment_method: make.category(METHODS),
        template: make.category(&["Spring", "Autumn"]),
    }
}

pub fn order_product(make: &mut Maker<'_>) -> OrderProduct {
    OrderProduct {
        key: make.leaf_key("olp"),
        order: make.reference("ord"),
        product: make.reference("prod"),
        quantity: make.quantity(),
        price: make.amount(),
    }
}

pub fn subscription(make: &mut Maker<'_>) -> Subscription {
    let day = make.day();
    let start = plus(day, (-make.dice.below(60)).days());
    let end = make.after(start, TERMS);
    let cancelled_on = make.after(start, &[-1, 0, 1, 14, 28, 30, 31, 90]);
    let cancelled = make.dice.percent(25);
    Subscription {
        key: make.key("sup"),
        subscriber: make.reference("sub"),
        account: make.rare_reference("acc", 80),
        organization: make.reference("org"),
        start_date: make.or_null(start),
        end_date: make.some(75, end),
        price: make.amount(),
        tax_percent: make.or_null(Units(250_000)),
        units: make.some(50, 1).map(|_| make.pick(&[0, 1, 2, 3, 10, -1])),
        currency: make.category(CURRENCIES),
        is_cancelled: make.some(60, cancelled),
        cancellation_date: make.some(if cancelled { 80 } else { 10 }, cancelled_on),
        cancellation_reason: make.category(REASONS).filter(|_| cancelled),
        cancellation_type: make.category(CANCELLATION_TYPES).filter(|_| cancelled),
        is_renewed: make.flag(30),
        previous: make.rare_reference("sup", 40),
        next: make.rare_reference("sup", 40),
        package: make.reference("pack"),
        enterprise_plan: make.rare_reference("plan", 40),
    }
}

pub fn cancellation(make: &mut Maker<'_>) -> Cancellation {
    let day = make.day();
    let effect = make.after(day, &[0, 1, 30, -3]);
    Cancellation {
        key: make.leaf_key("can"),
        subscription: make.reference("sup"),
        cancelled_on: make.or_null(day),
        effective_date: make.some(70, effect),
        reason: make.category(REASONS),
        kind: make.category(CANCELLATION_TYPES),
    }
}

pub fn contract(make: &mut Maker<'_>) -> Contract {
    let start = make.day();
    let end = make.after(start, TERMS);
    let months = make.pick(&[1, 12, 24, 36]);
    Contract {
        key: make.leaf_key("ctr"),
        subscription: make.reference("sup"),
        start_date: make.or_null(start),
        end_date: make.some(80, end),
        term_length: make.some(70, months),
    }
}

pub fn payment(make: &mut Maker<'_>) -> Payment {
    let time = make.instant();
    let day = make.day();
    let number = make.dice.below(14 + make.style.span_days * 10);
    Payment {
        // Some can be tagged: the lowest numbers are.
        key: make.style.key("pay", number),
        subscriber: make.reference("sub"),
        account: make.reference("acc"),
        organization: make.reference("org"),
        invoice: make.rare_reference("inv", 80),
        payment_date: make.or_null(time),
        value_date: make.some(80, day),
        amount: make.amount(),
        currency: make.category(CURRENCIES),
        source: make.category(&["OCR", "PayEx", "Manual", "Import", "MI"]),
        payment_method: make.category(METHODS),
        state: make.category(&["Completed", "Completed", "Completed", "AwaitingApproval"]),
    }
}

/// Rates of euros and yen, and the one that a krone has in kroner. Of dinars nothing is known.
pub fn rate(make: &mut Maker<'_>) -> Rate {
    let day = make.day();
    let date = make.after(day, &[-30, 0]);
    let (currency, rate) = match make.dice.below(8) {
        0 => ("NOK", 10_000),
        1..4 => ("JPY", make.pick(&[893, 5, 10_000])),
        _ => ("EUR", make.pick(&[112_345, 80_000, 116_000])),
    };
    Rate { date, currency: currency.to_owned(), rate: Units(rate) }
}
