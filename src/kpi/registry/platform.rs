//! What does each KPI of the platform model mean?

use super::MeasureKind::{
    Count, CountAt, DailyMean, Distinct, Money, MoneyRatio, MoneyShare, Number, Rate, Sum, SumNumber,
};
use super::{Asked, Column, ExtraType, KpiDef, OptionDef, OptionValues, measure};
use crate::kpi::context::Options;
use crate::kpi::platform::{
    active, churn, concurrency, contacts, features, licences, meetings, mrr, revenue, tickets, users,
};
use crate::kpi::scan::facts::{
    ATTENDEES, EVENTS, FEATURES, Fact, LICENSES, MEETINGS, SIGNUPS, TICKETS, USERS,
};
use crate::model::{Grain, Model};

const USER_DIMS: [&str; 4] = ["plan_type", "company", "user_id", "cohort"];
const MEETING_DIMS: &[&str] = &[
    USER_DIMS[0],
    USER_DIMS[1],
    USER_DIMS[2],
    USER_DIMS[3],
    "license_type",
    "meeting_type",
    "meeting_id",
    "weekday",
    "hour",
];
const ACTIVE_DIMS: &[&str] = &[
    USER_DIMS[0],
    USER_DIMS[1],
    USER_DIMS[2],
    USER_DIMS[3],
    "license_type",
    "meeting_type",
    "meeting_id",
    "connection_quality",
    "host.plan_type",
    "host.company",
    "weekday",
    "hour",
];
const ATTENDEE_DIMS: &[&str] = ACTIVE_DIMS;
const FEATURE_DIMS: &[&str] = &[
    USER_DIMS[0],
    USER_DIMS[1],
    USER_DIMS[2],
    USER_DIMS[3],
    "license_type",
    "meeting_type",
    "meeting_id",
    "feature_name",
    "weekday",
    "hour",
];
const SIGNUP_DIMS: &[&str] =
    &[USER_DIMS[0], USER_DIMS[1], USER_DIMS[2], USER_DIMS[3], "license_type", "weekday"];
const TICKET_DIMS: &[&str] = &[
    USER_DIMS[0],
    USER_DIMS[1],
    USER_DIMS[2],
    USER_DIMS[3],
    "license_type",
    "ticket_type",
    "priority_level",
    "resolution_status",
];
/// A figure of two sides can be broken down by what either reaches; the other repeats its value.
const TICKET_AND_MEETING_DIMS: &[&str] = &[
    USER_DIMS[0],
    USER_DIMS[1],
    USER_DIMS[2],
    USER_DIMS[3],
    "license_type",
    "ticket_type",
    "priority_level",
    "resolution_status",
    "meeting_type",
    "meeting_id",
];
const EVENT_AND_MEETING_DIMS: &[&str] = &[
    USER_DIMS[0],
    USER_DIMS[1],
    USER_DIMS[2],
    USER_DIMS[3],
    "event_type",
    "payment_method",
    "license_type",
    "license_status",
    "meeting_type",
    "meeting_id",
    "currency",
];
const EVENT_DIMS: &[&str] = &[
    USER_DIMS[0],
    USER_DIMS[1],
    USER_DIMS[2],
    USER_DIMS[3],
    "event_type",
    "payment_method",
    "license_type",
    "license_status",
    "currency",
];
const LICENSE_DIMS: &[&str] =
    &[USER_DIMS[0], USER_DIMS[1], USER_DIMS[2], USER_DIMS[3], "license_type", "license_status"];
const CHURN_DIMS: &[&str] = &[
    USER_DIMS[0],
    USER_DIMS[1],
    USER_DIMS[2],
    USER_DIMS[3],
    "license_type",
    "license_status",
    "meeting_type",
    "meeting_id",
    "weekday",
    "hour",
];

const MIN_MINUTES: OptionDef = OptionDef {
    name: "min_minutes",
    values: OptionValues::Whole(0),
    help: "leave out what is shorter: the meeting, or the attendee's stay",
};
const ACTIVE_OPTIONS: &[OptionDef] = &[
    OptionDef {
        name: "actor",
        values: OptionValues::Words(&["host", "attendee", "any"]),
        help: "who counts as active: hosts, attendees, or both",
    },
    MIN_MINUTES,
];

fn actor_sides(options: &Options, _: &Asked<'_>) -> Vec<Fact> {
    match options.get("actor") {
        "attendee" => vec![ATTENDEES],
        "any" => vec![MEETINGS, ATTENDEES],
        _ => vec![MEETINGS],
    }
}

