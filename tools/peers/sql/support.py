"""Reliability and support in SQL: tickets opened, their resolution, and the backlog.

A ticket is opened and closed on a day, or at an instant (`open_timed`, `close_timed`): two instants are compared as
such, all else as days.
"""

from .ask import Ask, ratio
from .usage import active_hosts

_DAY_S = "86400.0"


def tickets_opened(ask: Ask) -> str:
    return ask.grouped("support_tickets", ask.d.day("f.open_date"), "f.open_date", {"tickets": "count(*)"})


def resolution_time(ask: Ask) -> str:
    d = ask.d
    days = f"{d.day_number(d.day('f.close_date'))} - {d.day_number(d.day('f.open_date'))}"
    took = (f"CASE WHEN f.open_timed = 1 AND f.close_timed = 1 THEN {d.seconds('f.open_date', 'f.close_date')} "
            f"ELSE 86400 * ({days}) END")
    wide = f"CAST({took} AS DOUBLE)"
    return ask.grouped("support_tickets", d.month("f.close_date"), "f.close_date", {
        "avg_days": ratio(f"sum({took})", "count(*)") + f" / {_DAY_S}",
        "median_days": f"{d.quantile(wide, 0.5)} / {_DAY_S}",
        "p90_days": f"{d.quantile(wide, 0.9)} / {_DAY_S}", "tickets": "count(*)"})


def first_contact_resolution(ask: Ask) -> str:
    """Tickets are numbered by their keys, which settles the order of two opened at one instant."""
    d = ask.d
    close = d.day("f.close_date")
    day = {name: d.day(name) for name in ("a.open_date", "a.close_date", "b.open_date")}
    repeated = (
        "SELECT DISTINCT a.t AS t FROM support_tickets a JOIN support_tickets b "
        "ON b.u = a.u AND b.ticket_type = a.ticket_type WHERE a.close_date IS NOT NULL "
        "AND CASE WHEN a.close_timed = 1 AND b.open_timed = 1 "
        f"THEN b.open_date >= a.close_date AND b.open_date <= {d.plus_days('a.close_date', 7)} "
        f"ELSE {day['b.open_date']} >= {day['a.close_date']} "
        f"AND {day['b.open_date']} <= {d.plus_days(day['a.close_date'], 7)} END "
        "AND CASE WHEN a.open_timed = 1 AND b.open_timed = 1 "
        "THEN b.open_date > a.open_date OR (b.open_date = a.open_date AND b.t > a.t) "
        f"ELSE {day['b.open_date']} > {day['a.open_date']} "
        f"OR ({day['b.open_date']} = {day['a.open_date']} AND b.t > a.t) END")
    resolved = (f"SELECT {d.month('f.close_date')} AS period{ask.named('support_tickets')}, f.t AS t " + ask.source(
        "support_tickets", where=(
            "f.resolution_status IN ('Resolved', 'Closed')", d.known("f.u"), "f.ticket_type <> ''",
            "f.close_date IS NOT NULL", f"{d.plus_days(close, 7)} <= DATE '{ask.facts.as_of}'")))
    first = f"sum(CASE WHEN {_absent(ask, 'r.t')} THEN 1 ELSE 0 END)"
    return (f"SELECT period{ask.columns()}, {ratio(first, 'count(*)')} AS fcr_rate, {first} AS first_contact, "
            f"count(*) AS resolved FROM ({resolved}) x LEFT JOIN ({repeated}) r ON r.t = x.t "
            f"{ask.group(1 + len(ask.dims))}")


def _absent(ask: Ask, x: str) -> str:
    return f"NOT ({ask.d.known(x)})"


def tickets_per_1000_active_users(ask: Ask) -> str:
    opened = ask.grouped("support_tickets", ask.d.month("f.open_date"), "f.open_date", {"tickets": "count(*)"})
    tickets, users = "coalesce(a.tickets, 0)", "coalesce(b.active_users, 0)"
    return ask.both(opened, active_hosts(ask), f"{ratio(f'1000 * {tickets}', users)} AS tickets_per_1000, "
                    f"{tickets} AS tickets, {users} AS active_users")


def open_tickets(ask: Ask) -> str:
    """Each ticket in every month at whose day of measurement it waits."""
    d = ask.d
    opened = d.day("f.open_date")
    rows = (f"SELECT {opened} AS opened, {d.day('f.close_date')} AS closed{ask.named('support_tickets')} "
            f"{ask.source('support_tickets')}")
    age = f"CAST({d.day_number('measured')} - {d.day_number('opened')} AS DOUBLE)"
    return (f"SELECT label AS period{ask.columns()}, count(*) AS open_tickets, "
            f"{d.quantile(age, 0.5)} AS median_age_days FROM ({rows}) x CROSS JOIN months "
            f"WHERE opened <= measured AND (closed IS NULL OR closed > measured) "
            f"AND {ask.months_from(ask.facts.first_ticket)} {ask.group(1 + len(ask.dims))}")


KPIS = {
    "tickets_opened": tickets_opened, "resolution_time": resolution_time,
    "first_contact_resolution": first_contact_resolution,
    "tickets_per_1000_active_users": tickets_per_1000_active_users, "open_tickets": open_tickets,
}
