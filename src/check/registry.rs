//! Every rule, declared once: its name, what it says, how bad that is, what it needs and touches.

use super::rule::Rule;
use super::rules::{
    cancellations, chains, dates, demands, events, invoices, ledger, licences, meetings, numbers,
    organizations, packages, payments, references, repeats, same_row, subscribers, subscriptions, tags,
    transactions, users, values,
};
use crate::kpi::registry::Column;
use crate::model::{DECIMAL_ONE, Model};

const PLATFORM: Option<Model> = Some(Model::Platform);
const BILLING: Option<Model> = Some(Model::Billing);

/// Amounts that figures add up; a missing one adds nothing. The amount of a demand is not among them:
/// its details stand in.
const AMOUNTS: &[Column] = &[
    ("billing_events", "amount"),
    ("subscriber_ledgers", "Amount"),
    ("account_transactions", "Amount"),
    ("invoices", "Amount"),
    ("payment_demand_details", "Amount"),
    ("payment_demand_fees", "Amount"),
    ("payment_demand_allowances", "Amount"),
    ("payment_demand_charges", "Amount"),
    ("orders", "Value"),
    ("subscriptions", "Price"),
    ("payments", "Amount"),
];

/// Names by which figures are broken down.
const NAMES: &[Column] = &[
    ("organizations", "Name"),
    ("products", "Name"),
    ("reporting_groups", "Name"),
    ("enterprise_plans", "Name"),
];

const PERCENTS: &[Column] = &[
    ("subscription_packages", "PermanentDiscountPercent"),
    ("subscription_packages", "TaxPercent"),
    ("subscriptions", "TaxPercent"),
];

const UNITS: &[Column] = &[("subscriptions", "Units")];

const CLAIM_KPIS: &[&str] = &["outstanding_debt", "billed_amount", "degree_of_payment", "dso"];
const PAYMENT_KPIS: &[&str] = &["outstanding_debt", "degree_of_payment", "dso"];
const MRR_KPIS: &[&str] = &["subscription_mrr", "mrr_movements", "price_steps"];
const IN_FORCE_KPIS: &[&str] =
    &["active_subscriptions", "subscription_mrr", "mrr_movements", "subscription_churn", "price_steps"];
const MEETING_TIMES: &[Column] = &[("meetings", "start_time"), ("meetings", "end_time")];

