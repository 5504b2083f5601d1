"""Positions read by windowed layers, and bases read by each step of a recurrent layer.

Layers before a recurrent one may shorten the sequence (a convolution without padding,
pooling, strides): one recurrent step then stands for several bases. A step is placed at the
centre of its window, so a ``same`` convolution of stride 1 keeps step ``t`` at position ``t``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from demo_widgets.models.anatomy.graph import Graph
from demo_widgets.models.anatomy.layers import CONVOLUTIONS, WINDOWED, keeps_positions
from demo_widgets.models.model_facts import IntArray

__all__ = ["Reach", "Steps", "steps_of_tensor"]


@dataclass(frozen=True)
class Reach:
    """The input of a windowed layer: ``width`` positions ``step`` apart, every ``stride``."""

    width: int
    stride: int
    step: int
    padding: str

    @classmethod
    def of(cls, layer: Any) -> Reach:
        """Return the reach of a convolution or a pooling layer."""
        if type(layer) in CONVOLUTIONS:
            width, step = layer.kernel_size[0], layer.dilation_rate[0]
        else:
            width, step = layer.pool_size[0], 1
        return cls(width, layer.strides[0], step, layer.padding)

    @property
    def span(self) -> int:
        """Number of positions from the first to the last that one output reads."""
        return (self.width - 1) * self.step + 1

    @property
    def taps(self) -> range:
        """Places that one output reads, relative to the first."""
        return range(0, self.span, self.step)

    def shape(self, length: int) -> tuple[int, int]:
        """Return the length of the output, and the padding before the input."""
        if self.padding == "same":
            out = -(-length // self.stride)
            return out, max((out - 1) * self.stride + self.span - length, 0) // 2
        before = self.span - 1 if self.padding == "causal" else 0
        return (length + before - self.span) // self.stride + 1, before

    def centre(self, length: int) -> float:
        """Return the place of the first output, as a position of the input."""
        if self.padding == "causal" or (self.padding == "same" and self.stride == 1):
            return 0.0
        return (self.span - 1) / 2 - self.shape(length)[1]

    def outputs_of(self, inputs: int) -> int:
        """Return the maximum number of outputs that read any of ``inputs`` neighbours."""
        return (inputs - 1 + self.span - 1) // self.stride + 1

    def inputs_of(self, outputs: int) -> int:
        """Return the number of positions that ``outputs`` neighbouring outputs read."""
        return (outputs - 1) * self.stride + self.span


@dataclass(frozen=True)
class Steps:
    """``count`` steps over ``length`` bases, at positions ``first + i * apart``."""

    count: int
    length: int
    first: float = 0.0
    apart: float = 1.0

    def after(self, layer: Any) -> Steps:
        """Return the steps after ``layer``."""
        if type(layer) not in WINDOWED:
            return self
        reach = Reach.of(layer)
        return Steps(
            count=max(reach.shape(self.count)[0], 0),
            length=self.length,
            first=self.first + self.apart * reach.centre(self.count),
            apart=self.apart * reach.stride,
        )

    def read_from_left(self) -> IntArray:
        """Return the index ``(length,)`` of the last step of each prefix, at least 0."""
        reached = np.searchsorted(self._bases(), np.arange(self.length), side="right")
        return np.maximum(reached - 1, 0)

    def read_from_right(self) -> IntArray:
        """Return the index ``(length,)`` of the first step of each suffix."""
        before = np.searchsorted(self._bases(), np.arange(self.length), side="left")
        return np.minimum(before, self.count - 1)

    def _bases(self) -> npt.NDArray[np.float64]:
        places = np.floor(self.first + self.apart * np.arange(self.count))
        return np.clip(places, 0, self.length - 1)


def steps_of_tensor(graph: Graph, tensor: int, length: int) -> Steps | None:
    """Return the steps of a tensor of ``graph``; ``None`` if it does not lie along the sequence."""
    known: dict[int, Steps | None] = {graph.input: Steps(length, length)}
    for call in graph.calls:
        found = {known.get(number) for number in call.inputs}
        steps = found.pop() if found else None
        along = (
            steps is not None
            and not found
            and len(call.outputs) == 1
            and call.plain
            and keeps_positions(call.operation)
        )
        known[call.outputs[0]] = steps.after(call.operation) if along and steps else None
    return known.get(tensor)
