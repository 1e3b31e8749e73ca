//! What do currencies, domains and attributes read as?

use serde_json::json;

use super::{cells, faults, row};
use crate::place::{Place, counts, table_of};

#[test]
fn money_without_a_currency_gets_none_that_nobody_named() {
    let orders = ("orders.csv", "Id,CreatedDate,Value\na,2024-01-01,5\n");
    let payments = ("payments.csv", "Id,Amount,Currency\n1,5,nok\n2,5,\n");
    let place = Place::with(&[orders, payments]);
    place.snapshot();
    assert_eq!(cells(&place, "orders", "Currency"), row([("a", None)]));
    assert_eq!(cells(&place, "payments", "Currency"), row([("1", Some("NOK")), ("2", None)]));

    let place = Place::with(&[orders, payments]);
    place.write("mapping.toml", b"[defaults]\ncurrency = \"sek\"\n");
    let mapping = place.path("exports/mapping.toml");
    place.loaded(&["orders.csv", "payments.csv"], &["--mapping", mapping.to_str().unwrap()]);
    assert_eq!(cells(&place, "orders", "Currency"), row([("a", Some("SEK"))]));
    assert_eq!(cells(&place, "payments", "Currency"), row([("1", Some("NOK")), ("2", Some("SEK"))]));
}

#[test]
fn codes_and_names_of_a_domain_load_as_the_name() {
    let place = Place::with(&[
        (
            "orders.csv",
            "Id,CreatedDate,Status\n1,2024-01-01,0\n2,2024-01-01, 1\n3,2024-01-01,completed\n4,2024-01-01,7\n",
        ),
        ("canceled_subscriptions.csv", "Id,Type\n1,Pause\n2,planchange\n3,Other\n"),
    ]);
    let report = place.loaded(&["."], &[]);
    let statuses =
        [("1", Some("InProgress")), ("2", Some("Completed")), ("3", Some("completed")), ("4", Some("7"))];
    assert_eq!(cells(&place, "orders", "Status"), row(statuses));
    assert_eq!(table_of(&report, "orders")["outside_domain"], json!({"Status": {"7": 1}}));
    assert_eq!(table_of(&report, "canceled_subscriptions")["outside_domain"], json!({"Type": {"Other": 1}}));
}

#[test]
fn a_value_outside_of_its_domain_counts_only_where_its_row_is_kept() {
    let place = Place::with(&[("orders.csv", "Id,Status,CreatedDate\n1,Lost,2024-01-01\n2,Lost,tomorrow\n")]);
    let report = place.loaded(&["."], &["--max-rejects", "1"]);
    assert_eq!(table_of(&report, "orders")["outside_domain"], json!({"Status": {"Lost": 1}}));
}

#[test]
fn attributes_have_one_of_two_shapes() {
    let good = [
        r#"[{"type":"OrganizationNumber","value":"987654321"}]"#,
        r#"[{"Value":7,"TYPE":"Vat","country":"NO"}, {"type":"B","value":null}]"#,
        r#"[{"OrganizationNumber":"987654321"},{"Vat":true}]"#,
        r#"[ ]"#,
        "",
        "NULL",
    ];
    let bad = [
        r#"{"type":"OrganizationNumber","value":"987654321"}"#,
        r#"["a"]"#,
        r#"[{"type":7,"value":"x"}]"#,
        r#"[{"type":"a","value":"x"}"#,
        r#"[{"type":"a","value":"\ud800"}]"#,
        "987654321",
    ];
    let mut contacts = String::from("Id,Identification\n");
    for (id, cell) in good.iter().chain(&bad).enumerate() {
        contacts += &format!(
            "{id},{}\n",
            if cell.is_empty() { String::new() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
        );
    }
    let place = Place::with(&[("subscriber_contacts.csv", &contacts)]);
    let report = place.loaded(&["."], &["--max-rejects", "100%"]);
    assert_eq!(counts(&report, "subscriber_contacts"), [12, 6, 0, 6, 0]);
    let kept = cells(&place, "subscriber_contacts", "Identification");
    let kept: Vec<_> = kept.values().map(Option::as_deref).collect();
    assert_eq!(kept, [Some(good[0]), Some(good[1]), Some(good[2]), Some(good[3]), None, None]);
    let faults = faults(&place, "subscriber_contacts");
    assert_eq!(faults.len(), bad.len());
    for (fault, cell) in faults.iter().zip(bad) {
        assert_eq!(fault[..3], ["not_attributes", "Identification", cell]);
    }
}

#[test]
fn the_name_of_a_package_is_never_a_missing_one() {
    let packages = "Id,Name,PermanentDiscount\n1,N/A,N/A\n2,,Student\n";
    let place = Place::with(&[("subscription_packages.csv", packages)]);
    place.snapshot();
    assert_eq!(cells(&place, "subscription_packages", "Name"), row([("1", Some("N/A")), ("2", None)]));
    let discounts = [("1", None), ("2", Some("Student"))];
    assert_eq!(cells(&place, "subscription_packages", "PermanentDiscount"), row(discounts));
}
