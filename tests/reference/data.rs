//! What do the seven platform tables hold, and how do they look as export files?
//!
//! Invariant: a dataset is only rows; nothing in it is derived from other rows.

use std::fmt;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::answer::{Answer, answer, no_answer};
use super::request::Request;
use super::world::World;

#[derive(Clone, Debug, Default)]
pub struct User {
    pub user_id: String,
    pub user_name: Option<String>,
    pub email: Option<String>,
    pub plan_type: Option<String>,
    pub company: Option<String>,
    pub registration_date: Option<Date>,
}

#[derive(Clone, Debug)]
pub struct Meeting {
    pub meeting_id: String,
    pub host_user_id: Option<String>,
    pub host_name: Option<String>,
    pub meeting_topic: Option<String>,
    pub meeting_type: Option<String>,
    pub start_time: Timestamp,
    pub end_time: Option<Timestamp>,
    pub duration_minutes: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub struct Attendee {
    /// Present on every row of a table or on none: without it the export has no such column.
    pub attendee_id: Option<String>,
    pub meeting_id: Option<String>,
    pub user_id: Option<String>,
    pub participant_name: Option<String>,
    pub join_time: Option<Timestamp>,
    pub leave_time: Option<Timestamp>,
    pub connection_quality: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Present on every row of a table or on none: without it the export has no such column.
    pub usage_id: Option<String>,
    pub meeting_id: Option<String>,
    pub feature_name: Option<String>,
    pub usage_count: Option<i64>,
    pub usage_duration: Option<i64>,
    pub usage_timestamp: Option<Timestamp>,
}

/// A cell of a column that may hold a date or a timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Day(Date),
    Instant(Timestamp),
}

#[derive(Clone, Debug)]
pub struct Ticket {
    pub ticket_id: String,
    pub user_id: Option<String>,
    pub ticket_type: Option<String>,
    pub resolution_status: Option<String>,
    pub priority_level: Option<String>,
    pub open_date: When,
    pub close_date: Option<When>,
    pub description: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Event {
    pub event_id: String,
    pub user_id: Option<String>,
    pub event_type: Option<String>,
    /// In units of 10^-4 of the currency, as exported.
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub transaction_date: Option<Date>,
    pub payment_method: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct License {
    pub license_id: String,
    pub license_type: Option<String>,
    pub start_date: Option<Date>,
    pub end_date: Option<Date>,
    pub license_status: Option<String>,
    pub assigned_user_id: Option<String>,
    pub assigned_user_name: Option<String>,
}

#[derive(Clone, Default)]
pub struct Dataset {
    pub users: Vec<User>,
    pub meetings: Vec<Meeting>,
    pub attendees: Vec<Attendee>,
    pub usage: Vec<Usage>,
    pub tickets: Vec<Ticket>,
    pub events: Vec<Event>,
    pub licenses: Vec<License>,
}

/// One table as an export file shows it: an empty text is a null.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub name: &'static str,
    pub header: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    /// Writes the rows of `range` to a file of that name.
    pub fn write(&self, file: &Path, rows: &[Vec<String>]) {
        let mut writer = csv::Writer::from_path(file).expect("the export file can be created");
        writer.write_record(&self.header).expect("the header can be written");
        for row in rows {
            writer.write_record(row).expect("the row can be written");
        }
        writer.flush().expect("the export file can be flushed");
    }
}

/// A dataset of one model: what it exports, and what is true of it.
pub trait Model: fmt::Debug {
    fn sheets(&self) -> Vec<Sheet>;

    /// The rates by which its money can be converted.
    fn rates(&self) -> Option<Sheet> {
        None
    }

    /// The figure that the request asks for, straight from the rows.
    fn answer(&self, request: &Request) -> Answer;

    /// Writes one CSV file per table into the folder, which is created when it is missing.
    fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).expect("the export folder can be created");
        for sheet in self.sheets() {
            sheet.write(&folder.join(format!("{}.csv", sheet.name)), &sheet.rows);
        }
    }
}

impl Model for Dataset {
    fn answer(&self, request: &Request) -> Answer {
        World::new(self, request).map_or_else(|| no_answer(request), |world| answer(&world))
    }

    fn sheets(&self) -> Vec<Sheet> {
        vec![
            self.users_sheet(),
            self.meetings_sheet(),
            self.attendees_sheet(),
            self.usage_sheet(),
            self.tickets_sheet(),
            self.events_sheet(),
            self.licenses_sheet(),
        ]
    }
}

impl Dataset {
    fn users_sheet(&self) -> Sheet {
        let header = vec!["user_id", "user_name", "email", "plan_type", "company", "registration_date"];
        let row = |user: &User| {
            vec![
                user.user_id.clone(),
                text(&user.user_name),
                text(&user.email),
                text(&user.plan_type),
                text(&user.company),
                text(&user.registration_date),
            ]
        };
        Sheet { name: "users", header, rows: self.users.iter().map(row).collect() }
    }

