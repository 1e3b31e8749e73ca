//! The ratios, domains and shapes of the model.

use super::write;
use crate::generate::read_back::Read;
use crate::generate::{Options, platform};
use std::collections::BTreeSet;

#[test]
fn rows_per_user_are_those_of_the_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let expected = [
        ("users", 1.0),
        ("meetings", 20.0),
        ("attendees", 60.0),
        ("features_usage", 30.0),
        ("support_tickets", 1.0),
        ("billing_events", 12.0),
        ("licenses", 1.5),
    ];
    let summary = write(3000, 5, folder.path());
    for ((name, rows, _), (expected_name, ratio)) in summary.tables.into_iter().zip(expected) {
        assert_eq!(name, expected_name);
        let found = rows as f64 / 3000.0;
        assert!((found / ratio - 1.0).abs() < 0.08, "{name}: {found} rows per user, not {ratio}");
    }
}

#[test]
fn a_sample_holds_every_value_of_every_domain() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { meetings_per_user: 6, ..Options::new(400, 7, folder.path()) };
    platform(&options, &mut |_| {}).expect("the export is written");
    let check = |table: &str, column: &str, domain: &[&str]| {
        let read = Read::new(folder.path(), table);
        let values: BTreeSet<String> = read
            .values(column)
            .into_keys()
            .filter(|value| !value.is_empty())
            .map(str::to_lowercase)
            .collect();
        let domain: BTreeSet<String> = domain.iter().map(|value| value.to_lowercase()).collect();
        assert_eq!(values, domain, "{table}.{column}");
    };
    check("users", "plan_type", &["Free", "Basic", "Pro", "Business", "Enterprise"]);
    check("meetings", "meeting_type", &["Scheduled", "Instant", "Recurring", "Webinar"]);
    check("attendees", "connection_quality", &["Excellent", "Good", "Fair", "Poor"]);
    check("features_usage", "feature_name", &super::super::features::names());
    let statuses = ["Open", "In Progress", "Resolved", "Closed", "Pending Customer", "Escalated"];
    check("support_tickets", "resolution_status", &statuses);
    check("support_tickets", "priority_level", &["Low", "Medium", "High", "Critical"]);
    let kinds = [
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
    ];
    check("billing_events", "event_type", &kinds);
    check("billing_events", "currency", &["USD", "EUR", "GBP", "NOK", "JPY"]);
    check("licenses", "license_type", &["Basic", "Pro", "Business", "Enterprise", "Add-on"]);
    check("licenses", "license_status", &["Active", "Expired", "Suspended"]);

    let meetings = Read::new(folder.path(), "meetings");
    let months: BTreeSet<&str> = meetings.column("start_time").map(|start| &start[..7]).collect();
    assert_eq!(months.len(), 24);
    let billing = Read::new(folder.path(), "billing_events");
    for kind in ["Refund", "Credit"] {
        let amounts = || billing.0.iter().filter(|row| row["event_type"] == kind).map(|row| &row["amount"]);
        assert!(amounts().any(|amount| amount.starts_with('-')), "{kind} as a negative");
        assert!(amounts().any(|amount| !amount.starts_with('-')), "{kind} as a positive");
    }
}

#[test]
fn few_host_most_meetings_and_weekends_are_quiet() {
    let folder = tempfile::tempdir().expect("a folder");
    write(4000, 17, folder.path());
    let meetings = Read::new(folder.path(), "meetings");
    let mut counts: Vec<usize> = meetings.values("host_user_id").into_values().collect();
    counts.sort_unstable();
    let total: usize = counts.iter().sum();
    let top: usize = counts.iter().rev().take(400).sum();
    assert!((55..85).contains(&(top * 100 / total)), "a tenth hosts {} %", top * 100 / total);
    let in_month =
        |month: &str| meetings.column("start_time").filter(|start| start.starts_with(month)).count();
    assert!(in_month("2025-07") * 5 < in_month("2025-10") * 4, "summer is quiet");
    assert!(in_month("2025-10") * 10 > in_month("2024-10") * 12, "the platform grows");
    let on_midnight = meetings
        .0
        .iter()
        .filter(|row| !row["end_time"].is_empty() && row["end_time"][..10] != row["start_time"][..10])
        .count();
    assert!(on_midnight * 1000 > total, "{on_midnight} meetings run over midnight");
}
