//! Do the exports of a subscription business load as they are meant?

use std::collections::BTreeMap;

use quipu::index;
use quipu::store::Snapshot;

use crate::place::Place;

/// What is on the rows of a table, by the tag's spelling: the rows' keys.
fn tagged(place: &Place, table: &str) -> BTreeMap<String, Vec<String>> {
    let snapshot = Snapshot::open(&place.store()).unwrap();
    let tags = snapshot.named("tags").unwrap();
    let spellings = tags.dictionary(tags.def.column("Value")).unwrap().unwrap();
    let sets = index::tags::sets(&snapshot, table).unwrap();
    sets.into_iter().map(|(code, ids)| (spellings.text(code as u32), keys(&snapshot, table, ids))).collect()
}

fn keys(snapshot: &Snapshot, table: &str, ids: impl IntoIterator<Item = u32>) -> Vec<String> {
    let table = snapshot.named(table).unwrap();
    let chunks = table.chunks().unwrap();
    let keys = chunks[0].1.keys("Id").unwrap();
    let mut keys: Vec<String> =
        ids.into_iter().map(|id| String::from_utf8(keys.get(id as usize).unwrap()).unwrap()).collect();
    keys.sort();
    keys
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
