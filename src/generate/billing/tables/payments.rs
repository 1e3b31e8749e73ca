//! `payments`: what arrived, and through which channel.

use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,SubscriberId,SubscriberAccountId,OrganizationId,InvoiceId,PaymentDate,ValueDate,Amount,Currency,\
     Source,PaymentMethod,State";

/// Invoices of the system before had numbers from here on.
const OLDER_INVOICES: u64 = 50_000_000_000;

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    let mut draw = keys.draw(Kind::Payment);
    for (place, payment) in keys.story.payments.iter().enumerate() {
        keys.write(rows, Kind::Payment, place);
        // This source writes the GUIDs of others in capitals.
        let start = rows.bytes.len();
        rows.option(payment.account, |rows, _| keys.subscriber(rows));
        rows.bytes[start..].make_ascii_uppercase();
        rows.option(payment.account, |rows, account| keys.account(rows, account));
        keys.organization(rows);
        if payment.is_of_older_invoice {
            rows.number(OLDER_INVOICES + keys.story.subscriber.index);
        } else {
            keys.option(rows, Kind::Invoice, payment.invoice);
        }
        rows.moment(payment.at);
        rows.option(payment.value_date, Rows::date);
        rows.amount(payment.amount);
        rows.plain(payment.currency.name());
        rows.category(&mut draw, payment.source.name());
        rows.category(&mut draw, payment.method.name());
        rows.spelled(&mut draw, payment.state.name());
        rows.end();
    }
}
