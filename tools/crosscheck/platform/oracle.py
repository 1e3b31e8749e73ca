"""The platform model as an oracle: its KPIs over its exports."""

from pathlib import Path

from .. import oracle
from ..period import Zone
from . import revenue, support, usage
from .context import Context
from .dims import Facts
from .load import load


class Oracle(oracle.Oracle):
    kpis = usage.KPIS | support.KPIS | revenue.KPIS
    context = Context
    # Quantiles of DuckDB interpolate between floats.
    tolerance = 1e-9

    def __init__(self, folder: Path):
        super().__init__(load(folder))
        self._times = self.con.execute("""
            SELECT min(moment), max(moment) FROM (
                SELECT start_time AS moment FROM meetings UNION ALL SELECT join_time FROM attendees
                UNION ALL SELECT usage_timestamp FROM features_usage
                UNION ALL SELECT open_at FROM support_tickets UNION ALL SELECT close_at FROM support_tickets)""").fetchone()

    def make_facts(self, zone: str) -> Facts:
        return Facts(self.con, Zone(zone, *self._times))

    def latest_days(self, facts: Facts) -> list:
        return [
            f"SELECT max(day) FROM {facts.table('meetings')}",
            f"SELECT max(day) FROM {facts.table('attendees')}",
            f"SELECT max(CAST({facts.zone.local('usage_timestamp')} AS DATE)) FROM features_usage",
            f"SELECT greatest(max(open_day), max(close_day)) FROM {facts.table('support_tickets')}",
            "SELECT max(transaction_date) FROM billing_events",
            "SELECT max(registration_date) FROM users",
        ]
