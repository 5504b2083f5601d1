"""Take a model apart into position-wise layers, one LSTM, one pooling and a head, if it is that.

The exact short cuts of mutagenesis and saliency need to know how far each layer sees, so
they only know layers by name. A model with any other layer, with branches, or in another
precision is left to the plain, batched way, which needs to know nothing.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass

from demo_widgets.models import ClassScore
from demo_widgets.models.logits import has_graph, read_logits
from demo_widgets.models.quiet_tensorflow import keras, layers, tf

__all__ = ["LayerChain", "WINDOWED", "layer_chain"]

_NOTHING_AT_INFERENCE = (
    layers.Dropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
    layers.SpatialDropout1D,
)
_EACH_POSITION = (
    layers.Activation,
    layers.BatchNormalization,
    layers.Dense,
    layers.ELU,
    layers.LayerNormalization,
    layers.LeakyReLU,
    layers.ReLU,
    layers.Softmax,
)
_POOLS = {layers.GlobalAveragePooling1D: "mean", layers.GlobalMaxPooling1D: "max"}
WINDOWED = (layers.Conv1D, layers.MaxPooling1D, layers.AveragePooling1D)
"""Layers whose outputs read a window of positions."""

_KNOWN: weakref.WeakKeyDictionary[ClassScore, LayerChain | None] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class LayerChain:
    """A model whose layers follow one another.

    Attributes
    ----------
    before
        Layers that keep an axis of positions: windowed ones, and those that act on each position.
    lstms
        Nothing, one LSTM, or the two of a ``Bidirectional`` whose outputs are concatenated.
    pool
        ``"mean"`` or ``"max"`` over positions, or ``"last"`` for an LSTM's last state.
    head
        Layers from the pooled vector to the class output.
    """

    before: tuple
    lstms: tuple
    pool: str
    head: tuple


def layer_chain(score: ClassScore) -> LayerChain | None:
    """Return the chain of layers behind ``score``; ``None`` where it is anything else.

    ``None`` as well where TensorFlow sees a GPU: the short cuts are made for processors.
    """
    if score not in _KNOWN:
        _KNOWN[score] = _take_apart(score)
    return _KNOWN[score]


def _take_apart(score: ClassScore) -> LayerChain | None:
    if tf.config.list_physical_devices("GPU") or score.kind == "probability_logit":
        return None
    flat = _flatten(score.graph)
    if flat is None or any(layer.compute_dtype != "float32" for layer in flat):
        return None
    flat = [layer for layer in flat if type(layer) not in _NOTHING_AT_INFERENCE]
    pools = [i for i, layer in enumerate(flat) if _pools(layer)]
    if not pools:
        return None
    at = pools[0]
    pool = _POOLS.get(type(flat[at]), "last")
    before, lstms, head = flat[:at], _lstms(flat[at]) if pool == "last" else (), flat[at + 1 :]
    if pool != "last" and before and isinstance(before[-1], (layers.LSTM, layers.Bidirectional)):
        *before, reader = before
        lstms = _lstms(reader)
    known = (
        lstms is not None
        and all(_keeps_positions(layer) for layer in before)
        and all(_acts_on_each_position(layer) for layer in head)
        and bool(head)
        and read_logits(head[-1]) is not None
    )
    return LayerChain(tuple(before), lstms, pool, tuple(head)) if known else None


def _flatten(model: keras.Model) -> list | None:
    """Layers from input to output, nested models unrolled; ``None`` where they branch."""
    if not has_graph(model):
        return None
    chain: list = []
    tensor = model.outputs[0]
    while True:
        operation, node_index, _ = tensor._keras_history
        if isinstance(operation, layers.InputLayer):
            return chain
        inputs = operation._inbound_nodes[node_index].input_tensors
        inner = _flatten(operation) if isinstance(operation, keras.Model) else [operation]
        if len(inputs) != 1 or inner is None or not isinstance(operation, keras.Layer):
            return None
        chain[:0] = inner
        tensor = inputs[0]


def _pools(layer) -> bool:
    if type(layer) in _POOLS:
        return layer.data_format == "channels_last" and not layer.keepdims
    return type(layer) in (layers.LSTM, layers.Bidirectional) and not layer.return_sequences


def _lstms(layer) -> tuple | None:
    """The stock LSTMs of ``layer``, all of one size; ``None`` if it is or does anything else."""
    if type(layer) is layers.Bidirectional:
        if layer.merge_mode != "concat":
            return None
        directions = (layer.forward_layer, layer.backward_layer)
    else:
        directions = (layer,)
    stock = all(
        type(one) is layers.LSTM
        and one.activation is keras.activations.tanh
        and one.recurrent_activation is keras.activations.sigmoid
        and one.units == directions[0].units
        and one.return_sequences == directions[0].return_sequences
        and not (one.stateful or one.return_state)
        for one in directions
    )
    return directions if stock else None


def _keeps_positions(layer) -> bool:
    if type(layer) is layers.Conv1D:
        return layer.groups == 1 and layer.data_format == "channels_last"
    if type(layer) in WINDOWED:
        return layer.data_format == "channels_last"
    return _acts_on_each_position(layer)


def _acts_on_each_position(layer) -> bool:
    axis = getattr(layer, "axis", -1)
    return type(layer) in _EACH_POSITION and axis in (-1, [-1], (-1,))
