//! Subscriptions in force, starting, ending; cancellations and contracts.

use super::{ask, check, day, every, on, optional_day, package, period, periods, some, with};
use crate::reference::billing::cells::Units;
use crate::reference::billing::data::{Cancellation, Contract, Dataset, Package, Subscription};
use crate::reference::period::Grain;
use crate::reference::request::Request;

/// The watermark, put where an example needs it.
fn until(text: &str, mut data: Dataset) -> Dataset {
    data.payments.push(super::payment("p", &format!("{text}T12:00:00"), "1"));
    data
}

#[test]
fn a_renewed_subscription_is_one_subscription() {
    let first = Subscription { next: some("s2"), ..period("s1", "a", "2024-01-01", "2024-02-01", "100") };
    let second =
        Subscription { previous: some("s1"), ..period("s2", "a", "2024-02-01", "2024-03-01", "100") };
    let mut data = periods(vec![first, second]);
    for row in &mut data.subscriptions {
        row.subscriber = some("ann");
    }
    let data = until("2024-03-31", data);
    // The end is not a day of the period: on 1 February only the second is in force.
    let daily = Request { from: Some(day("2024-01-31")), to: Some(day("2024-02-01")), ..active(Grain::Day) };
    check(&data, &daily, &["2024-01-31 1 1 1", "2024-02-01 1 1 1"]);
    check(&data, &active(Grain::Month), &["2024-01-01 1 1 1", "2024-02-01 1 1 1", "2024-03-01 0 0 0"]);
    check(
        &data,
        &ask("subscription_mrr", &[]),
        &["2024-01-01 NOK 100.00 1200.00 1 100.00", "2024-02-01 NOK 100.00 1200.00 1 100.00"],
    );
    let starts = ["2024-01-01 1 0", "2024-02-01 0 1", "2024-03-01 0 0"];
    check(&data, &ask("subscription_starts", &[]), &starts);
}

fn active(grain: Grain) -> Request {
    every(grain, ask("active_subscriptions", &[]))
}

#[test]
fn units_multiply_the_price_and_a_discount_lowers_it() {
    let team = Subscription { units: Some(3), ..period("s1", "a", "2024-01-01", "", "100") };
    let family = Subscription {
        units: Some(2),
        package: some("discounted"),
        ..period("s2", "b", "2024-01-01", "", "90")
    };
    let odd = Subscription { package: some("oddly"), ..period("s3", "c", "2024-01-01", "", "50") };
    let mut data = periods(vec![team, family, odd]);
    for (row, subscriber) in data.subscriptions.iter_mut().zip(["ann", "bob", "bob"]) {
        row.subscriber = some(subscriber);
    }
    let discounted = Package { discount_percent: Some(Units(333_333)), ..package("discounted", 3) };
    data.packages.extend([discounted, package("oddly", 0)]);
    // 3 × 100, and 2 × 90 × 0.666667 ÷ 3 = 40.00002; 1000 is no frequency. Two subscribers.
    check(&data, &on("2024-01-31", ask("subscription_mrr", &[])), &["NOK 340.00 4080.00 2 170.00"]);
    check(&data, &on("2024-01-31", ask("active_subscriptions", &[])), &["3 2 6"]);
    // The steps count the third, and know no amount for it; each at its own price.
    check(
        &data,
        &on("2024-01-31", ask("price_steps", &[])),
        &["- - 50.00 NOK 1 0.00", "- - 90.00 NOK 1 40.00", "- - 100.00 NOK 1 300.00"],
    );
}

#[test]
fn a_cancellation_ends_a_subscription_when_it_takes_effect() {
    let cancelled = |flag: Option<bool>, date: &str| Subscription {
        is_cancelled: flag,
        cancellation_date: optional_day(date),
        ..period("s", "a", "2024-01-01", "2024-06-01", "1")
    };
    for (flag, date, january, february, june) in [
        (Some(true), "2024-02-01", 1, 0, 0),
        (None, "2024-02-01", 1, 0, 0),
        (Some(false), "2024-02-01", 1, 1, 0),
        (Some(true), "", 1, 1, 0),
        (None, "2023-01-01", 0, 0, 0),
    ] {
        let data = periods(vec![cancelled(flag, date)]);
        for (as_of, count) in [("2024-01-31", january), ("2024-02-01", february), ("2024-06-01", june)] {
            check(&data, &on(as_of, active(Grain::All)), &[&format!("{count} 0 {count}")]);
        }
    }
}

