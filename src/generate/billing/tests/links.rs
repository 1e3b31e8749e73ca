//! Every table is one of the model, every key is unique and every reference is accounted for.

use super::{Export, some};
use crate::generate::billing_headers;
use crate::model::{ColumnType, Model, SCHEMA, TableDef};
use std::collections::{BTreeMap, BTreeSet};

fn declared(name: &str) -> &'static TableDef {
    let id = SCHEMA.match_name(name).unwrap_or_else(|| panic!("{name} names no table"));
    SCHEMA.get(id)
}

#[test]
fn the_headers_are_those_of_the_model() {
    let mut seen = BTreeSet::new();
    for (name, header) in billing_headers() {
        let table = declared(name);
        assert_eq!(name.split_once('.').map(|(schema, _)| schema), Some(table.schema), "{name}");
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        assert_eq!(header, columns.join(","), "{name}");
        assert!(seen.insert(table.name), "{} is there twice", table.name);
    }
    let all: BTreeSet<&str> = SCHEMA.of_model(Model::Billing).map(|(_, table)| table.name).collect();
    assert_eq!(seen, all);
}

/// The keys of each table, GUIDs in lower case.
fn keys(export: &Export) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut keys = BTreeMap::new();
    for (name, _) in billing_headers() {
        let table = declared(name);
        if table.key().is_some() {
            let of_table: BTreeSet<String> = export.table(name).column("Id").map(str::to_lowercase).collect();
            assert_eq!(of_table.len(), export.table(name).0.len(), "{name}.Id is unique");
            keys.insert(table.name, of_table);
        }
    }
    keys
}

#[test]
fn references_find_their_rows_but_for_a_few() {
    /// References that lead nowhere, in thousandths.
    const UNKNOWN_MAX: &[(&str, &str, usize)] =
        &[("subscribers", "ContactId", 8), ("order_products", "ProductId", 8), ("payments", "InvoiceId", 8)];
    let export = Export::new(2000, 11);
    let keys = keys(&export);
    for (name, _) in billing_headers() {
        let table = declared(name);
        for column in table.columns {
            let ColumnType::Reference(to) = column.ty else { continue };
            let cells = || export.table(name).column(column.name).filter_map(some);
            let unknown = cells().filter(|cell| !keys[to].contains(&cell.to_lowercase())).count();
            let max = UNKNOWN_MAX.iter().find(|(of, is, _)| (*of, *is) == (table.name, column.name));
            let share = unknown * 1000 / cells().count().max(1);
            match max {
                Some((.., max)) => {
                    assert!(unknown > 0 && share <= *max, "{name}.{}: {share} ‰ unknown", column.name);
                }
                None => assert_eq!(unknown, 0, "{name}.{}", column.name),
            }
            assert!(cells().count() > 0, "{name}.{} is empty", column.name);
        }
    }
}

#[test]
fn a_tag_refers_to_one_row_even_if_it_does_not_say_of_which_table() {
    let export = Export::new(2000, 12);
    let keys = keys(&export);
    let ColumnType::AnyReference { tables, .. } = declared("tags").columns[2].ty else {
        panic!("the reference of a tag");
    };
    let mut untyped = 0;
    for row in export.rows("dbo.Tag") {
        let (kind, key) = (row["ReferenceType"].as_str(), &row["ReferenceId"]);
        let found: Vec<&str> =
            tables.iter().filter(|(_, table)| keys[table].contains(key)).map(|(kind, _)| *kind).collect();
        match kind {
            "" => {
                assert_eq!(found.len(), 1, "{key} is in {found:?}");
                untyped += 1;
            }
            kind => assert!(found.contains(&kind), "{key} of {kind} is in {found:?}"),
        }
    }
    assert!(untyped > 0);
}
