"""What came out? Raw runs as csv, and tables as markdown: medians, minima, and quipu beside the fastest peer.

Invariant: a ratio is the fastest peer's median over quipu's median of the same question, measured in turn.
"""

import csv
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .loading import Load
from .questions import FIGURES
from .timing import OWN, Timings

_FIGURE_TITLES = {"joins": "joins when asked", "ahead": "joins resolved ahead"}


@dataclass(frozen=True)
class Room:
    """An engine, how it keeps the rows, and the room that it took."""

    name: str
    version: str
    layout: str
    disk_bytes: int
    peak_bytes: int


@dataclass(frozen=True)
class About:
    """What the figures were measured on."""

    date: str
    users: int
    rows: int
    csv_bytes: int
    cpu: str
    threads: int
    bytes_per_s: int
    rooms: list[Room]


def raw(file: Path, timings: Timings, loads: list[Load]) -> None:
    """Every run, a line each."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(["engine", "kpi", "shape", "figure", "run", "ns"])
        for (engine, kpi, shape, figure), runs in timings.runs.items():
            lines.writerows([engine, kpi, shape, figure, run + 1, ns] for run, ns in enumerate(runs))
        lines.writerows([load.name, "load", "", "", load.run + 1, load.ns] for load in loads)


def markdown(about: About, timings: Timings, loads: list[Load], peers: list[str]) -> str:
    """All tables."""
    parts = [_about(about), _summary(timings, peers), _questions(timings, peers, about.bytes_per_s),
             _every(timings, peers)]
    if loads:
        parts.append(_loads(about, loads))
    parts.append(_faults(timings))
    return "\n\n".join(part for part in parts if part) + "\n"


def readme(about: About, timings: Timings, loads: list[Load], peers: list[str], raw_name: str) -> str:
    """What the README shows: the summary, a row per KPI, loading."""
    parts = [_about(about), _summary(timings, peers), _kpis(timings, peers)]
    if loads:
        parts.append(_loads(about, loads))
    parts.append(f"Each question is asked once to warm up, then timed {_times(timings)} in turn; medians. Every run is "
                 f"in `{raw_name}`.{_late(timings)}")
    return "\n\n".join(parts)


def _times(timings: Timings) -> str:
    counts = sorted(len(runs) for runs in timings.runs.values() if runs)
    return f"{counts[0]} times" if counts[0] == counts[-1] else f"{counts[0]} to {counts[-1]} times"


def _late(timings: Timings) -> str:
    """Who was given up, and how often."""
    late = Counter((engine, kpi) for (engine, kpi, *_), runs in timings.runs.items() if not runs)
    return "".join(f" {engine} was given up on {n} questions about {kpi}." for (engine, kpi), n in late.items())


def _kpis(timings: Timings, peers: list[str]) -> str:
    """Per KPI and shape quipu's median, and how many times that the fastest peer takes."""
    shapes = list(dict.fromkeys(shape for _, shape in timings.asked()))
    rows = []
    for kpi in dict.fromkeys(kpi for kpi, _ in timings.asked()):
        row = [kpi]
        for shape in shapes:
            ours = timings.of("quipu", kpi, shape, OWN)
            best = [_fastest(timings, peers, kpi, shape, figure) for figure in FIGURES]
            ratios = " / ".join(f"{found[1] / median(ours):.1f}" if found and ours else "–" for found in best)
            row.append(f"{_ms(ours)} · {ratios}" if ours else "")
        rows.append(row)
    return ("quipu in ms · how many times that the fastest peer takes, with joins when asked / resolved ahead.\n\n"
            + _table(["KPI", *shapes], rows, 1))


def put_into(file: Path, text: str) -> None:
    """Replaces what stands between the marks of a document."""
    start, end = "<!-- speed:begin -->\n", "<!-- speed:end -->"
    before, found, rest = file.read_text().partition(start)
    _, found_end, after = rest.partition(end)
    if not (found and found_end):
        raise SystemExit(f"peers: {file} has no {start.strip()} with {end} behind it")
    file.write_text(before + start + text + "\n" + end + after)


def _table(head: list[str], rows: list[list[str]], texts: int) -> str:
    rule = ["---"] * texts + ["---:"] * (len(head) - texts)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


def _about(about: About) -> str:
    rows = [[room.name, room.version, room.layout, f"{room.disk_bytes / 1e6:,.1f}", f"{room.peak_bytes / 1e6:,.0f}"]
            for room in about.rooms]
    return (f"Measured {about.date}: {about.users:,} users, {about.rows:,} rows, {about.csv_bytes / 1e6:,.0f} MB of "
            f"csv; {about.cpu}, {about.threads} threads, a plain sum reads {about.bytes_per_s / 1e9:.1f} GB/s.\n\n"
            + _table(["engine", "version", "rows are kept in", "disk, MB", "peak memory of queries, MB"], rows, 3)
            + "\n\nquipu's disk holds the exports whole, with names, topics and text keys; that of the others what the "
            "questions read, with integer keys.")


def _ms(runs: list[int], pick=median) -> str:
    return f"{pick(runs) / 1e6:.3f}" if runs else ""


