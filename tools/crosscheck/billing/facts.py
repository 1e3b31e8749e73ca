"""Which rows are counted, and what each reaches through other tables.

A fact is a table of rows with `id`, the entities that it reaches (`to_subscriber`, `to_account`,
`to_organization`, `to_subscription`, `to_package`, `to_plan`) and the dimensions that have one value
per row. Dimensions of many values are tables (id, value) of their own. A reference that is not in
the store gives null, because only known rows have something to join.
"""

from dataclasses import dataclass, field

_NOWHERE = "NULL::VARCHAR AS to_subscription, NULL::VARCHAR AS to_package"
_LINKED = "LEFT JOIN subscriptions s ON s.id = x.subscription_id"
_FOREVER = "DATE '9999-12-31'"


def _own(plan: str = "NULL::VARCHAR") -> str:
    """The references of a fact that has no subscription."""
    return (f"x.subscriber_id AS to_subscriber, x.subscriber_account_id AS to_account, "
            f"x.organization_id AS to_organization, {plan} AS to_plan, {_NOWHERE}")


# The references of a fact that names a subscription: what it lacks comes through it.
_THROUGH = ("x.subscription_id AS to_subscription, s.subscription_package_id AS to_package, "
            "s.enterprise_plan_id AS to_plan, s.subscriber_account_id AS to_account")
_BESIDE = f"coalesce(x.subscriber_id, s.subscriber_id) AS to_subscriber, x.organization_id AS to_organization, {_THROUGH}"
_ONLY = ("s.subscriber_id AS to_subscriber, s.organization_id AS to_organization, s.currency AS currency, "
         f"{_THROUGH}")


@dataclass(frozen=True)
class Fact:
    """`rows` is SQL; `days` the civil days of its instants in a zone, as {day: instant}."""

    rows: str
    days: dict = field(default_factory=dict)
    # The kind of tag that names its rows, and where it has its products from: the package or the order.
    tagged: str = ""
    products: str = ""


FACTS = {
    "ledger": Fact(f"SELECT x.*, {_own()} FROM subscriber_ledgers x"),
    "payments": Fact(f"SELECT x.*, {_own()} FROM payments x", {"payment_day": "payment_date"}, tagged="payment"),
    "transactions": Fact(
        f"SELECT x.*, {_own()} FROM account_transactions x", {"start_day": "start_time", "end_day": "end_time"}),
    "demands": Fact(f"SELECT x.*, {_own(plan='x.enterprise_plan_id')} FROM payment_demands x", tagged="paymentdemand"),
    "orders": Fact(
        f"SELECT x.*, template_package_name AS template_package, {_BESIDE} FROM orders x {_LINKED}",
        {"created_day": "created_date", "completed_day": "completed_date", "cancelled_day": "cancelled_date"},
        products="order"),
    "invoices": Fact(f"SELECT x.*, {_BESIDE} FROM invoices x {_LINKED}", products="package"),
    # `stop` is the first day on which a row is no longer in force.
    "subscriptions": Fact(
        f"""SELECT x.*, x.id AS to_subscription, x.subscriber_id AS to_subscriber, x.subscriber_account_id AS to_account,
                   x.organization_id AS to_organization, x.subscription_package_id AS to_package,
                   x.enterprise_plan_id AS to_plan,
                   coalesce(x.is_cancelled, x.cancellation_date IS NOT NULL) AS cancelled,
                   CASE WHEN cancelled THEN x.cancellation_date END AS effect,
                   least(coalesce(x.end_date, {_FOREVER}), coalesce(effect, {_FOREVER})) AS stop
            FROM subscriptions x""",
        tagged="subscription", products="package"),
    "cancellations": Fact(
        f"""SELECT x.*, coalesce(x.effective_date, x.cancelled_on) AS day, x.reason AS cancellation_reason,
                   x.type AS cancellation_type, {_ONLY} FROM canceled_subscriptions x {_LINKED}""",
        products="package"),
    "contracts": Fact(f"SELECT x.*, {_ONLY} FROM contracts x {_LINKED}", products="package"),
}
# Without the table of cancellations, those of the subscriptions' own columns.
OWN_CANCELLATIONS = Fact(
    f"SELECT *, coalesce(cancellation_date, end_date) AS day FROM ({FACTS['subscriptions'].rows}) WHERE cancelled",
    tagged="subscription", products="package")

# What every fact reaches.
DIMENSIONS = """
    SELECT x.*, o.name AS organization, o.time_zone_id AS time_zone, w.subscriber,
           w.external_id AS subscriber_external_id, w.country, w.city, w.zip, w.contact_id AS to_contact,
           k.name AS package, k.subscription_package_chain_id AS package_chain, k.chain_step,
           k.billing_frequency_id AS billing_frequency, k.initial_term_type, k.permanent_discount,
           p.name AS enterprise_plan
    FROM ({rows}) x LEFT JOIN organizations o ON o.id = x.to_organization LEFT JOIN who w ON w.id = x.to_subscriber
    LEFT JOIN subscription_packages k ON k.id = x.to_package LEFT JOIN enterprise_plans p ON p.id = x.to_plan"""
