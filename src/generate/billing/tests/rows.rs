//! The ratios, domains and faults of the model.

use super::{Export, some};
use crate::generate::billing_headers;
use crate::model::SCHEMA;
use std::collections::{BTreeMap, BTreeSet};

/// As many subscribers as the sample has.
const SAMPLE: u64 = 190;

#[test]
fn rows_per_subscriber_are_those_of_the_model() {
    let export = Export::new(3000, 51);
    for (table, expected) in [
        ("dbo.SubscriberContacts", 1.3),
        ("dbo.SubscriberAccounts", 1.13),
        ("dbo.Tag", 1.6),
        ("economy.Invoices", 6.6),
        ("economy.PaymentDemands", 6.9),
        ("economy.PaymentDemandDetails", 8.4),
        ("economy.SubscriberLedgers", 16.1),
        ("order.Orders", 2.3),
        ("subscription.Subscriptions", 6.7),
        ("payment.Payments", 7.1),
    ] {
        let found = export.table(table).0.len() as f64 / 3000.0;
        assert!((found / expected - 1.0).abs() < 0.1, "{table}: {found} rows per subscriber, not {expected}");
    }
}

#[test]
fn a_sample_holds_every_value_of_every_domain() {
    let export = Export::new(SAMPLE, 7);
    for (name, _) in billing_headers() {
        let table = SCHEMA.get(SCHEMA.match_name(name).expect(name));
        for column in table.columns.iter().filter(|column| !column.domain.is_empty()) {
            let code = |cell: &str| {
                let named = column.codes.iter().find(|(code, _)| *code == cell);
                named.map_or(cell, |(_, name)| name).trim().to_lowercase()
            };
            let found: BTreeSet<String> =
                export.table(name).column(column.name).filter_map(some).map(code).collect();
            let domain: BTreeSet<String> = column.domain.iter().map(|value| value.to_lowercase()).collect();
            assert_eq!(found, domain, "{name}.{}", column.name);
        }
    }
}

/// Rows of a table that are of a kind.
fn count(export: &Export, table: &str, is: impl Fn(&BTreeMap<String, String>) -> bool) -> usize {
    export.rows(table).filter(|row| is(row)).count()
}

#[test]
fn a_sample_holds_what_the_kpis_tell_apart() {
    let export = Export::new(SAMPLE, 7);
    let periods = "subscription.Subscriptions";
    let packages: BTreeSet<&str> = export.table(periods).column("SubscriptionPackageId").collect();
    let used = |column: &str| -> BTreeSet<&str> {
        let of_used = export.rows("subscription.SubscriptionPackages");
        of_used.filter(|row| packages.contains(row["Id"].as_str())).map(|row| row[column].as_str()).collect()
    };
    assert_eq!(used("BillingFrequencyId"), ["", "1001", "1003", "1006", "1012"].into());
    assert_eq!(used("InitialTermType"), ["", "10", "20", "100", "200"].into());
    assert_eq!(used("ChainStep"), ["", "1", "2", "3"].into());
    assert_eq!(used("AutomaticStop"), ["true", "false"].into());
    assert_eq!(used("PermanentDiscount"), ["", "Student", "Senior", "employee"].into());
    let organizations: BTreeSet<&str> = export.table(periods).column("OrganizationId").collect();
    assert_eq!(organizations.len(), export.table("dbo.Organizations").0.len());
    let currencies: BTreeSet<&str> = export.table("economy.PaymentDemands").column("Currency").collect();
    assert_eq!(currencies, ["EUR", "NOK"].into());

    let has = |table: &str, what: &str, is: &dyn Fn(&BTreeMap<String, String>) -> bool| {
        assert!(count(&export, table, is) > 0, "no row of {table} is {what}");
    };
    has(periods, "open", &|row| row["EndDate"].is_empty());
    has(periods, "cancelled without a reason", &|row| {
        !row["CancellationType"].is_empty() && row["CancellationReason"].is_empty()
    });
    has(periods, "cancelled without a date", &|row| {
        !row["CancellationType"].is_empty() && row["CancellationDate"].is_empty()
    });
    has(periods, "cancelled before its end", &|row| {
        !row["CancellationDate"].is_empty() && row["CancellationDate"] < row["EndDate"]
    });
    has(periods, "under an enterprise plan", &|row| !row["EnterprisePlanId"].is_empty());
    let demands = "economy.PaymentDemands";
    for column in ["DueDate", "Amount", "InvoiceId", "SettleDate"] {
        has(demands, &format!("without {column}"), &|row| row[column].is_empty());
    }
    for column in ["CreditDate", "WriteOffDate"] {
        has(demands, &format!("with {column}"), &|row| !row[column].is_empty());
    }
    let details = "economy.PaymentDemandDetails";
    has(details, "for a product", &|row| !row["ProductId"].is_empty());
    has(details, "for an order", &|row| !row["OrderId"].is_empty());
    has(details, "for a renewal to come", &|row| {
        !row["SubscriptionId"].is_empty() && row["NextSubscriptionId"].is_empty()
    });
    has(details, "finer than hundredths", &|row| {
        row["Amount"].split_once('.').expect("decimals").1.len() > 2
    });
    let payments = "payment.Payments";
    has(payments, "a refund", &|row| row["Amount"].starts_with('-'));
    has(payments, "of nobody known", &|row| row["SubscriberId"].is_empty());
    has(payments, "without invoice", &|row| row["InvoiceId"].is_empty());
    has("order.Products", "by measure", &|row| row["Quantity"].contains('.'));
    has("order.Products", "without quantity", &|row| row["Quantity"].is_empty());
    has("order.Orders", "without value", &|row| row["Value"].is_empty());
    has("economy.AccountTransaction", "without start", &|row| row["StartTime"].is_empty());
    has("economy.AccountTransaction", "of the future", &|row| row["StartTime"].as_str() > "2025-12-31");
    has("dbo.SubscriberContacts", "of named objects", &|row| row["Identification"].contains("\"type\""));
    has("dbo.SubscriberContacts", "of single keys", &|row| row["Identification"].contains("{\"Region\""));
    has("dbo.SubscriberContacts", "without identification", &|row| row["Identification"].is_empty());
    let invoices = export.table(demands).values("InvoiceId");
    assert!(invoices.iter().any(|(invoice, demands)| !invoice.is_empty() && *demands > 1));
    let moments = export.table(payments).values("PaymentDate");
    assert!(moments.values().any(|&payments| payments > 2), "a file of the bank has several payments");
}

#[test]
fn faults_are_few() {
    let export = Export::new(2000, 53);
    let check = |table: &str, column: &str, max: usize| {
        let empty = count(&export, table, |row| row[column].is_empty());
        let share = empty * 1000 / export.table(table).0.len();
        assert!(empty > 0 && share <= max, "{table}.{column}: {share} ‰ empty");
    };
    check("economy.PaymentDemands", "Amount", 25);
    check("economy.PaymentDemands", "DueDate", 25);
    check("economy.PaymentDemands", "PaymentMethod", 5);
    check("subscription.Subscriptions", "Price", 5);
    check("subscription.Subscriptions", "SubscriptionPackageId", 5);
    check("subscription.CanceledSubscriptions", "Reason", 90);
    check("subscription.CanceledSubscriptions", "EffectiveDate", 30);
    check("order.Orders", "Value", 10);
    check("order.Products", "Price", 15);
    check("payment.Payments", "ValueDate", 25);
    check("dbo.Subscribers", "SubscriberNumber", 20);
}
