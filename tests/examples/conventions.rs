//! Zones, intervals, fills, comparisons, totals, top groups, filters.

use super::{ask, attendee, check, day, event, every, meeting, ticket, user};
use crate::reference::data::Dataset;
use crate::reference::filter::{Expr, Literal, Operator};
use crate::reference::period::Grain;
use crate::reference::request::{Compare, Request};

/// One meeting per day and company: Acme on the 1st, 2nd and 3rd, Globex on the 3rd and 10th.
fn companies() -> Dataset {
    let mut data = Dataset {
        users: vec![user("ann", "Pro", ""), user("bob", "Free", ""), user("eve", "Free", "")],
        ..Dataset::default()
    };
    data.users[0].company = Some("Acme".to_owned());
    data.users[1].company = Some("globex".to_owned());
    data.users[2].company = Some(" Globex ".to_owned());
    for (key, host, date) in [
        ("m1", "ann", "2025-01-01"),
        ("m2", "ann", "2025-01-02"),
        ("m3", "ann", "2025-01-03"),
        ("m4", "bob", "2025-01-03"),
        ("m5", "eve", "2025-01-10"),
    ] {
        let (start, end) = (format!("{date}T08:00:00"), format!("{date}T08:10:00"));
        data.meetings.push(meeting(key, host, &start, &end));
    }
    data
}

fn equals(name: &str, text: &str) -> Option<Expr> {
    let value = Literal::Text(text.to_owned());
    Some(Expr::Compare { name: name.to_owned(), operator: Operator::Equal, value })
}

#[test]
fn the_day_is_that_of_the_zone() {
    let data = Dataset {
        users: vec![user("ann", "Pro", "")],
        meetings: vec![meeting("m1", "ann", "2025-03-30T22:30:00", "2025-03-30T22:40:00")],
        ..Dataset::default()
    };
    let at = |tz| Request { tz, ..ask("dau", &["weekday", "hour"]) };
    check(&data, &at("UTC"), &["2025-03-30 7 22 1"]);
    check(&data, &at("Europe/Oslo"), &["2025-03-31 1 0 1"]);
    check(&data, &at("Asia/Kolkata"), &["2025-03-31 1 4 1"]);
}

#[test]
fn a_day_that_a_zone_has_skipped_is_empty() {
    let data = Dataset {
        users: vec![user("ann", "Pro", "")],
        meetings: vec![
            meeting("m1", "ann", "2011-12-30T09:59:59", "2011-12-30T11:00:00"),
            meeting("m2", "ann", "2011-12-30T10:00:00", "2011-12-30T10:30:00"),
        ],
        ..Dataset::default()
    };
    let apia = |kpi| Request { tz: "Pacific/Apia", ..ask(kpi, &[]) };
    check(&data, &apia("dau"), &["2011-12-29 1", "2011-12-30 0", "2011-12-31 1"]);
    let peaks = ["2011-12-29 1", "2011-12-30 0", "2011-12-31 2"];
    check(&data, &apia("peak_concurrency"), &peaks);
}

#[test]
fn limits_clip_rows_and_keep_the_label() {
    let mut request = every(Grain::Month, ask("meeting_minutes", &[]));
    request.from = Some(day("2025-01-02"));
    request.to = Some(day("2025-01-03"));
    check(&companies(), &request, &["2025-01-01 30 3"]);
    request.every = Some(Grain::All);
    check(&companies(), &request, &["30 3"]);
    request.to = None;
    request.as_of = Some(day("2025-01-02"));
    check(&companies(), &request, &["10 1"]);
}

#[test]
fn the_watermark_is_over_all_tables() {
    let mut data = companies();
    data.tickets = vec![ticket("t1", "", "2025-03-01", "2025-04-01T00:30:00")];
    let request = every(Grain::Month, ask("meeting_minutes", &[]));
    let months = ["2025-01-01 50 5", "2025-02-01 0 0", "2025-03-01 0 0", "2025-04-01 0 0"];
    check(&data, &request, &months);
    let new_york = Request { tz: "America/New_York", ..request.clone() };
    check(&data, &new_york, &months[..3]);
    let bare = Request { no_fill: true, ..request };
    check(&data, &bare, &months[..1]);
}

#[test]
fn spellings_fall_together_and_the_most_frequent_is_shown() {
    let mut data = companies();
    let request = every(Grain::All, ask("meeting_minutes", &["company"]));
    check(&data, &request, &["Acme 30 3", "Globex 20 2"]);
    data.users.push(user("dan", "", ""));
    data.users[3].company = Some("globex".to_owned());
    check(&data, &request, &["Acme 30 3", "globex 20 2"]);
}

