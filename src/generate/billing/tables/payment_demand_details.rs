//! `payment_demand_details`: what a demand is for.

use crate::generate::billing::goods::FIRST_ID;
use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::billing::offer::OFFERS;
use crate::generate::billing::story::demands::{self, Detail};
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str =
    "Id,PaymentDemandId,SubscriptionId,NextSubscriptionId,OrderId,ProductId,Type,Text,Amount";

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    for (place, detail) in keys.story.details.iter().enumerate() {
        keys.write(rows, Kind::Detail, place);
        keys.write(rows, Kind::Demand, detail.demand);
        keys.option(rows, Kind::Subscription, detail.subscription);
        keys.option(rows, Kind::Subscription, detail.next);
        keys.option(rows, Kind::Order, detail.order);
        rows.option(detail.product, |rows, product| rows.number(FIRST_ID + product as u64));
        rows.plain(detail.kind.name());
        rows.option(text(keys, detail), Rows::text);
        rows.amount(detail.amount);
        rows.end();
    }
}

fn text(keys: &Keys<'_>, detail: &Detail) -> Option<&'static str> {
    match detail.kind {
        demands::Kind::Subscription => {
            let period = detail.next.or(detail.subscription)?;
            Some(OFFERS[keys.story.subscriptions[period].offer].name)
        }
        demands::Kind::Order => None,
        demands::Kind::External if detail.amount < 0 => Some("Correction"),
        demands::Kind::External => Some("Usage, metered"),
    }
}
