//! Reliability and support.

use super::{ask, check, every, meeting, ticket, user, with};
use crate::reference::data::Dataset;
use crate::reference::period::Grain;

fn tickets() -> Dataset {
    Dataset {
        users: vec![user("ann", "Pro", "2025-01-01"), user("bob", "Free", "2025-01-02")],
        meetings: vec![meeting("m1", "ann", "2025-01-20T10:00:00", "")],
        tickets: vec![
            // A day and a half; opened again within the week.
            ticket("t1", "ann", "2025-01-01T12:00:00", "2025-01-03T00:00:00"),
            ticket("t2", "ann", "2025-01-09T23:00:00", ""),
            // A date on one side: civil days count.
            ticket("t3", "bob", "2025-01-05", "2025-01-05T23:00:00"),
            ticket("t4", "bob", "2025-01-20", "2025-02-01"),
        ],
        ..Dataset::default()
    }
}

#[test]
fn tickets_count_when_they_are_opened() {
    check(
        &tickets(),
        &every(Grain::Month, ask("tickets_opened", &["plan_type"])),
        &["2025-01-01 Free 2", "2025-01-01 Pro 2"],
    );
    check(
        &tickets(),
        &ask("tickets_per_1000_active_users", &[]),
        &["2025-01-01 4000 4 1", "2025-02-01 - 0 0"],
    );
    // Bob is not active: his tickets have no users to be divided by.
    check(
        &tickets(),
        &ask("tickets_per_1000_active_users", &["plan_type"]),
        &["2025-01-01 Free - 2 0", "2025-01-01 Pro 2000 2 1"],
    );
    let registered = with("denominator", "registered", ask("tickets_per_1000_active_users", &[]));
    check(&tickets(), &registered, &["2025-01-01 2000 4 2", "2025-02-01 0 0 2"]);
}

#[test]
fn resolution_takes_from_instant_to_instant_or_from_day_to_day() {
    check(
        &tickets(),
        &ask("resolution_time", &[]),
        &["2025-01-01 0.75 0.75 1.35 2", "2025-02-01 12 12 12 1"],
    );
    let opened = with("cohort", "opened", ask("resolution_time", &[]));
    check(&tickets(), &opened, &["2025-01-01 4.5 1.5 9.9 3", "2025-02-01 - - - 0"]);
}

#[test]
fn a_contact_is_the_first_when_no_other_follows_within_the_window() {
    // On 1 February t4 is closed too recently to tell. t2 was opened 6 days and 23 hours after t1
    // was closed.
    check(&tickets(), &ask("first_contact_resolution", &[]), &["2025-01-01 0.5 1 2", "2025-02-01 - 0 0"]);
    let narrow = with("window", "6", ask("first_contact_resolution", &[]));
    check(&tickets(), &every(Grain::All, narrow), &["1 2 2"]);
    let same_day = with("method", "same_day", ask("first_contact_resolution", &[]));
    check(&tickets(), &every(Grain::All, same_day), &["0.5 1 2"]);
}

#[test]
fn of_two_tickets_opened_at_once_the_larger_key_is_the_later() {
    let mut data = tickets();
    data.tickets = vec![
        ticket("t1", "ann", "2025-01-01", "2025-01-01"),
        ticket("t10", "ann", "2025-01-01", "2025-01-01"),
        ticket("t2", "ann", "2025-01-01", "2025-01-01"),
    ];
    check(&data, &every(Grain::All, ask("first_contact_resolution", &[])), &[&format!("{} 1 3", 1.0 / 3.0)]);
}

#[test]
fn a_ticket_is_open_until_the_day_on_which_it_is_closed() {
    check(
        &tickets(),
        &every(Grain::Day, {
            let mut request = ask("open_tickets", &[]);
            request.from = Some(super::day("2025-01-04"));
            request.to = Some(super::day("2025-01-10"));
            request
        }),
        &[
            "2025-01-04 0 -",
            "2025-01-05 0 -",
            "2025-01-06 0 -",
            "2025-01-07 0 -",
            "2025-01-08 0 -",
            "2025-01-09 1 0",
            "2025-01-10 1 1",
        ],
    );
    // At the end of January t2 is 22 and t4 11 days old.
    check(&tickets(), &ask("open_tickets", &[]), &["2025-01-01 2 16.5", "2025-02-01 1 23"]);
}
