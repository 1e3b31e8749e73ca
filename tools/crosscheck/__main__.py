"""python3 -m crosscheck --data DIR --store STORE --quipu PATH"""

import argparse
import json
import shlex
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import billing, compare, platform
from .read import files_of

MODELS = (platform, billing)


def arguments():
    parser = argparse.ArgumentParser(
        prog="crosscheck", description="Answers every KPI from the CSV exports and compares quipu's figures.")
    parser.add_argument("--data", required=True, type=Path, metavar="DIR", help="folder of the CSV exports of one model or of both")
    parser.add_argument("--store", metavar="STORE", help="store that quipu loaded from them")
    parser.add_argument("--quipu", default="quipu", metavar="PATH", help="the binary (default: quipu)")
    parser.add_argument("--cases", choices=["quick", "full"], default="full")
    parser.add_argument("--random", type=int, default=400, metavar="N",
                        help="how many cases of the billing model are made at random")
    parser.add_argument("--seed", type=int, default=1, metavar="K", help="of the random cases")
    parser.add_argument("--only", default="", metavar="SUBSTR", help="cases whose command line contains it")
    parser.add_argument("--list", action="store_true", help="list the cases and stop")
    parser.add_argument("--expect", action="store_true", help="print the expected rows; quipu is not run")
    parser.add_argument("--timing", action="store_true", help="print the slowest cases, ours and quipu's, to stderr")
    chosen = parser.parse_args()
    if not chosen.data.is_dir():
        parser.error(f"--data: {chosen.data} is not a folder")
    if not (chosen.list or chosen.expect) and not chosen.store:
        parser.error("--store is needed to run quipu")
    return chosen


def main() -> int:
    chosen = arguments()
    models = [model for model in MODELS if any(files_of(chosen.data, names) for names, _ in model.TABLES.values())]
    work = []
    for model in models:
        oracle = model.Oracle(chosen.data)
        work += [(oracle, query) for query in model.cases(oracle, chosen.cases, chosen.seed, chosen.random)
                 if chosen.only in shlex.join(query.arguments())]
    if not work:
        sys.exit(f"crosscheck: no case of {chosen.data} contains {chosen.only!r}; --list shows them")
    if chosen.list:
        for _, query in work:
            print(shlex.join(query.arguments()))
        return 0
    if chosen.expect:
        for oracle, query in work:
            expected = oracle.answer(query)
            print(shlex.join(query.arguments()))
            print("  " + json.dumps(expected.columns))
            for row in expected.rows:
                print("  " + json.dumps(row))
        return 0
    return verify(work, chosen)


def verify(work: list, chosen) -> int:
    def timed_run(query):
        start = time.monotonic()
        return compare.run(chosen.quipu, chosen.store, query), time.monotonic() - start

    failed, times = 0, []
    # quipu works on the next case while this one is answered here.
    with ThreadPoolExecutor(max_workers=1) as pool:
        runs = [pool.submit(timed_run, query) for _, query in work]
        for (oracle, query), run in zip(work, runs):
            start = time.monotonic()
            try:
                expected, problems = oracle.answer(query), []
            except Exception as error:  # a case that cannot be answered is a failure, not the end
                expected, problems = None, [f"crosscheck itself failed: {type(error).__name__}: {error}"]
            ours = time.monotonic() - start
            (got, trouble), theirs = run.result()
            times.append((ours, theirs, query))
            if trouble:
                problems.append(trouble)
            elif expected:
                problems += compare.differences(expected, got)
            if problems:
                failed += 1
                print(f"FAIL quipu query {shlex.join(query.arguments())}")
                for problem in problems:
                    print(f"     {problem}")
    if chosen.timing:
        for ours, theirs, query in sorted(times, key=lambda t: -t[0] - t[1])[:15]:
            print(f"{ours:7.3f} s here {theirs:7.3f} s quipu  {shlex.join(query.arguments())}", file=sys.stderr)
    print(f"{len(work) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
