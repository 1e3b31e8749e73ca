//! Which rows carry which tag, and which products are in which group?

use std::collections::BTreeMap;

use quipu::index;
use quipu::store::Snapshot;
use serde_json::json;

use super::{faults, keys};
use crate::place::{Place, counts, table_of};

/// What is on the rows of a table, by the tag's spelling: the rows' keys.
pub(super) fn tagged(place: &Place, table: &str) -> BTreeMap<String, Vec<String>> {
    let snapshot = Snapshot::open(&place.store()).unwrap();
    let tags = snapshot.named("tags").unwrap();
    let spellings = tags.dictionary(tags.def.column("Value")).unwrap().unwrap();
    let sets = index::tags::sets(&snapshot, table).unwrap();
    sets.into_iter().map(|(code, ids)| (spellings.text(code as u32), keys(&snapshot, table, ids))).collect()
}

fn sets<const N: usize>(expected: [(&str, &[&str]); N]) -> BTreeMap<String, Vec<String>> {
    expected
        .iter()
        .map(|(tag, keys)| (tag.to_string(), keys.iter().map(ToString::to_string).collect()))
        .collect()
}

const TAGGED: [(&str, &str); 4] = [
    ("subscribers.csv", "Id,Name\nS1,Ann\nS2,Bo\n7,Cy\n"),
    ("subscriptions.csv", "Id,SubscriberId\nP1,S1\nP2,S9\n"),
    ("payments.csv", "Id,Amount\n7,10\n8,20\n"),
    (
        "Tag.csv",
        "Id,Value,ReferenceId,ReferenceType\n\
         1,VIP,S1,Subscriber\n2,vip,S2,subscriber\n3,VIP,S9,Subscriber\n4,Store:Oslo,P1,\n\
         5,Late,8,Payment\n6,Late,8,\n7,Gone,S1,Invoice\n8,,S1,Subscriber\n9,VIP,nobody,Subscriber\n",
    ),
];

#[test]
fn tags_are_on_the_rows_that_they_refer_to() {
    let place = Place::with(&TAGGED);
    place.snapshot();
    assert_eq!(tagged(&place, "subscribers"), sets([("VIP", &["S1", "S9"]), ("vip", &["S2"])]));
    assert_eq!(tagged(&place, "subscriptions"), sets([("Store:Oslo", &["P1"])]));
    assert_eq!(tagged(&place, "payments"), sets([("Late", &["8"])]));
    assert_eq!(tagged(&place, "subscriber_accounts"), sets([]));
}

#[test]
fn a_late_row_gets_its_tags() {
    let place = Place::with(&TAGGED);
    place.loaded(&["Tag.csv", "payments.csv"], &[]);
    assert_eq!(tagged(&place, "subscribers"), sets([]));
    assert_eq!(tagged(&place, "subscriptions"), sets([]));
    place.loaded(&["subscriptions.csv"], &[]);
    assert_eq!(tagged(&place, "subscriptions"), sets([("Store:Oslo", &["P1"])]));
    // The subscriptions mention these two.
    assert_eq!(tagged(&place, "subscribers"), sets([("VIP", &["S1", "S9"])]));
    place.loaded(&["subscribers.csv"], &[]);
    assert_eq!(tagged(&place, "subscribers"), sets([("VIP", &["S1", "S9"]), ("vip", &["S2"])]));
}

#[test]
fn tags_follow_the_spelling_of_their_kind() {
    let place = Place::with(&TAGGED);
    place.write("subscribers.csv", b"Id\n7\n");
    place.write("Tag.csv", b"Id,Value,ReferenceId,ReferenceType\n1,VIP,7,Subscriber\n");
    place.snapshot();
    assert_eq!(tagged(&place, "subscribers"), sets([("VIP", &["7"])]));
    // The rows are the same but for the text behind a code.
    place.write("Tag.csv", b"Id,Value,ReferenceId,ReferenceType\n1,VIP,7,Payment\n");
    place.loaded(&["Tag.csv"], &["--mode", "replace"]);
    assert_eq!(tagged(&place, "subscribers"), sets([]));
    assert_eq!(tagged(&place, "payments"), sets([("VIP", &["7"])]));
}

