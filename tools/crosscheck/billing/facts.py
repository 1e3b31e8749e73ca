"""Facts and their dimensions: what a row of each table has, and what it reaches through other tables.

A fact is a table of rows with `id`, the entities that it reaches (`to_subscriber`, `to_account`,
`to_organization`, `to_subscription`, `to_package`, `to_plan`) and the dimensions that have one value
per row. Dimensions of many values are tables (id, value) of their own. A reference that is not in
the store gives null, because only known rows have something to join.
"""

from dataclasses import dataclass, field

from .. import where
from ..period import Zone
from ..read import letters

NOWHERE = "NULL::VARCHAR AS to_subscription, NULL::VARCHAR AS to_package"
LINKED = "LEFT JOIN subscriptions s ON s.id = x.subscription_id"
FOREVER = "DATE '9999-12-31'"


def _own(plan: str = "NULL::VARCHAR") -> str:
    """The references of a fact that has no subscription."""
    return (f"x.subscriber_id AS to_subscriber, x.subscriber_account_id AS to_account, "
            f"x.organization_id AS to_organization, {plan} AS to_plan, {NOWHERE}")


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
    "transactions": Fact(f"SELECT x.*, {_own()} FROM account_transactions x", {"start_day": "start_time", "end_day": "end_time"}),
    "demands": Fact(f"SELECT x.*, {_own(plan='x.enterprise_plan_id')} FROM payment_demands x", tagged="paymentdemand"),
    "orders": Fact(
        f"SELECT x.*, template_package_name AS template_package, {_BESIDE} FROM orders x {LINKED}",
        {"created_day": "created_date", "completed_day": "completed_date", "cancelled_day": "cancelled_date"},
        products="order"),
    "invoices": Fact(f"SELECT x.*, {_BESIDE} FROM invoices x {LINKED}", products="package"),
    # `stop` is the first day on which a row is no longer in force.
    "subscriptions": Fact(
        f"""SELECT x.*, x.id AS to_subscription, x.subscriber_id AS to_subscriber, x.subscriber_account_id AS to_account,
                   x.organization_id AS to_organization, x.subscription_package_id AS to_package,
                   x.enterprise_plan_id AS to_plan,
                   coalesce(x.is_cancelled, x.cancellation_date IS NOT NULL) AS cancelled,
                   CASE WHEN cancelled THEN x.cancellation_date END AS effect,
                   least(coalesce(x.end_date, {FOREVER}), coalesce(effect, {FOREVER})) AS stop
            FROM subscriptions x""",
        tagged="subscription", products="package"),
    "cancellations": Fact(
        f"""SELECT x.*, coalesce(x.effective_date, x.cancelled_on) AS day, x.reason AS cancellation_reason,
                   x.type AS cancellation_type, {_ONLY} FROM canceled_subscriptions x {LINKED}""",
        products="package"),
    "contracts": Fact(f"SELECT x.*, {_ONLY} FROM contracts x {LINKED}", products="package"),
}
# Without the table of cancellations, those of the subscriptions' own columns.
_OWN_CANCELLATIONS = Fact(
    f"SELECT *, coalesce(cancellation_date, end_date) AS day FROM ({FACTS['subscriptions'].rows}) WHERE cancelled",
    tagged="subscription", products="package")

# What every fact reaches.
_DIMENSIONS = """
    SELECT x.*, o.name AS organization, o.time_zone_id AS time_zone, w.subscriber,
           w.external_id AS subscriber_external_id, w.country, w.city, w.zip, w.contact_id AS to_contact,
           k.name AS package, k.subscription_package_chain_id AS package_chain, k.chain_step,
           k.billing_frequency_id AS billing_frequency, k.initial_term_type, k.permanent_discount,
           p.name AS enterprise_plan
    FROM ({rows}) x LEFT JOIN organizations o ON o.id = x.to_organization LEFT JOIN who w ON w.id = x.to_subscriber
    LEFT JOIN subscription_packages k ON k.id = x.to_package LEFT JOIN enterprise_plans p ON p.id = x.to_plan"""


@dataclass(frozen=True)
class Many:
    """A dimension of many values: `table` is SQL of (id, value), `key` what meets its id.

    A condition holds when some value satisfies it, so that its negation needs none to.
    """

    key: str
    table: str
    kind: str = "text"

    def holds(self, test) -> str:
        return f"({self.key} IN (SELECT id FROM {self.table} WHERE {test('value')}))"

    def missing(self) -> str:
        return f"({self.key} NOT IN (SELECT id FROM {self.table}))"


