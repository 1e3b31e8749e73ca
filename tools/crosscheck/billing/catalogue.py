"""Which fact each KPI counts, and by which dimensions it may be asked."""

from pathlib import Path

WHO = ["organization", "subscriber", "subscriber.external_id", "currency", "country", "city", "zip", "tag"]
PRODUCT = ["product", "product_category", "reporting_group"]
PLAN = ["package", "package_chain", "chain_step", "billing_frequency", "initial_term_type", "permanent_discount",
        "enterprise_plan"] + PRODUCT
_CANCELLED = ["cancellation_reason", "cancellation_type"]

# fact -> (table of its rows, dimensions); `tag.KEY` and `identification.KEY` go with WHO.
FACTS = {
    "ledger": ("subscriber_ledgers", WHO + ["ledger_type"]),
    "orders": ("orders", WHO + PLAN + ["payment_method", "template_package", "status"]),
    "payments": ("payments", WHO + ["payment_method", "source", "state"]),
    "demands": ("payment_demands", WHO + ["payment_method", "enterprise_plan"]),
    "invoices": ("invoices", WHO + PLAN + ["status"]),
    "transactions": ("account_transactions", WHO),
    "subscriptions": ("subscriptions", WHO + PLAN + _CANCELLED),
    "cancellations": ("canceled_subscriptions", WHO + PLAN + _CANCELLED),
    "contracts": ("contracts", WHO + PLAN),
}
FACT_OF = {
    "subscriber_amounts": "ledger", "order_amounts": "orders", "order_completed_amounts": "orders",
    "order_conversion": "orders", "daily_paid_amounts": "payments", "payments": "payments",
    "outstanding_debt": "demands", "billed_amount": "demands", "degree_of_payment": "demands", "dso": "demands",
    "invoices": "invoices", "unbilled_transactions": "transactions", "active_subscriptions": "subscriptions",
    "subscription_starts": "subscriptions", "cancellations": "cancellations", "renewal_rate": "subscriptions",
    "subscription_mrr": "subscriptions", "mrr_movements": "subscriptions", "subscription_churn": "subscriptions",
    "price_steps": "subscriptions", "contracts": "contracts",
}
_FURTHER = {"outstanding_debt": ["age_bucket"], "billed_amount": PRODUCT, "price_steps": ["price"]}
OPTIONS = {
    "daily_paid_amounts": ["date=value", "date=payment"], "cancellations": ["include=all"],
    "degree_of_payment": ["horizon=0", "horizon=30", "horizon=90", "by=count", "by=count horizon=30"],
    "subscription_churn": ["grace=0", "grace=10", "grace=45"],
}

RATES = Path(__file__).parent / "rates.csv"
# KPIs without money have nothing to convert; a price stays what the subscription says.
NO_MONEY = {"order_conversion", "active_subscriptions", "subscription_starts", "cancellations", "renewal_rate",
            "subscription_churn", "contracts", "price_steps"}
# Sums and counts, that may be added up over time.
ADDITIVE = {"order_amounts", "order_completed_amounts", "daily_paid_amounts", "payments", "billed_amount", "invoices",
            "subscription_starts"}


def dimensions(kpi: str) -> list:
    """Those of the KPI, without the ones of a key."""
    return FACTS[FACT_OF[kpi]][1] + _FURTHER.get(kpi, [])
