"""Facts and their dimensions: which columns a row of each table has or reaches.

A fact is a table in one time zone: civil days in place of UTC timestamps, `u` the acting user,
`known` whether that user's own row is loaded. Attributes of an unknown or missing user are null,
because only known users have a row to join.
"""

from dataclasses import dataclass

from ..where import Column

ACTING_USER = {
    "plan_type": Column("usr.plan_type", needs="user"),
    "company": Column("usr.company", needs="user"),
    "user_id": Column("usr.user_id", needs="user"),
    "cohort": Column("usr.cohort", "date", needs="user"),
    "known": Column("(usr.u IS NOT NULL)", "boolean", needs="user"),
    "u": Column("x.u", "number"),
}
CLOCK = {
    "weekday": Column("isodow(x.clock)", "number"),
    "hour": Column("hour(x.clock)", "number"),
}
LICENCE = {"license_type": Column("lic.license_type", needs="licence")}


def _own(kind: str, *names: str) -> dict:
    return {name: Column(f"x.{name}", kind) for name in names}


@dataclass(frozen=True)
class Fact:
    """`table` is SQL with {local:column} for a local time; `columns` what can be grouped, filtered, summed."""

    table: str
    columns: dict
    # The civil day that decides the licence of a row; a fact without one has no licence to reach.
    licence_day: str = ""


_JOINS = {
    "user": "LEFT JOIN users usr ON usr.u = x.u",
    "meeting": "LEFT JOIN meetings mtg ON mtg.m = x.m",
    "host": "LEFT JOIN meetings hosted ON hosted.m = x.m LEFT JOIN users host ON host.u = hosted.u",
}

FACTS = {
    "users": Fact(
        "SELECT *, registration_date AS day FROM users",
        ACTING_USER | _own("date", "registration_date", "day"),
    ),
    "meetings": Fact(
        "SELECT m AS id, m, u, meeting_id, meeting_topic, meeting_type, duration_minutes, start_time, end_time, "
        "{local:start_time} AS clock, CAST(clock AS DATE) AS day FROM meetings",
        ACTING_USER | CLOCK | LICENCE
        | _own("text", "meeting_id", "meeting_topic", "meeting_type")
        | _own("number", "m", "duration_minutes")
        | _own("date", "day") | _own("timestamp", "start_time", "end_time"),
        licence_day="day",
    ),
    "attendees": Fact(
        "SELECT a.id, a.m, a.u, a.connection_quality, a.stay_us, (g.m IS NOT NULL) AS meeting_known, "
        "{local:join_time} AS clock, CAST(clock AS DATE) AS day FROM attendees a LEFT JOIN meetings g ON g.m = a.m",
        ACTING_USER | CLOCK | LICENCE
        | _own("text", "connection_quality") | _own("number", "m", "stay_us")
        | _own("boolean", "meeting_known") | _own("date", "day")
        | {
            "meeting_type": Column("mtg.meeting_type", needs="meeting"),
            "meeting_id": Column("mtg.meeting_id", needs="meeting"),
            "duration_minutes": Column("mtg.duration_minutes", "number", needs="meeting"),
            "host.plan_type": Column("host.plan_type", needs="host"),
            "host.company": Column("host.company", needs="host"),
        },
        licence_day="day",
    ),
    "features_usage": Fact(
        "SELECT id, m, u, feature_name, usage_count, usage_duration, usage_timestamp, "
        "{local:used_at} AS clock, CAST(clock AS DATE) AS day FROM features_usage",
        ACTING_USER | CLOCK | LICENCE
        | _own("text", "feature_name") | _own("number", "m", "usage_count", "usage_duration") | _own("date", "day")
        | {
            "meeting_type": Column("mtg.meeting_type", needs="meeting"),
            "meeting_id": Column("mtg.meeting_id", needs="meeting"),
        },
        licence_day="day",
    ),
    "support_tickets": Fact(
        "SELECT *, coalesce(open_civil, CAST({local:open_at} AS DATE)) AS open_day, "
        "coalesce(close_civil, CAST({local:close_at} AS DATE)) AS close_day FROM support_tickets",
        ACTING_USER | LICENCE
        | _own("text", "ticket_id", "ticket_type", "priority_level", "resolution_status")
        | _own("date", "open_day", "close_day") | _own("timestamp", "open_at", "close_at") | _own("number", "id"),
        licence_day="open_day",
    ),
    "billing_events": Fact(
        "SELECT *, transaction_date AS day FROM billing_events",
        ACTING_USER | LICENCE
        | _own("text", "event_type", "payment_method", "currency") | _own("number", "amount", "signed_amount")
        | _own("date", "day", "transaction_date")
        | {"term_months": Column("coalesce(lic.term_months, 1)", "number", needs="licence")},
        licence_day="day",
    ),
    # The acting user of a licence is its assignee, its type is its own.
    "licenses": Fact(
        "SELECT * FROM licenses",
        ACTING_USER | _own("text", "license_id", "license_type", "license_status")
        | _own("date", "start_date", "end_date") | _own("number", "id"),
    ),
}

