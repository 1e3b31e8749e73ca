"""Reliability and support over data frames: tickets opened, their resolution, and the backlog."""

import polars as pl

from .ask import Ask, day, month, ratio
from .usage import active_hosts

_DAY_S = 86400


def tickets_opened(ask: Ask) -> pl.LazyFrame:
    return ask.grouped("support_tickets", day("open_date"), {"tickets": pl.len()})


def resolution_time(ask: Ask) -> pl.LazyFrame:
    took = (pl.col("close_date") - pl.col("open_date")).dt.total_seconds()
    return ask.grouped("support_tickets", month("close_date"), {
        "avg_days": took.sum() / pl.len() / _DAY_S, "median_days": took.median() / _DAY_S,
        "p90_days": took.quantile(0.9, "linear") / _DAY_S, "tickets": pl.len()})


def first_contact_resolution(ask: Ask) -> pl.LazyFrame:
    """Tickets are numbered by their keys, which settles the order of two opened at one instant."""
    every = ask.tables["support_tickets"].select("t", "u", "ticket_type", "open_date", "close_date")
    pairs = every.join(every, on=["u", "ticket_type"], suffix="_b")
    opened = pl.col("open_date_b")
    repeated = pairs.filter(
        opened >= pl.col("close_date"), opened <= pl.col("close_date").dt.offset_by("7d"),
        (opened > pl.col("open_date")) | ((opened == pl.col("open_date")) & (pl.col("t_b") > pl.col("t"))),
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
