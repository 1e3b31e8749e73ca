//! `reporting_groups` and `product_reporting_groups`: in which groups products and discounts are.

use crate::generate::billing::goods::{FIRST_ID, REPORTING_GROUPS};
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,Name,Type";
pub(crate) const PLACES_HEADER: &str = "Id,ReportingGroupId,ProductId,PermanentDiscount";

pub(crate) fn write(rows: &mut Rows) {
    for (id, group) in (1..).zip(REPORTING_GROUPS) {
        rows.number(id);
        rows.text(group.name);
        rows.option(group.kind, Rows::plain);
        rows.end();
    }
}

/// The products of each group, then its discounts.
pub(crate) fn write_places(rows: &mut Rows) {
    for (id, group) in (1..).zip(REPORTING_GROUPS) {
        for &product in group.products {
            rows.number(rows.count + 1);
            rows.number(id);
            rows.number(FIRST_ID + product as u64);
            rows.null();
            rows.end();
        }
        for discount in group.discounts {
            rows.number(rows.count + 1);
            rows.number(id);
            rows.null();
            rows.plain(discount);
            rows.end();
        }
    }
}
