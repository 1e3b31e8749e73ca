//! What is added to or taken off what a subscriber is billed?
//!
//! Transactions stand on the account until they are billed; a standing one is billed period after
//! period and stays. Invariant: amounts are positive, their kind says which way they count.

use super::Story;
use crate::generate::billing::money::Amount;
use crate::generate::billing::world::World;
use crate::generate::calendar::Moment;
use crate::generate::rng::{Draw, Stream};

/// A fee, allowance or charge on a demand.
pub(crate) struct Adjustment {
    pub(crate) demand: usize,
    pub(crate) transaction: Option<usize>,
    pub(crate) kind: &'static str,
    pub(crate) amount: Amount,
}

/// Which way a transaction counts; the names are those of the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Allowance,
    Charge,
}

impl Side {
    /// The name in Type.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Allowance => "Allowance",
            Self::Charge => "Charge",
        }
    }
}

/// An entry that waits to be billed.
pub(crate) struct Transaction {
    pub(crate) account: u32,
    pub(crate) side: Side,
    pub(crate) amount: Amount,
    pub(crate) start: Option<Moment>,
    pub(crate) end: Option<Moment>,
    pub(crate) text: Option<&'static str>,
    /// Billed with every demand from its start on, and kept.
    pub(crate) is_standing: bool,
}

/// Plays the transactions that stand on the subscriber's accounts.
pub(super) fn play(world: &World, story: &mut Story) {
    let subscriber = &story.subscriber;
    let mut draw = Draw::new(world.seed, Stream::Transactions, subscriber.index);
    for _ in 0..draw.weighted(&[78, 14, 6, 2]) {
        let side = [Side::Allowance, Side::Charge][draw.weighted(&[45, 55])];
        let is_standing = draw.chance(2500);
        // Some wait for a day that is still to come, some for none.
        let start = match draw.below(100) {
            0..20 => None,
            20..45 => Some(world.span.last + draw.between(1, 90)),
            _ if is_standing => Some(subscriber.joined.max(world.span.first)),
            _ => Some((world.span.last - draw.between(0, 60)).max(world.span.first)),
        };
        let day = start.unwrap_or(world.span.last);
        let texts: &[&str] = match side {
            Side::Allowance => &["Delivery failed", "Goodwill", "Friend, recruited"],
            Side::Charge => &["Extra profile", "Postage", "Express"],
        };
        story.transactions.push(Transaction {
            account: draw.below(subscriber.accounts),
            side,
            amount: subscriber.currency.of_cents(i64::from(draw.between(2, 30)) * 50),
            start: start.map(|day| world.leisure(subscriber.organization, day, &mut draw)),
            end: draw.chance(3000).then(|| world.moment(subscriber.organization, day.plus_months(6), 0)),
            text: (!draw.chance(1000)).then(|| draw.pick(texts)),
            is_standing: is_standing && start.is_some_and(|day| day <= world.span.last),
        });
    }
}
