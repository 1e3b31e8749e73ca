//! Which billing KPIs exist, and what may be asked of each?
//!
//! Invariant: this is a table; the definitions themselves are in the files of their families.

use super::data::{
    Cancellation, Contract, Dataset, Demand, Invoice, Ledger, Order, Payment, Record, Subscription,
    Transaction,
};
use super::dims::header_form;
use super::world::World;
use super::{debt, movements, mrr, orders, payments, subscriptions};
use crate::reference::catalogue::{Kind, Kpi};
use crate::reference::filter::Expr;
use crate::reference::period::Grain;
use crate::reference::request::Request;
use crate::reference::side::{Dims, Evaluate};

pub const KPIS: &[Kpi] = &[
    Kpi {
        name: "subscriber_amounts",
        grain: Grain::All,
        own: &["subscriber", "organization", "currency"],
        measures: &[("amount", Kind::Money), ("entries", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "order_amounts",
        grain: Grain::Day,
        own: &["status", "currency"],
        measures: &[("order_value", Kind::Money), ("orders", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "order_completed_amounts",
        grain: Grain::Day,
        own: &["currency"],
        measures: &[("order_value", Kind::Money), ("orders", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "order_conversion",
        grain: Grain::Month,
        own: &[],
        measures: &[
            ("conversion_rate", Kind::Ratio),
            ("completed", Kind::Count),
            ("cancelled", Kind::Count),
            ("rejected", Kind::Count),
            ("in_progress", Kind::Count),
        ],
        options: &[],
    },
    Kpi {
        name: "daily_paid_amounts",
        grain: Grain::Day,
        own: &["organization", "currency"],
        measures: &[("paid_amount", Kind::Money), ("payments", Kind::Count)],
        options: &[("date", &["payment", "value"])],
    },
    Kpi {
        name: "payments",
        grain: Grain::Month,
        own: &["source", "currency"],
        measures: &[("amount", Kind::Money), ("payments", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "outstanding_debt",
        grain: Grain::All,
        own: &["currency"],
        measures: &[("outstanding", Kind::Money), ("demands", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "billed_amount",
        grain: Grain::Month,
        own: &["currency"],
        measures: &[
            ("billed", Kind::Money),
            ("fees", Kind::Money),
            ("charges", Kind::Money),
            ("allowances", Kind::Money),
            ("claimed", Kind::Money),
        ],
        options: &[],
    },
    Kpi {
        name: "degree_of_payment",
        grain: Grain::Month,
        own: &["currency"],
        measures: &[
            ("degree_of_payment", Kind::Ratio),
            ("paid", Kind::Money),
            ("claimed", Kind::Money),
            ("demands", Kind::Count),
            ("settled_demands", Kind::Count),
        ],
        options: &[("horizon", &["none", "0", "14", "60"]), ("by", &["amount", "count"])],
    },
    Kpi {
        name: "invoices",
        grain: Grain::Month,
        own: &["status", "currency"],
        measures: &[("amount", Kind::Money), ("invoices", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "unbilled_transactions",
        grain: Grain::All,
        own: &["currency"],
        measures: &[
            ("charges", Kind::Money),
            ("allowances", Kind::Money),
            ("net", Kind::Money),
            ("transactions", Kind::Count),
        ],
        options: &[],
    },
    Kpi {
        name: "active_subscriptions",
        grain: Grain::Month,
        own: &[],
        measures: &[("subscriptions", Kind::Count), ("subscribers", Kind::Count), ("units", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "subscription_starts",
        grain: Grain::Month,
        own: &[],
        measures: &[("new", Kind::Count), ("renewals", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "cancellations",
        grain: Grain::Month,
        own: &["cancellation_reason"],
        measures: &[("cancellations", Kind::Count), ("subscribers", Kind::Count)],
        options: &[("include", &["real", "all"])],
    },
    Kpi {
        name: "renewal_rate",
        grain: Grain::Month,
        own: &[],
        measures: &[("renewal_rate", Kind::Ratio), ("renewed", Kind::Count), ("ended", Kind::Count)],
        options: &[],
    },
    Kpi {
        name: "subscription_mrr",
        grain: Grain::Month,
        own: &["currency"],
        measures: &[
            ("mrr", Kind::Money),
            ("arr", Kind::Money),
            ("subscriptions", Kind::Count),
            ("arpu", Kind::MoneyRatio),
        ],
        options: &[],
    },
    Kpi {
        name: "mrr_movements",
        grain: Grain::Month,
        own: &["currency"],
        measures: &[
            ("opening", Kind::Money),
            ("new", Kind::Money),
            ("expansion", Kind::Money),
            ("contraction", Kind::Money),
            ("churn", Kind::Money),
            ("reactivation", Kind::Money),
            ("closing", Kind::Money),
            ("nrr", Kind::Ratio),
            ("grr", Kind::Ratio),
        ],
        options: &[],
    },
    Kpi {
        name: "subscription_churn",
        grain: Grain::Month,
        own: &[],
        measures: &[
            ("churn_rate", Kind::Ratio),
            ("churned", Kind::Count),
            ("opening", Kind::Count),
            ("reactivated", Kind::Count),
        ],
        options: &[("grace", &["3", "0", "1", "40"])],
    },
    Kpi {
        name: "price_steps",
        grain: Grain::All,
        own: &["package_chain", "chain_step", "price", "currency"],
        measures: &[("subscriptions", Kind::Count), ("mrr", Kind::Money)],
        options: &[],
    },
    Kpi {
        name: "contracts",
        grain: Grain::Month,
        own: &[],
        measures: &[("ending", Kind::Count), ("in_force", Kind::Count), ("avg_term_months", Kind::Ratio)],
        options: &[],
    },
    Kpi {
        name: "dso",
        grain: Grain::Month,
        own: &["currency"],
        measures: &[("dso_days", Kind::Ratio), ("outstanding", Kind::Money), ("claimed", Kind::Money)],
        options: &[],
    },
];

pub fn evaluator<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    match world.frame.request.kpi {
        "subscriber_amounts" => payments::subscriber_amounts(world, dims),
        "order_amounts" | "order_completed_amounts" => orders::amounts(world, dims),
        "order_conversion" => orders::order_conversion(world, dims),
        "daily_paid_amounts" | "payments" | "invoices" => payments::sum_and_count(world, dims),
        "outstanding_debt" => debt::outstanding_debt(world, dims),
        "billed_amount" => debt::billed_amount(world, dims),
        "degree_of_payment" => debt::degree_of_payment(world, dims),
        "unbilled_transactions" => payments::unbilled_transactions(world, dims),
        "active_subscriptions" => subscriptions::active_subscriptions(world, dims),
        "subscription_starts" => subscriptions::subscription_starts(world, dims),
        "cancellations" => subscriptions::cancellations(world, dims),
        "renewal_rate" => subscriptions::renewal_rate(world, dims),
        "subscription_mrr" => mrr::subscription_mrr(world, dims),
        "mrr_movements" => movements::mrr_movements(world, dims),
        "subscription_churn" => movements::subscription_churn(world, dims),
        "price_steps" => mrr::price_steps(world, dims),
        "contracts" => subscriptions::contracts(world, dims),
        "dso" => debt::dso(world, dims),
        other => panic!("no KPI {other}"),
    }
}

/// Two keys of tags and of identifications stand for all.
const WHO: &[&str] = &[
    "organization",
    "subscriber",
    "subscriber.external_id",
    "currency",
    "country",
    "city",
    "zip",
    "tag",
    "tag.Store",
    "tag.channel",
    "identification.OrganizationNumber",
    "identification.vip",
];

/// By these an amount is split where it consists of products.
pub const PRODUCT: &[&str] = &["product", "product_category", "reporting_group"];

const PLAN: &[&str] = &[
    "package",
    "package_chain",
    "chain_step",
    "billing_frequency",
    "initial_term_type",
    "permanent_discount",
    "enterprise_plan",
    "product",
    "product_category",
    "reporting_group",
];

const DEMAND: &[&str] = &["payment_method", "enterprise_plan"];

/// Every dimension by which the KPI can be cut.
pub fn dimensions(request: &Request) -> Vec<&'static str> {
    let more: &[&[&str]] = match request.kpi {
        "subscriber_amounts" => &[&["ledger_type"]],
        "daily_paid_amounts" | "payments" => &[&["payment_method", "source", "state"]],
        "unbilled_transactions" => &[],
        "outstanding_debt" => &[DEMAND, &["age_bucket"]],
        "billed_amount" => &[DEMAND, PRODUCT],
        "degree_of_payment" | "dso" => &[DEMAND],
        "order_amounts" | "order_completed_amounts" | "order_conversion" => {
            &[PLAN, &["payment_method", "template_package", "status"]]
        }
        "invoices" => &[PLAN, &["status"]],
        "contracts" => &[PLAN],
        "price_steps" => &[PLAN, &["cancellation_reason", "cancellation_type", "price"]],
        _ => &[PLAN, &["cancellation_reason", "cancellation_type"]],
    };
    [WHO].iter().chain(more).flat_map(|names| names.iter().copied()).collect()
}

/// What a condition may ask of the KPI's table besides its dimensions.
pub fn columns(data: &Dataset, request: &Request) -> Vec<&'static str> {
    let header = match request.kpi {
        "subscriber_amounts" => Ledger::HEADER,
        "daily_paid_amounts" | "payments" => Payment::HEADER,
        "unbilled_transactions" => Transaction::HEADER,
        "outstanding_debt" | "billed_amount" | "degree_of_payment" | "dso" => Demand::HEADER,
        "order_amounts" | "order_completed_amounts" | "order_conversion" => Order::HEADER,
        "invoices" => Invoice::HEADER,
        "contracts" => Contract::HEADER,
        "cancellations" if !data.cancellations.is_empty() => Cancellation::HEADER,
        _ => Subscription::HEADER,
    };
    let dimensions = dimensions(request);
    let hidden = |name: &str| dimensions.iter().any(|other| header_form(other) == header_form(name));
    header.iter().copied().filter(|name| !hidden(name)).collect()
}

/// Many values of one row: it counts under each.
pub fn is_many_valued(request: &Request, name: &str) -> bool {
    name.starts_with("tag")
        || name.starts_with("identification.")
        || name == "reporting_group"
        || PRODUCT.contains(&name) && !is_split(request)
}

/// Is the amount split over products, so that each part counts by itself? So it is as soon as
/// anything is asked about products.
pub fn is_split(request: &Request) -> bool {
    let splits = ["order_amounts", "order_completed_amounts", "billed_amount"].contains(&request.kpi);
    let is_product = |name: &str| PRODUCT.iter().any(|other| header_form(other) == header_form(name));
    let mut asked = request.filter.iter().flat_map(Expr::names);
    splits
        && (request.by.iter().any(|name| is_product(name))
            || asked.any(is_product)
            || !request.groups.is_empty())
}
