"""A billing query while it is answered: facts with its filter, its many-valued dimensions, its rates."""

from .. import kpi, where
from ..read import letters
from .many import Many, is_many

PRODUCT_DIMS = {"product", "productcategory", "reportinggroup"}
# KPIs that count parts, not wholes, as soon as a dimension of products is used.
SPLIT = {"order_amounts", "order_completed_amounts", "billed_amount"}


class _Known:
    """The columns of a fact by the names that conditions use."""

    def __init__(self, facts, fact: str, beside: str):
        self._column = lambda name: facts.column(fact, name, beside)

    def __getitem__(self, name: str):
        return self._column(name)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def tag_condition(text: str) -> str:
    """`--tag` as an expression: split at the first `=` or `:`, else the whole text."""
    at = min((text.index(sign) for sign in "=:" if sign in text), default=-1)
    if at < 0:
        return f"tag = {_quoted(text)}"
    return f"tag.{text[:at].strip()} = {_quoted(text[at + 1:].strip())}"


class Context(kpi.Context):
    def __init__(self, oracle, query, facts, as_of, axis):
        super().__init__(oracle, query, facts, as_of, axis)
        texts = [query.where] if query.where else []
        texts += [tag_condition(tag) for tag in query.tags]
        texts += [f"reporting_group = {_quoted(group)}" for group in query.groups]
        self.conditions = [condition for text in texts for condition in where.parse(text)]
        used = set(query.dims()).union(*(c.names for c in self.conditions))
        self.split = query.kpi in SPLIT and any(letters(name) in PRODUCT_DIMS for name in used)

    def empty(self, kpi) -> tuple:
        empty = super().empty(kpi)
        return (empty[0],) + (None,) * 4 if self.split and self.query.kpi == "billed_amount" else empty

    def overlapping(self, dims: list) -> bool:
        return any(is_many(dim) or letters(dim) in PRODUCT_DIMS and not self.split for dim in dims)

    def rel(self, fact: str, dims: list, columns: str, beside: str = "") -> str:
        """A subquery: the dimensions as d0, d1 ..., the named columns (`a` or `a AS b`), the filter applied.

        A row stands once for every value of a dimension of many values, under null without any.
        `beside` is a table joined by id, whose columns go first.
        """
        known = _Known(self.facts, fact, beside)
        source = f"{self.facts.table(fact)} x" + (f" JOIN {beside} v ON v.id = x.id" if beside else "")
        picked = []
        for index, dim in enumerate(dims):
            column = known[dim]
            if isinstance(column, Many):
                values = f"(SELECT DISTINCT id, {self.folded('value', dim)} AS value FROM {column.table})"
                source += f" LEFT JOIN {values} m{index} ON m{index}.id = {column.key}"
                none = self.folded("NULL::VARCHAR", dim)
                picked.append(f"CASE WHEN m{index}.id IS NULL THEN {none} ELSE m{index}.value END AS d{index}")
            elif dim in self.oracle.names:
                picked.append(f"list_position({self.oracle.names[dim]}, {column.sql}) - 1 AS d{index}")
            else:
                picked.append(f"{self.folded(column.sql, dim)} AS d{index}")
        for column in columns.split(", "):
            name, _, alias = column.partition(" AS ")
            picked.append(f"{known[name].sql} AS {alias or name}")
        tests = [condition.sql(known) for condition in self.conditions]
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        return f"(SELECT {', '.join(picked)} FROM {source}{where})"

    # Rates: a row without one on or before the day is left out.

    def rates(self, day: str) -> str:
        """The join that finds the rate of a row `f` with a `currency`; nothing without `--convert`."""
        if not self.query.convert:
            return ""
        table = self.oracle.rate_table(self.query.convert, self.query.rates)
        return f"JOIN {table} r ON r.currency = f.currency AND {day} >= r.first AND {day} < r.until"

    def sum(self, amount: str) -> str:
        """SQL: the exact sum of an amount."""
        # DuckDB multiplies narrow decimals narrowly, and gives up when they do not fit.
        return f"coalesce(sum(CAST({amount} AS DECIMAL(38, 8)){' * r.rate' if self.query.convert else ''}), 0)"