#[test]
fn only_real_cancellations_count_unless_all_are_asked_for() {
    let entry = |key: &str, registered: &str, effect: &str, kind: &str| Cancellation {
        key: key.to_owned(),
        subscription: some("s"),
        cancelled_on: optional_day(registered),
        effective_date: optional_day(effect),
        reason: some("Price"),
        kind: some(kind),
    };
    let own = Subscription {
        subscriber: some("ann"),
        is_cancelled: Some(true),
        cancellation_reason: some("Moved"),
        ..period("s", "a", "2024-01-01", "2024-02-15", "1")
    };
    let mut data = until("2024-03-31", periods(vec![own]));
    // Without a table of cancellations, the subscription's own end tells of it.
    check(&data, &ask("cancellations", &[]), &["2024-02-01 Moved 1 1"]);
    data.cancellations = vec![
        entry("c1", "2024-01-20", "2024-02-01", "Regular"),
        entry("c2", "2024-02-20", "", ""),
        entry("c3", "2024-02-20", "", "pause"),
        entry("c4", "2024-02-20", "2024-03-01", "PlanChange"),
        entry("c5", "", "", "Regular"),
    ];
    check(&data, &ask("cancellations", &[]), &["2024-02-01 Price 2 1"]);
    let all = with("include", "all", ask("cancellations", &[]));
    check(&data, &all, &["2024-02-01 Price 3 1", "2024-03-01 Price 1 1"]);
}

#[test]
fn what_ends_and_was_not_cut_short_could_have_been_renewed() {
    let ending = |key: &str| period(key, "a", "2024-01-01", "2024-02-10", "1");
    let cancelled = |key: &str, date: &str| Subscription {
        is_cancelled: Some(true),
        cancellation_date: optional_day(date),
        ..ending(key)
    };
    let mut data = periods(vec![
        Subscription { next: some("s9"), ..ending("s1") },
        Subscription { is_renewed: Some(true), ..ending("s2") },
        ending("s3"),
        cancelled("s4", "2024-02-09"),
        // It takes effect with the end, so that it was not cut short.
        cancelled("s5", "2024-02-10"),
        Subscription { package: some("once"), ..ending("s6") },
        period("s7", "a", "2024-01-01", "2024-02-20", "1"),
    ]);
    data.packages.push(Package { automatic_stop: Some(true), ..package("once", 1) });
    let request = Request { as_of: Some(day("2024-02-15")), ..ask("renewal_rate", &[]) };
    check(&data, &request, &["2024-02-01 0.5 2 4"]);
}

#[test]
fn a_contract_is_in_force_on_its_last_day() {
    let contract = |key: &str, start: &str, end: &str, months: Option<i64>| Contract {
        key: key.to_owned(),
        subscription: None,
        start_date: optional_day(start),
        end_date: optional_day(end),
        term_length: months,
    };
    let data = Dataset {
        contracts: vec![
            contract("c1", "2024-01-01", "2024-01-31", Some(12)),
            contract("c2", "2024-01-15", "", Some(24)),
            contract("c3", "2024-01-15", "2024-03-31", None),
            contract("c4", "", "2024-03-01", Some(1)),
        ],
        ..Dataset::default()
    };
    let request = Request { as_of: Some(day("2024-02-10")), ..ask("contracts", &[]) };
    // Up to the last end, though the watermark is in February: ends are known before they come,
    // and what is in force is measured on 10 February from then on.
    check(&data, &request, &["2024-01-01 1 3 18", "2024-02-01 0 2 24", "2024-03-01 2 2 24"]);
}
