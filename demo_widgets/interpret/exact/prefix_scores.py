"""Scores of all prefixes and suffixes, by the fastest way that agrees with the direct one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.interpret.exact.lstm_prefixes import fast_prefixes
from demo_widgets.interpret.exact.prefix_loop import PrefixLoop, in_turn
from demo_widgets.interpret.exact.prefix_passes import PrefixPasses, step_together
from demo_widgets.interpret.exact.self_check import compare, trial_sequences
from demo_widgets.interpret.progress import Progress
from demo_widgets.models.anatomy.positions import Steps
from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.score import Check

__all__ = ["prefix_scores"]

Ways = Callable[[FloatArray, Progress], tuple[FloatArray, FloatArray]]


def prefix_scores(
    model: KerasModel,
    X: FloatArray,
    batch_size: int,
    max_minutes: float,
    report: Progress,
) -> tuple[FloatArray, FloatArray, Steps, str]:
    """Return scores and predictions ``(2, n, steps)`` of prefixes, then of suffixes.

    Returns
    -------
    scores, predictions
        ``(2, n, steps)`` each.
    steps
        Places of the steps.
    algorithm
        A sentence on how they were computed.

    Raises
    ------
    ModelError
        The model cannot score part of a sequence, or would take too long.
    """
    model.refresh()
    n, length = X.shape[:2]
    loop = PrefixLoop(model)
    steps = loop.steps(length)
    if loop.cuts_features and steps.count >= 1 and not _cutting_is_right(model, loop, X):
        loop = PrefixLoop(model, cut_features=False)
        steps = loop.steps(length)
    if steps.count < 1:
        raise ModelError(
            f"sequences of {length} bases are too short for the layers of {model.name!r} before "
            "its recurrent layer"
        )
    way = _stepping_together(model, loop, X, steps, batch_size)
    if way is not None:
        scores, predictions = way(X, report)
        algorithm = "All prefixes step through the recurrent layer together."
    else:
        scores, predictions = in_turn(loop, X, batch_size, steps.count, max_minutes, report)
        algorithm = loop.algorithm
    model.check_finite(*(part.transpose(1, 0, 2) for part in (scores, predictions)))
    return scores, predictions, steps, algorithm


def _cutting_is_right(model: KerasModel, loop: PrefixLoop, X: FloatArray) -> bool:
    """Whether the layers after the features reproduce the model's score of the whole sequence."""

    def tried() -> Check:
        trial = trial_sequences(X)
        plain = model.score(trial)
        features = loop.features(trial)
        what = f"features of {X.shape[1]:,} bases"
        return compare(what, [plain], [loop.whole(features)], plain)

    return model.admits(("features", X.shape[1]), tried)


def _stepping_together(
    model: KerasModel, loop: PrefixLoop, X: FloatArray, steps: Steps, batch_size: int
) -> Ways | None:
    """Return the fastest verified way to step all prefixes together, if there is one."""
    chain = model.chain
    if chain is None or not chain.readers or not loop.cuts_features:
        return None
    fast = fast_prefixes(model, len(X), steps.count)
    if fast is not None and _admitted(model, loop, "LSTM kernels", fast, X, steps):
        return fast

    def together(X: FloatArray, report: Progress) -> Any:
        return step_together(PrefixPasses(model, chain), X, batch_size, steps.count, report)

    return together if _admitted(model, loop, "stepping together", together, X, steps) else None


def _admitted(
    model: KerasModel, loop: PrefixLoop, name: str, way: Ways, X: FloatArray, steps: Steps
) -> bool:
    def tried() -> Check:
        trial = trial_sequences(X)[:2]
        found = way(trial, lambda *_: None)[0]
        features = loop.features(trial)
        count = steps.count
        places = sorted({0, min(1, count - 1), count // 3, count // 2, count - 1})
        plain = np.stack([loop.pair(features, i)[0] for i in places], axis=2)
        what = f"prefixes by {name} at {X.shape[1]:,} bases"
        return compare(what, [plain], [found[:, :, places]], plain)

    return model.admits((name, X.shape[1]), tried)
