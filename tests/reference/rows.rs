//! Who acted in a row, and by which time does it count?
//!
//! Invariant: a row of a table appears at most once, and without its time only where a stock is
//! measured, for which no time is asked.

use jiff::Timestamp;
use jiff::civil::Date;

use super::data::{Attendee, Event, License, Meeting, Ticket, Usage, User, When};
use super::world::World;

/// A table together with the column by which its rows count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// By start.
    Meetings,
    /// By join.
    Attendees,
    /// By the time of use, else the start of the meeting.
    Usage,
    TicketsOpened,
    TicketsClosed,
    Events,
    /// Licences as a stock: their rows have no day of their own.
    Licenses,
    LicensesEnding,
    /// Users by registration.
    Signups,
    /// Users as a stock.
    Registered,
}

#[derive(Clone, Copy, Debug)]
pub enum Fact<'a> {
    Meeting(&'a Meeting),
    Attendee(&'a Attendee),
    Usage(&'a Usage),
    Ticket(&'a Ticket),
    Event(&'a Event),
    License(&'a License),
    User(&'a User),
}

/// A row, the key of the user who acted, and the time by which it counts.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub fact: Fact<'a>,
    pub user: Option<&'a str>,
    pub day: Option<Date>,
    pub instant: Option<Timestamp>,
}

impl<'a> World<'a> {
    /// All rows that have the time by which they count, filtered by nothing else.
    pub fn rows(&self, source: Source) -> Vec<Row<'a>> {
        let data = self.data;
        let at = |fact: Fact<'a>, user: &'a Option<String>, time: Option<Timestamp>| Row {
            fact,
            user: user.as_deref(),
            day: time.map(|time| self.civil_day(time)),
            instant: time,
        };
        let on =
            |fact: Fact<'a>, user: Option<&'a str>, day: Option<Date>| Row { fact, user, day, instant: None };
        let mut rows: Vec<Row<'a>> = match source {
            Source::Meetings => {
                let row = |meeting: &'a Meeting| {
                    at(Fact::Meeting(meeting), &meeting.host_user_id, Some(meeting.start_time))
                };
                data.meetings.iter().map(row).collect()
            }
            Source::Attendees => {
                let row = |attendee: &'a Attendee| {
                    at(Fact::Attendee(attendee), &attendee.user_id, attendee.join_time)
                };
                data.attendees.iter().map(row).collect()
            }
            Source::Usage => {
                let row = |usage: &'a Usage| {
                    let key = usage.meeting_id.as_deref();
                    let meeting = key.and_then(|key| self.meetings.get(key).copied());
                    let start = meeting.map(|meeting| meeting.start_time);
                    let host = meeting.map_or(&None, |meeting| &meeting.host_user_id);
                    at(Fact::Usage(usage), host, usage.usage_timestamp.or(start))
                };
                data.usage.iter().map(row).collect()
            }
            Source::TicketsOpened | Source::TicketsClosed => {
                let row = |ticket: &'a Ticket| {
                    let when = match source {
                        Source::TicketsOpened => Some(ticket.open_date),
                        _ => ticket.close_date,
                    };
                    let instant = when.and_then(|when| match when {
                        When::Instant(time) => Some(time),
                        When::Day(_) => None,
                    });
                    let day = when.map(|when| self.day_of(when));
                    Row { instant, ..on(Fact::Ticket(ticket), ticket.user_id.as_deref(), day) }
                };
                data.tickets.iter().map(row).collect()
            }
            Source::Events => {
                let row = |event: &'a Event| {
                    on(Fact::Event(event), event.user_id.as_deref(), event.transaction_date)
                };
                data.events.iter().map(row).collect()
            }
            Source::Licenses | Source::LicensesEnding => {
                let row = |license: &'a License| {
                    let end = license.end_date.filter(|_| source == Source::LicensesEnding);
                    on(Fact::License(license), license.assigned_user_id.as_deref(), end)
                };
                data.licenses.iter().map(row).collect()
            }
            Source::Signups | Source::Registered => {
                let row = |user: &'a User| on(Fact::User(user), Some(&user.user_id), user.registration_date);
                data.users.iter().map(row).collect()
            }
        };
        if !matches!(source, Source::Licenses | Source::Registered) {
            rows.retain(|row| row.day.is_some());
        }
        rows
    }
}
