//! What are the keys of a story's rows?
//!
//! Rows are numbered through the whole export, subscriber by subscriber; a key is that number, or a
//! GUID that follows from it. Invariant: a row's key does not depend on how the export was cut into
//! pieces.

use super::story::Story;
use super::story::tags::Target;
use super::world::World;
use crate::generate::csv::Rows;
use crate::generate::rng::{Draw, Stream};
use std::ops::AddAssign;

/// What has a key that follows from a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Contact,
    Account,
    Tag,
    Transaction,
    Invoice,
    Demand,
    Detail,
    Fee,
    Allowance,
    Charge,
    Entry,
    Order,
    Line,
    Subscription,
    Cancellation,
    Contract,
    Payment,
    /// Numbered by its index, not by what stands before it.
    Subscriber,
    /// The same in every export of a seed.
    EnterprisePlan,
}

/// The kinds of rows that are numbered through the export.
const NUMBERED: usize = Kind::Payment as usize + 1;

impl Kind {
    fn is_guid(self) -> bool {
        matches!(
            self,
            Self::Contact
                | Self::Transaction
                | Self::Order
                | Self::Contract
                | Self::Payment
                | Self::Subscriber
                | Self::EnterprisePlan
        )
    }
}

/// How many rows of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts([u64; NUMBERED]);

impl Counts {
    /// The rows of a story.
    pub(super) fn of(story: &Story) -> Self {
        let mut counts = Self::default();
        let subscriber = &story.subscriber;
        for (kind, count) in [
            (Kind::Contact, subscriber.contacts as usize),
            (Kind::Account, subscriber.accounts as usize),
            (Kind::Tag, story.tags.len()),
            (Kind::Transaction, story.transactions.len()),
            (Kind::Invoice, story.invoices.len()),
            (Kind::Demand, story.demands.len()),
            (Kind::Detail, story.details.len()),
            (Kind::Fee, story.fees.len()),
            (Kind::Allowance, story.allowances.len()),
            (Kind::Charge, story.charges.len()),
            (Kind::Entry, story.entries.len()),
            (Kind::Order, story.orders.len()),
            (Kind::Line, story.lines.len()),
            (Kind::Subscription, story.subscriptions.len()),
            (Kind::Cancellation, story.listed_cancellations().count()),
            (Kind::Contract, story.contracts.len()),
            (Kind::Payment, story.payments.len()),
        ] {
            counts.0[kind as usize] = count as u64;
        }
        counts
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }
}

/// The keys of one story's rows.
pub(super) struct Keys<'a> {
    pub(super) world: &'a World,
    pub(super) story: &'a Story,
    /// The rows of all stories before.
    pub(super) before: Counts,
}

impl Keys<'_> {
    /// The key of the row of a kind at a place in the story.
    pub(super) fn write(&self, rows: &mut Rows, kind: Kind, place: usize) {
        write(self.world.seed, rows, kind, self.before.0[kind as usize] + place as u64);
    }

    /// The cell of a reference.
    pub(super) fn option(&self, rows: &mut Rows, kind: Kind, place: Option<usize>) {
        rows.option(place, |rows, place| self.write(rows, kind, place));
    }

    /// The key of the subscriber.
    pub(super) fn subscriber(&self, rows: &mut Rows) {
        write(self.world.seed, rows, Kind::Subscriber, self.story.subscriber.index);
    }

    /// The key of one of the subscriber's accounts.
    pub(super) fn account(&self, rows: &mut Rows, account: u32) {
        self.write(rows, Kind::Account, account as usize);
    }

    /// The key of the subscriber's organization.
    pub(super) fn organization(&self, rows: &mut Rows) {
        rows.number(self.story.subscriber.organization as u64 + 1);
    }

    /// The key of an enterprise plan.
    pub(super) fn enterprise_plan(&self, rows: &mut Rows, plan: Option<usize>) {
        rows.option(plan, |rows, plan| enterprise_plan(self.world, rows, plan));
    }

    /// The key of what a tag is on.
    pub(super) fn target(&self, rows: &mut Rows, target: Target) {
        match target {
            Target::Subscription(place) => self.write(rows, Kind::Subscription, place),
            Target::Subscriber => self.subscriber(rows),
            Target::Account(account) => self.account(rows, account),
            Target::Payment(place) => self.write(rows, Kind::Payment, place),
            Target::Demand(place) => self.write(rows, Kind::Demand, place),
        }
    }

    /// The sequence for what the rows of a kind say beside the story.
    pub(super) fn draw(&self, kind: Kind) -> Draw {
        Draw::new(self.world.seed, Stream::Row, self.story.subscriber.index << 5 | kind as u64)
    }
}

/// The key of an enterprise plan.
pub(super) fn enterprise_plan(world: &World, rows: &mut Rows, plan: usize) {
    write(world.seed, rows, Kind::EnterprisePlan, plan as u64);
}

fn write(seed: u64, rows: &mut Rows, kind: Kind, number: u64) {
    if !kind.is_guid() {
        return rows.number(number + 1);
    }
    let mut draw = Draw::new(seed, Stream::Guid, number << 5 | kind as u64);
    let bits = u128::from(draw.bits()) << 64 | u128::from(draw.bits());
    // Version 4, variant 1: random.
    rows.guid(bits & !(0xf << 76) & !(3 << 62) | 4 << 76 | 2 << 62);
}
