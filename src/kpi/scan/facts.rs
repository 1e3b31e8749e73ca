//! The tables that figures count rows of, and whom and what each row leads to.

/// How a fact's row leads to an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It is the row's own id.
    Own,
    /// It stands in a column.
    Column(&'static str),
    /// It is the host of the row's meeting.
    MeetingHost,
}

/// A table seen as facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The table.
    pub table: &'static str,
    /// Whose act it is.
    pub actor: Link,
    /// The meeting it belongs to.
    pub meeting: Option<Link>,
    /// Whether the meeting's host is another one than the acting user.
    pub has_host: bool,
    /// Whether its rows happen on a day (rather than hold at all times).
    pub has_day: bool,
}

/// Meetings, acted by their host.
pub const MEETINGS: Fact = Fact {
    table: "meetings",
    actor: Link::Column("host_user_id"),
    meeting: Some(Link::Own),
    has_host: false,
    has_day: true,
};
/// Stays in meetings, acted by the attendee.
pub const ATTENDEES: Fact = Fact {
    table: "attendees",
    actor: Link::Column("user_id"),
    meeting: Some(Link::Column("meeting_id")),
    has_host: true,
    has_day: true,
};
/// Uses of features, acted by the meeting's host.
pub const FEATURES: Fact = Fact {
    table: "features_usage",
    actor: Link::MeetingHost,
    meeting: Some(Link::Column("meeting_id")),
    has_host: false,
    has_day: true,
};
/// Tickets, acted by their user.
pub const TICKETS: Fact = Fact {
    table: "support_tickets",
    actor: Link::Column("user_id"),
    meeting: None,
    has_host: false,
    has_day: true,
};
/// Billing events, acted by their user.
pub const EVENTS: Fact = Fact {
    table: "billing_events",
    actor: Link::Column("user_id"),
    meeting: None,
    has_host: false,
    has_day: true,
};
/// Licences, acted by their assignee.
pub const LICENSES: Fact = Fact {
    table: "licenses",
    actor: Link::Column("assigned_user_id"),
    meeting: None,
    has_host: false,
    has_day: true,
};
/// Users themselves, as they are.
pub const USERS: Fact =
    Fact { table: "users", actor: Link::Own, meeting: None, has_host: false, has_day: false };
/// Registrations, acted by the user who registers.
pub const SIGNUPS: Fact = Fact { has_day: true, ..USERS };

/// Every fact.
pub const FACTS: [Fact; 7] = [USERS, MEETINGS, ATTENDEES, FEATURES, TICKETS, EVENTS, LICENSES];
