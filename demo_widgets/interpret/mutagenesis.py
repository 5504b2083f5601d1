"""In-silico mutagenesis: the effect of every single substitution."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from demo_widgets.interpret.exact.shortcuts import effects_of_substitutions
from demo_widgets.interpret.progress import Progress, checkpoint
from demo_widgets.interpret.results import MutagenesisResult
from demo_widgets.interpret.settings import checked_stretch
from demo_widgets.models.score import sequence_model
from demo_widgets.sequences import as_one_hot

__all__ = ["in_silico_mutagenesis"]


def in_silico_mutagenesis(
    model: Any,
    X: Any,
    *,
    target: int | None = None,
    positions: tuple[int, int] | None = None,
    batch_size: int = 1024,
    on_progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> MutagenesisResult:
    """Compute what every single-base substitution does to the class score.

    ``effects[i, t, b] = S(sequence i with base b at position t) - S(sequence i)``: below 0 if the
    substitution is evidence against the target class, 0 for the observed base. At an N (a zero row)
    all four entries are effects of replacing N by that base.

    Parameters
    ----------
    model
        A :class:`SequenceModel`, a Keras model or a function.
    X
        One-hot array ``(n, L, 4)``, string, list of strings or ``SequenceDataset``.
    target
        Class to explain; default 1, "bound".
    positions
        Start and end, 0-based and half-open, of the positions to substitute: the effects there
        equal those of a call over all, and are NaN elsewhere. Default: all positions.
    batch_size
        Mutants per model call; lowered for long sequences to bound memory.
    on_progress
        Called with (mutants done, total) after each batch.
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
    explained = sequence_model(model, target)
    step = checkpoint("in-silico mutagenesis", on_progress, cancel)
    effects = np.full(X.shape, np.nan, dtype=np.float32)
    effects[:, first:end] = 0
    substitutions = np.argwhere(X[:, first:end] == 0) + np.array([0, first, 0])
    found, reference, probabilities = effects_of_substitutions(
        explained, X, substitutions, batch_size, step
    )
    effects[tuple(substitutions.T)] = found
    step(len(substitutions), len(substitutions))
    return MutagenesisResult(
        effects=effects,
        reference_scores=reference,
        probabilities=probabilities,
        model_name=explained.name,
        target=explained.target,
        score_kind=explained.kind,
    )
