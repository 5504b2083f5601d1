"""Gradients and mutant effects, by the fastest way that agrees with the direct computation.

This module imports no framework: models of other backends use the direct computation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from demo_widgets.interpret.exact.self_check import compare, trial_sequences
from demo_widgets.interpret.progress import Progress
from demo_widgets.models.backends import is_keras
from demo_widgets.models.model_facts import FloatArray, IntArray
from demo_widgets.models.score import Check, SequenceModel

if TYPE_CHECKING:
    from demo_widgets.interpret.exact.fast_gradient import FastGradient
    from demo_widgets.interpret.exact.fast_mutants import FastMutants
    from demo_widgets.models.backends.keras_backend import KerasModel

__all__ = ["effects_of_substitutions", "gradients", "prepare", "substituted"]

_MAX_POSITIONS = 65_536  # per batch of mutants, so that memory does not grow with length
_TRIED = 48  # mutants per comparison

Results = tuple[FloatArray, FloatArray, FloatArray]

_SHORT, _MANY = 30, 16
"""Maximum number of sequences, and their length, for which scoring whole mutants is up to 3 times
as fast as the shortcut."""


def prepare(models: Iterable[SequenceModel], wait: bool) -> None:
    """Compile the recurrent kernels, or load them from disk, if one of ``models`` needs them.

    Parameters
    ----------
    models
        The models to be explained.
    wait
        Return when they are ready, so that a long run uses one method throughout. False: compile in
        the background; until then the direct computation is used.
    """
    if not any(is_keras(model) and model.can("prefixes") for model in models):
        return
    from demo_widgets.interpret.exact import kernel_warmup

    (kernel_warmup.warm_up if wait else kernel_warmup.warm_up_in_background)()


def gradients(model: SequenceModel, X: FloatArray, batch_size: int) -> Results:
    """Return the gradient ``(n, L, 4)`` of the score, and scores and predictions ``(n,)``.

    ``X`` ``(n, L, 4)`` may hold any numbers, not only one-hot rows.
    """
    if is_keras(model) and batch_size >= 1 and len(X):
        from demo_widgets.interpret.exact.fast_gradient import fast_gradient

        model.refresh()
        model.check_length(X.shape[1])
        fast = fast_gradient(model, *X.shape[:2])
        if fast is not None and _admits_gradient(model, fast, X):
            found = fast(X, batch_size)
            model.check_finite(*found)
            return found
    return model.gradient_and_predict(X, batch_size)


def _admits_gradient(model: KerasModel, fast: FastGradient, X: FloatArray) -> bool:
    def tried() -> Check:
        trial = trial_sequences(X)
        plain = model.gradient_and_predict(trial)
        return compare(
            f"gradient shortcut at {X.shape[1]:,} bases", plain, fast(trial, len(trial)), plain[1]
        )

    way = type(fast).__name__, getattr(fast, "small", True)
    return model.admits(("gradient", X.shape[1], *way), tried)


def effects_of_substitutions(
    model: SequenceModel, X: FloatArray, substitutions: IntArray, batch_size: int, step: Progress
) -> Results:
    """Return the effects of single substitutions on the score.

    Parameters
    ----------
    X
        One-hot sequences ``(n, L, 4)``.
    substitutions
        ``(m, 3)``: sequence, position and new base, in ascending order.
    batch_size
        Mutants per call.
    step
        Called with (done, total) before each batch.

    Returns
    -------
    effects
        ``(m,)`` score of the mutant minus that of the sequence.
    scores, predictions
        ``(n,)`` of the sequences.
    """
    fast = _admitted_mutants(model, X) if batch_size >= 1 and len(X) else None
    if fast is None:
        return _plain_effects(model, X, substitutions, batch_size, step)
    effects = np.empty(len(substitutions), np.float32)
    scores, predictions = np.empty((2, len(X)), np.float32)
    asked = np.zeros(len(X), bool)
    for start, stop in fast.batches(substitutions, batch_size):
        step(start, len(substitutions))
        sequence, position, base = substitutions[start:stop].T
        part = slice(sequence[0], sequence[-1] + 1)
        effects[start:stop], scores[part], predictions[part] = fast(
            X[part], sequence - sequence[0], position, base
        )
        asked[part] = True
    if not asked.all():
        scores[~asked], predictions[~asked] = model.score_and_predict(X[~asked])
    model.check_finite(scores)
    return effects, scores, predictions


def _plain_effects(
    model: SequenceModel, X: FloatArray, substitutions: IntArray, batch_size: int, step: Progress
) -> Results:
    """Score every mutant by the model itself."""
    scores, predictions = model.score_and_predict(X, batch_size)
    effects = np.empty(len(substitutions), np.float32)
    size = max(1, min(batch_size, _MAX_POSITIONS // max(X.shape[1], 1)))
    for start in range(0, len(substitutions), size):
        step(start, len(substitutions))
        sequence = substitutions[start : start + size, 0]
        mutants = substituted(X, substitutions[start : start + size])
        effects[start : start + size] = model.score(mutants, size) - scores[sequence]
    return effects, scores, predictions


def substituted(X: FloatArray, substitutions: IntArray) -> FloatArray:
    """Return sequences of ``X`` ``(n, L, 4)`` with one base each replaced, ``(m, L, 4)``."""
    sequence, position, base = substitutions.T
    mutants = X[sequence]
    row = np.arange(len(mutants))
    mutants[row, position] = 0
    mutants[row, position, base] = 1
    return mutants


def _admitted_mutants(model: SequenceModel, X: FloatArray) -> FastMutants | None:
    length = X.shape[1]
    if not is_keras(model) or (length < _SHORT and len(X) >= _MANY):
        return None
    from demo_widgets.interpret.exact.fast_mutants import fast_mutants

    model.refresh()
    fast = fast_mutants(model, length)
    if fast is None:
        return None

    def tried() -> Check:
        trial = trial_sequences(X)
        chosen = np.array(list(_some_substitutions(trial)))
        plain, scores, _ = _plain_effects(model, trial, chosen, _TRIED, lambda *_: None)
        effects = np.empty_like(plain)
        for start, stop in fast.batches(chosen, _TRIED):
            sequence, position, base = chosen[start:stop].T
            part = slice(sequence[0], sequence[-1] + 1)
            effects[start:stop] = fast(trial[part], sequence - sequence[0], position, base)[0]
        return compare(f"mutant shortcut at {length:,} bases", [plain], [effects], scores)

    return fast if model.admits(("mutants", length), tried) else None


def _some_substitutions(X: FloatArray) -> Iterator[tuple[int, int, int]]:
    """Return substitutions near both ends and in between, for each of the sequences ``X``."""
    n, length = X.shape[:2]
    each = max(2, min(_TRIED // n, length))
    draw = np.random.default_rng(length)
    for i in range(n):
        ends = {0, 1, length - 2, length - 1} & set(range(length))
        between = draw.permutation(length)[: max(each - len(ends), 0)]
        for position in sorted(ends | set(between.tolist())):
            others = np.flatnonzero(X[i, position] == 0)
            yield i, position, int(draw.choice(others))
