//! What does each KPI of the billing model mean?

use super::MeasureKind::{Count, CountAt, Distinct, Money, MoneyAt, MoneyRatio, MoneyShare, Number, Rate};
use super::{Asked, Column, KpiDef, OptionDef, OptionValues, measure};
use crate::kpi::billing::{
    cancellations, churn, contracts, debt, demands, ledger, movements, mrr, orders, payments, subscriptions,
};
use crate::kpi::context::Options;
use crate::kpi::scan::facts::{Fact, Parts, billing};
use crate::model::{Grain, Model};

/// Joins lists of names into one.
macro_rules! names {
    ($($list:expr),+ $(,)?) => {{
        const LISTS: &[&[&str]] = &[$($list),+];
        const LEN: usize = {
            let (mut len, mut at) = (0, 0);
            while at < LISTS.len() {
                len += LISTS[at].len();
                at += 1;
            }
            len
        };
        const ALL: [&str; LEN] = {
            let mut all = [""; LEN];
            let (mut list, mut filled) = (0, 0);
            while list < LISTS.len() {
                let mut at = 0;
                while at < LISTS[list].len() {
                    all[filled] = LISTS[list][at];
                    filled += 1;
                    at += 1;
                }
                list += 1;
            }
            all
        };
        &ALL
    }};
}

const WHO: &[&str] = &[
    "organization",
    "subscriber",
    "subscriber.external_id",
    "currency",
    "country",
    "city",
    "zip",
    "tag",
    "tag.KEY",
    "identification.KEY",
];
/// Dimensions by which amounts of orders and demands are cut into parts.
pub const PRODUCT_DIMS: &[&str] = &["product", "product_category", "reporting_group"];
const PLAN: &[&str] = names!(
    &[
        "package",
        "package_chain",
        "chain_step",
        "billing_frequency",
        "initial_term_type",
        "permanent_discount",
        "enterprise_plan",
    ],
    PRODUCT_DIMS,
);
const LEDGER_DIMS: &[&str] = names!(WHO, &["ledger_type"]);
const ORDER_DIMS: &[&str] = names!(WHO, PLAN, &["payment_method", "template_package", "status"]);
const PAYMENT_DIMS: &[&str] = names!(WHO, &["payment_method", "source", "state"]);
const DEMAND_DIMS: &[&str] = names!(WHO, &["payment_method", "enterprise_plan"]);
const DEBT_DIMS: &[&str] = names!(DEMAND_DIMS, &["age_bucket"]);
const BILLED_DIMS: &[&str] = names!(DEMAND_DIMS, PRODUCT_DIMS);
const INVOICE_DIMS: &[&str] = names!(WHO, PLAN, &["status"]);
const SUBSCRIPTION_DIMS: &[&str] = names!(WHO, PLAN, &["cancellation_reason", "cancellation_type"]);
const PRICE_DIMS: &[&str] = names!(SUBSCRIPTION_DIMS, &["price"]);
const CONTRACT_DIMS: &[&str] = names!(WHO, PLAN);

const DEMANDS: Fact = billing("payment_demands");

/// A fact, or the parts that it is cut into when products are asked for.
fn cut(fact: Fact, parts: Parts, asked: &Asked<'_>) -> Vec<Fact> {
    vec![Fact { parts: asked.products.then_some(parts), ..fact }]
}

fn orders_or_lines(_: &Options, asked: &Asked<'_>) -> Vec<Fact> {
    cut(billing("orders"), Parts::OrderLines, asked)
}

fn subscription_start(_: &Options) -> Vec<Column> {
    vec![("subscriptions", "StartDate")]
}

fn issued(_: &Options) -> Vec<Column> {
    vec![("payment_demands", "IssueDate")]
}

/// What KPIs of subscriptions in force need.
const IN_FORCE: &[Column] = &[("subscriptions", "StartDate"), ("subscriptions", "EndDate")];
const RECURRING: &[Column] = &[
    ("subscriptions", "StartDate"),
    ("subscriptions", "EndDate"),
    ("subscriptions", "Price"),
    ("subscription_packages", "BillingFrequencyId"),
];

