//! `products`: what is sold.

use crate::generate::billing::goods::{FIRST_ID, PRODUCTS};
use crate::generate::billing::money::CENT;
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,Name,Description,Price,ProductCategory";

pub(crate) fn write(rows: &mut Rows) {
    for (id, product) in (FIRST_ID..).zip(&PRODUCTS) {
        rows.number(id);
        rows.text(product.name);
        rows.option(product.description, Rows::text);
        rows.amount(product.cents * CENT);
        rows.option(product.category, Rows::text);
        rows.end();
    }
}