fn actor_starts(options: &Options) -> Vec<Column> {
    let (hosted, joined) = (("meetings", "start_time"), ("attendees", "join_time"));
    match options.get("actor") {
        "attendee" => vec![joined],
        "any" => vec![hosted, joined],
        _ => vec![hosted],
    }
}

fn meeting_start(_: &Options) -> Vec<Column> {
    vec![("meetings", "start_time")]
}

fn join_start(_: &Options) -> Vec<Column> {
    vec![("attendees", "join_time")]
}

fn usage_start(_: &Options) -> Vec<Column> {
    vec![("features_usage", "usage_timestamp")]
}

fn ticket_open(_: &Options) -> Vec<Column> {
    vec![("support_tickets", "open_date")]
}

fn ticket_close(_: &Options) -> Vec<Column> {
    vec![("support_tickets", "close_date")]
}

fn event_start(_: &Options) -> Vec<Column> {
    vec![("billing_events", "transaction_date")]
}

fn license_start(_: &Options) -> Vec<Column> {
    vec![("licenses", "start_date")]
}

const HOSTED: &[Column] = &[("meetings", "host_user_id"), ("meetings", "start_time"), ("users", "user_id")];

const ACTIVE: KpiDef = KpiDef {
    name: "active_users",
    title: "Active users",
    family: "usage",
    question: "How many different people used the platform?",
    definition: "distinct known users who hosted at least one meeting that starts in the period",
    version: 1,
    model: Model::Platform,
    every: Grain::Day,
    is_stock: false,
    is_proxy: false,
    measures: &[measure("active_users", Distinct, "users")],
    dims: ACTIVE_DIMS,
    own_dims: &[],
    extra: &[],
    options: ACTIVE_OPTIONS,
    rolling: true,
    needs: HOSTED,
    sides: actor_sides,
    starts: actor_starts,
    first_day: None,
    end: None,
    compute: active::active_users,
};

