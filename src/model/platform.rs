//! The tables of a video platform: usage, reliability, revenue.

use super::currency;
use super::table::ColumnType::{
    Category, Date, DateOrTimestamp, Decimal, Integer, Key, Money, Reference, Text, Timestamp,
};
use super::table::{ColumnDef, ElseMinutes, KeyScope, Model, TableDef, Unit};

const fn col(name: &'static str, ty: super::ColumnType) -> ColumnDef {
    ColumnDef::new(name, ty)
}

const PLATFORM: TableDef = TableDef {
    name: "",
    model: Model::Platform,
    schema: "",
    aliases: &[],
    row: "",
    columns: &[],
    time: None,
    key_scope: KeyScope::Table,
    shipped: false,
};

/// The plans a user can be on.
const PLANS: &[&str] = &["Free", "Basic", "Pro", "Business", "Enterprise"];

pub(super) const TABLES: &[TableDef] = &[
    TableDef {
        name: "users",
        aliases: &["user"],
        row: "an account",
        columns: &[
            col("user_id", Key).required(),
            col("user_name", Text).alias(&["name", "full_name"]).pii(),
            col("email", Text).alias(&["email_address", "e-mail"]).pii(),
            col("plan_type", Category).alias(&["plan"]).domain(PLANS),
            col("company", Category).alias(&["company_name"]).literal(),
            col("registration_date", Date).alias(&["registered", "registered_on", "signup_date"]),
        ],
        ..PLATFORM
    },
    TableDef {
        name: "licenses",
        aliases: &["license", "licences", "licence"],
        row: "a licence, assigned or not",
        columns: &[
            col("license_id", Key).alias(&["licence_id"]).required(),
            col("license_type", Category).alias(&["licence_type"]),
            col("start_date", Date),
            col("end_date", Date).not_before("start_date"),
            col("license_status", Category).alias(&["licence_status", "status"]).domain(&[
                "Active",
                "Expired",
                "Suspended",
            ]),
            col("assigned_user_id", Reference("users")).alias(&["assigned_to_user_id", "assigned_to"]),
            col("assigned_user_name", Text).pii(),
        ],
        ..PLATFORM
    },
    TableDef {
        name: "meetings",
        aliases: &["meeting"],
        row: "a meeting",
        time: Some("start_time"),
        columns: &[
            col("meeting_id", Key).required(),
            col("host_user_id", Reference("users")).alias(&["host_id", "host user reference"]).by_id(),
            col("host_name", Text).pii(),
            col("meeting_topic", Text).alias(&["topic"]),
            col("meeting_type", Category)
                .alias(&["type"])
                .domain(&["Scheduled", "Instant", "Recurring", "Webinar"])
                .by_id(),
            col("start_time", Timestamp).alias(&["start"]).required().by_id(),
            col("end_time", Timestamp).alias(&["end"]),
            col("duration_minutes", Integer).alias(&["duration"]).min(0).unit(Unit::Minutes).else_minutes(
                ElseMinutes { start: "start_time", end: "end_time", filled: "duration_minutes.filled" },
            ),
        ],
        ..PLATFORM
    },
    TableDef {
        name: "attendees",
        aliases: &["attendee", "participants", "participant"],
        row: "one person's stay in a meeting",
        time: Some("join_time"),
        key_scope: KeyScope::Month,
        columns: &[
            col("attendee_id", Key).alias(&["participant_id"]),
            col("meeting_id", Reference("meetings")),
            col("user_id", Reference("users")).alias(&["attendee user reference", "attendee_user_id"]),
            col("participant_name", Text).alias(&["attendee_name"]).pii(),
            col("join_time", Timestamp).alias(&["joined"]),
            col("leave_time", Timestamp).alias(&["left"]),
            col("connection_quality", Category).domain(&["Excellent", "Good", "Fair", "Poor"]),
        ],
        ..PLATFORM
    },
    TableDef {
        name: "features_usage",
        aliases: &["feature_usage", "features_usages"],
        row: "the use of one feature in a meeting",
        time: Some("usage_timestamp"),
        key_scope: KeyScope::Month,
        columns: &[
            col("usage_id", Key),
            col("meeting_id", Reference("meetings")),
            col("feature_name", Category).alias(&["feature"]),
            col("usage_count", Integer).min(0),
            col("usage_duration", Decimal).alias(&["usage_duration_minutes"]).min(0).unit(Unit::Minutes),
            col("usage_timestamp", Timestamp).alias(&["usage_date", "usage_time"]),
        ],
        ..PLATFORM
    },
    TableDef {
        name: "support_tickets",
        aliases: &["support_ticket", "tickets", "ticket"],
        row: "a support ticket",
        time: Some("open_date"),
        columns: &[
            col("ticket_id", Key).required(),
            col("user_id", Reference("users")),
            col("ticket_type", Category).alias(&["type"]),
            col("resolution_status", Category).alias(&["status"]).domain(&[
                "Open",
                "In Progress",
                "Resolved",
                "Closed",
                "Pending Customer",
                "Escalated",
            ]),
            col("priority_level", Category)
                .alias(&["priority"])
                .domain(&["Low", "Medium", "High", "Critical"]),
            col("open_date", DateOrTimestamp).alias(&["opened", "opened_at", "created_date"]).required(),
            col("close_date", DateOrTimestamp).alias(&["closed", "closed_at"]).not_before("open_date"),
            col("description", Text),
        ],
        ..PLATFORM
    },
    TableDef {
        name: "billing_events",
        aliases: &["billing_event"],
        row: "a charge, credit or refund",
        time: Some("transaction_date"),
        key_scope: KeyScope::Month,
        columns: &[
            col("event_id", Key).required(),
            col("user_id", Reference("users")),
            col("event_type", Category).domain(&[
                "Subscription",
                "Renewal",
                "Upgrade",
                "Downgrade",
                "Add-on",
                "Refund",
                "Credit",
                "Chargeback",
                "Cancellation",
                "Payment",
            ]),
            col("amount", Money),
            col("currency", Category).currency().missing(currency::UNKNOWN),
            col("transaction_date", Date).alias(&["event_date"]),
            col("payment_method", Category),
        ],
        ..PLATFORM
    },
];
