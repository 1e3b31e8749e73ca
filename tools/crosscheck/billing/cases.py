"""What each KPI of the billing model is tried with: every dimension and option once, then at random."""

from .. import cases as shared
from .catalogue import ADDITIVE, NO_MONEY, OPTIONS, RATES
from .context import SPLIT
from .random_cases import random_cases, ranked
from .samples import Samples


def _plan(name: str, oracle, samples: Samples, d: shared.Data) -> shared.Plan:
    kpi, table = oracle.kpis[name], samples.table(name)
    dims, where = samples.dims(name), []
    for dim in dims + samples.columns(name)[:6]:
        kind, values = samples.of(name, dim)
        if values and kind == "text":
            where.append(f"{dim} = '{_text(values[0])}'")
    euro = dict(convert="EUR", rates=str(RATES))
    extra = [dict(tz="organization"), dict(tz="organization", every="month" if kpi.every != "month" else "week"),
             dict(tags=tuple(samples.tags[:1])), dict(tags=tuple(samples.tags[:1]), by="tag")]
    if samples.tag_keys:
        key = samples.tag_keys[0]
        value = samples.of(name, f"tag.{key}")[1][:1]
        extra += [dict(tags=(f"{key}={text}",), by="organization") for text in value]
    if "reporting_group" in dims:
        extra += [dict(groups=(group,)) for group in samples.groups[:2]]
        extra += [dict(groups=tuple(samples.groups[:1]), by="reporting_group")]
    if name not in NO_MONEY:
        extra += [euro | given for given in (
            dict(), dict(every="month", by="country"), dict(every="quarter", by="currency"),
            dict(every="month", compare="previous"), dict(every="year", by="organization", totals=True))]
    if ranked(kpi):
        one = dict(where=f"currency = {d.top(f'{table}.currency')}") if kpi.own else {}
        for by in ("organization", "tag"):
            extra += [one | dict(by=by, top=2, every="year")] + ([euro | dict(by=by, top=1)] if kpi.own else [])
    if name in SPLIT:
        extra += [dict(by="product,reporting_group", every="year"),
                  dict(by="product_category", totals=True, every="quarter")]
    if name in OPTIONS:
        extra += [dict(options=shared.options(text), by="organization", every="quarter") for text in OPTIONS[name]]
    grains = ["day", "week", "month", "quarter", "year", "all"]
    # With a row per subscriber or price, days would be most of the work.
    return shared.Plan(
        by=dims + ["country,tag", "organization,city"], where=where, options=OPTIONS.get(name, []), extra=extra,
        every=grains[1:] if name in ("subscriber_amounts", "price_steps") else grains,
        cumulative=name in ADDITIVE, compare=name != "contracts",
        top=["country", "tag"] if ranked(kpi) and not kpi.own else [])


def _text(value: str) -> str:
    return value.replace("'", "''")


def cases(oracle, size: str, seed: int, count: int) -> list:
    """In the order of the catalogue, then the random ones; `quick` keeps about every sixth of the former."""
    data, samples = shared.Data(oracle), Samples(oracle)
    planned = shared.distinct(
        query for name, kpi in oracle.kpis.items()
        for query in shared.planned(name, kpi, _plan(name, oracle, samples, data), data))
    chosen = planned if size == "full" else planned[::6]
    return shared.distinct(chosen + random_cases(oracle, samples, data, seed, count if size == "full" else count // 6))
