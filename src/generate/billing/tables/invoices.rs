//! `invoices`: what was sent, and how it stands.

use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,InvoiceNumber,SubscriberId,OrganizationId,SubscriptionId,IssueDate,DueDate,PaidDate,Amount,Currency,Status";

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    let mut draw = keys.draw(Kind::Invoice);
    let index = keys.story.subscriber.index;
    for (place, invoice) in keys.story.invoices.iter().enumerate() {
        keys.write(rows, Kind::Invoice, place);
        rows.plain(&format!("{}-{:03}", 300_001 + index, place + 1));
        keys.subscriber(rows);
        keys.organization(rows);
        keys.option(rows, Kind::Subscription, invoice.subscription);
        rows.date(invoice.issue);
        rows.option(invoice.due, Rows::date);
        rows.option(invoice.paid, Rows::date);
        rows.amount(invoice.amount);
        rows.plain(keys.story.subscriber.currency.name());
        rows.spelled(&mut draw, invoice.status.name());
        rows.end();
    }
}
