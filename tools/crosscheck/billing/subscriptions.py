"""Subscriptions as counts: in force, started, cancelled, renewed, under contract."""

from ..kpi import Kpi, columns, earliest, latest, measures, ratio

# In force on a day: begun, and neither ended nor cancelled by then.
IN_FORCE = "f.start_date <= {day} AND f.stop > {day}"


def active_subscriptions(ctx, buckets, dims):
    return ctx.fetch(f"""
        SELECT b.label{columns(dims)}, count(*), count(DISTINCT who), coalesce(sum(coalesce(units, 1)), 0)
        FROM {ctx.rel('subscriptions', dims, 'start_date, stop, to_subscriber AS who, units')} f
        JOIN {ctx.buckets(buckets)} b ON {IN_FORCE.format(day='b.t')} GROUP BY ALL""", dims)


def subscription_starts(ctx, buckets, dims):
    return ctx.fetch(f"""
        SELECT c.label{columns(dims)}, count(*) FILTER (WHERE previous IS NULL), count(previous)
        FROM {ctx.rel('subscriptions', dims, 'start_date AS day, previous_subscription_id AS previous')} f
        JOIN {ctx.days(buckets)} c USING (day) GROUP BY ALL""", dims)


def cancellations(ctx, buckets, dims):
    """A cancellation of no type is a real one."""
    real = "coalesce(lower(kind), '') NOT IN ('pause', 'planchange', 'delete')"
    test = "true" if ctx.option("include", "real") == "all" else real
    return ctx.fetch(f"""
        SELECT c.label{columns(dims)}, count(*), count(DISTINCT who)
        FROM {ctx.rel('cancellations', dims, 'day, cancellation_type AS kind, to_subscriber AS who')} f
        JOIN {ctx.days(buckets)} c USING (day) WHERE {test} GROUP BY ALL""", dims)


def renewal_rate(ctx, buckets, dims):
    """Of the rows that ran to their end: packages that stop by themselves and earlier cancellations are out."""
    stops = ctx.oracle.table_as("SELECT x.id, coalesce(k.automatic_stop, false) AS stops FROM subscriptions x "
                                "LEFT JOIN subscription_packages k ON k.id = x.subscription_package_id")
    rel = ctx.rel("subscriptions", dims, "end_date AS day, effect, stops, is_renewed AS marked, "
                                         "next_subscription_id AS next", stops)
    rows = ctx.fetch(f"""
        SELECT c.label{columns(dims)}, count(*) FILTER (WHERE next IS NOT NULL OR coalesce(marked, false)), count(*)
        FROM {rel} f JOIN {ctx.days(buckets)} c USING (day)
        WHERE NOT stops AND (effect IS NULL OR effect >= day) GROUP BY ALL""", dims)
    return {key: (ratio(renewed, ended), renewed, ended) for key, (renewed, ended) in rows.items()}


def contracts(ctx, buckets, dims):
    """Two looks at the same rows: those that end in the bucket, and those in force at t."""
    rel = ctx.rel("contracts", dims, "start_date, end_date, term_length AS term")
    rows = ctx.fetch(f"""
        SELECT label{columns(dims)}, sum(ending)::BIGINT, sum(held)::BIGINT, coalesce(sum(term), 0), count(term)
        FROM (SELECT c.label{columns(dims)}, 1 AS ending, 0 AS held, NULL AS term
              FROM {rel} f JOIN {ctx.days(buckets)} c ON c.day = f.end_date
              UNION ALL
              SELECT b.label{columns(dims)}, 0, 1, term FROM {rel} f JOIN {ctx.buckets(buckets)} b
                ON f.start_date <= b.t AND (f.end_date IS NULL OR f.end_date >= b.t))
        GROUP BY ALL""", dims)
    return {key: (ending, held, ratio(int(months), terms)) for key, (ending, held, months, terms) in rows.items()}


def _first_contract(facts, con, options):
    days = [earliest(f"contracts.{day}")(facts, con, options) for day in ("start_date", "end_date")]
    return min((day for day in days if day), default=None)


STARTED = earliest("subscriptions.start_date")

KPIS = {
    "active_subscriptions": Kpi(
        "month", measures("subscriptions:count subscribers:count units:count"), active_subscriptions, STARTED,
        stock=True),
    "subscription_starts": Kpi("month", measures("new:count renewals:count"), subscription_starts, STARTED),
    "cancellations": Kpi(
        "month", measures("cancellations:count subscribers:count"), cancellations, earliest("cancellations.day"),
        own=["cancellation_reason"]),
    "renewal_rate": Kpi(
        "month", measures("renewal_rate:ratio renewed:count ended:count"), renewal_rate,
        earliest("subscriptions.end_date")),
    "contracts": Kpi(
        "month", measures("ending:count in_force:count avg_term_months:ratio"), contracts, _first_contract,
        latest=latest("contracts.end_date")),
}
