"""Scaling with the length of a sequence, the number of sequences and the number of models.

    python -m pip install -r benchmarks/requirements.txt
    python -m benchmarks.scaling [--only PART ...] [--most 100000] [--tables]

A series ends where its next point would take more than ``--seconds``, estimated from the last one;
the table marks points that were not run, and nothing is extrapolated. Every point is added to
``benchmarks/results/scaling.csv`` as it is measured; the plots next to it and the tables of
``benchmarks/README.md`` are made from it at the end.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .inputs import random_one_hot, write_fasta
from .machine import load_average, machine, versions
from .scaling_plots import draw
from .tables import RESULTS, duration, markdown, write_block
from .timing import in_turn

CSV = RESULTS / "scaling.csv"
LENGTHS = (101, 300, 1_000, 3_000, 10_000)
IN_MEMORY = (1, 10, 100, 1_000, 10_000)
STREAMED = (1_000, 10_000, 100_000, 1_000_000)
MODELS = (1, 2, 5, 10, 20)
KEY = ["part", "task", "network", "count"]
PARTS = {
    "length": "bases",
    "sequences": "sequences",
    "streaming": "sequences",
    "models": "models",
}
"""Part -> what its count counts."""


def series(
    part: str,
    task: str,
    network: str,
    counts: tuple[int, ...],
    prepare: Callable[[int], Callable[[], Any]],
    most_s: float,
    order: int = 1,
) -> Iterator[dict]:
    """Return the rows of one curve: median time of ``prepare(count)()`` for each count.

    A point is not run where the last one, times the growth of the count to the power of
    ``order``, is above ``most_s``; its row then has no time.
    """
    last = None
    for count in counts:
        row = {"part": part, "task": task, "network": network, "count": count}
        if last is not None and last[1] * (count / last[0]) ** order > most_s:
            yield row | {"repetitions": 0}
            continue
        function = prepare(count)
        function()
        timing = in_turn({task: function}, most_seconds=most_s / 2)[task]
        last = count, timing.median
        low, high = timing.quartiles
        yield row | {
            "seconds": timing.median,
            "first_quartile": low,
            "third_quartile": high,
            "repetitions": len(timing.seconds),
        }


def length(most_s: float, most: int) -> Iterator[dict]:
    """One sequence of 101 to 10,000 bases; temporal scores and mutagenesis grow with its square."""
    from demo_widgets.interpret import in_silico_mutagenesis, saliency_map, temporal_output_scores
    from demo_widgets.models import load_demo, predict

    models, _ = load_demo()
    tasks = {
        "predict": (predict, 1),
        "saliency": (saliency_map, 1),
        "mutagenesis": (in_silico_mutagenesis, 2),
        "temporal scores": (temporal_output_scores, 2),
    }
    for task, (function, order) in tasks.items():
        for network, model in models.items():
            if task == "temporal scores" and network == "CNN":
                continue

            def prepare(bases: int, function=function, model=model):
                X = random_one_hot(1, bases)
                return lambda: function(model, X)

            yield from series("length", task, network, LENGTHS, prepare, most_s, order)


def sequences(most_s: float, most: int) -> Iterator[dict]:
    """1 to 10,000 sequences of 101 bases in memory."""
    from demo_widgets.interpret import saliency_map
    from demo_widgets.models import load_demo, predict

    models, _ = load_demo()
    X = random_one_hot(IN_MEMORY[-1], 101)
    for task, function in {"predict": predict, "saliency": saliency_map}.items():
        for network, model in models.items():

            def prepare(n: int, function=function, model=model):
                return lambda: function(model, X[:n])

            yield from series("sequences", task, network, IN_MEMORY, prepare, most_s)


def streaming(most_s: float, most: int) -> Iterator[dict]:
    """``demo-widgets interpret``: a FASTA file to a folder, once, in a separate process."""
    from demo_widgets.models.demo import DEMO_FOLDER

    with tempfile.TemporaryDirectory() as folder:
        for n in STREAMED:
            row = {"part": "streaming", "task": "demo-widgets interpret", "network": "CNN"}
            row["count"] = n
            if n > most:
                yield row | {"repetitions": 0}
                continue
            fasta = Path(folder) / f"{n}.fa"
            write_fasta(fasta, n)
            out = Path(folder) / "out"
            command = [sys.executable, "-m", "demo_widgets", "interpret", "--quiet"]
            command += ["--models", str(DEMO_FOLDER / "cnn.keras"), "--sequences", str(fasta)]
            command += ["--method", "saliency", "--out", str(out), "--overwrite"]
            seconds, peak = run_alone(command)
            fasta.unlink()
            yield row | {
                "seconds": seconds,
                "first_quartile": seconds,
                "third_quartile": seconds,
                "repetitions": 1,
                "peak_mb": peak,
            }


# A process starts with its parent's memory on its account, so a small one has to start it.
LAUNCHER = """
import os, subprocess, sys, time
started = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
unit = 1 if sys.platform == "darwin" else 1024
print(time.perf_counter() - started, usage.ru_maxrss * unit / 1e6)
sys.exit(process.returncode)
"""


def run_alone(command: list[str]) -> tuple[float, float]:
    """Run a command; return its seconds and peak memory in MB."""
    launch = [sys.executable, "-c", LAUNCHER, *command]
    run = subprocess.run(launch, check=True, stdout=subprocess.PIPE, text=True)
    seconds, peak = map(float, run.stdout.split())
    return seconds, peak


def models(most_s: float, most: int) -> Iterator[dict]:
    """The dashboard's computations for a sequence: predictions and saliency of every model."""
    from demo_widgets.dashboard.engine.engine import Engine
    from demo_widgets.dashboard.engine.request import Request
    from demo_widgets.models import build_cnn, build_cnn_rnn, build_rnn
    from demo_widgets.sequences import SequenceDataset

    bases = np.random.default_rng(0).choice(list("ACGT"), (2 * MODELS[-1] * 16, 101))
    data = SequenceDataset(["".join(row) for row in bases])
    for network, build in {"CNN": build_cnn, "RNN": build_rnn, "CNN-RNN": build_cnn_rnn}.items():
        networks = {f"{network} {i}": build(seed=i) for i in range(MODELS[-1])}

        def prepare(k: int, networks=networks):
            engine = Engine(dict(list(networks.items())[:k]), data, block=True)
            unseen = iter(data.sequences)

            def show():
                bases = next(unseen)
                requests = [
                    request
                    for name in engine.models
                    for request in (
                        Request.of("saliency", name, bases, method="saliency"),
                        Request.of("prediction", name, bases),
                    )
                ]
                found = engine.results.all_of(requests)
                failed = [result for result in found.values() if isinstance(result, Exception)]
                if failed:
                    raise failed[0]

            return show

        yield from series("models", "another sequence", network, MODELS, prepare, most_s)


