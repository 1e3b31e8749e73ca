"""The billing model as an oracle: its KPIs over its exports."""

from pathlib import Path

from .. import oracle
from ..period import Zone
from ..read import letters
from . import attributes, debt, demands, flows, movements, recurring, subscriptions
from .context import Context
from .load import load
from .lookup import Facts
from .zone import OrganizationZone

AGES = ["not_due", "1-30", "31-60", "61-90", "over_90"]


class Oracle(oracle.Oracle):
    kpis = flows.KPIS | debt.KPIS | demands.KPIS | subscriptions.KPIS | recurring.KPIS | movements.KPIS
    context = Context
    names = {"age_bucket": AGES}

    def __init__(self, folder: Path):
        super().__init__(load(folder))
        attributes.add(self.con)
        self._times = self.con.execute("""
            SELECT min(moment), max(moment) FROM (
                SELECT payment_date AS moment FROM payments UNION ALL SELECT start_time FROM account_transactions
                UNION ALL SELECT created_date FROM orders UNION ALL SELECT completed_date FROM orders
                UNION ALL SELECT cancelled_date FROM orders)""").fetchone()

    def make_facts(self, zone: str) -> Facts:
        kind = OrganizationZone(self.con, *self._times) if zone == "organization" else Zone(zone, *self._times)
        return Facts(self, kind)

    def latest_days(self, facts: Facts) -> list:
        """Of cancellations the day on which they were registered, not that on which they take effect."""
        return [
            f"SELECT max(payment_day) FROM {facts.table('payments')}",
            f"SELECT greatest(max(created_day), max(completed_day), max(cancelled_day)) FROM {facts.table('orders')}",
            "SELECT max(issue_date) FROM payment_demands",
            "SELECT max(issue_date) FROM invoices",
            "SELECT max(ledger_date) FROM subscriber_ledgers",
            "SELECT max(cancelled_on) FROM canceled_subscriptions",
        ]

    def dims(self, query) -> list:
        """As the catalogue spells them. With `--convert` there is one currency, and no column for it."""
        own = self.kpis[query.kpi].own
        asked = [_SPELLED.get(letters(dim), dim) if "." not in dim else dim for dim in query.dims()]
        return asked + [dim for dim in own if dim not in asked and not (query.convert and dim == "currency")]

    def rate_table(self, currency: str, path: str) -> str:
        """What a unit of each currency is worth, as (currency, first, until, rate)."""
        return self.table_as(f"""
            SELECT upper(trim(currency)) AS currency, CAST(date AS DATE) AS first,
                   lead(first, 1, DATE '9999-12-31') OVER (PARTITION BY upper(trim(currency)) ORDER BY first) AS until,
                   CAST(rate AS DECIMAL(18, 8)) AS rate
            FROM read_csv('{path}', header = true, all_varchar = true) WHERE upper(trim(currency)) <> '{currency}'
            UNION ALL SELECT '{currency}', DATE '0001-01-01', DATE '9999-12-31', 1""")


_DIMENSIONS = """organization subscriber currency country city zip tag package package_chain chain_step
    billing_frequency initial_term_type permanent_discount enterprise_plan product product_category reporting_group
    ledger_type payment_method source state status template_package cancellation_reason cancellation_type age_bucket
    price""".split()
_SPELLED = {letters(dim): dim for dim in _DIMENSIONS}
