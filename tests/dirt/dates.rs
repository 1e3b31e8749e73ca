//! Dates and times in every form that an export has been seen with.

use serde_json::json;

use crate::place::{ANY, Outcome, Place};

const HEADER: &str = "ticket_id;open_date;close_date\n";

fn tickets(opened: &[&str]) -> String {
    let rows: String = opened.iter().enumerate().map(|(i, o)| format!("T{i};{o};\n")).collect();
    format!("{HEADER}{rows}")
}

fn load(opened: &[&str], mapping: &str) -> (Place, Outcome) {
    let place = Place::with("support_tickets.csv", tickets(opened));
    let outcome = match mapping {
        "" => place.load(ANY),
        _ => place.load_mapped(mapping, ANY),
    };
    (place, outcome)
}

/// The days on which tickets were opened.
fn days(place: &Place) -> Vec<String> {
    let rows = place.rows(&["tickets_opened", "--every", "day", "--no-fill"]);
    rows.as_array().unwrap().iter().map(|r| r[0].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_no_date_says_why() {
    for (opened, reason, says) in [
        ("2024-02-30", "no_such_day", "no such day"),
        ("2023-02-29", "no_such_day", "no such day"),
        ("0000-00-00", "no_such_day", "no such day"),
        ("2024-13-01", "no_such_day", "no such day"),
        ("30/02/2024", "no_such_day", "no such day"),
        ("24-02-01", "two_digit_year", "two digits"),
        ("01/02/24", "two_digit_year", "two digits"),
        ("45322", "serial_date", "say formats in the mapping"),
        ("45322.5", "serial_date", "say formats in the mapping"),
        ("1706688203", "serial_date", "say formats in the mapping"),
        ("1706688203250", "serial_date", "say formats in the mapping"),
        ("2024-01-31 24:00:00", "hour_24", "the next day's 00:00"),
        ("2024-01-31 23:59:60", "not_a_time", "not a time"),
        ("2024-01-31 25:00", "not_a_time", "not a time"),
        ("2024-01-31 10:00 EST", "unknown_zone", "say zone_names"),
        ("2024-01-31 10:00:00 CST", "unknown_zone", "say zone_names"),
        ("2024-01-31 10:00:00.12345678", "fraction_too_fine", "seven digits"),
        ("Jan 31 2024", "not_a_date", "not a date"),
        ("soon", "not_a_date", "not a date"),
        ("2024-01", "not_a_date", "not a date"),
        ("10000-01-01", "not_a_date", "not a date"),
        ("", "required_empty", "empty"),
        ("NULL", "required_empty", "empty"),
    ] {
        let (place, outcome) = load(&["2024-02-29", opened], "");
        assert_eq!(outcome.counts("support_tickets"), [2, 1, 0, 1, 0], "{opened}");
        assert_eq!(outcome.faults("support_tickets"), [(3, "open_date", reason)], "{opened}");
        let put = &outcome.quarantine[0];
        assert!(put.explanation.contains(says) && put.value == opened, "{put:?}");
        assert_eq!(days(&place), ["2024-02-29"]);
    }
}

#[test]
fn every_form_of_a_time_is_the_same_instant() {
    let forms = [
        "2024-08-27 14:05:00",
        "2024-08-27T14:05:00",
        "2024-08-27T14:05:00Z",
        "2024-08-27T14:05:00.0000000+00:00",
        "2024-08-27 16:05:00 +0200",
        "27/08/2024 14:05",
        "27.08.2024 2:05:00 PM",
        "27-08-2024 02:05 pm",
        "2024/08/27 14:05",
        "2024-08-27 14:05 UTC",
    ];
    let (place, outcome) = load(&forms, "");
    assert_eq!(outcome.counts("support_tickets"), [10, 10, 0, 0, 0]);
    assert_eq!(days(&place), ["2024-08-27"]);
    let in_zone = ["tickets_opened", "--every", "day", "--no-fill", "--tz", "Asia/Tokyo"];
    assert_eq!(place.rows(&in_zone).as_array().unwrap().len(), 1, "one instant has one day");
}

#[test]
fn the_order_of_day_and_month_is_decided_or_asked_for() {
    let (place, outcome) = load(&["05/06/2024", "01/02/2024"], "");
    outcome.assert_refused(&[
        "support_tickets.csv line 2: open_date '05/06/2024'",
        "date_order = \"day_first\" or \"month_first\"",
    ]);
    assert!(place.is_empty());
    let tie = load(&["27/08/2024", "08/27/2024", "05/06/2024"], "").1;
    tie.assert_refused(&["do not tell day and month apart"]);

    let (place, outcome) = load(&["05/06/2024", "27/08/2024"], "");
    assert_eq!(outcome.counts("support_tickets"), [2, 2, 0, 0, 0]);
    assert_eq!(days(&place), ["2024-06-05", "2024-08-27"]);
    // What was found holds for later loads.
    place.write("support_tickets-2.csv", format!("{HEADER}T8;07/06/2024;\nT9;08/27/2024;\n"));
    let later = place.load(ANY);
    assert_eq!(later.faults("support_tickets"), [(3, "open_date", "date_order_contradicted")]);
    assert!(later.quarantine[0].explanation.contains("day first"));
    assert_eq!(days(&place), ["2024-06-05", "2024-06-07", "2024-08-27"]);

    let (place, _) = load(&["05/06/2024"], "[support_tickets]\ndate_order = \"month_first\"\n");
    assert_eq!(days(&place), ["2024-05-06"]);
    let (place, outcome) = load(&["05/05/2024", "2024-01-31"], "");
    assert_eq!((outcome.status, days(&place).len()), (0, 2), "nothing hangs on the order");
}

#[test]
fn the_mapping_reads_serial_times_and_names_of_zones() {
    for (form, opened) in [
        ("epoch_seconds", "1706688203"),
        ("epoch_milliseconds", "1706688203250"),
        ("excel", "45322"),
        ("excel", "45322.3356828704"),
    ] {
        let mapping = format!("[support_tickets]\nformats = {{ open_date = \"{form}\" }}\n");
        let (place, outcome) = load(&[opened, "2024-01-31"], &mapping);
        assert_eq!(days(&place), ["2024-01-31"], "{form}");
        assert_eq!(outcome.faults("support_tickets"), [(3, "open_date", "not_a_serial_time")]);
    }
    let zones = "[support_tickets]\nzone_names = { EST = \"-05:00\", CST = \"America/Chicago\" }\n";
    let (place, outcome) = load(&["2024-01-31 20:00 EST", "2024-01-31 20:00:00 cst"], zones);
    assert_eq!((outcome.counts("support_tickets")[1], days(&place)), (2, vec!["2024-02-01".to_owned()]));
}

#[test]
fn times_that_a_zone_skips_or_repeats_are_read_and_counted() {
    let times = ["2024-03-31 02:30:00", "2024-10-27 02:30:00", "2024-10-27 03:30:00"];
    let oslo = "[defaults]\ntime_zone = \"Europe/Oslo\"\n";
    let closed = |first: &str, second: &str| {
        let text = format!("{HEADER}T1;{first};{second}\n");
        let place = Place::with("support_tickets.csv", text);
        (place.load_mapped(oslo, ANY), place)
    };
    let (_, outcome) = load(&times, oslo);
    assert_eq!(outcome.noticed("support_tickets", "local times that the source zone skips"), 1);
    assert_eq!(outcome.noticed("support_tickets", "local times that occur twice"), 1);
    assert_eq!(outcome.counts("support_tickets"), [3, 3, 0, 0, 0]);
    // 02:30 does not exist and is 03:30 in summer, which is 01:30 UTC.
    assert_eq!(
        closed("2024-03-31T01:30:00Z", "2024-03-31 02:30:00").0.counts("support_tickets"),
        [1, 1, 0, 0, 0]
    );
    assert_eq!(
        closed("2024-03-31T01:30:01Z", "2024-03-31 02:30:00").0.counts("support_tickets"),
        [1, 0, 0, 1, 0]
    );
    // 02:30 occurs twice, and is the earlier: 00:30 UTC.
    assert_eq!(
        closed("2024-10-27T00:30:00Z", "2024-10-27 02:30:00").0.counts("support_tickets"),
        [1, 1, 0, 0, 0]
    );
    assert_eq!(
        closed("2024-10-27T00:30:01Z", "2024-10-27 02:30:00").0.counts("support_tickets"),
        [1, 0, 0, 1, 0]
    );
}

#[test]
fn a_date_is_no_instant_and_an_end_not_before_its_beginning() {
    let text = format!(
        "{HEADER}T1;2024-03-02;2024-03-01\nT2;2024-03-02;2024-03-02\nT3;2024-03-02 10:00;2024-03-02\nT4;2024-03-02 10:00;2024-03-02 09:59\n"
    );
    let place = Place::with("support_tickets.csv", text);
    let outcome = place.load(ANY);
    assert_eq!(
        outcome.faults("support_tickets"),
        [(2, "close_date", "before_other_column"), (5, "close_date", "before_other_column")]
    );
    let users =
        Place::with("users.csv", "user_id,registration_date\nU1,2024-01-01T00:30:00+09:00\nU2,2024-01-01\n");
    assert_eq!(users.load_mapped("[users]\ntime_zone = \"Asia/Tokyo\"\n", &[]).status, 0);
    let first = users.rows(&["signups", "--every", "day"])[0].clone();
    assert_eq!((&first[0], &first[1]), (&json!("2024-01-01"), &json!(2)));
}

#[test]
fn dates_years_ahead_are_kept_and_warned_of() {
    let days: String = (0..1000).map(|i| format!("T{i};2024-01-{:02};\n", 1 + i % 28)).collect();
    let place = Place::with("support_tickets.csv", format!("{HEADER}{days}T;9999-12-31;\n"));
    assert_eq!(place.load(&[]).counts("support_tickets"), [1001, 1001, 0, 0, 0]);
    let done = place.run(&["query", "tickets_opened", "--every", "year", "--no-fill", "--format", "json"]);
    let result: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((&result["rows"][0][1], &result["rows"][1][1]), (&json!(1000), &json!(1)));
    let warnings = result["warnings"].to_string();
    assert!(warnings.contains("9999-12-31 lies more than 31 days past 2024-01-28"), "{warnings}");
}
