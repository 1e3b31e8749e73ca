"""Builds the same data in every engine, asks the same questions, writes the tables.

    tools/peers/run --users 1000 --kpis mau,revenue --engines duckdb,polars
"""

import argparse
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

from . import build, data, loading, progress, tables, timing
from .clients import OURS, InProcess, Peer, WholeProcess
from .engines import PEERS
from .questions import FACTS, FIGURES, SHAPES, questions
from .runs import Runs


def _words(allowed) -> object:
    def parse(text: str) -> list[str]:
        wrong = [word for word in text.split(",") if word not in allowed]
        if wrong:
            raise argparse.ArgumentTypeError(f"{', '.join(wrong)}: not among {', '.join(allowed)}")
        return text.split(",")
    return parse


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/peers/run", description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=20000, help="the size of the export [20000]")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--engines", type=_words(PEERS), default=list(PEERS), help="peers, with commas between")
    parser.add_argument("--kpis", type=_words(FACTS), default=[], help="KPIs, with commas between [all]")
    parser.add_argument("--shapes", type=_words(SHAPES), default=[], help=f"of {', '.join(SHAPES)} [all]")
    parser.add_argument("--figures", type=_words(FIGURES), default=[], help=f"of {', '.join(FIGURES)} [all]")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of a question, after one [5]")
    parser.add_argument("--seconds", type=float, help="a peer's runs of a question end when they have taken so long")
    parser.add_argument("--patience", type=float, help="a peer that has not answered a question after so many seconds "
                        "is given up")
    parser.add_argument("--load-runs", type=int, default=3, help="timed loads; 0 keeps the store of an earlier run [3]")
    parser.add_argument("--resume", action="store_true", help="ask only what an interrupted run has left")
    parser.add_argument("--again", type=_words([*PEERS, *OURS]), default=[],
                        help="with --resume: ask these once more, with commas between")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="[one per processor]")
    parser.add_argument("--work", type=Path, help="keeps exports and stores, by users and seed [target/peers]")
    parser.add_argument("--out", type=Path, help="also write the tables to this file")
    parser.add_argument("--readme", action="store_true", help="also write the short table into the README")
    parser.add_argument("--csv", type=Path, help="the raw runs [benches/runs/DATE-USERS.csv]")
    parser.add_argument("--dev", action="store_true", help="unoptimised programs: to test the comparison itself")
    return parser.parse_args()


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else "unknown processor"


def _peers(names: list[str], parquet: Path, work: Path, threads: int) -> list[Peer]:
    """Those that open; one without a wheel is left out, with a word, and any other trouble ends the run."""
    found = []
    for name in names:
        peer = Peer(name, parquet, work / name, threads)
        if "error" in peer.about:
            raise SystemExit(f"peers: {name}: {peer.about['error']}")
        if "missing" in peer.about:
            print(f"peers: {name} is left out: {peer.about['missing']}")
        else:
            found.append(peer)
    return found


def main() -> int:
    chosen = _arguments()
    quipu, bench = build.programs(chosen.dev)
    work = (chosen.work or build.ROOT / "target" / "peers") / f"{chosen.users}-{chosen.seed}"
    exports, parquet = work / "exports", work / "parquet"
    work.mkdir(parents=True, exist_ok=True)
    data.generate(quipu, chosen.users, chosen.seed, exports)
    so_far = work / "progress.json"
    found, loads = progress.kept(so_far, chosen.again) if chosen.resume else (timing.Timings(), [])
    load_runs = 0 if loads else chosen.load_runs or int(not (work / "store").exists())
    if load_runs:
        loads = loading.measure(quipu, exports, work, chosen.threads, load_runs)
        progress.keep(so_far, found, loads)
    facts = data.prepare(exports, parquet)
    width = json.loads(subprocess.run([bench, "--bandwidth"], capture_output=True, text=True, check=True).stdout)
    peers = _peers(chosen.engines, parquet, work, chosen.threads)
    ours = InProcess(bench, work / "store", chosen.threads, chosen.runs)
    today = str(date.today())
    raw = chosen.csv or build.ROOT / "benches" / "runs" / f"{today}-{chosen.users}.csv"

    shown: set[str] = set()

    def told(found: timing.Timings, text: str) -> None:
        """What has been measured is kept, whatever becomes of the rest."""
        print(text, *(fault for fault in found.faults if fault not in shown), sep="\n  ", file=sys.stderr)
        shown.update(found.faults)
        progress.keep(so_far, found, loads)
        tables.raw(raw, found, loads)

    asked = questions(chosen.kpis, chosen.shapes, chosen.figures)
    whole = WholeProcess(quipu, work / "store", chosen.threads)
    runs = Runs(chosen.runs, chosen.seconds, chosen.patience)
    found = timing.measure(asked, ours, whole, peers, runs, found, told)
    version = subprocess.run([quipu, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    rooms = [tables.Room("quipu", version, "its store", loading.size(work / "store"),
                         found.peak_bytes.get(ours.name, 0))]
    rooms += [tables.Room(peer.name, peer.about["version"], peer.about["layout"], peer.about["disk_bytes"],
                          found.peak_bytes.get(peer.name, 0)) for peer in peers]
    for client in [ours, *peers]:
        client.close()
    about = tables.About(today, chosen.users, sum(facts.rows.values()), loading.size(exports), _cpu(), chosen.threads,
                         width["bytes_per_s"], rooms)
    text = tables.markdown(about, found, loads, [peer.name for peer in peers])
    print(text)
    if chosen.out:
        chosen.out.write_text(text)
    if chosen.readme:
        name = raw.resolve().relative_to(build.ROOT).as_posix()
        tables.put_into(build.ROOT / "README.md", tables.readme(about, found, loads, [p.name for p in peers], name))
    agreed = sum(bool(times) and engine not in OURS for (engine, *_), times in found.runs.items())
    print(f"{agreed} passed, {len(found.faults)} failed")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
