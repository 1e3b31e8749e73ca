"""What is demanded: the claims of demands, and what is billed split over products."""

from ..kpi import Kpi, columns, earliest, measures


def claims(oracle) -> str:
    """A row per demand: what is billed by its details, what is claimed, and its `turn` among the demands of
    its invoice and currency when payments are handed out: by due date, none last, then by id."""
    def sums(table, name):
        return (f"LEFT JOIN (SELECT payment_demand_id AS id, sum(amount) AS total FROM {table} GROUP BY ALL) {name} "
                f"ON {name}.id = x.id")

    return oracle.table_as(f"""
        SELECT x.id, x.invoice_id, x.currency, x.issue_date, x.due_date, x.settle_date, x.credit_date,
               x.write_off_date, coalesce(d.total, 0) AS billed, coalesce(f.total, 0) AS fees,
               coalesce(c.total, 0) AS charges, coalesce(a.total, 0) AS allowances,
               greatest(coalesce(x.amount, billed) + fees + charges - allowances, 0) AS claim,
               row_number() OVER (PARTITION BY x.invoice_id, x.currency ORDER BY x.due_date NULLS LAST, x.id) AS turn
        FROM payment_demands x {sums('payment_demand_details', 'd')} {sums('payment_demand_fees', 'f')}
        {sums('payment_demand_charges', 'c')} {sums('payment_demand_allowances', 'a')}""")


# Integers: amounts and prices in 0.0001, weights in 0.00000001.
_WHOLE = "CAST({} * 10000 AS HUGEINT)"


def _weights() -> str:
    """What a detail could be split over: a weight per product of the package billed (1), the package
    before (2), the order (3)."""
    weight = f"sum({_WHOLE.format('coalesce(l.quantity, 1)')} * {_WHOLE.format('coalesce(l.price, 0)')}) AS weight"
    package = f"""
        SELECT d.id AS detail, {{source}} AS source, l.product_id, {weight}
        FROM payment_demand_details d JOIN subscriptions s ON s.id = d.{{link}}
        JOIN subscription_package_products l ON l.subscription_package_id = s.subscription_package_id
        WHERE d.product_id IS NULL GROUP BY ALL"""
    return " UNION ALL ".join([
        package.format(source=1, link="next_subscription_id"), package.format(source=2, link="subscription_id"),
        f"""SELECT d.id, 3, l.product_id, {weight} FROM payment_demand_details d
            JOIN order_products l ON l.order_id = d.order_id WHERE d.product_id IS NULL GROUP BY ALL"""])


def billed_parts(oracle) -> str:
    """The details of demands in parts, each of one product: `id` is the demand, `part` numbers the parts.

    A detail is split in units of 0.01, of 0.0001 where it is not whole in 0.01. Every product gets
    the whole units of its share, and the largest remainders one more each.
    """
    return oracle.table_as(f"""
        WITH weights AS ({_weights()}),
        source AS (
            SELECT detail, min(source) AS source, first(total ORDER BY source) AS total
            FROM (SELECT detail, source, sum(weight) AS total FROM weights GROUP BY ALL HAVING total > 0) GROUP BY detail
        ), detail AS (
            SELECT d.*, abs({_WHOLE.format('d.amount')}) AS size, CASE WHEN size % 100 = 0 THEN 100 ELSE 1 END AS unit,
                   sign(d.amount) AS sign, n.subscription_package_id AS billed_package,
                   s.subscription_package_id AS package_before, coalesce(np.id, sp.id) AS known_package
            FROM payment_demand_details d
            LEFT JOIN subscriptions n ON n.id = d.next_subscription_id
            LEFT JOIN subscription_packages np ON np.id = n.subscription_package_id
            LEFT JOIN subscriptions s ON s.id = d.subscription_id
            LEFT JOIN subscription_packages sp ON sp.id = s.subscription_package_id
        ), quota AS (
            SELECT d.id, w.product_id, w.source, d.size // d.unit AS units, units * w.weight AS share, s.total,
                   ((share % s.total) + s.total) % s.total AS rest, (share - rest) // s.total AS whole
            FROM detail d JOIN source s ON s.detail = d.id JOIN weights w ON w.detail = d.id AND w.source = s.source
        ), split AS (
            SELECT *, whole + CASE WHEN row_number() OVER turn <= units - sum(whole) OVER (PARTITION BY id)
                                   THEN 1 ELSE 0 END AS got
            FROM quota WINDOW turn AS (PARTITION BY id ORDER BY rest DESC, product_id NULLS LAST)
        ), part AS (
            SELECT d.payment_demand_id AS id, coalesce(d.product_id, p.product_id) AS product_id,
                   CASE p.source WHEN 1 THEN d.billed_package WHEN 2 THEN d.package_before
                                 ELSE d.known_package END AS package_id,
                   CASE WHEN p.id IS NULL THEN d.amount
                        ELSE CAST(d.sign * p.got * d.unit AS DECIMAL(30, 0)) * 0.0001 END AS part_amount
            FROM detail d LEFT JOIN split p ON p.id = d.id
        )
        SELECT p.*, row_number() OVER () AS part, n.name AS product, n.product_category
        FROM part p LEFT JOIN products n ON n.id = p.product_id""")


def billed_amount(ctx, buckets, dims):
    if ctx.split:
        rel = ctx.rel("demands", dims, "issue_date AS day, currency, part_amount", billed_parts(ctx.oracle))
        rows = ctx.fetch(f"""
            SELECT c.label{columns(dims)}, {ctx.sum('part_amount')} FROM {rel} f JOIN {ctx.days(buckets)} c USING (day)
            {ctx.rates('f.day')} GROUP BY ALL""", dims)
        return {key: (billed, None, None, None, None) for key, (billed,) in rows.items()}
    rel = ctx.rel("demands", dims, "issue_date AS day, currency, billed, fees, charges, allowances", claims(ctx.oracle))
    sums = ", ".join(ctx.sum(part) for part in ("billed", "fees", "charges", "allowances"))
    rows = ctx.fetch(f"""
        SELECT c.label{columns(dims)}, {sums} FROM {rel} f JOIN {ctx.days(buckets)} c USING (day)
        {ctx.rates('f.day')} GROUP BY ALL""", dims)
    return {key: (billed, fees, charges, allowances, billed + fees + charges - allowances)
            for key, (billed, fees, charges, allowances) in rows.items()}


KPIS = {
    "billed_amount": Kpi(
        "month", measures("billed:money fees:money charges:money allowances:money claimed:money"), billed_amount,
        earliest("demands.issue_date"), own=["currency"]),
}
