"""Where do quipu's two programs come from? cargo builds them; a path that is given is taken as it is."""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def programs(dev: bool) -> tuple[str, str]:
    """The paths of `quipu` and of `benches/peers.rs`, built as a release unless `dev`."""
    profile = [] if dev else ["--release"]
    made = _executables(["cargo", "build", "--locked", "--bin", "quipu", "--bench", "peers", *profile])
    return made["quipu"], made["peers"]


def _executables(command: list[str]) -> dict:
    done = subprocess.run([*command, "--message-format=json-render-diagnostics"], cwd=ROOT, stdout=subprocess.PIPE,
                          text=True, check=True)
    told = (json.loads(line) for line in done.stdout.splitlines())
    return {part["target"]["name"]: part["executable"] for part in told if part.get("executable")}
