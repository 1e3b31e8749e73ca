//! What is the answer about a handful of rows?
//!
//! Invariant: every expected figure was worked out from the definition, not read off a run.

mod arithmetic;
mod billing;
mod conventions;
mod licences;
mod revenue;
mod support;
mod usage;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::reference::data::{Attendee, Event, License, Meeting, Model, Ticket, Usage, User, When};
use crate::reference::period::Grain;
use crate::reference::request::Request;

/// Compares every row, its cells separated by spaces and null shown as a dash. The test binary
/// says whose answer it is.
fn check(data: &impl Model, request: &Request, expected: &[&str]) {
    let rows = crate::answer(data, request).into_iter().map(|row| row.join(" "));
    assert_eq!(rows.collect::<Vec<_>>(), expected, "{}", request.arguments().join(" "));
}

fn ask(kpi: &'static str, by: &[&'static str]) -> Request {
    Request { by: by.to_vec(), ..Request::new(kpi) }
}

fn every(grain: Grain, request: Request) -> Request {
    Request { every: Some(grain), ..request }
}

fn with(option: &'static str, value: &str, mut request: Request) -> Request {
    request.options.insert(option, value.to_owned());
    request
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

fn optional_day(text: &str) -> Option<Date> {
    (!text.is_empty()).then(|| day(text))
}

/// A time of UTC, written as exports write it.
fn time(text: &str) -> Timestamp {
    format!("{text}Z").parse().expect("a time")
}

fn user(key: &str, plan: &str, registered: &str) -> User {
    User {
        user_id: key.to_owned(),
        plan_type: some(plan),
        registration_date: optional_day(registered),
        ..User::default()
    }
}

fn meeting(key: &str, host: &str, start: &str, end: &str) -> Meeting {
    Meeting {
        meeting_id: key.to_owned(),
        host_user_id: some(host),
        host_name: None,
        meeting_topic: None,
        meeting_type: None,
        start_time: time(start),
        end_time: (!end.is_empty()).then(|| time(end)),
        duration_minutes: None,
    }
}

fn attendee(meeting: &str, user: &str, join: &str, leave: &str, quality: &str) -> Attendee {
    Attendee {
        meeting_id: some(meeting),
        user_id: some(user),
        join_time: (!join.is_empty()).then(|| time(join)),
        leave_time: (!leave.is_empty()).then(|| time(leave)),
        connection_quality: some(quality),
        ..Attendee::default()
    }
}

fn usage(meeting: &str, feature: &str, count: i64, at: &str) -> Usage {
    Usage {
        meeting_id: some(meeting),
        feature_name: some(feature),
        usage_count: Some(count),
        usage_duration: Some(10),
        usage_timestamp: (!at.is_empty()).then(|| time(at)),
        ..Usage::default()
    }
}

/// Dates have ten characters, times have more.
fn when(text: &str) -> When {
    if text.len() == 10 { When::Day(day(text)) } else { When::Instant(time(text)) }
}

fn ticket(key: &str, user: &str, open: &str, close: &str) -> Ticket {
    Ticket {
        ticket_id: key.to_owned(),
        user_id: some(user),
        ticket_type: some("Audio"),
        resolution_status: some(if close.is_empty() { "Open" } else { "Closed" }),
        priority_level: None,
        open_date: when(open),
        close_date: (!close.is_empty()).then(|| when(close)),
        description: None,
    }
}

/// The amount is in whole units of the currency.
fn event(key: &str, user: &str, kind: &str, amount: i64, currency: &str, date: &str) -> Event {
    Event {
        event_id: key.to_owned(),
        user_id: some(user),
        event_type: some(kind),
        amount: Some(amount * 10_000),
        currency: some(currency),
        transaction_date: optional_day(date),
        payment_method: None,
    }
}

fn license(key: &str, kind: &str, user: &str, start: &str, end: &str) -> License {
    License {
        license_id: key.to_owned(),
        license_type: some(kind),
        start_date: optional_day(start),
        end_date: optional_day(end),
        license_status: some("Active"),
        assigned_user_id: some(user),
        assigned_user_name: None,
    }
}
