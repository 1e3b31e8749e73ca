//! `contracts`: terms agreed on beyond a period.

use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,SubscriptionId,StartDate,EndDate,TermLength";

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    for (place, contract) in keys.story.contracts.iter().enumerate() {
        keys.write(rows, Kind::Contract, place);
        keys.write(rows, Kind::Subscription, contract.subscription);
        rows.date(contract.start);
        rows.option(contract.end, Rows::date);
        rows.option(contract.months.map(u64::from), Rows::number);
        rows.end();
    }
}
