//! Recurring revenue that comes, grows, shrinks, goes and comes back; accounts that leave.

use super::{ask, check, day, equals, every, period, periods, some, with};
use crate::reference::billing::data::{Dataset, Subscription};
use crate::reference::period::Grain;
use crate::reference::request::Request;

fn within(from: &str, to: &str, request: Request) -> Request {
    let (from, to) = (Some(day(from)), Some(day(to)));
    Request { from, to, as_of: to, ..request }
}

#[test]
fn every_movement_has_its_class() {
    let data = periods(vec![
        // New in February.
        period("s1", "new", "2024-02-10", "", "10"),
        // From 100 to 130 by a second subscription.
        period("s2", "grows", "2024-01-01", "", "100"),
        period("s3", "grows", "2024-02-05", "", "30"),
        // From 50 to 20 by a renewal at a lower price.
        period("s4", "shrinks", "2024-01-01", "2024-02-15", "50"),
        period("s5", "shrinks", "2024-02-15", "", "20"),
        period("s6", "leaves", "2024-01-01", "2024-02-29", "7"),
        // Gone since the middle of January.
        period("s7", "returns", "2024-01-01", "2024-01-15", "3"),
        period("s8", "returns", "2024-02-20", "", "4"),
        // Came and went between the two ends.
        period("s9", "passes", "2024-02-02", "2024-02-20", "1000"),
        // Free before, so that it is new when it pays.
        period("s10", "trial", "2024-01-01", "2024-02-01", "0"),
        period("s11", "trial", "2024-02-01", "", "2"),
    ]);
    // Opening 100 + 50 + 7; new 10 + 2; nrr (130 + 20 + 0) ÷ 157; grr (100 + 20 + 0) ÷ 157.
    let february = within("2024-02-01", "2024-02-29", ask("mrr_movements", &[]));
    check(
        &data,
        &february,
        &["2024-02-01 NOK 157.00 12.00 30.00 -30.00 -7.00 4.00 166.00 0.9554140127388535 0.7643312101910829"],
    );
    // Opened in the middle of the month: on 14 February "grows" already has 130. Both rates are
    // (10 + 130 + 20 + 2) ÷ 1199.
    let later = within("2024-02-15", "2024-02-29", ask("mrr_movements", &[]));
    check(
        &data,
        &later,
        &[
            "2024-02-01 NOK 1199.00 0.00 0.00 -30.00 -1007.00 4.00 166.00 0.13511259382819016 0.13511259382819016",
        ],
    );
}

#[test]
fn a_renewal_moves_nothing() {
    let renewed = |price: &str| {
        let data = periods(vec![
            Subscription { next: some("s2"), ..period("s1", "a", "2024-01-01", "2024-02-01", "100") },
            Subscription { previous: some("s1"), ..period("s2", "a", "2024-02-01", "2024-03-01", price) },
        ]);
        (data, within("2024-02-01", "2024-02-29", ask("mrr_movements", &[])))
    };
    let (data, request) = renewed("100");
    check(&data, &request, &["2024-02-01 NOK 100.00 0.00 0.00 0.00 0.00 0.00 100.00 1 1"]);
    let (data, request) = renewed("90");
    check(&data, &request, &["2024-02-01 NOK 100.00 0.00 0.00 -10.00 0.00 0.00 90.00 0.9 0.9"]);
    let churn = within("2024-02-01", "2024-02-29", ask("subscription_churn", &[]));
    check(&data, &churn, &["2024-02-01 0 0 1 0"]);
}

