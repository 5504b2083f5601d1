"""Trial calls of a Keras model on random sequences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.models.anatomy.graph import Graph, Shape
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.quiet_tensorflow import keras, tf

__all__ = [
    "alike",
    "check_bounded",
    "check_shape",
    "first_answer",
    "own_outputs",
    "probes",
    "run_all",
]

_PROBED = 3  # sequences on which the score must reproduce the model's output


def own_outputs(model: keras.Model, x: FloatArray) -> tuple[list[str], list[FloatArray]]:
    """Return names and values of all outputs of ``model`` for ``x``."""
    try:
        given = model(x, training=False)
        values = [np.asarray(one) for one in keras.tree.flatten(given)]
    except Exception as error:  # layers of the user may raise any error
        raise ModelError(
            f"model {model.name!r} fails on one-hot input of shape {x.shape}: {error}"
        ) from error
    if isinstance(given, dict):
        names = sorted(given)
    else:
        names = list(getattr(model, "output_names", None) or ())
    if len(names) != len(values) or len(set(names)) < len(names):
        names = [f"output {i}" for i in range(len(values))] if len(values) > 1 else ["output"]
    return names, values


def first_answer(
    model: keras.Model, lengths: Sequence[int]
) -> tuple[FloatArray, list[str], list[FloatArray]]:
    """Return trial sequences of the first length that the model accepts, and its outputs."""
    for length in lengths[:-1]:
        try:
            x = probes(length)
            return x, *own_outputs(model, x)
        except ModelError:
            continue
    x = probes(lengths[-1])
    return x, *own_outputs(model, x)


def check_shape(name: str, shape: Shape) -> None:
    if len(shape) not in (1, 2):
        raise ModelError(
            f"model {name!r} gives output of shape {(None, *shape[1:])}; expected (None, classes): "
            "one row per sequence (end the network in a pooling or Flatten layer and a Dense layer)"
        )


def check_bounded(name: str, model: keras.Model, x: FloatArray, own: FloatArray) -> None:
    """Refuse outputs of unknown kind that are not always between 0 and 1.

    Non-DNA inputs are tried as well, for which probabilities stay in that range.
    """
    reached = [own]
    for factor in (-1000, -30, -1, 30, 1000):
        try:
            reached.append(np.asarray(keras.tree.flatten(model(factor * x, training=False))[0]))
        except Exception:  # layers of the user need not accept other input than DNA
            continue
    low = min(float(np.nanmin(one)) for one in reached)
    high = max(float(np.nanmax(one)) for one in reached)
    if low < -1e-6 or high > 1 + 1e-6:
        raise ModelError(
            f"model {name!r} ends in a layer whose logits cannot be read, and its outputs range "
            f"from {low:.3g} to {high:.3g}, so they are not probabilities: end it in a Dense "
            "layer (softmax, sigmoid or linear), use only Keras layers and keras.ops in a custom "
            "call method, or use SequenceModel(model, task='regression') to explain the output "
            "itself"
        )


def run_all(graph: Graph, x: FloatArray, own: Sequence[FloatArray]) -> dict[int, tf.Tensor] | None:
    """Return every tensor of the graph for ``x``; ``None`` where it does not give ``own``.

    ``own`` are the outputs of the model.
    """
    numbers = [graph.input, *(number for call in graph.calls for number in call.outputs)]
    try:
        values = dict(zip(numbers, graph.run({graph.input: tf.constant(x)}, numbers), strict=True))
    except Exception:  # layers of the user may raise any error; then the graph is not used
        return None
    read = [np.asarray(values[number]) for number in graph.outputs]
    return values if alike(own, read) else None


def alike(a: Sequence[FloatArray], b: Sequence[FloatArray]) -> bool:
    """Whether two models, or two ways through one, gave the same arrays."""
    return len(a) == len(b) and all(
        x.shape == y.shape and np.allclose(x, y, rtol=1e-4, atol=1e-5, equal_nan=True)
        for x, y in zip(a, b, strict=True)
    )


def probes(length: int) -> FloatArray:
    """Return random sequences ``(n, length, 4)``, the last with a stretch of N."""
    bases = np.random.default_rng(0).integers(4, size=(_PROBED, length))
    x = np.eye(4, dtype=np.float32)[bases]
    x[-1, length // 3 : length // 2] = 0
    return x
