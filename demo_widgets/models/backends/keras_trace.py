"""Trace a subclassed model: the layers that its ``call`` runs, in order.

The order of a subclassed model's layers is defined in Python code. Called on a symbolic input, a
``call`` of Keras layers and ``keras.ops`` yields a graph over the same layers and weights. One that
uses raw TensorFlow functions does not.
"""

from __future__ import annotations

import inspect

import numpy as np

from demo_widgets.models.quiet_tensorflow import keras

__all__ = ["trace_call"]


def trace_call(model: keras.Model, length: int) -> keras.Model | None:
    """Return a functional model that computes what ``model`` does at inference, or ``None``.

    The graph accepts any length if the model does. It is used only if it reproduces the model's
    outputs, and refers to the layers, not the model. (Keras records a further call of each layer;
    weights and configuration are unchanged.)

    Parameters
    ----------
    model
        Built subclassed model, ``(n, length, 4)`` to ``(n, classes)``.
    length
        A length that the model accepts.
    """
    other = length + 7
    for size in (None, length):
        try:
            graph = _graph(model, size)
        except Exception:  # code of the user may raise any error; then there is no graph
            continue
        lengths = (length, other) if size is None else (length,)
        if size is not None and _answer(model, other) is not None:
            return None  # the model accepts any length, but its graph would not
        if all(_same(_answer(graph, n), _answer(model, n)) for n in lengths):
            return graph
    return None


def _graph(model: keras.Model, size: int | None) -> keras.Model:
    x = keras.Input((size, 4))
    takes_training = "training" in inspect.signature(model.call).parameters
    y = model.call(x, training=False) if takes_training else model.call(x)
    return keras.Model(x, y, name=model.name)


def _answer(model: keras.Model, length: int) -> list[np.ndarray] | None:
    bases = np.random.default_rng(0).integers(4, size=(2, length))
    try:
        given = model(np.eye(4, dtype="float32")[bases], training=False)
        return [np.asarray(one) for one in keras.tree.flatten(given)]
    except Exception:  # as above: a length that the model does not accept
        return None


def _same(a: list[np.ndarray] | None, b: list[np.ndarray] | None) -> bool:
    if a is None or b is None:
        return False
    return len(a) == len(b) and all(
        x.shape == y.shape and np.allclose(x, y, rtol=1e-4, atol=1e-5)
        for x, y in zip(a, b, strict=True)
    )
