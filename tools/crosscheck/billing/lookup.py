"""Names to SQL: what a dimension or column of a fact is."""

from .. import where
from ..read import letters
from . import many
from .facts import DIMENSIONS, FACTS, OWN_CANCELLATIONS, Fact

_KINDS = {"VARCHAR": "text", "DATE": "date", "BOOLEAN": "boolean"}


class Facts:
    """The facts of one zone, made when first asked for."""

    def __init__(self, oracle, zone):
        self.oracle, self.con, self.zone = oracle, oracle.con, zone

    def fact(self, name: str) -> Fact:
        if name == "cancellations" and not self.con.execute("SELECT count(*) FROM canceled_subscriptions").fetchone()[0]:
            return OWN_CANCELLATIONS
        return FACTS[name]

    def base(self, name: str) -> str:
        """The table of the fact's rows, before any zone."""
        return self.oracle.table_as(DIMENSIONS.format(rows=self.fact(name).rows))

    def table(self, name: str) -> str:
        """The table of the fact's rows, with the civil days of the zone."""
        base, days = self.base(name), self.fact(name).days
        if not days:
            return base
        picked = [f"CAST({self.zone.local(instant)} AS DATE) AS {day}" for day, instant in days.items()]
        return self.oracle.table_as(f"SELECT *, {', '.join(picked)} FROM {base}")

    def column(self, name: str, wanted: str, beside: str = ""):
        """A dimension or column of a fact by its name, or one of the table that is joined to it as `v`."""
        for alias, table in (("v", beside), ("x", self.table(name))):
            if table and not many.is_many(wanted) and letters(wanted) in self._columns(table):
                column, kind = self._columns(table)[letters(wanted)]
                # A literal without a time of day is compared with the civil day of an instant.
                day = next((day for day, instant in self.fact(name).days.items() if instant == column), None)
                return where.Column(f"{alias}.{day or column}", "date" if day else kind)
        parts = beside if beside and "part" in self._columns(beside) else ""
        return many.values(self, name, wanted, parts)

    def _columns(self, table: str) -> dict:
        return {letters(name): (name, _KINDS.get(kind.split("(")[0], "number"))
                for name, kind, *_ in self.oracle.described(table)}
