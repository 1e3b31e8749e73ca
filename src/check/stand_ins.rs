//! What do figures do without a column? Every assumption that a missing column or cell leads to, and
//! where an empty cell says something by itself.

use crate::kpi::registry::Column;

/// What takes the place of a column.
pub struct StandIn {
    /// The column.
    pub column: Column,
    /// The KPIs that go on without it.
    pub kpis: &'static [&'static str],
    /// What it is taken from.
    pub from: &'static [Column],
    /// What is done without it.
    pub says: &'static str,
    /// Whether an empty cell says what the stand-in does, so that only a missing column is an
    /// assumption.
    pub empty_is_usual: bool,
}

const fn stand_in(
    column: Column,
    from: &'static [Column],
    says: &'static str,
    kpis: &'static [&'static str],
) -> StandIn {
    StandIn { column, kpis, from, says, empty_is_usual: false }
}

const fn where_usual(stand_in: StandIn) -> StandIn {
    StandIn { empty_is_usual: true, ..stand_in }
}

const BALANCE: &[&str] = &["outstanding_debt", "degree_of_payment", "dso"];
const CLAIMS: &[&str] = &["billed_amount", "outstanding_debt", "degree_of_payment", "dso"];
const IN_FORCE: &[&str] = &[
    "active_subscriptions",
    "subscription_mrr",
    "mrr_movements",
    "subscription_churn",
    "price_steps",
    "renewal_rate",
];

/// Every stand-in.
pub const STAND_INS: &[StandIn] = &[
    stand_in(
        ("meetings", "duration_minutes"),
        &[("meetings", "end_time")],
        "the whole minutes from start to end",
        &["meeting_minutes", "avg_meeting_duration"],
    ),
    stand_in(
        ("features_usage", "usage_timestamp"),
        &[("features_usage", "meeting_id"), ("meetings", "start_time")],
        "the start of the meeting",
        &["feature_adoption", "feature_usage"],
    ),
    stand_in(
        ("features_usage", "usage_count"),
        &[],
        "counts as used, and adds nothing",
        &["feature_adoption", "feature_usage"],
    ),
    stand_in(("features_usage", "usage_duration"), &[], "adds no minutes", &["feature_usage"]),
    stand_in(("attendees", "leave_time"), &[], "adds no attended minutes", &["attendance"]),
    stand_in(
        ("billing_events", "event_type"),
        &[],
        "the amount keeps its sign",
        &["revenue", "revenue_by_license_type"],
    ),
    stand_in(
        ("billing_events", "currency"),
        &[],
        "the mapping's default, else XXX",
        &["revenue", "revenue_by_license_type", "mrr"],
    ),
    stand_in(("licenses", "license_status"), &[], "the licence is not suspended", &["license_utilization"]),
    where_usual(stand_in(("licenses", "assigned_user_id"), &[], "every event lasts one month", &["mrr"])),
    stand_in(("meetings", "start_time"), &[], "no revenue per active user or per hour met", &["revenue"]),
    stand_in(
        ("subscriptions", "IsCancelled"),
        &[("subscriptions", "CancellationDate")],
        "a CancellationDate decides",
        IN_FORCE,
    ),
    stand_in(
        ("subscriptions", "Units"),
        &[],
        "one unit",
        &["active_subscriptions", "subscription_mrr", "mrr_movements", "price_steps"],
    ),
    where_usual(stand_in(
        ("subscription_packages", "PermanentDiscountPercent"),
        &[],
        "no discount",
        &["subscription_mrr", "mrr_movements", "price_steps"],
    )),
    where_usual(stand_in(
        ("subscription_packages", "AutomaticStop"),
        &[],
        "no package stops by itself",
        &["renewal_rate"],
    )),
    where_usual(stand_in(
        ("subscriptions", "IsRenewed"),
        &[("subscriptions", "NextSubscriptionId")],
        "renewed when there is a next subscription",
        &["renewal_rate"],
    )),
    where_usual(stand_in(
        ("subscriptions", "PreviousSubscriptionId"),
        &[],
        "every row is a new subscription",
        &["subscription_starts"],
    )),
    stand_in(
        ("subscriptions", "SubscriberAccountId"),
        &[("subscriptions", "SubscriberId")],
        "the subscriber instead",
        &["mrr_movements", "subscription_churn"],
    ),
    where_usual(stand_in(
        ("canceled_subscriptions", "SubscriptionId"),
        &[("subscriptions", "CancellationDate")],
        "the subscriptions' own cancellation columns",
        &["cancellations"],
    )),
    stand_in(
        ("canceled_subscriptions", "EffectiveDate"),
        &[("canceled_subscriptions", "CancelledOn")],
        "the day of registration",
        &["cancellations"],
    ),
    stand_in(
        ("payment_demands", "Amount"),
        &[("payment_demand_details", "Amount")],
        "the sum of the details",
        BALANCE,
    ),
    where_usual(stand_in(("payment_demand_fees", "Amount"), &[], "no demand has a fee", CLAIMS)),
    where_usual(stand_in(("payment_demand_charges", "Amount"), &[], "no demand has a charge", CLAIMS)),
    where_usual(stand_in(("payment_demand_allowances", "Amount"), &[], "no demand has an allowance", CLAIMS)),
    where_usual(stand_in(("payments", "Amount"), &[], "no demand is paid in part", BALANCE)),
    where_usual(stand_in(("payment_demands", "CreditDate"), &[], "no demand is credited", BALANCE)),
    where_usual(stand_in(("payment_demands", "WriteOffDate"), &[], "no demand is written off", BALANCE)),
    where_usual(stand_in(
        ("organizations", "TimeZoneId"),
        &[],
        "days in UTC under --tz organization",
        &["daily_paid_amounts", "order_amounts", "order_completed_amounts"],
    )),
];

