//! Payments, ledgers, invoices, and what is not billed yet.

use super::{amount, ask, check, day, every, on, payment, some, time, with};
use crate::reference::billing::data::{Dataset, Ledger, Organization, Payment, Transaction};
use crate::reference::period::Grain;
use crate::reference::request::Request;

fn payments(payments: Vec<Payment>) -> Dataset {
    Dataset { payments, ..Dataset::default() }
}

#[test]
fn two_payments_of_one_instant_and_amount_are_two() {
    let data = payments(vec![
        payment("p1", "2024-05-02T10:00:00", "100"),
        payment("p2", "2024-05-02T10:00:00", "100"),
    ]);
    check(&data, &ask("daily_paid_amounts", &[]), &["2024-05-02 - NOK 200.00 2"]);
    check(&data, &ask("payments", &[]), &["2024-05-01 OCR NOK 200.00 2"]);
}

#[test]
fn a_day_without_payments_has_no_row_and_takes_nothing_from_its_neighbours() {
    let waiting = Payment { state: some("AwaitingApproval"), ..payment("p3", "2024-05-03T10:00:00", "5") };
    let data = payments(vec![
        payment("p1", "2024-05-02T10:00:00", "100.50"),
        waiting,
        payment("p2", "2024-05-04T10:00:00", "1"),
    ]);
    // What awaits approval is a payment, but not one that was paid.
    check(&data, &ask("daily_paid_amounts", &[]), &["2024-05-02 - NOK 100.50 1", "2024-05-04 - NOK 1.00 1"]);
    check(&data, &ask("payments", &[]), &["2024-05-01 OCR NOK 106.50 3"]);
}

#[test]
fn a_payment_stays_on_its_day_whatever_the_clocks_do() {
    let data = payments(vec![
        // Oslo is one hour ahead until 2024-03-31 01:00 UTC, then two, then one again from
        // 2024-10-27 01:00 UTC on.
        payment("p1", "2024-03-30T22:59:59", "1"),
        payment("p2", "2024-03-30T23:00:00", "2"),
        payment("p3", "2024-03-31T21:59:59", "4"),
        payment("p4", "2024-03-31T22:00:00", "8"),
        payment("p5", "2024-10-26T22:00:00", "16"),
        payment("p6", "2024-10-27T22:59:59", "32"),
        payment("p7", "2024-10-27T23:00:00", "64"),
    ]);
    let oslo = Request { tz: "Europe/Oslo", ..ask("daily_paid_amounts", &[]) };
    check(
        &data,
        &oslo,
        &[
            "2024-03-30 - NOK 1.00 1",
            "2024-03-31 - NOK 6.00 2",
            "2024-04-01 - NOK 8.00 1",
            "2024-10-27 - NOK 48.00 2",
            "2024-10-28 - NOK 64.00 1",
        ],
    );
    check(
        &data,
        &ask("daily_paid_amounts", &[]),
        &[
            "2024-03-30 - NOK 3.00 2",
            "2024-03-31 - NOK 12.00 2",
            "2024-10-26 - NOK 16.00 1",
            "2024-10-27 - NOK 96.00 2",
        ],
    );
}

#[test]
fn each_organization_has_its_own_midnight() {
    let organization = |key: &str, zone: &str| Organization {
        key: key.to_owned(),
        name: some(&key.to_uppercase()),
        time_zone: some(zone),
    };
    let of = |key: &str, organization: &str| Payment {
        organization: some(organization),
        ..payment(key, "2024-05-02T23:30:00", "1")
    };
    let data = Dataset {
        organizations: vec![
            organization("oslo", "Europe/Oslo"),
            organization("york", "America/New_York"),
            organization("lost", "Nowhere/At-All"),
            organization("none", ""),
        ],
        payments: vec![of("p1", "oslo"), of("p2", "york"), of("p3", "lost"), of("p4", "none"), of("p5", "x")],
        ..Dataset::default()
    };
    let request = Request { tz: "organization", ..ask("daily_paid_amounts", &[]) };
    // Without a zone that is known, the day is that of UTC.
    check(
        &data,
        &request,
        &[
            "2024-05-02 LOST NOK 1.00 1",
            "2024-05-02 NONE NOK 1.00 1",
            "2024-05-02 YORK NOK 1.00 1",
            "2024-05-02 - NOK 1.00 1",
            "2024-05-03 OSLO NOK 1.00 1",
        ],
    );
    // The watermark is the latest of these days: the third of May.
    let whole = Request { by: vec!["organization"], ..every(Grain::Month, request) };
    let last = Request { last: Some("1d"), ..whole };
    check(&data, &last, &["2024-05-01 OSLO NOK 1.00 1"]);
}

