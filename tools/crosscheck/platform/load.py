"""CSV exports -> typed DuckDB tables.

Keys become small integers, which keeps distinct counts cheap; a key that is only referenced gets
one too, and the entity tables (`users`, `meetings`) hold the known ones alone.
Rows that break a constraint of the data model are dropped, as a load would quarantine them.
"""

from pathlib import Path

import duckdb

from ..read import CATEGORY, DATE, DAY_OR_TIME, DECIMAL, INTEGER, KEY, TEXT, TIMESTAMP, one_spelling, read, typed

# table -> (file names, {column: (type, further headers)}); headers are compared as letters only.
TABLES = {
    "users": (["users"], {
        "user_id": (KEY, []), "plan_type": (CATEGORY, []), "company": (CATEGORY, []),
        "registration_date": (DATE, []),
    }),
    "meetings": (["meetings"], {
        "meeting_id": (KEY, []), "host_user_id": (KEY, ["hostid", "hostuser", "hostuserref", "hostuserreference"]),
        "meeting_topic": (TEXT, []), "meeting_type": (CATEGORY, []),
        "start_time": (TIMESTAMP, []), "end_time": (TIMESTAMP, []), "duration_minutes": (INTEGER, []),
    }),
    "attendees": (["attendees", "participants"], {
        "attendee_id": (KEY, []), "meeting_id": (KEY, ["meeting", "meetingref", "meetingreference"]),
        "user_id": (KEY, ["user", "userref", "userreference", "attendeeuserreference"]),
        "join_time": (TIMESTAMP, []), "leave_time": (TIMESTAMP, []), "connection_quality": (CATEGORY, []),
    }),
    "features_usage": (["featuresusage", "featureusage"], {
        "usage_id": (KEY, []), "meeting_id": (KEY, ["meeting", "meetingref", "meetingreference"]),
        "feature_name": (CATEGORY, []), "usage_count": (INTEGER, []), "usage_duration": (DECIMAL, []),
        "usage_timestamp": (TIMESTAMP, ["usagedate"]),
    }),
    "support_tickets": (["supporttickets"], {
        "ticket_id": (KEY, []), "user_id": (KEY, ["user", "userref", "userreference"]),
        "ticket_type": (CATEGORY, []), "resolution_status": (CATEGORY, []), "priority_level": (CATEGORY, []),
        "open_date": (DAY_OR_TIME, []), "close_date": (DAY_OR_TIME, []),
    }),
    "billing_events": (["billingevents"], {
        "event_id": (KEY, []), "user_id": (KEY, ["user", "userref", "userreference"]),
        "event_type": (CATEGORY, []), "amount": (DECIMAL, []), "currency": (CATEGORY, []),
        "transaction_date": (DATE, ["eventdate"]), "payment_method": (CATEGORY, []),
    }),
    "licenses": (["licenses"], {
        "license_id": (KEY, []), "license_type": (CATEGORY, []), "start_date": (DATE, []),
        "end_date": (DATE, []), "license_status": (CATEGORY, []),
        "assigned_user_id": (KEY, ["assignedtouserid", "assigneduser", "assigneduserref", "assigneduserreference"]),
    }),
}

# The whole number of months that a licence's term stands for: the nearest, the smaller on a tie.
# One month is 30.4375 days, that is 487/16, so that the distance stays an integer.
TERMS = (1, 2, 3, 6, 12, 24, 36)

def _day(column: str) -> str:
    """A column that may hold a date or a timestamp: the date when it has no time of day."""
    return f"CASE WHEN length({column}) <= 10 THEN CAST({column} AS DATE) END"


def _instant(column: str) -> str:
    return f"CASE WHEN length({column}) > 10 THEN {typed(TIMESTAMP, column)} END"


