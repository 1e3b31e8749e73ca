"""Polars: lazy frames over the rows in memory, or over Parquet sorted by time where they do not fit."""

import time
from typing import Callable

import polars as pl
import pyarrow as pa

from ..data import TABLES, TIME
from ..frames import KPIS
from ..frames.ask import Ask
from ..questions import FACTS, Question
from .engine import Engine, fits_in_memory


class PolarsEngine(Engine):
    """A question is asked of both of its executors first, and then timed on the faster."""

    name = "polars"

    def version(self) -> str:
        return pl.__version__

    def open(self) -> None:
        assert pl.thread_pool_size() == self.threads, "POLARS_MAX_THREADS is set before the process starts"
        in_memory = fits_in_memory(self.parquet)
        self.layout = "in memory" if in_memory else "Parquet"
        self.tables = {}
        for table in TABLES:
            file = self.parquet / f"{table}.parquet"
            if in_memory:
                rows = pl.read_parquet(file).with_columns(pl.col(pl.String).cast(pl.Categorical))
                self.tables[table] = rows.with_columns(pl.col(TIME[table]).set_sorted(nulls_last=True)).lazy()
            else:
                self.tables[table] = pl.scan_parquet(file)

    def disk_bytes(self) -> int:
        return sum((self.parquet / f"{table}.parquet").stat().st_size for table in TABLES)

    def prepare(self, question: Question) -> Callable[[], pl.DataFrame]:
        ask = Ask(self.facts, question.figure == "ahead", question.by, question.filtered,
                  FACTS[question.kpi], tables=self.tables)
        plan = KPIS[question.kpi](ask)
        tried = {}
        for executor in ("in-memory", "streaming"):
            started = time.perf_counter_ns()
            plan.collect(engine=executor)
            tried[executor] = time.perf_counter_ns() - started
        faster = min(tried, key=tried.get)
        return lambda: plan.collect(engine=faster)

    def table(self, answer: pl.DataFrame) -> pa.Table:
        return answer.with_columns(pl.col(pl.Categorical).cast(pl.String)).to_arrow()