#[test]
fn a_tag_whose_key_two_tables_have_needs_its_kind() {
    let tags = "Id,Value,ReferenceId,ReferenceType\n1,VIP,7,\n2,VIP,7,Payment\n3,VIP,8,\n4,VIP,9,\n";
    let place = Place::with(&TAGGED);
    place.write("Tag.csv", tags.as_bytes());
    let report = place.loaded(&["."], &["--max-rejects", "1"]);
    assert_eq!(counts(&report, "tags"), [4, 3, 0, 1, 0]);
    assert_eq!(faults(&place, "tags"), [["ambiguous_reference", "ReferenceId", "7", "2"]]);
    assert_eq!(tagged(&place, "payments"), sets([("VIP", &["7", "8"])]));
    assert_eq!(tagged(&place, "subscribers"), sets([]));

    // The rows of the store count as well.
    let place = Place::with(&TAGGED);
    place.loaded(&["subscribers.csv", "payments.csv"], &[]);
    place.write("Tag.csv", tags.as_bytes());
    let report = place.loaded(&["Tag.csv"], &["--max-rejects", "1"]);
    assert_eq!(counts(&report, "tags"), [4, 3, 0, 1, 0]);
    // So do not those of a table that is replaced.
    place.write("payments.csv", b"Id,Amount\n8,20\n");
    let report = place.loaded(&["Tag.csv", "payments.csv"], &["--mode", "replace"]);
    assert_eq!(counts(&report, "tags"), [4, 4, 0, 0, 0]);
    assert_eq!(tagged(&place, "subscribers"), sets([("VIP", &["7"])]));
}

#[test]
fn a_tag_that_becomes_ambiguous_later_is_on_no_row() {
    let place = Place::with(&TAGGED);
    place.write("Tag.csv", b"Id,Value,ReferenceId\n1,VIP,7\n");
    place.loaded(&["Tag.csv", "subscribers.csv"], &[]);
    assert_eq!(tagged(&place, "subscribers"), sets([("VIP", &["7"])]));
    place.loaded(&["payments.csv"], &[]);
    assert_eq!(tagged(&place, "subscribers"), sets([]));
    assert_eq!(tagged(&place, "payments"), sets([]));
}

#[test]
fn tags_that_find_no_row_are_counted() {
    let place = Place::with(&TAGGED);
    place.write(
        "Tag.csv",
        b"Id,Value,ReferenceId,ReferenceType\n\
          1,a,S1,Subscriber\n2,a,S8,Subscriber\n3,b,S8,subscriber\n4,a,S1,Payment\n5,a,nobody,\n6,a,S1,Invoice\n7,a,,Payment\n",
    );
    let report = place.loaded(&["."], &[]);
    let tags = table_of(&report, "tags");
    let all = "subscriptions | subscribers | subscriber_accounts | payments | payment_demands";
    assert_eq!(
        tags["unresolved"],
        json!([
            {"column": "ReferenceId", "target": "subscribers", "rows": 2, "keys": 1},
            {"column": "ReferenceId", "target": "payments", "rows": 1, "keys": 1},
            {"column": "ReferenceId", "target": all, "rows": 1, "keys": 1},
        ])
    );
    assert_eq!(tags["outside_domain"], json!({"ReferenceType": {"Invoice": 1}}));
}

#[test]
fn groups_hold_their_products() {
    let place = Place::with(&[
        ("reporting_groups.csv", "Id,Name\nG1,Print\nG2,Digital\n"),
        ("products.csv", "Id,Name\n1,Paper\n2,App\n"),
        (
            "product_reporting_groups.csv",
            "Id,ReportingGroupId,ProductId,PermanentDiscount\na,G1,1,\nb,G2,2,\nc,G2,1,\nd,G1,,Student\n",
        ),
    ]);
    place.snapshot();
    let snapshot = Snapshot::open(&place.store()).unwrap();
    let groups: BTreeMap<String, Vec<String>> = index::groups::products(&snapshot)
        .unwrap()
        .into_iter()
        .map(|(group, products)| {
            (
                keys(&snapshot, "reporting_groups", [group as u32]).remove(0),
                keys(&snapshot, "products", products),
            )
        })
        .collect();
    assert_eq!(groups, sets([("G1", &["1"]), ("G2", &["1", "2"])]));
}
