"""A model as a chain: position-wise layers, at most one recurrent layer, a pooling, a head.

The exact shortcuts support chains only. A model with branches, or with an unknown layer, uses the
direct computation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from demo_widgets.models.anatomy.ends import read_logits
from demo_widgets.models.anatomy.graph import Graph
from demo_widgets.models.anatomy.layers import (
    NOTHING_AT_INFERENCE,
    POOLS,
    VECTOR_LAYERS,
    acts_on_each_position,
    is_recurrent,
    keeps_positions,
)
from demo_widgets.models.quiet_tensorflow import keras, layers, tf

__all__ = ["Chain", "Reader", "find_chain"]

_WINDOWS_KNOWN = (layers.Conv1D, layers.MaxPooling1D, layers.AveragePooling1D)
_RECURRENT = (layers.LSTM, layers.GRU, layers.SimpleRNN, layers.RNN)


@dataclass(frozen=True)
class Reader:
    """One direction of a recurrent layer."""

    layer: layers.RNN
    cell: keras.Layer
    from_left: bool


@dataclass(frozen=True)
class Chain:
    """A model whose layers form a chain.

    Attributes
    ----------
    before
        Layers that keep an axis of positions: windowed ones, and those that act on each position.
    readers
        Directions of the recurrent layer, in the order in which their outputs are merged.
    merge
        How two readers are merged: ``"concat"``, ``"sum"``, ``"mul"`` or ``"ave"``.
    between
        Layers applied to each position's merged state, before pooling.
    pool
        ``"mean"`` or ``"max"`` over positions, or ``"last"`` for each reader's last state.
    head
        Layers from the pooled vector to the output.
    """

    before: tuple[keras.Layer, ...]
    readers: tuple[Reader, ...]
    merge: str
    between: tuple[keras.Layer, ...]
    pool: str
    head: tuple[keras.Layer, ...]

    @property
    def lstms(self) -> tuple[layers.LSTM, ...]:
        """The standard LSTMs of the recurrent layer, of one size; empty for other readers."""
        cells = [reader.cell for reader in self.readers]
        stock = all(
            type(reader.layer) is layers.LSTM
            and reader.cell.activation is keras.activations.tanh
            and reader.cell.recurrent_activation is keras.activations.sigmoid
            and reader.cell.units == cells[0].units
            for reader in self.readers
        )
        return tuple(reader.layer for reader in self.readers) if stock else ()

    @property
    def windows_are_known(self) -> bool:
        """Whether the positions read by each output of :attr:`before` are known.

        Only on CPUs and in single precision, for which the shortcuts are made.
        """
        parts = (*self.before, *(reader.layer for reader in self.readers), *self.head)
        return (
            not tf.config.list_physical_devices("GPU")
            and all(layer.compute_dtype == "float32" for layer in parts)
            and all(map(_has_known_windows, self.before))
            and (not self.readers or (bool(self.lstms) and self.merge == "concat"))
            and not self.between
        )


def find_chain(graph: Graph, output: int) -> Chain | None:
    """Return the chain to the tensor ``output``; ``None`` if it is not a supported chain."""
    found = _layers_to(graph, output)
    if found is None:
        return None
    at = [i for i, layer in enumerate(found) if is_recurrent(layer)]
    if len(at) > 1:
        return None
    reading = bool(at)
    start = at[0] if reading else next((i for i, x in enumerate(found) if type(x) in POOLS), None)
    if start is None:
        return None
    before, layer, after = found[:start], found[start], found[start + 1 :]
    readers, merge = _readers(layer) if reading else ((), "concat")
    between, pool, head = [], POOLS.get(type(layer), "last"), after
    if reading and not readers:
        return None
    if reading and layer.return_sequences:
        pools = [i for i, other in enumerate(after) if type(other) in POOLS]
        if not pools:
            return None
        layer = after[pools[0]]
        between, head, pool = after[: pools[0]], after[pools[0] + 1 :], POOLS[type(layer)]
    if pool != "last" and (layer.keepdims or layer.data_format != "channels_last"):
        return None
    known = (
        all(map(keeps_positions, before))
        and all(map(acts_on_each_position, (*between, *head)))
        and head
        and read_logits(head[-1]) is not None
    )
    if not known:
        return None
    return Chain(tuple(before), readers, merge, tuple(between), pool, tuple(head))


def _layers_to(graph: Graph, output: int) -> list[keras.Layer] | None:
    """Return the layers from the input to ``output``; ``None`` if they branch or mask positions."""
    chain: list[keras.Layer] = []
    while output != graph.input:
        call = graph.maker(output)
        if call is None or len(call.inputs) != 1 or len(call.outputs) != 1 or not call.plain:
            return None
        layer = call.operation
        if type(layer) is layers.TimeDistributed and type(layer.layer) in VECTOR_LAYERS:
            layer = layer.layer
        if not isinstance(layer, keras.Layer) or isinstance(layer, layers.Masking):
            return None
        if type(layer) not in NOTHING_AT_INFERENCE:
            chain.insert(0, layer)
        output = call.inputs[0]
    return chain


def _readers(layer: Any) -> tuple[tuple[Reader, ...], str]:
    """Return the directions in merging order; empty if unknown."""
    directions: Sequence[Any] = [layer]
    merge = "concat"
    if isinstance(layer, layers.Bidirectional):
        directions, merge = [layer.forward_layer, layer.backward_layer], layer.merge_mode
    for one in directions:
        if (
            type(one) not in _RECURRENT
            or isinstance(one.cell, layers.StackedRNNCells)
            or one.return_sequences != layer.return_sequences
        ):
            return (), merge
    return tuple(Reader(one, one.cell, not one.go_backwards) for one in directions), merge


def _has_known_windows(layer: Any) -> bool:
    if type(layer) is layers.Conv1D and layer.groups != 1:
        return False
    return type(layer) in _WINDOWS_KNOWN or acts_on_each_position(layer)
