//! `payment_demands`: what was demanded.

use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,SubscriberId,SubscriberAccountId,OrganizationId,InvoiceId,EnterprisePlanId,IssueDate,DueDate,\
     SettleDate,CreditDate,WriteOffDate,Amount,Currency,PaymentMethod";

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    let mut draw = keys.draw(Kind::Demand);
    for (place, demand) in keys.story.demands.iter().enumerate() {
        keys.write(rows, Kind::Demand, place);
        keys.subscriber(rows);
        keys.account(rows, demand.account);
        keys.organization(rows);
        keys.option(rows, Kind::Invoice, demand.invoice);
        keys.enterprise_plan(rows, demand.enterprise_plan);
        rows.date(demand.issue);
        rows.option(demand.due, Rows::date);
        rows.option(demand.settle, Rows::date);
        rows.option(demand.credit, Rows::date);
        rows.option(demand.write_off, Rows::date);
        rows.option(demand.says_amount.then_some(demand.billed), Rows::amount);
        rows.plain(keys.story.subscriber.currency.name());
        rows.category(&mut draw, demand.method.name());
        rows.end();
    }
}
