//! Demands: claims, shares of payments, ages, degrees.

use super::{ask, check, day, demand, detail, every, on, paid, payment, with};
use crate::reference::billing::data::{Allowance, Charge, Dataset, Demand, Fee, Payment};
use crate::reference::period::Grain;
use crate::reference::request::Request;

fn debt(by: &[&'static str]) -> Request {
    ask("outstanding_debt", by)
}

fn demands(demands: Vec<Demand>, payments: Vec<Payment>) -> Dataset {
    Dataset { demands, payments, ..Dataset::default() }
}

#[test]
fn every_age_is_in_one_class_only() {
    // Due on the first of May; as of so many days later.
    let data = demands(vec![demand("d1", "", "2024-04-01", "2024-05-01", "100")], vec![]);
    for (as_of, class) in [
        ("2024-04-30", "not_due"),
        ("2024-05-01", "not_due"),
        ("2024-05-02", "1-30"),
        ("2024-05-31", "1-30"),
        ("2024-06-01", "31-60"),
        ("2024-06-30", "31-60"),
        ("2024-07-01", "61-90"),
        ("2024-07-30", "61-90"),
        ("2024-07-31", "over_90"),
    ] {
        check(&data, &on(as_of, debt(&["age_bucket"])), &[&format!("{class} NOK 100.00 1")]);
    }
}

#[test]
fn ages_are_whole_days_and_come_in_their_order() {
    let data = demands(
        vec![
            demand("d1", "", "2024-01-01", "2024-01-15", "1"),
            demand("d2", "", "2024-04-01", "2024-04-02", "2"),
            demand("d3", "", "2024-04-01", "2024-05-01", "4"),
            demand("d4", "", "2024-04-01", "", "8"),
        ],
        // Half an hour before midnight: no part of a day makes anything older.
        vec![payment("p1", "2024-05-01T23:30:00", "1")],
    );
    check(
        &data,
        &debt(&["age_bucket"]),
        &["not_due NOK 4.00 1", "1-30 NOK 2.00 1", "over_90 NOK 1.00 1", "- NOK 8.00 1"],
    );
    check(&data, &debt(&[]), &["NOK 15.00 4"]);
}

#[test]
fn payments_fill_the_demands_of_their_invoice_in_the_order_in_which_they_are_due() {
    let settled = Demand {
        settle_date: Some(day("2024-02-20")),
        ..demand("d4", "i", "2024-01-01", "2024-02-01", "10")
    };
    let credited = Demand {
        credit_date: Some(day("2024-03-05")),
        ..demand("d0", "i", "2024-01-01", "2024-01-02", "40")
    };
    let written_off = Demand {
        write_off_date: Some(day("2024-02-25")),
        ..demand("d5", "i", "2024-01-01", "2024-02-05", "5")
    };
    let data = demands(
        vec![
            // The smaller key comes first among those due on one day; none is due last of all.
            demand("d3", "i", "2024-01-01", "2024-03-01", "100"),
            demand("d2", "i", "2024-01-01", "2024-03-01", "30"),
            demand("d1", "i", "2024-01-01", "", "7"),
            settled,
            credited,
            written_off,
            demand("d6", "other", "2024-01-01", "2024-01-01", "1"),
        ],
        vec![
            paid("p1", "i", "2024-02-28", "60"),
            paid("p2", "i", "2024-03-10", "90"),
            paid("p3", "i", "2024-03-20", "-70"),
            Payment { currency: super::some("EUR"), ..paid("p4", "i", "2024-02-28", "1000") },
            Payment { state: super::some("AwaitingApproval"), ..paid("p5", "i", "2024-02-28", "1000") },
            payment("p6", "2024-02-28T00:00:00", "1000"),
        ],
    );
    // 60 fill d0 (40, not yet credited), d4 (10), d5 (5), and 5 of d2: 25 + 100 + 7 + 1 are left,
    // and nothing of d0, which is open all the same.
    check(&data, &on("2024-02-29", debt(&[])), &["NOK 133.00 5"]);
    // Credited, d0 takes nothing any more: d2 is full, and d3 gets 60 - 10 - 5 - 30 = 15.
    check(&data, &on("2024-03-05", debt(&[])), &["NOK 93.00 4"]);
    // With 150 in all, d3 is full too, and d1 has the last 5 of them.
    check(&data, &on("2024-03-10", debt(&[])), &["NOK 3.00 4"]);
    // Of 80 after the refund, d3 has 35.
    check(&data, &on("2024-03-20", debt(&[])), &["NOK 73.00 4"]);
}

#[test]
fn a_claim_is_never_below_nothing_and_neither_is_a_debt() {
    let mut data = demands(
        vec![
            demand("d1", "i", "2024-01-01", "2024-01-10", ""),
            demand("d2", "j", "2024-01-01", "2024-01-10", "50"),
            demand("d3", "", "2024-01-01", "2024-01-10", ""),
        ],
        vec![paid("p1", "j", "2024-01-05", "-80"), paid("p2", "i", "2024-01-05", "500")],
    );
    data.details = vec![detail("x1", "d1", "100"), detail("x2", "d1", "20.5"), detail("x3", "d2", "900")];
    data.fees = vec![Fee { key: "f".to_owned(), demand: super::some("d2"), amount: super::amount("10") }];
    data.charges =
        vec![Charge { key: "c".to_owned(), demand: super::some("d2"), amount: super::amount("5") }];
    data.allowances =
        vec![Allowance { key: "a".to_owned(), demand: super::some("d3"), amount: super::amount("30") }];
    // d1 claims its details, 120.50, and is paid; d2 claims 50 + 10 + 5, and what was paid back
    // beyond its payments does not make it more; d3 would claim -30, and claims nothing.
    check(&data, &on("2024-01-31", debt(&[])), &["NOK 65.00 3"]);
    check(&data, &on("2024-01-04", debt(&[])), &["NOK 185.50 3"]);
    // What was billed is the sum of the details, without any floor.
    check(&data, &ask("billed_amount", &[]), &["2024-01-01 NOK 1020.50 10.00 5.00 30.00 1005.50"]);
}

#[test]
fn a_degree_of_payment_is_of_what_fell_due() {
    let settled = Demand {
        settle_date: Some(day("2024-02-20")),
        ..demand("d1", "i", "2024-01-01", "2024-01-31", "100")
    };
    let credited =
        Demand { credit_date: Some(day("2024-02-10")), ..demand("d2", "", "2024-01-01", "2024-01-31", "50") };
    let written_off = Demand {
        write_off_date: Some(day("2024-02-10")),
        ..demand("d3", "j", "2024-01-01", "2024-01-20", "60")
    };
    let data = demands(
        vec![settled, credited, written_off, demand("d4", "", "2024-02-01", "2024-03-15", "9")],
        vec![paid("p1", "j", "2024-02-05", "15"), paid("p2", "i", "2024-02-29", "30")],
    );
    // As of 29 February: d1 is settled with its whole claim, d2 is credited, d3 has 15 of 60.
    check(&data, &ask("degree_of_payment", &[]), &["2024-01-01 NOK 0.71875 115.00 160.00 2 1"]);
    let by_count = with("by", "count", ask("degree_of_payment", &[]));
    check(&data, &by_count, &["2024-01-01 NOK 0.5 115.00 160.00 2 1"]);
    // On its due day nobody has paid anything, and d2 is not yet credited.
    let at_once = with("horizon", "0", ask("degree_of_payment", &[]));
    check(&data, &at_once, &["2024-01-01 NOK 0 0.00 210.00 3 0"]);
    // 30 days on only d3 is old enough: 19 February.
    let later = with("horizon", "30", ask("degree_of_payment", &[]));
    check(&data, &later, &["2024-01-01 NOK 0.25 15.00 60.00 1 0"]);
}

#[test]
fn sales_are_outstanding_for_days_of_the_last_ninety() {
    let credited =
        Demand { credit_date: Some(day("2024-03-02")), ..demand("d3", "", "2024-03-01", "2024-03-31", "50") };
    let data = demands(
        vec![
            // 2024-01-02 is the first of the 90 days that end with 31 March.
            demand("d1", "", "2024-01-01", "2024-03-31", "300"),
            demand("d2", "i", "2024-01-02", "2024-03-31", "100"),
            credited,
        ],
        vec![paid("p1", "i", "2024-03-31", "25")],
    );
    // 300 + 75 are left; 100 + 50 were claimed: 375 ÷ 150 × 90.
    let march = Request { from: Some(day("2024-03-01")), ..ask("dso", &[]) };
    check(&data, &march, &["2024-03-01 NOK 225 375.00 150.00"]);
    let quarter = every(Grain::Quarter, ask("dso", &[]));
    check(&data, &quarter, &["2024-01-01 NOK 225 375.00 150.00"]);
}
