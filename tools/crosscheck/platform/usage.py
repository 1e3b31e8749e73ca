"""Usage and adoption: who meets, how long, with what, and who comes back."""

from fractions import Fraction

from ..kpi import Kpi, columns, earliest, measures, ratio
from ..period import Calendar
from .sides import active_hosts, outer_join, registered


def active_users(ctx, buckets, dims):
    """Distinct known users with a meeting hosted (by start) or attended (by join)."""
    actor, floor = ctx.option("actor", "host"), int(ctx.option("min_minutes", "0"))
    sides = []
    if actor in ("host", "any"):
        long = f"AND duration_minutes >= {floor}" if floor else ""
        sides.append(f"SELECT day, u{columns(dims)} FROM {ctx.rel('meetings', dims, 'day, u, known, duration_minutes')} "
                     f"WHERE known {long}")
    if actor in ("attendee", "any"):
        long = f"AND stay_us >= {floor} * 60000000" if floor else ""
        sides.append(f"SELECT day, u{columns(dims)} FROM {ctx.rel('attendees', dims, 'day, u, known, stay_us')} "
                     f"WHERE known {long}")
    active = f"(SELECT DISTINCT day, u{columns(dims)} FROM ({' UNION ALL '.join(sides)}))"
    if ctx.query.rolling:
        days = int(ctx.query.rolling.rstrip("d"))
        inside = f"JOIN {ctx.buckets(buckets)} c ON f.day BETWEEN c.t - {days - 1} AND c.t"
    else:
        inside = f"JOIN {ctx.days(buckets)} c USING (day)"
    return ctx.fetch(f"SELECT c.label{columns(dims)}, count(DISTINCT u) FROM {active} f {inside} GROUP BY ALL", dims)


def _first_activity(facts, con, options):
    actor = options.get("actor", "host")
    facts_of = {"host": ["meetings"], "attendee": ["attendees"], "any": ["meetings", "attendees"]}[actor]
    found = [earliest(f"{fact}.day")(facts, con, options) for fact in facts_of]
    return min((day for day in found if day), default=None)


def stickiness(ctx, buckets, dims):
    """The mean daily count over the bucket's days that the interval and as_of leave, over the distinct count.

    A day on which nobody met is a zero in the mean: mean_dau of an empty bucket is 0, not null.
    """
    rows = ctx.fetch(f"""
        SELECT label{columns(dims)}, count(*), count(DISTINCT u) FROM (
            SELECT DISTINCT c.label, day, u{columns(dims)}
            FROM {ctx.rel('meetings', dims, 'day, u, known')} f JOIN {ctx.days(buckets)} c USING (day) WHERE known)
        GROUP BY ALL""", dims)
    days = {bucket.label: bucket.days for bucket in buckets}
    if not dims:
        rows = {(label,): rows.get((label,), (0, 0)) for label in days}
    found = {}
    for key, (user_days, users) in rows.items():
        mean = ratio(user_days, days[key[0]])
        found[key] = (None if mean is None else ratio(mean, users), mean, users)
    return found


def meeting_minutes(ctx, buckets, dims):
    return ctx.fetch(f"""
        SELECT c.label{columns(dims)}, coalesce(sum(duration_minutes), 0), count(*)
        FROM {ctx.rel('meetings', dims, 'day, duration_minutes')} f JOIN {ctx.days(buckets)} c USING (day)
        GROUP BY ALL""", dims)


def avg_meeting_duration(ctx, buckets, dims):
    floor = int(ctx.option("min_minutes", "0"))
    rows = ctx.fetch(f"""
        SELECT c.label{columns(dims)}, sum(duration_minutes), count(*),
               quantile_cont(duration_minutes::DOUBLE, 0.5), quantile_cont(duration_minutes::DOUBLE, 0.9)
        FROM {ctx.rel('meetings', dims, 'day, duration_minutes')} f JOIN {ctx.days(buckets)} c USING (day)
        WHERE duration_minutes >= {floor} GROUP BY ALL""", dims)
    return {key: (ratio(total, count), median, p90, count) for key, (total, count, median, p90) in rows.items()}


def meetings_per_user(ctx, buckets, dims):
    own = ctx.has("meetings", dims)
    hosted = ctx.fetch(f"""
        SELECT c.label{columns(own)}, count(*), count(DISTINCT u)
        FROM {ctx.rel('meetings', own, 'day, u, known')} f JOIN {ctx.days(buckets)} c USING (day)
        WHERE known GROUP BY ALL""", own)
    if ctx.option("per", "hosts") == "hosts":
        return {key: (ratio(count, users), count, users) for key, (count, users) in hosted.items()}
    theirs, people = registered(ctx, buckets, dims)
    both = outer_join(hosted, own, 2, people, theirs, 1, dims)
    return {key: (ratio(count, users), count, users) for key, (count, _, users) in both.items()}


