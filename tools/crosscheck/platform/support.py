"""Reliability and support: tickets opened, their resolution, and the backlog."""

from fractions import Fraction

from ..kpi import Kpi, columns, earliest, measures, ratio
from .sides import active_hosts, outer_join, registered

_DAY_US = 86_400_000_000


def tickets_opened(ctx, buckets, dims):
    return ctx.fetch(f"""
        SELECT c.label{columns(dims)}, count(*) FROM {ctx.rel('support_tickets', dims, 'open_day AS day')} f
        JOIN {ctx.days(buckets)} c USING (day) GROUP BY ALL""", dims)


def resolution_time(ctx, buckets, dims):
    """close - open: between instants when both have one, else between civil days."""
    day = "close_day" if ctx.option("cohort", "closed") == "closed" else "open_day"
    rows = ctx.fetch(f"""
        SELECT c.label{columns(dims)}, sum(took), quantile_cont(took::DOUBLE, 0.5), quantile_cont(took::DOUBLE, 0.9),
               count(*)
        FROM (SELECT *, CASE WHEN open_at IS NOT NULL AND close_at IS NOT NULL THEN epoch_us(close_at) - epoch_us(open_at)
                             ELSE (close_day - open_day) * {_DAY_US} END AS took, {day} AS day
              FROM {ctx.rel('support_tickets', dims, 'open_day, close_day, open_at, close_at')}) f
        JOIN {ctx.days(buckets)} c USING (day) WHERE close_day IS NOT NULL GROUP BY ALL""", dims)
    return {
        key: (Fraction(int(total), count * _DAY_US), median / _DAY_US, p90 / _DAY_US, count)
        for key, (total, median, p90, count) in rows.items()
    }


def first_contact_resolution(ctx, buckets, dims):
    """A resolved ticket that no later one of the same user and type follows within the window.

    Whether one follows is decided on the whole table, whatever the filter keeps.
    """
    window = int(ctx.option("window", "7"))
    tickets = ctx.facts.table("support_tickets")
    if ctx.option("method", "no_repeat") == "same_day":
        first = "close_day = open_day"
    else:
        first = f"""id NOT IN (
            SELECT a.id FROM {tickets} a JOIN {tickets} b ON b.u = a.u AND lower(b.ticket_type) = lower(a.ticket_type)
            WHERE a.close_day IS NOT NULL
              AND CASE WHEN a.open_at IS NOT NULL AND b.open_at IS NOT NULL
                       THEN (b.open_at, b.ticket_id) > (a.open_at, a.ticket_id)
                       ELSE (b.open_day, b.ticket_id) > (a.open_day, a.ticket_id) END
              AND CASE WHEN a.close_at IS NOT NULL AND b.open_at IS NOT NULL
                       THEN b.open_at BETWEEN a.close_at AND a.close_at + INTERVAL {window} DAY
                       ELSE b.open_day BETWEEN a.close_day AND a.close_day + {window} END)"""
    needed = "id, u, ticket_type, resolution_status, open_day, close_day AS day, close_day"
    rows = ctx.fetch(f"""
        SELECT c.label{columns(dims)}, count(*) FILTER (WHERE {first}), count(*)
        FROM {ctx.rel('support_tickets', dims, needed)} f
        JOIN {ctx.days(buckets)} c USING (day)
        WHERE lower(resolution_status) IN ('resolved', 'closed') AND u IS NOT NULL AND ticket_type IS NOT NULL
          AND close_day + {window} <= DATE '{ctx.as_of}'
        GROUP BY ALL""", dims)
    return {key: (ratio(first, resolved), first, resolved) for key, (first, resolved) in rows.items()}


def tickets_per_1000_active_users(ctx, buckets, dims):
    own = ctx.has("support_tickets", dims)
    opened = tickets_opened(ctx, buckets, own)
    side = active_hosts if ctx.option("denominator", "active") == "active" else registered
    theirs, users = side(ctx, buckets, dims)
    both = outer_join(opened, own, 1, users, theirs, 1, dims)
    return {key: (ratio(1000 * tickets, count), tickets, count) for key, (tickets, count) in both.items()}


def open_tickets(ctx, buckets, dims):
    """Age is in civil days at t."""
    return ctx.fetch(f"""
        SELECT b.label{columns(dims)}, count(*), quantile_cont((b.t - f.open_day)::DOUBLE, 0.5)
        FROM {ctx.rel('support_tickets', dims, 'open_day, close_day')} f JOIN {ctx.buckets(buckets)} b
          ON f.open_day <= b.t AND (f.close_day IS NULL OR f.close_day > b.t)
        GROUP BY ALL""", dims)


_OPENED = earliest("support_tickets.open_day")
_CLOSED = earliest("support_tickets.close_day")


def _resolution_start(facts, con, options):
    return (_OPENED if options.get("cohort") == "opened" else _CLOSED)(facts, con, options)


KPIS = {
    "tickets_opened": Kpi("day", measures("tickets:count"), tickets_opened, _OPENED),
    "resolution_time": Kpi(
        "month", measures("avg_days:ratio median_days:ratio p90_days:ratio tickets:count"),
        resolution_time, _resolution_start),
    "first_contact_resolution": Kpi(
        "month", measures("fcr_rate:ratio first_contact:count resolved:count"), first_contact_resolution, _CLOSED),
    "tickets_per_1000_active_users": Kpi(
        "month", measures("tickets_per_1000:ratio tickets:count active_users:count"),
        tickets_per_1000_active_users, _OPENED),
    "open_tickets": Kpi(
        "month", measures("open_tickets:count median_age_days:ratio"), open_tickets, _OPENED, stock=True),
}
