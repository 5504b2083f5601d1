"""Comparison of demo_widgets with other tools: same weights, same sequences, one process.

    python -m pip install -r benchmarks/requirements.txt
    python -m benchmarks.against [--only PART ...] [--networks NAME ...] [--seconds 80] [--tables]

Before anything is timed, each rival's numbers are compared with ours. Every contest is added to
``benchmarks/results/against.csv`` as soon as it is over, and the tables of
``benchmarks/README.md`` are written from there at the end.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable, Iterator

import pandas as pd

from ..machine import machine, versions
from ..tables import RESULTS, write_block
from .report import NETWORKS, PARTS, report

CSV = RESULTS / "against.csv"
PACKAGES = (
    "demo_widgets",
    "tensorflow",
    "keras",
    "numpy",
    "torch",
    "crested",
    "tf-keras-vis",
    "captum",
    "tangermeme",
    "modisco-lite",
)
KEY = ["part", "network", "size", "program"]


def measure(
    parts: Iterable[str], networks: Iterable[str], most_seconds: float
) -> Iterator[list[dict]]:
    """Run the contests one by one; yield the rows of each."""
    if "import" in parts:
        from .import_time import import_time

        yield import_time()
    if set(parts) <= {"import"}:
        return
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    from demo_widgets.interpret.exact.kernel_warmup import warm_up

    from .contest import hold
    from .contests import CONTESTS
    from .subject import subjects

    warm_up()
    chosen = subjects(networks)
    for part in parts:
        for contest in CONTESTS[part](chosen) if part in CONTESTS else ():
            started = time.perf_counter()
            rows = hold(contest, most_seconds, _say)
            heading = f"{part}, {contest.subject.name}, {contest.size}"
            _say(f"{heading} ({time.perf_counter() - started:.0f} s)")
            for row in rows:
                _say("  {program}: {seconds:.4g} s, {times_slower:.3g} times ours".format(**row))
            yield rows


def _say(text: str) -> None:
    print(text, flush=True)


def main(argv: list[str] | None = None) -> None:
    """Measure the requested parts; write the results and the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.against",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument(
        "--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS), metavar="NAME"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=80.0,
        help="start no further round of a contest after this many seconds (default: %(default)s)",
    )
    parser.add_argument("--tables", action="store_true", help="measure nothing, write the tables")
    options = parser.parse_args(argv)

    table = pd.read_csv(CSV) if CSV.is_file() else pd.DataFrame(columns=KEY)
    now = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    origin = {"run": now, "machine": machine(), "versions": versions(PACKAGES)}
    rounds = measure(options.only, options.networks, options.seconds)
    try:
        for rows in () if options.tables else rounds:
            new = pd.DataFrame([row | origin for row in rows])
            measured = set(new[KEY].itertuples(index=False, name=None))
            kept = [key not in measured for key in table[KEY].itertuples(index=False, name=None)]
            table = pd.concat([table[kept], new], ignore_index=True)
            RESULTS.mkdir(exist_ok=True)
            table.to_csv(CSV, index=False, float_format="%.6g")
    finally:
        if len(table):
            text = report(table)
            write_block("against", text)
            print(text)


if __name__ == "__main__":
    main()
