//! Keys that come twice, come late, or do not come at all.

use serde_json::{Value, json};

use crate::place::{ANY, Place};

fn unresolved(place: &Place, table: &str) -> Vec<(String, u64, u64)> {
    let outcome = place.load(&["--mode", "replace"]);
    let found = outcome.of(table, "unresolved").as_array().unwrap().clone();
    let number = |u: &Value, name: &str| u[name].as_u64().unwrap();
    found
        .iter()
        .map(|u| (u["column"].as_str().unwrap().to_owned(), number(u, "rows"), number(u, "keys")))
        .collect()
}

#[test]
fn keys_are_exact_and_only_guids_ignore_case() {
    let guid = "6F9619FF-8B86-D011-B42D-00C04FC964FF";
    let rows = [
        "007",
        "7",
        "0007",
        "1E5",
        "+7",
        "-0",
        " U9 ",
        "u9",
        "=1+1",
        "ø",
        guid,
        &guid.to_lowercase(),
        "1.23E+15",
        "",
        "NULL",
        "\"\"",
    ];
    let text: String = rows.iter().map(|key| format!("{key},Acme\n")).collect();
    let place = Place::with("users.csv", format!("user_id,company\n{text}"));
    let outcome = place.load(ANY);
    assert_eq!(outcome.counts("users"), [16, 11, 0, 4, 1]);
    let reasons: Vec<_> = outcome.quarantine.iter().map(|p| (p.line, p.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [(14, "scientific_notation"), (15, "required_empty"), (16, "required_empty"), (17, "required_empty")]
    );
    assert!(outcome.quarantine[0].explanation.contains("a spreadsheet has cut the digits"));
}

#[test]
fn earlier_rows_are_compared_with_the_one_that_stays() {
    for (table, header) in [("users", "user_id,company"), ("billing_events", "event_id,event_type")] {
        for (cells, identical, differing) in [("ABA", 1, 1), ("AABB", 1, 2), ("AAA", 2, 0), ("ABC", 0, 2)] {
            let rows: String = cells.chars().map(|cell| format!("K7,{cell}\n")).collect();
            // A smaller key behind: the keys of the file do not rise.
            let place = Place::with(&format!("{table}.csv"), format!("{header}\n{rows}K1,A\n"));
            let outcome = place.load(&[]);
            assert_eq!(
                (outcome.of(table, "skipped_identical"), outcome.of(table, "skipped_differing")),
                (&json!(identical), &json!(differing)),
                "{table}: {cells}"
            );
        }
    }
}

#[test]
fn the_last_row_of_a_key_wins_and_the_others_are_told_apart() {
    let rows = "U1,Acme\nU2,Birch\nU1,Cedar\nU2,Birch\n";
    let place = Place::with("users-1.csv", format!("user_id,company\n{rows}"));
    place.write("users-2.csv", "company,user_id\nCedar,U1\nDale,U3\n");
    let outcome = place.load(&[]);
    assert_eq!(outcome.counts("users"), [6, 3, 0, 0, 3]);
    assert_eq!(
        (outcome.of("users", "skipped_identical"), outcome.of("users", "skipped_differing")),
        (&json!(2), &json!(1))
    );
    let alone = Place::with("users.csv", "user_id,company\nU2,Birch\nU1,Cedar\nU3,Dale\n");
    let again = alone.load(&[]);
    assert_eq!(again.counts("users"), [3, 3, 0, 0, 0]);
    // A key that is stored is replaced, also by a row that says the same.
    alone.write("users-2.csv", "user_id,company\nU1,Elm\nU2,Birch\nU4,Elm\nU4,Elm\n");
    assert_eq!(alone.load(&[]).counts("users"), [4, 1, 2, 0, 1]);
    let overlapping = Place::with("users-1.csv", "user_id\nU1\nU2\nU3\n");
    overlapping.write("users-2.csv", "user_id\nU2\nU3\nU4\n");
    assert_eq!(overlapping.load(&[]).counts("users"), [6, 4, 0, 0, 2]);
}

#[test]
fn a_quarantined_row_does_not_take_the_place_of_a_right_one() {
    let place = Place::with("users.csv", "user_id,registration_date\nU1,2024-01-02\nU1,never\n");
    assert_eq!(place.load(ANY).counts("users"), [2, 1, 0, 1, 0]);
    assert_eq!(place.rows(&["signups", "--every", "all"])[0][0], 1);
    place.write("users-2.csv", "user_id,registration_date\nU1,2024-99-02\nU1,2024-01-05\n");
    assert_eq!(place.load(ANY).counts("users"), [2, 0, 1, 1, 0]);
    assert_eq!(place.rows(&["signups", "--every", "day"])[0][0], "2024-01-05");
}

#[test]
fn references_without_a_row_are_kept_counted_and_healed() {
    let files = [
        (
            "meetings.csv",
            "meeting_id,host_user_id,start_time\nM1,U1,2024-03-01 09:00:00\nM2,,2024-03-02 09:00:00\n",
            "host_user_id",
        ),
        (
            "attendees.csv",
            "attendee_id,meeting_id,user_id,join_time\nA1,M9,U1,2024-03-01 09:00:00\nA2,M9,,2024-03-01 09:00:00\n",
            "meeting_id",
        ),
        (
            "features_usage.csv",
            "usage_id,meeting_id,usage_timestamp\nF1,M9,2024-03-01 09:00:00\n",
            "meeting_id",
        ),
        ("support_tickets.csv", "ticket_id,user_id,open_date\nT1,U1,2024-03-01\n", "user_id"),
        ("billing_events.csv", "event_id,user_id,amount,transaction_date\nE1,U1,5,2024-03-01\n", "user_id"),
        (
            "licenses.csv",
            "license_id,assigned_user_id,start_date\nL1,U1,2024-01-01\nL2,,2024-01-01\n",
            "assigned_user_id",
        ),
    ];
    for (name, text, column) in files {
        let place = Place::with(name, text);
        let table = name.trim_end_matches(".csv");
        let rows = text.lines().count() as u64 - 1;
        assert_eq!(place.load(&[]).counts(table), [rows, rows, 0, 0, 0]);
        let found = unresolved(&place, table);
        assert!(
            found.iter().any(|(c, rows, keys)| c == column && *rows >= 1 && *keys == 1),
            "{table}: {found:?}"
        );
        place.write("users.csv", "user_id\nU1\n");
        place.write(
            "more/meetings.csv",
            "meeting_id,start_time\nM1,2024-03-01 09:00:00\nM2,2024-03-02 09:00:00\nM9,2024-03-01 09:00:00\n",
        );
        if table != "meetings" {
            assert_eq!(unresolved(&place, table), [], "{table}");
        }
    }
    let place = Place::with("meetings.csv", files[0].1);
    place.load(&[]);
    assert_eq!(place.rows(&["mau", "--every", "all"]), json!([[0]]));
    place.write("users.csv", "user_id\nU1\n");
    place.load(&[]);
    assert_eq!(place.rows(&["mau", "--every", "all"]), json!([[1]]), "the late row counts");
}

#[test]
fn references_between_the_periods_of_a_subscription_may_go_in_circles() {
    let place = Place::with(
        "subscriptions.csv",
        "Id,SubscriberId,StartDate,EndDate,Price,PreviousSubscriptionId,NextSubscriptionId\n\
         S1,C1,2024-01-01,2024-02-01,10,S1,S1\nS2,C1,2024-01-01,2024-02-01,10,S3,S3\nS3,C1,2024-02-01,2024-03-01,10,S2,S2\n",
    );
    place.write("subscribers.csv", "Id\nC1\n");
    assert_eq!(place.load(&[]).counts("subscriptions"), [3, 3, 0, 0, 0]);
    let done = place.run(&["check"]);
    assert_eq!(done.status, 4, "{}", done.out);
    assert!(done.out.contains("S1") && done.out.contains("S2"), "{}", done.out);
}

#[test]
fn a_tag_that_may_mean_two_rows_is_put_aside() {
    let place = Place::with(
        "Tag.csv",
        "Id,Value,ReferenceId,ReferenceType\nT1,Store:Oslo,S1,Subscription\nT2,x,S1,Alien\nT3,y,S1,\nT4,z,,Subscriber\nT5,v,S9,\n",
    );
    place.write("subscriptions.csv", "Id,StartDate\nS1,2024-01-01\n");
    place.write("subscribers.csv", "Id,Name\nS1,Ann\n");
    let outcome = place.load(ANY);
    assert_eq!(outcome.counts("tags"), [5, 4, 0, 1, 0]);
    assert_eq!(outcome.faults("tags"), [(4, "ReferenceId", "ambiguous_reference")]);
    assert_eq!(outcome.of("tags", "outside_domain"), &json!({"ReferenceType": {"Alien": 1}}));
}

#[test]
fn values_outside_a_domain_are_kept_and_counted() {
    let place = Place::with("users.csv", "user_id,plan_type\nU1, pro \nU2,Gold\nU3,PRO\nU4,gold\nU5,N/A\n");
    let outcome = place.load(&[]);
    assert_eq!(outcome.counts("users"), [5, 5, 0, 0, 0]);
    assert_eq!(outcome.of("users", "outside_domain"), &json!({"plan_type": {"Gold": 1, "gold": 1}}));
}
