"""Time the interpretation methods on the three networks; print a markdown table.

Times are medians and depend on the machine, so compare the ratios. Saliency, mutagenesis and
temporal output scores are compared with the direct computation, which differentiates the whole
model, runs it on every mutant or steps all prefixes in a TensorFlow loop, alternately, so that both
run under the same load; ``--cpu`` counts processor time, which depends less on other work. Temporal
output scores are also compared with a computation prefix by prefix: one compiled call for each
prefix and suffix (``loop``), and the same without compiling (``eager``, extrapolated from every
tenth).

    python -m benchmarks.interpret_speed [--repeats 5] [--length 101] [--cpu]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import ExitStack
from unittest.mock import patch

import keras
import numpy as np

from demo_widgets.interpret import (
    in_silico_mutagenesis,
    optimize_class,
    saliency_map,
    temporal_output_scores,
)
from demo_widgets.interpret.exact.kernel_warmup import warm_up
from demo_widgets.interpret.exact.prefix_loop import PrefixLoop
from demo_widgets.models import predict
from demo_widgets.models.networks import build_cnn, build_cnn_rnn, build_rnn
from demo_widgets.models.score import sequence_model
from demo_widgets.sequences import SequenceDataset, one_hot_decode

from .against.prefix_loop import EAGER
from .against.subject import Subject
from .inputs import random_one_hot

_SHORT_CUTS = (
    "demo_widgets.interpret.exact.fast_mutants.fast_mutants",
    "demo_widgets.interpret.exact.fast_gradient.fast_gradient",
    "demo_widgets.interpret.exact.prefix_scores.fast_prefixes",
)


def median_seconds(functions: dict[str, Callable], repeats: int, clock: Callable) -> dict:
    """Return the median of ``repeats`` alternating runs of each function, after one that
    compiles."""
    times: dict[str, list] = {name: [] for name in functions}
    for turn in range(repeats + 1):
        for name, function in functions.items():
            start = clock()
            function()
            if turn:
                times[name].append(clock() - start)
    return {name: float(np.median(taken)) for name, taken in times.items()}


def plain(function: Callable[[], object]) -> Callable[[], object]:
    """Return ``function`` without the shortcuts."""

    def run():
        with ExitStack() as stack:
            for name in _SHORT_CUTS:
                stack.enter_context(patch(name, return_value=None))
            return function()

    return run


def prefix_loops(model: keras.Model, X: np.ndarray) -> dict[str, Callable[[], object]]:
    """Score every prefix and suffix of ``X`` by a call of the recurrent part, both ways.

    Compiled as the package itself does it for models whose prefixes cannot step together; the
    authors' method is not compiled.
    """
    loop = PrefixLoop(sequence_model(model))
    features = loop.features(X)
    eager = EAGER.prepare(Subject(model.name, model, SequenceDataset(one_hot_decode(X))))
    return {"loop": lambda: list(loop.run(features)), "eager": lambda: eager(X)}


def measure(model: keras.Model, X: np.ndarray, repeats: int, clock: Callable) -> dict[str, float]:
    """Return the seconds of each task for one model."""
    few = max(1, repeats // 2)
    both_ways = {
        "saliency, 1": (lambda: saliency_map(model, X[:1]), repeats),
        "saliency, 500": (lambda: saliency_map(model, X), few),
        "mutagenesis, 1": (lambda: in_silico_mutagenesis(model, X[:1]), repeats),
        "mutagenesis, 100": (lambda: in_silico_mutagenesis(model, X[:100]), 1),
    }
    tasks = {
        "predict, 1 sequence": (lambda: predict(model, X[:1]), repeats),
        "predict, 500": (lambda: predict(model, X), repeats),
        "class optimization, 100 updates": (
            lambda: optimize_class(model, length=X.shape[1], iterations=100),
            few,
        ),
    }
    if "RNN" in model.name:
        loops = prefix_loops(model, X[:1])
        both_ways["temporal, 1"] = (lambda: temporal_output_scores(model, X[:1]), repeats)
        both_ways["temporal, 50"] = (lambda: temporal_output_scores(model, X[:50]), few)
        tasks["temporal, 1, loop"] = (loops["loop"], few)
        tasks["temporal, 1, eager"] = (loops["eager"], 1)
    seconds = {}
    for name, (task, count) in both_ways.items():
        ways = {name: task, f"{name}, plain": plain(task)}
        seconds |= median_seconds(ways, count, clock)
    for name, (task, count) in tasks.items():
        seconds |= median_seconds({name: task}, count, clock)
    if "temporal, 1, eager" in seconds:
        seconds["temporal, 1, eager"] /= EAGER.share
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--length", type=int, default=101, help="bases of each sequence")
    parser.add_argument("--cpu", action="store_true", help="count processor time")
    options = parser.parse_args()
    clock = time.process_time if options.cpu else time.perf_counter
    warm_up()
    X = random_one_hot(500, options.length)
    models = [build_cnn(), build_rnn(), build_cnn_rnn()]
    seconds = {model.name: measure(model, X, options.repeats, clock) for model in models}
    rows = list(seconds["RNN"])
    print(f"| milliseconds, {options.length} bp | {' | '.join(seconds)} |")
    print(f"|---|{'---:|' * len(seconds)}")
    for row in rows:
        cells = [f"{1000 * times[row]:.1f}" if row in times else "" for times in seconds.values()]
        print(f"| {row} | {' | '.join(cells)} |")
    for row in rows:
        task, _, way = row.rpartition(", ")
        if way in ("plain", "loop", "eager"):
            ratios = [
                f"{times[row] / times[task]:.1f}x" if row in times else ""
                for times in seconds.values()
            ]
            print(f"| {task}: {way} / fast | {' | '.join(ratios)} |")


if __name__ == "__main__":
    main()
