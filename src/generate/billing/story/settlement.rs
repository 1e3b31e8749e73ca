//! What becomes of an invoice: paid, paid late, in part, twice, or never?
//!
//! Invariant: a demand is settled by the payment that covers it and all demands before it on its
//! invoice; it is never settled, credited or written off before it was issued or after the span.

use super::Story;
use super::adjustments::Adjustment;
use super::invoices::Status;
use super::outcome::{Outcome, pay};
use super::payments::{Due, State, arrive};
use crate::generate::billing::money::{self, Amount};
use crate::generate::billing::subscriber::Method;
use crate::generate::billing::world::World;
use crate::generate::calendar::Day;
use crate::generate::rng::{Draw, Stream};
use std::ops::Range;

/// Days after the due date on which a reminder is sent, with a fee.
const REMINDER_DAYS: i32 = 14;
/// Days for which a demand without a due date is given.
const USUAL_DAYS: i32 = 14;

/// Plays what is paid for the subscriber's invoices, demands without invoice, and goods.
pub(super) fn play(world: &World, story: &mut Story) {
    let mut draw = Draw::new(world.seed, Stream::Settlement, story.subscriber.index);
    for invoice in 0..story.invoices.len() {
        settle(world, story, invoice, &mut draw);
        close(world, story, invoice);
    }
    for at in 0..story.demands.len() {
        let demand = &story.demands[at];
        if demand.invoice.is_none() {
            let due = Due {
                account: demand.account,
                invoice: None,
                method: demand.method,
                amount: money::payable(demand.claim),
            };
            let day = demand.issue;
            story.demands[at].settle = arrive(world, story, &mut draw, due, day);
        }
    }
    for at in 0..story.orders.len() {
        let order = &story.orders[at];
        let value = order.value.unwrap_or(0);
        if order.is_paid_at_once() && value > 0 {
            let day = world.day_of(story.subscriber.organization, order.created);
            let due = Due { account: 0, invoice: None, method: order.method, amount: value };
            arrive(world, story, &mut draw, due, day);
        }
    }
    brought_forward(world, story, &mut draw);
    stray(world, story, &mut draw);
}

fn settle(world: &World, story: &mut Story, invoice: usize, draw: &mut Draw) {
    let range = story.invoices[invoice].demands.clone();
    let is_abandoned = story.demands[range.clone()].iter().all(|demand| demand.is_abandoned);
    let outcome = Outcome::draw(draw, story.subscriber.payer, is_abandoned);
    let (issue, method) = (story.invoices[invoice].issue, story.demands[range.start].method);
    let due_day = story.invoices[invoice].due.unwrap_or(issue + USUAL_DAYS);
    let pay_day = match outcome {
        Outcome::Late => due_day + draw.between(2, 75),
        _ => match method {
            Method::Card | Method::Wallet => issue,
            Method::DirectDebit => due_day,
            Method::Invoice => issue + draw.between(1, (due_day.0 - issue.0 - 1).max(1)),
        },
    };
    let reminded = due_day + REMINDER_DAYS;
    let is_reminded = outcome.is_overdue() && (outcome != Outcome::Late || pay_day > reminded);
    if is_reminded && reminded <= world.span.last {
        remind(story, range.clone(), reminded);
    }
    let total: Amount = story.demands[range.clone()].iter().map(|demand| demand.claim).sum();
    let due = Due {
        account: story.demands[range.start].account,
        invoice: Some(invoice),
        method,
        amount: money::payable(total),
    };
    let first = story.payments.len();
    if total > 0 {
        pay(world, story, draw, outcome, due, pay_day);
    }
    // Now and then a payment is not noticed.
    if !draw.chance(80) {
        cover(story, invoice, first);
    }
    for at in range {
        if let Outcome::Credited | Outcome::PaidAndCredited = outcome {
            credit(world, story, draw, at, outcome == Outcome::PaidAndCredited, due_day);
        }
        let day = due_day + draw.between(120, 260);
        if outcome.is_lost() && draw.chance(6000) && day <= world.span.last {
            write_off(story, at, day);
        }
    }
}

