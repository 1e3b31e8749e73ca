//! Which rows do keys and references mean?

use serde_json::json;

use super::{cells, row};
use crate::place::{Place, counts, table_of};

#[test]
fn keys_of_each_table_have_their_own_form() {
    let guid = "6F9619FF-8B86-D011-B42D-00C04FC964FF";
    let place = Place::with(&[
        ("subscribers.csv", &format!("Id,Name\n{guid},Ann\n")),
        ("organizations.csv", "Id,Name\n1,Acme\n"),
        ("enterprise_plans.csv", "Id,Name\n{7B00A0F0-0000-0000-0000-0000000000AA},Big\nplan/ø,Small\n"),
        (
            "subscriptions.csv",
            &format!(
                "Id,SubscriberId,OrganizationId,EnterprisePlanId\n\
                 10,{},1,{{7b00a0f0-0000-0000-0000-0000000000aa}}\n11, {guid} ,01,plan/ø\n",
                guid.to_lowercase()
            ),
        ),
    ]);
    let report = place.loaded(&["."], &[]);
    let lower = guid.to_lowercase();
    assert_eq!(
        cells(&place, "subscriptions", "SubscriberId"),
        row([("10", Some(lower.as_str())), ("11", Some(lower.as_str()))])
    );
    assert_eq!(
        cells(&place, "subscriptions", "OrganizationId"),
        row([("10", Some("1")), ("11", Some("01"))])
    );
    // A GUID in braces is another key than the same one without.
    let plans = [("10", Some("{7b00a0f0-0000-0000-0000-0000000000aa}")), ("11", Some("plan/ø"))];
    assert_eq!(cells(&place, "subscriptions", "EnterprisePlanId"), row(plans));
    assert_eq!(
        table_of(&report, "subscriptions")["unresolved"],
        json!([{"column": "OrganizationId", "target": "organizations", "rows": 1, "keys": 1}])
    );
}

#[test]
fn chains_of_periods_load_with_cycles_and_loose_ends() {
    let place = Place::with(&[(
        "subscriptions.csv",
        "Id,PreviousSubscriptionId,NextSubscriptionId\n1,,2\n2,1,3\n3,2,1\n4,4,4\n5,,99\n",
    )]);
    let report = place.loaded(&["."], &[]);
    assert_eq!(counts(&report, "subscriptions"), [5, 5, 0, 0, 0]);
    let next = [("1", Some("2")), ("2", Some("3")), ("3", Some("1")), ("4", Some("4")), ("5", Some("99"))];
    assert_eq!(cells(&place, "subscriptions", "NextSubscriptionId"), row(next));
    assert_eq!(
        table_of(&report, "subscriptions")["unresolved"],
        json!([{"column": "NextSubscriptionId", "target": "subscriptions", "rows": 1, "keys": 1}])
    );
    // The period that was renewed comes later, and takes its place.
    place.write("subscriptions-2.csv", b"Id,PreviousSubscriptionId,NextSubscriptionId\n99,5,\n4,,\n");
    let report = place.loaded(&["subscriptions-2.csv"], &[]);
    assert_eq!(counts(&report, "subscriptions"), [2, 1, 1, 0, 0]);
    assert_eq!(table_of(&report, "subscriptions")["unresolved"], json!([]));
    assert_eq!(cells(&place, "subscriptions", "NextSubscriptionId")["4"], None);
}

#[test]
fn what_a_replacement_drops_is_unresolved_wherever_the_reference_stands() {
    let place = Place::with(&[
        ("subscriber_contacts.csv", "Id,SubscriberId\nc,1\nd,2\n"),
        ("subscribers.csv", "Id,Name\n1,Ann\n2,Bo\n"),
        ("subscriptions.csv", "Id,NextSubscriptionId\n1,2\n2,\n"),
    ]);
    place.snapshot();
    place.write("new/subscriber_contacts.csv", b"Id,SubscriberId\nc,1\ne,2\n");
    place.write("new/subscribers.csv", b"Id,Name\n1,Ann\n");
    place.write("new/subscriptions.csv", b"Id,NextSubscriptionId\n1,2\n");
    let report = place.loaded(&["new"], &["--mode", "replace"]);
    assert_eq!(
        table_of(&report, "subscriber_contacts")["unresolved"],
        json!([{"column": "SubscriberId", "target": "subscribers", "rows": 1, "keys": 1}])
    );
    assert_eq!(
        table_of(&report, "subscriptions")["unresolved"],
        json!([{"column": "NextSubscriptionId", "target": "subscriptions", "rows": 1, "keys": 1}])
    );
}

#[test]
fn tables_load_in_any_order_to_the_same_end() {
    let files = [
        ("subscriber_contacts.csv", "Id,SubscriberId,IsPrimary\nc1,s1,1\nc2,s2,0\n"),
        ("subscribers.csv", "Id,Name,ContactId\ns1,Ann,c1\ns2,Bo,\n"),
        ("subscriptions.csv", "Id,SubscriberId,NextSubscriptionId\np1,s1,p2\np2,s1,\np3,s9,p9\n"),
        ("payments.csv", "Id,SubscriberId,Amount,Currency\n1,s1,10.5,NOK\n2,s2,7,SEK\n"),
        ("tags.csv", "Id,Value,ReferenceId,ReferenceType\n1,VIP,s1,Subscriber\n2,VIP,p1,\n3,Late,2,\n"),
    ];
    let whole = Place::with(&files);
    let snapshot = whole.snapshot();
    let tables = ["subscribers", "subscriptions", "payments"];
    let tagged = |place: &Place| tables.map(|table| super::tags::tagged(place, table));
    for turn in 0..files.len() {
        let place = Place::with(&files);
        for at in 0..files.len() {
            place.loaded(&[files[(turn + 4 * at) % files.len()].0], &[]);
        }
        assert_eq!(place.info()["snapshot"], snapshot.as_str(), "{turn}");
        assert_eq!(tagged(&place), tagged(&whole), "{turn}");
    }
}
