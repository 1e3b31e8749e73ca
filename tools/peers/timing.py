"""How long does each engine take for each question? One question after the other, engine after engine.

Invariant: a peer's times count only when its answer is quipu's.
"""

from dataclasses import dataclass, field
from typing import Callable

import pyarrow as pa

from .clients import InProcess, Peer, WholeProcess
from .compare import differences
from .questions import Question
from .runs import Runs

# quipu has one way to answer, whatever the peers join.
OWN = "own"


@dataclass
class Timings:
    """Nanoseconds of each run by (engine, kpi, shape, figure), none where it was given up, the bytes that quipu touched
    by (kpi, shape) where the system tells, the most memory of each engine's process, and what did not agree."""

    runs: dict = field(default_factory=dict)
    touched_bytes: dict = field(default_factory=dict)
    peak_bytes: dict = field(default_factory=dict)
    faults: list = field(default_factory=list)

    def asked(self) -> list[tuple]:
        """(kpi, shape), in the order in which they were asked."""
        return list(dict.fromkeys((kpi, shape) for _, kpi, shape, _ in self.runs))

    def of(self, engine: str, kpi: str, shape: str, figure: str) -> list[int]:
        """The runs of an engine; none when it has no right answer."""
        return self.runs.get((engine, kpi, shape, figure), [])


def measure(asked: list[Question], quipu: InProcess, process: WholeProcess, peers: list[Peer], runs: Runs,
            found: Timings, progress: Callable[[Timings, str], None]) -> Timings:
    """Asks everybody what is not found already. `progress` is told of each question that is done."""
    by_shape: dict = {}
    for question in asked:
        by_shape.setdefault((question.kpi, question.shape), []).append(question)
    for (kpi, shape), figures in by_shape.items():
        own, total = [(engine.name, kpi, shape, OWN) for engine in (quipu, process)]
        left = [(peer, question) for peer in peers for question in figures
                if (peer.name, kpi, shape, question.figure) not in found.runs]
        if not left and own in found.runs and total in found.runs:
            continue
        ours = quipu.ask(figures[0])
        if "error" in ours:
            found.faults.append(f"quipu: {kpi}, {shape}: {ours['error']}")
            continue
        if own not in found.runs:
            found.runs[own] = ours["ns"]
            found.touched_bytes[kpi, shape] = ours["bytes_touched"]
        if total not in found.runs:
            whole = process.ask(figures[0], runs.most)
            if "error" in whole:
                found.faults.append(f"{process.name}: {kpi}, {shape}: {whole['error']}")
            else:
                found.runs[total] = whole["ns"]
        for peer, question in left:
            _ask(found, peer, question, ours["csv"], runs)
        for client in (quipu, *peers):
            found.peak_bytes[client.name] = max(found.peak_bytes.get(client.name, 0), client.peak_bytes())
        progress(found, f"{kpi} {shape}")
    return found


def _ask(found: Timings, peer: Peer, question: Question, ours: str, runs: Runs) -> None:
    reply = peer.ask(question, runs)
    if "late" in reply:
        found.runs[peer.name, question.kpi, question.shape, question.figure] = []
        return
    where = f"{peer.name}: {question.kpi}, {question.shape}, {question.figure}"
    if "error" in reply:
        found.faults.append(f"{where}: {reply['error']}")
        return
    with pa.memory_map(reply["answer"]) as file:
        wrong = differences(pa.ipc.open_file(file).read_all(), ours, peer.about["coarse"])
    if wrong:
        found.faults += [f"{where}: {difference}" for difference in wrong]
    else:
        found.runs[peer.name, question.kpi, question.shape, question.figure] = reply["ns"]
