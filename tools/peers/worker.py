"""A process of one engine: reads questions from standard input, a line each, and tells times and where the answer is.

Invariant: what the engine prints goes to standard error; standard output holds lines of JSON alone.
"""

import gc
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from .engines import load
from .engines.engine import Engine
from .questions import Question
from .runs import Runs


@dataclass(frozen=True)
class Task:
    """What a worker is started with."""

    engine: str
    parquet: str
    folder: str
    threads: int


def main() -> None:
    """Opens the engine, says so, and answers until the input ends."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    task = Task(**json.loads(sys.argv[1]))
    answer = Path(task.folder).with_suffix(".arrow")
    try:
        engine = load(task.engine)(Path(task.parquet), Path(task.folder), task.threads)
        engine.start()
    except ImportError as error:
        return _say(out, {"missing": str(error)})
    except Exception as error:  # told to who asks, where what is printed here is not seen
        return _say(out, {"error": f"{type(error).__name__}: {error}"[:600]})
    _say(out, {"version": engine.version(), "layout": engine.layout, "disk_bytes": engine.disk_bytes(),
               "coarse": engine.coarse_percentiles})
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            _say(out, _timed(engine, Question(**asked["question"]), Runs(**asked["runs"]), answer))
        except Exception as error:  # an engine that cannot answer says so, and the others go on
            _say(out, {"error": f"{type(error).__name__}: {error}"[:600]})


def _timed(engine: Engine, question: Question, runs: Runs, file: Path) -> dict:
    """One run to warm up, then those that count; the answer of the last goes to a file."""
    answer = engine.prepare(question)
    answer()
    gc.collect()
    times, found = [], None
    while runs.more(times):
        found = None
        started = time.perf_counter_ns()
        found = answer()
        times.append(time.perf_counter_ns() - started)
    table = engine.table(found)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return {"ns": times, "answer": str(file)}


def _say(out, told: dict) -> None:
    out.write(json.dumps(told) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
