"""Trace a subclassed model: the layers that its ``call`` runs, in order.

The order of a subclassed model's layers is defined in Python code. Called on a symbolic input, a
``call`` of Keras layers and ``keras.ops`` yields a graph over the same layers and weights. One that
uses raw TensorFlow functions does not.
"""

from __future__ import annotations

import inspect

from demo_widgets.errors import ModelError
from demo_widgets.models.backends.keras_trials import alike, own_outputs, probes
from demo_widgets.models.model_facts import FloatArray
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
        answers = [(_answer(graph, n), _answer(model, n)) for n in lengths]
        if all(a is not None and b is not None and alike(a, b) for a, b in answers):
            return graph
    return None


def _graph(model: keras.Model, size: int | None) -> keras.Model:
    x = keras.Input((size, 4))
    takes_training = "training" in inspect.signature(model.call).parameters
    y = model.call(x, training=False) if takes_training else model.call(x)
    return keras.Model(x, y, name=model.name)


def _answer(model: keras.Model, length: int) -> list[FloatArray] | None:
    try:
        return own_outputs(model, probes(length))[1]
    except ModelError:  # a length that the model does not accept
        return None
