"""Refuse, in words, a model that is not a Keras classifier over one-hot DNA."""

from __future__ import annotations

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.models.logits import has_graph
from demo_widgets.models.quiet_tensorflow import keras

__all__ = ["check_classifier", "check_finite_weights"]

_PROBE_LENGTH = 101


def check_classifier(model) -> tuple[int | None, int, int]:
    """Check that ``model`` maps one-hot DNA ``(n, length, 4)`` to class outputs ``(n, units)``.

    Returns
    -------
    fixed_length
        The only length the model takes, or ``None`` for any.
    known_length
        A length the model is known to be meant for (for trial calls).
    units
        Width of the output.

    Raises
    ------
    ModelError
        Wrong Keras backend, not a Keras 3 model, not built, several inputs or outputs, wrong
        shapes, or weights that are NaN or infinite.
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
    shapes = _graph_shapes(model) if has_graph(model) else _called_shapes(model)
    input_shape, output_shape, fixed = shapes
    if len(input_shape) != 3 or input_shape[-1] != 4:
        raise ModelError(
            f"model {model.name!r} takes input of shape {input_shape}; expected "
            "(None, length or None, 4): one-hot DNA in the order A, C, G, T"
            f"{_how_to_wrap(input_shape)}"
        )
    if len(output_shape) != 2 or output_shape[-1] is None:
        raise ModelError(
            f"model {model.name!r} gives output of shape {output_shape}; expected (None, classes): "
            "one row per sequence (end the network in a pooling or Flatten layer and a Dense layer)"
        )
    _check_stateless(model)
    check_finite_weights(model)
    length = input_shape[1]
    return (length if fixed else None), (length or _PROBE_LENGTH), int(output_shape[-1])


def _graph_shapes(model):
    for what, tensors in (("input", model.inputs), ("output", model.outputs)):
        if len(tensors) != 1:
            names = ", ".join(tensor.name for tensor in tensors)
            raise ModelError(
                f"model {model.name!r} has {len(tensors)} {what}s ({names}); expected exactly one "
                f"{what}: wrap it in a keras.Model with the one that counts"
            )
    return tuple(model.inputs[0].shape), tuple(model.outputs[0].shape), True


def _called_shapes(model):
    """Shapes of a subclassed model, by calling it on zeros of the shape it was built with."""
    config = model.get_build_config() or {}
    shape = config.get("input_shape")
    if shape is None and "shapes_dict" in config:
        raise ModelError(
            f"model {model.name!r} takes {len(config['shapes_dict'])} inputs "
            f"({', '.join(config['shapes_dict'])}); expected exactly one"
        )
    if shape is None or not all(size is None or isinstance(size, int) for size in shape):
        shape = (None, _PROBE_LENGTH, 4)
    trial = (1, *(_PROBE_LENGTH if size is None else size for size in shape[1:]))
    try:
        output = model(np.zeros(trial, "float32"), training=False)
    except Exception as error:
        raise ModelError(
            f"model {model.name!r} fails on one-hot input of shape {trial}: {error}"
        ) from error
    if not hasattr(output, "shape"):
        raise ModelError(
            f"model {model.name!r} returns a {type(output).__name__}; expected one tensor "
            "(n, classes)"
        )
    return (None, *trial[1:]), (None, *tuple(output.shape)[1:]), False


def _how_to_wrap(shape: tuple) -> str:
    """What to do with a model over DNA in another shape."""
    if len(shape) == 2:
        return (
            ". Base codes, as for an Embedding layer, have no gradient: put a Dense layer without "
            "bias, its kernel the embedding's rows of A, C, G, T, in the Embedding's place"
        )
    if len(shape) == 3 and shape[1] == 4:
        return (
            f". The channels come first: wrap it, x = keras.Input(({shape[2]}, 4)); "
            "keras.Model(x, model(keras.layers.Permute((2, 1))(x)))"
        )
    if len(shape) == 4 and {1, 4} <= set(shape[1:]) and None not in shape[1:]:
        length = max(shape[1:])
        turned = "keras.layers.Permute((2, 1))(x)" if shape.index(4) < shape.index(length) else "x"
        return (
            f". It reads an image: wrap it, x = keras.Input(({length}, 4)); "
            f"keras.Model(x, model(keras.layers.Reshape({shape[1:]})({turned})))"
        )
    return ""


def _check_stateless(model) -> None:
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.RNN) and layer.stateful:
            raise ModelError(
                f"model {model.name!r} keeps states between calls (stateful=True in "
                f"{layer.name!r}), so what it says of a sequence depends on the one before: build "
                "it with stateful=False and load the same weights"
            )


def check_finite_weights(model) -> None:
    """Raise :class:`ModelError` where a weight of ``model`` is NaN or infinite."""
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
