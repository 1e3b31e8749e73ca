//! Revenue and recurring revenue.

use super::{ask, check, event, license, meeting, user, with};
use crate::reference::data::{Dataset, Event};

#[test]
fn what_is_paid_back_counts_as_negative() {
    let half_cent = Event { amount: Some(5_050), ..event("e5", "", "", 0, "usd", "2025-01-03") };
    let nothing = Event { amount: None, ..event("e6", "", "Payment", 0, "USD", "2025-01-03") };
    let data = Dataset {
        users: vec![user("ann", "Pro", ""), user("bob", "Pro", "")],
        meetings: vec![
            meeting("m1", "ann", "2025-01-01T10:00:00", "2025-01-01T11:00:00"),
            meeting("m2", "bob", "2025-01-01T10:00:00", "2025-01-01T12:00:00"),
            meeting("m3", "zoe", "2025-02-01T10:00:00", "2025-02-01T12:00:00"),
        ],
        events: vec![
            event("e1", "ann", "Payment", 100, "USD", "2025-01-01"),
            event("e2", "ann", "refund", 30, "USD", "2025-01-02"),
            event("e3", "ann", "Credit", -20, "USD", "2025-01-02"),
            event("e4", "bob", "Payment", 7, "JPY", "2025-01-02"),
            half_cent,
            nothing,
            event("e7", "bob", "Payment", 7, "", "2025-01-02"),
            event("e8", "bob", "Payment", 7, "USD", ""),
        ],
        ..Dataset::default()
    };
    // Two hosts and three hours. 50.505 / 2 = 25.2525, 50.505 / 3 = 16.835, half to even: 16.84;
    // 7 yen / 2 = 3.5, half to even: 4.
    check(
        &data,
        &ask("revenue", &[]),
        &[
            "2025-01-01 JPY 7 1 4 2",
            "2025-01-01 USD 50.505 5 25.25 16.84",
            "2025-01-01 XXX 7.00 1 3.50 2.33",
            "2025-02-01 - 0.00 0 - 0.00",
        ],
    );
    // The type is only that of the event: what is met and who meets is repeated.
    let mut by_type = ask("revenue", &["currency", "event_type"]);
    by_type.to = Some(super::day("2025-01-01"));
    check(&data, &by_type, &["2025-01-01 USD Payment 100.00 1 50.00 33.33"]);
}

#[test]
fn recurring_amounts_are_spread_over_the_term_of_the_licence() {
    let data = Dataset {
        licenses: vec![
            // 89 days are 2.92 months: a quarter.
            license("l1", "Pro", "ann", "2025-01-01", "2025-03-31"),
            // 45 days are 1.48 months: one month. No end: one month.
            license("l2", "Pro", "bob", "2025-01-01", "2025-02-15"),
            license("l3", "Pro", "eve", "2025-01-01", ""),
        ],
        events: vec![
            event("e1", "ann", "Subscription", 100, "EUR", "2025-01-31"),
            event("e2", "bob", "renewal", 10, "EUR", "2025-01-31"),
            event("e3", "eve", "Add-on", 1, "EUR", "2025-01-31"),
            event("e4", "eve", "Payment", 500, "EUR", "2025-01-31"),
            event("e5", "dan", "Upgrade", 3, "EUR", "2025-05-01"),
        ],
        ..Dataset::default()
    };
    check(
        &data,
        &ask("mrr", &[]),
        &["2025-01-01 EUR 44.33", "2025-02-01 EUR 33.33", "2025-03-01 EUR 33.33", "2025-05-01 EUR 3.00"],
    );
    let cash = with("method", "cash", ask("mrr", &[]));
    check(&data, &cash, &["2025-01-01 EUR 111.00", "2025-05-01 EUR 3.00"]);
    let payments = with("types", "Payment,Upgrade", ask("mrr", &["event_type"]));
    check(&data, &payments, &["2025-01-01 Payment EUR 500.00", "2025-05-01 Upgrade EUR 3.00"]);
}
