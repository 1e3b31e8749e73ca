//! `order_products`: the lines of orders.

use crate::generate::billing::goods::{FIRST_ID, PRODUCTS};
use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,OrderId,ProductId,Name,Quantity,Price";

/// A product that is sold no more, and not in the list of products.
const WITHDRAWN_ID: u64 = 7;

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    let mut draw = keys.draw(Kind::Line);
    for (place, line) in keys.story.lines.iter().enumerate() {
        keys.write(rows, Kind::Line, place);
        keys.write(rows, Kind::Order, line.order);
        if draw.chance(40) {
            rows.number(WITHDRAWN_ID);
            rows.null();
        } else {
            rows.option(line.product, |rows, product| rows.number(FIRST_ID + product as u64));
            rows.option(line.product, |rows, product| rows.text(PRODUCTS[product].name));
        }
        rows.option(line.quantity, Rows::decimal);
        rows.option(line.price, Rows::amount);
        rows.end();
    }
}
