"""What a KPI is made of, and what its SQL is written with.

A KPI's `rows` gets the buckets and the dimensions to group by and returns {(label, *dims): measures}.
Counts are ints, money is Decimal (a Fraction once divided), ratios are Fractions or floats: nothing
is rounded before it is printed.
"""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Callable

from .period import Axis


@dataclass(frozen=True)
class Measure:
    """kind: `count` (integer), `sum` (number), `ratio`, `money`, `money_ratio`."""

    name: str
    kind: str

    @property
    def empty(self):
        return None if self.kind in ("ratio", "money_ratio") else 0


def measures(text: str) -> list:
    """`"revenue:money events:count"` as measures."""
    return [Measure(*part.split(":")) for part in text.split()]


@dataclass(frozen=True)
class Kpi:
    """`own` dimensions are always shown; `tail` columns are dimensions that `rows` adds by itself."""

    every: str
    measures: list
    rows: Callable
    earliest: Callable
    own: list = field(default_factory=list)
    tail: list = field(default_factory=list)
    stock: bool = False
    # The last day of the interval, where that is not as_of: rows after as_of are the point then.
    latest: Callable | None = None
    # Rows exist for every bucket even without data, when there is no dimension.
    dense: bool = False


class Context:
    """One query while it is answered: zone, filter, options, and the SQL pieces that depend on them."""

    def __init__(self, oracle, query, facts, as_of: date, axis: Axis):
        self.oracle, self.con, self.query, self.facts = oracle, oracle.con, query, facts
        self.as_of, self.axis = as_of, axis
        # With `--top`: the dimension and the values that keep their names.
        self.fold = None

    def option(self, name: str, default: str) -> str:
        return self.query.options.get(name, default)

    def empty(self, kpi: Kpi) -> tuple:
        """The measures of a bucket without rows."""
        return tuple(measure.empty for measure in kpi.measures)

    def overlapping(self, dims: list) -> bool:
        """Whether one entity may stand in several groups of these dimensions."""
        return False

    def folded(self, sql: str, dim: str) -> str:
        """With `--top`, every group that is not among the first shows as Other."""
        if self.fold is None or dim != self.fold[0]:
            return sql
        kept = ["'" + value.replace("'", "''") + "'" for value in self.fold[1] if value is not None]
        tests = [f"{sql} IN ({', '.join(kept)})"] if kept else []
        if None in self.fold[1]:
            tests.append(f"{sql} IS NULL")
        return f"CASE WHEN {' OR '.join(tests) or 'false'} THEN {sql} ELSE 'Other' END"

    def buckets(self, buckets: list) -> str:
        """A table (label, first, last, t) of the buckets."""
        return self.oracle.bucket_table(tuple(buckets))

    def days(self, buckets: list) -> str:
        """A table (day, label) of the days whose flow rows count."""
        return self.oracle.day_table(tuple(buckets))

    def fetch(self, sql: str, dims: list) -> dict:
        """Rows as {(label, *dims): measures}."""
        width = 1 + len(dims)
        return {row[:width]: row[width:] for row in self.con.execute(sql).fetchall()}


def columns(dims: list) -> str:
    """`, d0, d1`: the dimensions behind another column of a SELECT, GROUP BY or PARTITION BY."""
    return "".join(f", d{index}" for index in range(len(dims)))


def earliest(expression: str) -> Callable:
    """The first day in a fact, of the whole table: `earliest("meetings.day")`."""
    fact, day = expression.split(".")
    return lambda facts, con, options: con.execute(f"SELECT min({day}) FROM {facts.table(fact)}").fetchone()[0]


def latest(expression: str) -> Callable:
    """The last day in a fact: `latest("licenses.end_date")`."""
    fact, day = expression.split(".")
    return lambda facts, con, options: con.execute(f"SELECT max({day}) FROM {facts.table(fact)}").fetchone()[0]


def ratio(numerator, denominator):
    """Exact; a zero denominator gives null."""
    return Fraction(numerator) / Fraction(denominator) if denominator else None