const BASE: KpiDef = KpiDef {
    name: "subscriber_amounts",
    title: "Subscriber balances",
    family: "balances and debt",
    question: "What stands on each subscriber's ledger?",
    definition: "sum of the ledger's signed amounts dated up to the day of measurement",
    version: 1,
    model: Model::Billing,
    every: Grain::All,
    is_stock: true,
    is_proxy: false,
    measures: &[measure("amount", MoneyAt, ""), measure("entries", CountAt, "entries")],
    dims: LEDGER_DIMS,
    own_dims: &["subscriber", "organization", "currency"],
    extra: &[],
    options: &[],
    rolling: false,
    needs: &[("subscriber_ledgers", "LedgerDate"), ("subscriber_ledgers", "Amount")],
    sides: |_, _| vec![billing("subscriber_ledgers")],
    starts: |_| vec![("subscriber_ledgers", "LedgerDate")],
    first_day: None,
    end: None,
    compute: ledger::subscriber_amounts,
};

/// The KPIs of the billing model.
pub const KPIS: &[KpiDef] = &[
    BASE,
    KpiDef {
        name: "outstanding_debt",
        title: "Outstanding debt",
        question: "What do subscribers owe, and for how long?",
        definition: "what is left of the claims of demands issued by the day of measurement and not settled, credited or written off by then; a claim is the amount (or else the sum of its details) + fees + charges - allowances, at least 0; its invoice's completed payments cover its demands in order of due date, each up to its claim",
        measures: &[measure("outstanding", MoneyAt, ""), measure("demands", CountAt, "demands")],
        dims: DEBT_DIMS,
        own_dims: &["currency"],
        needs: &[("payment_demands", "IssueDate"), ("payment_demands", "SettleDate")],
        sides: |_, _| vec![Fact { has_age: true, ..DEMANDS }],
        starts: issued,
        compute: debt::outstanding_debt,
        ..BASE
    },
    KpiDef {
        name: "dso",
        title: "Days sales outstanding",
        question: "How many days of claims are not paid yet?",
        definition: "outstanding debt divided by the claims (credited ones too) issued in the 90 days that end with the day of measurement, times 90",
        every: Grain::Month,
        measures: &[
            measure("dso_days", Number, "days"),
            measure("outstanding", MoneyAt, ""),
            measure("claimed", MoneyAt, ""),
        ],
        dims: DEMAND_DIMS,
        own_dims: &["currency"],
        needs: &[("payment_demands", "IssueDate"), ("payment_demands", "SettleDate")],
        sides: |_, _| vec![DEMANDS],
        starts: issued,
        compute: debt::dso,
        ..BASE
    },
    KpiDef {
        name: "degree_of_payment",
        title: "Degree of payment",
        question: "How much of what fell due has been paid?",
        definition: "of demands by due date that are issued and not credited at the day of evaluation (as_of, or N days after the due date): the claims of those settled by then and the payments that cover the others, divided by all claims; demands written off stay",
        every: Grain::Month,
        is_stock: false,
        measures: &[
            measure("degree_of_payment", Rate, ""),
            measure("paid", Money, ""),
            measure("claimed", Money, ""),
            measure("demands", Count, "demands"),
            measure("settled_demands", Count, "demands"),
        ],
        dims: DEMAND_DIMS,
        own_dims: &["currency"],
        options: &[
            OptionDef {
                name: "horizon",
                values: OptionValues::WholeOr("none"),
                help: "evaluate each demand so many days after its due date, or all of them at as_of",
            },
            OptionDef {
                name: "by",
                values: OptionValues::Words(&["amount", "count"]),
                help: "divide amounts, or numbers of demands",
            },
        ],
        needs: &[("payment_demands", "DueDate"), ("payment_demands", "SettleDate")],
        sides: |_, _| vec![DEMANDS],
        starts: |_| vec![("payment_demands", "DueDate")],
        compute: demands::degree_of_payment,
        ..BASE
    },
    KpiDef {
        name: "billed_amount",
        title: "Billed amount",
        family: "billing and payments",
        question: "What was billed, and for which products?",
        definition: "demands by issue date: the sum of their details, fees, charges and allowances, and what they claim together; by product, category or reporting group the details alone, each with its product or else split by price × quantity over the products of the package billed, of the package before, or of the order",
        every: Grain::Month,
        is_stock: false,
        measures: &[
            measure("billed", Money, ""),
            measure("fees", Money, "").of_whole_rows(),
            measure("charges", Money, "").of_whole_rows(),
            measure("allowances", Money, "").of_whole_rows(),
            measure("claimed", Money, "").of_whole_rows(),
        ],
        dims: BILLED_DIMS,
        own_dims: &["currency"],
        needs: &[("payment_demands", "IssueDate"), ("payment_demand_details", "Amount")],
        sides: |_, asked| cut(DEMANDS, Parts::BilledProducts, asked),
        starts: issued,
        compute: demands::billed_amount,
        ..BASE
    },
    KpiDef {
        name: "invoices",
        title: "Invoices",
        family: "billing and payments",
        question: "What was invoiced?",
        definition: "invoices by issue date: sum of their amounts, and their number",
        every: Grain::Month,
        is_stock: false,
        measures: &[measure("amount", Money, ""), measure("invoices", Count, "invoices")],
        dims: INVOICE_DIMS,
        own_dims: &["status", "currency"],
        needs: &[("invoices", "IssueDate"), ("invoices", "Amount")],
        sides: |_, _| vec![billing("invoices")],
        starts: |_| vec![("invoices", "IssueDate")],
        compute: payments::invoices,
        ..BASE
    },
    KpiDef {
        name: "payments",
        title: "Payments",
        family: "billing and payments",
        question: "What came in, and from where?",
        definition: "payments of every state by payment date: sum of their amounts (refunds negative), and their number",
        every: Grain::Month,
        is_stock: false,
        measures: &[measure("amount", Money, ""), measure("payments", Count, "payments")],
        dims: PAYMENT_DIMS,
        own_dims: &["source", "currency"],
        needs: &[("payments", "PaymentDate"), ("payments", "Amount")],
        sides: |_, _| vec![billing("payments")],
        starts: |_| vec![("payments", "PaymentDate")],
        compute: payments::payments,
        ..BASE
    },
    KpiDef {
        name: "daily_paid_amounts",
        title: "Daily paid amounts",
        family: "billing and payments",
        question: "What was paid to each organization each day?",
        definition: "payments in state Completed by organization, currency and day of payment",
        every: Grain::Day,
        is_stock: false,
        measures: &[measure("paid_amount", Money, ""), measure("payments", Count, "payments")],
        dims: PAYMENT_DIMS,
        own_dims: &["organization", "currency"],
        options: &[OptionDef {
            name: "date",
            values: OptionValues::Words(&["payment", "value"]),
            help: "count a payment on its payment date or on its value date",
        }],
        needs: &[("payments", "PaymentDate"), ("payments", "Amount"), ("payments", "State")],
        sides: |_, _| vec![billing("payments")],
        starts: |o| vec![("payments", if o.get("date") == "value" { "ValueDate" } else { "PaymentDate" })],
        compute: payments::daily_paid_amounts,
        ..BASE
    },
    KpiDef {
        name: "unbilled_transactions",
        title: "Unbilled transactions",
        family: "billing and payments",
        question: "What charges and allowances wait to be billed?",
        definition: "account transactions that have started by the day of measurement (or have no start): charges, allowances, and charges less allowances",
        measures: &[
            measure("charges", MoneyAt, ""),
            measure("allowances", MoneyAt, ""),
            measure("net", MoneyAt, ""),
            measure("transactions", CountAt, "transactions"),
        ],
        dims: WHO,
        own_dims: &["currency"],
        needs: &[("account_transactions", "Type"), ("account_transactions", "Amount")],
        sides: |_, _| vec![billing("account_transactions")],
        starts: |_| vec![("account_transactions", "StartTime")],
        first_day: Some(ledger::first_day_without_start),
        compute: ledger::unbilled_transactions,
        ..BASE
    },
    KpiDef {
        name: "order_amounts",
        title: "Order amounts",
        family: "orders",
        question: "What was ordered?",
        definition: "all orders by the day they were created; by product, category or reporting group their lines, quantity × price, and the distinct orders",
        every: Grain::Day,
        is_stock: false,
        measures: &[measure("order_value", Money, ""), measure("orders", Count, "orders")],
        dims: ORDER_DIMS,
        own_dims: &["status", "currency"],
        needs: &[("orders", "CreatedDate"), ("orders", "Value")],
        sides: orders_or_lines,
        starts: |_| vec![("orders", "CreatedDate")],
        compute: orders::order_amounts,
        ..BASE
    },
    KpiDef {
        name: "order_completed_amounts",
        title: "Completed order amounts",
        family: "orders",
        question: "What was ordered and delivered?",
        definition: "completed orders by the day they were completed; by product, category or reporting group their lines, quantity × price, and the distinct orders",
        every: Grain::Day,
        is_stock: false,
        measures: &[measure("order_value", Money, ""), measure("orders", Count, "orders")],
        dims: ORDER_DIMS,
        own_dims: &["currency"],
        needs: &[("orders", "CompletedDate"), ("orders", "Value"), ("orders", "Status")],
        sides: orders_or_lines,
        starts: |_| vec![("orders", "CompletedDate")],
        compute: orders::order_completed_amounts,
        ..BASE
    },
    KpiDef {
        name: "order_conversion",
        title: "Order conversion",
        family: "orders",
        question: "How many orders are completed in the end?",
        definition: "of the orders created in the period: completed divided by completed, cancelled and rejected",
        every: Grain::Month,
        is_stock: false,
        measures: &[
            measure("conversion_rate", Rate, ""),
            measure("completed", Count, "orders"),
            measure("cancelled", Count, "orders"),
            measure("rejected", Count, "orders"),
            measure("in_progress", Count, "orders"),
        ],
        dims: ORDER_DIMS,
        own_dims: &[],
        needs: &[("orders", "CreatedDate"), ("orders", "Status")],
        sides: |_, _| vec![billing("orders")],
        starts: |_| vec![("orders", "CreatedDate")],
        compute: orders::order_conversion,
        ..BASE
    },
    KpiDef {
        name: "active_subscriptions",
        title: "Active subscriptions",
        family: "subscriptions",
        question: "How many subscriptions are in force?",
        definition: "subscription rows that have started, have not ended and are not cancelled at the day of measurement; their distinct subscribers, and the sum of their units",
        every: Grain::Month,
        measures: &[
            measure("subscriptions", CountAt, "subscriptions"),
            measure("subscribers", Distinct, "subscribers"),
            measure("units", CountAt, "units"),
        ],
        dims: SUBSCRIPTION_DIMS,
        own_dims: &[],
        needs: IN_FORCE,
        sides: |_, _| vec![billing("subscriptions")],
        starts: subscription_start,
        compute: subscriptions::active_subscriptions,
        ..BASE
    },
    KpiDef {
        name: "subscription_starts",
        title: "Subscription starts",
        family: "subscriptions",
        question: "How many subscriptions begin, and how many go on?",
        definition: "subscription rows by start date: new ones have no subscription before them, renewals have",
        every: Grain::Month,
        is_stock: false,
        measures: &[measure("new", Count, "subscriptions"), measure("renewals", Count, "subscriptions")],
        dims: SUBSCRIPTION_DIMS,
        own_dims: &[],
        needs: &[("subscriptions", "StartDate"), ("subscriptions", "PreviousSubscriptionId")],
        sides: |_, _| vec![billing("subscriptions")],
        starts: subscription_start,
        compute: subscriptions::subscription_starts,
        ..BASE
    },
    KpiDef {
        name: "renewal_rate",
        title: "Renewal rate",
        family: "subscriptions",
        question: "How many subscriptions that could go on did?",
        definition: "of the subscription rows that ended by as_of, whose package does not stop by itself and that no cancellation ended before: those with a next subscription or marked as renewed, divided by all",
        every: Grain::Month,
        is_stock: false,
        measures: &[
            measure("renewal_rate", Rate, ""),
            measure("renewed", Count, "subscriptions"),
            measure("ended", Count, "subscriptions"),
        ],
        dims: SUBSCRIPTION_DIMS,
        own_dims: &[],
        needs: &[("subscriptions", "EndDate"), ("subscriptions", "NextSubscriptionId")],
        sides: |_, _| vec![billing("subscriptions")],
        starts: |_| vec![("subscriptions", "EndDate")],
        compute: subscriptions::renewal_rate,
        ..BASE
    },
    KpiDef {
        name: "cancellations",
        title: "Cancellations",
        family: "subscriptions",
        question: "How many subscriptions are cancelled, and why?",
        definition: "cancellations by the day they take effect (or else were registered); pauses, plan changes and deletions are left out unless asked for",
        every: Grain::Month,
        is_stock: false,
        measures: &[
            measure("cancellations", Count, "cancellations"),
            measure("subscribers", Distinct, "subscribers"),
        ],
        dims: SUBSCRIPTION_DIMS,
        own_dims: &["cancellation_reason"],
        options: &[OptionDef {
            name: "include",
            values: OptionValues::Words(&["real", "all"]),
            help: "leave out pauses, plan changes and deletions, or count them too",
        }],
        needs: &[("subscriptions", "StartDate")],
        sides: |_, asked| vec![cancellations::fact(asked.snapshot)],
        starts: |_| Vec::new(),
        first_day: Some(cancellations::first_day),
        compute: cancellations::cancellations,
        ..BASE
    },
    KpiDef {
        name: "subscription_churn",
        title: "Subscription churn",
        family: "subscriptions",
        question: "How many accounts leave?",
        definition: "accounts (or else subscribers) with a subscription in force on the last day before the period, and none at its end nor in the days of grace after it, divided by those at the opening; reactivated ones had none at the opening, but once before",
        every: Grain::Month,
        is_stock: false,
        measures: &[
            measure("churn_rate", Rate, ""),
            measure("churned", Distinct, "accounts"),
            measure("opening", Distinct, "accounts"),
            measure("reactivated", Distinct, "accounts"),
        ],
        dims: SUBSCRIPTION_DIMS,
        own_dims: &[],
        options: &[OptionDef {
            name: "grace",
            values: OptionValues::Whole(3),
            help: "days after the period within which a new subscription means that the account has not left",
        }],
        needs: IN_FORCE,
        sides: |_, _| vec![billing("subscriptions")],
        starts: subscription_start,
        compute: churn::subscription_churn,
        ..BASE
    },
    KpiDef {
        name: "contracts",
        title: "Contracts",
        family: "subscriptions",
        question: "How many contracts end, and how many hold?",
        definition: "contracts by end date, also those still to come; those in force at the day of measurement (its start and end included), and the average of their terms",
        every: Grain::Month,
        is_stock: false,
        measures: &[
            measure("ending", Count, "contracts"),
            measure("in_force", CountAt, "contracts"),
            measure("avg_term_months", Number, "months"),
        ],
        dims: CONTRACT_DIMS,
        own_dims: &[],
        needs: &[("contracts", "StartDate"), ("contracts", "EndDate")],
        sides: |_, _| vec![billing("contracts")],
        starts: |_| vec![("contracts", "StartDate"), ("contracts", "EndDate")],
        end: Some(("contracts", "EndDate")),
        compute: contracts::contracts,
        ..BASE
    },
    KpiDef {
        name: "subscription_mrr",
        title: "Monthly recurring revenue of subscriptions",
        family: "recurring revenue",
        question: "What do the subscriptions in force bring a month?",
        definition: "over the rows in force at the day of measurement: price (without tax) × units × (1 - permanent discount) ÷ months of the billing frequency; arr is twelve times that, arpu that per distinct subscriber",
        every: Grain::Month,
        measures: &[
            measure("mrr", MoneyShare, ""),
            measure("arr", MoneyShare, ""),
            measure("subscriptions", CountAt, "subscriptions"),
            measure("arpu", MoneyRatio, ""),
        ],
        dims: SUBSCRIPTION_DIMS,
        own_dims: &["currency"],
        needs: RECURRING,
        sides: |_, _| vec![billing("subscriptions")],
        starts: subscription_start,
        compute: mrr::subscription_mrr,
        ..BASE
    },
    KpiDef {
        name: "mrr_movements",
        title: "Movements of recurring revenue",
        family: "recurring revenue",
        question: "Where does the change of recurring revenue come from?",
        definition: "the recurring revenue of each account (or else subscriber) on the last day before the period and at its end: from 0 it is new, or reactivated when it was above 0 before; to 0 it is churn; else expansion or contraction; nrr and grr are what accounts above 0 at the opening keep, with and without their growth",
        every: Grain::Month,
        is_stock: false,
        measures: &[
            measure("opening", MoneyShare, ""),
            measure("new", MoneyShare, ""),
            measure("expansion", MoneyShare, ""),
            measure("contraction", MoneyShare, ""),
            measure("churn", MoneyShare, ""),
            measure("reactivation", MoneyShare, ""),
            measure("closing", MoneyShare, ""),
            measure("nrr", Rate, ""),
            measure("grr", Rate, ""),
        ],
        dims: SUBSCRIPTION_DIMS,
        own_dims: &["currency"],
        needs: RECURRING,
        sides: |_, _| vec![billing("subscriptions")],
        starts: subscription_start,
        compute: movements::mrr_movements,
        ..BASE
    },
    KpiDef {
        name: "price_steps",
        title: "Price steps",
        family: "recurring revenue",
        question: "Which prices do subscriptions have, step by step?",
        definition: "subscription rows in force by package chain, step and their own price: their number and monthly recurring revenue",
        measures: &[measure("subscriptions", CountAt, "subscriptions"), measure("mrr", MoneyShare, "")],
        dims: PRICE_DIMS,
        own_dims: &["package_chain", "chain_step", "price", "currency"],
        needs: RECURRING,
        sides: |_, _| vec![billing("subscriptions")],
        starts: subscription_start,
        compute: mrr::price_steps,
        ..BASE
    },
];
