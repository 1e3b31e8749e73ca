"""What is asked of data frames: one shape of a question, with or without joins.

Invariant: as in `sql/ask.py`, whether a user, plan or company comes from a join is decided here alone.
"""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from ..shape import Shape

# The ad-hoc filters of `sql/ask.py`.
FILTERS = {
    "users": pl.col("registration_date") >= date(2024, 6, 15),
    "meetings": pl.col("duration_minutes") >= 30,
    "attendees": pl.col("connection_quality") == "Good",
    "features_usage": pl.col("usage_count") >= 2,
    "support_tickets": pl.col("priority_level") == "High",
    "billing_events": pl.col("cents") > 2050,
    "licenses": pl.col("license_type") == "Pro",
}
_RESOLVED = ["ku", "mk", "plan_type", "company", "registration_date"]


@dataclass(frozen=True)
class Ask(Shape):
    """`tables` are the lazy frames."""

    tables: dict = field(kw_only=True)

    @property
    def as_of(self) -> date:
        """The last day on which something happened."""
        return date.fromisoformat(self.facts.as_of)

    def source(self, table: str, known: bool = False, people: bool = False, meetings: bool = False) -> pl.LazyFrame:
        """The rows of a fact with `ku` (the known user), `mk` (the known meeting) and the dimensions."""
        rows = self.tables[table]
        if self.filtered and table == self.fact:
            rows = rows.filter(FILTERS[table])
        if table == "users":
            return rows.with_columns(ku=pl.col("u"))
        if self.ahead:
            return rows.filter(pl.col("ku").is_not_null()) if known else rows
        rows = rows.drop(_RESOLVED, strict=False)
        needs_user = known or people or bool(self.dims)
        if meetings:
            rows = rows.join(self.tables["meetings"].select("m", mk="m"), on="m", how="left")
        if table == "features_usage" and needs_user:
            rows = rows.join(self.tables["meetings"].select("m", "u"), on="m", how="inner" if known else "left")
        if needs_user:
            users = self.tables["users"].select("u", "registration_date", *self.dims, ku="u")
            rows = rows.join(users, on="u", how="inner" if known else "left")
            if not known and self.dims:
                rows = rows.with_columns(pl.col(self.by).fill_null(""))
        return rows

    def grouped(self, table: str, period: pl.Expr, measures: dict, own: tuple = (), where: tuple = (),
                **needs: bool) -> pl.LazyFrame:
        """Measures of a fact by period, dimensions and columns of its own; rows without the time are left out."""
        rows = self.source(table, **needs).filter(*where).with_columns(period=period).filter(
            pl.col("period").is_not_null())
        return rows.group_by("period", *self.dims, *own).agg(**measures)

    def both(self, left: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
        """The full outer join of the two sides of a KPI on the period and the dimensions."""
        return left.join(right, on=["period", *self.dims], how="full", coalesce=True)

    def months(self, first: str) -> pl.LazyFrame:
        """The calendar from a month to that of as_of."""
        return self.tables["months"].filter(pl.col("label").is_between(date.fromisoformat(first), self.as_of))


def month(column: str) -> pl.Expr:
    """The first day of the month."""
    return pl.col(column).dt.truncate("1mo").cast(pl.Date)


def day(column: str) -> pl.Expr:
    """The civil day."""
    return pl.col(column).cast(pl.Date)


def month_number(column: str) -> pl.Expr:
    """12 × year + month, as the calendar numbers them."""
    return pl.col(column).dt.year().cast(pl.Int32) * 12 + pl.col(column).dt.month().cast(pl.Int32)


def distinct(column: str) -> pl.Expr:
    """An exact count of different ids."""
    return pl.col(column).drop_nulls().n_unique()


def ratio(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """A quotient; null over zero."""
    return pl.when(denominator != 0).then(numerator / denominator)
