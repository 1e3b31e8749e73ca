"""Ledger, orders, payments, invoices and what is not yet billed: sums and counts of rows."""

from ..kpi import Kpi, columns, earliest, measures, ratio


def _by_day(ctx, buckets, dims, fact: str, day: str, picked: str, measured: str, test: str = "true", beside: str = ""):
    """A flow: the rows of each bucket's days."""
    rel = ctx.rel(fact, dims, f"{day} AS day, currency, {picked}", beside)
    return ctx.fetch(f"""
        SELECT c.label{columns(dims)}, {measured} FROM {rel} f JOIN {ctx.days(buckets)} c USING (day)
        {ctx.rates('f.day')} WHERE {test} GROUP BY ALL""", dims)


def subscriber_amounts(ctx, buckets, dims):
    return ctx.fetch(f"""
        SELECT b.label{columns(dims)}, {ctx.sum('amount')}, count(*)
        FROM {ctx.rel('ledger', dims, 'ledger_date, amount, currency')} f
        JOIN {ctx.buckets(buckets)} b ON f.ledger_date <= b.t {ctx.rates('b.t')} GROUP BY ALL""", dims)


def order_lines(oracle) -> str:
    """The lines of orders: `part` numbers them. A line without a price counts and adds nothing."""
    return oracle.table_as("""
        SELECT l.order_id AS id, l.id AS part, l.product_id, NULL::VARCHAR AS package_id, p.name AS product,
               p.product_category, CAST(coalesce(l.quantity, 1) AS DECIMAL(38, 4)) * l.price AS line_value
        FROM order_products l LEFT JOIN products p ON p.id = l.product_id""")


def _orders(ctx, buckets, dims, day: str, test: str):
    if ctx.split:
        measured = f"{ctx.sum('line_value')}, count(DISTINCT id)"
        return _by_day(ctx, buckets, dims, "orders", day, "id, line_value, status AS state", measured, test,
                       order_lines(ctx.oracle))
    measured = f"{ctx.sum('value')}, count(*)"
    return _by_day(ctx, buckets, dims, "orders", day, "value, status AS state", measured, test)


def order_amounts(ctx, buckets, dims):
    return _orders(ctx, buckets, dims, "created_day", "true")


def order_completed_amounts(ctx, buckets, dims):
    return _orders(ctx, buckets, dims, "completed_day", "lower(state) = 'completed'")


def order_conversion(ctx, buckets, dims):
    """By the day on which orders were created, whatever became of them since."""
    counts = ", ".join(f"count(*) FILTER (WHERE lower(state) = '{state}')"
                       for state in ("completed", "cancelled", "rejected", "inprogress"))
    rows = _by_day(ctx, buckets, dims, "orders", "created_day", "status AS state", counts)
    return {
        key: (ratio(completed, completed + cancelled + rejected), completed, cancelled, rejected, open_)
        for key, (completed, cancelled, rejected, open_) in rows.items()
    }


def _paid_day(options: dict) -> str:
    return "value_date" if options.get("date") == "value" else "payment_day"


def daily_paid_amounts(ctx, buckets, dims):
    return _by_day(ctx, buckets, dims, "payments", _paid_day(ctx.query.options), "amount, state AS how",
                   f"{ctx.sum('amount')}, count(*)", "lower(how) = 'completed'")


def payments(ctx, buckets, dims):
    return _by_day(ctx, buckets, dims, "payments", "payment_day", "amount", f"{ctx.sum('amount')}, count(*)")


def invoices(ctx, buckets, dims):
    return _by_day(ctx, buckets, dims, "invoices", "issue_date", "amount", f"{ctx.sum('amount')}, count(*)")


def unbilled_transactions(ctx, buckets, dims):
    """A transaction without a start is there from the beginning; one of no type counts, and adds to no side."""
    side = "CASE WHEN lower(kind) = '{}' THEN amount END"
    rows = ctx.fetch(f"""
        SELECT b.label{columns(dims)}, {ctx.sum(side.format('charge'))}, {ctx.sum(side.format('allowance'))}, count(*)
        FROM {ctx.rel('transactions', dims, 'start_day, amount, type AS kind, currency')} f
        JOIN {ctx.buckets(buckets)} b ON f.start_day IS NULL OR f.start_day <= b.t {ctx.rates('b.t')}
        GROUP BY ALL""", dims)
    return {key: (charges, allowances, charges - allowances, count)
            for key, (charges, allowances, count) in rows.items()}


def _first_paid(facts, con, options):
    return earliest(f"payments.{_paid_day(options)}")(facts, con, options)


_PAID = "amount:money payments:count"

KPIS = {
    "subscriber_amounts": Kpi(
        "all", measures("amount:money entries:count"), subscriber_amounts, earliest("ledger.ledger_date"),
        own=["subscriber", "organization", "currency"], stock=True),
    "order_amounts": Kpi(
        "day", measures("order_value:money orders:count"), order_amounts, earliest("orders.created_day"),
        own=["status", "currency"]),
    "order_completed_amounts": Kpi(
        "day", measures("order_value:money orders:count"), order_completed_amounts,
        earliest("orders.completed_day"), own=["currency"]),
    "order_conversion": Kpi(
        "month", measures("conversion_rate:ratio completed:count cancelled:count rejected:count in_progress:count"),
        order_conversion, earliest("orders.created_day")),
    "daily_paid_amounts": Kpi(
        "day", measures("paid_amount:money payments:count"), daily_paid_amounts, _first_paid,
        own=["organization", "currency"]),
    "payments": Kpi("month", measures(_PAID), payments, earliest("payments.payment_day"), own=["source", "currency"]),
    "invoices": Kpi(
        "month", measures("amount:money invoices:count"), invoices, earliest("invoices.issue_date"),
        own=["status", "currency"]),
    "unbilled_transactions": Kpi(
        "all", measures("charges:money allowances:money net:money transactions:count"), unbilled_transactions,
        earliest("transactions.start_day"), own=["currency"], stock=True),
}
