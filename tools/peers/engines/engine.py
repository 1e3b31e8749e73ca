"""What does the comparison need of an engine?"""

import os
import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Callable

import pyarrow as pa

from ..data import Facts, read_facts
from ..dialect import Dialect
from ..questions import FACTS, Question
from ..sql import KPIS
from ..sql.ask import Ask

# Rows in memory take several times their Parquet files; three quarters of the machine are left to queries.
_EXPANSION = 6
_SHARE = 4


def fits_in_memory(parquet: Path) -> bool:
    """Whether an engine without storage of its own may hold all rows in memory."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return sum(file.stat().st_size for file in parquet.glob("*.parquet")) * _EXPANSION < memory // _SHARE


class Engine(ABC):
    """Built once from the Parquet files into a folder of its own, then opened and asked."""

    name: str
    layout: str
    # How far the engine's percentiles may be from exact interpolation.
    coarse_percentiles = 0.0

    def __init__(self, parquet: Path, folder: Path, threads: int):
        self.parquet, self.folder, self.threads = parquet, folder, threads
        self.facts: Facts = read_facts(parquet)

    @abstractmethod
    def version(self) -> str:
        """The version of the package."""

    @abstractmethod
    def open(self) -> None:
        """Opens the engine on its folder."""

    def build(self) -> None:
        """Fills the opened engine, where it has storage of its own."""

    def start(self) -> None:
        """Opens what was built, building it first; what a build that was interrupted left is thrown away."""
        built = self.folder / "built"
        new = not built.exists()
        if new:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
        self.open()
        if new:
            self.build()
            built.touch()

    @abstractmethod
    def prepare(self, question: Question) -> Callable[[], object]:
        """What answers a question when called, to the last row."""

    @abstractmethod
    def table(self, answer: object) -> pa.Table:
        """An answer as a table, not timed."""

    def disk_bytes(self) -> int:
        """What the engine's own files take."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())


class SqlEngine(Engine):
    """An engine that is asked in SQL."""

    dialect: Dialect

    def text(self, question: Question) -> str:
        """The query."""
        ask = Ask(self.facts, question.figure == "ahead", question.by, question.filtered,
                  FACTS[question.kpi], d=self.dialect)
        return KPIS[question.kpi](ask)

    def prepare(self, question: Question) -> Callable[[], object]:
        text = self.text(question)
        return lambda: self.run(text)

    @abstractmethod
    def run(self, text: str) -> object:
        """Runs a query to its last row."""
