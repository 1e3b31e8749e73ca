"""Runs quipu and compares its result with the expected one, value by value."""

import json
import math
import subprocess

SHOWN = 8


def run(quipu: str, store: str, query):
    """(result, "") or (None, what went wrong)."""
    command = [quipu, "query", *query.arguments(), "--store", store, "--format", "json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"quipu did not run: {error}"
    if done.returncode != 0:
        return None, f"exit status {done.returncode}: {done.stderr.strip()[-600:]}"
    try:
        return json.loads(done.stdout), ""
    except json.JSONDecodeError as error:
        return None, f"not JSON ({error}): {done.stdout[:200]!r}"


def _same(expected, got, tolerance: float) -> bool:
    if expected is None or got is None or isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, float):
        return isinstance(got, (int, float)) and math.isclose(expected, got, rel_tol=tolerance, abs_tol=tolerance / 1000)
    if isinstance(expected, int):
        return isinstance(got, (int, float)) and expected == got
    return type(expected) is type(got) and expected == got


def _by_key(rows: list, keys: int) -> dict:
    """Rows by key and occurrence: a total and the null group have the same key."""
    found, seen = {}, {}
    for row in rows:
        key = tuple(row[:keys])
        seen[key] = seen.get(key, 0) + 1
        found[key + (seen[key],)] = row
    return found


def differences(expected, got: dict) -> list:
    """What differs, in words; empty when nothing does."""
    found = []
    if got.get("as_of") != str(expected.as_of):
        found.append(f"as_of: expected {expected.as_of}, got {got.get('as_of')}")
    names = [column["name"] for column in got["columns"]]
    if sorted(names) != sorted(expected.columns):
        return found + [f"columns: expected {expected.columns}, got {names}"]
    compared = any(name.endswith("_change") for name in names)
    if names != expected.columns and not compared:
        found.append(f"order of columns: expected {expected.columns}, got {names}")
    # Where compared columns stand among the measures is not laid down, only their names.
    order = [names.index(name) for name in expected.columns]
    rows = [[row[index] for index in order] for row in got["rows"]]
    found += _row_differences(expected, rows)
    if expected.incomplete is not None and got.get("incomplete", []) != expected.incomplete:
        found.append(f"incomplete: expected {expected.incomplete}, got {got.get('incomplete')}")
    if expected.overlapping and got.get("additive") is not False:
        found.append(f"additive: expected false, got {got.get('additive')}")
    return found


def _row_differences(expected, rows: list) -> list:
    keys, names = expected.keys, expected.columns
    wanted, given = _by_key(expected.rows, keys), _by_key(rows, keys)
    found = []
    for key, row in wanted.items():
        label = ", ".join(f"{name}={value}" for name, value in zip(names, row[:keys])) or "(the only row)"
        if key not in given:
            found.append(f"{label}: expected {row[keys:]}, got no row")
            continue
        for name, value, other in zip(names[keys:], row[keys:], given[key][keys:]):
            if not _same(value, other, expected.tolerance):
                found.append(f"{label}: {name}: expected {value!r}, got {other!r}")
    for key, row in given.items():
        if key not in wanted:
            label = ", ".join(f"{name}={value}" for name, value in zip(names, row[:keys])) or "(the only row)"
            found.append(f"{label}: expected no row, got {row[keys:]}")
    if not found and expected.ordered:
        for index, (row, other) in enumerate(zip(expected.rows, rows)):
            if row[:keys] != other[:keys]:
                found.append(f"order of rows: at {index} expected {row[:keys]}, got {other[:keys]}")
                break
    if len(found) > SHOWN:
        found[SHOWN:] = [f"... and {len(found) - SHOWN} more"]
    return found
