"""Values of the data at hand that filters can name, so that few of them keep nothing."""

from ..read import letters
from .catalogue import FACT_OF, FACTS, dimensions
from .demands import billed_parts
from .flows import order_lines
from .load import TABLES
from .many import Many


class Samples:
    """The names that a KPI's filters may use, and values for each."""

    def __init__(self, oracle):
        self.oracle, self._found = oracle, {}
        self.facts = oracle.facts("UTC")
        self.tag_keys = self._keys("SELECT key, count(*) AS n FROM tagged WHERE part IS NOT NULL GROUP BY ALL")
        self.identification_keys = self._keys("SELECT key, count(*) AS n FROM identified GROUP BY ALL")
        # A separator with nothing on one side names no key: such a text cannot be asked for by `--tag`.
        self.tags = self._rows("SELECT value, count(*) FROM tagged WHERE (key IS NULL) = (part IS NULL) "
                               "AND NOT regexp_matches(value, '^[:=]|[:=]$') GROUP BY ALL ORDER BY 2 DESC, 1")
        self.groups = self._rows("SELECT DISTINCT name FROM reporting_groups WHERE name IS NOT NULL ORDER BY 1")

    def _rows(self, sql: str) -> list:
        return [row[0] for row in self.oracle.con.execute(sql).fetchall()]

    def _keys(self, counted: str) -> list:
        return self._rows(f"SELECT key FROM ({counted}) WHERE key IS NOT NULL ORDER BY n DESC, key LIMIT 3")

    def dims(self, kpi: str) -> list:
        keyed = [f"tag.{key}" for key in self.tag_keys] + [f"identification.{key}" for key in self.identification_keys]
        return dimensions(kpi) + keyed

    def table(self, kpi: str) -> str:
        """The table of the KPI's rows; without one of cancellations, that of subscriptions."""
        table, _ = FACTS[FACT_OF[kpi]]
        rows = self.oracle.con.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return "subscriptions" if table == "canceled_subscriptions" and not rows else table

    def columns(self, kpi: str) -> list:
        """Columns of that table that are not dimensions."""
        taken = {letters(dim) for dim in dimensions(kpi)}
        return [column for column in TABLES[self.table(kpi)][1] if letters(column) not in taken]

    def of(self, kpi: str, name: str) -> tuple:
        """(kind, values): the distinct values of a dimension or column, the most frequent first."""
        key = (kpi, name)
        if key not in self._found:
            self._found[key] = self._values(kpi, name)
        return self._found[key]

    def _values(self, kpi: str, name: str) -> tuple:
        if name == "age_bucket":
            return "text", list(self.oracle.names[name])
        parts = {"billed_amount": billed_parts, "order_amounts": order_lines, "order_completed_amounts": order_lines}
        beside = parts[kpi](self.oracle) if kpi in parts else ""
        column = self.facts.column(FACT_OF[kpi], name, beside)
        if isinstance(column, Many):
            source, value = column.table, "value"
        else:
            value = column.sql
            source = f"{self.facts.table(FACT_OF[kpi])} x" + (f" JOIN {beside} v ON v.id = x.id" if beside else "")
        return column.kind, self._rows(f"SELECT {value} AS sampled, count(*) FROM {source} WHERE sampled IS NOT NULL "
                                       "GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT 40")
