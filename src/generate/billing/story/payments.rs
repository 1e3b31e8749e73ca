//! What did a subscriber pay, when did it arrive, and through which channel?
//!
//! Banks deliver files at fixed hours, so that many payments share a second; cards are charged when
//! somebody clicks. Invariant: a payment that has not arrived by the end of the span does not exist.

use super::Story;
use crate::generate::billing::money::{Amount, Currency};
use crate::generate::billing::subscriber::Method;
use crate::generate::billing::world::World;
use crate::generate::calendar::{Day, Moment};
use crate::generate::rng::Draw;

/// Where a payment comes from; the names are those of the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Ocr,
    PayEx,
    Manual,
    Import,
    Mi,
}

impl Source {
    /// The name in Source.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ocr => "OCR",
            Self::PayEx => "PayEx",
            Self::Manual => "Manual",
            Self::Import => "Import",
            Self::Mi => "MI",
        }
    }

    fn of(method: Method) -> Self {
        match method {
            Method::Invoice => Self::Ocr,
            Method::Card => Self::PayEx,
            Method::DirectDebit => Self::Import,
            Method::Wallet => Self::Mi,
        }
    }
}

/// How far a payment has come; the names are those of the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    AwaitingIdentification,
    AwaitingApproval,
    Completed,
}

impl State {
    /// The name in State.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AwaitingIdentification => "AwaitingIdentification",
            Self::AwaitingApproval => "AwaitingApproval",
            Self::Completed => "Completed",
        }
    }
}

/// A payment; what was given back is negative.
pub(crate) struct Payment {
    /// None: nobody knows yet who paid.
    pub(crate) account: Option<u32>,
    pub(crate) invoice: Option<usize>,
    /// It is for an invoice of the system before, which is not in the export.
    pub(crate) is_of_older_invoice: bool,
    pub(crate) at: Moment,
    /// The day where the organization is.
    pub(crate) day: Day,
    pub(crate) value_date: Option<Day>,
    pub(crate) amount: Amount,
    pub(crate) currency: Currency,
    pub(crate) source: Source,
    pub(crate) method: Method,
    pub(crate) state: State,
}

/// What is to be paid, and for what.
#[derive(Clone, Copy)]
pub(super) struct Due {
    pub(super) account: u32,
    pub(super) invoice: Option<usize>,
    pub(super) method: Method,
    pub(super) amount: Amount,
}

/// Lets a payment arrive around a day; the day it did, if it has.
pub(super) fn arrive(world: &World, story: &mut Story, draw: &mut Draw, due: Due, day: Day) -> Option<Day> {
    let source = match due.amount < 0 || draw.chance(250) {
        true => Source::Manual,
        false => Source::of(due.method),
    };
    let place = story.subscriber.organization;
    let at = match source {
        Source::Ocr => workday(day).at(6 * 3600),
        Source::Import => workday(day).at(23 * 3600 + 30 * 60),
        Source::Manual => world.moment(place, workday(day), 9 * 3600 + i64::from(draw.below(7 * 3600))),
        Source::PayEx | Source::Mi => world.leisure(place, day, draw),
    };
    let payment = Payment {
        account: Some(due.account),
        invoice: due.invoice,
        is_of_older_invoice: false,
        at,
        day: world.day_of(place, at),
        value_date: (!draw.chance(150)).then(|| at.day() + draw.pick(&[0, 0, 0, 1, -1])),
        amount: due.amount,
        currency: story.subscriber.currency,
        source,
        method: due.method,
        state: State::Completed,
    };
    let arrived = payment.day;
    if !world.is_within(place, at) {
        return None;
    }
    story.payments.push(payment);
    Some(arrived)
}

/// The first day from this one on that is not of a weekend.
fn workday(day: Day) -> Day {
    match day.weekday() {
        5 => day + 2,
        6 => day + 1,
        _ => day,
    }
}
