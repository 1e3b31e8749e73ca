//! Amounts that are split over products.

use super::{
    Grain, ask, check, day, demand, detail, every, line, order, package, part, period, product, some,
};
use crate::reference::billing::cells::Units;
use crate::reference::billing::data::{
    Dataset, Detail, GroupMember, Package, PackageProduct, ReportingGroup,
};
use crate::reference::request::Request;

fn products() -> Dataset {
    Dataset {
        products: vec![
            product("p1", "Paper", "News"),
            product("p2", "Digital", "News"),
            product("p3", "Extra", "More"),
        ],
        demands: vec![demand("d", "", "2024-05-01", "", "")],
        ..Dataset::default()
    }
}

fn billed(by: &[&'static str]) -> Request {
    every(Grain::All, ask("billed_amount", by))
}

#[test]
fn a_product_is_billed_once_when_its_subscription_is_renewed() {
    let mut data = products();
    data.subscriptions = vec![
        period("s1", "a", "2024-04-01", "2024-05-01", "100"),
        period("s2", "a", "2024-05-01", "2024-06-01", "100"),
    ];
    data.packages = vec![package("monthly", 1)];
    data.package_products = vec![part("l1", "monthly", "p1", "75"), part("l2", "monthly", "p2", "25")];
    data.details =
        vec![Detail { subscription: some("s1"), next_subscription: some("s2"), ..detail("x", "d", "100") }];
    // Both periods have the package, and the amount is split once.
    check(&data, &billed(&["product"]), &["Digital NOK 25.00 - - - -", "Paper NOK 75.00 - - - -"]);
    check(&data, &billed(&["product_category"]), &["News NOK 100.00 - - - -"]);
    check(&data, &billed(&[]), &["NOK 100.00 0.00 0.00 0.00 100.00"]);
}

#[test]
fn the_first_weights_that_are_above_nothing_split_the_amount() {
    let mut data = products();
    data.subscriptions = vec![
        period("s1", "a", "2024-04-01", "2024-05-01", "1"),
        period("s2", "a", "2024-05-01", "2024-06-01", "1"),
    ];
    data.subscriptions[0].package = some("old");
    data.subscriptions[1].package = some("new");
    data.packages = vec![package("old", 1), package("new", 1)];
    data.orders = vec![order("o", "Completed", "2024-04-01T00:00:00", "", "9")];
    data.order_products = vec![line("o1", "o", "p3", "", "1")];
    data.details = vec![Detail {
        subscription: some("s1"),
        next_subscription: some("s2"),
        order: some("o"),
        ..detail("x", "d", "10")
    }];
    let by_product = billed(&["product"]);
    // Neither package has products: the order's lines tell.
    check(&data, &by_product, &["Extra NOK 10.00 - - - -"]);
    data.package_products = vec![part("l1", "old", "p1", "5")];
    check(&data, &by_product, &["Paper NOK 10.00 - - - -"]);
    // A package that gives its products away has weights of nothing.
    data.package_products.push(part("l2", "new", "p2", "0"));
    check(&data, &by_product, &["Paper NOK 10.00 - - - -"]);
    data.package_products.push(part("l3", "new", "p2", "0.0001"));
    check(&data, &by_product, &["Digital NOK 10.00 - - - -"]);
    // Its own product beats them all.
    data.details[0].product = some("p3");
    check(&data, &by_product, &["Extra NOK 10.00 - - - -"]);
    // Without any of these, it is of no product.
    data.details = vec![detail("x", "d", "10")];
    check(&data, &by_product, &["- NOK 10.00 - - - -"]);
}

#[test]
fn parts_add_up_to_the_last_unit() {
    let split = |amount: &str| {
        let mut data = products();
        data.subscriptions = vec![period("s", "a", "2024-04-01", "", "1")];
        data.packages = vec![package("monthly", 1)];
        data.package_products = vec![
            part("l1", "monthly", "p1", "1"),
            part("l2", "monthly", "p2", "1"),
            part("l3", "monthly", "p3", "1"),
        ];
        data.details = vec![Detail { subscription: some("s"), ..detail("x", "d", amount) }];
        data
    };
    let by_product = billed(&["product"]);
    // Cents: 33.33 each, and the one that is left goes to the smallest key, p1.
    let rows = ["Digital NOK 33.33 - - - -", "Extra NOK 33.33 - - - -", "Paper NOK 33.34 - - - -"];
    check(&split("100"), &by_product, &rows);
    // -0.05 is -0.02, -0.02, -0.01: by its absolute value.
    let rows = ["Digital NOK -0.02 - - - -", "Extra NOK -0.01 - - - -", "Paper NOK -0.02 - - - -"];
    check(&split("-0.05"), &by_product, &rows);
    // Not whole in cents: 0.0101 is 101 units of 0.0001, of which each has 33 and two one more.
    let rows = ["Digital NOK 0.0034 - - - -", "Extra NOK 0.0033 - - - -", "Paper NOK 0.0034 - - - -"];
    check(&split("0.0101"), &by_product, &rows);
}

#[test]
fn the_largest_remainder_gets_the_unit_that_is_left() {
    let mut data = products();
    data.subscriptions = vec![period("s", "a", "2024-04-01", "", "1")];
    data.packages = vec![package("monthly", 1)];
    // Two lines of one product weigh together: 1.5 × 2 + 1 = 4 of 7, against 2 and 1.
    let doubled = PackageProduct { quantity: Some(Units(15_000)), ..part("l1", "monthly", "p1", "2") };
    data.package_products = vec![
        doubled,
        part("l2", "monthly", "p1", "1"),
        part("l3", "monthly", "p2", "2"),
        part("l4", "monthly", "p3", "1"),
    ];
    data.details = vec![Detail { subscription: some("s"), ..detail("x", "d", "0.10") }];
    // Of 10 cents: 5.71, 2.86 and 1.43: 5 + 2 + 1, and the two left go to p2 and p1.
    let rows = ["Digital NOK 0.03 - - - -", "Extra NOK 0.01 - - - -", "Paper NOK 0.06 - - - -"];
    check(&data, &billed(&["product"]), &rows);
}

fn groups(mut data: Dataset) -> Dataset {
    let member = |key: &str, group: &str, product: &str, discount: &str| GroupMember {
        key: key.to_owned(),
        group: some(group),
        product: some(product),
        discount: some(discount),
    };
    for (key, name) in [("g1", "Print"), ("g2", "All"), ("g3", "Rebates"), ("g4", "All")] {
        data.reporting_groups.push(ReportingGroup { key: key.to_owned(), name: some(name) });
    }
    data.group_members = vec![
        member("m1", "g1", "p1", ""),
        member("m2", "g2", "p1", ""),
        member("m3", "g4", "p1", ""),
        member("m4", "g2", "p2", ""),
        member("m5", "g3", "", " student "),
        member("m6", "unknown", "p1", ""),
    ];
    data
}

#[test]
fn a_part_is_in_every_group_of_its_product_and_of_its_discount() {
    let mut data = groups(products());
    data.subscriptions = vec![period("s", "a", "2024-04-01", "", "1")];
    data.packages = vec![Package { discount: some("Student"), ..package("monthly", 1) }];
    data.package_products = vec![part("l1", "monthly", "p1", "3"), part("l2", "monthly", "p3", "1")];
    data.details = vec![
        Detail { subscription: some("s"), ..detail("x1", "d", "8") },
        Detail { product: some("p2"), ..detail("x2", "d", "1") },
        Detail { product: some("p3"), ..detail("x3", "d", "0.5") },
    ];
    // Paper 6 (both groups named All are one), extra 2 and 0.50, digital 1.
    let by_group = billed(&["reporting_group"]);
    let rows =
        ["All NOK 7.00 - - - -", "Print NOK 6.00 - - - -", "Rebates NOK 8.00 - - - -", "- NOK 0.50 - - - -"];
    check(&data, &by_group, &rows);
    // The total is of the parts, each once; a filter is the group of the same name.
    let with_total = Request { totals: true, ..by_group.clone() };
    let all: Vec<&str> = rows.into_iter().chain(["- NOK 9.50 - - - -"]).collect();
    check(&data, &with_total, &all);
    let print = Request { groups: vec!["Print".to_owned()], ..billed(&[]) };
    check(&data, &print, &["NOK 6.00 - - - -"]);
    // Extra is kept by its discount, and shown by its product.
    let rebates = Request { groups: vec!["rebates".to_owned()], ..billed(&["product"]) };
    check(&data, &rebates, &["Extra NOK 2.00 - - - -", "Paper NOK 6.00 - - - -"]);
}

#[test]
fn a_subscription_counts_under_every_product_of_its_package() {
    let mut data = groups(products());
    data.demands.clear();
    data.subscriptions =
        vec![period("s1", "a", "2024-04-01", "", "1"), period("s2", "a", "2024-04-01", "", "1")];
    data.subscriptions[1].package = some("empty");
    data.packages = vec![package("monthly", 1), package("empty", 1)];
    data.package_products = vec![part("l1", "monthly", "p1", "1"), part("l2", "monthly", "p2", "1")];
    let on_a_day = |by: &[&'static str]| Request {
        as_of: Some(day("2024-04-30")),
        ..every(Grain::All, ask("active_subscriptions", by))
    };
    check(&data, &on_a_day(&["product"]), &["Digital 1 0 1", "Paper 1 0 1", "- 1 0 1"]);
    check(&data, &on_a_day(&["reporting_group"]), &["All 1 0 1", "Print 1 0 1", "- 1 0 1"]);
    let total = Request { totals: true, ..on_a_day(&["product"]) };
    check(&data, &total, &["Digital 1 0 1", "Paper 1 0 1", "- 1 0 1", "- 2 0 2"]);
    // The first of the top keeps its row; all others are distinct rows that have another value.
    let top = Request { top: Some(1), ..on_a_day(&["product"]) };
    check(&data, &top, &["Digital 1 0 1", "Other 2 0 2"]);
}
