"""Time what the self-check of the shortcuts costs; print a markdown table.

A shortcut is compared with the plain way once for each model and length, and again when the weights
have changed. The same call is timed with weights that were just changed, so that it is checked, and
with weights that it knows; nothing compiles in either. The difference is the cost of the check.

    python -m benchmarks.self_checks [--repeats 7] [--length 101]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import keras

from demo_widgets.interpret import in_silico_mutagenesis, saliency_map, temporal_output_scores
from demo_widgets.models import predict
from demo_widgets.models.networks import build_cnn, build_cnn_rnn, build_rnn

from .inputs import random_one_hot
from .tables import duration, markdown
from .timing import in_turn

METHODS = {
    "predict": predict,
    "saliency": saliency_map,
    "mutagenesis": in_silico_mutagenesis,
    "temporal": temporal_output_scores,
}


def changed_first(model: keras.Model, call: Callable[[], object]) -> Callable[[], object]:
    """``call`` after the model's weights were changed, by less than float noise."""
    weight, turn = model.weights[0], [1e-7]

    def run():
        turn[0] = -turn[0]
        weight.assign_add(turn[0] + 0 * weight)
        return call()

    return run


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--length", type=int, default=101)
    options = parser.parse_args(arguments)
    X = random_one_hot(1, options.length)
    rows = []
    for name, build in (("CNN", build_cnn), ("RNN", build_rnn), ("CNN-RNN", build_cnn_rnn)):
        model = build()
        for method, function in METHODS.items():
            if method == "temporal" and name == "CNN":
                continue
            known = lambda function=function, model=model: function(model, X)  # noqa: E731
            checked = changed_first(model, known)
            known()
            checked()
            timed = in_turn({"checked": checked, "known": known}, repeats=options.repeats)
            with_check, without = timed["checked"].median, timed["known"].median
            cost = max(with_check - without, 0)
            rows.append([name, method, *map(duration, (with_check, without, cost))])
    print(markdown(["network", "method", "checked", "known", "cost of the check"], rows))


if __name__ == "__main__":
    main()
