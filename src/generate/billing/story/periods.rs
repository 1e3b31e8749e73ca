//! What is a period of a subscription, and how may it be cancelled?
//!
//! Invariant: a period belongs to one subscription of one account; its neighbours in the chain are
//! named by their places in the story.

use crate::generate::billing::money::{self, Amount};
use crate::generate::billing::offer::OFFERS;
use crate::generate::calendar::Day;

/// How a cancellation came about; the names are those of the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Regular,
    Automatic,
    PaymentStop,
    Pause,
    PlanChange,
    Delete,
}

impl Cause {
    /// The name in CancellationType and Type.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Regular => "Regular",
            Self::Automatic => "Automatic",
            Self::PaymentStop => "PaymentStop",
            Self::Pause => "Pause",
            Self::PlanChange => "PlanChange",
            Self::Delete => "Delete",
        }
    }

    /// What is said of it.
    pub(super) fn reasons(self) -> &'static [&'static str] {
        match self {
            Self::Regular => {
                &["Price", "Price", "price ", "Not used", "Moved", "Competitor", "Technical problems"]
            }
            Self::Automatic => &["Campaign over"],
            Self::PaymentStop => &["No payment"],
            Self::Pause => &["Holiday", "Parental leave", "Other"],
            Self::PlanChange => &["Upgrade", "Downgrade"],
            Self::Delete => &["Registered twice", "Test", "Other"],
        }
    }
}

/// The end of a period before its time, or instead of its renewal.
pub(crate) struct Cancellation {
    pub(crate) registered: Day,
    /// The day it takes effect; not always said.
    pub(crate) effective: Option<Day>,
    pub(crate) cause: Cause,
    pub(crate) reason: Option<&'static str>,
    /// Whether the cancellations have a row for it.
    pub(crate) is_listed: bool,
}

/// One period of a subscription.
pub(crate) struct Subscription {
    /// Which of the subscriber's subscriptions this is a period of.
    pub(crate) stream: u32,
    pub(crate) account: u32,
    pub(crate) offer: usize,
    pub(crate) start: Day,
    /// The first day after it; none: until further notice.
    pub(crate) end: Option<Day>,
    /// Rarely, it is missing.
    pub(crate) price: Option<Amount>,
    pub(crate) units: Option<u32>,
    pub(crate) cancellation: Option<Cancellation>,
    pub(crate) renewed_on: Option<Day>,
    pub(crate) previous: Option<usize>,
    pub(crate) next: Option<usize>,
    pub(crate) enterprise_plan: Option<usize>,
}

impl Subscription {
    /// What a period costs, tax included.
    pub(crate) fn gross(&self) -> Amount {
        let offer = &OFFERS[self.offer];
        let price = self.price.unwrap_or(0) * i64::from(self.units.unwrap_or(1));
        let off = offer.discount.map_or(0, |(_, percent)| percent);
        money::percent(money::percent(price, 100 - off), 100 + offer.tax_percent)
    }
}

/// A term that was agreed on beyond the period.
pub(crate) struct Contract {
    pub(crate) subscription: usize,
    pub(crate) start: Day,
    pub(crate) end: Option<Day>,
    pub(crate) months: Option<u32>,
}
