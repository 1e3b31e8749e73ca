"""Revenue and licences: billing events, recurring revenue, licence terms and churn."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm

from ..kpi import Kpi, columns, earliest, latest, measures, ratio
from .load import TERMS
from .sides import outer_join, registered

_RECURRING = "Subscription,Renewal,Upgrade,Add-on"


def _events(ctx, buckets, dims):
    """Signed sums add exactly: amounts are decimals all the way."""
    return ctx.fetch(f"""
        SELECT c.label{columns(dims)}, coalesce(sum(signed_amount), 0), count(*)
        FROM {ctx.rel('billing_events', dims, 'day, signed_amount')} f JOIN {ctx.days(buckets)} c USING (day)
        GROUP BY ALL""", dims)


def revenue(ctx, buckets, dims):
    """Two sides: billing events, and the active hosts and hours met of the same bucket.

    Meetings have no currency, so their figures repeat for each.
    """
    own, theirs = ctx.has("billing_events", dims), ctx.has("meetings", dims)
    met = ctx.fetch(f"""
        SELECT c.label{columns(theirs)}, count(DISTINCT u) FILTER (WHERE known), coalesce(sum(duration_minutes), 0)
        FROM {ctx.rel('meetings', theirs, 'day, u, known, duration_minutes')} f JOIN {ctx.days(buckets)} c USING (day)
        GROUP BY ALL""", theirs)
    both = outer_join(_events(ctx, buckets, own), own, 2, met, theirs, 2, dims)
    return {
        key: (Decimal(amount), events, ratio(amount, users), ratio(Fraction(amount) * 60, minutes))
        for key, (amount, events, users, minutes) in both.items()
    }


def mrr(ctx, buckets, dims):
    """Events of a whole calendar month count in it, up to as_of, also when t lies inside the month."""
    types = ", ".join(f"'{name.strip().lower()}'" for name in ctx.option("types", _RECURRING).split(","))
    month = "(year({0}) * 12 + month({0}))"
    cash = ctx.option("method", "normalized") == "cash"
    whole = 1 if cash else lcm(*TERMS)
    term = "1" if cash else "term_months"
    needed = "day, event_type AS type, signed_amount" + ("" if cash else ", term_months")
    rows = ctx.fetch(f"""
        SELECT b.label{columns(dims)}, sum(CAST(signed_amount * 10000 AS HUGEINT) * ({whole} // {term}))
        FROM {ctx.rel('billing_events', dims, needed)} f JOIN {ctx.buckets(buckets)} b
          ON {month.format('b.t')} BETWEEN {month.format('f.day')} AND {month.format('f.day')} + {term} - 1
        WHERE lower(type) IN ({types}) AND signed_amount IS NOT NULL AND day <= DATE '{ctx.as_of}'
        GROUP BY ALL""", dims)
    if cash:
        return {key: (Decimal(int(total)).scaleb(-4),) for key, (total,) in rows.items()}
    return {key: (Fraction(int(total), whole * 10000),) for key, (total,) in rows.items()}


def revenue_by_license_type(ctx, buckets, dims):
    rows = _events(ctx, buckets, dims)
    return {key: (Decimal(amount), events) for key, (amount, events) in rows.items()}


# A licence without a status is not Suspended.
_IN_FORCE = ("f.start_date <= b.t AND (f.end_date IS NULL OR f.end_date >= b.t) "
             "AND lower(f.status) IS DISTINCT FROM 'suspended'")


def license_utilization(ctx, buckets, dims):
    rows = ctx.fetch(f"""
        SELECT b.label{columns(dims)}, count(u), count(*)
        FROM {ctx.rel('licenses', dims, 'start_date, end_date, license_status AS status, u')} f
        JOIN {ctx.buckets(buckets)} b ON {_IN_FORCE} GROUP BY ALL""", dims)
    return {key: (ratio(assigned, every), assigned, every) for key, (assigned, every) in rows.items()}


def license_expirations(ctx, buckets, dims):
    """What became of each licence that ends. A successor of the same type goes before one of another."""
    as_of = f"DATE '{ctx.as_of}'"
    rows = ctx.fetch(f"""
        WITH successor AS (
            SELECT a.id, bool_or(coalesce(lower(a.license_type) = lower(b.license_type), false)) AS same_type
            FROM licenses a JOIN licenses b ON b.u = a.u AND b.id <> a.id AND b.start_date > a.start_date
             AND b.start_date BETWEEN a.end_date - 90 AND a.end_date + 30 AND b.start_date <= {as_of}
            GROUP BY a.id
        ), fate AS (
            SELECT a.id, CASE
                WHEN a.u IS NULL THEN CASE WHEN a.end_date < {as_of} THEN 'lapsed' ELSE 'pending' END
                WHEN s.same_type THEN 'renewed' WHEN s.id IS NOT NULL THEN 'switched'
                WHEN {as_of} < a.end_date + 30 THEN 'pending' ELSE 'lapsed' END AS fate
            FROM licenses a LEFT JOIN successor s USING (id)
        )
        SELECT c.label{columns(dims)}, count(*), count(*) FILTER (WHERE fate = 'renewed'),
               count(*) FILTER (WHERE fate = 'switched'), count(*) FILTER (WHERE fate = 'lapsed'),
               count(*) FILTER (WHERE fate = 'pending')
        FROM {ctx.rel('licenses', dims, 'id, end_date AS day')} f JOIN fate USING (id)
        JOIN {ctx.days(buckets)} c USING (day) GROUP BY ALL""", dims)
    return {
        key: (expiring, renewed, switched, lapsed, pending, ratio(renewed + switched, expiring - pending))
        for key, (expiring, renewed, switched, lapsed, pending) in rows.items()
    }


def churn_rate(ctx, buckets, dims):
    """Per (user, group), on the sequence of buckets since the first activity of all.

    With base=license the sequence is that of the bucket ends: a licence that begins and ends
    between two of them never made its user active. The registered denominator is taken at t.
    """
    on_licences = ctx.option("base", "usage") == "license"
    first = (_STARTED if on_licences else _MEETING)(ctx.facts, ctx.con, {})
    history = ctx.axis.history(first)
    order = ctx.oracle.table_of([(bucket.label, index) for index, bucket in enumerate(history)], "label DATE, i INTEGER")
    if on_licences:
        active = (f"{ctx.rel('licenses', dims, 'start_date, end_date, license_status AS status, u, known')} f "
                  f"JOIN {ctx.buckets(history)} b ON {_IN_FORCE}")
    else:
        active = f"{ctx.rel('meetings', dims, 'day, u, known')} f JOIN {ctx.days(history)} b USING (day)"
    rows = ctx.fetch(f"""
        WITH active AS (
            SELECT DISTINCT i, u{columns(dims)} FROM {active} JOIN {order} o ON o.label = b.label WHERE known
        ), step AS (
            SELECT *, lag(i) OVER w AS before, lead(i) OVER w AS after
            FROM active WINDOW w AS (PARTITION BY u{columns(dims)} ORDER BY i)
        ), part AS (
            SELECT i{columns(dims)}, 0 AS churned, (before = i - 1) AS retained, before IS NULL AS new,
                   (before < i - 1) AS resurrected, 1 AS active FROM step
            UNION ALL
            SELECT i + 1{columns(dims)}, 1, false, false, false, 0 FROM step WHERE after IS NULL OR after > i + 1
        )
        SELECT o.label{columns(dims)}, sum(churned)::BIGINT, count(*) FILTER (WHERE retained),
               count(*) FILTER (WHERE new), count(*) FILTER (WHERE resurrected), sum(active)::BIGINT
        FROM part JOIN {order} o USING (i) GROUP BY ALL""", dims)
    asked = {bucket.label for bucket in buckets}
    rows = {key: values for key, values in rows.items() if key[0] in asked}
    if not dims:
        rows = {(bucket.label,): rows.get((bucket.label,), (0, 0, 0, 0, 0)) for bucket in buckets}
    by_registered = ctx.option("denominator", "previous") == "registered"
    theirs, people = registered(ctx, buckets, dims) if by_registered else ([], {})
    found = {}
    for key, (churned, retained, new, resurrected, active_now) in rows.items():
        previous = churned + retained
        named = dict(zip(dims, key[1:]))
        base = people.get((key[0], *(named[dim] for dim in theirs)), (0,))[0] if by_registered else previous
        found[key] = (ratio(churned, base), churned, previous, retained, new, resurrected, active_now)
    return found


_MEETING = earliest("meetings.day")
_PAID = earliest("billing_events.day")
_STARTED = earliest("licenses.start_date")
_ENDED = earliest("licenses.end_date")


def _churn_start(facts, con, options) -> date:
    return (_STARTED if options.get("base") == "license" else _MEETING)(facts, con, options)


KPIS = {
    "revenue": Kpi(
        "month",
        measures("revenue:money events:count revenue_per_active_user:money_ratio revenue_per_meeting_hour:money_ratio"),
        revenue, _PAID, own=["currency"]),
    "mrr": Kpi("month", measures("mrr:money"), mrr, _PAID, own=["currency"], stock=True),
    "revenue_by_license_type": Kpi(
        "month", measures("revenue:money events:count"), revenue_by_license_type, _PAID,
        own=["license_type", "currency"]),
    "license_utilization": Kpi(
        "month", measures("utilization_rate:ratio assigned:count available:count"), license_utilization, _STARTED,
        stock=True),
    "license_expirations": Kpi(
        "month",
        measures("expiring:count renewed:count switched:count lapsed:count pending:count renewal_rate:ratio"),
        license_expirations, _ENDED, latest=latest("licenses.end_date")),
    "churn_rate": Kpi(
        "month",
        measures("churn_rate:ratio churned:count active_previous:count retained:count new:count "
                 "resurrected:count active:count"),
        churn_rate, _churn_start, dense=True),
}
