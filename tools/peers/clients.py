"""Who is asked? A process per engine, which answers a line with a line, and quipu as a process per question.

Invariant: each client gives the same shape of reply: `ns` of each run, with `csv` or the file of the `answer`, or
else `error`.
"""

import json
import os
import select
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from .questions import Question
from .runs import Runs
from .worker import Task


class _Lines:
    """A process that answers each line with one line of JSON."""

    def __init__(self, command: list[str], threads: int):
        self.command = command
        self.environment = os.environ | {"POLARS_MAX_THREADS": str(threads), "RAYON_NUM_THREADS": str(threads)}
        self.peak_before = 0
        self.start()

    def start(self) -> None:
        """Starts the process."""
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, env=self.environment)

    def reply(self, patience: float | None = None) -> dict:
        """The next line; a process that has ended says so, and one that has not answered in time is ended."""
        if patience is not None and not select.select([self.process.stdout], [], [], patience)[0]:
            self.peak_before = self.peak_bytes()
            self.process.kill()
            self.process.wait()
            return {"late": True}
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"error": f"ended with status {self.process.wait()}"}

    def tell(self, line: str, patience: float | None = None) -> dict:
        """Sends a line and waits for its answer."""
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        return self.reply(patience)

    def peak_bytes(self) -> int:
        """The most memory that the process has had resident, mapped files included."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return max(self.peak_before,
                   next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")))

    def close(self) -> None:
        """Ends the process."""
        self.process.stdin.close()
        self.process.wait()


class Peer(_Lines):
    """Another engine, in a process of its own."""

    def __init__(self, name: str, parquet: Path, folder: Path, threads: int):
        task = Task(name, str(parquet), str(folder), threads)
        super().__init__([sys.executable, "-m", "peers.worker", json.dumps(asdict(task))], threads)
        self.name = name
        self.about = self.reply()

    def ask(self, question: Question, runs: Runs) -> dict:
        """Times, and a file with the answer; `late` where it was given up."""
        told = self.tell(json.dumps({"question": asdict(question), "runs": asdict(runs)}), runs.patience)
        if "late" in told:
            self.start()
            self.about = self.reply()
        return told


class InProcess(_Lines):
    """quipu on a store that stays open."""

    name = "quipu"

    def __init__(self, bench: str, store: Path, threads: int, runs: int):
        super().__init__([bench, "--store", str(store), "--runs", str(runs)], threads)

    def ask(self, question: Question) -> dict:
        """Times and csv."""
        return self.tell("\t".join(question.arguments()))


class WholeProcess:
    """quipu started anew for each run, from spawning it to its end."""

    name = "quipu process"

    def __init__(self, quipu: str, store: Path, threads: int):
        self.quipu, self.store = quipu, store
        self.environment = os.environ | {"RAYON_NUM_THREADS": str(threads)}

    def ask(self, question: Question, runs: int) -> dict:
        """Times; the answer is that of quipu in process."""
        command = [self.quipu, "query", *question.arguments(), "--store", str(self.store)]
        quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
        times = []
        for _ in range(runs + 1):
            started = time.perf_counter_ns()
            child = os.posix_spawn(self.quipu, command, self.environment, file_actions=quiet)
            status = os.waitpid(child, 0)[1]
            times.append(time.perf_counter_ns() - started)
            if status:
                return {"error": f"ended with status {os.waitstatus_to_exitcode(status)}"}
        return {"ns": times[1:]}


# What is compared with the peers.
OURS = (InProcess.name, WholeProcess.name)
