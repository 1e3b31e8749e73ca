//! Which tags has an entity?
//!
//! Invariant: a tag belongs to at most one entity, whether that entity is in the store or not.

use super::data::Tag;
use super::world::World;
use crate::reference::filter::folded;

/// The tables whose rows can be tagged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tagged {
    Subscription,
    Subscriber,
    Account,
    Payment,
    Demand,
}

impl Tagged {
    fn named(name: &str) -> Option<Tagged> {
        match folded(name).as_str() {
            "subscription" => Some(Tagged::Subscription),
            "subscriber" => Some(Tagged::Subscriber),
            "subscriberaccount" => Some(Tagged::Account),
            "payment" => Some(Tagged::Payment),
            "paymentdemand" => Some(Tagged::Demand),
            _ => None,
        }
    }
}

/// The text before the first `:` or `=`, and the text behind it; both must be there.
pub fn key_and_value(tag: &Tag) -> Option<(&str, &str)> {
    let (key, value) = tag.value.as_deref()?.split_once([':', '='])?;
    let (key, value) = (key.trim(), value.trim());
    (!key.is_empty() && !value.is_empty()).then_some((key, value))
}

/// The tags of an entity.
pub fn tags_of<'a>(world: &World<'a>, kind: Tagged, key: &str) -> Vec<&'a Tag> {
    let refers = |tag: &&Tag| tag.reference.as_deref() == Some(key) && kind_of(world, tag) == Some(kind);
    world.data.tags.iter().filter(refers).collect()
}

/// The kind of entity that a tag is of: as it says itself, else the one table that holds the key.
fn kind_of(world: &World<'_>, tag: &Tag) -> Option<Tagged> {
    if let Some(name) = &tag.reference_type {
        return Tagged::named(name);
    }
    let key = tag.reference.as_deref()?;
    let data = world.data;
    let holders = [
        (Tagged::Subscription, world.subscriptions.contains_key(key)),
        (Tagged::Subscriber, world.subscribers.contains_key(key)),
        (Tagged::Account, data.accounts.iter().any(|row| row.key == key)),
        (Tagged::Payment, data.payments.iter().any(|row| row.key == key)),
        (Tagged::Demand, data.demands.iter().any(|row| row.key == key)),
    ];
    holders.into_iter().find(|(_, holds)| *holds).map(|(kind, _)| kind)
}
