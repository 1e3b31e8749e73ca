//! The shipped KPI tables are what the rows come to.

use super::{Export, Row, amount, some};
use crate::model::{MICROS_PER_SECOND, Zone};
use std::collections::BTreeMap;

/// Amount and number of rows, by the cells of a key.
type Totals = BTreeMap<Vec<String>, (i64, i64)>;

/// The civil day of a timestamp where an organization is.
fn day(zones: &BTreeMap<&str, Zone>, organization: &str, moment: &str) -> String {
    let moment: jiff::civil::DateTime = moment.parse().expect(moment);
    let utc = moment.to_zoned(jiff::tz::TimeZone::UTC).expect("UTC has every moment").timestamp();
    let day = zones[organization].day_of(utc.as_second() * MICROS_PER_SECOND);
    let first = jiff::civil::date(1970, 1, 1);
    first.checked_add(jiff::Span::new().days(day)).expect("a day").to_string()
}

fn zones(export: &Export) -> BTreeMap<&str, Zone> {
    let zone = |row: &Row| Zone::parse(&row["TimeZoneId"]).expect("the zone exists");
    export.rows("dbo.Organizations").map(|row| (row["Id"].as_str(), zone(row))).collect()
}

fn add(totals: &mut Totals, key: &[&str], amount: i64) {
    let total = totals.entry(key.iter().map(|&cell| cell.to_owned()).collect()).or_default();
    total.0 += amount;
    total.1 += 1;
}

/// The lines of a shipped table.
fn shipped(export: &Export, table: &str, key: &[&str]) -> Totals {
    let mut lines = Totals::new();
    for row in export.rows(table) {
        let orders = row.get("Orders").map_or(0, |orders| orders.parse().expect(orders));
        let key = key.iter().map(|column| row[*column].clone()).collect();
        assert_eq!(lines.insert(key, (amount(&row["Amount"]), orders)), None, "{table}: {row:?} twice");
    }
    lines
}

/// Without the number of rows.
fn amounts(totals: Totals) -> Totals {
    totals.into_iter().map(|(key, (amount, _))| (key, (amount, 0))).collect()
}

fn status(cell: &str) -> &str {
    let all = ["InProgress", "Completed", "Cancelled", "Rejected"];
    match cell.parse::<usize>() {
        Ok(code) => all[code],
        Err(_) => all.iter().find(|name| name.eq_ignore_ascii_case(cell)).expect(cell),
    }
}

#[test]
fn order_values_add_up() {
    let export = Export::new(1200, 41);
    let zones = zones(&export);
    let (mut created, mut completed) = (Totals::new(), Totals::new());
    for order in export.rows("order.Orders") {
        let (organization, currency) = (order["OrganizationId"].as_str(), order["Currency"].as_str());
        let status = status(&order["Status"]);
        let value = some(&order["Value"]).map_or(0, amount);
        let on = day(&zones, organization, &order["CreatedDate"]);
        add(&mut created, &[organization, &on, status, currency], value);
        if let Some(moment) = some(&order["CompletedDate"]).filter(|_| status == "Completed") {
            add(&mut completed, &[organization, &day(&zones, organization, moment), currency], value);
        }
    }
    let key = ["OrganizationId", "Date", "Status", "Currency"];
    assert_eq!(shipped(&export, "order.OrderAmounts", &key), created);
    let key = ["OrganizationId", "Date", "Currency"];
    assert_eq!(shipped(&export, "order.OrderCompletedAmounts", &key), completed);
}

#[test]
fn paid_amounts_add_up() {
    let export = Export::new(1200, 42);
    let zones = zones(&export);
    let mut paid = Totals::new();
    let mut elsewhere = 0;
    for payment in export.rows("payment.Payments") {
        if payment["State"].eq_ignore_ascii_case("Completed") {
            let organization = payment["OrganizationId"].as_str();
            let on = day(&zones, organization, &payment["PaymentDate"]);
            elsewhere += usize::from(on != payment["PaymentDate"][..10]);
            add(&mut paid, &[organization, &on, &payment["Currency"]], amount(&payment["Amount"]));
        }
    }
    let key = ["OrganizationId", "Date", "Currency"];
    assert_eq!(shipped(&export, "payment.DailyPaidAmounts", &key), amounts(paid));
    assert!(elsewhere > 100, "{elsewhere} payments fall on another day than in UTC");
}

#[test]
fn balances_add_up() {
    let export = Export::new(1200, 43);
    let mut balances = Totals::new();
    for entry in export.rows("economy.SubscriberLedgers") {
        let key = [&entry["SubscriberId"], &entry["OrganizationId"], &entry["Currency"]];
        add(&mut balances, &key.map(String::as_str), amount(&entry["Amount"]));
    }
    balances.retain(|_, (amount, _)| *amount != 0);
    let key = ["SubscriberId", "OrganizationId", "Currency"];
    assert_eq!(shipped(&export, "economy.SubscriberAmounts", &key), amounts(balances));
}