class Facts:
    """The facts of one zone, made when first asked for."""

    def __init__(self, oracle, zone):
        self.oracle, self.con, self.zone = oracle, oracle.con, zone

    def fact(self, name: str) -> Fact:
        if name == "cancellations" and not self.con.execute("SELECT count(*) FROM canceled_subscriptions").fetchone()[0]:
            return _OWN_CANCELLATIONS
        return FACTS[name]

    def _base(self, name: str) -> str:
        return self.oracle.table_as(_DIMENSIONS.format(rows=self.fact(name).rows))

    def table(self, name: str) -> str:
        """The name of the table that holds the fact's rows in this zone."""
        base, days = self._base(name), self.fact(name).days
        if not days:
            return base
        picked = [f"CAST({self.zone.local(instant)} AS DATE) AS {day}" for day, instant in days.items()]
        return self.oracle.table_as(f"SELECT *, {', '.join(picked)} FROM {base}")

    def column(self, name: str, wanted: str, beside: str = ""):
        """A dimension or column of a fact by its name, or one of the table that is joined to it as `v`."""
        if letters(wanted) in ("reportinggroup", "tag") or "." in wanted and not wanted.lower().startswith("subscriber"):
            return self._many(name, wanted, beside)
        for alias, table in (("v", beside), ("x", self.table(name))):
            if table and letters(wanted) in self._columns(table):
                column, kind = self._columns(table)[letters(wanted)]
                # A literal without a time of day is compared with the civil day of an instant.
                day = next((day for day, instant in self.fact(name).days.items() if instant == column), None)
                return where.Column(f"{alias}.{day or column}", "date" if day else kind)
        return self._many(name, wanted, beside)

    def _columns(self, table: str) -> dict:
        return {letters(name): (name, _KINDS.get(kind.split("(")[0], "number"))
                for name, kind, *_ in self.oracle.described(table)}

    def _many(self, name: str, wanted: str, beside: str) -> Many:
        base = self._base(name)
        dim, _, key = wanted.lower().partition(".")
        key = key.replace("'", "''")
        parts = bool(beside) and "part" in self._columns(beside)
        if dim == "tag":
            value, some = ("t.part", f"t.key = '{key}' AND t.part IS NOT NULL") if key else ("t.value", "true")
            sql = f"""SELECT DISTINCT e.id, {value} AS value FROM ({self._tag_bearers(name)}) e
                      JOIN tagged t ON t.kind = e.kind AND t.id = e.ref WHERE {some}"""
        elif dim == "identification":
            sql = f"""SELECT DISTINCT x.id, i.value FROM {base} x JOIN identified i ON i.contact_id = x.to_contact
                      WHERE i.key = '{key}'"""
        elif letters(dim) == "reportinggroup":
            if parts:
                sql = f"""SELECT v.part AS id, g.name AS value FROM {beside} v JOIN product_groups g USING (product_id)
                          UNION SELECT v.part, g.name FROM {beside} v JOIN subscription_packages k ON k.id = v.package_id
                          JOIN discount_groups g ON g.discount = lower(k.permanent_discount)"""
                return Many("v.part", self.oracle.table_as(sql))
            sql = f"""SELECT e.id, g.name AS value FROM ({self._product_bearers(name)}) e
                      JOIN product_groups g USING (product_id)"""
            if self.fact(name).products == "package":
                sql += f""" UNION SELECT x.id, g.name FROM {base} x
                            JOIN discount_groups g ON g.discount = lower(x.permanent_discount)"""
            else:
                sql = sql.replace("SELECT", "SELECT DISTINCT", 1)
        elif letters(dim) in ("product", "productcategory"):
            value = "name" if letters(dim) == "product" else "product_category"
            sql = f"""SELECT DISTINCT e.id, p.{value} AS value FROM ({self._product_bearers(name)}) e
                      JOIN products p ON p.id = e.product_id WHERE p.{value} IS NOT NULL"""
        else:
            raise ValueError(f"{name} has no {wanted!r}")
        return Many("x.id", self.oracle.table_as(sql))

    def _tag_bearers(self, name: str) -> str:
        """Whose tags a row has: (id, kind, ref)."""
        base, fact = self._base(name), self.fact(name)
        bearers = [f"SELECT id, '{kind}' AS kind, {ref} AS ref FROM {base}"
                   for kind, ref in (("subscriber", "to_subscriber"), ("subscriberaccount", "to_account"),
                                     ("subscription", "to_subscription"))]
        if fact.tagged:
            bearers.append(f"SELECT id, '{fact.tagged}', id FROM {base}")
        if name == "demands":
            bearers += [f"SELECT payment_demand_id, 'subscription', {ref} FROM payment_demand_details "
                        "WHERE payment_demand_id IS NOT NULL" for ref in ("subscription_id", "next_subscription_id")]
        return " UNION ALL ".join(bearers)

    def _product_bearers(self, name: str) -> str:
        """Which products a row has: (id, product_id)."""
        if self.fact(name).products == "order":
            return "SELECT order_id AS id, product_id FROM order_products WHERE order_id IS NOT NULL"
        return (f"SELECT x.id, l.product_id FROM {self._base(name)} x "
                "JOIN subscription_package_products l ON l.subscription_package_id = x.to_package")


_KINDS = {"VARCHAR": "text", "DATE": "date", "BOOLEAN": "boolean"}


class OrganizationZone:
    """Every row in the zone of its organization; without a zone that is known, in UTC."""

    def __init__(self, con, low, high):
        names = [row[0] for row in con.execute("SELECT DISTINCT time_zone_id FROM organizations").fetchall()]
        self.zones = {}
        for name in names:
            try:
                self.zones[name] = Zone(name, low, high)
            except (KeyError, ValueError, TypeError, OSError):
                continue

    def local(self, column: str) -> str:
        cases = [f"WHEN '{name}' THEN {zone.local(column)}" for name, zone in self.zones.items()]
        return f"(CASE time_zone {' '.join(cases)} ELSE {column} END)" if cases else column
