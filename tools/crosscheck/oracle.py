"""Query -> expected result: interval, rows of the KPI, and what the general options make of them."""

from datetime import date, timedelta

from .kpi import Context, Kpi
from .period import Bucket, Calendar, axis, first_day, last_day
from .result import TOTAL, Expected, key_cell, minor_units, rank, value_cell


class Oracle:
    """What the models share. A model says which KPIs, which facts and which context there are."""

    kpis: dict = {}
    context: type = Context
    # Dimensions whose values SQL numbers in the order in which they sort: {dimension: names}.
    names: dict = {}
    # Ratios are divided once from exact parts, so that both sides come to the nearest float.
    tolerance: float = 0.0

    def __init__(self, con):
        self.con = con
        self._facts, self._as_of, self._tables, self._described = {}, {}, {}, {}

    def make_facts(self, zone: str):
        raise NotImplementedError

    def latest_days(self, facts) -> list:
        """SELECTs of the last days on which anything is recorded to have happened."""
        raise NotImplementedError

    def dims(self, query) -> list:
        """The dimensions of the result, in its order."""
        asked = query.dims()
        return asked + [dim for dim in self.kpis[query.kpi].own if dim not in asked]

    # What queries share.

    def facts(self, zone: str):
        if zone not in self._facts:
            self._facts[zone] = self.make_facts(zone)
        return self._facts[zone]

    def as_of(self, zone: str) -> date:
        """The latest civil day in the zone on which anything is recorded to have happened."""
        if zone not in self._as_of:
            days = " UNION ALL ".join(self.latest_days(self.facts(zone)))
            self._as_of[zone] = self.con.execute(f"SELECT max(day) FROM ({days}) t(day)").fetchone()[0]
        return self._as_of[zone]

    def table_of(self, rows: list, columns: str) -> str:
        """A table of a few rows that come from Python; equal ones share it."""
        key = (columns, tuple(rows))
        if key not in self._tables:
            name = f"given_{len(self._tables)}"
            self.con.execute(f"CREATE TEMP TABLE {name} ({columns})")
            names, values = [], []
            for index, column in enumerate(columns.split(", ")):
                column, kind = column.split(" ")
                names.append(f"unnest(CAST(? AS {kind}[])) AS {column}")
                values.append([row[index] for row in rows])
            self.con.execute(f"INSERT INTO {name} SELECT {', '.join(names)}", values)
            self._tables[key] = name
        return self._tables[key]

    def table_as(self, sql: str) -> str:
        """A table of what a SELECT gives; equal ones share it."""
        if sql not in self._tables:
            name = f"given_{len(self._tables)}"
            self.con.execute(f"CREATE TEMP TABLE {name} AS {sql}")
            self._tables[sql] = name
        return self._tables[sql]

    def described(self, table: str) -> list:
        """The columns of a table: (name, type, ...)."""
        if table not in self._described:
            self._described[table] = self.con.execute(f"DESCRIBE {table}").fetchall()
        return self._described[table]

    def bucket_table(self, buckets: tuple) -> str:
        rows = [(b.label, b.first, b.last, b.t) for b in buckets]
        return self.table_of(rows, "label DATE, first DATE, last DATE, t DATE")

    def day_table(self, buckets: tuple) -> str:
        one = timedelta(days=1)
        rows = [(b.first + n * one, b.label) for b in buckets for n in range(b.days)]
        return self.table_of(rows, "day DATE, label DATE")

    # One query.

    def answer(self, query) -> Expected:
        kpi = self.kpis[query.kpi]
        facts = self.facts(query.tz or "UTC")
        as_of = last_day(query.as_of) if query.as_of else self.as_of(query.tz or "UTC")
        start = kpi.earliest(facts, self.con, query.options)
        axis_ = self._axis(query, kpi, facts, start, as_of)
        ctx = self.context(self, query, facts, as_of, axis_)
        dims = self.dims(query)
        if query.top:
            ctx.fold = self._first_groups(ctx, kpi, query, dims)
        rows = kpi.rows(ctx, axis_.buckets, dims)
        if not dims and not kpi.tail and not query.no_fill:
            rows = {(b.label,): rows.get((b.label,), ctx.empty(kpi)) for b in axis_.buckets}
        if query.no_fill:
            rows = {key: values for key, values in rows.items() if query.kpi != "peak_concurrency" or values[0]}
        if query.totals:
            periods = {key[0] for key in rows}
            totals = self._totals(ctx, kpi, axis_.buckets, dims)
            rows |= {key: values for key, values in totals.items() if key[0] in periods}
        names = [m.name for m in kpi.measures]
        if query.cumulative:
            rows = self._running(ctx, kpi, query, dims, rows, start)
        if query.compare:
            rows = self._compared(ctx, kpi, query, dims, rows, start)
            names += [f"{m.name}_{what}" for what in ("previous", "change") for m in kpi.measures]
        every = query.every or kpi.every
        return self._printed(ctx, query, kpi, dims, names, rows, every)

    def _axis(self, query, kpi: Kpi, facts, start: date, as_of: date):
        calendar = Calendar(query.every or kpi.every, query.week_start or "mon", query.fiscal_start or 1)
        high = last_day(query.to) if query.to else as_of
        if kpi.latest and not query.to:
            high = kpi.latest(facts, self.con, query.options)
        if calendar.grain != "all":
            start = calendar.start_of(start)
            if not query.to:
                high = calendar.last_of(calendar.start_of(high))
        low = first_day(query.from_) if query.from_ else start
        if query.last:
            low = as_of - timedelta(days=int(query.last.rstrip("d")) - 1)
            high = as_of
        return axis(calendar, low, high, as_of, future=bool(kpi.latest))

    def _first_groups(self, ctx, kpi: Kpi, query, dims: list) -> tuple:
        """The dimension of `--top` and its first values by the first measure over the interval.

        Groups of equal figures go by name. One text dimension, and one currency, is all that the
        cases ask for.
        """
        dim = dims[0]
        ranked = kpi.rows(ctx, ctx.axis.whole().buckets, [dim] + [d for d in dims if d == "currency" != dim])
        best = {}
        for key, values in ranked.items():
            figure = (values[0] is not None, values[0] or 0)
            best[key[1]] = max(figure, best.get(key[1], figure))
        order = sorted(best, key=lambda value: (value is None, (value or "").encode()))
        order.sort(key=best.get, reverse=True)
        return dim, order[:query.top]

    def _totals(self, ctx, kpi: Kpi, buckets: list, dims: list) -> dict:
        """One row per period and currency, computed from the rows once more and not from the groups.

        What is converted adds up over currencies.
        """
        kept = [dim for dim in dims if dim == "currency" and not ctx.query.convert]
        found = {}
        for key, values in kpi.rows(ctx, buckets, kept).items():
            named = dict(zip(kept, key[1:]))
            found[(key[0], *(named.get(dim, TOTAL) for dim in dims))] = values
        return found

    def _compared(self, ctx, kpi: Kpi, query, dims: list, rows: dict, start: date) -> dict:
        """Adds the figures of the bucket before (or a year before) and the absolute change.

        A group without rows there counts as 0 (ratios null); before the KPI's first day all is null.
        So does every group where no day is left to compare with.
        """
        earlier = ctx.axis.earlier(query.compare)
        some = [bucket for bucket in earlier if bucket.days]
        before = kpi.rows(ctx, some, dims) if some else {}
        if query.totals and some:
            before |= self._totals(ctx, kpi, some, dims)
        ends = {bucket.label: bucket.end for bucket in earlier}
        empty = ctx.empty(kpi)
        nothing = (None,) * len(kpi.measures)
        found = {}
        for key, values in rows.items():
            past = before.get(key, empty) if ends[key[0]] >= start else nothing
            change = tuple(None if a is None or b is None else a - b for a, b in zip(values, past))
            found[key] = values + past + change
        return found

    def _running(self, ctx, kpi: Kpi, query, dims: list, rows: dict, start: date) -> dict:
        """Running sums per group, from the KPI's first day of all on, over the buckets in which it has rows."""
        low, sums, found = ctx.axis.buckets[0].first, {}, {}
        if start < low:
            before = [Bucket(low, start, low, start, low - timedelta(days=1), low)]
            past = kpi.rows(ctx, before, dims)
            if query.totals:
                past |= self._totals(ctx, kpi, before, dims)
            sums = {key[1:]: values for key, values in past.items()}
        for key in sorted(rows, key=rank):
            so_far = sums.get(key[1:], (0,) * len(rows[key]))
            found[key] = sums[key[1:]] = tuple(None if b is None else a + b for a, b in zip(so_far, rows[key]))
        return found

    def _printed(self, ctx, query, kpi: Kpi, dims, names, rows, every) -> Expected:
        shown = dims + kpi.tail
        kinds = [m.kind for m in kpi.measures] * (len(names) // len(kpi.measures))
        lines = []
        for key in sorted(rows, key=rank):
            currency = key[1 + shown.index("currency")] if "currency" in shown else None
            digits = minor_units(query.convert or currency)
            cells = [str(key[0])] + [key_cell(cell, digits, self.names.get(dim)) for dim, cell in zip(shown, key[1:])]
            cells += [value_cell(value, kind, digits) for value, kind in zip(rows[key], kinds)]
            lines.append(cells if every != "all" else cells[1:])
        period = ["period"] if every != "all" else []
        incomplete = None if every == "all" or shown else [str(day) for day in ctx.axis.incomplete()]
        return Expected(period + shown + names, lines, len(period + shown), ctx.as_of, incomplete, not query.top,
                        self.tolerance, ctx.overlapping(shown))
