"""Temporal output scores by their definition: one model call for each prefix and suffix.

Serves what cannot step all prefixes together: stacked recurrent layers, attention over the
states, branches. Each call takes prefixes of one length from several sequences, so nothing
is padded, and is compiled once for all lengths.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.interpret.exact.reading_steps import (
    Steps,
    keeps_positions,
    steps_after,
)
from demo_widgets.interpret.exact.recurrent_structure import is_recurrent
from demo_widgets.models import ClassScore
from demo_widgets.models.logits import has_graph
from demo_widgets.models.quiet_tensorflow import keras, tf
from demo_widgets.models.time_distributed import time_distributed

__all__ = ["PrefixLoop", "has_recurrent_layer", "in_turn"]

_POSITIONS = 65_536  # of one call


def has_recurrent_layer(model: keras.Model) -> bool:
    """Whether ``model`` has a recurrent layer, however deep."""
    return any(map(is_recurrent, model._flatten_layers()))


class PrefixLoop:
    """The part of a model that reads, applied to prefixes and suffixes of its input.

    Where the input of the first recurrent layer lies along the sequence and all else follows from
    it, the layers before run once and their features are cut; otherwise the sequence is.

    Attributes
    ----------
    algorithm
        A sentence on what is applied to what.
    """

    def __init__(self, score: ClassScore):
        self.score = score
        graph = score.graph if has_graph(score.graph) else None
        tensor = None if graph is None else _features(graph)
        rest = None if tensor is None else score.logits_from(tensor)
        if rest is None:
            tensor = None if graph is None else graph.inputs[0]
            rest = score.logits if graph is None else score.logits_from(tensor)
            self.algorithm = "The whole model is applied to each prefix and suffix in turn."
        else:
            self.algorithm = (
                "The layers from the first recurrent one on are applied to each prefix and suffix "
                "of its input in turn."
            )
        self._tensor, self._rest = tensor, rest
        self._any_length = set(time_distributed(score.graph)) <= set(graph.layers if graph else ())
        self._before = None
        if tensor is not None and tensor is not graph.inputs[0]:
            self._before = keras.Model(graph.inputs, tensor)

    def steps(self, length: int) -> Steps:
        """Where the steps of sequences of ``length`` bases are."""
        return Steps(length, length) if self._before is None else _steps(self._tensor, length)

    def features(self, X: np.ndarray) -> tf.Tensor:
        """What is cut, ``(n, steps, channels)``."""
        x = tf.constant(X)
        return x if self._before is None else tf.cast(self._before(x, training=False), tf.float32)

    def check(self, features: tf.Tensor) -> float:
        """Seconds that one call on all of ``features`` takes.

        Raises
        ------
        ModelError
            The layers have no answer for part of a sequence.
        """
        count = features.shape[1]
        for size in sorted({1, 2, count - 1, count} - {0}, reverse=True):
            try:
                scores = self._call(features[:, :size])[0]
                if scores.shape != (len(features),) or not np.isfinite(scores).all():
                    raise ValueError("one finite answer per sequence was expected")
            except Exception as error:  # the layers are the user's: they may raise anything
                short = f" as short as {size} of {count} steps" if size < count - 1 else ""
                raise ModelError(
                    f"temporal output scores cannot be computed for {self.score.name!r}: it has no "
                    f"answer for a part of a sequence{short}{self._culprit()}"
                ) from error
        began = time.perf_counter()
        self._call(features)
        return time.perf_counter() - began

    def run(self, features: tf.Tensor) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Class scores and probabilities, each ``(2, n)``: of prefix and suffix, by step."""
        for i in range(features.shape[1]):
            pair = self._call(features[:, : i + 1]), self._call(features[:, i:])
            yield tuple(np.stack(values) for values in zip(*pair, strict=True))

    def _call(self, features: tf.Tensor) -> tuple[np.ndarray, np.ndarray]:
        length = None if self._any_length else features.shape[1]
        spec = tf.TensorSpec((None, length, features.shape[-1]), tf.float32)
        function = self.score.compiled("temporal_prefix", self._scores, spec)
        return tuple(values.numpy() for values in function(features))

    def _scores(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        z = self._rest(x)
        return self.score.score_of_logits(z), self.score.probability_of_logits(z)

    def _culprit(self) -> str:
        for layer in self.score.graph._flatten_layers(include_self=False):
            if isinstance(layer, (keras.layers.Flatten, keras.layers.Reshape)):
                return f"; its layer {layer.name!r} ({type(layer).__name__}) takes one length only"
        return ""


def in_turn(
    loop: PrefixLoop,
    X: np.ndarray,
    batch_size: int,
    count: int,
    max_minutes: float,
    report: Callable[[int, int], None],
) -> tuple[np.ndarray, ...]:
    """Class scores and probabilities, each ``(2, n, count)``: of prefixes and of suffixes.

    Raises
    ------
    ModelError
        The model has no answer for part of a sequence, or it is expected to take longer than
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
        for i, pair in enumerate(loop.run(features)):
            report(start * count + i * len(features), n * count)
            values.append(pair)
        parts.append([np.stack(kind, axis=2) for kind in zip(*values, strict=True)])
    report(n * count, n * count)
    return tuple(np.concatenate(part, axis=1) for part in zip(*parts, strict=True))


def _span(minutes: float) -> str:
    if minutes < 1:
        return f"{max(1, round(60 * minutes))} s"
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"


def _features(graph: keras.Model):
    """Input of the first recurrent layer of ``graph``, if it lies along the sequence."""
    found: list[tuple[int, object]] = []
    seen: set[int] = set()

    def visit(tensor) -> None:
        operation, node_index, _ = tensor._keras_history
        if id(tensor) in seen or isinstance(operation, keras.layers.InputLayer):
            return
        seen.add(id(tensor))
        inputs = operation._inbound_nodes[node_index].input_tensors
        for one in inputs:
            visit(one)
        if is_recurrent(operation):
            found.append(inputs[0])  # inputs are visited first, so the first layer comes first

    visit(graph.outputs[0])
    return found[0] if found and _steps(found[0], 1_000_000) is not None else None


def _steps(tensor, length: int) -> Steps | None:
    """Steps of a symbolic ``tensor``; ``None`` where it does not lie along the sequence."""
    known: dict[int, Steps | None] = {}  # each tensor once: roads double at every residual block

    def steps_of(tensor) -> Steps | None:
        if id(tensor) not in known:
            known[id(tensor)] = made_by(*tensor._keras_history[:2])
        return known[id(tensor)]

    def made_by(operation, node_index: int) -> Steps | None:
        if isinstance(operation, keras.layers.InputLayer):
            return Steps(length, length)
        if not keeps_positions(operation):
            return None
        inputs = operation._inbound_nodes[node_index].input_tensors
        found = {steps_of(one) for one in inputs}
        steps = found.pop()
        return None if found or steps is None else steps_after(operation, steps)

    return steps_of(tensor)
