"""Revenue and licences in SQL: billing events, recurring revenue, licence terms and churn.

Amounts are whole hundredths, and `revenue` is told in them; what is divided is told in units.
"""

from .ask import Ask, ratio

_RECURRING = "('Subscription', 'Renewal', 'Upgrade', 'Add-on')"
# Every term in months divides it.
_WHOLE_TERM = 72
_PAID = {"cents": "coalesce(sum(f.signed_cents), 0)", "events": "count(*)"}


def revenue(ask: Ask) -> str:
    d = ask.d
    paid = ask.grouped("billing_events", d.month("f.transaction_date"), "f.transaction_date", _PAID, own=("currency",))
    met = ask.grouped("meetings", d.month("f.start_time"), "f.start_time", {
        "users": d.distinct(ask.user("meetings")), "minutes": "coalesce(sum(f.duration_minutes), 0)"}, people=True)
    cents, events = "coalesce(a.cents, 0)", "coalesce(a.events, 0)"
    return ask.both(paid, met, f"a.currency AS currency, {cents} AS revenue, {events} AS events, "
                    f"{ratio(cents, 'b.users')} / 100.0 AS revenue_per_active_user, "
                    f"{ratio(f'{cents} * 60', 'b.minutes')} / 100.0 AS revenue_per_meeting_hour")


def _licensed(ask: Ask, conditions: tuple, columns: dict) -> str:
    """Events with the type and term of their licence: of several licences the one with the largest number."""
    listed = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    events = f"{listed}{ask.named('billing_events')} {ask.source('billing_events', where=conditions)}"
    if ask.ahead:
        return f"SELECT f.license_type AS license_type, f.term_months AS term_months, {events}"
    return (
        f"SELECT {ask.d.text('c.license_type')} AS license_type, {_term(ask, 'c.term_months')} AS term_months, "
        + ", ".join(f"x.{name} AS {name}" for name in [*columns, *ask.dims]) +
        f" FROM (SELECT f.e AS e, {events}) x LEFT JOIN ("
        "SELECT v.e AS e, max(n.l) AS l FROM billing_events v JOIN licenses n ON n.u = v.u "
        f"WHERE {ask.d.known('v.u')} AND n.start_date <= v.transaction_date "
        "AND (n.end_date IS NULL OR n.end_date >= v.transaction_date) "
        "GROUP BY v.e) o ON o.e = x.e LEFT JOIN licenses c ON c.l = o.l")


def _term(ask: Ask, x: str) -> str:
    return f"CASE WHEN {ask.d.known(x)} THEN {x} ELSE 1 END"


def mrr(ask: Ask) -> str:
    """Each event in every month of its term, from its own on."""
    d = ask.d
    events = _licensed(ask, (f"f.event_type IN {_RECURRING}", "f.signed_cents IS NOT NULL",
                             "f.transaction_date IS NOT NULL"),
                       {"first": d.month_number("f.transaction_date"), "currency": "f.currency",
                        "cents": "f.signed_cents"})
    # Events of one month and term are spread together.
    held = (f"SELECT first, term_months AS term, currency{ask.columns()}, sum(cents) AS cents FROM ({events}) e "
            f"{ask.group(3 + len(ask.dims))}")
    return (f"SELECT label AS period{ask.columns()}, currency, "
            f"CAST(sum(cents * ({_WHOLE_TERM} / term)) AS DOUBLE) / {_WHOLE_TERM * 100}.0 AS mrr "
            f"FROM ({held}) y CROSS JOIN months WHERE i >= first AND i < first + term "
            f"AND label <= DATE '{ask.facts.as_of}' {ask.group(2 + len(ask.dims))}")


def revenue_by_license_type(ask: Ask) -> str:
    events = _licensed(ask, ("f.transaction_date IS NOT NULL",),
                       {"period": ask.d.month("f.transaction_date"), "currency": "f.currency",
                        "cents": "f.signed_cents"})
    return (f"SELECT period{ask.columns()}, license_type, currency, coalesce(sum(cents), 0) AS revenue, "
            f"count(*) AS events FROM ({events}) y {ask.group(3 + len(ask.dims))}")


def license_utilization(ask: Ask) -> str:
    d = ask.d
    rows = (f"SELECT f.start_date AS start_date, f.end_date AS end_date, f.u AS u{ask.named('licenses')} "
            + ask.source("licenses", where=("f.license_status <> 'Suspended'",)))
    assigned = f"sum(CASE WHEN {d.known('u')} THEN 1 ELSE 0 END)"
    return (f"SELECT label AS period{ask.columns()}, {ratio(assigned, 'count(*)')} AS utilization_rate, "
            f"{assigned} AS assigned, count(*) AS available FROM ({rows}) x CROSS JOIN months "
            "WHERE start_date <= measured AND (end_date IS NULL OR end_date >= measured) "
            f"AND {ask.months_from(ask.facts.first_licence)} {ask.group(1 + len(ask.dims))}")


