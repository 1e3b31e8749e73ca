"""Do two engines give the same answer? An engine's rows against quipu's csv, value by value.

Invariant: integers and amounts must be equal to the digit; an amount that was divided must be the exact one
rounded to the digits shown; ratios, averages and percentiles may differ by 1e-9 of their size, percentiles
by more where an engine says that it interpolates more coarsely.
"""

import csv
import io
import math
from decimal import Decimal

_MONEY = {"revenue"}
_DIVIDED_MONEY = {"revenue_per_active_user", "revenue_per_meeting_hour", "mrr"}
_PERCENTILES = {"median_minutes", "p90_minutes", "median_days", "p90_days", "median_age_days"}
_TEXTS = {"period", "plan_type", "company", "feature_name", "currency", "license_type", "cohort"}
_SHOWN = 3


def _same(name: str, theirs: object, ours: str, coarse: float) -> bool:
    if theirs is None or (isinstance(theirs, float) and math.isnan(theirs)) or ours == "":
        return ours == "" and not (theirs is not None and theirs == theirs)
    value = float(ours)
    if name in _MONEY:
        return Decimal(ours) * 100 == int(theirs)
    if name in _DIVIDED_MONEY:
        digits = len(ours.partition(".")[2])
        return abs(value - float(theirs)) <= 0.5 * 10.0 ** -digits + 1e-9 * max(1.0, abs(value))
    if name in _PERCENTILES and coarse:
        return math.isclose(value, float(theirs), rel_tol=coarse, abs_tol=coarse)
    if isinstance(theirs, float) and not ("." not in ours and float(theirs).is_integer()):
        return math.isclose(value, theirs, rel_tol=1e-9, abs_tol=1e-12)
    return int(theirs) == value


def _key(row: dict, keys: list[str]) -> tuple:
    return tuple("" if row[key] is None else str(row[key])[:10] if key in ("period", "cohort") else str(row[key])
                 for key in keys)


def differences(columns: list[str], rows: list[list], ours: str, coarse: float = 0.0) -> list[str]:
    """What differs between an engine's rows and quipu's csv, in words; empty when nothing does.

    `coarse` is the tolerance of percentiles of an engine that interpolates in steps.
    """
    wanted = list(csv.DictReader(io.StringIO(ours)))
    names = wanted[0].keys() if wanted else columns
    if set(names) != set(columns):
        return [f"columns: quipu has {list(names)}, the engine {columns}"]
    keys = [name for name in names if name in _TEXTS]
    given = {}
    for row in rows:
        named = dict(zip(columns, row))
        given[_key(named, keys)] = named
    found = [] if len(given) == len(rows) else [f"{len(rows) - len(given)} rows have the key of another"]
    for row in wanted:
        other = given.pop(_key(row, keys), None)
        if other is None:
            found.append(f"{_key(row, keys)}: the engine has no such row")
            continue
        found += [f"{_key(row, keys)}: {name}: quipu {row[name]}, the engine {other[name]}"
                  for name in names if name not in keys and not _same(name, other[name], row[name], coarse)]
    found += [f"{key}: quipu has no such row, the engine {row}" for key, row in given.items()]
    return found[:_SHOWN] + ([f"... and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else [])