MEASURES = {"length": length, "sequences": sequences, "streaming": streaming, "models": models}


def report(rows: pd.DataFrame) -> str:
    """The plots and the tables of all parts, in Markdown."""
    titles = {
        "length": "One sequence, by its length",
        "sequences": "Sequences of 101 bases, in memory",
        "streaming": "Sequences of 101 bases, from a FASTA file to a folder",
        "models": "What the dashboard computes for another sequence, by the number of models",
    }
    texts = []
    for part, title in titles.items():
        of_part = rows[rows["part"] == part]
        if len(of_part):
            plot = f"![{title}](results/scaling_{part}.svg)"
            texts.append(f"### {title}\n\n{plot}\n\n{_table(part, of_part)}")
    loads = rows["load_average"]
    texts.append(
        f"Run: {_list(rows['run'])}. Machine: {_list(rows['machine'])}. Versions: "
        f"{_list(rows['versions'])}. Load average {loads.min():.1f} to {loads.max():.1f}. A dash "
        "is a point that was not run: the one before took too long (`--seconds`), or it is more "
        "than `--most`."
    )
    return "\n\n".join(texts)


def _table(part: str, rows: pd.DataFrame) -> str:
    if part == "streaming":
        lines = [
            [f"{row['count']:,}", _time(row["seconds"]), _memory(row["peak_mb"])]
            for _, row in rows.iterrows()
        ]
        return markdown(["sequences", "time, start included", "most memory held"], lines, texts=0)
    columns = list(dict.fromkeys(rows[["task", "network"]].itertuples(index=False, name=None)))
    lines = []
    for count, group in rows.groupby("count"):
        of = group.set_index(["task", "network"])["seconds"]
        cells = [of.get(column, np.nan) for column in columns]
        lines.append([f"{count:,}", *map(_time, cells)])
    return markdown([PARTS[part], *map(", ".join, columns)], lines, texts=0)


def _time(seconds: float) -> str:
    return "-" if np.isnan(seconds) else duration(seconds)


def _memory(megabytes: float) -> str:
    return "-" if np.isnan(megabytes) else f"{megabytes:,.0f} MB"


def _list(values: pd.Series) -> str:
    return "; ".join(dict.fromkeys(values))


def main(argv: list[str] | None = None) -> None:
    """Measure the requested parts; write the results, the plots and the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scaling",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--seconds", type=float, default=10.0, help="most for one point")
    parser.add_argument(
        "--most", type=int, default=100_000, help="most sequences to stream (up to 1000000)"
    )
    parser.add_argument("--tables", action="store_true", help="measure nothing, draw and write")
    options = parser.parse_args(argv)

    table = pd.read_csv(CSV) if CSV.is_file() else pd.DataFrame(columns=["run", *KEY])
    now = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    packages = ("demo_widgets", "tensorflow", "keras", "numpy")
    origin = {"run": now, "machine": machine(), "versions": versions(packages)}
    for part in () if options.tables else options.only:
        table = table[table["part"] != part]
        for row in MEASURES[part](options.seconds, options.most):
            row |= origin | {"load_average": load_average()}
            print(*(row[key] for key in KEY), row.get("seconds", "not run"), flush=True)
            table = pd.concat([table, pd.DataFrame([row])], ignore_index=True)
            RESULTS.mkdir(exist_ok=True)
            table.to_csv(CSV, index=False, float_format="%.6g")
    table = pd.read_csv(CSV)
    draw(table, RESULTS)
    text = report(table)
    write_block("scaling", text)
    print(text)


if __name__ == "__main__":
    main()
