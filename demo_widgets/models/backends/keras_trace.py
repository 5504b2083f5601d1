"""Follow a model that has a ``call`` method of its own: which layers it runs, in which order.

A subclassed Keras model hides its layers' order in Python. Called on a symbolic input, a
``call`` made of Keras layers and ``keras.ops`` leaves a graph behind, over the same layers and
weights. One that uses raw TensorFlow functions leaves none.
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

    The graph takes any length where the model does. It is believed only if it gives the
    model's own answers, and holds the layers, not the model. (Keras notes in each layer that it
    has been called once more; weights and configuration stay as they are.)

    Parameters
    ----------
    model
        Built subclassed model, ``(n, length, 4)`` to ``(n, classes)``.
    length
        A length that the model takes.
    """
    other = length + 7
    for size in (None, length):
        try:
            graph = _graph(model, size)
        except Exception:  # the call is the user's: whatever it raises, there is no graph
            continue
        lengths = (length, other) if size is None else (length,)
        if size is not None and _answer(model, other) is not None:
            return None  # the model takes any length, and its graph would not
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
    except ModelError:  # a length that the model does not take
        return None
