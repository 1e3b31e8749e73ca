"""An expected result: its rows in the order and in the form that the JSON contract lays down."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, getcontext
from fractions import Fraction

# ISO 4217: minor units other than two.
_DIGITS = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
_DIGITS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
_DIGITS |= dict.fromkeys("CLF UYW".split(), 4)

# Decimals of DuckDB have up to 38 digits; none of them may be lost here.
getcontext().prec = 80


@dataclass(frozen=True)
class Expected:
    """`keys` is how many of the columns, from the left, name the row. `ordered` is false where the
    order of rows is not laid down; `incomplete` is None where the list is not; `overlapping` when an
    entity counts in several groups. Floats may differ by `tolerance`, relative to their size."""

    columns: list
    rows: list
    keys: int
    as_of: date
    incomplete: list | None
    ordered: bool
    tolerance: float
    overlapping: bool


class Total:
    """Stands in a dimension of a `--totals` row until the rows are sorted."""


TOTAL = Total()


def minor_units(currency) -> int:
    return _DIGITS.get(currency, 2)


def rank(key: tuple) -> list:
    """By period, then by the dimensions; null after every value, a total after null."""
    return [
        (2,) if cell is TOTAL else (1,) if cell is None else (0, cell.encode() if isinstance(cell, str) else cell)
        for cell in key
    ]


def key_cell(cell, digits: int, names: list | None = None):
    """`names` are the values of a dimension that SQL numbers."""
    if cell is TOTAL or cell is None:
        return None
    if names:
        return names[cell]
    if isinstance(cell, Decimal):
        return _money(cell, digits)
    return str(cell) if isinstance(cell, date) else cell


def value_cell(value, kind: str, digits: int):
    """As the JSON contract shows it: money as text, the rest as numbers."""
    if value is None:
        return None
    if kind in ("money", "money_ratio"):
        return _money(value, digits)
    if kind == "ratio":
        return float(value)
    if kind == "sum":
        return int(value) if value == int(value) else float(value)
    return int(value)


def _money(value, digits: int) -> str:
    """Divided money is rounded half-even; undivided money shows more digits when they are not zero."""
    if not isinstance(value, Fraction):
        value = Decimal(value)
        shown = max(digits, -value.normalize().as_tuple().exponent)
        return f"{value:.{shown}f}"
    units = round(value * 10**digits)
    return f"{Decimal(units).scaleb(-digits):.{digits}f}"
