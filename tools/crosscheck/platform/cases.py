"""What each KPI of the platform model is tried with."""

from ..cases import ZONES, Data, Plan, distinct, planned

USER = ["plan_type", "company", "cohort"]


def plans(d: Data) -> dict:
    """One entry per KPI of the platform model."""
    plan, company = d.top("users.plan_type"), d.top("users.company")
    meeting_type, topic = d.top("meetings.meeting_type"), d.top("features_usage.feature_name")
    ticket_type, priority = d.top("support_tickets.ticket_type"), d.top("support_tickets.priority_level")
    event, currency = d.top("billing_events.event_type"), d.top("billing_events.currency")
    licence = d.top("licenses.license_type")
    people = [f"plan_type = {plan.upper()}", f"company = {company}", f"plan_type in ({d.top('users.plan_type', 3)})",
              f"plan_type = {plan} and not company = {company}", f"plan_type = {plan} or company = {company}",
              "company like '%a%'", "cohort >= '{}-01'".format(d.month(8))]
    met = people + [f"meeting_type = {meeting_type}", "duration_minutes >= 30",
                    f"meeting_type != {meeting_type} and duration_minutes < 45",
                    f"(meeting_type = {meeting_type} or plan_type = {plan}) and duration_minutes is not null",
                    f"meeting_type not in ({d.top('meetings.meeting_type', 2)})",
                    "weekday in (1, 2) and hour >= 12"]
    attended = people[:4] + [f"meeting_type = {meeting_type}", "connection_quality in ('good', 'FAIR')",
                             "connection_quality is null or connection_quality = 'Poor'", f"host.plan_type = {plan}",
                             f"host.company = {company}"]
    opened = people[:4] + [f"ticket_type = {ticket_type}", f"priority_level = {priority}",
                           "resolution_status not in ('Open', 'Pending Customer')",
                           f"ticket_type != {ticket_type} and priority_level in ('high', 'critical')"]
    paid = people[:4] + [f"event_type = {event}", "amount > 20.5", f"currency = {currency}", "event_type = 'refund'",
                         f"not event_type in ({d.top('billing_events.event_type', 2)})",
                         f"payment_method = {d.top('billing_events.payment_method')}", f"license_type = {licence}"]
    owned = people[:3] + [f"license_type = {licence}", "license_status = 'active'", f"license_type != {licence}"]
    met_by = USER + ["meeting_type", "weekday", "hour", "license_type", "plan_type,meeting_type"]
    attended_by = USER + ["meeting_type", "connection_quality", "host.plan_type", "host.company", "weekday",
                          "license_type", "host.plan_type,plan_type"]
    ticket_by = USER + ["ticket_type", "priority_level", "resolution_status", "license_type", "ticket_type,plan_type"]
    paid_by = USER + ["event_type", "payment_method", "license_type", "currency", "currency,plan_type",
                      "plan_type,event_type"]
    licence_by = USER + ["license_type", "license_status", "plan_type,license_type"]
    no_all = ["day", "week", "month", "quarter", "year"]

    found = {
        "active_users": Plan(
            met_by, met, usual="month", options=
            ["actor=host", "actor=attendee", "actor=any", "min_minutes=30", "actor=attendee min_minutes=20",
             "actor=any min_minutes=10"],
            top=["company", "plan_type"],
            extra=[dict(every="day", rolling="7d"), dict(every="day", rolling="28d"), dict(every="month", rolling="30d"),
                   dict(every="week", rolling="7d", by="plan_type"), dict(every="day", rolling="7d", from_=d.month(2)),
                   dict(every="day", rolling="3d", by="company", where=f"plan_type = {plan}"),
                   dict(every="day", rolling="7d", options={"actor": "any"}),
                   dict(every="month", options={"actor": "attendee"}, by="host.plan_type"),
                   dict(every="month", options={"actor": "attendee"}, where=f"host.plan_type = {plan}"),
                   dict(every="month", options={"actor": "any"}, by="plan_type", tz="America/New_York"),
                   dict(every="month", options={"actor": "any"}, by="meeting_type")]),
        "dau": Plan(["plan_type"], every=["day"], totals=False),
        "wau": Plan(["plan_type"], every=["week"], totals=False),
        "mau": Plan(["plan_type", "plan_type,company"], every=["month"], totals=False),
        "stickiness": Plan(USER + ["meeting_type"], met[:5] + met[7:9], every=["week", "month", "quarter", "year", "all"]),
        "meeting_minutes": Plan(met_by, met, top=["company", "meeting_type"], cumulative=True),
        "avg_meeting_duration": Plan(met_by, met, ["min_minutes=15"], top=["company"]),
        "meetings_per_user": Plan(met_by, met, ["per=registered"], extra=[
            dict(options={"per": "registered"}, by="plan_type"),
            dict(options={"per": "registered"}, by="company", every="quarter"),
            dict(options={"per": "registered"}, by="meeting_type"),
            dict(options={"per": "registered"}, by="plan_type,meeting_type", every="quarter"),
            dict(options={"per": "registered"}, by="meeting_type,plan_type", totals=True),
            dict(options={"per": "registered"}, where=f"plan_type = {plan} and meeting_type = {meeting_type}"),
            dict(options={"per": "registered"}, where="duration_minutes >= 30", by="cohort"),
            dict(options={"per": "registered"}, every="day", from_=d.month(1)),
            dict(options={"per": "registered"}, tz="Asia/Kathmandu", compare="previous", to=d.month(0))]),
        "signups": Plan(
            USER, people + ["registration_date >= '{}-15'".format(d.month(9))], top=["company"],
            compare_by=False, extra=[dict(from_=d.month(6)), dict(from_=d.month(6), by="plan_type")]),
        "feature_adoption": Plan(
            USER + ["meeting_type", "feature_name", "license_type", "feature_name,plan_type"],
            people[:5] + [f"feature_name = {topic}", f"feature_name = {topic} and plan_type = {plan}",
                          f"meeting_type = {meeting_type}", "usage_count >= 2"],
            ["denominator=active", "scope=ever", "scope=ever denominator=active"],
            every=["week", "month", "quarter", "year", "all"],
            extra=[dict(options={"denominator": "active"}, by="plan_type"),
                   dict(options={"denominator": "active"}, by="meeting_type"),
                   dict(options={"denominator": "active"}, by="meeting_type,plan_type", totals=True),
                   dict(options={"denominator": "active"}, where=f"meeting_type = {meeting_type}"),
                   dict(options={"scope": "ever"}, by="plan_type", from_=d.month(5)),
                   dict(options={"scope": "ever"}, where=f"plan_type = {plan}", tz="Pacific/Auckland")]),
        "feature_usage": Plan(
            USER + ["meeting_type", "feature_name", "weekday", "license_type", "plan_type,feature_name"],
            people[:5] + [f"feature_name = {topic}", f"meeting_type = {meeting_type}", "usage_count > 1"],
            top=["feature_name"]),
        "attendance": Plan(attended_by, attended, top=["company", "host.company"]),
        "connection_quality": Plan(
            [b for b in attended_by if "connection" not in b], attended[:5] + attended[7:], top=["company"]),
        "peak_concurrency": Plan(USER + ["meeting_type", "plan_type,meeting_type"], met[:10], extra=[
            dict(every="month", tz=zone) for zone in ZONES]),
        "retention": Plan(["plan_type", "company", "meeting_type"], people[:5] + [f"meeting_type = {meeting_type}"],
                          every=["week", "month", "quarter", "year"], totals=False, compare=False, as_of=False, extra=[
                              dict(every="month", tz=zone) for zone in ZONES]),
        "tickets_opened": Plan(ticket_by, opened, top=["company", "ticket_type"], cumulative=True),
        "resolution_time": Plan(ticket_by, opened, ["cohort=opened"], top=["company"], extra=[
            dict(options={"cohort": "opened"}, by="priority_level"), dict(options={"cohort": "opened"}, every="week")]),
        "first_contact_resolution": Plan(
            ticket_by, opened, ["window=14", "window=1", "method=same_day", "method=same_day window=3"],
            extra=[dict(options={"window": "30"}, by="ticket_type"),
                   dict(options={"method": "same_day"}, tz="Pacific/Auckland", by="priority_level"),
                   dict(tz="America/New_York", every="week")]),
        "tickets_per_1000_active_users": Plan(
            ticket_by + ["meeting_type", "ticket_type,meeting_type"], opened + [f"meeting_type = {meeting_type}"],
            ["denominator=registered"],
            extra=[dict(options={"denominator": "registered"}, by="plan_type"),
                   dict(options={"denominator": "registered"}, by="ticket_type"),
                   dict(options={"denominator": "registered"}, by="cohort", every="quarter"),
                   dict(options={"denominator": "registered"}, where=f"plan_type = {plan} and ticket_type = {ticket_type}"),
                   dict(where=f"ticket_type = {ticket_type} and duration_minutes > 30")]),
        "open_tickets": Plan(ticket_by[:6] + ["ticket_type,plan_type"], opened, top=["company"], clip=False),
        "revenue": Plan(
            paid_by + ["meeting_type"],
            paid + [f"meeting_type = {meeting_type}", f"currency = {currency} and duration_minutes > 30"],
            extra=[dict(by="company", top=5, where=f"currency = {currency}")]),
        "mrr": Plan(paid_by, paid, ["method=cash", "types=Subscription,Renewal", "types=Subscription method=cash"],
                    clip=False, extra=[
                        dict(options={"method": "cash"}, by="plan_type"),
                        dict(options={"types": "Upgrade,Add-on"}, by="event_type"),
                        dict(to=d.month(0), compare="previous"), dict(to=d.month(1), compare="year")], compare=False),
        "revenue_by_license_type": Plan(paid_by, paid, cumulative=True),
        "license_utilization": Plan(licence_by, owned, clip=False),
        "license_expirations": Plan(licence_by, owned, compare=False),
        "churn_rate": Plan(
            USER + ["meeting_type", "plan_type,meeting_type"], met[:9],
            ["base=license", "denominator=registered", "base=license denominator=registered"],
            every=no_all, compare=False, clip=False,
            extra=[dict(options={"base": "license"}, by="plan_type"), dict(options={"base": "license"}, by="license_type"),
                   dict(options={"base": "license"}, every="week"),
                   dict(options={"base": "license"}, where=f"license_type = {licence}"),
                   dict(options={"base": "license"}, where=f"plan_type = {plan}", from_=d.month(5)),
                   dict(options={"denominator": "registered"}, by="plan_type")]),
    }
    users = [(f"feature_name = {topic}",), (f"ticket_type = {ticket_type}", f"feature_name = {topic}"),
             ("connection_quality = 'Poor'",)]
    for kpi, plan in found.items():
        # The three names of active_users differ in their grain alone.
        if kpi not in ("dau", "wau", "mau"):
            plan.users = users
    return found


def cases(oracle, size: str, seed: int, count: int) -> list:
    """In the order of the catalogue; `quick` keeps about every sixth. None is random."""
    data = Data(oracle)
    tried = plans(data)
    missing = oracle.kpis.keys() ^ tried.keys()
    assert not missing, f"KPIs and plans differ in {sorted(missing)}"
    queries = distinct(q for kpi, plan in tried.items() for q in planned(kpi, oracle.kpis[kpi], plan, data))
    return queries if size == "full" else queries[::6]
