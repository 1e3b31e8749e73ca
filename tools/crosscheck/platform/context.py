"""A platform query while it is answered: facts with the conditions and dimensions that reach them."""

from .. import kpi, where
from .dims import EVENT_COLUMNS, EVENT_DAY, FACTS


class Context(kpi.Context):
    def __init__(self, oracle, query, facts, as_of, axis):
        super().__init__(oracle, query, facts, as_of, axis)
        self.conditions = where.parse(query.where) if query.where else []
        self.actors = [self._actors(where.parse(text)) for text in query.users]

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

    def rel(self, fact: str, dims: list, columns: str) -> str:
        """A subquery: the dimensions as d0, d1 ..., the named columns (`a` or `a AS b`), the filter applied.

        A condition whose columns the fact does not have belongs to another side of the KPI.
        """
        known = FACTS[fact].columns
        needs, picked = set(), []
        for index, dim in enumerate(dims):
            needs.add(known[dim].needs)
            picked.append(f"{self.folded(known[dim].sql, dim)} AS d{index}")
        for column in columns.split(", "):
            name, _, alias = column.partition(" AS ")
            needs.add(known[name].needs)
            picked.append(f"{known[name].sql} AS {alias or name}")
        tests = []
        for condition in self.conditions:
            if condition.reaches(known):
                needs |= {known[name].needs for name in condition.names}
                tests.append(condition.sql(known))
        tests += [f"x.u IN ({actors})" for actors in self.actors]
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        return f"(SELECT {', '.join(picked)} FROM {self.facts.source(fact, needs)}{where})"