def signups(ctx, buckets, dims):
    """The running count goes back to the first registration of all, before any `--from`."""
    users = ctx.rel("users", dims, "registration_date AS day")
    new = ctx.fetch(f"SELECT c.label{columns(dims)}, count(*) FROM {users} f "
                    f"JOIN {ctx.days(buckets)} c USING (day) GROUP BY ALL", dims)
    total = ctx.fetch(f"SELECT b.label{columns(dims)}, count(*) FROM {users} f "
                      f"JOIN {ctx.buckets(buckets)} b ON f.day <= b.last GROUP BY ALL", dims)
    keys = new if dims else [(bucket.label,) for bucket in buckets]
    return {key: (new.get(key, (0,))[0], total.get(key, (0,))[0]) for key in keys}


def feature_adoption(ctx, buckets, dims):
    """Two sides: adopters by feature, and users, who have no feature and so repeat for each."""
    own = ctx.has("features_usage", dims)
    used = (f"SELECT day, u{columns(own)} FROM {ctx.rel('features_usage', own, 'day, u, known, usage_count')} "
            "WHERE known AND usage_count IS DISTINCT FROM 0")
    if ctx.option("scope", "period") == "ever":
        source = (f"(SELECT min(day) AS day, u{columns(own)} FROM ({used}) GROUP BY ALL) f "
                  f"JOIN {ctx.buckets(buckets)} c ON f.day <= c.last")
    else:
        source = f"({used}) f JOIN {ctx.days(buckets)} c USING (day)"
    adopters = ctx.fetch(f"SELECT c.label{columns(own)}, count(DISTINCT u) FROM {source} GROUP BY ALL", own)
    side = registered if ctx.option("denominator", "registered") == "registered" else active_hosts
    theirs, users = side(ctx, buckets, dims)
    both = outer_join(adopters, own, 1, users, theirs, 1, dims)
    return {key: (ratio(adopted, count), adopted, count) for key, (adopted, count) in both.items()}


def feature_usage(ctx, buckets, dims):
    """Meetings are distinct keys, known or not; a usage row without a time takes its meeting's start."""
    return ctx.fetch(f"""
        SELECT c.label{columns(dims)}, coalesce(sum(usage_count), 0), coalesce(sum(usage_duration), 0),
               count(DISTINCT m), count(DISTINCT u) FILTER (WHERE known)
        FROM {ctx.rel('features_usage', dims, 'day, u, known, m, usage_count, usage_duration')} f
        JOIN {ctx.days(buckets)} c USING (day) GROUP BY ALL""", dims)


def attendance(ctx, buckets, dims):
    rows = ctx.fetch(f"""
        SELECT c.label{columns(dims)}, count(*), count(DISTINCT u) FILTER (WHERE known),
               count(*) FILTER (WHERE meeting_known), count(DISTINCT m) FILTER (WHERE meeting_known),
               coalesce(sum(stay_us), 0)
        FROM {ctx.rel('attendees', dims, 'day, u, known, m, meeting_known, stay_us')} f
        JOIN {ctx.days(buckets)} c USING (day) GROUP BY ALL""", dims)
    return {
        key: (count, people, ratio(in_known, meetings), Fraction(int(stay), 60_000_000))
        for key, (count, people, in_known, meetings, stay) in rows.items()
    }


def connection_quality(ctx, buckets, dims):
    """Only rows that have a quality are rows of this KPI."""
    rows = ctx.fetch(f"""
        SELECT c.label{columns(dims)}, count(*) FILTER (WHERE lower(quality) = 'poor'), count(*)
        FROM {ctx.rel('attendees', dims, 'day, connection_quality AS quality')} f
        JOIN {ctx.days(buckets)} c USING (day) WHERE quality IS NOT NULL GROUP BY ALL""", dims)
    return {key: (ratio(poor, count), poor, count) for key, (poor, count) in rows.items()}