/// The KPIs of the platform model.
pub const KPIS: &[KpiDef] = &[
    ACTIVE,
    KpiDef { name: "dau", title: "Daily active users", ..ACTIVE },
    KpiDef { name: "wau", title: "Weekly active users", every: Grain::Week, ..ACTIVE },
    KpiDef { name: "mau", title: "Monthly active users", every: Grain::Month, ..ACTIVE },
    KpiDef {
        name: "stickiness",
        title: "Stickiness",
        question: "How much of a month's audience comes on an average day?",
        definition: "mean of the daily active users over the period's days up to as_of, days without anyone included, divided by the period's active users",
        every: Grain::Month,
        measures: &[
            measure("stickiness", Rate, ""),
            measure("mean_dau", DailyMean, "users per day"),
            measure("mau", Distinct, "users"),
        ],
        dims: MEETING_DIMS,
        options: &[],
        rolling: false,
        sides: |_, _| vec![MEETINGS],
        starts: meeting_start,
        compute: active::stickiness,
        ..ACTIVE
    },
    KpiDef {
        name: "meeting_minutes",
        title: "Meeting minutes",
        question: "How long did people meet?",
        definition: "sum of duration_minutes by start; a missing duration is the whole minutes from start to end where the end is known",
        measures: &[measure("meeting_minutes", Sum, "minutes"), measure("meetings", Count, "meetings")],
        dims: MEETING_DIMS,
        options: &[],
        rolling: false,
        needs: &[("meetings", "start_time"), ("meetings", "duration_minutes")],
        sides: |_, _| vec![MEETINGS],
        starts: meeting_start,
        compute: meetings::meeting_minutes,
        ..ACTIVE
    },
    KpiDef {
        name: "avg_meeting_duration",
        title: "Average meeting duration",
        question: "How long is a meeting?",
        definition: "average, median and 90th percentile (linear interpolation) of the minutes of meetings that have a duration",
        every: Grain::Month,
        measures: &[
            measure("avg_minutes", Number, "minutes"),
            measure("median_minutes", Number, "minutes"),
            measure("p90_minutes", Number, "minutes"),
            measure("meetings", Count, "meetings"),
        ],
        dims: MEETING_DIMS,
        options: &[MIN_MINUTES],
        rolling: false,
        needs: &[("meetings", "start_time"), ("meetings", "duration_minutes")],
        sides: |_, _| vec![MEETINGS],
        starts: meeting_start,
        compute: meetings::avg_meeting_duration,
        ..ACTIVE
    },
    KpiDef {
        name: "meetings_per_user",
        title: "Meetings per user",
        question: "How often does a host meet?",
        definition: "meetings of known hosts divided by distinct known hosts (or by the known users registered by the period's last day)",
        every: Grain::Month,
        measures: &[
            measure("meetings_per_user", Number, "meetings per user"),
            measure("meetings", Count, "meetings"),
            measure("users", Distinct, "users"),
        ],
        dims: MEETING_DIMS,
        options: &[OptionDef {
            name: "per",
            values: OptionValues::Words(&["hosts", "registered"]),
            help: "divide by the period's hosts, or by all registered users",
        }],
        rolling: false,
        sides: |o, _| if o.get("per") == "registered" { vec![MEETINGS, USERS] } else { vec![MEETINGS] },
        starts: meeting_start,
        compute: meetings::meetings_per_user,
        ..ACTIVE
    },
    KpiDef {
        name: "signups",
        title: "Sign-ups",
        question: "How many users registered?",
        definition: "users by registration_date; cumulative since the first ever, per group",
        every: Grain::Month,
        measures: &[measure("signups", Count, "users"), measure("cumulative_signups", Distinct, "users")],
        dims: SIGNUP_DIMS,
        options: &[],
        rolling: false,
        needs: &[("users", "registration_date")],
        sides: |_, _| vec![SIGNUPS],
        starts: |_| vec![("users", "registration_date")],
        compute: users::signups,
        ..ACTIVE
    },
    KpiDef {
        name: "feature_adoption",
        title: "Feature adoption",
        question: "Which share of the users uses a feature?",
        definition: "distinct known hosts of the meetings in which the feature was used (usage_count not 0), by usage_timestamp (else the meeting's start), divided by the known users registered by the period's last day",
        every: Grain::Month,
        measures: &[
            measure("adoption_rate", Rate, ""),
            measure("adopters", Distinct, "users"),
            measure("users", Distinct, "users"),
        ],
        dims: FEATURE_DIMS,
        own_dims: &["feature_name"],
        options: &[
            OptionDef {
                name: "denominator",
                values: OptionValues::Words(&["registered", "active"]),
                help: "divide by the registered users, or by the period's active hosts",
            },
            OptionDef {
                name: "scope",
                values: OptionValues::Words(&["period", "ever"]),
                help: "adopters of the period, or of any time up to its last day",
            },
        ],
        rolling: false,
        needs: &[
            ("features_usage", "feature_name"),
            ("features_usage", "meeting_id"),
            ("meetings", "host_user_id"),
            ("users", "registration_date"),
        ],
        sides: |o, _| vec![FEATURES, if o.get("denominator") == "active" { MEETINGS } else { USERS }],
        starts: usage_start,
        first_day: Some(features::first_day_by_meeting),
        compute: features::feature_adoption,
        ..ACTIVE
    },
    KpiDef {
        name: "feature_usage",
        title: "Feature usage",
        question: "How much is a feature used?",
        definition: "sums of usage_count and usage_duration, distinct meetings and distinct known hosts, by feature and usage_timestamp (else the meeting's start)",
        every: Grain::Month,
        measures: &[
            measure("uses", Sum, "uses"),
            measure("minutes", SumNumber, "minutes"),
            measure("meetings", Distinct, "meetings"),
            measure("users", Distinct, "users"),
        ],
        dims: FEATURE_DIMS,
        own_dims: &["feature_name"],
        options: &[],
        rolling: false,
        needs: &[("features_usage", "feature_name")],
        sides: |_, _| vec![FEATURES],
        starts: usage_start,
        first_day: Some(features::first_day_by_meeting),
        compute: features::feature_usage,
        ..ACTIVE
    },
    KpiDef {
        name: "attendance",
        title: "Attendance",
        question: "How many attend, and for how long?",
        definition: "attendee rows by join_time; distinct known users among them; rows with a known meeting divided by distinct known meetings; sum of leave less join, in minutes",
        every: Grain::Month,
        measures: &[
            measure("attendees", Count, "attendees"),
            measure("unique_attendees", Distinct, "users"),
            measure("avg_attendees", Number, "attendees per meeting"),
            measure("attended_minutes", SumNumber, "minutes"),
        ],
        dims: ATTENDEE_DIMS,
        options: &[],
        rolling: false,
        needs: &[("attendees", "join_time"), ("attendees", "meeting_id"), ("attendees", "user_id")],
        sides: |_, _| vec![ATTENDEES],
        starts: join_start,
        compute: meetings::attendance,
        ..ACTIVE
    },
    KpiDef {
        name: "connection_quality",
        title: "Poor connections",
        question: "How often is the connection poor?",
        definition: "attendee rows of quality Poor divided by rows with a quality, by join_time",
        every: Grain::Month,
        measures: &[
            measure("poor_rate", Rate, ""),
            measure("poor", Count, "attendees"),
            measure("attendees", Count, "attendees"),
        ],
        dims: ATTENDEE_DIMS,
        options: &[],
        rolling: false,
        needs: &[("attendees", "join_time"), ("attendees", "connection_quality")],
        sides: |_, _| vec![ATTENDEES],
        starts: join_start,
        compute: meetings::connection_quality,
        ..ACTIVE
    },
    KpiDef {
        name: "peak_concurrency",
        title: "Peak concurrency",
        question: "How many meetings run at once, at most?",
        definition: "the largest number of meetings that run at one instant of the period (start ≤ instant < end)",
        measures: &[measure("peak_meetings", Distinct, "meetings")],
        dims: MEETING_DIMS,
        options: &[],
        rolling: false,
        needs: &[("meetings", "start_time"), ("meetings", "end_time")],
        sides: |_, _| vec![MEETINGS],
        starts: meeting_start,
        compute: concurrency::peak_concurrency,
        ..ACTIVE
    },
    KpiDef {
        name: "retention",
        title: "Retention",
        question: "How many of those who registered together still host?",
        definition: "known users of the cohort (period of registration) who hosted in the period, divided by the cohort; age counts periods from registration",
        every: Grain::Month,
        measures: &[
            measure("retained", Distinct, "users"),
            measure("cohort_size", Distinct, "users"),
            measure("retention_rate", Rate, ""),
        ],
        dims: &[
            "plan_type",
            "company",
            "user_id",
            "license_type",
            "meeting_type",
            "meeting_id",
            "weekday",
            "hour",
        ],
        extra: &[("cohort", ExtraType::Date), ("age", ExtraType::Integer)],
        options: &[],
        rolling: false,
        needs: &[("meetings", "host_user_id"), ("meetings", "start_time"), ("users", "registration_date")],
        sides: |_, _| vec![MEETINGS],
        starts: meeting_start,
        compute: active::retention,
        ..ACTIVE
    },
    KpiDef {
        name: "tickets_opened",
        title: "Tickets opened",
        family: "support",
        question: "How many tickets came in?",
        definition: "tickets by open_date",
        measures: &[measure("tickets", Count, "tickets")],
        dims: TICKET_DIMS,
        options: &[],
        rolling: false,
        needs: &[("support_tickets", "open_date")],
        sides: |_, _| vec![TICKETS],
        starts: ticket_open,
        compute: tickets::tickets_opened,
        ..ACTIVE
    },
    KpiDef {
        name: "resolution_time",
        title: "Resolution time",
        family: "support",
        question: "How long does it take to close a ticket?",
        definition: "close less open, in days, of tickets by close_date; between the instants where both have one, else between the civil days",
        every: Grain::Month,
        measures: &[
            measure("avg_days", Number, "days"),
            measure("median_days", Number, "days"),
            measure("p90_days", Number, "days"),
            measure("tickets", Count, "tickets"),
        ],
        dims: TICKET_DIMS,
        options: &[OptionDef {
            name: "cohort",
            values: OptionValues::Words(&["closed", "opened"]),
            help: "place tickets by the day they were closed, or opened",
        }],
        rolling: false,
        needs: &[("support_tickets", "open_date"), ("support_tickets", "close_date")],
        sides: |_, _| vec![TICKETS],
        starts: |o| if o.get("cohort") == "opened" { ticket_open(o) } else { ticket_close(o) },
        compute: tickets::resolution_time,
        ..ACTIVE
    },
    KpiDef {
        name: "first_contact_resolution",
        title: "First contact resolution",
        family: "support",
        question: "How many tickets are solved at the first contact?",
        definition: "of tickets resolved or closed, with user, type and close_date, whose window is over by as_of: those without a later ticket of the same user and type opened within the window after closing",
        every: Grain::Month,
        is_proxy: true,
        measures: &[
            measure("fcr_rate", Rate, ""),
            measure("first_contact", Count, "tickets"),
            measure("resolved", Count, "tickets"),
        ],
        dims: TICKET_DIMS,
        options: &[
            OptionDef {
                name: "window",
                values: OptionValues::Whole(7),
                help: "days in which a repeat counts",
            },
            OptionDef {
                name: "method",
                values: OptionValues::Words(&["no_repeat", "same_day"]),
                help: "no later ticket within the window, or closed on the day it was opened",
            },
        ],
        rolling: false,
        needs: &[
            ("support_tickets", "open_date"),
            ("support_tickets", "close_date"),
            ("support_tickets", "user_id"),
            ("support_tickets", "ticket_type"),
            ("support_tickets", "resolution_status"),
        ],
        sides: |_, _| vec![TICKETS],
        starts: ticket_close,
        compute: contacts::first_contact_resolution,
        ..ACTIVE
    },
    KpiDef {
        name: "tickets_per_1000_active_users",
        title: "Tickets per 1000 active users",
        family: "support",
        question: "How much support does the audience need?",
        definition: "1000 × tickets opened divided by the active users (hosts) of the same period",
        every: Grain::Month,
        measures: &[
            measure("tickets_per_1000", Number, "tickets per 1000 users"),
            measure("tickets", Count, "tickets"),
            measure("active_users", Distinct, "users"),
        ],
        dims: TICKET_AND_MEETING_DIMS,
        options: &[OptionDef {
            name: "denominator",
            values: OptionValues::Words(&["active", "registered"]),
            help: "divide by the active hosts, or by the registered users",
        }],
        rolling: false,
        needs: &[("support_tickets", "open_date"), ("meetings", "host_user_id"), ("meetings", "start_time")],
        sides: |o, _| vec![TICKETS, if o.get("denominator") == "registered" { USERS } else { MEETINGS }],
        starts: ticket_open,
        compute: tickets::tickets_per_1000,
        ..ACTIVE
    },
    KpiDef {
        name: "open_tickets",
        title: "Open tickets",
        family: "support",
        question: "How many tickets wait, and for how long?",
        definition: "tickets opened on or before the day and not closed by it; age in civil days",
        every: Grain::Month,
        is_stock: true,
        measures: &[measure("open_tickets", CountAt, "tickets"), measure("median_age_days", Number, "days")],
        dims: TICKET_DIMS,
        options: &[],
        rolling: false,
        needs: &[("support_tickets", "open_date"), ("support_tickets", "close_date")],
        sides: |_, _| vec![TICKETS],
        starts: ticket_open,
        compute: tickets::open_tickets,
        ..ACTIVE
    },
    KpiDef {
        name: "revenue",
        title: "Revenue",
        family: "revenue",
        question: "How much money came in?",
        definition: "signed amounts by transaction_date (refunds, credits and chargebacks count as negative), also per active host and per hour met",
        every: Grain::Month,
        measures: &[
            measure("revenue", Money, ""),
            measure("events", Count, "events"),
            measure("revenue_per_active_user", MoneyRatio, ""),
            measure("revenue_per_meeting_hour", MoneyRatio, ""),
        ],
        dims: EVENT_AND_MEETING_DIMS,
        own_dims: &["currency"],
        options: &[],
        rolling: false,
        needs: &[("billing_events", "amount"), ("billing_events", "transaction_date")],
        sides: |_, _| vec![EVENTS, MEETINGS],
        starts: event_start,
        compute: revenue::revenue,
        ..ACTIVE
    },
    KpiDef {
        name: "mrr",
        title: "Monthly recurring revenue",
        family: "revenue",
        question: "How much revenue recurs each month?",
        definition: "signed amounts of recurring events, each spread evenly over the months of its term from its own month on; the value of a day is that of its calendar month",
        every: Grain::Month,
        is_stock: true,
        is_proxy: true,
        measures: &[measure("mrr", MoneyShare, "")],
        dims: EVENT_DIMS,
        own_dims: &["currency"],
        options: &[
            OptionDef {
                name: "types",
                values: OptionValues::List("Subscription,Renewal,Upgrade,Add-on"),
                help: "the event types that recur, separated by commas",
            },
            OptionDef {
                name: "method",
                values: OptionValues::Words(&["normalized", "cash"]),
                help: "spread over the term, or the plain sum of the month",
            },
        ],
        rolling: false,
        needs: &[
            ("billing_events", "amount"),
            ("billing_events", "transaction_date"),
            ("billing_events", "event_type"),
        ],
        sides: |_, _| vec![EVENTS],
        starts: event_start,
        compute: mrr::mrr,
        ..ACTIVE
    },
    KpiDef {
        name: "revenue_by_license_type",
        title: "Revenue by licence type",
        family: "revenue",
        question: "Which licences earn the money?",
        definition: "signed amounts by the type of the one licence of the user whose term covers the transaction date: the latest start, then the latest end, then the smallest key",
        every: Grain::Month,
        measures: &[measure("revenue", Money, ""), measure("events", Count, "events")],
        dims: EVENT_DIMS,
        own_dims: &["license_type", "currency"],
        options: &[],
        rolling: false,
        needs: &[
            ("billing_events", "amount"),
            ("billing_events", "transaction_date"),
            ("licenses", "license_type"),
            ("licenses", "start_date"),
            ("licenses", "assigned_user_id"),
        ],
        sides: |_, _| vec![EVENTS],
        starts: event_start,
        compute: revenue::revenue_by_license_type,
        ..ACTIVE
    },
    KpiDef {
        name: "license_utilization",
        title: "Licence utilization",
        family: "revenue",
        question: "How many of the licences are in use?",
        definition: "licences in force at the day that have an assignee, divided by all licences in force (term covers the day, not suspended)",
        every: Grain::Month,
        is_stock: true,
        measures: &[
            measure("utilization_rate", Rate, ""),
            measure("assigned", CountAt, "licences"),
            measure("available", CountAt, "licences"),
        ],
        dims: LICENSE_DIMS,
        options: &[],
        rolling: false,
        needs: &[("licenses", "start_date"), ("licenses", "end_date"), ("licenses", "assigned_user_id")],
        sides: |_, _| vec![LICENSES],
        starts: license_start,
        compute: licences::license_utilization,
        ..ACTIVE
    },
    KpiDef {
        name: "license_expirations",
        title: "Licence expirations",
        family: "revenue",
        question: "What becomes of licences that end?",
        definition: "licences by end_date: renewed or switched when the assignee has another licence that starts later, from 90 days before the end to 30 days after it and by as_of; pending while that is open; else lapsed",
        every: Grain::Month,
        measures: &[
            measure("expiring", Count, "licences"),
            measure("renewed", Count, "licences"),
            measure("switched", Count, "licences"),
            measure("lapsed", Count, "licences"),
            measure("pending", Count, "licences"),
            measure("renewal_rate", Rate, ""),
        ],
        dims: LICENSE_DIMS,
        options: &[],
        rolling: false,
        needs: &[("licenses", "start_date"), ("licenses", "end_date"), ("licenses", "assigned_user_id")],
        sides: |_, _| vec![LICENSES],
        starts: |_| vec![("licenses", "end_date")],
        end: Some(("licenses", "end_date")),
        compute: licences::license_expirations,
        ..ACTIVE
    },
    KpiDef {
        name: "churn_rate",
        title: "Churn",
        family: "revenue",
        question: "How many of the last period's users are gone?",
        definition: "of the users active in the period before, those not active in this one divided by all of them; active = retained + new + resurrected",
        every: Grain::Month,
        measures: &[
            measure("churn_rate", Rate, ""),
            measure("churned", Distinct, "users"),
            measure("active_previous", Distinct, "users"),
            measure("retained", Distinct, "users"),
            measure("new", Distinct, "users"),
            measure("resurrected", Distinct, "users"),
            measure("active", Distinct, "users"),
        ],
        dims: CHURN_DIMS,
        options: &[
            OptionDef {
                name: "base",
                values: OptionValues::Words(&["usage", "license"]),
                help: "active by hosting, or by holding a licence in force at the period's last day",
            },
            OptionDef {
                name: "denominator",
                values: OptionValues::Words(&["previous", "registered"]),
                help: "divide by the period before, or by the registered users",
            },
        ],
        rolling: false,
        sides: |o, _| {
            let base = if o.get("base") == "license" { LICENSES } else { MEETINGS };
            if o.get("denominator") == "registered" { vec![base, USERS] } else { vec![base] }
        },
        starts: |o| if o.get("base") == "license" { license_start(o) } else { meeting_start(o) },
        compute: churn::churn_rate,
        ..ACTIVE
    },
];
