//! `account_transactions`: what waits to be billed.

use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str =
    "Id,SubscriberId,SubscriberAccountId,OrganizationId,Type,Amount,Currency,StartTime,EndTime,Text";

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    let mut draw = keys.draw(Kind::Transaction);
    for (place, transaction) in keys.story.transactions.iter().enumerate() {
        keys.write(rows, Kind::Transaction, place);
        keys.subscriber(rows);
        keys.account(rows, transaction.account);
        keys.organization(rows);
        rows.category(&mut draw, transaction.side.name());
        rows.amount(transaction.amount);
        rows.plain(keys.story.subscriber.currency.name());
        rows.option(transaction.start, Rows::moment);
        rows.option(transaction.end, Rows::moment);
        rows.option(transaction.text, Rows::text);
        rows.end();
    }
}
