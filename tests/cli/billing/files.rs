//! Which table does a file hold, and what becomes of its rows?

use quipu::store::Snapshot;

use super::{cells, row};
use crate::place::{Place, counts, table_of};

#[test]
fn every_form_of_a_file_name_finds_its_table() {
    for (file, header, table) in [
        ("CancelledSubscriptions.csv", "Id,SubscriptionId", "canceled_subscriptions"),
        ("subscription.CanceledSubscriptions.csv", "Id,SubscriptionId", "canceled_subscriptions"),
        ("economy.AccountTransaction.csv", "Id,SubscriberId", "account_transactions"),
        ("economy/Account Transactions.csv", "Id,SubscriberId", "account_transactions"),
        ("order.Products.csv", "Id,OrderId", "order_products"),
        ("[order].[Products]-2024-01.csv", "Id,OrderId", "order_products"),
        ("order/Products.csv", "Id,OrderId", "order_products"),
        ("OrderProducts.csv", "Id,OrderId", "order_products"),
        ("Products.csv", "Id,Name", "products"),
        ("dbo.Products.csv", "Id,Name", "products"),
        ("Tag.csv", "Id,Value", "tags"),
        ("dbo.Tag.tsv", "Id\tValue", "tags"),
        ("payment/Daily-Paid_Amounts.txt", "OrganizationId,Amount", "daily_paid_amounts"),
    ] {
        let delimiter = if header.contains('\t') { '\t' } else { ',' };
        let place = Place::with(&[(file, &format!("{header}\n1{delimiter}2\n"))]);
        let report = place.loaded(&["."], &[]);
        let tables: Vec<_> =
            report["tables"].as_array().unwrap().iter().map(|t| t["table"].clone()).collect();
        assert_eq!(tables, [table], "{file}");
        assert_eq!(counts(&report, table), [1, 1, 0, 0, 0], "{file}");
    }
}

#[test]
fn products_of_orders_and_products_are_two_tables() {
    let place = Place::with(&[
        ("order.Products.csv", "Id,OrderId,Quantity\n1,1,2.5\n2,1,\n"),
        ("Products.csv", "Id,Name\n1,Paper\n"),
    ]);
    let report = place.loaded(&["."], &[]);
    assert_eq!(counts(&report, "order_products"), [2, 2, 0, 0, 0]);
    assert_eq!(counts(&report, "products"), [1, 1, 0, 0, 0]);
    // Decimals have four digits.
    assert_eq!(cells(&place, "order_products", "Quantity"), row([("1", Some("25000")), ("2", None)]));
}

#[test]
fn shipped_tables_without_a_key_are_added_to_until_they_are_replaced() {
    let day = |day: u32| {
        format!("OrganizationId,Date,Currency,Amount\n1,2024-01-0{day},NOK,10\n1,2024-01-0{day},NOK,10\n")
    };
    let place = Place::with(&[("daily_paid_amounts.csv", &day(1))]);
    let report = place.loaded(&["."], &[]);
    assert_eq!(counts(&report, "daily_paid_amounts"), [2, 2, 0, 0, 0]);
    assert_eq!(
        table_of(&place.loaded(&["."], &[]), "daily_paid_amounts")["files"][0]["skipped_as_loaded"],
        true
    );
    place.write("daily_paid_amounts.csv", day(2).as_bytes());
    let report = place.loaded(&["."], &[]);
    assert_eq!(counts(&report, "daily_paid_amounts"), [2, 2, 0, 0, 0]);
    let shipped = |place: &Place| {
        let snapshot = Snapshot::open(&place.store()).unwrap();
        let table = snapshot.named("daily_paid_amounts").unwrap();
        (table.info.rows, table.ids())
    };
    assert_eq!(shipped(&place), (4, 4));
    // Rows that nobody can refer to leave no ids behind.
    place.write("daily_paid_amounts.csv", day(3).as_bytes());
    let report = place.loaded(&["."], &["--mode", "replace"]);
    assert_eq!(counts(&report, "daily_paid_amounts"), [2, 2, 0, 0, 0]);
    assert_eq!(shipped(&place), (2, 2));
    let fresh = Place::with(&[("daily_paid_amounts.csv", &day(3))]);
    assert_eq!(fresh.snapshot(), place.info()["snapshot"].as_str().unwrap());
    assert_eq!(place.run(&["verify"]).status, 0);
}
