"""Cost of the self-checks: wrapping a model, detecting changes, comparing shortcuts.

The first call of a method at a new length compiles, compares its shortcut with the direct
computation and computes; the second only checks for changes and computes. After the weights have
changed, the comparison is made again, without compiling.

    python -m benchmarks.self_checks [--length 101]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from demo_widgets.interpret import in_silico_mutagenesis, saliency_map, temporal_output_scores
from demo_widgets.interpret.exact.kernel_warmup import warm_up
from demo_widgets.models import build_cnn, build_cnn_rnn, build_rnn
from demo_widgets.models.score import SequenceModel, sequence_model

from .inputs import random_one_hot

METHODS = {
    "saliency": saliency_map,
    "mutagenesis": in_silico_mutagenesis,
    "temporal scores": temporal_output_scores,
}


def milliseconds(function: Callable[[], object], repeats: int = 1) -> float:
    """Median time of a call."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return 1000 * float(np.median(taken))


def measure(build: Callable, X: np.ndarray) -> dict[str, float]:
    """Return the milliseconds of each step for one network."""
    model = build(seed=0)
    rows = {
        "wrap, and compare its score with its output": milliseconds(lambda: SequenceModel(model))
    }
    wrapped = sequence_model(model)
    rows["check for changes"] = milliseconds(wrapped.refresh, 100)
    for name, method in METHODS.items():
        if name == "temporal scores" and not wrapped.can("prefixes"):
            continue

        def call(method: Callable = method) -> object:
            return method(model, X)

        rows[f"{name}, first call: compile, compare, compute"] = milliseconds(call)
        rows[f"{name}, again"] = milliseconds(call, 9)
        model.set_weights([1.01 * weight for weight in model.get_weights()])
        rows[f"{name}, weights changed: compare, compute"] = milliseconds(call)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--length", type=int, default=101, help="bases of the sequence")
    options = parser.parse_args()
    warm_up()
    X = random_one_hot(1, options.length)
    builders = {"CNN": build_cnn, "RNN": build_rnn, "CNN-RNN": build_cnn_rnn}
    found = {name: measure(build, X) for name, build in builders.items()}
    print(f"| milliseconds, one sequence of {options.length} bp | {' | '.join(found)} |")
    print(f"|---|{'---:|' * len(found)}")
    for row in found["RNN"]:
        cells = [f"{times[row]:.1f}" if row in times else "" for times in found.values()]
        print(f"| {row} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
