"""Would the model still say so if one base were another: every single substitution."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from demo_widgets.interpret.exact.fast_mutants import fast_mutants
from demo_widgets.interpret.positions import checked_stretch
from demo_widgets.interpret.progress import checkpoint
from demo_widgets.interpret.results import MutagenesisResult
from demo_widgets.models import ClassScore
from demo_widgets.models.quiet_tensorflow import keras
from demo_widgets.sequences import as_one_hot

__all__ = ["in_silico_mutagenesis"]

_MAX_POSITIONS = 65_536  # of one batch of mutants, so that memory does not grow with length

_SHORT, _MANY = 30, 16
"""So many sequences of fewer bases than this: here scoring whole mutants is up to 3 times as fast
as sharing what they have in common."""


def in_silico_mutagenesis(
    model: keras.Model,
    X,
    *,
    target: int | None = None,
    positions: tuple[int, int] | None = None,
    batch_size: int = 1024,
    on_progress: Callable[[int, int], None] | None = None,
    cancel: threading.Event | None = None,
) -> MutagenesisResult:
    """Compute what every single-base substitution does to the class score.

    ``effects[i, t, b] = S(sequence i with base b at position t) - S(sequence i)``: below 0
    where the substitution speaks against the target class, 0 for the base that is there.
    At an N (a zero row) nothing is there, so all four entries say what reading that base instead
    of N would do.

    Parameters
    ----------
    model
        Keras classifier over one-hot DNA, see :class:`ClassScore`.
    X
        One-hot array ``(n, L, 4)``, string, list of strings or ``SequenceDataset``.
    target
        Class to explain; default 1, "bound".
    positions
        Start and end, 0-based and half-open, of the positions to substitute: the effects there
        are those of a call over all, and NaN elsewhere. Default: all positions.
    batch_size
        Mutants per model call; lowered for long sequences to bound memory.
    on_progress
        Called with (mutants done, mutants in all) after each batch.
    cancel
        Checked before each batch.

    Returns
    -------
    MutagenesisResult
        ``.effects`` ``(n, L, 4)``, ``.reference_scores`` ``(n,)``.

    Raises
    ------
    ModelError
        The model cannot be used, or not at this length.
    SequenceError
        ``X`` is not DNA of one length, or ``positions`` are not in it.
    Cancelled
        ``cancel`` was set.

    Examples
    --------
    >>> in_silico_mutagenesis(model, ["ACGTTGATAAGCA"]).effects.shape
    (1, 13, 4)
    """
    X = as_one_hot(X)
    first, end = checked_stretch("positions", positions, X.shape[1])
    score = ClassScore.of(model, target)
    step = checkpoint("in-silico mutagenesis", on_progress, cancel)
    effects = np.full(X.shape, np.nan, dtype=np.float32)
    effects[:, first:end] = 0
    substitutions = np.argwhere(X[:, first:end] == 0) + [0, first, 0]
    worth_sharing = X.shape[1] >= _SHORT or len(X) < _MANY
    fast = fast_mutants(score, X.shape[1]) if worth_sharing else None
    if fast is not None and batch_size >= 1 and len(X) > 0:
        reference, probabilities = np.empty((2, len(X)), np.float32)
        for start, stop in fast.batches(substitutions, batch_size):
            step(start, len(substitutions))
            sequence, position, base = substitutions[start:stop].T
            part = slice(sequence[0], sequence[-1] + 1)
            effects[sequence, position, base], reference[part], probabilities[part] = fast(
                X[part], sequence - sequence[0], position, base
            )
        score.checked(reference)
    else:
        reference, probabilities = score.score_numpy(X, batch_size)
        size = max(1, min(batch_size, _MAX_POSITIONS // X.shape[1]))
        for start in range(0, len(substitutions), size):
            step(start, len(substitutions))
            sequence, position, base = substitutions[start : start + size].T
            mutants = X[sequence]
            row = np.arange(len(mutants))
            mutants[row, position] = 0
            mutants[row, position, base] = 1
            mutant_scores = score.score_numpy(mutants, size)[0]
            effects[sequence, position, base] = mutant_scores - reference[sequence]
    step(len(substitutions), len(substitutions))
    return MutagenesisResult(
        effects=effects,
        reference_scores=reference,
        probabilities=probabilities,
        model_name=score.name,
        target=score.target,
        score_kind=score.kind,
    )
