"""How does each SQL engine say what the standard leaves open?

Invariant: the questions in `sql/` differ between engines in nothing but these functions.
"""


class Dialect:
    """DuckDB's words, which the others replace where they have their own."""

    name = "duckdb"
    # Appended to a query whose outer join must give null where nothing matches.
    outer_join_suffix = ""

    def month(self, x: str) -> str:
        """The first day of the month of a date or timestamp."""
        return f"CAST(date_trunc('month', {x}) AS DATE)"

    def week(self, x: str) -> str:
        """The Monday of a date or timestamp."""
        return f"CAST(date_trunc('week', {x}) AS DATE)"

    def day(self, x: str) -> str:
        """The civil day of a date or timestamp."""
        return f"CAST({x} AS DATE)"

    def month_number(self, x: str) -> str:
        """12 × year + month, as the table `months` numbers them."""
        return f"(12 * year({x}) + month({x}))"

    def day_number(self, x: str) -> str:
        """Days since some fixed day."""
        return f"({x} - DATE '1970-01-01')"

    def plus_days(self, x: str, days: int) -> str:
        """A date, or a timestamp, so many days later."""
        return f"({x} + INTERVAL '{days} days')"

    def seconds(self, start: str, end: str) -> str:
        """Whole seconds from one timestamp to another."""
        return f"date_diff('second', {start}, {end})"

    def midnight(self, x: str) -> str:
        """The first instant of a timestamp's day."""
        return f"date_trunc('day', {x})"

    def distinct(self, x: str) -> str:
        """An exact count of different ids."""
        return f"count(DISTINCT {x})"

    def quantile(self, x: str, q: float) -> str:
        """A percentile with linear interpolation."""
        return f"quantile_cont({x}, {q})"

    def known(self, x: str) -> str:
        """Whether an id is there."""
        return f"{x} IS NOT NULL"

    def text(self, x: str) -> str:
        """A category of a row that a left join may not have found."""
        return f"coalesce({x}, '')"


class ClickHouse(Dialect):
    """Ids and categories are not nullable: 0 and '' stand for none, also where a left join finds nothing."""

    name = "clickhouse"
    outer_join_suffix = " SETTINGS join_use_nulls = 1"

    def month(self, x: str) -> str:
        return f"toStartOfMonth({x})"

    def week(self, x: str) -> str:
        return f"toMonday({x})"

    def day(self, x: str) -> str:
        return f"toDate({x})"

    def month_number(self, x: str) -> str:
        return f"toInt64(12 * toYear({x}) + toMonth({x}))"

    def day_number(self, x: str) -> str:
        return f"toInt32({x})"

    def plus_days(self, x: str, days: int) -> str:
        return f"addDays({x}, {days})"

    def seconds(self, start: str, end: str) -> str:
        return f"dateDiff('second', {start}, {end})"

    def midnight(self, x: str) -> str:
        return f"toStartOfDay({x})"

    def distinct(self, x: str) -> str:
        return f"uniqExactIf({x}, {x} != 0)"

    def quantile(self, x: str, q: float) -> str:
        return f"quantileExactInclusive({q})({x})"

    def known(self, x: str) -> str:
        return f"{x} != 0"


class DataFusion(Dialect):
    """Close to PostgreSQL; days and seconds come from the stored integers."""

    name = "datafusion"

    def month_number(self, x: str) -> str:
        return f"(12 * date_part('year', {x}) + date_part('month', {x}))"

    def day_number(self, x: str) -> str:
        return f"arrow_cast({x}, 'Int32')"

    def seconds(self, start: str, end: str) -> str:
        return f"((arrow_cast({end}, 'Int64') - arrow_cast({start}, 'Int64')) / 1000000)"

    def quantile(self, x: str, q: float) -> str:
        return f"percentile_cont({x}, {q})"
