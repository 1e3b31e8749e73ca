//! Periods follow one another, and nothing ends before it begins.

use super::{Export, some};
use crate::generate::billing_headers;
use std::collections::BTreeSet;

#[test]
fn periods_are_chained_both_ways_without_overlap() {
    let export = Export::new(1500, 21);
    let periods = export.by_id("subscription.Subscriptions");
    let (mut gaps, mut renewals) = (BTreeSet::new(), 0);
    for (id, period) in &periods {
        if let Some(previous) = some(&period["PreviousSubscriptionId"]) {
            assert_eq!(&periods[previous]["NextSubscriptionId"], id);
        }
        let is_renewed = period["IsRenewed"] == "true";
        assert_eq!(is_renewed, !period["RenewedOn"].is_empty());
        let Some(next) = some(&period["NextSubscriptionId"]).map(|next| periods[next]) else {
            assert!(!is_renewed, "{id} was renewed without a next period");
            continue;
        };
        assert_eq!(&next["PreviousSubscriptionId"], id);
        assert_eq!(next["SubscriptionNumber"], period["SubscriptionNumber"]);
        if is_renewed {
            renewals += 1;
            assert!(next["StartDate"] >= period["EndDate"], "{id} overlaps the next period");
            assert!(period["RenewedOn"] <= next["StartDate"] && period["RenewedOn"].as_str() <= "2025-12-30");
            assert!(period["CancellationType"].is_empty(), "{id} is both renewed and cancelled");
            gaps.insert(next["StartDate"] > period["EndDate"]);
        } else {
            let kind = period["CancellationType"].to_lowercase();
            assert!(["pause", "planchange"].contains(&kind.as_str()), "{id}: {kind}");
        }
    }
    assert!(renewals > periods.len() / 2, "{renewals} of {} were renewed", periods.len());
    assert_eq!(gaps.len(), 2, "some periods follow at once, some later");
}

#[test]
fn dates_are_in_order() {
    let export = Export::new(1500, 22);
    let check = |table: &str, from: &str, to: &str, is_strict: bool| {
        for row in export.rows(table) {
            let (from, to) = (&row[from], &row[to]);
            let is_known = !from.is_empty() && !to.is_empty();
            assert!(!is_known || from < to || (!is_strict && from == to), "{table}: {from} to {to}");
        }
    };
    check("subscription.Subscriptions", "StartDate", "EndDate", true);
    check("subscription.Subscriptions", "StartDate", "CancellationDate", false);
    // What is deleted was never meant to be.
    for row in export.rows("subscription.CanceledSubscriptions") {
        let is_deleted = row["Type"].eq_ignore_ascii_case("Delete");
        let effective = some(&row["EffectiveDate"]).filter(|_| !is_deleted);
        assert!(effective.is_none_or(|day| row["CancelledOn"].as_str() <= day), "{row:?}");
    }
    check("subscription.Contracts", "StartDate", "EndDate", true);
    for date in ["DueDate", "SettleDate", "CreditDate", "WriteOffDate"] {
        check("economy.PaymentDemands", "IssueDate", date, false);
    }
    check("economy.Invoices", "IssueDate", "DueDate", false);
    check("economy.Invoices", "IssueDate", "PaidDate", false);
    check("order.Orders", "CreatedDate", "CompletedDate", true);
    check("order.Orders", "CreatedDate", "CancelledDate", true);
    check("economy.AccountTransaction", "StartTime", "EndTime", true);
}

#[test]
fn what_has_happened_lies_within_the_span() {
    let export = Export::new(1500, 23);
    let mut latest = BTreeSet::new();
    for (table, column) in [
        ("economy.PaymentDemands", "IssueDate"),
        ("economy.PaymentDemands", "SettleDate"),
        ("economy.PaymentDemands", "CreditDate"),
        ("economy.PaymentDemands", "WriteOffDate"),
        ("economy.Invoices", "IssueDate"),
        ("economy.Invoices", "PaidDate"),
        ("economy.SubscriberLedgers", "LedgerDate"),
        ("order.Orders", "CreatedDate"),
        ("order.Orders", "CompletedDate"),
        ("order.Orders", "CancelledDate"),
        ("order.OrderAmounts", "Date"),
        ("order.OrderCompletedAmounts", "Date"),
        ("payment.Payments", "PaymentDate"),
        ("payment.DailyPaidAmounts", "Date"),
    ] {
        let days = || export.table(table).column(column).filter_map(some).map(|date| &date[..10]);
        assert!(days().min() >= Some("2024-01-01"), "{table}.{column}: {:?}", days().min());
        assert!(days().max() <= Some("2025-12-30"), "{table}.{column}: {:?}", days().max());
        latest.extend(days().max());
    }
    assert!(latest.contains("2025-12-30"));
    let registered = export.table("subscription.CanceledSubscriptions").column("CancelledOn").max();
    assert!(registered <= Some("2025-12-30"));
    let last_start = export.table("subscription.Subscriptions").column("StartDate").max();
    assert!(last_start > Some("2025-12-30"), "some periods are renewed ahead of their start");
    assert_eq!(billing_headers().len(), export.0.len());
}
