"""How long does a load take, how much memory, how much disk? quipu and DuckDB, on the same export files.

Invariant: each load is a process of its own that starts without a store and ends with everything on disk.
"""

import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .data import CATEGORIES

KEYS = {"users": "user_id", "meetings": "meeting_id", "attendees": "attendee_id", "features_usage": "usage_id",
        "support_tickets": "ticket_id", "billing_events": "event_id", "licenses": "license_id"}


@dataclass(frozen=True)
class Load:
    """One load: who, which run, and what it took."""

    name: str
    run: int
    ns: int
    peak_bytes: int
    disk_bytes: int


def measure(quipu: str, exports: Path, work: Path, threads: int, runs: int) -> list[Load]:
    """Loads in turn, so many times each; what the last run of quipu made stays as `work`/store."""
    python = [sys.executable, "-m", "peers.loading", str(exports)]
    store, plain, keyed = work / "store", work / "load.duckdb", work / "load-keys.duckdb"
    kinds = [("quipu", [quipu, "load", str(exports), "--store", str(store)], store),
             ("DuckDB", [*python, str(plain), str(threads), "plain"], plain),
             ("DuckDB, primary keys", [*python, str(keyed), str(threads), "keys"], keyed)]
    found = []
    for run in range(runs):
        for name, command, target in kinds:
            remove(target)
            found.append(Load(name, run, *_timed(command, threads), size(target)))
    for _, _, target in kinds[1:]:
        remove(target)
    return found


def remove(target: Path) -> None:
    """A file or folder, if it is there."""
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)


def size(target: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    files = target.rglob("*") if target.is_dir() else [target]
    return sum(file.stat().st_size for file in files if file.is_file())


def _timed(command: list[str], threads: int) -> tuple[int, int]:
    """Wall time and the peak of resident memory of a process."""
    environment = os.environ | {"RAYON_NUM_THREADS": str(threads)}
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    started = time.perf_counter_ns()
    child = os.posix_spawn(command[0], command, environment, file_actions=quiet)
    _, status, used = os.wait4(child, 0)
    elapsed = time.perf_counter_ns() - started
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with status {os.waitstatus_to_exitcode(status)}")
    return elapsed, used.ru_maxrss * 1024


def into_duckdb(exports: str, file: str, threads: str, keys: str) -> None:
    """The tables as exported, text keys and all; a key is added to the filled table, which is the faster way."""
    import duckdb

    con = duckdb.connect(file, config={"threads": int(threads)})
    for table in CATEGORIES:
        con.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv('{exports}/{table}.csv')")
        if keys == "keys":
            con.execute(f"ALTER TABLE {table} ADD PRIMARY KEY ({KEYS[table]})")
    con.close()


if __name__ == "__main__":
    into_duckdb(*sys.argv[1:])
