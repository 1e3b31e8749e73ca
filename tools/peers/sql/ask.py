"""What is asked of a SQL engine: one shape of a question, in one dialect, with or without joins.

Invariant: whether a user, plan or company comes from a join or from the fact's own column is decided
here alone; the KPIs are written once.
"""

from dataclasses import dataclass, field

from ..dialect import Dialect
from ..shape import Shape

# The ad-hoc filter of each fact table: a condition on a column that no layout is sorted by.
FILTERS = {
    "users": "registration_date >= DATE '2024-06-15'",
    "meetings": "duration_minutes >= 30",
    "attendees": "connection_quality = 'Good'",
    "features_usage": "usage_count >= 2",
    "support_tickets": "priority_level = 'High'",
    "billing_events": "cents > 2050",
    "licenses": "license_type = 'Pro'",
}


@dataclass(frozen=True)
class Ask(Shape):
    """`d` is the dialect."""

    d: Dialect = field(kw_only=True)

    def columns(self, prefix: str = "") -> str:
        """The dimensions as the middle of a list of columns."""
        return "".join(f", {prefix}{dim}" for dim in self.dims)

    def named(self, table: str, known: bool = False) -> str:
        """The dimensions of a fact, read where `source` finds them, under their own names."""
        where = "f" if self.ahead or table == "users" else "h"
        texts = [f"{where}.{dim}" for dim in self.dims]
        if where == "h" and not known:
            texts = [self.d.text(text) for text in texts]
        return "".join(f", {text} AS {dim}" for text, dim in zip(texts, self.dims))

    def user(self, table: str) -> str:
        """The acting user, none while not known."""
        return "f.u" if table == "users" else "f.ku" if self.ahead else "h.u"

    def meeting(self) -> str:
        """The meeting of an attendee, none while not known."""
        return "f.mk" if self.ahead else "g.m"

    def source(self, table: str, known: bool = False, people: bool = False, meetings: bool = False,
               where: tuple = ()) -> str:
        """FROM and WHERE of a fact `f`: of all rows, or of those with a known user; `people` and `meetings`
        say that users or meetings are counted."""
        text, conditions = f"FROM {table} f", list(where)
        needs_user = table != "users" and (known or people or bool(self.dims))
        if self.ahead:
            if known and needs_user:
                conditions.append(self.d.known("f.ku"))
        else:
            host = table == "features_usage" and needs_user
            if host or meetings:
                text += f" {'' if host and known else 'LEFT '}JOIN meetings g ON g.m = f.m"
            if needs_user:
                text += f" {'' if known else 'LEFT '}JOIN users h ON h.u = {'g' if host else 'f'}.u"
        if self.filtered and table == self.fact:
            conditions.append("f." + FILTERS[table])
        return text + (f" WHERE {' AND '.join(conditions)}" if conditions else "")

    def grouped(self, table: str, period: str, time: str, measures: dict, own: tuple = (), known: bool = False,
                people: bool = False, meetings: bool = False, where: tuple = ()) -> str:
        """Measures of a fact by period, dimensions and columns of its own; rows without the time are left out."""
        listed = ", ".join(f"{sql} AS {name}" for name, sql in measures.items())
        source = self.source(table, known, people, meetings, (f"{time} IS NOT NULL", *where))
        held = "".join(f", f.{column} AS {column}" for column in own)
        return (f"SELECT {period} AS period{self.named(table, known)}{held}, {listed} {source} "
                f"{self.group(1 + len(self.dims) + len(own))}")

    def group(self, count: int) -> str:
        """GROUP BY the first so many columns."""
        return "GROUP BY " + ", ".join(str(n + 1) for n in range(count))

    def partition(self) -> str:
        """The dimensions as the partition of a window."""
        return f"PARTITION BY {', '.join(self.dims)} " if self.dims else ""

    def months_from(self, first: str) -> str:
        """The condition on `months` that keeps those from a month to that of as_of."""
        return f"label BETWEEN DATE '{first}' AND DATE '{self.facts.as_of}'"

    def both(self, left: str, right: str, columns: str) -> str:
        """The full outer join of the two sides of a KPI, `a` and `b`, on the period and the dimensions."""
        keys = ["period", *self.dims]
        shown = ", ".join(f"coalesce(a.{key}, b.{key}) AS {key}" for key in keys)
        on = " AND ".join(f"a.{key} = b.{key}" for key in keys)
        return (f"SELECT {shown}, {columns} FROM ({left}) a FULL JOIN ({right}) b ON {on}"
                f"{self.d.outer_join_suffix}")


def ratio(numerator: str, denominator: str) -> str:
    """A quotient as a floating point number; null over zero."""
    return f"CAST({numerator} AS DOUBLE) / nullif({denominator}, 0)"
