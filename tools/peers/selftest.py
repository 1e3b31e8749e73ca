"""Does the comparison find what differs? Answers with one fault each, which must all be found.

Invariant: ends with "N passed, N failed", as the other tests do.
"""

import sys

from .compare import differences

_OURS = ("period,plan_type,currency,revenue,events,revenue_per_active_user,rate\n"
         "2025-01-01,Pro,EUR,12.30,4,3.08,0.3333333333333333\n"
         "2025-02-01,,JPY,500,1,,0.0\n")
_COLUMNS = ["period", "plan_type", "currency", "revenue", "events", "revenue_per_active_user", "rate"]
_ROWS = [["2025-02-01", None, "JPY", 50000, 1, None, 0.0],
         ["2025-01-01 00:00:00", "Pro", "EUR", 1230, 4, 3.075, 1 / 3]]

# What is altered: row, column and value; whether that is still the same answer.
_CASES = [
    ("amounts to the digit", 1, 3, 1231, False),
    ("integers to the digit", 1, 4, 5, False),
    ("a divided amount within its rounding", 1, 5, 3.0801, True),
    ("a divided amount beyond its rounding", 1, 5, 3.0861, False),
    ("a ratio within a billionth", 1, 6, 0.33333333335, True),
    ("a ratio beyond a billionth", 1, 6, 0.3333333343, False),
    ("a value where quipu has none", 0, 5, 1.0, False),
    ("none where quipu has a value", 1, 6, None, False),
    ("zero where quipu has none", 0, 5, 0.0, False),
    ("the group of the missing", 0, 1, "Pro", False),
    ("another period", 0, 0, "2025-03-01", False),
]


def _altered(row: int, column: int, value: object) -> list[list]:
    rows = [list(each) for each in _ROWS]
    rows[row][column] = value
    return rows


def main() -> int:
    """Runs every case."""
    results = [("the same answer", differences(_COLUMNS, _ROWS, _OURS), True),
               ("a row too few", differences(_COLUMNS, _ROWS[:1], _OURS), False),
               ("a row twice", differences(_COLUMNS, [*_ROWS, _ROWS[0]], _OURS), False),
               ("no rows", differences(_COLUMNS, [], _OURS), False),
               ("a column too few", differences(_COLUMNS[:-1], [row[:-1] for row in _ROWS], _OURS), False)]
    results += [(title, differences(_COLUMNS, _altered(row, column, value), _OURS), same)
                for title, row, column, value, same in _CASES]
    wrong = [title for title, found, same in results if (not found) != same]
    for title in wrong:
        print(f"FAIL {title}")
    print(f"{len(results) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
