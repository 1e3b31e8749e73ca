"""What is left of claims once payments are handed out: debt, its age, how much is paid, how fast."""

from ..kpi import Kpi, columns, earliest, measures, ratio
from .demands import claims


def _shares(ctx, evaluated: str) -> str:
    """What each evaluated demand (id, day) has got of its invoice's payments by that day.

    They go to the invoice's demands that are issued and not credited by then, in turn, each up to
    its claim: a demand gets what the claims before it leave.
    """
    demands, payments = claims(ctx.oracle), ctx.facts.table("payments")
    return ctx.oracle.table_as(f"""
        WITH evaluated AS ({evaluated}),
        earlier AS (
            SELECT e.id, e.day, sum(o.claim) AS claims FROM evaluated e JOIN {demands} d USING (id)
            JOIN {demands} o ON o.invoice_id = d.invoice_id AND o.currency IS NOT DISTINCT FROM d.currency
             AND o.turn < d.turn AND o.issue_date <= e.day AND (o.credit_date IS NULL OR o.credit_date > e.day)
            GROUP BY ALL
        ), paid AS (
            SELECT e.id, e.day, sum(p.amount) AS amount FROM evaluated e JOIN {demands} d USING (id)
            JOIN {payments} p ON p.invoice_id = d.invoice_id AND p.currency IS NOT DISTINCT FROM d.currency
             AND lower(p.state) = 'completed' AND p.payment_day <= e.day
            GROUP BY ALL
        )
        SELECT e.id, e.day, d.claim,
               least(d.claim, greatest(coalesce(p.amount, 0) - coalesce(b.claims, 0), 0)) AS share
        FROM evaluated e JOIN {demands} d USING (id) LEFT JOIN earlier b ON b.id = e.id AND b.day = e.day
        LEFT JOIN paid p ON p.id = e.id AND p.day = e.day""")


def _open(ctx, buckets) -> str:
    """Demands that are open at t, per bucket: what is left, and how old it is."""
    evaluated = f"""
        SELECT DISTINCT d.id, b.t AS day FROM {claims(ctx.oracle)} d JOIN {ctx.buckets(buckets)} b ON d.issue_date <= b.t
         AND (d.settle_date IS NULL OR d.settle_date > b.t) AND (d.credit_date IS NULL OR d.credit_date > b.t)
         AND (d.write_off_date IS NULL OR d.write_off_date > b.t)"""
    return ctx.oracle.table_as(f"""
        SELECT s.id, b.label, b.t, s.claim - s.share AS remaining, b.t - d.due_date AS late,
               CASE WHEN late <= 0 THEN 'not_due' WHEN late <= 30 THEN '1-30' WHEN late <= 60 THEN '31-60'
                    WHEN late <= 90 THEN '61-90' WHEN late > 90 THEN 'over_90' END AS age_bucket
        FROM {_shares(ctx, evaluated)} s JOIN {claims(ctx.oracle)} d USING (id)
        JOIN {ctx.buckets(buckets)} b ON b.t = s.day""")


def outstanding_debt(ctx, buckets, dims):
    return ctx.fetch(f"""
        SELECT label{columns(dims)}, {ctx.sum('remaining')}, count(*)
        FROM {ctx.rel('demands', dims, 'label, t, remaining, currency', _open(ctx, buckets))} f
        {ctx.rates('f.t')} GROUP BY ALL""", dims)


def dso(ctx, buckets, dims):
    """A group is there when something is open at t, or was claimed in the 90 days that end with it."""
    left = outstanding_debt(ctx, buckets, dims)
    claimed = ctx.fetch(f"""
        SELECT b.label{columns(dims)}, {ctx.sum('claim')}
        FROM {ctx.rel('demands', dims, 'issue_date, claim, currency', claims(ctx.oracle))} f
        JOIN {ctx.buckets(buckets)} b ON f.issue_date <= b.t AND f.issue_date > b.t - 90
        {ctx.rates('b.t')} GROUP BY ALL""", dims)
    found = {}
    for key in left.keys() | claimed.keys():
        outstanding, claim = left.get(key, (0, 0))[0], claimed.get(key, (0,))[0]
        rate = ratio(outstanding, claim)
        found[key] = (None if rate is None else rate * 90, outstanding, claim)
    return found


def degree_of_payment(ctx, buckets, dims):
    """By due date; each demand is judged on one day: as_of, or so many days after it was due."""
    horizon = ctx.option("horizon", "none")
    as_of = f"DATE '{ctx.as_of}'"
    day = as_of if horizon == "none" else f"d.due_date + {int(horizon)}"
    evaluated = f"""
        SELECT d.id, {day} AS day FROM {claims(ctx.oracle)} d WHERE d.due_date <= {as_of} AND {day} <= {as_of}
         AND d.issue_date <= {day} AND (d.credit_date IS NULL OR d.credit_date > {day})"""
    judged = ctx.oracle.table_as(f"""
        SELECT s.id, coalesce(d.settle_date <= s.day, false) AS settled, s.claim AS demanded,
               CASE WHEN settled THEN s.claim ELSE s.share END AS paid
        FROM {_shares(ctx, evaluated)} s JOIN {claims(ctx.oracle)} d USING (id)""")
    rows = ctx.fetch(f"""
        SELECT c.label{columns(dims)}, {ctx.sum('paid')}, {ctx.sum('demanded')}, count(*), count(*) FILTER (WHERE settled)
        FROM {ctx.rel('demands', dims, 'due_date AS day, currency, settled, demanded, paid', judged)} f
        JOIN {ctx.days(buckets)} c USING (day) {ctx.rates('f.day')} GROUP BY ALL""", dims)
    by_count = ctx.option("by", "amount") == "count"
    return {
        key: (ratio(settled, count) if by_count else ratio(paid, claimed), paid, claimed, count, settled)
        for key, (paid, claimed, count, settled) in rows.items()
    }


KPIS = {
    "outstanding_debt": Kpi(
        "all", measures("outstanding:money demands:count"), outstanding_debt, earliest("demands.issue_date"),
        own=["currency"], stock=True),
    "degree_of_payment": Kpi(
        "month",
        measures("degree_of_payment:ratio paid:money claimed:money demands:count settled_demands:count"),
        degree_of_payment, earliest("demands.due_date"), own=["currency"]),
    "dso": Kpi(
        "month", measures("dso_days:ratio outstanding:money claimed:money"), dso, earliest("demands.issue_date"),
        own=["currency"], stock=True),
}
