"""Usage and adoption in SQL: who meets, how long, with what, and who comes back."""

from .ask import Ask, ratio


def _active(ask: Ask, period: str) -> str:
    return ask.grouped("meetings", period, "f.start_time", {"active_users": ask.d.distinct(ask.user("meetings"))},
                       known=True)


def active_hosts(ask: Ask) -> str:
    """Distinct known hosts by month: one side of other KPIs."""
    return _active(ask, ask.d.month("f.start_time"))


def dau(ask: Ask) -> str:
    return _active(ask, ask.d.day("f.start_time"))


def wau(ask: Ask) -> str:
    return _active(ask, ask.d.week("f.start_time"))


def stickiness(ask: Ask) -> str:
    d = ask.d
    days = (f"SELECT DISTINCT {d.day('f.start_time')} AS day, {ask.user('meetings')} AS u"
            f"{ask.named('meetings', True)} {ask.source('meetings', known=True)}")
    mean = "CAST(user_days AS DOUBLE) / days"
    return (f"SELECT period{ask.columns()}, {mean} / users AS stickiness, {mean} AS mean_dau, users AS mau FROM ("
            f"SELECT {d.month('day')} AS period{ask.columns()}, count(*) AS user_days, {d.distinct('u')} AS users "
            f"FROM ({days}) x {ask.group(1 + len(ask.dims))}) y JOIN months ON label = period")


def meeting_minutes(ask: Ask) -> str:
    return ask.grouped("meetings", ask.d.day("f.start_time"), "f.start_time",
                       {"meeting_minutes": "coalesce(sum(f.duration_minutes), 0)", "meetings": "count(*)"})


def avg_meeting_duration(ask: Ask) -> str:
    d = ask.d
    minutes = "CAST(f.duration_minutes AS DOUBLE)"
    return ask.grouped("meetings", d.month("f.start_time"), "f.start_time", {
        "avg_minutes": ratio("sum(f.duration_minutes)", "count(*)"), "median_minutes": d.quantile(minutes, 0.5),
        "p90_minutes": d.quantile(minutes, 0.9), "meetings": "count(*)"}, where=("f.duration_minutes IS NOT NULL",))


def meetings_per_user(ask: Ask) -> str:
    users = ask.d.distinct(ask.user("meetings"))
    return ask.grouped("meetings", ask.d.month("f.start_time"), "f.start_time", {
        "meetings_per_user": ratio("count(*)", users), "meetings": "count(*)", "users": users}, known=True)


def signups(ask: Ask) -> str:
    new = ask.grouped("users", ask.d.month("f.registration_date"), "f.registration_date", {"signups": "count(*)"})
    total = f"CAST(sum(signups) OVER ({ask.partition()}ORDER BY period) AS BIGINT)"
    return f"SELECT period{ask.columns()}, signups, {total} AS cumulative_signups FROM ({new}) x"


def registered(ask: Ask, first: str) -> str:
    """Known users registered by the end of each month from `first` to as_of: one side of other KPIs."""
    by_month = ask.grouped("users", ask.d.month("f.registration_date"), "f.registration_date", {"n": "count(*)"})
    return (f"SELECT label AS period{ask.columns('r.')}, CAST(sum(n) AS BIGINT) AS users FROM ({by_month}) r "
            f"CROSS JOIN months WHERE label >= r.period AND {ask.months_from(first)} "
            f"{ask.group(1 + len(ask.dims))}")


def feature_adoption(ask: Ask) -> str:
    adopters = ask.grouped(
        "features_usage", ask.d.month("f.used_at"), "f.used_at",
        {"adopters": ask.d.distinct(ask.user("features_usage"))}, own=("feature_name",), known=True,
        where=("(f.usage_count IS NULL OR f.usage_count <> 0)",))
    adopted = "coalesce(a.adopters, 0)"
    users = "coalesce(b.users, 0)"
    return ask.both(adopters, registered(ask, ask.facts.first_use),
                    f"a.feature_name AS feature_name, {ratio(adopted, users)} AS adoption_rate, {adopted} AS adopters, "
                    f"{users} AS users")


def feature_usage(ask: Ask) -> str:
    return ask.grouped("features_usage", ask.d.month("f.used_at"), "f.used_at", {
        "uses": "coalesce(sum(f.usage_count), 0)", "minutes": "coalesce(sum(f.usage_duration), 0)",
        "meetings": ask.d.distinct("f.m"), "users": ask.d.distinct(ask.user("features_usage"))},
        own=("feature_name",), people=True)


