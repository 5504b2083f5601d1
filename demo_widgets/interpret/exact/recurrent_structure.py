"""Recognise a chain of layers that reads a sequence with one recurrent layer.

All prefixes of such a network can step together. It takes to know where the recurrent layer
is, what comes before it (computed once per position), how its states are pooled, and what
turns them into classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from demo_widgets.interpret.exact.reading_steps import VECTOR_LAYERS, keeps_positions, on_last_axis
from demo_widgets.models.logits import has_graph
from demo_widgets.models.quiet_tensorflow import keras, layers

__all__ = ["RecurrentStructure", "is_recurrent", "recurrent_structure"]

_SKIPPED_AT_INFERENCE = (
    layers.Dropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.SpatialDropout1D,
)
_KNOWN = (layers.LSTM, layers.GRU, layers.SimpleRNN, layers.RNN)
_POOLS = {layers.GlobalAveragePooling1D: "mean", layers.GlobalMaxPooling1D: "max"}


@dataclass(frozen=True)
class RecurrentStructure:
    """One recurrent layer and what is around it.

    Attributes
    ----------
    before
        Layers applied once to the whole sequence; what they give lies along the sequence.
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


def is_recurrent(operation) -> bool:
    """Whether ``operation`` is a recurrent layer, or one that reads both ways."""
    return isinstance(operation, (layers.RNN, layers.Bidirectional))


def recurrent_structure(model: keras.Model) -> RecurrentStructure | None:
    """Take ``model`` apart; ``None`` where it is no chain around one known recurrent layer."""
    chain = _chain(model)
    at = [i for i, layer in enumerate(chain or ()) if is_recurrent(layer)]
    if len(at) != 1:
        return None
    before, layer, after = chain[: at[0]], chain[at[0]], chain[at[0] + 1 :]
    readers, merge = _readers(layer)
    if not readers or not all(map(keeps_positions, before)):
        return None
    between, head, pool = [], after, "last"
    if layer.return_sequences:
        pools = [i for i, other in enumerate(after) if type(other) in _POOLS]
        if not pools:
            return None
        between, head = after[: pools[0]], after[pools[0] + 1 :]
        pool = _POOLS[type(after[pools[0]])]
    for other in (*between, *head):
        if type(other) not in VECTOR_LAYERS or not on_last_axis(other):
            return None
    if not head:
        return None
    return RecurrentStructure(
        before=_active(before),
        readers=readers,
        merge=merge,
        between=_active(between),
        pool=pool,
        head=_active(head),
    )


def _chain(model: keras.Model) -> list | None:
    """Layers from input to output, nested models unrolled, time-distributed ones unwrapped.

    ``None`` where they branch, cannot be followed, or mask positions.
    """
    if not has_graph(model):
        return None
    chain = []
    tensor = model.outputs[0]
    while True:
        operation, node_index, _ = tensor._keras_history
        if isinstance(operation, layers.InputLayer):
            return chain
        inputs = operation._inbound_nodes[node_index].input_tensors
        if len(inputs) != 1 or isinstance(operation, layers.Masking):
            return None
        if isinstance(operation, keras.Model):
            inner = _chain(operation)
            if inner is None:
                return None
            chain = inner + chain
        elif type(operation) is layers.TimeDistributed:
            chain.insert(0, operation.layer)
        else:
            chain.insert(0, operation)
        tensor = inputs[0]


def _readers(layer) -> tuple[tuple, str]:
    """Cells in merging order, each with whether it reads from the left; none if unknown."""
    directions = [layer]
    merge = "concat"
    if isinstance(layer, layers.Bidirectional):
        directions, merge = [layer.forward_layer, layer.backward_layer], layer.merge_mode
    for direction in directions:
        if type(direction) not in _KNOWN or isinstance(direction.cell, layers.StackedRNNCells):
            return (), merge
    return tuple((one.cell, not one.go_backwards) for one in directions), merge


def _active(chain) -> tuple:
    """The layers that do something at inference."""
    return tuple(layer for layer in chain if type(layer) not in _SKIPPED_AT_INFERENCE)