def peak_concurrency(ctx, buckets, dims):
    """A running count over starts (+1) and ends (-1), looked at when it rises and as a bucket opens.

    At one instant ends come before starts (half-open), and the look at the opening comes last. A
    meeting without an end is left out, one of no length never runs; with dimensions a bucket in
    which none runs has no row.
    """
    high = max(bucket.last for bucket in buckets)
    opening = ctx.oracle.table_of(
        [(bucket.label, ctx.facts.zone.first_instant(bucket.first)) for bucket in buckets if bucket.days],
        "label DATE, moment TIMESTAMP")
    partition = f"PARTITION BY {columns(dims)[2:]}" if dims else ""
    rows = ctx.fetch(f"""
        WITH met AS (
            SELECT * FROM {ctx.rel('meetings', dims, 'start_time, end_time, day')}
            WHERE end_time > start_time AND day <= DATE '{high}'
        ), event AS (
            SELECT start_time AS moment, 1 AS step, 1 AS turn, c.label{columns(dims)}
            FROM met LEFT JOIN {ctx.days(buckets)} c USING (day)
            UNION ALL SELECT end_time, -1, 0, NULL{columns(dims)} FROM met
            UNION ALL SELECT o.moment, 0, 2, o.label{columns(dims)}
            FROM (SELECT DISTINCT 0{columns(dims)} FROM met) CROSS JOIN {opening} o
        ), running AS (
            SELECT label{columns(dims)}, sum(step) OVER ({partition} ORDER BY moment, turn ROWS UNBOUNDED PRECEDING) AS level
            FROM event
        )
        SELECT label{columns(dims)}, CAST(max(level) AS BIGINT) FROM running WHERE label IS NOT NULL GROUP BY ALL""", dims)
    return {key: values for key, values in rows.items() if values[0] or not dims}


def retention(ctx, buckets, dims):
    """By registration bucket and age. The cohort is counted whole, on the conditions and dimensions of users."""
    calendar: Calendar = ctx.axis.calendar
    days = [row[0] for row in ctx.con.execute(
        "SELECT DISTINCT registration_date FROM users WHERE registration_date IS NOT NULL").fetchall()]
    cohorts = ctx.oracle.table_of([(day, calendar.start_of(day)) for day in days], "registration_date DATE, cohort DATE")
    theirs = ctx.has("users", dims)
    sizes = ctx.fetch(f"""
        SELECT h.cohort{columns(theirs)}, count(*) FROM {ctx.rel('users', theirs, 'registration_date')} f
        LEFT JOIN {cohorts} h USING (registration_date) GROUP BY ALL""", theirs)
    rows = ctx.con.execute(f"""
        SELECT c.label{columns(dims)}, h.cohort, count(DISTINCT f.u)
        FROM {ctx.rel('meetings', dims, 'day, u, known')} f JOIN {ctx.days(buckets)} c USING (day)
        JOIN users ON users.u = f.u LEFT JOIN {cohorts} h USING (registration_date)
        WHERE known GROUP BY ALL""").fetchall()
    found = {}
    for label, *values, cohort, retained in rows:
        named = dict(zip(dims, values))
        size = sizes.get((cohort, *(named[dim] for dim in theirs)), (0,))[0]
        age = None if cohort is None else calendar.distance(cohort, label)
        found[(label, *values, cohort, age)] = (retained, size, ratio(retained, size))
    return found


_MEETING = earliest("meetings.day")
_USED = earliest("features_usage.day")
_JOINED = earliest("attendees.day")


def _active(every):
    return Kpi(every, measures("active_users:count"), active_users, _first_activity)


KPIS = {
    "dau": _active("day"), "wau": _active("week"), "mau": _active("month"), "active_users": _active("month"),
    "stickiness": Kpi("month", measures("stickiness:ratio mean_dau:ratio mau:count"), stickiness, _MEETING, dense=True),
    "meeting_minutes": Kpi("day", measures("meeting_minutes:sum meetings:count"), meeting_minutes, _MEETING),
    "avg_meeting_duration": Kpi(
        "month", measures("avg_minutes:ratio median_minutes:ratio p90_minutes:ratio meetings:count"),
        avg_meeting_duration, _MEETING),
    "meetings_per_user": Kpi(
        "month", measures("meetings_per_user:ratio meetings:count users:count"), meetings_per_user, _MEETING),
    "signups": Kpi("month", measures("signups:count cumulative_signups:count"), signups,
                   earliest("users.day"), dense=True),
    "feature_adoption": Kpi(
        "month", measures("adoption_rate:ratio adopters:count users:count"), feature_adoption, _USED,
        own=["feature_name"]),
    "feature_usage": Kpi(
        "month", measures("uses:sum minutes:sum meetings:count users:count"), feature_usage, _USED,
        own=["feature_name"]),
    "attendance": Kpi(
        "month", measures("attendees:count unique_attendees:count avg_attendees:ratio attended_minutes:sum"),
        attendance, _JOINED),
    "connection_quality": Kpi(
        "month", measures("poor_rate:ratio poor:count attendees:count"), connection_quality, _JOINED),
    "peak_concurrency": Kpi("day", measures("peak_meetings:count"), peak_concurrency, _MEETING),
    "retention": Kpi(
        "month", measures("retained:count cohort_size:count retention_rate:ratio"), retention, _MEETING,
        tail=["cohort", "age"]),
}
