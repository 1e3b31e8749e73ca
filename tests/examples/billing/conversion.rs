//! Amounts in one currency.

use super::{Grain, ask, check, day, demand, every, on, paid, payment, period, periods, some};
use crate::reference::billing::cells::Units;
use crate::reference::billing::data::{Dataset, Payment, Rate};
use crate::reference::request::Request;

fn rate(date: &str, currency: &str, units: i64) -> Rate {
    Rate { date: day(date), currency: currency.to_owned(), rate: Units(units) }
}

/// 11.50 kroner for a euro, from the tenth on 11.60; nothing is known of dinars.
fn rates() -> Vec<Rate> {
    vec![rate("2024-05-01", "EUR", 115_000), rate("2024-05-10", "EUR", 116_000)]
}

fn in_kroner(request: Request) -> Request {
    Request { convert: Some("NOK"), ..request }
}

#[test]
fn what_happens_is_converted_on_its_day() {
    let of = |key: &str, date: &str, sum: &str, currency: &str| Payment {
        currency: some(currency),
        ..payment(key, &format!("{date}T12:00:00"), sum)
    };
    let data = Dataset {
        payments: vec![
            of("p1", "2024-05-01", "1.0001", "EUR"),
            of("p2", "2024-05-10", "2", "eur"),
            of("p3", "2024-05-10", "100", "NOK"),
            // Before the first rate, without any rate, without a currency: left out.
            of("p4", "2024-04-30", "1000", "EUR"),
            of("p5", "2024-05-10", "1000", "KWD"),
            of("p6", "2024-05-10", "1000", ""),
        ],
        rates: rates(),
        ..Dataset::default()
    };
    let whole = every(Grain::All, ask("payments", &[]));
    // 11.50115 + 23.20 + 100: nothing is rounded.
    check(&data, &in_kroner(whole), &["OCR 134.70115 3"]);
    let by_currency = every(Grain::All, ask("payments", &["currency"]));
    check(&data, &in_kroner(by_currency), &["EUR OCR 34.70115 2", "NOK OCR 100.00 1"]);
}

#[test]
fn what_there_is_is_converted_on_the_day_of_measurement() {
    let mut owed = demand("d1", "i", "2024-05-01", "2024-05-20", "10");
    owed.currency = some("EUR");
    let mut payment = paid("p1", "i", "2024-05-02", "4");
    payment.currency = some("EUR");
    let data = Dataset {
        demands: vec![owed, demand("d2", "", "2024-05-01", "", "1")],
        // Kroner pay no euros.
        payments: vec![payment, paid("p2", "i", "2024-05-02", "1000")],
        rates: rates(),
        ..Dataset::default()
    };
    let debt = in_kroner(ask("outstanding_debt", &[]));
    check(&data, &on("2024-05-09", debt.clone()), &["70.00 2"]);
    check(&data, &on("2024-05-10", debt), &["70.60 2"]);
    // A degree of payment is of the day on which it fell due.
    let degree = Request { as_of: Some(day("2024-05-31")), ..ask("degree_of_payment", &[]) };
    check(&data, &in_kroner(degree), &["2024-05-01 0.4 46.40 116.00 1 0"]);
}

#[test]
fn a_rate_that_changes_moves_no_revenue() {
    let mut data = periods(vec![
        period("s1", "a", "2024-04-01", "", "10"),
        period("s2", "a", "2024-04-01", "2024-05-05", "116"),
        period("s3", "b", "2024-04-01", "", "1"),
    ]);
    data.subscriptions[0].currency = some("EUR");
    data.subscriptions[2].currency = some("KWD");
    data.rates = rates();
    let may = Request {
        from: Some(day("2024-05-01")),
        to: Some(day("2024-05-31")),
        as_of: Some(day("2024-05-31")),
        ..ask("mrr_movements", &[])
    };
    // On 31 May a euro is 11.60: the account goes from 116 + 116 to 116. Dinars have no rate.
    check(&data, &in_kroner(may), &["2024-05-01 232.00 0.00 0.00 -116.00 0.00 0.00 116.00 0.5 0.5"]);
    let mrr = in_kroner(on("2024-05-09", ask("subscription_mrr", &[])));
    check(&data, &mrr, &["115.00 1380.00 1 -"]);
}
