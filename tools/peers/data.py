"""Which rows do the engines compare over? Exports of `quipu generate` -> one Parquet file per table.

Invariant: every engine is built from these files alone, so that a difference between two answers is
one between the engines. Keys are dense integers, a missing category is the empty text, rows are sorted by
time, and what quipu resolves when it loads is resolved here too: spellings, signs, a missing duration.

Facts also carry what a KPI would join to: `ku` (the acting user, null while not known), `mk` (the meeting,
likewise), plan_type, company, registration_date, license_type, term_months. A question that joins leaves
these alone; one with joins resolved ahead reads nothing else.
"""

import json
import subprocess
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb

CATEGORIES = {
    "users": ["plan_type", "company"],
    "meetings": ["meeting_type"],
    "attendees": ["connection_quality"],
    "features_usage": ["feature_name"],
    "support_tickets": ["ticket_type", "resolution_status", "priority_level"],
    "billing_events": ["event_type", "currency", "payment_method"],
    "licenses": ["license_type", "license_status"],
}
# The column by which a table is sorted, and pruned.
TIME = {
    "users": "u", "meetings": "start_time", "attendees": "join_time", "features_usage": "used_at",
    "support_tickets": "open_date", "billing_events": "transaction_date", "licenses": "start_date", "months": "label",
}
TABLES = list(TIME)
_FACTS = "facts.json"

_USER_KEYS = [("meetings", "host_user_id"), ("attendees", "user_id"), ("support_tickets", "user_id"),
              ("billing_events", "user_id"), ("licenses", "assigned_user_id")]
_MEETING_KEYS = [("attendees", "meeting_id"), ("features_usage", "meeting_id")]

# The whole months that a licence's term stands for: the nearest, the smaller on a tie (30.4375 = 487/16 days).
_TERM = ("coalesce((SELECT arg_min(n, abs(16 * (end_date - start_date) - 487 * n) * 100 + n) "
         "FROM unnest([1, 2, 3, 6, 12, 24, 36]) AS t(n) WHERE end_date IS NOT NULL), 1)")
_ACTING = "p.u AS ku, coalesce(p.plan_type, '') AS plan_type, coalesce(p.company, '') AS company"

_SHAPES = {
    "users": """
        SELECT k.n AS u, r.plan_type, r.company, r.registration_date
        FROM raw_users r JOIN user_keys k ON k.key = user_id""",
    "meetings": f"""
        SELECT k.n AS m, h.n AS u, {_ACTING}, p.registration_date, r.meeting_type, r.start_time, r.end_time,
               CAST(coalesce(duration_minutes, CASE WHEN end_time >= start_time
                    THEN (epoch_us(end_time) - epoch_us(start_time)) // 60000000 END) AS INTEGER) AS duration_minutes
        FROM raw_meetings r JOIN meeting_keys k ON k.key = meeting_id LEFT JOIN user_keys h ON h.key = host_user_id
        LEFT JOIN users p ON p.u = h.n""",
    "attendees": f"""
        SELECT k.n AS m, g.m AS mk, h.n AS u, {_ACTING}, r.connection_quality, r.join_time, r.leave_time
        FROM raw_attendees r LEFT JOIN meeting_keys k ON k.key = meeting_id LEFT JOIN meetings g ON g.m = k.n
        LEFT JOIN user_keys h ON h.key = user_id LEFT JOIN users p ON p.u = h.n""",
    "features_usage": """
        SELECT k.n AS m, g.ku, coalesce(g.plan_type, '') AS plan_type, coalesce(g.company, '') AS company,
               r.feature_name, CAST(usage_count AS INTEGER) AS usage_count,
               CAST(usage_duration AS INTEGER) AS usage_duration,
               coalesce(r.usage_timestamp, g.start_time) AS used_at
        FROM raw_features_usage r LEFT JOIN meeting_keys k ON k.key = meeting_id LEFT JOIN meetings g ON g.m = k.n""",
    "support_tickets": f"""
        SELECT CAST(row_number() OVER (ORDER BY ticket_id) AS INTEGER) AS t, h.n AS u, {_ACTING}, r.ticket_type,
               r.resolution_status, r.priority_level, CAST(r.open_date AS TIMESTAMP) AS open_date,
               CAST(r.close_date AS TIMESTAMP) AS close_date, CAST(length(r.open_date) > 10 AS INTEGER) AS open_timed,
               CAST(coalesce(length(r.close_date) > 10, false) AS INTEGER) AS close_timed
        FROM raw_support_tickets r LEFT JOIN user_keys h ON h.key = user_id LEFT JOIN users p ON p.u = h.n""",
    # Numbered in the order in which the licence rule prefers them: of several, the largest number counts.
    "licenses": f"""
        SELECT CAST(row_number() OVER (ORDER BY start_date, end_date NULLS LAST, license_id DESC) AS INTEGER) AS l,
               h.n AS u, {_ACTING}, r.license_type, r.license_status, r.start_date, r.end_date,
               CAST({_TERM} AS INTEGER) AS term_months
        FROM raw_licenses r LEFT JOIN user_keys h ON h.key = assigned_user_id LEFT JOIN users p ON p.u = h.n""",
    "billing_events": f"""
        WITH event AS (
            SELECT CAST(row_number() OVER () AS INTEGER) AS e, h.n AS u, {_ACTING}, r.event_type, r.payment_method,
                   r.transaction_date, CAST(amount * 100 AS INTEGER) AS cents,
                   CAST(CASE WHEN lower(event_type) IN ('refund', 'credit', 'chargeback') THEN -abs(amount)
                             ELSE amount END * 100 AS INTEGER) AS signed_cents,
                   CASE WHEN currency = '' THEN 'XXX' ELSE upper(currency) END AS currency
            FROM raw_billing_events r LEFT JOIN user_keys h ON h.key = user_id LEFT JOIN users p ON p.u = h.n
        ), licence AS (
            SELECT e, max(l) AS l FROM event JOIN licenses c ON c.u = event.u AND transaction_date >= start_date
               AND (end_date IS NULL OR transaction_date <= end_date) GROUP BY e
        )
        SELECT event.*, coalesce(c.license_type, '') AS license_type, coalesce(c.term_months, 1) AS term_months
        FROM event LEFT JOIN licence USING (e) LEFT JOIN licenses c USING (l)""",
}


