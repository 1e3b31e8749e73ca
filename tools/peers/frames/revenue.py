"""Revenue and licences over data frames: billing events, recurring revenue, licence terms and churn.

Amounts are whole hundredths, and `revenue` is told in them; what is divided is told in units.
"""

import polars as pl

from .ask import Ask, distinct, month, month_number, ratio

_RECURRING = ["Subscription", "Renewal", "Upgrade", "Add-on"]
# Every term in months divides it.
_WHOLE_TERM = 72


def revenue(ask: Ask) -> pl.LazyFrame:
    paid = ask.grouped("billing_events", month("transaction_date"), {
        "cents": pl.col("signed_cents").cast(pl.Int64).sum(), "events": pl.len()}, own=("currency",))
    met = ask.grouped("meetings", month("start_time"), {
        "users": distinct("ku"), "minutes": pl.col("duration_minutes").cast(pl.Int64).sum()}, people=True)
    sides = ask.both(paid, met).with_columns(pl.col("cents", "events").fill_null(0))
    cents = pl.col("cents")
    return sides.select(
        "period", *ask.dims, "currency", revenue=cents, events="events",
        revenue_per_active_user=ratio(cents, pl.col("users")) / 100,
        revenue_per_meeting_hour=ratio(cents * 60, pl.col("minutes")) / 100)


def _licensed(ask: Ask, *where: pl.Expr) -> pl.LazyFrame:
    """Events with the type and term of their licence: of several licences the one with the largest number."""
    events = ask.source("billing_events").filter(*where)
    if ask.ahead:
        return events
    events = events.drop("license_type", "term_months")
    licences = ask.tables["licenses"]
    covering = (
        events.select("e", "u", "transaction_date")
        .join(licences.select("u", "l", "start_date", "end_date"), on="u")
        .filter(pl.col("start_date") <= pl.col("transaction_date"),
                pl.col("end_date").is_null() | (pl.col("end_date") >= pl.col("transaction_date")))
        .group_by("e").agg(l=pl.col("l").max()))
    return (events.join(covering, on="e", how="left")
            .join(licences.select("l", "license_type", "term_months"), on="l", how="left")
            .with_columns(pl.col("license_type").fill_null(""), pl.col("term_months").fill_null(1)))


def mrr(ask: Ask) -> pl.LazyFrame:
    """Each event in every month of its term, from its own on; events of one month and term are spread together."""
    events = _licensed(ask, pl.col("event_type").is_in(_RECURRING), pl.col("signed_cents").is_not_null(),
                       pl.col("transaction_date").is_not_null())
    held = events.group_by("currency", *ask.dims, first=month_number("transaction_date"), term="term_months").agg(
        cents=pl.col("signed_cents").cast(pl.Int64).sum())
    share = pl.col("cents") * (_WHOLE_TERM // pl.col("term"))
    return (held.join(ask.tables["months"].filter(pl.col("label") <= ask.as_of), how="cross")
            .filter(pl.col("i") >= pl.col("first"), pl.col("i") < pl.col("first") + pl.col("term"))
            .group_by(*ask.dims, "currency", period="label").agg(mrr=share.sum() / (_WHOLE_TERM * 100)))


def revenue_by_license_type(ask: Ask) -> pl.LazyFrame:
    events = _licensed(ask, pl.col("transaction_date").is_not_null())
    return events.group_by(*ask.dims, "license_type", "currency", period=month("transaction_date")).agg(
        revenue=pl.col("signed_cents").cast(pl.Int64).sum(), events=pl.len())


def license_utilization(ask: Ask) -> pl.LazyFrame:
    rows = ask.source("licenses").filter(pl.col("license_status") != "Suspended").select(
        "u", "start_date", "end_date", *ask.dims)
    assigned = pl.col("u").count()
    return (rows.join(ask.months(ask.facts.first_licence), how="cross")
            .filter(pl.col("start_date") <= pl.col("measured"),
                    pl.col("end_date").is_null() | (pl.col("end_date") >= pl.col("measured")))
            .group_by(*ask.dims, period="label")
            .agg(utilization_rate=assigned / pl.len(), assigned=assigned, available=pl.len()))


def license_expirations(ask: Ask) -> pl.LazyFrame:
    """What became of each licence that ends; a successor of the same type goes before one of another."""
    every = ask.tables["licenses"].select("l", "u", "license_type", "start_date", "end_date")
    start, end = pl.col("start_date_b"), pl.col("end_date")
    followed = (
        every.join(every, on="u", suffix="_b")
        .filter(start > pl.col("start_date"), start >= end.dt.offset_by("-90d"), start <= end.dt.offset_by("30d"),
                start <= ask.as_of)
        .group_by("l").agg(
            same=((pl.col("license_type") == pl.col("license_type_b")) & (pl.col("license_type") != "")).any()))
    unassigned = pl.when(end < ask.as_of).then(pl.lit("lapsed")).otherwise(pl.lit("pending"))
    fate = (pl.when(pl.col("u").is_null()).then(unassigned)
            .when(pl.col("same")).then(pl.lit("renewed")).when(pl.col("same").is_not_null()).then(pl.lit("switched"))
            .when(ask.as_of < end.dt.offset_by("30d")).then(pl.lit("pending")).otherwise(pl.lit("lapsed")))
    ended = ask.source("licenses").filter(end.is_not_null()).join(followed, on="l", how="left").with_columns(fate=fate)
    count = {name: (pl.col("fate") == name).sum() for name in ("renewed", "switched", "lapsed", "pending")}
    rate = ratio(count["renewed"] + count["switched"], pl.len() - count["pending"])
    return ended.group_by(*ask.dims, period=month("end_date")).agg(expiring=pl.len(), **count, renewal_rate=rate)


def churn_rate(ask: Ask) -> pl.LazyFrame:
    """Each user's months in order: what lies before and after one says whether it is new, kept or the last."""
    users = ["ku", *ask.dims]
    i, earlier, later = pl.col("i"), pl.col("earlier"), pl.col("later")
    active = (ask.source("meetings", known=True).filter(pl.col("start_time").is_not_null())
              .select(*users, i=month_number("start_time")).unique().sort(*users, "i"))
    same = [pl.col(name) == pl.col(name).shift() for name in users]
    following = [pl.col(name) == pl.col(name).shift(-1) for name in users]
    steps = active.with_columns(earlier=pl.when(*same).then(i.shift()), later=pl.when(*following).then(i.shift(-1)))
    here = steps.group_by("i", *ask.dims).agg(
        retained=(earlier == i - 1).sum(), new=earlier.is_null().sum(), resurrected=(earlier < i - 1).sum(),
        active=pl.len())
    gone = steps.filter(later.is_null() | (later > i + 1)).group_by(*ask.dims, i=i + 1).agg(churned=pl.len())
    months = ask.tables["months"].filter(pl.col("label") <= ask.as_of).select("i", period="label")
    counts = (here.join(gone, on=["i", *ask.dims], how="full", coalesce=True).join(months, on="i")
              .with_columns(pl.col("retained", "new", "resurrected", "active", "churned").fill_null(0)))
    before = pl.col("churned") + pl.col("retained")
    return counts.select("period", *ask.dims, "churned", "retained", "new", "resurrected", "active",
                         churn_rate=ratio(pl.col("churned"), before), active_previous=before)


KPIS = {
    "revenue": revenue, "mrr": mrr, "revenue_by_license_type": revenue_by_license_type,
    "license_utilization": license_utilization, "license_expirations": license_expirations, "churn_rate": churn_rate,
}
