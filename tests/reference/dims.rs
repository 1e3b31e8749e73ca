//! What does a row show under the name of a dimension or a column?
//!
//! Invariant: `reaches` is true of exactly the names for which `value` has an answer.

use std::collections::BTreeMap;

use super::data::{Dataset, License, Meeting, User};
use super::filter::{Expr, Scalar, folded};
use super::rows::{Fact, Row, Source};
use super::world::{World, duration_minutes};

pub const DIMENSIONS: &[&str] = &[
    "plan_type",
    "company",
    "user_id",
    "cohort",
    "license_type",
    "license_status",
    "meeting_type",
    "meeting_id",
    "feature_name",
    "connection_quality",
    "weekday",
    "hour",
    "host.plan_type",
    "host.company",
    "ticket_type",
    "priority_level",
    "resolution_status",
    "event_type",
    "payment_method",
    "currency",
];

/// Every user has these, so every table reaches them through the user who acted.
const OF_USER: &[&str] = &["plan_type", "company", "user_id", "cohort"];

/// What a condition may ask of a table's rows besides its dimensions.
fn columns(source: Source) -> &'static [&'static str] {
    match source {
        Source::Meetings => &["host_user_id", "meeting_topic", "duration_minutes", "end_time"],
        Source::Attendees => &["leave_time"],
        Source::Usage => &["usage_count", "usage_duration", "usage_timestamp"],
        Source::TicketsOpened | Source::TicketsClosed => &["ticket_id", "description", "close_date"],
        Source::Events => &["event_id", "amount", "transaction_date"],
        Source::Licenses | Source::LicensesEnding => {
            &["license_id", "start_date", "end_date", "assigned_user_id"]
        }
        Source::Signups => &["registration_date"],
        Source::Registered => &[],
    }
}

fn own_dimensions(source: Source) -> &'static [&'static str] {
    match source {
        Source::Meetings => &["license_type", "meeting_type", "meeting_id", "weekday", "hour"],
        Source::Attendees => &[
            "license_type",
            "meeting_type",
            "meeting_id",
            "connection_quality",
            "weekday",
            "hour",
            "host.plan_type",
            "host.company",
        ],
        Source::Usage => &["license_type", "meeting_type", "meeting_id", "feature_name", "weekday", "hour"],
        Source::TicketsOpened | Source::TicketsClosed => {
            &["license_type", "ticket_type", "priority_level", "resolution_status"]
        }
        Source::Events => &["license_type", "event_type", "payment_method", "currency"],
        Source::Licenses | Source::LicensesEnding => &["license_type", "license_status"],
        Source::Signups => &["license_type", "weekday"],
        Source::Registered => &[],
    }
}

/// Can the table answer to that name?
pub fn reaches(source: Source, name: &str) -> bool {
    OF_USER.contains(&name) || own_dimensions(source).contains(&name) || columns(source).contains(&name)
}

/// The names of a table's columns that are no dimensions.
pub fn condition_columns(source: Source) -> &'static [&'static str] {
    columns(source)
}

/// The value of a name for a row. A user who is null or unknown has no attributes at all.
pub fn value(world: &World<'_>, source: Source, row: &Row<'_>, name: &str) -> Scalar {
    assert!(reaches(source, name), "{source:?} does not reach {name}");
    if OF_USER.contains(&name) {
        return match world.known(row.user) {
            None => Scalar::Null,
            Some(user) => of_user(world, user, name),
        };
    }
    match (name, row.instant, row.day) {
        ("hour", Some(time), _) => return Scalar::Int(i64::from(world.civil_hour(time))),
        ("weekday", _, Some(day)) => {
            return Scalar::Int(i64::from(day.weekday().to_monday_one_offset()));
        }
        _ => {}
    }
    let category = |column: &'static str, cell: &Option<String>| category(world, column, cell);
    match (row.fact, name) {
        (Fact::License(license), "license_type") => license_type(world, Some(license)),
        (_, "license_type") => {
            let user_and_day = row.user.zip(row.day);
            let license = user_and_day.and_then(|(user, day)| world.license_on(user, day));
            license_type(world, license)
        }
        (Fact::License(license), "license_status") => {
            category("licenses.license_status", &license.license_status)
        }
        (Fact::License(license), "license_id") => Scalar::Text(license.license_id.clone()),
        (Fact::License(license), "start_date") => Scalar::date(license.start_date),
        (Fact::License(license), "end_date") => Scalar::date(license.end_date),
        (Fact::License(license), "assigned_user_id") => Scalar::text(&license.assigned_user_id),
        (Fact::Meeting(meeting), _) => of_meeting(world, meeting, name),
        (Fact::Attendee(attendee), "connection_quality") => {
            category("attendees.connection_quality", &attendee.connection_quality)
        }
        (Fact::Attendee(attendee), "leave_time") => Scalar::presence(&attendee.leave_time),
        (Fact::Attendee(attendee), _) => match meeting(world, &attendee.meeting_id) {
            None => Scalar::Null,
            Some(meeting) => of_meeting(world, meeting, name),
        },
        (Fact::Usage(usage), "feature_name") => category("features_usage.feature_name", &usage.feature_name),
        (Fact::Usage(usage), "usage_count") => Scalar::int(usage.usage_count),
        (Fact::Usage(usage), "usage_duration") => Scalar::int(usage.usage_duration),
        (Fact::Usage(usage), "usage_timestamp") => Scalar::presence(&usage.usage_timestamp),
        (Fact::Usage(usage), _) => match meeting(world, &usage.meeting_id) {
            None => Scalar::Null,
            Some(meeting) => of_meeting(world, meeting, name),
        },
        (Fact::Ticket(ticket), "ticket_id") => Scalar::Text(ticket.ticket_id.clone()),
        (Fact::Ticket(ticket), "description") => Scalar::text(&ticket.description),
        (Fact::Ticket(ticket), "close_date") => Scalar::presence(&ticket.close_date),
        (Fact::Ticket(ticket), "ticket_type") => category("support_tickets.ticket_type", &ticket.ticket_type),
        (Fact::Ticket(ticket), "priority_level") => {
            category("support_tickets.priority_level", &ticket.priority_level)
        }
        (Fact::Ticket(ticket), "resolution_status") => {
            category("support_tickets.resolution_status", &ticket.resolution_status)
        }
        (Fact::Event(event), "event_id") => Scalar::Text(event.event_id.clone()),
        (Fact::Event(event), "amount") => event.amount.map_or(Scalar::Null, Scalar::Money),
        (Fact::Event(event), "transaction_date") => Scalar::date(event.transaction_date),
        (Fact::Event(event), "event_type") => category("billing_events.event_type", &event.event_type),
        (Fact::Event(event), "payment_method") => {
            category("billing_events.payment_method", &event.payment_method)
        }
        (Fact::Event(event), "currency") => {
            let currency = event.currency.as_ref().map(|text| text.trim().to_uppercase());
            Scalar::Text(currency.unwrap_or_else(|| "XXX".to_owned()))
        }
        (Fact::User(user), "registration_date") => Scalar::date(user.registration_date),
        (fact, name) => panic!("{fact:?} has no {name}"),
    }
}

