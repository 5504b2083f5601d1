"""The first convolution over bases, identified by its actual input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo_widgets.models.anatomy.graph import Call, Graph
from demo_widgets.models.anatomy.positions import Reach
from demo_widgets.models.model_facts import FloatArray, IntArray
from demo_widgets.models.quiet_tensorflow import layers, tf

__all__ = ["BaseConvolution", "find_base_convolution"]


@dataclass(frozen=True)
class BaseConvolution:
    """One call of a ``Conv1D`` on the bases.

    Attributes
    ----------
    call
        The call in the graph.
    strand
        ``"+"``, or ``"-"`` where it reads the reverse complement.
    offset
        Place of the first base in its input: above 0 after padding, below 0 if cropped.
    longer
        How much longer than the sequence its input is.
    """

    call: Call
    strand: str
    offset: int
    longer: int

    @property
    def reach(self) -> Reach:
        """The inputs that each output reads."""
        return Reach.of(self.call.operation)

    def starts(self, positions: IntArray, length: int) -> IntArray:
        """Return the first base, on :attr:`strand`, under each of the output ``positions``."""
        padding = self.reach.shape(length + self.longer)[1]
        return np.asarray(positions) * self.reach.stride - padding - self.offset


def find_base_convolution(graph: Graph, length: int) -> BaseConvolution | None:
    """Find the first convolution that reads the four bases, on the given strand if any does.

    A shared layer may be called on both strands, and its channels may not be in the order A, C, G,
    T, so its input is compared with random sequences of ``length``.
    """
    bases = np.random.default_rng(0).integers(4, size=(2, length))
    X = np.eye(4, dtype=np.float32)[bases]
    found = []
    for call in graph.calls:
        if type(call.operation) is not layers.Conv1D or call.operation.groups != 1:
            continue
        shape = graph.shapes[call.inputs[0]]
        if len(shape) != 3 or shape[-1] != 4 or call.operation.data_format != "channels_last":
            continue
        read = np.asarray(graph.run({graph.input: tf.constant(X)}, [call.inputs[0]])[0])
        for strand, given in (("+", X), ("-", X[:, ::-1, ::-1])):
            offset = _offset(read, given)
            if offset is not None:
                found.append(BaseConvolution(call, strand, offset, read.shape[1] - length))
                break
    return min(found, key=lambda one: one.strand, default=None)  # "+" sorts before "-"


def _offset(read: FloatArray, X: FloatArray) -> int | None:
    """Return the offset of ``X`` in ``read``, with channels in any order; ``None`` if not found."""
    shorter, longer = sorted((read.shape[1], X.shape[1]))
    if shorter < 8:
        return None
    for shift in range(longer - shorter + 1):
        if read.shape[1] >= X.shape[1]:
            same, rest = (
                read[:, shift : shift + shorter],
                np.delete(read, slice(shift, shift + shorter), axis=1),
            )
            if not rest.any() and _same_channels(same, X):
                return shift
        elif _same_channels(read, X[:, shift : shift + shorter]):
            return -shift
    return None


def _same_channels(a: FloatArray, b: FloatArray) -> bool:
    """Whether ``a`` is ``b`` with its channels in some order."""
    orders = [np.flatnonzero((b == a[:, :, [c]]).all(axis=(0, 1))) for c in range(4)]
    return all(len(one) == 1 for one in orders) and len({int(one[0]) for one in orders}) == 4
