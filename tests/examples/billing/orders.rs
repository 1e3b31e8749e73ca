//! Orders: once each, on the day of their own, completed or not.

use super::{ask, check, every, line, order, product, with};
use crate::reference::billing::data::{Dataset, Order};
use crate::reference::period::Grain;
use crate::reference::request::Request;

fn orders() -> Dataset {
    Dataset {
        orders: vec![
            order("o1", "Completed", "2024-05-01T09:00:00", "2024-05-03T09:00:00", "100"),
            // 1 is the number of that status.
            order("o2", "1", "2024-05-01T09:00:00", "2024-05-01T10:00:00", "50.5"),
            order("o3", "Cancelled", "2024-05-01T11:00:00", "2024-05-01T12:00:00", "1000"),
            order("o4", "InProgress", "2024-05-02T11:00:00", "", "2000"),
            order("o5", "Completed", "2024-05-02T11:00:00", "", "4000"),
            order("o6", "Rejected", "2024-05-02T11:00:00", "", ""),
        ],
        ..Dataset::default()
    }
}

#[test]
fn only_completed_orders_are_in_the_total_of_completed_orders() {
    let data = orders();
    // o5 is completed but nobody knows when; o3 has a day of completion but is not completed.
    check(
        &data,
        &ask("order_completed_amounts", &[]),
        &["2024-05-01 NOK 50.50 1", "2024-05-03 NOK 100.00 1"],
    );
    check(
        &data,
        &ask("order_amounts", &[]),
        &[
            "2024-05-01 Cancelled NOK 1000.00 1",
            "2024-05-01 Completed NOK 150.50 2",
            "2024-05-02 Completed NOK 4000.00 1",
            "2024-05-02 InProgress NOK 2000.00 1",
            "2024-05-02 Rejected NOK 0.00 1",
        ],
    );
}

#[test]
fn an_order_with_several_lines_is_one_order() {
    let mut data = orders();
    data.products = vec![product("p1", "Paper", "News"), product("p2", "Digital", "News")];
    data.order_products = vec![
        line("l1", "o1", "p1", "", "60"),
        line("l2", "o1", "p1", "2", "10"),
        line("l3", "o1", "p2", "0.3333", "0.3333"),
        line("l4", "o2", "p1", "1", ""),
        line("l5", "nobody", "p1", "1", "1"),
    ];
    let whole = |by: &[&'static str]| every(Grain::All, ask("order_amounts", by));
    // The lines do not touch the value of the orders.
    check(
        &data,
        &whole(&[]),
        &[
            "Cancelled NOK 1000.00 1",
            "Completed NOK 4150.50 3",
            "InProgress NOK 2000.00 1",
            "Rejected NOK 0.00 1",
        ],
    );
    // 60 + 20 and a line without a price; 0.3333² = 0.11108889. Only orders with lines have parts.
    check(
        &data,
        &whole(&["product"]),
        &["Digital Completed NOK 0.11108889 1", "Paper Completed NOK 80.00 2"],
    );
    check(&data, &whole(&["product_category"]), &["News Completed NOK 80.11108889 2"]);
    // Paper alone, asked for in another way; then completed on the third of May only.
    let paper = Request { filter: super::equals("product", "paper"), ..whole(&[]) };
    check(&data, &paper, &["Completed NOK 80.00 2"]);
    let completed = ask("order_completed_amounts", &["product"]);
    check(
        &data,
        &completed,
        &[
            "2024-05-01 Paper NOK 0.00 1",
            "2024-05-03 Digital NOK 0.11108889 1",
            "2024-05-03 Paper NOK 80.00 1",
        ],
    );
}

#[test]
fn orders_are_converted_when_they_are_neither_open_nor_lost() {
    let mut data = orders();
    let lost = Order { status: super::some("Lost"), ..data.orders[0].clone() };
    data.orders.push(Order { key: "o7".to_owned(), ..lost });
    // Completed: o1, o2, o5 of these three, o3 and o6. The lost one is in no class.
    check(&data, &ask("order_conversion", &[]), &["2024-05-01 0.6 3 1 1 1"]);
    let daily = every(Grain::Day, ask("order_conversion", &[]));
    check(
        &data,
        &daily,
        &["2024-05-01 0.6666666666666666 2 1 0 0", "2024-05-02 0.5 1 0 1 1", "2024-05-03 - 0 0 0 0"],
    );
}

#[test]
fn an_order_belongs_to_the_day_of_its_zone() {
    let data = orders();
    // In Kolkata, five and a half hours ahead, all of the second of May is the second of May too;
    // in Apia, thirteen ahead, 11:00 is past midnight.
    let apia = Request { tz: "Pacific/Apia", ..every(Grain::Day, ask("order_conversion", &[])) };
    check(&data, &apia, &["2024-05-01 1 2 0 0 0", "2024-05-02 0 0 1 0 0", "2024-05-03 0.5 1 0 1 1"]);
    let unused = with("date", "payment", ask("daily_paid_amounts", &[]));
    check(&data, &unused, &[]);
}