@dataclass(frozen=True)
class Facts:
    """What the questions have to know of the data: rows, the last day, and the first month of some facts."""

    rows: dict
    as_of: str
    first_use: str
    first_ticket: str
    first_licence: str


def generate(quipu: str, users: int, seed: int, folder: Path) -> None:
    """Writes the exports, if they do not stand there already; a part of them never does."""
    if not folder.exists():
        part = folder.with_suffix(".part")
        command = [quipu, "generate", "--model", "platform", "--users", str(users), "--seed", str(seed), "--out", part]
        subprocess.run(command, check=True, capture_output=True)
        part.rename(folder)


def prepare(exports: Path, folder: Path) -> Facts:
    """Reads the exports and writes the Parquet files that engines are built from."""
    if (folder / _FACTS).exists():
        return read_facts(folder)
    folder.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    for table, categories in CATEGORIES.items():
        con.execute(f"CREATE TABLE raw_{table} AS SELECT * FROM read_csv('{exports}/{table}.csv'{_types(table)})")
        for column in categories:
            _one_spelling(con, f"raw_{table}", column)
    _number(con, "user_keys", ("users", "user_id"), _USER_KEYS)
    _number(con, "meeting_keys", ("meetings", "meeting_id"), _MEETING_KEYS)
    for table, shape in _SHAPES.items():
        con.execute(f"CREATE TABLE {table} AS {shape}")
        con.execute(f"DROP TABLE raw_{table}")
    as_of = con.execute("""
        SELECT CAST(max(d) AS DATE) FROM (
            SELECT max(registration_date) AS d FROM users UNION ALL SELECT max(start_time) FROM meetings
            UNION ALL SELECT max(join_time) FROM attendees UNION ALL SELECT max(used_at) FROM features_usage
            UNION ALL SELECT max(greatest(open_date, close_date)) FROM support_tickets
            UNION ALL SELECT max(transaction_date) FROM billing_events)""").fetchone()[0]
    _months(con, as_of)
    for table, time in TIME.items():
        con.execute(f"COPY (SELECT * FROM {table} ORDER BY {time}) TO '{folder}/{table}.parquet' (FORMAT parquet)")

    def first(table: str) -> str:
        time = f"CAST(date_trunc('month', min({TIME[table]})) AS DATE)"
        return str(con.execute(f"SELECT {time} FROM {table}").fetchone()[0])

    facts = Facts({table: con.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in CATEGORIES},
                  str(as_of), first("features_usage"), first("support_tickets"), first("licenses"))
    (folder / _FACTS).write_text(json.dumps(asdict(facts)))
    return facts


def read_facts(folder: Path) -> Facts:
    """What is known of the Parquet files of a folder."""
    return Facts(**json.loads((folder / _FACTS).read_text()))


def _types(table: str) -> str:
    """Amounts are decimals from the first byte on; a ticket's day may lack the time; the rest is inferred."""
    types = {"billing_events": {"amount": "DECIMAL(18,4)"},
             "support_tickets": {"open_date": "VARCHAR", "close_date": "VARCHAR"}}
    return f", types = {types[table]}" if table in types else ""


def _one_spelling(con: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    """The most frequent spelling stands for all (on a tie the smallest); a missing one is the empty text."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE spelling AS
        SELECT lower(text) AS folded, arg_min(text, (-n, text)) AS shown
        FROM (SELECT trim({column}) AS text, count(*) AS n FROM {table} GROUP BY 1) GROUP BY 1""")
    con.execute(f"""
        UPDATE {table}
        SET {column} = coalesce((SELECT shown FROM spelling WHERE folded = lower(trim({column}))), '')""")


def _number(con: duckdb.DuckDBPyConnection, name: str, known: tuple, mentioned: list) -> None:
    """Numbers every key from 1 on, those with a row of their own first."""
    keys = " UNION ALL ".join(f"SELECT {column} AS key, {int(pair != known)} AS rank FROM raw_{table}"
                              for pair in [known, *mentioned] for table, column in [pair])
    con.execute(f"""
        CREATE TABLE {name} AS SELECT key, CAST(row_number() OVER (ORDER BY min(rank), key) AS INTEGER) AS n
        FROM ({keys}) WHERE key IS NOT NULL GROUP BY key""")


def _months(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """The calendar: a row per month, its number, its day of measurement, its days up to as_of."""
    con.execute(f"""
        CREATE TABLE months AS
        SELECT CAST(x AS DATE) AS label, CAST(12 * year(x) + month(x) AS INTEGER) AS i,
               least(last_day(x), DATE '{as_of}') AS measured,
               CAST(greatest(measured - label + 1, 0) AS INTEGER) AS days
        FROM range((SELECT date_trunc('month', least(min(registration_date), (SELECT min(start_date) FROM licenses)))
                    FROM users),
                   (SELECT greatest(max(end_date), DATE '{as_of}') + INTERVAL 1 DAY FROM licenses),
                   INTERVAL 1 MONTH) AS m(x)""")
