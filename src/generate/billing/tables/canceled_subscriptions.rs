//! `canceled_subscriptions`: cancellations as they were registered.

use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,SubscriptionId,CancelledOn,EffectiveDate,Reason,Type";

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    let mut draw = keys.draw(Kind::Cancellation);
    for (place, (subscription, cancellation)) in keys.story.listed_cancellations().enumerate() {
        keys.write(rows, Kind::Cancellation, place);
        keys.write(rows, Kind::Subscription, subscription);
        rows.date(cancellation.registered);
        rows.option(cancellation.effective, Rows::date);
        rows.option(cancellation.reason, Rows::plain);
        rows.category(&mut draw, cancellation.cause.name());
        rows.end();
    }
}
