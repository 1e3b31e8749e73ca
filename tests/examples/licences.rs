//! Licences: the licence rule, utilization, expirations, churn of licences.

use super::{ask, check, event, license, meeting, user, with};
use crate::reference::data::{Dataset, License};

#[test]
fn an_event_goes_to_one_licence_of_its_user() {
    let data = Dataset {
        licenses: vec![
            license("l1", "Basic", "ann", "2025-01-01", ""),
            license("l2", "Pro", "ann", "2025-01-05", "2025-01-20"),
            // The same start: no end is the latest end; then the smaller key.
            license("l4", "Business", "ann", "2025-01-05", ""),
            license("l3", "Enterprise", "ann", "2025-01-05", ""),
            license("l0", "Other user", "bob", "2025-01-06", ""),
        ],
        events: vec![
            event("e1", "ann", "Payment", 1, "EUR", "2025-01-04"),
            event("e2", "ann", "Payment", 2, "EUR", "2025-01-05"),
            event("e3", "ann", "Payment", 4, "EUR", "2024-12-31"),
            event("e4", "", "Payment", 8, "EUR", "2025-01-05"),
        ],
        ..Dataset::default()
    };
    check(
        &data,
        &ask("revenue_by_license_type", &[]),
        &[
            "2024-12-01 - EUR 4.00 1",
            "2025-01-01 Basic EUR 1.00 1",
            "2025-01-01 Enterprise EUR 2.00 1",
            "2025-01-01 - EUR 8.00 1",
        ],
    );
}

#[test]
fn utilization_is_of_licences_in_force_at_the_end_of_the_bucket() {
    let suspended = License {
        license_status: Some("SUSPENDED".to_owned()),
        ..license("l4", "Pro", "ann", "2025-01-01", "")
    };
    let data = Dataset {
        users: vec![user("ann", "Pro", "2025-02-10")],
        licenses: vec![
            license("l1", "Pro", "zoe", "2025-01-01", "2025-01-31"),
            license("l2", "Pro", "", "2025-01-31", ""),
            license("l3", "Pro", "ann", "2025-02-10", ""),
            suspended,
        ],
        ..Dataset::default()
    };
    check(&data, &ask("license_utilization", &[]), &["2025-01-01 0.5 1 2", "2025-02-01 0.5 1 2"]);
}

#[test]
fn a_licence_that_ends_is_renewed_switched_lapsed_or_still_pending() {
    let data = Dataset {
        // The watermark: 1 March.
        meetings: vec![meeting("m1", "", "2025-03-01T10:00:00", "")],
        licenses: vec![
            license("r1", "Pro", "ann", "2024-01-01", "2025-01-10"),
            license("r2", "pro", "ann", "2025-02-09", ""),
            license("s1", "Pro", "bob", "2024-01-01", "2025-01-10"),
            license("s2", "Basic", "bob", "2024-10-12", ""),
            // Too late by one day, and too early by one day.
            license("p1", "Pro", "eve", "2024-01-01", "2025-01-10"),
            license("p2", "Pro", "eve", "2025-02-10", ""),
            license("q2", "Pro", "eve", "2024-10-11", ""),
            license("w1", "Pro", "dan", "2024-01-01", "2025-01-31"),
            license("u1", "Pro", "", "2024-01-01", "2025-01-31"),
            license("u2", "Pro", "", "2024-01-01", "2025-03-31"),
        ],
        ..Dataset::default()
    };
    // 31 January + 30 days is 2 March, so that Dan's licence is still pending.
    check(
        &data,
        &ask("license_expirations", &[]),
        &["2025-01-01 5 1 1 2 1 0.5", "2025-02-01 0 0 0 0 0 -", "2025-03-01 1 0 0 0 1 -"],
    );
}

#[test]
fn who_has_a_licence_at_the_end_of_the_bucket_is_active() {
    let data = Dataset {
        users: vec![user("ann", "Pro", "2025-03-31"), user("bob", "Pro", "2025-01-01")],
        licenses: vec![
            license("l1", "Pro", "ann", "2025-01-01", "2025-01-31"),
            license("l2", "Pro", "ann", "2025-03-31", ""),
            license("l3", "Pro", "bob", "2025-01-05", "2025-02-28"),
            license("l4", "Pro", "zoe", "2025-01-05", ""),
        ],
        ..Dataset::default()
    };
    let by_license = with("base", "license", ask("churn_rate", &[]));
    check(
        &data,
        &by_license,
        &["2025-01-01 - 0 0 0 2 0 2", "2025-02-01 0.5 1 2 1 0 0 1", "2025-03-01 1 1 1 0 0 1 1"],
    );
}
