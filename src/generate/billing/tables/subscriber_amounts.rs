//! `subscriber_amounts`: what each subscriber owes; who owes nothing has no row.

use crate::generate::billing::keys::Keys;
use crate::generate::billing::story::ledger::balances;
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "SubscriberId,OrganizationId,Currency,Amount";

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    for (currency, amount) in balances(&keys.story.entries) {
        if amount != 0 {
            keys.subscriber(rows);
            keys.organization(rows);
            rows.plain(currency.name());
            rows.amount(amount);
            rows.end();
        }
    }
}
