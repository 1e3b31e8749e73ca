//! `subscriber_accounts`: what a subscriber is billed through.

use crate::generate::billing::keys::Keys;
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,SubscriberId,AccountNumber,FirstUsed";

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    let subscriber = &keys.story.subscriber;
    for account in 0..subscriber.accounts {
        let periods = keys.story.subscriptions.iter().filter(|period| period.account == account);
        keys.account(rows, account);
        keys.subscriber(rows);
        rows.plain(&format!("{}-{}", 700_001 + subscriber.index, account + 1));
        rows.option(periods.map(|period| period.start).min(), Rows::date);
        rows.end();
    }
}
