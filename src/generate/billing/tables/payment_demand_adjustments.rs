//! `payment_demand_fees`, `_allowances` and `_charges`: what changes the claim of a demand.

use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::billing::story::adjustments::Adjustment;
use crate::generate::csv::Rows;

pub(crate) const FEES_HEADER: &str = "Id,PaymentDemandId,Type,Amount";
pub(crate) const HEADER: &str = "Id,PaymentDemandId,AccountTransactionId,Type,Amount";

pub(crate) fn write_fees(keys: &Keys<'_>, rows: &mut Rows) {
    for (place, fee) in keys.story.fees.iter().enumerate() {
        keys.write(rows, Kind::Fee, place);
        keys.write(rows, Kind::Demand, fee.demand);
        rows.plain(fee.kind);
        rows.amount(fee.amount);
        rows.end();
    }
}

pub(crate) fn write_allowances(keys: &Keys<'_>, rows: &mut Rows) {
    write(keys, Kind::Allowance, &keys.story.allowances, rows);
}

pub(crate) fn write_charges(keys: &Keys<'_>, rows: &mut Rows) {
    write(keys, Kind::Charge, &keys.story.charges, rows);
}

fn write(keys: &Keys<'_>, kind: Kind, list: &[Adjustment], rows: &mut Rows) {
    for (place, one) in list.iter().enumerate() {
        keys.write(rows, kind, place);
        keys.write(rows, Kind::Demand, one.demand);
        keys.option(rows, Kind::Transaction, one.transaction);
        rows.plain(one.kind);
        rows.amount(one.amount);
        rows.end();
    }
}
