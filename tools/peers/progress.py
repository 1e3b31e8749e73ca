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
            "loads": [asdict(load) for load in loads]}
    part = file.with_suffix(".part")
    part.write_text(json.dumps(told))
    part.replace(file)


def kept(file: Path) -> tuple[Timings, list[Load]]:
    """What :func:`keep` wrote; nothing where it has not."""
    if not file.exists():
        return Timings(), []
    told = json.loads(file.read_text())
    found = Timings({tuple(key): ns for *key, ns in told["runs"]},
                    {tuple(key): n for *key, n in told["touched_bytes"]})
    return found, [Load(**load) for load in told["loads"]]
