//! `subscriber_ledgers`: what was claimed, paid and taken back, entry by entry.

use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,SubscriberId,SubscriberAccountId,OrganizationId,LedgerDate,LedgerType,Text,Amount,Currency,\
     InvoiceId,PaymentDemandId,PaymentId";

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    let mut draw = keys.draw(Kind::Entry);
    for (place, entry) in keys.story.entries.iter().enumerate() {
        keys.write(rows, Kind::Entry, place);
        keys.subscriber(rows);
        keys.account(rows, entry.account);
        keys.organization(rows);
        rows.date(entry.day);
        rows.spelled(&mut draw, entry.kind.name());
        rows.option(entry.text, Rows::plain);
        rows.amount(entry.amount);
        rows.plain(entry.currency.name());
        keys.option(rows, Kind::Invoice, entry.invoice);
        keys.option(rows, Kind::Demand, entry.demand);
        keys.option(rows, Kind::Payment, entry.payment);
        rows.end();
    }
}
