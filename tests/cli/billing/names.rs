//! Which organization does a name mean?

use quipu::store::Snapshot;
use serde_json::json;

use super::{cells, row};
use crate::place::{Place, table_of};

#[test]
fn organizations_are_found_by_name() {
    let place = Place::with(&[
        ("organizations.csv", "Id,Name\n1, Acme AS \n2,Twin\n3,Twin\n4,\n"),
        (
            "orders.csv",
            "Id,CreatedDate,OrganizationName\n\
             a,2024-01-01,Acme AS\nb,2024-01-01,Twin\nc,2024-01-01,Birch\nd,2024-01-01,\ne,2024-01-01,acme as\nf,2024-01-01,Birch\n",
        ),
    ]);
    let report = place.loaded(&["."], &[]);
    let found = [("a", Some("1")), ("b", None), ("c", None), ("d", None), ("e", None), ("f", None)];
    assert_eq!(cells(&place, "orders", "OrganizationId"), row(found));
    assert_eq!(
        table_of(&report, "orders")["unresolved"],
        json!([{"column": "OrganizationId", "target": "organizations", "rows": 4, "keys": 3,
            "names": {"Birch": 2, "Twin": 1, "acme as": 1}}])
    );
    // No name has become an organization.
    let organizations = place.info()["tables"].as_array().unwrap().clone();
    let organizations = organizations.iter().find(|t| t["name"] == "organizations").unwrap();
    assert_eq!(organizations["rows"], 4);
    let snapshot = Snapshot::open(&place.store()).unwrap();
    assert_eq!(snapshot.named("organizations").unwrap().ids(), 4);
}

#[test]
fn names_of_the_store_and_of_the_load_are_one_list() {
    let place = Place::with(&[("organizations.csv", "Id,Name\n1,Acme\n2,Birch\n3,Cedar\n")]);
    place.snapshot();
    // Acme is renamed, a second Birch comes, and a row that says nothing new stays what it is.
    place.write("organizations.csv", b"Id,Name\n1,Ash\n4,Birch\n3,Cedar\n");
    let orders = "Id,CreatedDate,OrganizationName\n\
        a,2024-01-01,Acme\nb,2024-01-01,Ash\nc,2024-01-01,Birch\nd,2024-01-01,Cedar\n";
    place.write("orders.csv", orders.as_bytes());
    place.loaded(&["."], &[]);
    let found = [("a", None), ("b", Some("1")), ("c", None), ("d", Some("3"))];
    assert_eq!(cells(&place, "orders", "OrganizationId"), row(found));
    // Only the rows that replace the others count.
    place.write("organizations.csv", b"Id,Name\n5,Birch\n");
    place.loaded(&["."], &["--mode", "replace"]);
    let found = [("a", None), ("b", None), ("c", Some("5")), ("d", None)];
    assert_eq!(cells(&place, "orders", "OrganizationId"), row(found));
}

#[test]
fn a_row_found_by_name_is_the_same_as_one_found_by_key() {
    let organizations = ("organizations.csv", "Id,Name\n1,Acme\n");
    let by_key =
        Place::with(&[organizations, ("orders.csv", "Id,CreatedDate,OrganizationId\na,2024-01-01,1\n")]);
    let by_name =
        Place::with(&[organizations, ("orders.csv", "Id,CreatedDate,OrganizationName\na,2024-01-01,Acme\n")]);
    assert_eq!(by_key.snapshot(), by_name.snapshot());
    let mapped = Place::with(&[organizations, ("orders.csv", "Id,CreatedDate,Seller\na,2024-01-01,Acme\n")]);
    mapped.write("mapping.toml", b"[orders]\ncolumns = { Seller = \"OrganizationName\" }\n");
    let mapping = mapped.path("exports/mapping.toml");
    mapped.loaded(&["orders.csv", "organizations.csv"], &["--mapping", mapping.to_str().unwrap()]);
    assert_eq!(cells(&mapped, "orders", "OrganizationId"), row([("a", Some("1"))]));
    mapped.write("mapping.toml", b"[orders]\nconstants = { OrganizationName = \"Acme\" }\n");
    mapped.write("orders.csv", b"Id,CreatedDate\na,2024-01-01\n");
    mapped.loaded(&["orders.csv"], &["--mapping", mapping.to_str().unwrap()]);
    assert_eq!(cells(&mapped, "orders", "OrganizationId"), row([("a", Some("1"))]));
}
