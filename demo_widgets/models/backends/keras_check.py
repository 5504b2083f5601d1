"""Check that a model is a Keras model over one-hot DNA, with errors that explain the fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.models.anatomy.graph import Shape, all_layers, has_graph
from demo_widgets.models.quiet_tensorflow import keras

__all__ = ["KerasInput", "check_finite_weights", "check_keras_model"]

_PROBE_LENGTHS = 41, 101, 1_001
"""Lengths tried for a model of any length, which may not accept short ones."""


@dataclass(frozen=True)
class KerasInput:
    """The input of a Keras model.

    Attributes
    ----------
    fixed_length
        The only accepted length, or ``None`` for any.
    known_lengths
        Lengths for trial calls, to be tried in turn.
    """

    fixed_length: int | None
    known_lengths: tuple[int, ...]


def check_keras_model(model: Any) -> KerasInput:
    """Check that ``model`` is a usable Keras model of one-hot DNA ``(n, length, 4)``.

    Raises
    ------
    ModelError
        Wrong Keras backend, not a Keras 3 model, not built, several inputs, an input of another
        shape, states kept between calls, or weights that are NaN or infinite.
    """
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise ModelError(
            f"Keras runs on the {backend!r} backend, and demo_widgets needs 'tensorflow': set "
            "KERAS_BACKEND=tensorflow in the environment before Keras is first imported"
        )
    if not isinstance(model, keras.Model):
        raise ModelError(
            f"expected a Keras 3 model, got {type(model).__module__}.{type(model).__name__}; load "
            "or rebuild it with keras.saving.load_model or keras.Model"
        )
    if not model.built:
        raise ModelError(
            f"model {model.name!r} has no weights yet: give it an Input((None, 4)) layer, or call "
            "it once on one-hot sequences of shape (n, length, 4)"
        )
    fixed = has_graph(model)
    shape = _graph_shape(model) if fixed else _called_shape(model)
    if len(shape) != 3 or shape[-1] != 4:
        raise ModelError(
            f"model {model.name!r} takes input of shape {shape}; expected "
            "(None, length or None, 4): one-hot DNA in the order A, C, G, T"
            f"{_how_to_wrap(shape)}"
        )
    _check_stateless(model)
    check_finite_weights(model)
    lengths = (shape[1],) if shape[1] else _PROBE_LENGTHS
    return KerasInput(shape[1] if fixed else None, lengths)


def _graph_shape(model: keras.Model) -> Shape:
    if len(model.inputs) != 1:
        names = ", ".join(tensor.name for tensor in model.inputs)
        raise ModelError(
            f"model {model.name!r} has {len(model.inputs)} inputs ({names}); expected exactly one "
            "input: wrap it in a keras.Model with one input"
        )
    return tuple(model.inputs[0].shape)


def _called_shape(model: keras.Model) -> Shape:
    """Return the input shape of a subclassed model, from its build or by trial."""
    config = model.get_build_config() or {}
    shape = config.get("input_shape")
    if shape is None and "shapes_dict" in config:
        raise ModelError(
            f"model {model.name!r} takes {len(config['shapes_dict'])} inputs "
            f"({', '.join(config['shapes_dict'])}); expected exactly one"
        )
    if shape is None or not all(size is None or isinstance(size, int) for size in shape):
        shape = (None, None, 4)
    return (None, *shape[1:])


def _how_to_wrap(shape: Shape) -> str:
    """Return advice for a model over DNA in another shape."""
    if len(shape) == 2:
        return (
            ". Base codes, as for an Embedding layer, have no gradient: replace the Embedding by "
            "a Dense layer without bias whose kernel holds the embedding's rows of A, C, G, T"
        )
    if len(shape) == 3 and shape[1] == 4:
        return (
            f". Its channels come first: wrap it, x = keras.Input(({shape[2]}, 4)); "
            "keras.Model(x, model(keras.layers.Permute((2, 1))(x)))"
        )
    sizes = [size for size in shape[1:] if size is not None]
    if len(shape) == 4 and len(sizes) == 3 and {1, 4} <= set(sizes):
        length = max(sizes)
        turned = "keras.layers.Permute((2, 1))(x)" if sizes.index(4) < sizes.index(length) else "x"
        return (
            f". It expects an image: wrap it, x = keras.Input(({length}, 4)); "
            f"keras.Model(x, model(keras.layers.Reshape({shape[1:]})({turned})))"
        )
    return ""


def _check_stateless(model: keras.Model) -> None:
    for layer in all_layers(model):
        if isinstance(layer, keras.layers.RNN) and layer.stateful:
            raise ModelError(
                f"model {model.name!r} keeps states between calls (stateful=True in "
                f"{layer.name!r}), so its prediction of a sequence depends on the previous one: "
                "build it with stateful=False and load the same weights"
            )


def check_finite_weights(model: keras.Model) -> None:
    """Raise :class:`ModelError` if a weight of ``model`` is NaN or infinite."""
    bad = []
    for weight in model.weights:
        value = np.asarray(weight)
        if np.issubdtype(value.dtype, np.floating) and not np.isfinite(value).all():
            bad.append(f"{weight.path} ({int((~np.isfinite(value)).sum())} of {value.size})")
    if bad:
        raise ModelError(
            f"model {model.name!r} has weights that are NaN or infinite: {'; '.join(bad)}. It most "
            "likely diverged in training: train it again with a smaller learning rate or with "
            "gradient clipping"
        )