/// Settles the demands that the payments from a place on cover, in order of their due dates.
fn cover(story: &mut Story, invoice: usize, first: usize) {
    let mut order: Vec<usize> = story.invoices[invoice].demands.clone().collect();
    order.sort_by_key(|&at| (story.demands[at].due.is_none(), story.demands[at].due, at));
    let currency = story.subscriber.currency;
    let payments = &mut story.payments[first..];
    payments.sort_by_key(|payment| payment.at);
    let mut paid = 0;
    let mut settle = |paid: Amount, day: Option<Day>| {
        let mut claimed = 0;
        for &at in &order {
            let demand = &mut story.demands[at];
            claimed += demand.claim;
            if paid >= claimed && demand.settle.is_none() {
                demand.settle = Some(day.unwrap_or(demand.issue));
            }
        }
    };
    settle(0, None);
    for payment in payments.iter().filter(|one| one.state == State::Completed && one.currency == currency) {
        paid += payment.amount;
        settle(paid, Some(payment.day));
    }
}

/// Adds the fee for a reminder to the first demand of which there is something to remind.
fn remind(story: &mut Story, mut demands: Range<usize>, day: Day) {
    if let Some(at) = demands.find(|&at| story.demands[at].claim > 0) {
        let amount = story.subscriber.currency.of_cents(590);
        story.fees.push(Adjustment { demand: at, transaction: None, kind: "Reminder", amount });
        story.demands[at].reminder = Some((day, amount));
        story.demands[at].claim += amount;
    }
}

/// Takes a demand back, and what was paid for it.
fn credit(world: &World, story: &mut Story, draw: &mut Draw, at: usize, is_paid: bool, due_day: Day) {
    let demand = &story.demands[at];
    let day = if is_paid { due_day + draw.between(10, 60) } else { demand.issue + draw.between(0, 25) };
    if day > world.span.last {
        return;
    }
    let due = Due {
        account: demand.account,
        invoice: demand.invoice,
        method: demand.method,
        amount: -money::payable(demand.claim),
    };
    if is_paid && demand.settle.is_some() {
        arrive(world, story, draw, due, day + 3);
    }
    story.demands[at].credit = Some(day);
}

/// Gives up what is left of a demand.
fn write_off(story: &mut Story, at: usize, day: Day) {
    let (currency, invoice) = (story.subscriber.currency, story.demands[at].invoice);
    if story.demands[at].settle.is_some() {
        return;
    }
    let paid: Amount = story
        .payments
        .iter()
        .filter(|payment| payment.invoice == invoice && payment.currency == currency)
        .map(|payment| payment.amount)
        .sum();
    let start = invoice.map_or(at, |invoice| story.invoices[invoice].demands.start);
    let before: Amount = story.demands[start..at].iter().map(|demand| demand.claim).sum();
    let demand = &mut story.demands[at];
    demand.given_up = (demand.claim - (paid - before).max(0)).max(0);
    demand.write_off = Some(day);
}

/// Says how an invoice stands at the end.
fn close(world: &World, story: &mut Story, at: usize) {
    let invoice = &mut story.invoices[at];
    let demands = &story.demands[invoice.demands.clone()];
    invoice.amount = demands.iter().map(|demand| demand.claim).sum();
    invoice.status = if demands.iter().all(|demand| demand.credit.is_some()) {
        Status::Credited
    } else if demands.iter().any(|demand| demand.write_off.is_some()) {
        Status::WrittenOff
    } else if demands.iter().all(|demand| demand.settle.is_some()) {
        invoice.paid = demands.iter().filter_map(|demand| demand.settle).max();
        Status::Paid
    } else if invoice.issue > world.span.last - 5 {
        Status::Open
    } else {
        Status::Issued
    };
}

/// Most debts of before the span are paid within it.
fn brought_forward(world: &World, story: &mut Story, draw: &mut Draw) {
    let amount = story.subscriber.brought_forward;
    if amount > 0 && draw.chance(7000) {
        let due = Due { account: 0, invoice: None, method: Method::Invoice, amount };
        let day = world.span.first + draw.between(2, 90);
        if arrive(world, story, draw, due, day).is_some()
            && let Some(payment) = story.payments.last_mut()
        {
            payment.is_of_older_invoice = true;
        }
    }
}

/// Rarely, money arrives that cannot be told to be anybody's.
fn stray(world: &World, story: &mut Story, draw: &mut Draw) {
    if !draw.chance(400) {
        return;
    }
    let first = story.subscriber.joined.max(world.span.first);
    let day = first + draw.between(0, (world.span.last.0 - first.0).max(0));
    let amount = story.subscriber.currency.of_cents(i64::from(draw.between(1, 60)) * 100);
    let due = Due { account: 0, invoice: None, method: Method::Invoice, amount };
    if arrive(world, story, draw, due, day).is_some()
        && let Some(payment) = story.payments.last_mut()
    {
        payment.account = None;
        payment.state = State::AwaitingIdentification;
    }
}