    fn meetings_sheet(&self) -> Sheet {
        let header = vec![
            "meeting_id",
            "host_user_id",
            "host_name",
            "meeting_topic",
            "meeting_type",
            "start_time",
            "end_time",
            "duration_minutes",
        ];
        let row = |meeting: &Meeting| {
            vec![
                meeting.meeting_id.clone(),
                text(&meeting.host_user_id),
                text(&meeting.host_name),
                text(&meeting.meeting_topic),
                text(&meeting.meeting_type),
                instant(Some(meeting.start_time)),
                instant(meeting.end_time),
                text(&meeting.duration_minutes),
            ]
        };
        Sheet { name: "meetings", header, rows: self.meetings.iter().map(row).collect() }
    }

    fn attendees_sheet(&self) -> Sheet {
        let header = vec![
            "attendee_id",
            "meeting_id",
            "user_id",
            "participant_name",
            "join_time",
            "leave_time",
            "connection_quality",
        ];
        let row = |attendee: &Attendee| {
            vec![
                text(&attendee.attendee_id),
                text(&attendee.meeting_id),
                text(&attendee.user_id),
                text(&attendee.participant_name),
                instant(attendee.join_time),
                instant(attendee.leave_time),
                text(&attendee.connection_quality),
            ]
        };
        let sheet = Sheet { name: "attendees", header, rows: self.attendees.iter().map(row).collect() };
        without_empty_key(sheet)
    }

    fn usage_sheet(&self) -> Sheet {
        let header = vec![
            "usage_id",
            "meeting_id",
            "feature_name",
            "usage_count",
            "usage_duration",
            "usage_timestamp",
        ];
        let row = |usage: &Usage| {
            vec![
                text(&usage.usage_id),
                text(&usage.meeting_id),
                text(&usage.feature_name),
                text(&usage.usage_count),
                text(&usage.usage_duration),
                instant(usage.usage_timestamp),
            ]
        };
        let sheet = Sheet { name: "features_usage", header, rows: self.usage.iter().map(row).collect() };
        without_empty_key(sheet)
    }

    fn tickets_sheet(&self) -> Sheet {
        let header = vec![
            "ticket_id",
            "user_id",
            "ticket_type",
            "resolution_status",
            "priority_level",
            "open_date",
            "close_date",
            "description",
        ];
        let row = |ticket: &Ticket| {
            vec![
                ticket.ticket_id.clone(),
                text(&ticket.user_id),
                text(&ticket.ticket_type),
                text(&ticket.resolution_status),
                text(&ticket.priority_level),
                when(Some(ticket.open_date)),
                when(ticket.close_date),
                text(&ticket.description),
            ]
        };
        Sheet { name: "support_tickets", header, rows: self.tickets.iter().map(row).collect() }
    }

    fn events_sheet(&self) -> Sheet {
        let header = vec![
            "event_id",
            "user_id",
            "event_type",
            "amount",
            "currency",
            "transaction_date",
            "payment_method",
        ];
        let row = |event: &Event| {
            vec![
                event.event_id.clone(),
                text(&event.user_id),
                text(&event.event_type),
                event.amount.map(amount).unwrap_or_default(),
                text(&event.currency),
                text(&event.transaction_date),
                text(&event.payment_method),
            ]
        };
        Sheet { name: "billing_events", header, rows: self.events.iter().map(row).collect() }
    }

    fn licenses_sheet(&self) -> Sheet {
        let header = vec![
            "license_id",
            "license_type",
            "start_date",
            "end_date",
            "license_status",
            "assigned_user_id",
            "assigned_user_name",
        ];
        let row = |license: &License| {
            vec![
                license.license_id.clone(),
                text(&license.license_type),
                text(&license.start_date),
                text(&license.end_date),
                text(&license.license_status),
                text(&license.assigned_user_id),
                text(&license.assigned_user_name),
            ]
        };
        Sheet { name: "licenses", header, rows: self.licenses.iter().map(row).collect() }
    }
}

/// A failing case is read by people.
impl fmt::Debug for Dataset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(&self.sheets(), out)
    }
}

/// The tables that have rows.
pub fn show(sheets: &[Sheet], out: &mut fmt::Formatter<'_>) -> fmt::Result {
    for sheet in sheets.iter().filter(|sheet| !sheet.rows.is_empty()) {
        writeln!(out, "\n{}: {}", sheet.name, sheet.header.join(","))?;
        for row in &sheet.rows {
            writeln!(out, "  {}", row.join(","))?;
        }
    }
    Ok(())
}

/// A table whose rows have no key is exported without the key column.
fn without_empty_key(mut sheet: Sheet) -> Sheet {
    if sheet.rows.iter().any(|row| row[0].is_empty()) {
        sheet.header.remove(0);
        for row in &mut sheet.rows {
            row.remove(0);
        }
    }
    sheet
}

fn text<T: ToString>(cell: &Option<T>) -> String {
    cell.as_ref().map(T::to_string).unwrap_or_default()
}

pub fn amount(units: i64) -> String {
    super::exact::money(units.into()).exact_text(0)
}

/// Timestamps are exported without an offset: the source time zone is UTC.
pub fn instant(cell: Option<Timestamp>) -> String {
    cell.map(|time| time.to_zoned(TimeZone::UTC).datetime().to_string().replace('T', " ")).unwrap_or_default()
}

fn when(cell: Option<When>) -> String {
    match cell {
        None => String::new(),
        Some(When::Day(day)) => day.to_string(),
        Some(When::Instant(time)) => instant(Some(time)),
    }
}
