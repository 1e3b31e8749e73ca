"""From one period's end to the next: which accounts came, grew, shrank, left and returned."""

from fractions import Fraction

from ..kpi import Kpi, columns, measures, ratio
from .recurring import monthly, parts, worth
from .subscriptions import STARTED

# The account moves, else the subscriber; the letter keeps the keys of the two apart.
_ENTITY = "coalesce('a' || account, 's' || who)"


def _openings(ctx, buckets) -> str:
    """The buckets with the last day before each, at most as_of, as `opening`."""
    return f"(SELECT *, least(first - 1, DATE '{ctx.as_of}') AS opening FROM {ctx.buckets(buckets)}) b"


_MOVES = ["new", "expansion", "contraction", "churn", "reactivation"]
_AT_OPENING = "(start_date <= b.opening AND stop > b.opening)"
_AT_T = "(start_date <= b.t AND stop > b.t)"


def mrr_movements(ctx, buckets, dims):
    """The worth of every entity at the opening and at t, both at the rates of t.

    Whether an entity was ever above 0 is looked up in the running sum of its worth, from each day on
    which a row starts or stops; of several currencies, in the one that was first above 0.
    """
    by = columns(dims)
    moves = ", ".join(f"sum(change) FILTER (WHERE move = '{move}')" for move in _MOVES)
    needed = "start_date, stop, to_account AS account, to_subscriber AS who, currency, worth"
    rel = ctx.rel("subscriptions", dims, needed, monthly(ctx))
    rows = ctx.fetch(f"""
        WITH row AS (
            SELECT f.* EXCLUDE (account, who), coalesce({_ENTITY}, '') AS entity
            FROM {rel} f WHERE worth IS NOT NULL AND start_date < stop
        ), step AS (
            SELECT entity{by}, currency, day, sum(worth) AS worth
            FROM (SELECT entity{by}, currency, start_date AS day, worth FROM row
                  UNION ALL SELECT entity{by}, currency, stop, -worth FROM row) GROUP BY ALL
        ), level AS (
            SELECT *, sum(worth) OVER (PARTITION BY entity{by}, currency ORDER BY day) AS level FROM step
        ), rise AS (
            SELECT entity{by}, currency, min(day) AS day FROM level WHERE level > 0 GROUP BY ALL
        ), known AS (SELECT f.*, rise.day AS rise FROM row f LEFT JOIN rise
                     ON {' AND '.join(f'rise.{name} IS NOT DISTINCT FROM f.{name}' for name in _names(dims))}
        ), moved AS (
            SELECT b.label{by}, entity, sum(CASE WHEN {_AT_OPENING} THEN {worth(ctx)} ELSE 0 END) AS o,
                   sum(CASE WHEN {_AT_T} THEN {worth(ctx)} ELSE 0 END) AS c,
                   coalesce(bool_or(rise <= b.opening), false) AS before, bool_or({_AT_OPENING} OR {_AT_T}) AS there
            FROM known f JOIN {_openings(ctx, buckets)} ON f.start_date <= b.t {ctx.rates('b.t')} GROUP BY ALL
        ), classed AS (
            SELECT *, c - o AS change,
                   CASE WHEN c = o THEN 'none' WHEN o = 0 THEN CASE WHEN before THEN 'reactivation' ELSE 'new' END
                        WHEN c = 0 THEN 'churn' WHEN c > o THEN 'expansion' ELSE 'contraction' END AS move
            FROM moved WHERE there
        )
        SELECT label{by}, sum(o), {moves}, sum(c), sum(c) FILTER (WHERE o > 0), sum(least(o, c)) FILTER (WHERE o > 0)
        FROM classed GROUP BY ALL""", dims)
    found, whole = {}, parts(ctx)
    for key, sums in rows.items():
        *money, kept, floor = (Fraction(int(value or 0), whole) for value in sums)
        opening = money[0]
        found[key] = (*money, ratio(kept, opening), ratio(floor, opening))
    return found


def _names(dims: list) -> list:
    return ["entity", "currency"] + [f"d{index}" for index in range(len(dims))]


def subscription_churn(ctx, buckets, dims):
    """An account that is there again within the days of grace has not left."""
    grace = int(ctx.option("grace", "3"))
    rel = ctx.rel("subscriptions", dims, "start_date, stop, to_account AS account, to_subscriber AS who")
    rows = ctx.fetch(f"""
        WITH moved AS (
            SELECT b.label{columns(dims)}, {_ENTITY} AS entity, bool_or({_AT_OPENING}) AS opened,
                   bool_or({_AT_T}) AS closed,
                   bool_or(start_date <= least(b.t + {grace}, DATE '{ctx.as_of}') AND stop > b.t) AS stayed,
                   bool_or(start_date <= b.opening) AS before
            FROM {rel} f JOIN {_openings(ctx, buckets)} ON true
            WHERE entity IS NOT NULL AND start_date < stop GROUP BY ALL
        )
        SELECT label{columns(dims)}, count(*) FILTER (WHERE opened AND NOT stayed), count(*) FILTER (WHERE opened),
               count(*) FILTER (WHERE closed AND NOT opened AND before)
        FROM moved GROUP BY ALL HAVING bool_or(opened OR closed)""", dims)
    return {key: (ratio(churned, opening), churned, opening, reactivated)
            for key, (churned, opening, reactivated) in rows.items()}


KPIS = {
    "mrr_movements": Kpi(
        "month",
        measures("opening:money " + " ".join(f"{move}:money" for move in _MOVES) + " closing:money nrr:ratio grr:ratio"),
        mrr_movements, STARTED, own=["currency"]),
    "subscription_churn": Kpi(
        "month", measures("churn_rate:ratio churned:count opening:count reactivated:count"), subscription_churn, STARTED),
}