# Tables that `--users` may look into, with the day of a row. Users and licences carry no event.
EVENT_DAY = {"meetings": "day", "attendees": "day", "features_usage": "day",
             "support_tickets": "open_day", "billing_events": "day"}
# A column of several tables is looked up where it is stored.
EVENT_COLUMNS = {
    "meeting_type": "meetings", "duration_minutes": "meetings", "meeting_topic": "meetings",
    "connection_quality": "attendees",
    "feature_name": "features_usage", "usage_count": "features_usage",
    "ticket_type": "support_tickets", "priority_level": "support_tickets", "resolution_status": "support_tickets",
    "event_type": "billing_events", "payment_method": "billing_events", "amount": "billing_events",
    "currency": "billing_events",
}


class Facts:
    """The facts of one zone, made when first asked for."""

    def __init__(self, con, zone):
        self.con, self.zone = con, zone
        self._made = {}

    def table(self, fact: str) -> str:
        """The name of the table that holds the fact's rows in this zone."""
        if fact not in self._made:
            name = f"{fact}_{_identifier(self.zone.name)}"
            sql = FACTS[fact].table
            while "{local:" in sql:
                head, rest = sql.split("{local:", 1)
                column, tail = rest.split("}", 1)
                sql = head + self.zone.local(column) + tail
            self.con.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")
            self._made[fact] = name
        return self._made[fact]

    def _licences(self, fact: str) -> str:
        """The licence rule: the one licence of the acting user whose term covers the row's day: the
        latest start, then the latest end (none = latest), then the smallest id by bytes.

        It goes by the key of the user, whether or not that user's own row is loaded.
        """
        key = f"{fact}/licence"
        if key not in self._made:
            table, day = self.table(fact), FACTS[fact].licence_day
            name = f"{table}_licence"
            self.con.execute(f"""
                CREATE OR REPLACE TABLE {name} AS
                SELECT p.u, p.day, l.license_type, l.term_months
                FROM (SELECT DISTINCT u, {day} AS day FROM {table} WHERE u IS NOT NULL) p
                JOIN licenses l ON l.u = p.u AND l.start_date <= p.day AND (l.end_date IS NULL OR l.end_date >= p.day)
                QUALIFY row_number() OVER (PARTITION BY p.u, p.day ORDER BY
                    l.start_date DESC, coalesce(l.end_date, DATE '9999-12-31') DESC, l.license_id) = 1""")
            self._made[key] = name
        return self._made[key]

    def source(self, fact: str, needs: set) -> str:
        """FROM with the joins that the chosen columns need."""
        sql = f"{self.table(fact)} x"
        for need in sorted(needs - {""}):
            if need == "licence":
                day = FACTS[fact].licence_day
                sql += f" LEFT JOIN {self._licences(fact)} lic ON lic.u = x.u AND lic.day = x.{day}"
            else:
                sql += f" {_JOINS[need]}"
        return sql


def _identifier(text: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in text.lower())