def attendance(ask: Ask) -> str:
    d, meeting = ask.d, ask.meeting()
    return ask.grouped("attendees", d.month("f.join_time"), "f.join_time", {
        "attendees": "count(*)", "unique_attendees": d.distinct(ask.user("attendees")),
        "avg_attendees": ratio(f"sum(CASE WHEN {d.known(meeting)} THEN 1 ELSE 0 END)", d.distinct(meeting)),
        "attended_minutes": f"coalesce(sum({d.seconds('f.join_time', 'f.leave_time')}), 0) / 60.0"},
        people=True, meetings=True)


def connection_quality(ask: Ask) -> str:
    poor = "sum(CASE WHEN f.connection_quality = 'Poor' THEN 1 ELSE 0 END)"
    return ask.grouped("attendees", ask.d.month("f.join_time"), "f.join_time", {
        "poor_rate": ratio(poor, "count(*)"), "poor": poor, "attendees": "count(*)"},
        where=("f.connection_quality <> ''",))


def peak_concurrency(ask: Ask) -> str:
    """A running count of starts and ends within each day; a meeting that passes midnight is cut there.

    At one instant ends come before starts, so that the highest count is that of an instant.
    """
    d = ask.d
    runs = (f"SELECT f.start_time AS opened, f.end_time AS closed{ask.named('meetings')} "
            f"{ask.source('meetings', where=('f.end_time > f.start_time',))}")
    dims = ask.columns()
    night = d.midnight("closed")
    level = f"sum(step) OVER (PARTITION BY day{dims} ORDER BY moment, step ROWS UNBOUNDED PRECEDING)"
    return (f"WITH run AS ({runs}), event AS ("
            f"SELECT {d.day('opened')} AS day, opened AS moment, 1 AS step{dims} FROM run "
            f"UNION ALL SELECT {d.day('closed')}, closed, -1{dims} FROM run WHERE closed > {night} "
            f"UNION ALL SELECT {d.day('closed')}, {night}, 1{dims} FROM run "
            f"WHERE opened < {night} AND closed > {night}) "
            f"SELECT day AS period{dims}, CAST(max(level) AS BIGINT) AS peak_meetings FROM ("
            f"SELECT day{dims}, step, {level} AS level FROM event) x "
            f"WHERE step = 1 AND day <= DATE '{ask.facts.as_of}' {ask.group(1 + len(ask.dims))} HAVING max(level) > 0")


def retention(ask: Ask) -> str:
    d = ask.d
    registration = "f.registration_date" if ask.ahead else "h.registration_date"
    active = (f"SELECT {d.month('f.start_time')} AS period{ask.named('meetings', True)}, "
              f"{d.month(registration)} AS cohort, {d.distinct(ask.user('meetings'))} AS retained "
              f"{ask.source('meetings', known=True, where=('f.start_time IS NOT NULL',))} "
              f"{ask.group(2 + len(ask.dims))}")
    sizes = (f"SELECT {d.month('f.registration_date')} AS cohort{ask.named('users')}, count(*) AS cohort_size "
             f"{ask.source('users')} {ask.group(1 + len(ask.dims))}")
    on = "".join(f" AND a.{dim} = s.{dim}" for dim in ask.dims)
    return (f"SELECT a.period AS period{ask.columns('a.')}, a.cohort AS cohort, "
            f"{d.month_number('a.period')} - {d.month_number('a.cohort')} AS age, "
            f"retained, cohort_size, {ratio('retained', 'cohort_size')} AS retention_rate "
            f"FROM ({active}) a JOIN ({sizes}) s ON coalesce(a.cohort, DATE '1971-01-01') = "
            f"coalesce(s.cohort, DATE '1971-01-01'){on}")


KPIS = {
    "active_users": dau, "dau": dau, "wau": wau, "mau": active_hosts, "stickiness": stickiness,
    "meeting_minutes": meeting_minutes, "avg_meeting_duration": avg_meeting_duration,
    "meetings_per_user": meetings_per_user, "signups": signups, "feature_adoption": feature_adoption,
    "feature_usage": feature_usage, "attendance": attendance, "connection_quality": connection_quality,
    "peak_concurrency": peak_concurrency, "retention": retention,
}
