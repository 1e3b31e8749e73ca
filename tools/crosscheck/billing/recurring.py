"""Recurring revenue of the subscriptions in force: by month, by account, by the step of its price."""

from fractions import Fraction
from math import lcm

from ..kpi import Kpi, columns, measures
from .subscriptions import IN_FORCE, STARTED

# Price in 0.0001, the discount's complement in 0.000001, rates in 0.00000001.
_PRICE, _LEFT, _RATE = 10**4, 10**6, 10**8


def monthly(ctx) -> str:
    """What each subscription is worth a month, as whole parts of `parts(ctx)`; null where its frequency is not known."""
    months = "CASE WHEN k.billing_frequency_id > 1000 THEN k.billing_frequency_id - 1000 END"
    return ctx.oracle.table_as(f"""
        SELECT x.id, CAST(coalesce(x.price, 0) * {_PRICE} AS HUGEINT) * coalesce(x.units, 1)
               * CAST((100 - coalesce(k.permanent_discount_percent, 0)) * {_LEFT // 100} AS HUGEINT)
               * ({_common_months(ctx)} // ({months})) AS worth
        FROM subscriptions x LEFT JOIN subscription_packages k ON k.id = x.subscription_package_id""")


def _common_months(ctx) -> int:
    """A number of months that every billing frequency divides."""
    rows = ctx.con.execute("SELECT DISTINCT billing_frequency_id - 1000 FROM subscription_packages "
                           "WHERE billing_frequency_id > 1000").fetchall()
    return lcm(*(row[0] for row in rows))


def parts(ctx) -> int:
    """How many of the parts that `monthly` counts make one unit of money."""
    return _PRICE * _LEFT * _common_months(ctx) * (_RATE if ctx.query.convert else 1)


def worth(ctx) -> str:
    """SQL of a row's worth, in those parts."""
    return f"worth * CAST(r.rate * {_RATE} AS HUGEINT)" if ctx.query.convert else "worth"


def subscription_mrr(ctx, buckets, dims):
    rel = ctx.rel("subscriptions", dims, "start_date, stop, to_subscriber AS who, currency, worth", monthly(ctx))
    rows = ctx.fetch(f"""
        SELECT b.label{columns(dims)}, sum({worth(ctx)}), count(*), count(DISTINCT who)
        FROM {rel} f JOIN {ctx.buckets(buckets)} b ON {IN_FORCE.format(day='b.t')} {ctx.rates('b.t')}
        WHERE worth IS NOT NULL GROUP BY ALL""", dims)
    found, whole = {}, parts(ctx)
    for key, (total, count, people) in rows.items():
        mrr = Fraction(int(total), whole)
        found[key] = (mrr, mrr * 12, count, mrr / people if people else None)
    return found


def price_steps(ctx, buckets, dims):
    """Here a row whose frequency is not known counts, and adds nothing."""
    rel = ctx.rel("subscriptions", dims, "start_date, stop, currency, worth", monthly(ctx))
    rows = ctx.fetch(f"""
        SELECT b.label{columns(dims)}, count(*), coalesce(sum({worth(ctx)}), 0)
        FROM {rel} f JOIN {ctx.buckets(buckets)} b ON {IN_FORCE.format(day='b.t')} {ctx.rates('b.t')}
        GROUP BY ALL""", dims)
    whole = parts(ctx)
    return {key: (count, Fraction(int(total), whole)) for key, (count, total) in rows.items()}


KPIS = {
    "subscription_mrr": Kpi(
        "month", measures("mrr:money arr:money subscriptions:count arpu:money_ratio"), subscription_mrr, STARTED,
        own=["currency"], stock=True),
    "price_steps": Kpi(
        "all", measures("subscriptions:count mrr:money"), price_steps, STARTED,
        own=["package_chain", "chain_step", "price", "currency"], stock=True),
}
