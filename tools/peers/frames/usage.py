"""Usage and adoption over data frames: who meets, how long, with what, and who comes back."""

import polars as pl

from .ask import Ask, day, distinct, month, month_number, ratio


def _active(ask: Ask, period: pl.Expr) -> pl.LazyFrame:
    return ask.grouped("meetings", period, {"active_users": pl.col("ku").n_unique()}, known=True)


def active_hosts(ask: Ask) -> pl.LazyFrame:
    """Distinct known hosts by month: one side of other KPIs."""
    return _active(ask, month("start_time"))


def dau(ask: Ask) -> pl.LazyFrame:
    return _active(ask, day("start_time"))


def wau(ask: Ask) -> pl.LazyFrame:
    return _active(ask, pl.col("start_time").dt.truncate("1w").cast(pl.Date))


def stickiness(ask: Ask) -> pl.LazyFrame:
    days = ask.source("meetings", known=True).filter(pl.col("start_time").is_not_null()).select(
        "ku", *ask.dims, day=day("start_time")).unique()
    counted = days.group_by(*ask.dims, period=month("day")).agg(user_days=pl.len(), mau=pl.col("ku").n_unique())
    mean = pl.col("user_days") / pl.col("days")
    return counted.join(ask.tables["months"], left_on="period", right_on="label").select(
        "period", *ask.dims, stickiness=mean / pl.col("mau"), mean_dau=mean, mau="mau")


def meeting_minutes(ask: Ask) -> pl.LazyFrame:
    return ask.grouped("meetings", day("start_time"), {
        "meeting_minutes": pl.col("duration_minutes").sum(), "meetings": pl.len()})


def avg_meeting_duration(ask: Ask) -> pl.LazyFrame:
    minutes = pl.col("duration_minutes")
    return ask.grouped("meetings", month("start_time"), {
        "avg_minutes": minutes.sum() / pl.len(), "median_minutes": minutes.median(),
        "p90_minutes": minutes.quantile(0.9, "linear"), "meetings": pl.len()}, where=(minutes.is_not_null(),))


def meetings_per_user(ask: Ask) -> pl.LazyFrame:
    users = pl.col("ku").n_unique()
    return ask.grouped("meetings", month("start_time"), {
        "meetings_per_user": pl.len() / users, "meetings": pl.len(), "users": users}, known=True)


def signups(ask: Ask) -> pl.LazyFrame:
    new = ask.grouped("users", month("registration_date"), {"signups": pl.len()}).sort("period")
    total = pl.col("signups").cast(pl.Int64).cum_sum()
    return new.with_columns(cumulative_signups=total.over(ask.dims) if ask.dims else total)


def registered(ask: Ask, first: str) -> pl.LazyFrame:
    """Known users registered by the end of each month from `first` to as_of: one side of other KPIs."""
    by_month = ask.grouped("users", month("registration_date"), {"n": pl.len()})
    return (by_month.join(ask.months(first), how="cross").filter(pl.col("label") >= pl.col("period"))
            .group_by(*ask.dims, period="label").agg(users=pl.col("n").sum()))


def feature_adoption(ask: Ask) -> pl.LazyFrame:
    used = pl.col("usage_count").is_null() | (pl.col("usage_count") != 0)
    adopters = ask.grouped("features_usage", month("used_at"), {"adopters": pl.col("ku").n_unique()},
                           own=("feature_name",), where=(used,), known=True)
    counts = ask.both(adopters, registered(ask, ask.facts.first_use)).with_columns(
        pl.col("adopters", "users").fill_null(0))
    return counts.select("period", *ask.dims, "feature_name",
                         adoption_rate=ratio(pl.col("adopters"), pl.col("users")), adopters="adopters", users="users")


def feature_usage(ask: Ask) -> pl.LazyFrame:
    return ask.grouped("features_usage", month("used_at"), {
        "uses": pl.col("usage_count").sum(), "minutes": pl.col("usage_duration").sum(),
        "meetings": distinct("m"), "users": distinct("ku")}, own=("feature_name",), people=True)


def attendance(ask: Ask) -> pl.LazyFrame:
    stay = (pl.col("leave_time") - pl.col("join_time")).dt.total_seconds()
    return ask.grouped("attendees", month("join_time"), {
        "attendees": pl.len(), "unique_attendees": distinct("ku"),
        "avg_attendees": ratio(pl.col("mk").count(), distinct("mk")), "attended_minutes": stay.sum() / 60},
        people=True, meetings=True)


def connection_quality(ask: Ask) -> pl.LazyFrame:
    poor = (pl.col("connection_quality") == "Poor").sum()
    return ask.grouped("attendees", month("join_time"), {
        "poor_rate": poor / pl.len(), "poor": poor, "attendees": pl.len()}, where=(pl.col("connection_quality") != "",))


def peak_concurrency(ask: Ask) -> pl.LazyFrame:
    """A running count of starts and ends within each day; a meeting that passes midnight is cut there."""
    runs = ask.source("meetings").filter(pl.col("end_time") > pl.col("start_time"))
    night = pl.col("end_time").dt.truncate("1d")
    step = pl.lit(1, dtype=pl.Int32)
    events = pl.concat([
        runs.select(*ask.dims, moment="start_time", step=step),
        runs.filter(pl.col("end_time") > night).select(*ask.dims, moment="end_time", step=-step),
        runs.filter((pl.col("start_time") < night) & (pl.col("end_time") > night)).select(
            *ask.dims, moment=night, step=step)])
    keys = ["period", *ask.dims]
    return (events.sort("moment", "step").with_columns(period=day("moment"))
            .filter(pl.col("period") <= ask.as_of)
            .group_by(keys, maintain_order=True).agg(peak_meetings=pl.col("step").cum_sum().max())
            .filter(pl.col("peak_meetings") > 0))


def retention(ask: Ask) -> pl.LazyFrame:
    active = (ask.source("meetings", known=True).filter(pl.col("start_time").is_not_null())
              .group_by(*ask.dims, period=month("start_time"), cohort=month("registration_date"))
              .agg(retained=pl.col("ku").n_unique()))
    sizes = ask.source("users").group_by(*ask.dims, cohort=month("registration_date")).agg(cohort_size=pl.len())
    return active.join(sizes, on=["cohort", *ask.dims], nulls_equal=True).select(
        "period", *ask.dims, "cohort", age=month_number("period") - month_number("cohort"), retained="retained",
        cohort_size="cohort_size", retention_rate=pl.col("retained") / pl.col("cohort_size"))


KPIS = {
    "active_users": dau, "dau": dau, "wau": wau, "mau": active_hosts, "stickiness": stickiness,
    "meeting_minutes": meeting_minutes, "avg_meeting_duration": avg_meeting_duration,
    "meetings_per_user": meetings_per_user, "signups": signups, "feature_adoption": feature_adoption,
    "feature_usage": feature_usage, "attendance": attendance, "connection_quality": connection_quality,
    "peak_concurrency": peak_concurrency, "retention": retention,
}
