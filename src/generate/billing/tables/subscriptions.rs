//! `subscriptions`: a row for each period.

use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::billing::money::ONE;
use crate::generate::billing::offer::{OFFERS, package_id};
use crate::generate::billing::story::periods::Cancellation;
use crate::generate::csv::Rows;
use crate::generate::rng::Draw;

pub(crate) const HEADER: &str = "Id,SubscriberId,SubscriberAccountId,OrganizationId,ExternalId,SubscriptionNumber,Name,StartDate,EndDate,\
     Price,TaxPercent,Units,Currency,IsCancelled,CancellationDate,CancellationReason,CancellationType,\
     IsRenewed,RenewedOn,PreviousSubscriptionId,NextSubscriptionId,SubscriptionPackageId,EnterprisePlanId";

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    let mut draw = keys.draw(Kind::Subscription);
    let subscriber = &keys.story.subscriber;
    for (place, period) in keys.story.subscriptions.iter().enumerate() {
        let offer = &OFFERS[period.offer];
        let number = 500_001 + subscriber.index;
        keys.write(rows, Kind::Subscription, place);
        keys.subscriber(rows);
        keys.account(rows, period.account);
        keys.organization(rows);
        if draw.chance(8000) {
            rows.null();
        } else {
            rows.plain(&format!("X{number}-{place}"));
        }
        rows.plain(&format!("{number}-{}", period.stream + 1));
        rows.plain(offer.name);
        rows.date(period.start);
        rows.option(period.end, Rows::date);
        rows.option(period.price, Rows::amount);
        rows.decimal(offer.tax_percent * ONE);
        rows.option(period.units.map(u64::from), Rows::number);
        rows.plain(subscriber.currency.name());
        cancellation(rows, period.cancellation.as_ref(), &mut draw);
        rows.plain(if period.renewed_on.is_some() { "true" } else { "false" });
        rows.option(period.renewed_on, Rows::date);
        keys.option(rows, Kind::Subscription, period.previous);
        keys.option(rows, Kind::Subscription, period.next);
        if draw.chance(20) {
            rows.null();
        } else {
            rows.number(package_id(period.offer, subscriber.currency));
        }
        keys.enterprise_plan(rows, period.enterprise_plan);
        rows.end();
    }
}

/// Whether, when, why and how it was cancelled; the first is not said of every row.
fn cancellation(rows: &mut Rows, cancellation: Option<&Cancellation>, draw: &mut Draw) {
    if draw.chance(500) {
        rows.null();
    } else {
        rows.plain(if cancellation.is_some() { "true" } else { "false" });
    }
    rows.option(cancellation.and_then(|one| one.effective), Rows::date);
    rows.option(cancellation.and_then(|one| one.reason), Rows::plain);
    match cancellation {
        Some(one) => rows.spelled(draw, one.cause.name()),
        None => rows.null(),
    }
}
