//! `orders`: what was ordered, and what became of it.

use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::billing::market::ORGANIZATIONS;
use crate::generate::billing::offer::OFFERS;
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,SubscriberId,OrganizationId,SubscriptionId,Status,CreatedDate,CompletedDate,CancelledDate,\
     Value,Currency,PaymentMethod,TemplatePackageName";

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    let mut draw = keys.draw(Kind::Order);
    let subscriber = &keys.story.subscriber;
    let has_codes = ORGANIZATIONS[subscriber.organization].has_status_codes;
    for (place, order) in keys.story.orders.iter().enumerate() {
        keys.write(rows, Kind::Order, place);
        keys.subscriber(rows);
        keys.organization(rows);
        keys.option(rows, Kind::Subscription, order.subscription);
        if has_codes {
            rows.number(order.status as u64);
        } else {
            rows.spelled(&mut draw, order.status.name());
        }
        rows.moment(order.created);
        rows.option(order.completed, Rows::moment);
        rows.option(order.cancelled, Rows::moment);
        rows.option(order.value, Rows::amount);
        rows.plain(subscriber.currency.name());
        rows.category(&mut draw, order.method.name());
        match order.offer {
            Some(offer) => rows.category(&mut draw, OFFERS[offer].name),
            None => rows.null(),
        }
        rows.end();
    }
}