fn of_user(world: &World<'_>, user: &User, name: &str) -> Scalar {
    match name {
        "plan_type" => category(world, "users.plan_type", &user.plan_type),
        "company" => category(world, "users.company", &user.company),
        "user_id" => Scalar::Text(user.user_id.clone()),
        "cohort" => Scalar::date(world.cohort(user)),
        other => panic!("a user has no {other}"),
    }
}

fn of_meeting(world: &World<'_>, meeting: &Meeting, name: &str) -> Scalar {
    match name {
        "meeting_type" => category(world, "meetings.meeting_type", &meeting.meeting_type),
        "meeting_id" => Scalar::Text(meeting.meeting_id.clone()),
        "host_user_id" => Scalar::text(&meeting.host_user_id),
        "meeting_topic" => Scalar::text(&meeting.meeting_topic),
        "duration_minutes" => Scalar::int(duration_minutes(meeting)),
        "end_time" => Scalar::presence(&meeting.end_time),
        "host.plan_type" | "host.company" => match world.known(meeting.host_user_id.as_deref()) {
            None => Scalar::Null,
            Some(host) => of_user(world, host, &name["host.".len()..]),
        },
        other => panic!("a meeting has no {other}"),
    }
}

fn meeting<'a>(world: &World<'a>, key: &Option<String>) -> Option<&'a Meeting> {
    key.as_deref().and_then(|key| world.meetings.get(key).copied())
}

fn license_type(world: &World<'_>, license: Option<&License>) -> Scalar {
    match license {
        None => Scalar::Null,
        Some(license) => category(world, "licenses.license_type", &license.license_type),
    }
}

fn category(world: &World<'_>, column: &'static str, cell: &Option<String>) -> Scalar {
    match cell {
        None => Scalar::Null,
        Some(text) => Scalar::Text(world.spelled(column, text)),
    }
}

/// Of several spellings of a category the most frequent in its column is shown; of equally
/// frequent ones the smallest in byte order.
pub fn spellings(data: &Dataset) -> BTreeMap<(&'static str, String), String> {
    let mut counts: BTreeMap<(&'static str, String), BTreeMap<String, usize>> = BTreeMap::new();
    let mut see = |column: &'static str, cell: &Option<String>| {
        if let Some(text) = cell {
            let spelling = text.trim().to_owned();
            *counts.entry((column, folded(text))).or_default().entry(spelling).or_default() += 1;
        }
    };
    for user in &data.users {
        see("users.plan_type", &user.plan_type);
        see("users.company", &user.company);
    }
    for meeting in &data.meetings {
        see("meetings.meeting_type", &meeting.meeting_type);
    }
    for attendee in &data.attendees {
        see("attendees.connection_quality", &attendee.connection_quality);
    }
    for usage in &data.usage {
        see("features_usage.feature_name", &usage.feature_name);
    }
    for ticket in &data.tickets {
        see("support_tickets.ticket_type", &ticket.ticket_type);
        see("support_tickets.priority_level", &ticket.priority_level);
        see("support_tickets.resolution_status", &ticket.resolution_status);
    }
    for event in &data.events {
        see("billing_events.event_type", &event.event_type);
        see("billing_events.payment_method", &event.payment_method);
    }
    for license in &data.licenses {
        see("licenses.license_type", &license.license_type);
        see("licenses.license_status", &license.license_status);
    }
    let shown = |spellings: BTreeMap<String, usize>| {
        let most = spellings.values().max().copied();
        let mut frequent = spellings.into_iter().filter(|(_, count)| Some(*count) == most);
        frequent.next().expect("a category was seen at least once").0
    };
    counts.into_iter().map(|(column, spellings)| (column, shown(spellings))).collect()
}

/// The table that a `--users` condition is about: the one that its columns belong to.
pub fn table_of(expr: &Expr) -> Source {
    let names = expr.names();
    let name = names.first().expect("a condition names a column");
    match *name {
        "feature_name" | "usage_count" | "usage_duration" => Source::Usage,
        "ticket_type" | "priority_level" | "resolution_status" => Source::TicketsOpened,
        "meeting_type" | "duration_minutes" => Source::Meetings,
        "connection_quality" => Source::Attendees,
        "event_type" | "payment_method" | "amount" => Source::Events,
        other => panic!("no table for a condition on {other}"),
    }
}