#[test]
fn payments_may_count_by_their_value_date() {
    let valued = Payment { value_date: Some(day("2024-05-06")), ..payment("p1", "2024-05-03T10:00:00", "9") };
    let unvalued = payment("p2", "2024-05-09T10:00:00", "1");
    let data = payments(vec![valued, unvalued]);
    let request = with("date", "value", ask("daily_paid_amounts", &[]));
    check(&data, &request, &["2024-05-06 - NOK 9.00 1"]);
}

#[test]
fn a_balance_is_the_sum_of_all_entries_so_far() {
    let entry = |key: &str, date: &str, sum: &str, currency: &str| Ledger {
        key: key.to_owned(),
        date: super::optional_day(date),
        amount: amount(sum),
        currency: some(currency),
        ..Ledger::default()
    };
    let data = Dataset {
        ledgers: vec![
            entry("l1", "2024-01-10", "500", "NOK"),
            entry("l2", "2024-01-10", "-499.9999", "nok"),
            entry("l3", "2024-02-01", "", "NOK"),
            entry("l4", "2024-02-02", "7", "JPY"),
            entry("l5", "", "1000", "NOK"),
        ],
        ..Dataset::default()
    };
    let request = ask("subscriber_amounts", &[]);
    // 500 - 499.9999; four decimals are shown because they are not zero. An entry without an
    // amount counts, one without a day does not.
    check(&data, &on("2024-02-01", request.clone()), &["- - NOK 0.0001 3"]);
    check(&data, &on("2024-01-09", request.clone()), &[]);
    check(&data, &request, &["- - JPY 7 1", "- - NOK 0.0001 3"]);
}

#[test]
fn what_is_not_billed_yet_is_charged_less_allowed() {
    let entry = |key: &str, kind: &str, start: &str, sum: &str| Transaction {
        key: key.to_owned(),
        kind: some(kind),
        start: (!start.is_empty()).then(|| time(start)),
        amount: amount(sum),
        currency: some("KWD"),
        ..Transaction::default()
    };
    let data = Dataset {
        transactions: vec![
            entry("t1", "Charge", "2024-05-01T23:30:00", "10"),
            entry("t2", "allowance", "", "2.5"),
            entry("t3", "", "2024-04-01T00:00:00", "99"),
            entry("t4", "Charge", "2024-05-02T00:00:00", "1000"),
        ],
        ..Dataset::default()
    };
    let request = on("2024-05-01", ask("unbilled_transactions", &[]));
    check(&data, &request, &["KWD 10.000 2.500 7.500 3"]);
    // In Oslo the first charge starts on the second of May.
    let oslo = Request { tz: "Europe/Oslo", ..request };
    check(&data, &oslo, &["KWD 0.000 2.500 -2.500 2"]);
    // Where no start is known at all, what there is is there on the day of the watermark.
    let unknown = Dataset {
        transactions: vec![entry("t5", "Charge", "", "1")],
        payments: vec![payment("p1", "2024-05-05T00:00:00", "1")],
        ..Dataset::default()
    };
    check(&unknown, &ask("unbilled_transactions", &[]), &["KWD 1.000 0.000 1.000 1"]);
    let monthly = every(Grain::Month, ask("unbilled_transactions", &[]));
    check(&unknown, &monthly, &["2024-05-01 KWD 1.000 0.000 1.000 1"]);
}
