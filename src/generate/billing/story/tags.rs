//! How have a subscriber and what belongs to the subscriber been tagged?
//!
//! People tag by hand: one value stands at several places, in several spellings. Invariant: a tag
//! that does not say what it refers to refers to a GUID, which only one table has.

use super::Story;
use crate::generate::billing::world::World;
use crate::generate::rng::{Draw, Stream};

/// What a tag is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Subscription(usize),
    Subscriber,
    Account(u32),
    Payment(usize),
    Demand(usize),
}

impl Target {
    /// The name in ReferenceType.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Subscription(_) => "Subscription",
            Self::Subscriber => "Subscriber",
            Self::Account(_) => "SubscriberAccount",
            Self::Payment(_) => "Payment",
            Self::Demand(_) => "PaymentDemand",
        }
    }
}

/// A tag.
pub(crate) struct Tag {
    pub(crate) value: &'static str,
    pub(crate) target: Target,
    pub(crate) says_type: bool,
}

/// Stores, each in the spellings that are found.
const STORES: [[&str; 4]; 5] = [
    ["Store:Oslo", "Store:Oslo", "Store=Oslo", "store: Oslo"],
    ["Store=Bergen", "Store=Bergen", "Store:Bergen", "STORE=BERGEN"],
    ["Store:Broadway", "Store:Broadway", "Store:Broadway ", "Store:broadway"],
    ["Store:Pune", "Store:Pune", "Store = Pune", "Store:Pune"],
    ["Store:Online", "Store:Online", "Store:online", "Online"],
];

/// Plays all tags of the subscriber.
pub(super) fn play(world: &World, story: &mut Story) {
    let mut draw = Draw::new(world.seed, Stream::Tags, story.subscriber.index);
    let store = STORES[draw.weighted(&[34, 22, 16, 12, 16])];
    let mut tags = Vec::new();
    let mut tag = |draw: &mut Draw, per_10_000, target, values: &[&'static str]| {
        if draw.chance(per_10_000) {
            let is_guid = matches!(target, Target::Subscriber | Target::Payment(_));
            let says_type = !(is_guid && draw.chance(2000));
            tags.push(Tag { value: draw.pick(values), target, says_type });
        }
    };
    tag(&mut draw, 4500, Target::Subscriber, &store);
    tag(&mut draw, 800, Target::Subscriber, &["VIP", "VIP", "VIP", "vip", " VIP"]);
    tag(&mut draw, 600, Target::Subscriber, &["Segment:Win-back"]);
    for account in 0..story.subscriber.accounts {
        tag(&mut draw, 900, Target::Account(account), &["Channel:Web", "Channel:Phone", "VIP"]);
    }
    for (at, period) in story.subscriptions.iter().enumerate() {
        // The first period is tagged where it was sold, any of them by a campaign.
        if period.previous.is_none() {
            tag(&mut draw, 3000, Target::Subscription(at), &store);
        }
        let campaigns = ["Campaign=Spring 2025", "Campaign:Black Week", "Campaign=spring 2025", "Gift"];
        tag(&mut draw, 250, Target::Subscription(at), &campaigns);
    }
    for at in 0..story.payments.len() {
        tag(&mut draw, 200, Target::Payment(at), &["Checked", "Bank:North", "Bank:South"]);
    }
    for at in 0..story.demands.len() {
        let values = ["Dispute", "Reminder:1", "Reminder:2", "Store:Oslo"];
        tag(&mut draw, 250, Target::Demand(at), &values);
    }
    story.tags = tags;
}
