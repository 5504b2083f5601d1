"""Temporal output scores: the exact prediction of a recurrent model after each base."""

from __future__ import annotations

import threading
from typing import Any

from demo_widgets.errors import ModelError
from demo_widgets.interpret.progress import Progress, checkpoint
from demo_widgets.interpret.results import TemporalResult
from demo_widgets.models.backends import is_keras
from demo_widgets.models.score import sequence_model
from demo_widgets.sequences import as_one_hot

__all__ = ["temporal_output_scores"]


def temporal_output_scores(
    model: Any,
    X: Any,
    *,
    target: int | None = None,
    batch_size: int = 512,
    max_minutes: float = 10,
    on_progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> TemporalResult:
    """Score every prefix and every suffix of each sequence (Lanchantin et al., PSB 2017).

    The forward score at ``t`` is the whole model, both reading directions, applied to the
    prefix ``X[:t+1]``; the backward score is the whole model on the suffix ``X[t:]``. Mean pooling
    divides by the length read. Layers before the recurrent one (a convolution) run once on the
    whole sequence and their *features* are sliced, as in the paper: near the end of a prefix a
    convolution has therefore seen half its width beyond it. Where those layers shorten the sequence
    (pooling, strides), several bases share one step of reading, placed at the centre of its window.

    Nothing is approximated. In a chain of layers around one recurrent layer all prefixes step
    through it together. Other models that take any length (stacked recurrent layers, attention over
    the states, branches, a custom call method) are called once for each prefix and suffix, whose
    time grows with the square of the length; ``.algorithm`` of the result names the method used.

    Parameters
    ----------
    model
        Keras classifier with a recurrent layer. A model that flattens the states has a fixed length
        and cannot score a prefix.
    X
        One-hot array ``(n, L, 4)``, string, list of strings or ``SequenceDataset``.
    target
        Class whose probability is returned; default 1, "bound".
    batch_size
        Sequences stepped together; lowered for long sequences to bound memory.
    max_minutes
        Raise an error if one call for each prefix is expected to take longer.
    on_progress
        Called with (sequence steps done, total) between pieces of the work.
    cancel
        Checked at the same points.

    Returns
    -------
    TemporalResult
        ``.forward`` and ``.backward`` ``(n, L)`` probabilities; the last forward and the first
        backward one are the model's prediction.

    Raises
    ------
    ModelError
        The model cannot be used, cannot score a prefix, or would take longer than ``max_minutes``.
    SequenceError
        ``X`` is not DNA of one length.
    Cancelled
        ``cancel`` was set.

    Examples
    --------
    >>> temporal_output_scores(build_rnn(), ["ACGTTGATAAGCA"]).forward.shape
    (1, 13)
    """
    X = as_one_hot(X)
    explained = sequence_model(model, target)
    if not explained.can("prefixes") or not is_keras(explained):
        raise ModelError(
            f"temporal output scores cannot be computed: {explained.why_not('prefixes')}"
        )
    explained.check_length(X.shape[1])
    if batch_size < 1:
        raise ModelError(f"batch_size must be at least 1, got {batch_size}")
    from demo_widgets.interpret.exact.prefix_scores import prefix_scores

    report = checkpoint("temporal output scores", on_progress, cancel)
    found = prefix_scores(explained, X, batch_size, max_minutes, report)
    scores, predictions, steps, algorithm = found
    if steps.count != X.shape[1]:
        algorithm += (
            f" The {X.shape[1]} bases are read in {steps.count} steps, about "
            f"{X.shape[1] / steps.count:.1f} bases each."
        )
    left, right = steps.read_from_left(), steps.read_from_right()
    return TemporalResult(
        forward=predictions[0][:, left],
        backward=predictions[1][:, right],
        forward_scores=scores[0][:, left],
        backward_scores=scores[1][:, right],
        prediction=predictions[0, :, -1],
        model_name=explained.name,
        target=explained.target,
        score_kind=explained.kind,
        algorithm=algorithm,
    )
