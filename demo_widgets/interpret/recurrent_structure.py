"""Recognise a network that reads a sequence position by position with one recurrent layer.

Temporal output scores need to know where the recurrent layer is, what comes before it
(computed once per position), how its states are pooled, and what turns them into classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from demo_widgets.errors import ModelError
from demo_widgets.models.logits import has_graph

__all__ = ["RecurrentStructure", "recurrent_structure"]

_CONVOLUTIONS = (layers.Conv1D, layers.SeparableConv1D, layers.DepthwiseConv1D)
_VECTOR_LAYERS = (
    layers.Activation,
    layers.BatchNormalization,
    layers.Dense,
    layers.Dropout,
    layers.ELU,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.LeakyReLU,
    layers.LayerNormalization,
    layers.ReLU,
    layers.Softmax,
    layers.SpatialDropout1D,
)
_SKIPPED_AT_INFERENCE = (
    layers.Dropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.SpatialDropout1D,
)
_RECURRENT = (layers.LSTM, layers.GRU, layers.SimpleRNN, layers.RNN, layers.Bidirectional)
_POOLS = {layers.GlobalAveragePooling1D: "mean", layers.GlobalMaxPooling1D: "max"}


@dataclass(frozen=True)
class RecurrentStructure:
    """One recurrent layer and what is around it.

    Attributes
    ----------
    before
        Layers applied once to the whole sequence; they keep one vector per position.
    readers
        Cells in the order their outputs are merged, each with whether it reads from the left.
    merge
        How two readers are merged: ``"concat"``, ``"sum"``, ``"mul"`` or ``"ave"``.
    between
        Layers applied to each position's merged state, before pooling.
    pool
        ``"mean"``, ``"max"``, or ``"last"`` for the state at the end of each reader's way.
    head
        Layers from the pooled vector to the class output.
    """

    before: tuple
    readers: tuple[tuple[Any, bool], ...]
    merge: str
    between: tuple
    pool: str
    head: tuple


def recurrent_structure(model: keras.Model) -> RecurrentStructure:
    """Take ``model`` apart.

    Raises
    ------
    ModelError
        One sentence on why temporal output scores cannot be computed for this model.
    """
    chain = _chain(model, model.name)
    recurrent = [layer for layer in chain if isinstance(layer, _RECURRENT)]
    if not recurrent:
        raise _no(model, "has no recurrent layer, so it does not read the sequence in time")
    if len(recurrent) > 1:
        names = ", ".join(layer.name for layer in recurrent)
        raise _no(model, f"has {len(recurrent)} recurrent layers ({names}); one is supported")
    layer = recurrent[0]
    at = chain.index(layer)
    before, after = chain[:at], chain[at + 1 :]
    for other in before:
        _check_position_layer(model, other)
    if layer.return_sequences:
        pools = [i for i, other in enumerate(after) if type(other) in _POOLS]
        if not pools:
            raise _no(model, "does not pool the recurrent states by their mean or maximum")
        between, head = after[: pools[0]], after[pools[0] + 1 :]
        pool = _POOLS[type(after[pools[0]])]
    else:
        between, head, pool = [], after, "last"
    for other in (*between, *head):
        if type(other) not in _VECTOR_LAYERS or not _on_last_axis(other):
            raise _no(model, f"has {_called(other)} after the recurrent layer")
    if not head:
        raise _no(model, "has no layer after the recurrent states are pooled")
    readers, merge = _readers(model, layer)
    return RecurrentStructure(
        before=_active(before),
        readers=readers,
        merge=merge,
        between=_active(between),
        pool=pool,
        head=_active(head),
    )


def _chain(model: keras.Model, name: str) -> list:
    """Layers from input to output, nested models unrolled, time-distributed ones unwrapped."""
    if not has_graph(model):
        raise ModelError(
            f"temporal output scores need a model whose layers can be followed; {name!r} is a "
            f"{type(model).__name__} with its own call method, which uses more than Keras layers "
            "and keras.ops"
        )
    chain = []
    tensor = model.outputs[0]
    while True:
        operation, node_index, _ = tensor._keras_history
        if isinstance(operation, layers.InputLayer):
            return chain
        inputs = operation._inbound_nodes[node_index].input_tensors
        masking = [one.name for one in model.layers if isinstance(one, layers.Masking)]
        if masking:
            raise ModelError(
                f"temporal output scores cannot be computed for {name!r}: its layer "
                f"{masking[0]!r} (Masking) lets the recurrent layer skip positions"
            )
        if len(inputs) != 1:
            raise ModelError(
                f"temporal output scores cannot be computed for {name!r}: its layers branch at "
                f"{operation.name!r}, and only a single chain of layers is supported"
            )
        if isinstance(operation, keras.Model):
            chain = _chain(operation, name) + chain
        elif type(operation) is layers.TimeDistributed:
            chain.insert(0, operation.layer)
        else:
            chain.insert(0, operation)
        tensor = inputs[0]


def _readers(model, layer) -> tuple[tuple, str]:
    directions = [layer]
    merge = "concat"
    if isinstance(layer, layers.Bidirectional):
        directions, merge = [layer.forward_layer, layer.backward_layer], layer.merge_mode
    for direction in directions:
        if type(direction) not in _RECURRENT or isinstance(direction.cell, layers.StackedRNNCells):
            raise _no(model, f"has a recurrent layer of an unknown kind, {_called(direction)}")
        if direction.stateful:
            raise _no(model, f"keeps states between calls (stateful) in {direction.name!r}")
    return tuple((one.cell, not one.go_backwards) for one in directions), merge


def _check_position_layer(model, layer) -> None:
    if type(layer) in _CONVOLUTIONS:
        if layer.padding not in ("same", "causal") or set(_as_tuple(layer.strides)) != {1}:
            raise _no(
                model,
                f"has a convolution {layer.name!r} with padding {layer.padding!r} and stride "
                f"{_as_tuple(layer.strides)[0]} before the recurrent layer, so recurrent steps "
                "are not sequence positions (padding 'same' or 'causal' and stride 1 would be)",
            )
    elif type(layer) not in _VECTOR_LAYERS or not _on_last_axis(layer):
        raise _no(
            model,
            f"has {_called(layer)} before the recurrent layer, which does not keep one vector "
            "per sequence position",
        )


def _active(chain) -> tuple:
    """The layers that do something at inference."""
    return tuple(layer for layer in chain if type(layer) not in _SKIPPED_AT_INFERENCE)


def _on_last_axis(layer) -> bool:
    axis = getattr(layer, "axis", -1)
    return tuple(_as_tuple(axis)) == (-1,)


def _as_tuple(value) -> tuple:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _called(layer) -> str:
    return f"the layer {layer.name!r} ({type(layer).__name__})"


def _no(model, why: str) -> ModelError:
    return ModelError(f"temporal output scores cannot be computed for {model.name!r}: it {why}")
