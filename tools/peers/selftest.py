"""Does the comparison find what differs? Answers with one fault each, which must all be found. And does a run go on
where it was interrupted?

Invariant: ends with "N passed, N failed", as the other tests do.
"""

import sys
import tempfile
from pathlib import Path

import pyarrow as pa

from . import progress
from .compare import differences
from .timing import Timings

_OURS = ("period,plan_type,currency,revenue,events,revenue_per_active_user,rate\n"
         "2025-01-01,Pro,EUR,12.30,4,3.08,0.3333333333333333\n"
         "2025-02-01,,JPY,500,1,,0.0\n")
_ANSWER = {
    "period": ["2025-02-01", "2025-01-01"], "plan_type": [None, "Pro"], "currency": ["JPY", "EUR"],
    "revenue": [50000, 1230], "events": [1, 4], "revenue_per_active_user": [None, 3.075], "rate": [0.0, 1 / 3],
}

# What is altered: row, column and value; whether that is still the same answer.
_CASES = [
    ("amounts to the digit", 1, "revenue", 1231, False),
    ("integers to the digit", 1, "events", 5, False),
    ("a divided amount within its rounding", 1, "revenue_per_active_user", 3.0801, True),
    ("a divided amount beyond its rounding", 1, "revenue_per_active_user", 3.0861, False),
    ("a ratio within a billionth", 1, "rate", 0.33333333335, True),
    ("a ratio beyond a billionth", 1, "rate", 0.3333333343, False),
    ("a value where quipu has none", 0, "revenue_per_active_user", 1.0, False),
    ("zero where quipu has none", 0, "revenue_per_active_user", 0.0, False),
    ("none where quipu has a value", 1, "rate", None, False),
    ("none where quipu has a count", 1, "events", None, False),
    ("a value of the group of the missing", 0, "plan_type", "Pro", False),
    ("another period", 0, "period", "2025-03-01", False),
]


def _altered(row: int, column: str, value: object) -> pa.Table:
    columns = {name: list(values) for name, values in _ANSWER.items()}
    columns[column][row] = value
    return pa.table(columns)


def _resumed(again: list[str]) -> dict:
    """What is left of the runs of two engines when some are to be asked again."""
    runs = {("quipu", "mau", "plain", "own"): [3, 4], ("duckdb", "mau", "plain", "joins"): [50]}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "progress.json"
        progress.keep(file, Timings(dict(runs), {("mau", "plain"): 9}, {"duckdb": 5}, ["a fault"]), [])
        found, loads = progress.kept(file, again)
    assert (found.touched_bytes, found.peak_bytes) == ({("mau", "plain"): 9}, {"duckdb": 5}), found
    assert (found.faults, loads) == ([], []), found
    return found.runs


def main() -> int:
    """Runs every case."""
    answer = pa.table(_ANSWER)
    results = [("the same answer", differences(answer, _OURS), True),
               ("a row too few", differences(answer.slice(1), _OURS), False),
               ("a row twice", differences(pa.concat_tables([answer, answer.slice(1)]), _OURS), False),
               ("no rows", differences(answer.slice(2), _OURS), False),
               ("a column too few", differences(answer.drop_columns(["rate"]), _OURS), False)]
    results += [(title, differences(_altered(row, column, value), _OURS), same)
                for title, row, column, value, same in _CASES]
    results += [("a run goes on with all that it has", ["runs"] if len(_resumed([])) != 2 else [], True),
                ("and asks again", ["runs"] if list(_resumed(["quipu"])) != [("duckdb", "mau", "plain", "joins")] else [],
                 True)]
    wrong = [title for title, found, same in results if (not found) != same]
    for title in wrong:
        print(f"FAIL {title}")
    print(f"{len(results) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
