//! Usage and adoption.

use super::{ask, attendee, check, every, meeting, usage, user, with};
use crate::reference::data::{Dataset, Meeting};
use crate::reference::period::Grain;

/// Ann (Pro) hosts on two days of January and one of March, Bob (Free) once in January; the host
/// of one meeting is not in the export and one meeting has none.
fn meetings() -> Dataset {
    Dataset {
        users: vec![
            user("ann", "Pro", "2025-01-10"),
            user("bob", "Free", "2025-02-01"),
            user("eve", "Pro", ""),
        ],
        meetings: vec![
            meeting("m1", "ann", "2025-01-30T10:00:00", "2025-01-30T10:30:00"),
            meeting("m2", "ann", "2025-01-31T10:00:00", "2025-01-31T11:00:59"),
            meeting("m3", "bob", "2025-01-31T10:15:00", "2025-01-31T10:20:00"),
            meeting("m4", "zoe", "2025-01-31T10:20:00", ""),
            meeting("m5", "", "2025-03-01T10:00:00", "2025-03-01T10:45:00"),
            meeting("m6", "ann", "2025-03-02T23:30:00", "2025-03-03T00:30:00"),
        ],
        ..Dataset::default()
    }
}

#[test]
fn active_users_are_known_hosts() {
    check(&meetings(), &ask("mau", &[]), &["2025-01-01 2", "2025-02-01 0", "2025-03-01 1"]);
    check(
        &meetings(),
        &ask("mau", &["plan_type"]),
        &["2025-01-01 Free 1", "2025-01-01 Pro 1", "2025-03-01 Pro 1"],
    );
    let long = with("min_minutes", "60", ask("mau", &[]));
    check(&meetings(), &long, &["2025-01-01 1", "2025-02-01 0", "2025-03-01 1"]);
}

#[test]
fn active_users_may_be_attendees() {
    let mut data = meetings();
    data.attendees = vec![
        attendee("m1", "eve", "2025-01-30T10:00:00", "2025-01-30T10:30:00", ""),
        attendee("m1", "ann", "2025-01-30T10:00:00", "", ""),
        attendee("m1", "zoe", "2025-01-30T10:00:00", "", ""),
        attendee("m1", "bob", "", "", ""),
    ];
    check(&data, &every(Grain::All, with("actor", "attendee", ask("dau", &[]))), &["2"]);
    check(&data, &every(Grain::All, with("actor", "any", ask("dau", &[]))), &["3"]);
    let long = with("min_minutes", "30", with("actor", "attendee", ask("dau", &[])));
    check(&data, &every(Grain::All, long), &["1"]);
}

#[test]
fn a_rolling_window_ends_with_the_bucket_and_looks_back_before_it() {
    let mut rolling = every(Grain::Month, ask("active_users", &[]));
    rolling.rolling = Some(30);
    // The windows: 2 - 31 January, 30 January - 28 February, and, since nothing happened after
    // 2 March, 1 February - 2 March.
    check(&meetings(), &rolling, &["2025-01-01 2", "2025-02-01 2", "2025-03-01 1"]);
}

#[test]
fn stickiness_counts_days_without_anybody() {
    // January: 1 user on the 30th and 2 on the 31st make 3/31 a day, of 2. March has had 2 days.
    let expected = [
        format!("2025-01-01 {} {} 2", 3.0 / 62.0, 3.0 / 31.0),
        "2025-02-01 - 0 0".to_owned(),
        "2025-03-01 0.5 0.5 1".to_owned(),
    ];
    check(&meetings(), &ask("stickiness", &[]), &expected.each_ref().map(String::as_str));
}

#[test]
fn meetings_have_whole_minutes_if_they_are_known_to_end() {
    check(
        &meetings(),
        &every(Grain::Month, ask("meeting_minutes", &[])),
        &["2025-01-01 95 4", "2025-02-01 0 0", "2025-03-01 105 2"],
    );
    // 5, 30, 60: the 90th percentile is eight tenths of the way from 30 to 60.
    check(
        &meetings(),
        &ask("avg_meeting_duration", &[]),
        &[&format!("2025-01-01 {} 30 54 3", 95.0 / 3.0), "2025-02-01 - - - 0", "2025-03-01 52.5 52.5 58.5 2"],
    );
    let early = Meeting {
        duration_minutes: Some(7),
        ..meeting("m7", "", "2025-01-01T10:00:00", "2025-01-01T09:00:00")
    };
    let wrong = Meeting { meeting_id: "m8".to_owned(), duration_minutes: None, ..early.clone() };
    let data = Dataset { meetings: vec![early, wrong], ..Dataset::default() };
    check(&data, &ask("meeting_minutes", &[]), &["2025-01-01 7 2"]);
}

#[test]
fn meetings_per_user_leaves_out_unknown_hosts() {
    check(
        &meetings(),
        &ask("meetings_per_user", &[]),
        &["2025-01-01 1.5 3 2", "2025-02-01 - 0 0", "2025-03-01 1 1 1"],
    );
    let registered = with("per", "registered", ask("meetings_per_user", &[]));
    check(&meetings(), &registered, &["2025-01-01 3 3 1", "2025-02-01 0 0 2", "2025-03-01 0.5 1 2"]);
}

