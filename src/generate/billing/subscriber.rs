//! Who subscribes, from whom, and how well do they pay?
//!
//! Invariant: what several tables have to agree on about a subscriber is drawn here, once.

use super::market;
use super::money::{Amount, Currency};
use super::offer::Audience;
use super::world::World;
use crate::generate::calendar::Day;
use crate::generate::rng::{Draw, Stream};

/// How somebody pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payer {
    Punctual,
    Late,
    Poor,
}

/// Ways to pay; the names are those of the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Invoice,
    Card,
    DirectDebit,
    Wallet,
}

impl Method {
    /// The name in PaymentMethod.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Invoice => "Invoice",
            Self::Card => "Card",
            Self::DirectDebit => "Direct Debit",
            Self::Wallet => "Wallet",
        }
    }

    /// Whether it is paid at once, without waiting for a due date.
    pub(super) fn is_instant(self) -> bool {
        matches!(self, Self::Card | Self::Wallet)
    }
}

/// A subscriber.
pub(super) struct Subscriber {
    pub(super) index: u64,
    /// The organization's number.
    pub(super) organization: usize,
    pub(super) currency: Currency,
    pub(super) joined: Day,
    pub(super) audience: Audience,
    /// Accounts, at least one.
    pub(super) accounts: u32,
    pub(super) contacts: u32,
    pub(super) payer: Payer,
    pub(super) method: Method,
    /// Gets one invoice for all that a month brings.
    pub(super) is_collective: bool,
    /// What was owed, or owing, when the span began.
    pub(super) brought_forward: Amount,
}

impl Subscriber {
    /// Draws the subscriber of a number.
    pub(super) fn draw(world: &World, index: u64) -> Self {
        let mut draw = Draw::new(world.seed, Stream::Subscriber, index);
        let joined = world.joins.day_of(index);
        let (organization, currency) = market::draw(&mut draw);
        let audience = if draw.chance(1400) { Audience::Company } else { Audience::Person };
        let is_company = audience == Audience::Company;
        let methods = if is_company { [80, 6, 14, 0] } else { [34, 34, 22, 10] };
        Self {
            index,
            organization,
            currency,
            joined,
            audience,
            accounts: if draw.chance(if is_company { 3500 } else { 900 }) { 2 } else { 1 },
            contacts: draw.weighted(&[5, 68, 20, 7]) as u32,
            payer: [Payer::Punctual, Payer::Late, Payer::Poor][draw.weighted(&[74, 19, 7])],
            method: [Method::Invoice, Method::Card, Method::DirectDebit, Method::Wallet]
                [draw.weighted(&methods)],
            is_collective: draw.chance(if is_company { 4000 } else { 1500 }),
            brought_forward: if joined < world.span.first { balance(&mut draw, currency) } else { 0 },
        }
    }
}

/// What somebody owed the system before: mostly nothing.
fn balance(draw: &mut Draw, currency: Currency) -> Amount {
    let cents = [0, draw.between(100, 9000), -draw.between(100, 2500)][draw.weighted(&[70, 18, 12])];
    currency.of_cents(cents.into())
}
