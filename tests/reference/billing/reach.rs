//! By which references does a row reach what is said about it?
//!
//! Invariant: what a row has no column for comes through its subscription, and so does a
//! subscriber that is not given; nothing else is inferred.

use super::data::{Detail, Package, Subscription};
use super::rows::Fact;
use super::split::Part;
use super::tags::Tagged;
use super::world::{World, find};

#[derive(Clone, Debug, Default)]
pub struct Reach<'a> {
    pub organization: Option<&'a str>,
    pub subscriber: Option<&'a str>,
    pub account: Option<&'a str>,
    pub currency: Option<&'a str>,
    pub enterprise_plan: Option<&'a str>,
    pub package: Option<&'a str>,
    pub part: Option<Part<'a>>,
    /// Whose products are those of the order's lines.
    pub order: Option<&'a str>,
    /// Everything that can have tags of the row's.
    pub tagged: Vec<(Tagged, &'a str)>,
}

impl<'a> Reach<'a> {
    pub fn of(world: &World<'a>, fact: Fact<'a>) -> Reach<'a> {
        let mut reach = match fact {
            Fact::Ledger(row) => Reach {
                organization: row.organization.as_deref(),
                subscriber: row.subscriber.as_deref(),
                account: row.account.as_deref(),
                currency: row.currency.as_deref(),
                ..Reach::default()
            },
            Fact::Transaction(row) => Reach {
                organization: row.organization.as_deref(),
                subscriber: row.subscriber.as_deref(),
                account: row.account.as_deref(),
                currency: row.currency.as_deref(),
                ..Reach::default()
            },
            Fact::Payment(row) => Reach {
                organization: row.organization.as_deref(),
                subscriber: row.subscriber.as_deref(),
                account: row.account.as_deref(),
                currency: row.currency.as_deref(),
                tagged: vec![(Tagged::Payment, &row.key)],
                ..Reach::default()
            },
            Fact::Demand(row) | Fact::Part(row, _) => {
                let of_demand = |detail: &&Detail| detail.demand.as_deref() == Some(&row.key);
                let details = world.data.details.iter().filter(of_demand);
                let periods = details.flat_map(|detail| [&detail.subscription, &detail.next_subscription]);
                let periods = periods.flatten().map(|key| (Tagged::Subscription, key.as_str()));
                Reach {
                    organization: row.organization.as_deref(),
                    subscriber: row.subscriber.as_deref(),
                    account: row.account.as_deref(),
                    currency: row.currency.as_deref(),
                    enterprise_plan: row.enterprise_plan.as_deref(),
                    part: match fact {
                        Fact::Part(_, part) => Some(part),
                        _ => None,
                    },
                    tagged: [(Tagged::Demand, row.key.as_str())].into_iter().chain(periods).collect(),
                    ..Reach::default()
                }
            }
            Fact::Order(row) | Fact::Line(row, _) => Reach {
                organization: row.organization.as_deref(),
                subscriber: row.subscriber.as_deref(),
                currency: row.currency.as_deref(),
                part: match fact {
                    Fact::Line(_, line) => {
                        Some(Part { product: line.product.as_deref(), discount: None, amount: 0 })
                    }
                    _ => None,
                },
                order: Some(&row.key),
                ..Reach::through(world, row.subscription.as_deref())
            },
            Fact::Invoice(row) => Reach {
                organization: row.organization.as_deref(),
                subscriber: row.subscriber.as_deref(),
                currency: row.currency.as_deref(),
                ..Reach::through(world, row.subscription.as_deref())
            },
            Fact::Subscription(row) => Reach::of_period(row),
            Fact::Cancellation(row) => Reach::through(world, row.subscription.as_deref()),
            Fact::Contract(row) => Reach::through(world, row.subscription.as_deref()),
        };
        let subscription = match fact {
            Fact::Order(row) | Fact::Line(row, _) => row.subscription.as_deref(),
            Fact::Invoice(row) => row.subscription.as_deref(),
            _ => None,
        };
        let period = find(&world.subscriptions, subscription);
        reach.subscriber = reach.subscriber.or(period.and_then(|period| period.subscriber.as_deref()));
        reach.tagged.extend(reach.account.map(|key| (Tagged::Account, key)));
        reach.tagged.extend(reach.subscriber.map(|key| (Tagged::Subscriber, key)));
        reach
    }

    fn of_period(period: &'a Subscription) -> Reach<'a> {
        Reach {
            organization: period.organization.as_deref(),
            subscriber: period.subscriber.as_deref(),
            account: period.account.as_deref(),
            currency: period.currency.as_deref(),
            enterprise_plan: period.enterprise_plan.as_deref(),
            package: period.package.as_deref(),
            tagged: vec![(Tagged::Subscription, &period.key)],
            ..Reach::default()
        }
    }

    /// What a reference to a subscription leads to; one that is not in the store can have tags.
    fn through(world: &World<'a>, key: Option<&'a str>) -> Reach<'a> {
        match find(&world.subscriptions, key) {
            Some(period) => Reach::of_period(period),
            None => Reach {
                tagged: key.into_iter().map(|key| (Tagged::Subscription, key)).collect(),
                ..Reach::default()
            },
        }
    }

    pub fn known_package(&self, world: &World<'a>) -> Option<&'a Package> {
        find(&world.packages, self.package)
    }
}
