//! Which platform KPIs exist, and what may be asked of each?
//!
//! Invariant: this is a table; the definitions themselves are in the files of their families.

use super::dims::{DIMENSIONS, reaches};
use super::period::Grain;
use super::request::Request;
use super::rows::Source;
use super::side::{Dims, Evaluate};
use super::world::World;
use super::{billing, licences, movement, revenue, support, usage};

/// How a measure behaves where there are no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A count, or a sum of whole numbers: 0.
    Count,
    /// A sum that may have a fraction: 0.
    Sum,
    /// A ratio or an average: null.
    Ratio,
    /// A sum of money: 0.
    Money,
    /// Money divided by something that may be zero: null.
    MoneyRatio,
}

pub struct Kpi {
    pub name: &'static str,
    pub grain: Grain,
    /// Dimensions that it always has, after those of `--by`.
    pub own: &'static [&'static str],
    pub measures: &'static [(&'static str, Kind)],
    /// Values worth trying; the first is the default.
    pub options: &'static [(&'static str, &'static [&'static str])],
}

const ACTORS: (&str, &[&str]) = ("actor", &["host", "attendee", "any"]);
const MINUTES: (&str, &[&str]) = ("min_minutes", &["0", "1", "30"]);

pub const KPIS: &[Kpi] = &[
    Kpi {
        name: "active_users",
        grain: Grain::Day,
        own: &[],
        measures: &[("active_users", Kind::Count)],
        options: &[ACTORS, MINUTES],
    },
    Kpi {
        name: "dau",
        grain: Grain::Day,
        own: &[],
        measures: &[("active_users", Kind::Count)],
        options: &[ACTORS, MINUTES],
    },
    Kpi {
        name: "wau",
        grain: Grain::Week,
        own: &[],
        measures: &[("active_users", Kind::Count)],
        options: &[ACTORS, MINUTES],
    },
    Kpi {
        name: "mau",
        grain: Grain::Month,
        own: &[],
        measures: &[("active_users", Kind::Count)],
        options: &[ACTORS, MINUTES],
    },
    Kpi {
        name: "stickiness",
        grain: Grain::Month,
        own: &[],
        measures: &[("stickiness", Kind::Ratio), ("mean_dau", Kind::Ratio), ("mau", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "meeting_minutes",
        grain: Grain::Day,
        own: &[],
        measures: &[("meeting_minutes", Kind::Count), ("meetings", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "avg_meeting_duration",
        grain: Grain::Month,
        own: &[],
        measures: &[
            ("avg_minutes", Kind::Ratio),
            ("median_minutes", Kind::Ratio),
            ("p90_minutes", Kind::Ratio),
            ("meetings", Kind::Count),
        ],
        options: &[MINUTES],
    },
    Kpi {
        name: "meetings_per_user",
        grain: Grain::Month,
        own: &[],
        measures: &[("meetings_per_user", Kind::Ratio), ("meetings", Kind::Count), ("users", Kind::Count)],
        options: &[("per", &["hosts", "registered"])],
    },
    Kpi {
        name: "signups",
        grain: Grain::Month,
        own: &[],
        measures: &[("signups", Kind::Count), ("cumulative_signups", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "feature_adoption",
        grain: Grain::Month,
        own: &["feature_name"],
        measures: &[("adoption_rate", Kind::Ratio), ("adopters", Kind::Count), ("users", Kind::Count)],
        options: &[("denominator", &["registered", "active"]), ("scope", &["period", "ever"])],
    },
    Kpi {
        name: "feature_usage",
        grain: Grain::Month,
        own: &["feature_name"],
        measures: &[
            ("uses", Kind::Count),
            ("minutes", Kind::Count),
            ("meetings", Kind::Count),
            ("users", Kind::Count),
        ],
        options: &[],
    },
    Kpi {
        name: "attendance",
        grain: Grain::Month,
        own: &[],
        measures: &[
            ("attendees", Kind::Count),
            ("unique_attendees", Kind::Count),
            ("avg_attendees", Kind::Ratio),
            ("attended_minutes", Kind::Sum),
        ],
        options: &[],
    },
    Kpi {
        name: "connection_quality",
        grain: Grain::Month,
        own: &[],
        measures: &[("poor_rate", Kind::Ratio), ("poor", Kind::Count), ("attendees", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "peak_concurrency",
        grain: Grain::Day,
        own: &[],
        measures: &[("peak_meetings", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "retention",
        grain: Grain::Month,
        own: &["cohort"],
        measures: &[
            ("age", Kind::Count),
            ("retained", Kind::Count),
            ("cohort_size", Kind::Count),
            ("retention_rate", Kind::Ratio),
        ],
        options: &[],
    },
    Kpi {
        name: "tickets_opened",
        grain: Grain::Day,
        own: &[],
        measures: &[("tickets", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "resolution_time",
        grain: Grain::Month,
        own: &[],
        measures: &[
            ("avg_days", Kind::Ratio),
            ("median_days", Kind::Ratio),
            ("p90_days", Kind::Ratio),
            ("tickets", Kind::Count),
        ],
        options: &[("cohort", &["closed", "opened"])],
    },
    Kpi {
        name: "first_contact_resolution",
        grain: Grain::Month,
        own: &[],
        measures: &[("fcr_rate", Kind::Ratio), ("first_contact", Kind::Count), ("resolved", Kind::Count)],
        options: &[("window", &["7", "3", "14"]), ("method", &["no_repeat", "same_day"])],
    },
    Kpi {
        name: "tickets_per_1000_active_users",
        grain: Grain::Month,
        own: &[],
        measures: &[
            ("tickets_per_1000", Kind::Ratio),
            ("tickets", Kind::Count),
            ("active_users", Kind::Count),
        ],
        options: &[("denominator", &["active", "registered"])],
    },
    Kpi {
        name: "open_tickets",
        grain: Grain::Month,
        own: &[],
        measures: &[("open_tickets", Kind::Count), ("median_age_days", Kind::Ratio)],
        options: &[],
    },
    Kpi {
        name: "revenue",
        grain: Grain::Month,
        own: &["currency"],
        measures: &[
            ("revenue", Kind::Money),
            ("events", Kind::Count),
            ("revenue_per_active_user", Kind::MoneyRatio),
            ("revenue_per_meeting_hour", Kind::MoneyRatio),
        ],
        options: &[],
    },
    Kpi {
        name: "mrr",
        grain: Grain::Month,
        own: &["currency"],
        measures: &[("mrr", Kind::Money)],
        options: &[
            ("method", &["normalized", "cash"]),
            ("types", &["Subscription,Renewal,Upgrade,Add-on", "Subscription", "Renewal,Refund"]),
        ],
    },
    Kpi {
        name: "revenue_by_license_type",
        grain: Grain::Month,
        own: &["license_type", "currency"],
        measures: &[("revenue", Kind::Money), ("events", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "license_utilization",
        grain: Grain::Month,
        own: &[],
        measures: &[("utilization_rate", Kind::Ratio), ("assigned", Kind::Count), ("available", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "license_expirations",
        grain: Grain::Month,
        own: &[],
        measures: &[
            ("expiring", Kind::Count),
            ("renewed", Kind::Count),
            ("switched", Kind::Count),
            ("lapsed", Kind::Count),
            ("pending", Kind::Count),
            ("renewal_rate", Kind::Ratio),
        ],
        options: &[],
    },
    Kpi {
        name: "churn_rate",
        grain: Grain::Month,
        own: &[],
        measures: &[
            ("churn_rate", Kind::Ratio),
            ("churned", Kind::Count),
            ("active_previous", Kind::Count),
            ("retained", Kind::Count),
            ("new", Kind::Count),
            ("resurrected", Kind::Count),
            ("active", Kind::Count),
        ],
        options: &[("base", &["usage", "license"]), ("denominator", &["previous", "registered"])],
    },
];

/// A KPI of either model.
pub fn kpi(name: &str) -> &'static Kpi {
    let mut kpis = KPIS.iter().chain(billing::catalogue::KPIS);
    kpis.find(|kpi| kpi.name == name).unwrap_or_else(|| panic!("no KPI {name}"))
}

pub fn evaluator<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    match world.request.kpi {
        "active_users" | "dau" | "wau" | "mau" => usage::active_users(world, dims),
        "stickiness" => usage::stickiness(world, dims),
        "meeting_minutes" => usage::meeting_minutes(world, dims),
        "avg_meeting_duration" => usage::avg_meeting_duration(world, dims),
        "meetings_per_user" => usage::meetings_per_user(world, dims),
        "signups" => usage::signups(world, dims),
        "feature_adoption" => usage::feature_adoption(world, dims),
        "feature_usage" => usage::feature_usage(world, dims),
        "attendance" => usage::attendance(world, dims),
        "connection_quality" => usage::connection_quality(world, dims),
        "peak_concurrency" => usage::peak_concurrency(world, dims),
        "retention" => usage::retention(world, dims),
        "tickets_opened" => support::tickets_opened(world, dims),
        "resolution_time" => support::resolution_time(world, dims),
        "first_contact_resolution" => support::first_contact_resolution(world, dims),
        "tickets_per_1000_active_users" => support::tickets_per_1000_active_users(world, dims),
        "open_tickets" => support::open_tickets(world, dims),
        "revenue" => revenue::revenue(world, dims),
        "mrr" => revenue::mrr(world, dims),
        "revenue_by_license_type" => revenue::revenue_by_license_type(world, dims),
        "license_utilization" => licences::license_utilization(world, dims),
        "license_expirations" => licences::license_expirations(world, dims),
        "churn_rate" => movement::churn_rate(world, dims),
        other => panic!("no KPI {other}"),
    }
}

/// The rows that the KPI is about; of a two-sided KPI those of its first side. Only active users
/// by any kind of act have two kinds of rows, whose common columns can be asked for.
pub fn sources(request: &Request) -> Vec<Source> {
    match request.kpi {
        "active_users" | "dau" | "wau" | "mau" => match request.option("actor") {
            "host" => vec![Source::Meetings],
            "attendee" => vec![Source::Attendees],
            _ => vec![Source::Meetings, Source::Attendees],
        },
        "stickiness"
        | "meeting_minutes"
        | "avg_meeting_duration"
        | "meetings_per_user"
        | "peak_concurrency"
        | "retention" => vec![Source::Meetings],
        "signups" => vec![Source::Signups],
        "feature_adoption" | "feature_usage" => vec![Source::Usage],
        "attendance" | "connection_quality" => vec![Source::Attendees],
        "tickets_opened" | "tickets_per_1000_active_users" | "open_tickets" => {
            vec![Source::TicketsOpened]
        }
        "resolution_time" if request.option("cohort") == "opened" => vec![Source::TicketsOpened],
        "resolution_time" | "first_contact_resolution" => vec![Source::TicketsClosed],
        "revenue" | "mrr" | "revenue_by_license_type" => vec![Source::Events],
        "license_utilization" => vec![Source::Licenses],
        "license_expirations" => vec![Source::LicensesEnding],
        "churn_rate" if request.option("base") == "license" => vec![Source::Licenses],
        "churn_rate" => vec![Source::Meetings],
        other => panic!("no KPI {other}"),
    }
}

/// Every dimension by which the KPI can be cut.
pub fn dimensions(request: &Request) -> Vec<&'static str> {
    let sources = sources(request);
    let reached = |name: &&str| sources.iter().all(|source| reaches(*source, name));
    DIMENSIONS.iter().copied().filter(reached).collect()
}