def _fastest(timings: Timings, peers: list[str], kpi: str, shape: str, figure: str) -> tuple[str, float] | None:
    """The peer with the smallest median, and that median."""
    found = [(median(runs), peer) for peer in peers if (runs := timings.of(peer, kpi, shape, figure))]
    return (min(found)[1], min(found)[0]) if found else None


def _ratios(timings: Timings, peers: list[str], figure: str) -> list[tuple[float, str, str]]:
    """The fastest peer over quipu, per question that quipu and a peer have answered."""
    found = []
    for kpi, shape in timings.asked():
        ours, best = timings.of("quipu", kpi, shape, OWN), _fastest(timings, peers, kpi, shape, figure)
        if ours and best:
            found.append((best[1] / median(ours), kpi, shape))
    return found


def _geometric(ratios: list[tuple]) -> float:
    return math.exp(sum(math.log(ratio) for ratio, *_ in ratios) / len(ratios))


def _summary(timings: Timings, peers: list[str]) -> str:
    """Geometric mean and worst case, beside the fastest peer of each question and beside each peer."""
    rows = []
    for figure in FIGURES:
        for name, chosen in [("the fastest of them", peers), *((peer, [peer]) for peer in peers)]:
            ratios = _ratios(timings, chosen, figure)
            if ratios:
                worst = min(ratios)
                rows.append([_FIGURE_TITLES[figure], name, str(len(ratios)), f"{_geometric(ratios):.1f}",
                             f"{worst[0]:.1f}", f"{worst[1]}, {worst[2]}", str(sum(ratio < 5 for ratio, *_ in ratios))])
    extra = [median(whole) - median(timings.of("quipu", kpi, shape, OWN)) for kpi, shape in timings.asked()
             if (whole := timings.of("quipu process", kpi, shape, OWN))]
    head = ["peers have", "beside", "questions", "geometric mean ×", "least ×", "at", "below 5 ×"]
    text = _table(head, rows, 2) if rows else ""
    return text + (f"\n\nA process of its own adds {median(extra) / 1e6:.1f} ms, at most {max(extra) / 1e6:.1f} ms."
                   if extra else "")


def _questions(timings: Timings, peers: list[str], bytes_per_s: int) -> str:
    """quipu beside the fastest peer, in milliseconds."""
    rows = []
    for kpi, shape in timings.asked():
        ours = timings.of("quipu", kpi, shape, OWN)
        row = [kpi, shape, _ms(ours), _ms(ours, min), _ms(timings.of("quipu process", kpi, shape, OWN))]
        for figure in FIGURES:
            best = _fastest(timings, peers, kpi, shape, figure)
            row += [f"{best[1] / 1e6:.3f} {best[0]}", f"{best[1] / median(ours):.1f}"] if best else ["", ""]
        bytes_ = timings.touched_bytes.get((kpi, shape))
        width = bytes_ / (median(ours) / 1e9) / bytes_per_s if bytes_ is not None else None
        rows.append(row + ["" if width is None else f"{bytes_ / 1e6:,.2f}", "" if width is None else f"{width:.0%}"])
    head = ["KPI", "shape", "quipu, ms", "min", "process"]
    for figure in FIGURES:
        head += [f"fastest peer, {_FIGURE_TITLES[figure]}", "×"]
    return (_table(head + ["MB touched", "share of bandwidth"], rows, 2)
            + "\n\nMB touched are the pages of the store that a warm answer of quipu looks at, each counted whole and "
            "once; the share is that, over the time, of a plain sum's bandwidth.")


def _every(timings: Timings, peers: list[str]) -> str:
    """Each peer's median and minimum, in milliseconds."""
    head, rows = ["KPI", "shape"], []
    head += [f"{peer}, {_FIGURE_TITLES[figure]}" for peer in peers for figure in FIGURES]
    for kpi, shape in timings.asked():
        cells = [timings.of(peer, kpi, shape, figure) for peer in peers for figure in FIGURES]
        rows.append([kpi, shape, *(f"{_ms(runs)} ({_ms(runs, min)})" if runs else "" for runs in cells)])
    return "Each peer, median (minimum) in ms; empty where it has no right answer.\n\n" + _table(head, rows, 2)


def _loads(about: About, loads: list[Load]) -> str:
    rows, base = [], {}
    for name in dict.fromkeys(load.name for load in loads):
        runs = [load for load in loads if load.name == name]
        seconds = median(load.ns for load in runs) / 1e9
        base.setdefault("s", seconds)
        rows.append([name, f"{seconds:.2f}", f"{about.rows / seconds:,.0f}", f"{seconds / base['s']:.2f}",
                     f"{max(load.peak_bytes for load in runs) / 1e6:,.0f}", f"{runs[-1].disk_bytes / 1e6:,.1f}"])
    limit = about.csv_bytes / 3 + 512 * 2**20
    return (_table(["load", "s", "rows/s", "× quipu's time", "peak memory, MB", "disk, MB"], rows, 1)
            + f"\n\nA third of the csv and 512 MiB are {limit / 1e6:,.0f} MB.")


def _faults(timings: Timings) -> str:
    if not timings.faults:
        return "All engines gave the same answers." + _late(timings)
    return "Not the same answers, or none:\n\n" + "\n".join(f"- {fault}" for fault in timings.faults)