#[test]
fn an_unknown_user_has_no_attributes_and_meets_no_condition() {
    let mut data = companies();
    data.meetings.push(meeting("m6", "zoe", "2025-01-03T08:00:00", "2025-01-03T08:10:00"));
    let mut request = every(Grain::All, ask("meeting_minutes", &["company"]));
    check(&data, &request, &["Acme 30 3", "Globex 20 2", "- 10 1"]);
    let acme = equals("company", "acme");
    request.filter = acme.clone();
    check(&data, &request, &["Acme 30 3"]);
    request.filter = acme.map(|acme| Expr::Not(Box::new(acme)));
    check(&data, &request, &["Globex 20 2"]);
    request.filter = equals("host_user_id", "zoe");
    check(&data, &request, &["- 10 1"]);
    request.filter = equals("user_id", "zoe");
    check(&data, &request, &[]);
}

#[test]
fn an_unfinished_bucket_is_compared_with_as_many_days() {
    let mut data = companies();
    // The second week has reached Friday: Monday to Friday of the first one hold all its meetings.
    let mut request = every(Grain::Week, ask("meeting_minutes", &[]));
    request.compare = Some(Compare::Previous);
    check(&data, &request, &["2024-12-30 40 4 - - - -", "2025-01-06 10 1 40 -30 4 -3"]);
    // When it has reached Thursday only, the two meetings of Friday do not count.
    data.meetings.pop();
    data.tickets = vec![ticket("t1", "", "2025-01-09", "")];
    check(&data, &request, &["2024-12-30 40 4 - - - -", "2025-01-06 0 0 20 -20 2 -2"]);
}

#[test]
fn a_group_that_was_not_there_before_is_compared_with_nothing() {
    let mut request = every(Grain::Day, ask("avg_meeting_duration", &["company"]));
    request.from = Some(day("2025-01-03"));
    request.compare = Some(Compare::Previous);
    check(
        &companies(),
        &request,
        &[
            "2025-01-03 Acme 10 10 10 1 10 0 10 0 10 0 1 0",
            "2025-01-03 Globex 10 10 10 1 - - - - - - 0 1",
            "2025-01-10 Globex 10 10 10 1 - - - - - - 0 1",
        ],
    );
}

#[test]
fn totals_are_computed_from_the_rows() {
    let mut data = companies();
    data.users.push(user("dan", "", ""));
    data.meetings.push(meeting("m6", "dan", "2025-01-03T08:00:00", ""));
    let request = Request { totals: true, ..every(Grain::All, ask("mau", &["company"])) };
    check(&data, &request, &["Acme 1", "Globex 2", "- 1", "- 4"]);
    data.events = vec![
        event("e1", "ann", "Payment", 5, "EUR", "2025-01-01"),
        event("e2", "bob", "Payment", 6, "EUR", "2025-01-01"),
        event("e3", "bob", "Payment", 7, "USD", "2025-01-01"),
    ];
    let money = ask("revenue_by_license_type", &["company"]);
    check(
        &data,
        &Request { totals: true, ..every(Grain::All, money) },
        &[
            "Acme - EUR 5.00 1",
            "Globex - EUR 6.00 1",
            "Globex - USD 7.00 1",
            "- - EUR 11.00 2",
            "- - USD 7.00 1",
        ],
    );
}

#[test]
fn all_but_the_top_groups_are_one() {
    let mut request = every(Grain::Week, ask("mau", &["user_id"]));
    request.top = Some(1);
    // All three have one active user over the interval: the smallest name is the first.
    check(&companies(), &request, &["2024-12-30 Other 1", "2024-12-30 ann 1", "2025-01-06 Other 1"]);
    let mut by_minutes = every(Grain::All, ask("meeting_minutes", &["company"]));
    by_minutes.top = Some(1);
    check(&companies(), &by_minutes, &["Acme 30 3", "Other 20 2"]);
}

#[test]
fn a_running_total_goes_back_to_the_first_row() {
    let mut request = ask("meeting_minutes", &[]);
    request.from = Some(day("2025-01-03"));
    request.to = Some(day("2025-01-04"));
    request.cumulative = true;
    check(&companies(), &request, &["2025-01-03 40 4", "2025-01-04 40 4"]);
    request.by = vec!["company"];
    check(&companies(), &request, &["2025-01-03 Acme 30 3", "2025-01-03 Globex 10 1"]);
}

#[test]
fn users_are_narrowed_to_those_who_did_something_within_the_interval() {
    let mut data = companies();
    data.attendees = vec![
        attendee("", "ann", "2025-01-01T08:00:00", "", "Poor"),
        attendee("", "bob", "2025-01-03T08:00:00", "", "Poor"),
        attendee("", "eve", "2025-01-03T08:00:00", "", "Good"),
    ];
    let mut request = every(Grain::All, ask("meeting_minutes", &["user_id"]));
    request.users = equals("connection_quality", "poor").into_iter().collect();
    check(&data, &request, &["ann 30 3", "bob 10 1"]);
    request.from = Some(day("2025-01-02"));
    check(&data, &request, &["bob 10 1"]);
}
