"""Reliability and support over data frames: tickets opened, their resolution, and the backlog.

As in SQL, two instants are compared as such, all else as days.
"""

import polars as pl

from .ask import Ask, day, month, ratio
from .usage import active_hosts

_DAY_S = 86400


def tickets_opened(ask: Ask) -> pl.LazyFrame:
    return ask.grouped("support_tickets", day("open_date"), {"tickets": pl.len()})


def resolution_time(ask: Ask) -> pl.LazyFrame:
    timed = (pl.col("open_timed") == 1) & (pl.col("close_timed") == 1)
    took = (pl.when(timed).then((pl.col("close_date") - pl.col("open_date")).dt.total_seconds())
            .otherwise((day("close_date") - day("open_date")).dt.total_seconds()))
    return ask.grouped("support_tickets", month("close_date"), {
        "avg_days": took.sum() / pl.len() / _DAY_S, "median_days": took.median() / _DAY_S,
        "p90_days": took.quantile(0.9, "linear") / _DAY_S, "tickets": pl.len()})


def first_contact_resolution(ask: Ask) -> pl.LazyFrame:
    """Tickets are numbered by their keys, which settles the order of two opened at one instant."""
    every = ask.tables["support_tickets"].select(
        "t", "u", "ticket_type", "open_date", "close_date", "open_timed", "close_timed")
    pairs = every.join(every, on=["u", "ticket_type"], suffix="_b")

    def within(opened: pl.Expr, closed: pl.Expr) -> pl.Expr:
        return (opened >= closed) & (opened <= closed.dt.offset_by("7d"))

    def later(opened: pl.Expr, before: pl.Expr) -> pl.Expr:
        return (opened > before) | ((opened == before) & (pl.col("t_b") > pl.col("t")))

    timed = pl.col("open_timed_b") == 1
    opened, opened_day = pl.col("open_date_b"), day("open_date_b")
    repeated = pairs.filter(
        pl.when(timed & (pl.col("close_timed") == 1)).then(within(opened, pl.col("close_date")))
        .otherwise(within(opened_day, day("close_date"))),
        pl.when(timed & (pl.col("open_timed") == 1)).then(later(opened, pl.col("open_date")))
        .otherwise(later(opened_day, day("open_date"))),
    ).select("t").unique().with_columns(again=pl.lit(True))
    resolved = ask.source("support_tickets").filter(
        pl.col("resolution_status").is_in(["Resolved", "Closed"]), pl.col("u").is_not_null(),
        pl.col("ticket_type") != "", day("close_date").dt.offset_by("7d") <= ask.as_of)
    first = pl.col("again").is_null().sum()
    return resolved.join(repeated, on="t", how="left").group_by(*ask.dims, period=month("close_date")).agg(
        fcr_rate=first / pl.len(), first_contact=first, resolved=pl.len())


def tickets_per_1000_active_users(ask: Ask) -> pl.LazyFrame:
    opened = ask.grouped("support_tickets", month("open_date"), {"tickets": pl.len()})
    counts = ask.both(opened, active_hosts(ask)).with_columns(pl.col("tickets", "active_users").fill_null(0))
    return counts.select(
        "period", *ask.dims, tickets_per_1000=ratio(pl.col("tickets").cast(pl.Int64) * 1000, pl.col("active_users")),
        tickets="tickets", active_users="active_users")


def open_tickets(ask: Ask) -> pl.LazyFrame:
    """Each ticket in every month at whose day of measurement it waits."""
    rows = ask.source("support_tickets").select(*ask.dims, opened=day("open_date"), closed=day("close_date"))
    age = (pl.col("measured") - pl.col("opened")).dt.total_days()
    return (rows.join(ask.months(ask.facts.first_ticket), how="cross")
            .filter(pl.col("opened") <= pl.col("measured"),
                    pl.col("closed").is_null() | (pl.col("closed") > pl.col("measured")))
            .group_by(*ask.dims, period="label").agg(open_tickets=pl.len(), median_age_days=age.median()))


KPIS = {
    "tickets_opened": tickets_opened, "resolution_time": resolution_time,
    "first_contact_resolution": first_contact_resolution,
    "tickets_per_1000_active_users": tickets_per_1000_active_users, "open_tickets": open_tickets,
}
