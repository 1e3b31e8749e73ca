//! What stands in a subscriber's ledger?
//!
//! Claims are entered as they are issued, payments as they complete, and what is taken back or
//! given up on its day. Invariant: the entries add up to what the subscriber owes.

use super::Story;
use super::payments::State;
use crate::generate::billing::money::{Amount, Currency};
use crate::generate::billing::world::World;
use crate::generate::calendar::Day;

/// What an entry is; the names are those of the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Charge,
    Payment,
    Balance,
    Credit,
    Debit,
    Refund,
}

impl Kind {
    /// The name in LedgerType.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Charge => "Charge",
            Self::Payment => "Payment",
            Self::Balance => "Balance",
            Self::Credit => "Credit",
            Self::Debit => "Debit",
            Self::Refund => "Refund",
        }
    }
}

/// An entry; what the subscriber owes is positive.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) day: Day,
    pub(crate) kind: Kind,
    pub(crate) text: Option<&'static str>,
    pub(crate) amount: Amount,
    pub(crate) currency: Currency,
    pub(crate) account: u32,
    pub(crate) invoice: Option<usize>,
    pub(crate) demand: Option<usize>,
    pub(crate) payment: Option<usize>,
}

/// Writes the ledger from what was billed and paid.
pub(super) fn play(world: &World, story: &mut Story) {
    let currency = story.subscriber.currency;
    let blank = Entry {
        day: world.span.first,
        kind: Kind::Balance,
        text: None,
        amount: 0,
        currency,
        account: 0,
        invoice: None,
        demand: None,
        payment: None,
    };
    let mut entries = Vec::new();
    if story.subscriber.joined < world.span.first {
        let amount = story.subscriber.brought_forward;
        entries.push(Entry { text: Some("Brought forward"), amount, ..blank });
    }
    for (at, demand) in story.demands.iter().enumerate() {
        let blank = Entry { account: demand.account, invoice: demand.invoice, demand: Some(at), ..blank };
        let mut add = |day, kind, text, amount| entries.push(Entry { day, kind, text, amount, ..blank });
        let (reminded, fee) = demand.reminder.unwrap_or((demand.issue, 0));
        add(demand.issue, Kind::Charge, None, demand.claim - fee);
        if fee > 0 {
            add(reminded, Kind::Debit, Some("Reminder"), fee);
        }
        if let Some(day) = demand.credit {
            add(day, Kind::Credit, None, -demand.claim);
        }
        if let Some(day) = demand.write_off {
            add(day, Kind::Credit, Some("Written off"), -demand.given_up);
        }
    }
    for order in story.orders.iter().filter(|order| order.is_paid_at_once()) {
        let day = world.day_of(story.subscriber.organization, order.created);
        let amount = order.value.unwrap_or(0);
        entries.push(Entry { day, kind: Kind::Debit, text: Some("Order"), amount, ..blank });
    }
    for (at, payment) in story.payments.iter().enumerate() {
        let Some(account) = payment.account.filter(|_| payment.state == State::Completed) else {
            continue;
        };
        let kind = if payment.amount < 0 { Kind::Refund } else { Kind::Payment };
        entries.push(Entry {
            day: payment.day,
            kind,
            amount: -payment.amount,
            currency: payment.currency,
            account,
            invoice: payment.invoice,
            payment: Some(at),
            ..blank
        });
    }
    entries.sort_by_key(|entry| entry.day);
    story.entries = entries;
}

/// What the entries of each currency add up to.
pub(crate) fn balances(entries: &[Entry]) -> [(Currency, Amount); 2] {
    [Currency::Nok, Currency::Eur].map(|currency| {
        let of_currency = entries.iter().filter(|entry| entry.currency == currency);
        (currency, of_currency.map(|entry| entry.amount).sum())
    })
}