/// Every rule: those about all tables, then those of each model, in the order of its tables.
pub const RULES: &[Rule] = &[
    Rule::notice(
        "unknown_reference",
        None,
        "refers to a row that is not in the store (so far)",
        references::unknown,
    ),
    Rule::notice("outside_domain", None, "has a value that its column does not list", values::outside_domain),
    Rule::notice("currency_missing", None, "has money without a currency", values::no_currency),
    Rule::notice("amount_missing", None, "has no amount, and adds nothing to sums", |s| {
        same_row::missing_number(s, AMOUNTS)
    }),
    Rule::error(
        "date_ahead",
        None,
        "is dated more than 31 days after as_of (--as-of, else the day by which 99.9 % of the facts lie): a mistyped date moves as_of",
        dates::ahead,
    ),
    Rule::notice(
        "date_placeholder",
        None,
        "is dated before 1990 or after 2099, as systems write for no date",
        dates::placeholder,
    ),
    // Platform.
    Rule::notice("email_twice", PLATFORM, "has the e-mail address of another user", repeats::same)
        .needs(&[("users", "email")])
        .kpis(&["active_users", "signups", "churn_rate"]),
    Rule::notice(
        "before_registration",
        PLATFORM,
        "is of a user who registers on a later day",
        users::before_registration,
    )
    .needs(&[("users", "registration_date")])
    .kpis(&["feature_adoption", "retention", "signups"]),
    Rule::notice(
        "licence_overlap",
        PLATFORM,
        "begins while another licence of the same user runs: an event goes to one of them",
        licences::overlap,
    )
    .needs(&[("licenses", "assigned_user_id"), ("licenses", "start_date"), ("licenses", "end_date")])
    .kpis(&["revenue_by_license_type", "mrr"]),
    Rule::notice(
        "licence_expired_early",
        PLATFORM,
        "has the status Expired, and a term that covers as_of",
        licences::expired_early,
    )
    .needs(&[("licenses", "license_status"), ("licenses", "end_date")])
    .kpis(&["license_utilization"]),
    Rule::notice(
        "licence_active_past_end",
        PLATFORM,
        "has the status Active, and a term that is over at as_of",
        licences::active_past_end,
    )
    .needs(&[("licenses", "license_status"), ("licenses", "end_date")])
    .kpis(&["license_utilization"]),
    Rule::error("meeting_backwards", PLATFORM, "ends before it starts", same_row::backwards)
        .needs(MEETING_TIMES)
        .kpis(&["meeting_minutes", "avg_meeting_duration", "peak_concurrency"]),
    Rule::error(
        "meeting_duration",
        PLATFORM,
        "says a duration that is more than a minute off its start and end",
        meetings::duration,
    )
    .needs(&[("meetings", "start_time"), ("meetings", "end_time"), ("meetings", "duration_minutes")])
    .kpis(&["meeting_minutes", "avg_meeting_duration", "revenue"]),
    Rule::notice("meeting_long", PLATFORM, "lasts more than 24 hours", meetings::long)
        .needs(MEETING_TIMES)
        .kpis(&["meeting_minutes", "avg_meeting_duration", "peak_concurrency", "revenue"]),
    Rule::error("stay_backwards", PLATFORM, "leaves before it joins", same_row::backwards)
        .needs(&[("attendees", "join_time"), ("attendees", "leave_time")])
        .kpis(&["attendance"]),
    Rule::notice(
        "stay_outside_meeting",
        PLATFORM,
        "joins or leaves more than 15 minutes outside its meeting",
        |s| meetings::around(s, &["join_time", "leave_time"]),
    )
    .needs(&[
        ("attendees", "meeting_id"),
        ("attendees", "join_time"),
        ("attendees", "leave_time"),
        ("meetings", "start_time"),
        ("meetings", "end_time"),
    ])
    .kpis(&["attendance"]),
    Rule::notice(
        "use_outside_meeting",
        PLATFORM,
        "uses a feature more than 15 minutes outside its meeting",
        |s| meetings::around(s, &["usage_timestamp"]),
    )
    .needs(&[
        ("features_usage", "meeting_id"),
        ("features_usage", "usage_timestamp"),
        ("meetings", "start_time"),
        ("meetings", "end_time"),
    ])
    .kpis(&["feature_usage", "feature_adoption"]),
    Rule::error(
        "ticket_closed_without_date",
        PLATFORM,
        "is resolved or closed, and has no close date",
        |s| same_row::lacks_date(s, &["resolved", "closed"]),
    )
    .needs(&[("support_tickets", "resolution_status"), ("support_tickets", "close_date")])
    .kpis(&["resolution_time", "first_contact_resolution", "open_tickets"]),
    Rule::error(
        "ticket_open_with_close_date",
        PLATFORM,
        "has a close date, and is neither resolved nor closed",
        |s| same_row::has_date_although(s, &["resolved", "closed"]),
    )
    .needs(&[("support_tickets", "resolution_status"), ("support_tickets", "close_date")])
    .kpis(&["resolution_time", "open_tickets"]),
    Rule::notice("charge_negative", PLATFORM, "is a charge with a negative amount", events::negative_charge)
        .needs(&[("billing_events", "event_type"), ("billing_events", "amount")])
        .kpis(&["revenue", "mrr", "revenue_by_license_type"]),
    // Billing: who and what.
    Rule::notice(
        "name_twice",
        BILLING,
        "has the name of another, but for case: figures by name put equal ones together",
        |s| repeats::same_text(s, NAMES),
    )
    .kpis(&["order_amounts", "daily_paid_amounts", "active_subscriptions", "billed_amount"]),
    Rule::notice(
        "zone_unknown",
        BILLING,
        "is an organization without a time zone that exists: its days are taken in UTC",
        organizations::unknown_zone,
    )
    .needs(&[("organizations", "TimeZoneId")])
    .kpis(&["daily_paid_amounts", "order_amounts", "order_completed_amounts"]),
    Rule::notice(
        "two_primary_contacts",
        BILLING,
        "is a primary contact beside another of the same subscriber: the smallest Id counts",
        subscribers::two_primary_contacts,
    )
    .needs(&[("subscriber_contacts", "SubscriberId"), ("subscriber_contacts", "IsPrimary")])
    .kpis(&["active_subscriptions", "subscription_mrr", "outstanding_debt"]),
    Rule::notice(
        "contact_of_another",
        BILLING,
        "is a subscriber whose contact belongs to another one",
        subscribers::contact_of_another,
    )
    .needs(&[("subscribers", "ContactId"), ("subscriber_contacts", "SubscriberId")])
    .kpis(&["active_subscriptions", "subscription_mrr", "outstanding_debt"]),
    Rule::notice(
        "account_of_another",
        BILLING,
        "names a subscriber and an account that belongs to another one",
        subscribers::account_of_another,
    )
    .needs(&[("subscriber_accounts", "SubscriberId")])
    .kpis(&["mrr_movements", "subscription_churn", "outstanding_debt"]),
    Rule::notice("tag_unresolved", BILLING, "is a tag on a row that is not in the store", tags::unresolved)
        .needs(&[("tags", "ReferenceId")])
        .kpis(&["active_subscriptions", "subscription_mrr", "payments", "outstanding_debt"]),
    Rule::notice("tag_ambiguous", BILLING, "is a tag whose Id stands in several tables", tags::ambiguous)
        .needs(&[("tags", "ReferenceId")])
        .kpis(&["active_subscriptions", "subscription_mrr", "payments", "outstanding_debt"]),
    Rule::notice(
        "product_without_group",
        BILLING,
        "is a product in no reporting group",
        packages::product_without_group,
    )
    .needs(&[
        ("products", "Id"),
        ("product_reporting_groups", "ProductId"),
        ("product_reporting_groups", "ReportingGroupId"),
    ])
    .kpis(&["billed_amount", "order_amounts", "active_subscriptions"]),
    // Billing: money.
    Rule::notice(
        "transaction_billed_and_open",
        BILLING,
        "is an open transaction that a demand bills: it counts on both sides",
        transactions::billed_and_open,
    )
    .needs(&[("account_transactions", "Amount")])
    .kpis(&["unbilled_transactions", "billed_amount"]),
    Rule::error("invoice_due_before_issue", BILLING, "is due before it is issued", same_row::backwards)
        .needs(&[("invoices", "IssueDate"), ("invoices", "DueDate")])
        .kpis(&["invoices"]),
    Rule::error("invoice_paid_without_date", BILLING, "is paid, and has no PaidDate", |s| {
        same_row::lacks_date(s, &["paid"])
    })
    .needs(&[("invoices", "Status"), ("invoices", "PaidDate")])
    .kpis(&["invoices"]),
    Rule::error(
        "invoice_unpaid_with_date",
        BILLING,
        "has a PaidDate, and is neither paid nor credited",
        |s| same_row::has_date_although(s, &["paid", "credited"]),
    )
    .needs(&[("invoices", "Status"), ("invoices", "PaidDate")])
    .kpis(&["invoices"]),
    Rule::error(
        "invoice_number_twice",
        BILLING,
        "has the number of another invoice of its organization",
        repeats::same,
    )
    .needs(&[("invoices", "InvoiceNumber"), ("invoices", "OrganizationId")])
    .kpis(&["invoices"]),
    Rule::notice(
        "invoice_number_gap",
        BILLING,
        "does not follow on the number before it in its organization: invoices may be missing",
        numbers::gap,
    )
    .needs(&[("invoices", "InvoiceNumber"), ("invoices", "OrganizationId")])
    .kpis(&["invoices"]),
    Rule::notice("invoice_amount", BILLING, "has another amount than its demands claim", invoices::amount)
        .needs(&[("invoices", "Amount"), ("payment_demands", "InvoiceId")])
        .kpis(&["invoices", "billed_amount"]),
    Rule::notice(
        "invoice_overpaid",
        BILLING,
        "is paid more than its demands claim that are not credited",
        invoices::overpaid,
    )
    .needs(&[
        ("invoices", "Amount"),
        ("payments", "InvoiceId"),
        ("payments", "Amount"),
        ("payment_demands", "InvoiceId"),
    ])
    .kpis(PAYMENT_KPIS),
    Rule::error("demand_amount", BILLING, "has another amount than the sum of its details", demands::amount)
        .needs(&[
            ("payment_demands", "Amount"),
            ("payment_demand_details", "PaymentDemandId"),
            ("payment_demand_details", "Amount"),
        ])
        .kpis(CLAIM_KPIS),
    Rule::notice(
        "demand_without_details",
        BILLING,
        "is a demand without details: none of it can be told by product",
        demands::without_details,
    )
    .needs(&[("payment_demands", "IssueDate"), ("payment_demand_details", "PaymentDemandId")])
    .kpis(&["billed_amount"]),
    Rule::error(
        "part_without_demand",
        BILLING,
        "is a detail, fee, allowance or charge of no demand that is there",
        demands::part_without_demand,
    )
    .needs(&[("payment_demands", "IssueDate")])
    .kpis(CLAIM_KPIS),
    Rule::error("demand_due_before_issue", BILLING, "is due before it is issued", same_row::backwards)
        .needs(&[("payment_demands", "IssueDate"), ("payment_demands", "DueDate")])
        .kpis(PAYMENT_KPIS),
    Rule::error(
        "demand_ended_before_issue",
        BILLING,
        "is settled, credited or written off before it is issued",
        same_row::backwards,
    )
    .needs(&[
        ("payment_demands", "IssueDate"),
        ("payment_demands", "SettleDate"),
        ("payment_demands", "CreditDate"),
        ("payment_demands", "WriteOffDate"),
    ])
    .kpis(PAYMENT_KPIS),
    Rule::notice(
        "demand_ended_twice",
        BILLING,
        "is more than one of settled, credited and written off",
        demands::ended_twice,
    )
    .needs(&[
        ("payment_demands", "SettleDate"),
        ("payment_demands", "CreditDate"),
        ("payment_demands", "WriteOffDate"),
    ])
    .kpis(PAYMENT_KPIS),
    Rule::notice(
        "demand_claim_negative",
        BILLING,
        "claims less than nothing: its allowances exceed it, and it counts as 0",
        demands::negative_claim,
    )
    .needs(&[("payment_demands", "IssueDate")])
    .kpis(PAYMENT_KPIS),
    Rule::error(
        "demand_other_currency",
        BILLING,
        "is in another currency than its invoice",
        invoices::other_currency,
    )
    .needs(&[("payment_demands", "InvoiceId"), ("payment_demands", "Currency"), ("invoices", "Currency")])
    .kpis(PAYMENT_KPIS),
    Rule::notice(
        "demand_other_subscriber",
        BILLING,
        "is of another subscriber than its invoice",
        invoices::other_subscriber,
    )
    .needs(&[
        ("payment_demands", "InvoiceId"),
        ("payment_demands", "SubscriberId"),
        ("invoices", "SubscriberId"),
    ])
    .kpis(&["outstanding_debt"]),
    Rule::error(
        "payment_other_currency",
        BILLING,
        "is in another currency than the invoice that it pays, and settles nothing",
        invoices::other_currency,
    )
    .needs(&[("payments", "InvoiceId"), ("payments", "Currency"), ("invoices", "Currency")])
    .kpis(PAYMENT_KPIS),
    Rule::notice(
        "payment_without_invoice",
        BILLING,
        "is a completed payment of no invoice",
        payments::without_invoice,
    )
    .needs(&[("payments", "State"), ("payments", "InvoiceId")])
    .kpis(PAYMENT_KPIS),
    Rule::notice(
        "payment_twice",
        BILLING,
        "is a completed payment like another: invoice, day, amount, currency and source are the same",
        payments::twice,
    )
    .needs(&[
        ("payments", "State"),
        ("payments", "InvoiceId"),
        ("payments", "PaymentDate"),
        ("payments", "Amount"),
        ("payments", "Currency"),
        ("payments", "Source"),
    ])
    .kpis(&["daily_paid_amounts", "payments", "outstanding_debt", "degree_of_payment"]),
    Rule::error(
        "ledger_balance",
        BILLING,
        "is a shipped balance that the ledger does not add up to",
        ledger::balance,
    )
    .needs(&[
        ("subscriber_amounts", "Amount"),
        ("subscriber_ledgers", "Amount"),
        ("subscriber_ledgers", "LedgerDate"),
    ])
    .kpis(&["subscriber_amounts"]),
    // Billing: orders.
    Rule::error("order_completed_without_date", BILLING, "is completed, and has no CompletedDate", |s| {
        same_row::lacks_date(s, &["completed"])
    })
    .needs(&[("orders", "Status"), ("orders", "CompletedDate")])
    .kpis(&["order_completed_amounts"]),
    Rule::notice("order_uncompleted_with_date", BILLING, "has a CompletedDate, and is not completed", |s| {
        same_row::has_date_although(s, &["completed"])
    })
    .needs(&[("orders", "Status"), ("orders", "CompletedDate")])
    .kpis(&["order_completed_amounts", "order_conversion"]),
    Rule::notice("order_cancelled_without_date", BILLING, "is cancelled, and has no CancelledDate", |s| {
        same_row::lacks_date(s, &["cancelled"])
    })
    .needs(&[("orders", "Status"), ("orders", "CancelledDate")])
    .kpis(&["order_conversion"]),
    Rule::error(
        "order_ended_before_created",
        BILLING,
        "is completed or cancelled before it is created",
        same_row::backwards,
    )
    .needs(&[("orders", "CreatedDate"), ("orders", "CompletedDate"), ("orders", "CancelledDate")])
    .kpis(&["order_amounts", "order_completed_amounts"]),
    // Billing: subscriptions.
    Rule::error("subscription_backwards", BILLING, "ends before it starts", same_row::backwards)
        .needs(&[("subscriptions", "StartDate"), ("subscriptions", "EndDate")])
        .kpis(IN_FORCE_KPIS),
    Rule::notice(
        "subscription_without_start",
        BILLING,
        "has no StartDate, and is never in force",
        subscriptions::without_start,
    )
    .needs(&[("subscriptions", "StartDate")])
    .kpis(IN_FORCE_KPIS),
    Rule::notice("units_not_positive", BILLING, "has fewer than one unit", |s| {
        same_row::outside(s, UNITS, 1, i64::MAX)
    })
    .kpis(MRR_KPIS),
    Rule::notice("percent_outside", BILLING, "has a percentage below 0 or above 100", |s| {
        same_row::outside(s, PERCENTS, 0, 100 * DECIMAL_ONE)
    })
    .kpis(MRR_KPIS),
    Rule::notice(
        "frequency_unknown",
        BILLING,
        "has no package with a known billing frequency, and adds no recurring revenue",
        subscriptions::unknown_frequency,
    )
    .needs(&[("subscriptions", "SubscriptionPackageId"), ("subscription_packages", "BillingFrequencyId")])
    .kpis(MRR_KPIS),
    Rule::error("chain_cycle", BILLING, "leads back to itself through its chain", chains::cycle)
        .needs(&[("subscriptions", "NextSubscriptionId")])
        .kpis(&["subscription_starts", "renewal_rate"]),
    Rule::error(
        "chain_one_sided",
        BILLING,
        "has a next or previous subscription that does not point back",
        chains::one_sided,
    )
    .needs(&[("subscriptions", "PreviousSubscriptionId"), ("subscriptions", "NextSubscriptionId")])
    .kpis(&["subscription_starts", "renewal_rate"]),
    Rule::notice("chain_gap", BILLING, "ends before its next subscription starts", chains::gap)
        .needs(&[
            ("subscriptions", "EndDate"),
            ("subscriptions", "NextSubscriptionId"),
            ("subscriptions", "StartDate"),
        ])
        .kpis(&["active_subscriptions", "mrr_movements", "subscription_churn"]),
    Rule::error(
        "chain_overlap",
        BILLING,
        "is still in force when its next subscription starts: both count",
        chains::overlap,
    )
    .needs(&[
        ("subscriptions", "EndDate"),
        ("subscriptions", "NextSubscriptionId"),
        ("subscriptions", "StartDate"),
    ])
    .kpis(&["active_subscriptions", "subscription_mrr", "mrr_movements"]),
    Rule::notice(
        "chain_other_subscriber",
        BILLING,
        "is of another subscriber than its next subscription",
        chains::other_subscriber,
    )
    .needs(&[("subscriptions", "NextSubscriptionId"), ("subscriptions", "SubscriberId")])
    .kpis(&["renewal_rate", "mrr_movements", "subscription_churn"]),
    Rule::notice(
        "renewed_without_next",
        BILLING,
        "is renewed, and names no next subscription",
        chains::renewed_without_next,
    )
    .needs(&[("subscriptions", "IsRenewed"), ("subscriptions", "NextSubscriptionId")])
    .kpis(&["renewal_rate"]),
    Rule::notice(
        "next_without_renewal",
        BILLING,
        "names a next subscription, and says it is not renewed",
        chains::next_without_renewal,
    )
    .needs(&[("subscriptions", "IsRenewed"), ("subscriptions", "NextSubscriptionId")])
    .kpis(&["renewal_rate"]),
    Rule::notice(
        "cancelled_without_reason",
        BILLING,
        "is cancelled without a reason",
        subscriptions::cancelled_without_reason,
    )
    .needs(&[("subscriptions", "IsCancelled"), ("subscriptions", "CancellationReason")])
    .kpis(&["cancellations"]),
    Rule::notice(
        "cancelled_without_date",
        BILLING,
        "is cancelled without a date: that takes effect at its end",
        subscriptions::cancelled_without_date,
    )
    .needs(&[("subscriptions", "IsCancelled"), ("subscriptions", "CancellationDate")])
    .kpis(IN_FORCE_KPIS),
    Rule::notice(
        "cancellation_date_unused",
        BILLING,
        "has a cancellation date, and says it is not cancelled",
        subscriptions::date_without_cancellation,
    )
    .needs(&[("subscriptions", "IsCancelled"), ("subscriptions", "CancellationDate")])
    .kpis(IN_FORCE_KPIS),
    Rule::notice(
        "cancelled_after_end",
        BILLING,
        "is cancelled with effect after it has ended",
        subscriptions::cancelled_after_end,
    )
    .needs(&[("subscriptions", "CancellationDate"), ("subscriptions", "EndDate")])
    .kpis(&["cancellations", "renewal_rate"]),
    Rule::notice(
        "cancellation_after_end",
        BILLING,
        "cancels a subscription that has ended before",
        cancellations::after_end,
    )
    .needs(&[
        ("canceled_subscriptions", "SubscriptionId"),
        ("canceled_subscriptions", "EffectiveDate"),
        ("subscriptions", "EndDate"),
    ])
    .kpis(&["cancellations"]),
    Rule::notice(
        "cancellation_not_marked",
        BILLING,
        "cancels a subscription that says it is not cancelled",
        cancellations::not_marked,
    )
    .needs(&[("canceled_subscriptions", "SubscriptionId"), ("subscriptions", "IsCancelled")])
    .kpis(&["cancellations", "active_subscriptions"]),
    Rule::notice(
        "cancellation_not_registered",
        BILLING,
        "is cancelled, and is not among the canceled subscriptions",
        cancellations::not_registered,
    )
    .needs(&[("canceled_subscriptions", "SubscriptionId"), ("subscriptions", "IsCancelled")])
    .kpis(&["cancellations", "active_subscriptions"]),
    Rule::notice(
        "cancellation_other_date",
        BILLING,
        "takes effect on another day than the subscription says",
        cancellations::other_date,
    )
    .needs(&[
        ("canceled_subscriptions", "SubscriptionId"),
        ("canceled_subscriptions", "EffectiveDate"),
        ("subscriptions", "CancellationDate"),
    ])
    .kpis(&["cancellations", "active_subscriptions"]),
    Rule::error("contract_backwards", BILLING, "ends before it starts", same_row::backwards)
        .needs(&[("contracts", "StartDate"), ("contracts", "EndDate")])
        .kpis(&["contracts"]),
    Rule::notice(
        "package_without_products",
        BILLING,
        "is a package without products: its subscriptions and demands are of no product",
        packages::without_products,
    )
    .needs(&[
        ("subscription_packages", "Id"),
        ("subscription_package_products", "SubscriptionPackageId"),
        ("subscription_package_products", "ProductId"),
    ])
    .kpis(&["billed_amount", "active_subscriptions", "subscription_mrr"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::KPIS;
    use crate::model::SCHEMA;

    #[test]
    fn the_rules_are_sound() {
        for rule in RULES {
            let name = rule.name;
            assert_eq!(RULES.iter().filter(|r| r.name == name).count(), 1, "{name}");
            assert!(!rule.says.ends_with('.') && rule.says.starts_with(char::is_lowercase), "{name}");
            for (table, column) in rule.needs {
                let def = SCHEMA.get(SCHEMA.id(table));
                assert!(def.position(column).is_some(), "{name}: {table}.{column}");
                assert!(rule.model.is_none_or(|model| model == def.model), "{name}: {table}");
            }
            assert!(rule.model.is_none() || !rule.kpis.is_empty(), "{name} touches no KPI");
            assert!(rule.model.is_some() || rule.kpis.is_empty(), "{name} touches those that need a column");
        }
    }

    #[test]
    fn rules_touch_kpis_of_their_model() {
        for rule in RULES {
            let Some(model) = rule.model.filter(|model| KPIS.iter().any(|kpi| kpi.model == *model)) else {
                continue;
            };
            for touched in rule.kpis {
                let kpi = KPIS.iter().find(|kpi| kpi.name == *touched);
                assert!(kpi.is_some_and(|kpi| kpi.model == model), "{}: {touched}", rule.name);
            }
        }
    }

    #[test]
    fn lists_of_columns_name_columns() {
        for (table, column) in AMOUNTS.iter().chain(NAMES).chain(PERCENTS).chain(UNITS) {
            assert!(SCHEMA.get(SCHEMA.id(table)).position(column).is_some(), "{table}.{column}");
        }
    }
}
