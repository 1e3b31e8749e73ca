"""What a KPI is made of, and what its SQL is written with.

A KPI's `rows` gets the buckets and the dimensions to group by and returns {(label, *dims): measures}.
Counts are ints, money is Decimal (a Fraction once divided), ratios are Fractions or floats: nothing
is rounded before it is printed.
"""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Callable

from .dims import EVENT_COLUMNS, EVENT_DAY, FACTS, Facts
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
    future: bool = False
    # Rows exist for every bucket even without data, when there is no dimension.
    dense: bool = False


class Context:
    """One query while it is answered: zone, filter, options, and the SQL pieces that depend on them."""

    def __init__(self, oracle, query, facts: Facts, as_of: date, axis: Axis, conditions: list):
        self.oracle, self.con, self.query, self.facts = oracle, oracle.con, query, facts
        self.as_of, self.axis, self.conditions = as_of, axis, conditions
        self.fold = None
        self.actors = [self._actors(parse) for parse in query.user_conditions()]

    def option(self, name: str, default: str) -> str:
        return self.query.options.get(name, default)

    def _actors(self, conditions: list) -> str:
        """`--users`: who has, within the interval, a row that matches; one set per condition."""
        names = frozenset().union(*(c.names for c in conditions))
        tables = {EVENT_COLUMNS[name] for name in names}
        if len(tables) != 1:
            raise ValueError(f"--users looks into one table, not {sorted(tables)}")
        fact = tables.pop()
        columns = FACTS[fact].columns
        low, high = self.axis.buckets[0].first, self.axis.buckets[-1].last
        used = [columns[name] for name in names]
        where = " AND ".join(c.sql(columns) for c in conditions)
        source = self.facts.source(fact, {c.needs for c in used})
        return (f"SELECT x.u FROM {source} WHERE x.u IS NOT NULL AND {where} "
                f"AND x.{EVENT_DAY[fact]} BETWEEN DATE '{low}' AND DATE '{high}'")

    def has(self, fact: str, dims: list) -> list:
        """The dimensions that a fact has or reaches."""
        return [dim for dim in dims if dim in FACTS[fact].columns]

    def rel(self, fact: str, dims: list, columns: str, filtered=True) -> str:
        """A subquery: the dimensions as d0, d1 ..., the named columns (`a` or `a AS b`), the filter applied.

        A condition whose columns the fact does not have belongs to another side of the KPI.
        """
        known = FACTS[fact].columns
        needs, picked = set(), []
        for index, dim in enumerate(dims):
            needs.add(known[dim].needs)
            picked.append(f"{self._folded(known[dim], dim)} AS d{index}")
        for column in columns.split(", "):
            name, _, alias = column.partition(" AS ")
            needs.add(known[name].needs)
            picked.append(f"{known[name].sql} AS {alias or name}")
        tests = []
        if filtered:
            for condition in self.conditions:
                if condition.reaches(known):
                    needs |= {known[name].needs for name in condition.names}
                    tests.append(condition.sql(known))
            tests += [f"x.u IN ({actors})" for actors in self.actors]
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        return f"(SELECT {', '.join(picked)} FROM {self.facts.source(fact, needs)}{where})"

    def _folded(self, column, dim: str) -> str:
        """With `--top`, every group that is not among the first shows as Other."""
        if self.fold is None or dim != self.fold[0]:
            return column.sql
        kept = ["'" + value.replace("'", "''") + "'" for value in self.fold[1] if value is not None]
        tests = [f"{column.sql} IN ({', '.join(kept)})"] if kept else []
        if None in self.fold[1]:
            tests.append(f"{column.sql} IS NULL")
        return f"CASE WHEN {' OR '.join(tests) or 'false'} THEN {column.sql} ELSE 'Other' END"

    def buckets(self, buckets: list) -> str:
        """A table (label, start, end, first, last, t) of the buckets."""
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


def ratio(numerator, denominator):
    """Exact; a zero denominator gives null."""
    return Fraction(numerator) / Fraction(denominator) if denominator else None


def outer_join(left: dict, left_dims: list, left_width: int,
               right: dict, right_dims: list, right_width: int, dims: list) -> dict:
    """FULL OUTER JOIN of the two sides of a KPI on the bucket and the dimensions that both have.

    The null group of one side meets the null group of the other. A row of a side that finds no
    partner has null in the dimensions which only the other side has, and zeros for its measures.
    """
    shared = [dim for dim in dims if dim in left_dims and dim in right_dims]

    def keyed(rows, names):
        found = {}
        for key, values in rows.items():
            named = dict(zip(names, key[1:]))
            found.setdefault((key[0], *(named[dim] for dim in shared)), []).append((named, values))
        return found

    lefts, rights = keyed(left, left_dims), keyed(right, right_dims)
    joined = {}
    for key in [*lefts, *(key for key in rights if key not in lefts)]:
        for left_named, left_values in lefts.get(key, [(None, (0,) * left_width)]):
            for right_named, right_values in rights.get(key, [(None, (0,) * right_width)]):
                named = (left_named or {}) | (right_named or {})
                joined[(key[0], *(named.get(dim) for dim in dims))] = left_values + right_values
    return joined


def registered(ctx: Context, buckets: list, dims: list) -> tuple:
    """Known users registered by day t, as a side: (dimensions that it has, rows)."""
    own = ctx.has("users", dims)
    rows = ctx.fetch(f"""
        SELECT b.label{columns(own)}, count(*)
        FROM {ctx.rel('users', own, 'registration_date')} f
        JOIN {ctx.buckets(buckets)} b ON f.registration_date <= b.t GROUP BY ALL""", own)
    return own, rows


def active_hosts(ctx: Context, buckets: list, dims: list) -> tuple:
    """Distinct known users who hosted a meeting that starts in the bucket, as a side."""
    own = ctx.has("meetings", dims)
    rows = ctx.fetch(f"""
        SELECT c.label{columns(own)}, count(DISTINCT u)
        FROM {ctx.rel('meetings', own, 'day, u, known')} f JOIN {ctx.days(buckets)} c USING (day)
        WHERE known GROUP BY ALL""", own)
    return own, rows
