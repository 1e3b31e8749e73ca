"""DuckDB: native tables in one database file, written in the order of time."""

import duckdb
import pyarrow as pa

from ..data import TABLES, TIME
from ..dialect import Dialect
from .engine import SqlEngine


class DuckDb(SqlEngine):
    """Tables are sorted by time, so that zone maps prune; categories are enums, of one or two bytes."""

    name = "duckdb"
    layout = "native tables"
    dialect = Dialect()

    def version(self) -> str:
        return duckdb.__version__

    def open(self) -> None:
        self.con = duckdb.connect(str(self.folder / "peers.duckdb"), config={"threads": self.threads})
        self.con.execute("SET TimeZone = 'UTC'")
        self.con.execute("SET preserve_insertion_order = false")

    def build(self) -> None:
        self.con.execute("SET preserve_insertion_order = true")
        for table in TABLES:
            self._create(table)
        self.con.execute("CHECKPOINT")
        self.con.execute("SET preserve_insertion_order = false")

    def _create(self, table: str) -> None:
        source = f"read_parquet('{self.parquet}/{table}.parquet')"
        columns = self.con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        listed = []
        for name, kind, *_ in columns:
            if kind == "VARCHAR":
                self.con.execute(f"""
                    CREATE TYPE {table}_{name} AS ENUM (SELECT DISTINCT {name} FROM {source} ORDER BY 1)""")
                listed.append(f"CAST({name} AS {table}_{name}) AS {name}")
            else:
                listed.append(name)
        self.con.execute(f"CREATE TABLE {table} AS SELECT {', '.join(listed)} FROM {source} ORDER BY {TIME[table]}")

    def run(self, text: str) -> pa.Table:
        return self.con.sql(text).to_arrow_table()

    def table(self, answer: pa.Table) -> pa.Table:
        return answer
