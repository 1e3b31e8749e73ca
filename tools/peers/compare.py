"""Do two engines give the same answer? An engine's rows against quipu's csv, value by value.

Invariant: integers and amounts must be equal to the digit; an amount that was divided must be the exact one
rounded to the digits shown; ratios, averages and percentiles may differ by 1e-9 of their size, percentiles
by more where an engine says that it interpolates more coarsely. The order of rows does not matter.
"""

import io

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

# Told in hundredths by the engines.
_MONEY = {"revenue"}
_DIVIDED_MONEY = {"revenue_per_active_user", "revenue_per_meeting_hour", "mrr"}
_PERCENTILES = {"median_minutes", "p90_minutes", "median_days", "p90_days", "median_age_days"}
_DAYS = {"period", "cohort"}
_KEYS = {*_DAYS, "plan_type", "company", "feature_name", "currency", "license_type"}
_SHOWN = 3


def differences(theirs: pa.Table, ours: str, coarse: float = 0.0) -> list[str]:
    """What differs between an engine's answer and quipu's csv, in words; empty when nothing does.

    `coarse` is the tolerance of percentiles of an engine that interpolates in steps.
    """
    names = ours.partition("\n")[0].split(",")
    if set(names) != set(theirs.column_names):
        return [f"columns: quipu has {names}, the engine {theirs.column_names}"]
    wanted = csv.read_csv(
        io.BytesIO(ours.encode()), parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types={name: pa.string() for name in names}))
    keys = [name for name in names if name in _KEYS]
    wanted, given = _sorted(wanted, keys), _sorted(_texts(theirs, keys), keys)
    if wanted.num_rows != given.num_rows:
        return [f"quipu has {wanted.num_rows} rows, the engine {given.num_rows}"]
    found = []
    for name in names:
        if name in keys:
            wrong = pc.invert(pc.equal(wanted[name], given[name])).to_numpy()
        else:
            wrong = ~_same(name, given[name], wanted[name], coarse)
        for row in np.flatnonzero(wrong)[:_SHOWN]:
            label = ", ".join(wanted[key][row].as_py() for key in keys)
            found.append(f"{label}: {name}: quipu {wanted[name][row]}, the engine {given[name][row]}")
    return found[:_SHOWN]


def _texts(table: pa.Table, keys: list[str]) -> pa.Table:
    """With days written out, and categories as text; a missing one is the empty text, as in csv."""
    for name in keys:
        kind = pa.date32() if name in _DAYS else pa.string()
        column = pc.fill_null(pc.cast(pc.cast(table[name], kind), pa.string()), "")
        table = table.set_column(table.column_names.index(name), name, column)
    return table


def _sorted(table: pa.Table, keys: list[str]) -> pa.Table:
    return table.take(pc.sort_indices(table, [(key, "ascending") for key in keys])) if keys else table


def _same(name: str, theirs: pa.ChunkedArray, ours: pa.ChunkedArray, coarse: float) -> np.ndarray:
    exact = not pa.types.is_floating(theirs.type)
    empty = pc.equal(ours, "")
    missing = empty.to_numpy()
    value = pc.cast(pc.if_else(empty, "nan", ours), pa.float64()).to_numpy()
    other = pc.fill_null(pc.cast(theirs, pa.float64()), np.nan).to_numpy()
    if name in _MONEY:
        same = np.round(value * 100) == other
    elif name in _DIVIDED_MONEY:
        same = np.abs(value - other) <= 0.5 * 10.0 ** -_digits(ours) + 1e-9 * np.maximum(1, np.abs(value))
    elif exact:
        same = value == other
    else:
        loose = coarse if name in _PERCENTILES and coarse else 1e-9
        same = np.isclose(other, value, rtol=loose, atol=coarse if loose == coarse else 1e-12)
    return np.where(missing, np.isnan(other), same)


def _digits(ours: pa.ChunkedArray) -> np.ndarray:
    """How many decimals each amount is shown with."""
    point, length = pc.find_substring(ours, ".").to_numpy(), pc.utf8_length(ours).to_numpy()
    return np.where(point < 0, 0, length - point - 1)
