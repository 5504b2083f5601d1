"""Temporal output scores by their definition: one model call for each prefix and suffix.

The direct computation, with which the others are compared. It is used for models that cannot step
all prefixes together: stacked recurrent layers, attention over the states, branches. Each call
takes prefixes of one length from several sequences, so nothing is padded, and is compiled once for
all lengths.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.interpret.progress import Progress
from demo_widgets.models.anatomy.graph import time_distributed
from demo_widgets.models.anatomy.layers import is_recurrent
from demo_widgets.models.anatomy.positions import Steps, steps_of_tensor
from demo_widgets.models.backends.keras_backend import KerasModel
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.quiet_tensorflow import keras, tf

__all__ = ["PrefixLoop", "in_turn"]

_POSITIONS = 65_536  # of one call


class PrefixLoop:
    """The recurrent part of a model, applied to prefixes and suffixes of its input.

    If the input of the first recurrent layer lies along the sequence and the output depends on it
    alone, the layers before run once and their features are cut; otherwise the sequence is cut.

    Parameters
    ----------
    score
        The model.
    cut_features
        False: cut the sequence for any layers.

    Attributes
    ----------
    algorithm
        A sentence on the computation.
    cuts_features
        Whether features are cut, not the sequence.
    """

    def __init__(self, score: KerasModel, cut_features: bool = True):
        self.score = score
        graph = score.graph
        tensor = _features(score) if cut_features else None
        self._cut = None if graph is None or tensor is None else (graph, tensor)
        self.cuts_features = self._cut is not None
        if tensor is not None:
            self.algorithm = (
                "The layers from the first recurrent one on are applied to each prefix and suffix "
                "of its input in turn."
            )
        else:
            self.algorithm = "The whole model is applied to each prefix and suffix in turn."
            tensor = None if graph is None else graph.input
        self._tensor = tensor
        rest = None if tensor is None else score.score_of_tensor(tensor)
        self._rest: Callable[[Any], Any] = rest or score.score_tensors
        calls = () if graph is None else graph.calls
        known = {id(call.operation) for call in calls}
        self._any_length = all(id(one) in known for one in time_distributed(score.model))

    def steps(self, length: int) -> Steps:
        """Return the places of the steps of sequences of ``length`` bases."""
        steps = None if self._cut is None else steps_of_tensor(*self._cut, length)
        return steps or Steps(length, length)

    def features(self, X: FloatArray) -> tf.Tensor:
        """Return the array that is cut, ``(n, steps, channels)``."""
        x = tf.constant(X)
        if self._cut is None:
            return x
        graph, tensor = self._cut
        return tf.cast(graph.run({graph.input: x}, [tensor])[0], tf.float32)

    def check(self, features: tf.Tensor) -> float:
        """Return the seconds that one call on all of ``features`` takes.

        Raises
        ------
        ModelError
            The layers cannot be applied to part of a sequence.
        """
        count = features.shape[1]
        for size in sorted({1, 2, count - 1, count} - {0}, reverse=True):
            try:
                scores = self._call(features[:, :size])[0]
                if scores.shape != (len(features),) or not np.isfinite(scores).all():
                    raise ValueError("expected one finite score per sequence")
            except Exception as error:  # layers of the user may raise any error
                short = f" as short as {size} of {count} steps" if size < count - 1 else ""
                raise ModelError(
                    f"temporal output scores cannot be computed for {self.score.name!r}: it "
                    f"cannot score part of a sequence{short}{self._culprit()}"
                ) from error
        began = time.perf_counter()
        self._call(features)
        return time.perf_counter() - began

    def whole(self, features: tf.Tensor) -> FloatArray:
        """Return the scores ``(n,)`` of the whole sequences."""
        return self._call(features)[0]

    def pair(self, features: tf.Tensor, i: int) -> tuple[FloatArray, ...]:
        """Return scores and predictions ``(2, n)`` of prefix ``0 .. i`` and suffix ``i ..``."""
        both = self._call(features[:, : i + 1]), self._call(features[:, i:])
        return tuple(np.stack(values) for values in zip(*both, strict=True))

    def _call(self, features: tf.Tensor) -> tuple[FloatArray, FloatArray]:
        length = None if self._any_length else features.shape[1]
        spec = tf.TensorSpec((None, length, features.shape[-1]), tf.float32)
        function = self.score.compiled(f"prefix_of_{self._tensor}", self._rest, spec)
        scores, predictions = function(features)
        return scores.numpy(), predictions.numpy()

    def _culprit(self) -> str:
        for layer in self.score.layers:
            if isinstance(layer, (keras.layers.Flatten, keras.layers.Reshape)):
                return f"; its layer {layer.name!r} ({type(layer).__name__}) takes only one length"
        return ""


def in_turn(
    loop: PrefixLoop,
    X: FloatArray,
    batch_size: int,
    count: int,
    max_minutes: float,
    report: Progress,
) -> tuple[FloatArray, ...]:
    """Return class scores and probabilities, each ``(2, n, count)``, of prefixes and suffixes.

    Raises
    ------
    ModelError
        The model cannot score part of a sequence, or is expected to take longer than
        ``max_minutes``.
    """
    n, length = X.shape[:2]
    size = max(1, min(batch_size, _POSITIONS // length))
    seconds = loop.check(loop.features(X[:size]))
    minutes = seconds * count * -(-n // size) / 60
    if minutes > max_minutes:
        what = "sequence" if n == 1 else "sequences"
        raise ModelError(
            f"temporal output scores of {n:,} {what} of {length:,} bases would take model "
            f"{loop.score.name!r} about {_span(minutes)}, because it has to be called for each of "
            f"{2 * count:,} prefixes and suffixes; the limit is max_minutes={max_minutes:g}: take "
            "shorter or fewer sequences, or raise it"
        )
    parts = []
    for start in range(0, n, size):
        features, values = loop.features(X[start : start + size]), []
        for i in range(features.shape[1]):
            report(start * count + i * len(features), n * count)
            values.append(loop.pair(features, i))
        parts.append([np.stack(kind, axis=2) for kind in zip(*values, strict=True)])
    report(n * count, n * count)
    return tuple(np.concatenate(part, axis=1) for part in zip(*parts, strict=True))


def _span(minutes: float) -> str:
    if minutes < 1:
        return f"{max(1, round(60 * minutes))} s"
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"


def _features(score: KerasModel) -> int | None:
    """Return the first recurrent layer's input, if it lies along the sequence and suffices."""
    if score.graph is None:
        return None
    for call in score.graph.calls:
        if is_recurrent(call.operation):
            tensor = call.inputs[0]
            along = steps_of_tensor(score.graph, tensor, 1_000_000) is not None
            return tensor if along and score.score_of_tensor(tensor) is not None else None
    return None
