//! Which demands does a subscriber find on one invoice?
//!
//! Invariant: the demands of an invoice stand side by side and were issued on one day.

use super::Story;
use crate::generate::billing::money::Amount;
use crate::generate::billing::world::World;
use crate::generate::calendar::Day;
use crate::generate::rng::{Draw, Stream};
use std::ops::Range;

/// How an invoice stands; the names are those of the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Open,
    Issued,
    Credited,
    Paid,
    WrittenOff,
}

impl Status {
    /// The name in Status.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Issued => "Issued",
            Self::Credited => "Credited",
            Self::Paid => "Paid",
            Self::WrittenOff => "WrittenOff",
        }
    }
}

/// An invoice.
pub(crate) struct Invoice {
    pub(crate) demands: Range<usize>,
    pub(crate) subscription: Option<usize>,
    pub(crate) issue: Day,
    pub(crate) due: Option<Day>,
    pub(crate) paid: Option<Day>,
    /// What its demands claim.
    pub(crate) amount: Amount,
    pub(crate) status: Status,
}

/// Gathers the demands; what is paid at once does not always get an invoice.
pub(super) fn play(world: &World, story: &mut Story) {
    let mut draw = Draw::new(world.seed, Stream::Invoices, story.subscriber.index);
    for at in 0..story.demands.len() {
        let demand = &story.demands[at];
        let has_invoice = !demand.method.is_instant() || !draw.chance(1000);
        let is_joined = story.subscriber.is_collective
            && story.invoices.last().is_some_and(|last| last.demands.end == at && last.issue == demand.issue);
        match story.invoices.last_mut() {
            Some(last) if is_joined => {
                last.demands.end = at + 1;
                last.due = last.due.min(demand.due).or(last.due).or(demand.due);
            }
            _ if has_invoice => story.invoices.push(Invoice {
                demands: at..at + 1,
                subscription: demand.subscription.filter(|_| !draw.chance(800)),
                issue: demand.issue,
                due: demand.due,
                paid: None,
                amount: 0,
                status: Status::Issued,
            }),
            _ => continue,
        }
        story.demands[at].invoice = Some(story.invoices.len() - 1);
    }
}
