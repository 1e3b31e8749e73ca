//! Amounts agree wherever they are said twice.

use super::{Export, Row, amount, some};
use std::collections::BTreeMap;

/// Sums of an amount by a reference.
fn sums<'a>(export: &'a Export, table: &str, by: &str) -> BTreeMap<&'a str, i64> {
    let mut sums = BTreeMap::new();
    for row in export.rows(table) {
        *sums.entry(row[by].as_str()).or_default() += amount(&row["Amount"]);
    }
    sums
}

/// What each demand claims: its details and what was added, less what was taken off.
fn claims(export: &Export) -> BTreeMap<&str, i64> {
    let mut claims = sums(export, "economy.PaymentDemandDetails", "PaymentDemandId");
    for (table, sign) in [
        ("economy.PaymentDemandFees", 1),
        ("economy.PaymentDemandCharges", 1),
        ("economy.PaymentDemandAllowances", -1),
    ] {
        for (demand, sum) in sums(export, table, "PaymentDemandId") {
            *claims.get_mut(demand).expect("a demand has details") += sign * sum;
        }
    }
    claims.values_mut().for_each(|claim| *claim = (*claim).max(0));
    claims
}

/// Whether a payment is complete and in the currency of what it pays.
fn counts(payment: &Row, currency: &str) -> bool {
    payment["State"].eq_ignore_ascii_case("Completed") && payment["Currency"] == currency
}

#[test]
fn a_demand_is_the_sum_of_its_details_and_an_invoice_of_its_demands() {
    let export = Export::new(1500, 31);
    let details = sums(&export, "economy.PaymentDemandDetails", "PaymentDemandId");
    let claims = claims(&export);
    let mut invoiced: BTreeMap<&str, i64> = BTreeMap::new();
    for demand in export.rows("economy.PaymentDemands") {
        let id = demand["Id"].as_str();
        if let Some(said) = some(&demand["Amount"]) {
            assert_eq!(amount(said), details[id], "demand {id}");
        }
        *invoiced.entry(&demand["InvoiceId"]).or_default() += claims[id];
    }
    for invoice in export.rows("economy.Invoices") {
        assert_eq!(amount(&invoice["Amount"]), invoiced[invoice["Id"].as_str()], "invoice {}", invoice["Id"]);
    }
}

#[test]
fn what_is_settled_was_paid() {
    let export = Export::new(1500, 32);
    let claims = claims(&export);
    let mut settled: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for demand in export.rows("economy.PaymentDemands").filter(|demand| !demand["SettleDate"].is_empty()) {
        *settled.entry((&demand["InvoiceId"], &demand["Currency"])).or_default() +=
            claims[demand["Id"].as_str()];
    }
    let mut paid: BTreeMap<&str, i64> = BTreeMap::new();
    let invoices = export.by_id("economy.Invoices");
    for payment in export.rows("payment.Payments").filter(|payment| amount(&payment["Amount"]) > 0) {
        let invoice = payment["InvoiceId"].as_str();
        if invoices.get(invoice).is_some_and(|of| counts(payment, &of["Currency"])) {
            *paid.entry(invoice).or_default() += amount(&payment["Amount"]);
        }
    }
    let mut checked = 0;
    for ((invoice, _), claimed) in settled.into_iter().filter(|((invoice, _), _)| !invoice.is_empty()) {
        let paid = paid.get(invoice).copied().unwrap_or(0);
        assert!(paid >= claimed, "invoice {invoice}: {claimed} settled, {paid} paid");
        checked += 1;
    }
    assert!(checked > 5000, "{checked} invoices");
}

#[test]
fn the_ledger_agrees_with_demands_and_payments() {
    let export = Export::new(1500, 33);
    let claims = claims(&export);
    let mut charged: BTreeMap<&str, i64> = BTreeMap::new();
    let mut entered: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in export.rows("economy.SubscriberLedgers") {
        let kind = entry["LedgerType"].to_lowercase();
        match kind.as_str() {
            "charge" | "debit" => {
                *charged.entry(&entry["PaymentDemandId"]).or_default() += amount(&entry["Amount"]);
            }
            "payment" | "refund" => {
                assert!(!entry["PaymentId"].is_empty());
                *entered.entry(&entry["PaymentId"]).or_default() -= amount(&entry["Amount"]);
            }
            "credit" => assert!(amount(&entry["Amount"]) <= 0 && !entry["PaymentDemandId"].is_empty()),
            kind => assert_eq!(kind, "balance"),
        }
    }
    for (demand, claim) in &claims {
        assert_eq!(charged.get(demand), Some(claim), "demand {demand}");
    }
    for payment in export.rows("payment.Payments") {
        let of_somebody = !payment["SubscriberId"].is_empty() && counts(payment, &payment["Currency"]);
        let expected = of_somebody.then(|| amount(&payment["Amount"]));
        assert_eq!(entered.get(payment["Id"].as_str()).copied(), expected, "payment {}", payment["Id"]);
    }
}