def license_expirations(ask: Ask) -> str:
    """What became of each licence that ends; a successor of the same type goes before one of another."""
    d, as_of = ask.d, f"DATE '{ask.facts.as_of}'"
    same = "CASE WHEN b.license_type = a.license_type AND a.license_type <> '' THEN 1 ELSE 0 END"
    followed = (
        f"SELECT a.l AS l, 1 + max({same}) AS fate FROM licenses a JOIN licenses b ON b.u = a.u "
        f"WHERE b.start_date > a.start_date AND b.start_date >= {d.plus_days('a.end_date', -90)} "
        f"AND b.start_date <= {d.plus_days('a.end_date', 30)} AND b.start_date <= {as_of} GROUP BY a.l")
    rows = (f"SELECT {d.month('f.end_date')} AS period, f.l AS l, f.u AS u, f.end_date AS end_date"
            f"{ask.named('licenses')} " + ask.source("licenses", where=("f.end_date IS NOT NULL",)))
    fate = (f"CASE WHEN NOT ({d.known('x.u')}) THEN CASE WHEN end_date < {as_of} THEN 'lapsed' ELSE 'pending' END "
            "WHEN s.fate = 2 THEN 'renewed' WHEN s.fate = 1 THEN 'switched' "
            f"WHEN {as_of} < {d.plus_days('end_date', 30)} THEN 'pending' ELSE 'lapsed' END")
    counts = {name: f"sum(CASE WHEN fate = '{name}' THEN 1 ELSE 0 END)" for name in
              ("renewed", "switched", "lapsed", "pending")}
    rate = ratio(f"({counts['renewed']} + {counts['switched']})", f"(count(*) - {counts['pending']})")
    listed = ", ".join(f"{sql} AS {name}" for name, sql in counts.items())
    return (f"SELECT period{ask.columns()}, count(*) AS expiring, {listed}, {rate} AS renewal_rate FROM ("
            f"SELECT period{ask.columns()}, {fate} AS fate FROM ({rows}) x LEFT JOIN ({followed}) s ON s.l = x.l) y "
            f"{ask.group(1 + len(ask.dims))}")


def churn_rate(ask: Ask) -> str:
    """Each user's months in order: what lies before and after one says whether it is new, kept or the last.

    Month 0 stands for none.
    """
    dims = ask.columns()
    window = f"OVER (PARTITION BY u{dims} ORDER BY i)"
    active = (f"SELECT DISTINCT {ask.d.month_number('f.start_time')} AS i, {ask.user('meetings')} AS u"
              f"{ask.named('meetings', True)} "
              f"{ask.source('meetings', known=True, where=('f.start_time IS NOT NULL',))}")
    names = ("churned", "retained", "new", "resurrected", "active")
    sums = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in names)
    return (
        f"WITH step AS (SELECT i{dims}, lag(i, 1, 0) {window} AS earlier, lead(i, 1, 0) {window} AS later "
        f"FROM ({active}) x), part AS ("
        f"SELECT i{dims}, 0 AS churned, CASE WHEN earlier = i - 1 THEN 1 ELSE 0 END AS retained, "
        "CASE WHEN earlier = 0 THEN 1 ELSE 0 END AS new, "
        "CASE WHEN earlier < i - 1 AND earlier > 0 THEN 1 ELSE 0 END AS resurrected, 1 AS active FROM step "
        f"UNION ALL SELECT i + 1{dims}, 1, 0, 0, 0, 0 FROM step WHERE later <> i + 1), "
        f"month AS (SELECT i{dims}, {sums} FROM part {ask.group(1 + len(ask.dims))}) "
        f"SELECT label AS period{ask.columns('month.')}, {ratio('churned', '(churned + retained)')} AS churn_rate, "
        "churned, churned + retained AS active_previous, retained, new, resurrected, active FROM month "
        f"JOIN months ON months.i = month.i WHERE label <= DATE '{ask.facts.as_of}'")


KPIS = {
    "revenue": revenue, "mrr": mrr, "revenue_by_license_type": revenue_by_license_type,
    "license_utilization": license_utilization, "license_expirations": license_expirations, "churn_rate": churn_rate,
}
