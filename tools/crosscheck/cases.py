"""Which queries are compared: every KPI, crossed with what its figure could depend on.

The texts in filters are the most frequent ones of the data at hand, so that no case is empty.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from .kpi import Kpi
from .period import add_months
from .query import Query

ZONES = ["America/New_York", "Europe/Oslo", "Asia/Kathmandu", "Pacific/Auckland"]


@dataclass
class Plan:
    """What one KPI is tried with. `by` lists of dimensions, `where` filters, `options` as `name=value`."""

    by: list = field(default_factory=list)
    where: list = field(default_factory=list)
    options: list = field(default_factory=list)
    # `extra` are further options of the command line, each tried plain.
    extra: list = field(default_factory=list)
    every: list = field(default_factory=lambda: ["day", "week", "month", "quarter", "year", "all"])
    zones: bool = True
    clip: bool = True
    as_of: bool = True
    totals: bool = True
    compare: bool = True
    compare_by: bool = True
    cumulative: bool = False
    top: list = field(default_factory=list)
    # Texts of `--users`, each list tried together.
    users: list = field(default_factory=list)
    # The grain asked for where the case is about something else; else the KPI's own.
    usual: str = ""


class Data:
    """Texts and days of the exports that filters and intervals are made of."""

    def __init__(self, oracle):
        self.con = oracle.con
        self.as_of = oracle.as_of("UTC")
        # The last month that is certainly whole, in every zone.
        self.whole_month = add_months((self.as_of - timedelta(days=1)).replace(day=1), -1)

    def top(self, column: str, count: int = 1):
        """The most frequent values of `table.column`; quoted for a filter."""
        table, name = column.split(".")
        rows = self.con.execute(
            f"SELECT {name} FROM {table} WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {count}"
        ).fetchall()
        texts = ["'" + row[0].replace("'", "''") + "'" for row in rows] or ["'none'"]
        return texts[0] if count == 1 else ", ".join(texts)

    def month(self, back: int) -> str:
        return str(add_months(self.whole_month, -back))[:7]

    def day(self, back: int) -> str:
        return str(self.as_of - timedelta(days=back))


def distinct(queries) -> list:
    """Without repetition."""
    found = {}
    for query in queries:
        found.setdefault(tuple(query.arguments()), query)
    return list(found.values())


def options(text: str) -> dict:
    return dict(part.split("=", 1) for part in text.split(" ") if part)


def planned(name: str, kpi: Kpi, plan: Plan, d: Data):
    """The queries of one KPI."""
    usual, every = plan.usual, kpi.every

    def query(**given):
        given.setdefault("every", usual)
        return Query(name, **given)

    yield query()
    for grain in plan.every:
        yield query(every=grain)
    for text in plan.options:
        yield query(options=options(text))
    coarse = "month" if every == "day" and "month" in plan.every else ""
    for by in plan.by:
        yield query(by=by, every=coarse or usual)
    if every == "day" and plan.by:
        yield query(by=plan.by[0])
    for text in plan.where:
        yield query(where=text, every=coarse or usual)
    if plan.where and plan.by:
        yield query(where=plan.where[0], by=plan.by[-1], every=coarse or usual)
        yield query(where=plan.where[-1], by=plan.by[0], every=coarse or usual)
        for text in plan.options:
            yield query(where=plan.where[0], by=plan.by[0], options=options(text), every=coarse or usual)
    for given in plan.extra:
        yield query(**given)
    if "week" in plan.every:
        for week_start in ("sun", "sat", "mon"):
            yield query(every="week", week_start=week_start)
    for grain in ("quarter", "year"):
        if grain in plan.every:
            yield query(every=grain, fiscal_start=4 if grain == "quarter" else 7)
            yield query(every=grain, fiscal_start=11)
    if plan.zones:
        for zone in ZONES:
            yield query(tz=zone)
        if plan.by:
            yield query(tz=ZONES[0], by=plan.by[0], every=coarse or usual)
        if "week" in plan.every:
            yield query(tz=ZONES[2], every="week")
        if "all" in plan.every:
            yield query(tz=ZONES[3], every="all")
    yield from _intervals(query, plan, d)
    yield from _shapes(query, kpi, plan, d, coarse or usual)


def _intervals(query, plan: Plan, d: Data):
    yield query(from_=d.month(5))
    yield query(from_=d.month(5), to=d.month(2))
    yield query(to=d.month(3))
    if plan.by:
        yield query(from_=d.month(4), to=d.month(1), by=plan.by[0])
    if plan.clip:
        yield query(from_=d.month(4) + "-11", to=d.month(1) + "-17")
        if "all" in plan.every:
            yield query(every="all", from_=d.month(3) + "-05", to=d.month(1) + "-20")
        yield query(last="45d")
    if plan.as_of:
        yield query(as_of=d.day(45))
        if plan.by:
            yield query(as_of=d.day(100), by=plan.by[0])


def _shapes(query, kpi: Kpi, plan: Plan, d: Data, every: str):
    if plan.totals:
        for by in plan.by[:1] + plan.by[-1:]:
            yield query(by=by, totals=True, every=every)
        if kpi.own:
            yield query(totals=True, every=every)
    if plan.compare and "month" in plan.every:
        yield query(every="month", compare="previous")
        yield query(every="month", compare="year")
        yield query(every="quarter", compare="previous")
        if plan.compare_by:
            for by in plan.by[:1]:
                yield query(every="month", compare="previous", by=by, from_=d.month(6))
    if plan.cumulative:
        yield query(every="month", cumulative=True)
        yield query(every="week", cumulative=True, by=plan.by[0])
    for by in plan.top:
        yield query(by=by, top=3, every=every)
        yield query(by=by, top=1, every="year", where=plan.where[1] if by != "company" else "")
    for index, users in enumerate(plan.users):
        yield query(every=every, users=users)
        if index and plan.by:
            yield query(every=every, users=users, from_=d.month(3), by=plan.by[0])
    if not kpi.own and not kpi.tail and not kpi.dense:
        yield query(no_fill=True)
