//! What do the exports of a subscription business look like?
//!
//! Every subscriber has a story, which is played from the seed whenever it is asked for and never
//! stored: once to count its rows and add up the shipped tables, once to write it. Invariant: what
//! two files say about one thing agrees, because both are views of one story.

mod goods;
mod keys;
mod market;
mod money;
mod offer;
mod story;
mod subscriber;
mod tables;
#[cfg(test)]
mod tests;
mod totals;
mod world;

use super::csv::Rows;
use super::files::{Table, WHOLE, in_order};
use super::{Options, Progress, Summary};
use keys::{Counts, Keys};
use rayon::prelude::*;
use std::io;
use std::ops::Range;
use tables::*;
use totals::Totals;
use world::World;

/// Tables whose rows are those of the stories.
const TOLD: usize = 19;

/// The tables of the stories, then those that all stories share, then the days of the shipped ones.
pub(super) const HEADERS: [(&str, &str); 29] = [
    ("dbo.Subscribers", subscribers::HEADER),
    ("dbo.SubscriberContacts", subscriber_contacts::HEADER),
    ("dbo.SubscriberAccounts", subscriber_accounts::HEADER),
    ("dbo.Tag", tags::HEADER),
    ("economy.AccountTransaction", account_transactions::HEADER),
    ("economy.Invoices", invoices::HEADER),
    ("economy.PaymentDemands", payment_demands::HEADER),
    ("economy.PaymentDemandDetails", payment_demand_details::HEADER),
    ("economy.PaymentDemandFees", payment_demand_adjustments::FEES_HEADER),
    ("economy.PaymentDemandAllowances", payment_demand_adjustments::HEADER),
    ("economy.PaymentDemandCharges", payment_demand_adjustments::HEADER),
    ("economy.SubscriberLedgers", subscriber_ledgers::HEADER),
    ("economy.SubscriberAmounts", subscriber_amounts::HEADER),
    ("order.Orders", orders::HEADER),
    ("order.Products", order_products::HEADER),
    ("subscription.Subscriptions", subscriptions::HEADER),
    ("subscription.CanceledSubscriptions", canceled_subscriptions::HEADER),
    ("subscription.Contracts", contracts::HEADER),
    ("payment.Payments", payments::HEADER),
    ("dbo.Organizations", organizations::HEADER),
    ("dbo.Products", products::HEADER),
    ("dbo.ReportingGroups", reporting_groups::HEADER),
    ("dbo.ProductReportingGroups", reporting_groups::PLACES_HEADER),
    ("subscription.EnterprisePlans", enterprise_plans::HEADER),
    ("subscription.SubscriptionPackages", subscription_packages::HEADER),
    ("subscription.SubscriptionPackageProducts", subscription_packages::PRODUCTS_HEADER),
    ("order.OrderAmounts", totals::ORDERS_HEADER),
    ("order.OrderCompletedAmounts", totals::COMPLETED_HEADER),
    ("payment.DailyPaidAmounts", totals::PAID_HEADER),
];

/// How the tables of a story are written, in the order of [`HEADERS`].
const WRITERS: [fn(&Keys<'_>, &mut Rows); TOLD] = [
    subscribers::write,
    subscriber_contacts::write,
    subscriber_accounts::write,
    tags::write,
    account_transactions::write,
    invoices::write,
    payment_demands::write,
    payment_demand_details::write,
    payment_demand_adjustments::write_fees,
    payment_demand_adjustments::write_allowances,
    payment_demand_adjustments::write_charges,
    subscriber_ledgers::write,
    subscriber_amounts::write,
    orders::write,
    order_products::write,
    subscriptions::write,
    canceled_subscriptions::write,
    contracts::write,
    payments::write,
];

/// Subscribers whose rows one thread makes at a time: a story fills some kilobytes.
const PIECE: u64 = 128;

/// Subscribers, and the rows of those before them.
struct Piece {
    subscribers: Range<u64>,
    before: Counts,
}

/// Writes every table.
pub(super) fn write(options: &Options, progress: &mut dyn FnMut(Progress)) -> io::Result<Summary> {
    let world = World::new(options);
    let mut tables = Vec::with_capacity(HEADERS.len());
    for header in HEADERS {
        tables.push(Table::create(&options.out, header)?);
    }
    let (pieces, totals) = survey(&world);
    let (told, shared) = tables.split_at_mut(TOLD);
    let told: &mut [Table; TOLD] = told.try_into().expect("the stories' tables come first");
    in_order(&pieces, |piece| rows_of(&world, piece), told.each_mut(), WHOLE, progress)?;
    let writers: [&dyn Fn(&mut Rows); HEADERS.len() - TOLD] = [
        &organizations::write,
        &products::write,
        &reporting_groups::write,
        &reporting_groups::write_places,
        &|rows| enterprise_plans::write(&world, rows),
        &subscription_packages::write,
        &subscription_packages::write_products,
        &|rows| totals.write_orders(rows),
        &|rows| totals.write_completed(rows),
        &|rows| totals.write_paid(rows),
    ];
    for (table, write) in shared.iter_mut().zip(writers) {
        let mut rows = Rows::default();
        write(&mut rows);
        table.whole(&rows, progress)?;
    }
    Ok(Summary { tables: tables.iter().map(Table::summary).collect() })
}

/// Numbers the rows and adds up the shipped tables.
fn survey(world: &World) -> (Vec<Piece>, Totals) {
    let pieces = world.subscribers.div_ceil(PIECE);
    let subscribers = |piece: u64| piece * PIECE..world.subscribers.min((piece + 1) * PIECE);
    let (counts, totals) = (0..pieces)
        .into_par_iter()
        .fold(
            || (Vec::new(), Totals::default()),
            |(mut counts, mut totals), piece| {
                let mut count = Counts::default();
                for index in subscribers(piece) {
                    let story = world.story(index);
                    count += Counts::of(&story);
                    totals.add(world, &story);
                }
                counts.push(count);
                (counts, totals)
            },
        )
        .reduce(
            || (Vec::new(), Totals::default()),
            |(mut counts, mut totals), (mut more, others)| {
                counts.append(&mut more);
                totals.merge(others);
                (counts, totals)
            },
        );
    let mut before = Counts::default();
    let pieces = (0..pieces).zip(counts).map(|(piece, count)| {
        let piece = Piece { subscribers: subscribers(piece), before };
        before += count;
        piece
    });
    (pieces.collect(), totals)
}

fn rows_of(world: &World, piece: &Piece) -> [Rows; TOLD] {
    let mut rows = [(); TOLD].map(|()| Rows::default());
    let mut before = piece.before;
    for index in piece.subscribers.clone() {
        let story = world.story(index);
        let keys = Keys { world, story: &story, before };
        for (write, rows) in WRITERS.iter().zip(&mut rows) {
            write(&keys, rows);
        }
        before += Counts::of(&story);
    }
    rows
}