/// Columns whose empty cell says something: still open, without end, a guest, a first period.
pub const EMPTY_HAS_A_MEANING: &[Column] = &[
    ("support_tickets", "close_date"),
    ("licenses", "end_date"),
    ("licenses", "assigned_user_id"),
    ("attendees", "user_id"),
    ("payment_demands", "InvoiceId"),
    ("payment_demands", "SettleDate"),
    ("payment_demands", "CreditDate"),
    ("payment_demands", "WriteOffDate"),
    ("payment_demand_details", "NextSubscriptionId"),
    ("orders", "CompletedDate"),
    ("orders", "CancelledDate"),
    ("account_transactions", "StartTime"),
    ("subscriptions", "EndDate"),
    ("subscriptions", "CancellationDate"),
    ("subscriptions", "CancellationReason"),
    ("subscriptions", "PreviousSubscriptionId"),
    ("subscriptions", "NextSubscriptionId"),
    ("canceled_subscriptions", "EffectiveDate"),
    ("contracts", "EndDate"),
    ("contracts", "TermLength"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::KPIS;
    use crate::model::SCHEMA;

    #[test]
    fn stand_ins_name_columns_and_kpis_that_exist() {
        let columns = STAND_INS.iter().flat_map(|s| std::iter::once(&s.column).chain(s.from));
        for (table, column) in columns.chain(EMPTY_HAS_A_MEANING) {
            assert!(SCHEMA.get(SCHEMA.id(table)).position(column).is_some(), "{table}.{column}");
        }
        for stand_in in STAND_INS {
            let model = SCHEMA.get(SCHEMA.id(stand_in.column.0)).model;
            let of_model: Vec<&str> = KPIS.iter().filter(|k| k.model == model).map(|k| k.name).collect();
            for kpi in stand_in.kpis.iter().filter(|_| !of_model.is_empty()) {
                assert!(of_model.contains(kpi), "{:?}: {kpi}", stand_in.column);
            }
        }
    }
}
