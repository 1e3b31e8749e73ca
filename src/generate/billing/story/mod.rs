//! What happens to a subscriber, from the first order to the last payment?
//!
//! A story is played part by part, each part from a sequence of its own and from the parts before
//! it. The tables are views of it. Invariant: a story is the same each time it is played, nothing
//! in it has happened after the span, and rows refer to one another by their place in it.

pub(super) mod adjustments;
pub(super) mod demands;
pub(super) mod invoices;
mod items;
pub(super) mod ledger;
pub(super) mod orders;
mod outcome;
pub(super) mod payments;
pub(super) mod periods;
mod settlement;
mod subscriptions;
pub(super) mod tags;

use super::subscriber::Subscriber;
use super::world::World;
use adjustments::{Adjustment, Transaction};
use demands::{Demand, Detail};
use invoices::Invoice;
use ledger::Entry;
use orders::{Line, Order};
use payments::Payment;
use periods::{Cancellation, Contract, Subscription};
use tags::Tag;

/// All that is known of a subscriber.
pub(super) struct Story {
    pub(super) subscriber: Subscriber,
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) contracts: Vec<Contract>,
    pub(super) orders: Vec<Order>,
    pub(super) lines: Vec<Line>,
    pub(super) transactions: Vec<Transaction>,
    pub(super) demands: Vec<Demand>,
    pub(super) details: Vec<Detail>,
    pub(super) fees: Vec<Adjustment>,
    pub(super) allowances: Vec<Adjustment>,
    pub(super) charges: Vec<Adjustment>,
    pub(super) invoices: Vec<Invoice>,
    pub(super) payments: Vec<Payment>,
    pub(super) entries: Vec<Entry>,
    pub(super) tags: Vec<Tag>,
}

impl Story {
    /// Plays the story of the subscriber of a number.
    pub(super) fn play(world: &World, index: u64) -> Self {
        let mut story = Self {
            subscriber: Subscriber::draw(world, index),
            subscriptions: Vec::new(),
            contracts: Vec::new(),
            orders: Vec::new(),
            lines: Vec::new(),
            transactions: Vec::new(),
            demands: Vec::new(),
            details: Vec::new(),
            fees: Vec::new(),
            allowances: Vec::new(),
            charges: Vec::new(),
            invoices: Vec::new(),
            payments: Vec::new(),
            entries: Vec::new(),
            tags: Vec::new(),
        };
        subscriptions::play(world, &mut story);
        orders::play(world, &mut story);
        adjustments::play(world, &mut story);
        demands::play(world, &mut story);
        invoices::play(world, &mut story);
        settlement::play(world, &mut story);
        ledger::play(world, &mut story);
        tags::play(world, &mut story);
        story
    }

    /// The cancellations that have a row of their own, with the places of their subscriptions.
    pub(super) fn listed_cancellations(&self) -> impl Iterator<Item = (usize, &Cancellation)> {
        let places = self.subscriptions.iter().enumerate();
        places
            .filter_map(|(at, period)| Some((at, period.cancellation.as_ref()?)))
            .filter(|(_, one)| one.is_listed)
    }
}
