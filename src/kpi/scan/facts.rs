//! The tables that figures count rows of, and whom and what each row leads to.

use super::Clock;

/// How a fact's row leads to an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It is the row's own id.
    Own,
    /// It stands in a column.
    Column(&'static str),
    /// It is the host of the row's meeting.
    MeetingHost,
    /// There is none.
    Nobody,
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
    /// When its rows happen, for those who ask whether someone has such a row.
    pub clock: Option<Clock>,
    /// Whether its rows happen on a day (rather than hold at all times).
    pub has_day: bool,
    /// What its rows are cut into before they are counted.
    pub parts: Option<Parts>,
    /// Whether they are sorted by age at the day of measurement.
    pub has_age: bool,
}

/// What the rows of a fact can be cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// The lines of an order.
    OrderLines,
    /// The details of a demand, split over products.
    BilledProducts,
}

const ACTED: Fact = Fact {
    table: "",
    actor: Link::Nobody,
    meeting: None,
    has_host: false,
    clock: None,
    has_day: true,
    parts: None,
    has_age: false,
};

/// A table of the billing model: its rows lead to subscribers and what they bought, not to users.
pub const fn billing(table: &'static str) -> Fact {
    Fact { table, has_day: false, ..ACTED }
}

/// Meetings, acted by their host.
pub const MEETINGS: Fact = Fact {
    table: "meetings",
    actor: Link::Column("host_user_id"),
    meeting: Some(Link::Own),
    clock: Some(Clock::of("start_time")),
    ..ACTED
};
/// Stays in meetings, acted by the attendee.
pub const ATTENDEES: Fact = Fact {
    table: "attendees",
    actor: Link::Column("user_id"),
    meeting: Some(Link::Column("meeting_id")),
    has_host: true,
    clock: Some(Clock::of("join_time")),
    ..ACTED
};
/// Uses of features, acted by the meeting's host.
pub const FEATURES: Fact = Fact {
    table: "features_usage",
    actor: Link::MeetingHost,
    meeting: Some(Link::Column("meeting_id")),
    clock: Some(Clock { column: "usage_timestamp", else_meeting_start: true }),
    ..ACTED
};
/// Tickets, acted by their user.
pub const TICKETS: Fact = Fact {
    table: "support_tickets",
    actor: Link::Column("user_id"),
    clock: Some(Clock::of("open_date")),
    ..ACTED
};
/// Billing events, acted by their user.
pub const EVENTS: Fact = Fact {
    table: "billing_events",
    actor: Link::Column("user_id"),
    clock: Some(Clock::of("transaction_date")),
    ..ACTED
};
/// Licences, acted by their assignee.
pub const LICENSES: Fact = Fact {
    table: "licenses",
    actor: Link::Column("assigned_user_id"),
    clock: Some(Clock::of("start_date")),
    ..ACTED
};
/// Users themselves, as they are.
pub const USERS: Fact = Fact { table: "users", actor: Link::Own, has_day: false, ..ACTED };
/// Registrations, acted by the user who registers.
pub const SIGNUPS: Fact = Fact { has_day: true, ..USERS };

/// Every fact of the platform model.
pub const FACTS: [Fact; 7] = [USERS, MEETINGS, ATTENDEES, FEATURES, TICKETS, EVENTS, LICENSES];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_happens_has_a_clock() {
        for fact in FACTS {
            assert_eq!(fact.clock.is_some(), fact.has_day, "{}", fact.table);
        }
    }
}