# Every table after reading: `id` numbers its rows, `u` is the acting user, `m` the meeting.
_SHAPES = {
    "users": """
        SELECT k.n AS u, r.* EXCLUDE (line), CAST(date_trunc('month', registration_date) AS DATE) AS cohort
        FROM raw r JOIN user_keys k ON k.key = r.user_id""",
    "meetings": """
        SELECT k.n AS m, h.n AS u, r.meeting_id, r.meeting_topic, r.meeting_type, r.start_time, r.end_time,
               CASE WHEN duration_minutes IS NOT NULL THEN duration_minutes
                    WHEN end_time >= start_time
                    THEN (epoch_us(end_time) - epoch_us(start_time)) // 60000000 END AS duration_minutes
        FROM raw r LEFT JOIN meeting_keys k ON k.key = r.meeting_id LEFT JOIN user_keys h ON h.key = r.host_user_id
        WHERE start_time IS NOT NULL AND coalesce(duration_minutes, 0) >= 0""",
    "attendees": """
        SELECT line AS id, k.n AS m, p.n AS u, r.connection_quality, r.join_time, r.leave_time,
               epoch_us(leave_time) - epoch_us(join_time) AS stay_us
        FROM raw r LEFT JOIN meeting_keys k ON k.key = r.meeting_id LEFT JOIN user_keys p ON p.key = r.user_id""",
    # The acting user of a usage row is the host of its meeting.
    "features_usage": """
        SELECT line AS id, k.n AS m, g.u, r.feature_name, r.usage_count, r.usage_duration, r.usage_timestamp,
               coalesce(r.usage_timestamp, g.start_time) AS used_at
        FROM raw r LEFT JOIN meeting_keys k ON k.key = r.meeting_id LEFT JOIN meetings g ON g.m = k.n
        WHERE coalesce(usage_count, 0) >= 0 AND coalesce(usage_duration, 0) >= 0""",
    "support_tickets": f"""
        SELECT line AS id, k.n AS u, r.ticket_id, r.ticket_type, r.resolution_status, r.priority_level,
               {_day('open_date')} AS open_civil, {_instant('open_date')} AS open_at,
               {_day('close_date')} AS close_civil, {_instant('close_date')} AS close_at
        FROM raw r LEFT JOIN user_keys k ON k.key = r.user_id
        WHERE open_date IS NOT NULL AND NOT coalesce(
            CASE WHEN length(open_date) > 10 AND length(close_date) > 10
                 THEN {_instant('close_date')} < {_instant('open_date')}
                 ELSE left(close_date, 10) < left(open_date, 10) END, false)""",
    "billing_events": """
        SELECT line AS id, k.n AS u, r.event_type, r.payment_method, r.transaction_date, r.amount,
               upper(coalesce(r.currency, 'XXX')) AS currency,
               CASE WHEN lower(event_type) IN ('refund', 'credit', 'chargeback') THEN -abs(amount)
                    ELSE amount END AS signed_amount
        FROM raw r LEFT JOIN user_keys k ON k.key = r.user_id""",
    "licenses": f"""
        SELECT line AS id, k.n AS u, r.license_id, r.license_type, r.license_status, r.start_date, r.end_date,
               coalesce((SELECT arg_min(months, abs(16 * (r.end_date - r.start_date) - 487 * months) * 100 + months)
                         FROM unnest({list(TERMS)}) AS t(months) WHERE r.end_date - r.start_date IS NOT NULL), 1)
                   AS term_months
        FROM raw r LEFT JOIN user_keys k ON k.key = r.assigned_user_id
        WHERE NOT coalesce(end_date < start_date, false)""",
}

_USER_KEYS = [("users", "user_id"), ("meetings", "host_user_id"), ("attendees", "user_id"),
              ("support_tickets", "user_id"), ("billing_events", "user_id"), ("licenses", "assigned_user_id")]
_MEETING_KEYS = [("meetings", "meeting_id"), ("attendees", "meeting_id"), ("features_usage", "meeting_id")]


def load(folder: Path) -> duckdb.DuckDBPyConnection:
    """Reads every table of the platform model that the folder holds; the others stay empty."""
    con = duckdb.connect()
    con.execute("SET preserve_insertion_order = true")
    for table, (names, columns) in TABLES.items():
        read(con, folder, table, names, columns)
        for column, (kind, _) in columns.items():
            if kind == CATEGORY:
                one_spelling(con, (f"raw_{table}", column))
    for name, sources in (("user_keys", _USER_KEYS), ("meeting_keys", _MEETING_KEYS)):
        keys = " UNION ".join(f"SELECT {column} AS key FROM raw_{table}" for table, column in sources)
        con.execute(
            f"CREATE TABLE {name} AS SELECT key, CAST(row_number() OVER () AS INTEGER) AS n "
            f"FROM ({keys}) WHERE key IS NOT NULL"
        )
    for table, shape in _SHAPES.items():
        con.execute(f"CREATE TABLE {table} AS {shape.replace('FROM raw r', f'FROM raw_{table} r')}")
    for table in TABLES:
        con.execute(f"DROP TABLE raw_{table}")
    con.execute("DROP TABLE user_keys")
    con.execute("DROP TABLE meeting_keys")
    # Result order is always set by the caller; without it DuckDB may group in parallel.
    con.execute("SET preserve_insertion_order = false")
    return con
