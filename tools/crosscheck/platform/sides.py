"""KPIs of two sides: a count of one table over a count of another."""

from .context import Context
from ..kpi import columns


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
