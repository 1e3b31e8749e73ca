"""What has been measured so far, so that a run of hours that was interrupted can go on."""

import json
from dataclasses import asdict
from pathlib import Path

from .loading import Load
from .timing import Timings


def keep(file: Path, found: Timings, loads: list[Load]) -> None:
    """Writes what has been measured; answers that did not agree are not kept."""
    told = {"runs": [[*key, ns] for key, ns in found.runs.items()],
            "touched_bytes": [[*key, n] for key, n in found.touched_bytes.items()],
            "peak_bytes": found.peak_bytes,
            "loads": [asdict(load) for load in loads]}
    part = file.with_suffix(".part")
    part.write_text(json.dumps(told))
    part.replace(file)


def kept(file: Path, again: list[str]) -> tuple[Timings, list[Load]]:
    """What :func:`keep` wrote, without what is to be asked `again`; nothing where it has not."""
    if not file.exists():
        return Timings(), []
    told = json.loads(file.read_text())
    found = Timings({tuple(key): ns for *key, ns in told["runs"] if key[0] not in again},
                    {tuple(key): n for *key, n in told["touched_bytes"]},
                    {name: n for name, n in told.get("peak_bytes", {}).items() if name not in again})
    return found, [Load(**load) for load in told["loads"]]