#[test]
fn signups_add_up_since_the_first() {
    let mut data = meetings();
    check(&data, &ask("signups", &[]), &["2025-01-01 1 1", "2025-02-01 1 2", "2025-03-01 0 2"]);
    data.users.push(user("dan", "Pro", "2025-02-05"));
    check(
        &data,
        &ask("signups", &["plan_type"]),
        &["2025-01-01 Pro 1 1", "2025-02-01 Free 1 1", "2025-02-01 Pro 1 2"],
    );
}

#[test]
fn features_count_by_their_own_time_or_that_of_the_meeting() {
    let mut data = meetings();
    data.usage = vec![
        usage("m1", "Chat", 2, ""),
        usage("m3", "chat", 1, "2025-02-01T00:00:00"),
        usage("m3", "Chat", 0, "2025-02-02T00:00:00"),
        usage("m9", "Chat", 5, "2025-02-02T00:00:00"),
        usage("m9", "Chat", 5, ""),
    ];
    check(&data, &ask("feature_usage", &[]), &["2025-01-01 Chat 2 10 1 1", "2025-02-01 Chat 6 30 2 1"]);
    // Ann is the one registered user of January; in February there are two, and Bob adopts; March
    // has two users and no use of anything.
    check(
        &data,
        &ask("feature_adoption", &[]),
        &["2025-01-01 Chat 1 1 1", "2025-02-01 Chat 0.5 1 2", "2025-03-01 - 0 0 2"],
    );
    let ever = with("scope", "ever", ask("feature_adoption", &[]));
    check(&data, &ever, &["2025-01-01 Chat 1 1 1", "2025-02-01 Chat 1 2 2", "2025-03-01 Chat 1 2 2"]);
    let active = with("denominator", "active", ask("feature_adoption", &[]));
    check(&data, &active, &["2025-01-01 Chat 0.5 1 2", "2025-02-01 Chat - 1 0", "2025-03-01 - 0 0 1"]);
}

#[test]
fn attendance_counts_rows_users_and_known_meetings() {
    let mut data = meetings();
    data.attendees = vec![
        attendee("m1", "ann", "2025-01-30T10:00:00", "2025-01-30T10:20:30", "Poor"),
        attendee("m1", "ann", "2025-01-30T10:25:00", "2025-01-30T10:24:00", "good"),
        attendee("m1", "", "2025-01-30T10:00:00", "", ""),
        attendee("m9", "zoe", "2025-01-30T10:00:00", "2025-01-30T10:01:00", "POOR"),
        attendee("m1", "bob", "", "2025-01-30T10:20:30", "Poor"),
    ];
    let january = |request| every(Grain::All, request);
    check(&data, &january(ask("attendance", &[])), &["4 1 3 20.5"]);
    check(&data, &january(ask("connection_quality", &[])), &[&format!("{} 2 3", 2.0 / 3.0)]);
    check(&data, &january(ask("attendance", &["host.plan_type"])), &["Pro 3 1 3 19.5", "- 1 0 - 1"]);
}

#[test]
fn the_peak_is_at_one_instant() {
    // m2 runs over m3; m4 has no end; m6 runs past midnight; m3 ends where a meeting could begin.
    let mut data = meetings();
    data.meetings.push(meeting("m7", "", "2025-01-31T10:20:00", "2025-01-31T10:40:00"));
    let mut peak = ask("peak_concurrency", &[]);
    peak.from = Some(super::day("2025-01-31"));
    peak.to = Some(super::day("2025-01-31"));
    check(&data, &peak, &["2025-01-31 2"]);
    peak.from = Some(super::day("2025-03-02"));
    peak.to = Some(super::day("2025-03-03"));
    check(&data, &peak, &["2025-03-02 1", "2025-03-03 1"]);
}

#[test]
fn retention_is_by_the_bucket_of_registration() {
    check(
        &meetings(),
        &ask("retention", &[]),
        &["2025-01-01 2025-01-01 0 1 1 1", "2025-01-01 2025-02-01 -1 1 1 1", "2025-03-01 2025-01-01 2 1 1 1"],
    );
}

#[test]
fn who_churns_comes_back_or_is_new() {
    let mut data = meetings();
    data.meetings.push(meeting("m8", "bob", "2025-03-01T12:00:00", ""));
    data.meetings.push(meeting("m9", "bob", "2025-02-01T12:00:00", ""));
    data.meetings.push(meeting("mA", "eve", "2025-03-01T12:00:00", ""));
    // rate, churned, previous, retained, new, resurrected, active
    check(
        &data,
        &ask("churn_rate", &[]),
        &["2025-01-01 - 0 0 0 2 0 2", "2025-02-01 0.5 1 2 1 0 0 1", "2025-03-01 0 0 1 1 1 1 3"],
    );
    let of_all = with("denominator", "registered", ask("churn_rate", &["plan_type"]));
    check(
        &data,
        &of_all,
        &[
            "2025-01-01 Free - 0 0 0 1 0 1",
            "2025-01-01 Pro 0 0 0 0 1 0 1",
            "2025-02-01 Free 0 0 1 1 0 0 1",
            "2025-02-01 Pro 1 1 1 0 0 0 0",
            "2025-03-01 Free 0 0 1 1 0 0 1",
            "2025-03-01 Pro 0 0 0 0 1 1 2",
        ],
    );
}