#[test]
fn the_one_who_pays_is_the_account_else_the_subscriber() {
    let of_subscriber = |key: &str, subscriber: &str, start: &str, end: &str| Subscription {
        subscriber: some(subscriber),
        account: None,
        ..period(key, "", start, end, "10")
    };
    let data = periods(vec![
        // One subscriber goes on with another subscription: nothing has moved.
        of_subscriber("s1", "ann", "2024-01-01", "2024-02-10"),
        of_subscriber("s2", "ann", "2024-02-10", ""),
        // An account is not the subscriber of the same key.
        period("s3", "ann", "2024-02-10", "", "1"),
        // Nobody's: one leaves and one comes, which for nobody is no movement.
        of_subscriber("s4", "", "2024-01-01", "2024-02-10"),
        of_subscriber("s5", "", "2024-02-10", ""),
    ]);
    let february = within("2024-02-01", "2024-02-29", ask("mrr_movements", &[]));
    check(&data, &february, &["2024-02-01 NOK 20.00 1.00 0.00 0.00 0.00 0.00 21.00 1 1"]);
    // For churn, what belongs to nobody is left out.
    let churn = within("2024-02-01", "2024-02-29", ask("subscription_churn", &[]));
    check(&data, &churn, &["2024-02-01 0 0 1 0"]);
}

/// Until the end of February, and again from so many days into March.
fn comes_back(day_of_march: u32) -> Dataset {
    periods(vec![
        period("s1", "a", "2024-01-01", "2024-02-29", "1"),
        period("s2", "a", &format!("2024-03-{day_of_march:02}"), "", "1"),
        period("s3", "b", "2024-01-01", "", "1"),
    ])
}

#[test]
fn an_account_has_a_few_days_to_come_back() {
    let request = |grace: &str, as_of: &str| {
        let request =
            within("2024-02-01", "2024-02-29", with("grace", grace, ask("subscription_churn", &[])));
        Request { as_of: Some(day(as_of)), ..request }
    };
    // The day after the period's last is 29 February; three days of grace end on 3 March.
    check(&comes_back(3), &request("3", "2024-04-01"), &["2024-02-01 0 0 2 0"]);
    check(&comes_back(4), &request("3", "2024-04-01"), &["2024-02-01 0.5 1 2 0"]);
    check(&comes_back(1), &request("0", "2024-04-01"), &["2024-02-01 0.5 1 2 0"]);
    // What lies after the watermark is not yet known.
    check(&comes_back(3), &request("3", "2024-03-02"), &["2024-02-01 0.5 1 2 0"]);
}

#[test]
fn who_was_there_once_is_reactivated() {
    let data = comes_back(4);
    let march = within("2024-03-01", "2024-03-31", ask("subscription_churn", &[]));
    check(&data, &march, &["2024-03-01 0 0 1 1"]);
    let half_year = within("2023-07-01", "2024-06-30", every(Grain::Quarter, ask("subscription_churn", &[])));
    check(
        &data,
        &half_year,
        &["2023-07-01 - 0 0 0", "2023-10-01 - 0 0 0", "2024-01-01 - 0 0 0", "2024-04-01 0 0 2 0"],
    );
}

#[test]
fn an_account_is_looked_at_within_its_group() {
    let moved = |key: &str, organization: &str, start: &str, end: &str| Subscription {
        organization: some(organization),
        ..period(key, "a", start, end, "5")
    };
    let data = periods(vec![
        moved("s1", "north", "2024-01-01", "2024-02-10"),
        moved("s2", "south", "2024-02-10", ""),
    ]);
    let request = within("2024-02-01", "2024-02-29", ask("mrr_movements", &[]));
    check(&data, &request, &["2024-02-01 NOK 5.00 0.00 0.00 0.00 0.00 0.00 5.00 1 1"]);
    // In the south the account is new, in the north it has left.
    let north = Request { filter: equals("OrganizationId", "north"), ..request.clone() };
    check(&data, &north, &["2024-02-01 NOK 5.00 0.00 0.00 0.00 -5.00 0.00 0.00 0 0"]);
    let south = Request { filter: equals("organization_id", "south"), ..request };
    check(&data, &south, &["2024-02-01 NOK 0.00 5.00 0.00 0.00 0.00 0.00 5.00 - -"]);
}
