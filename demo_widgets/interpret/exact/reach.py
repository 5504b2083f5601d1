"""Which positions a convolution or a pooling layer reads, and how many it gives."""

from __future__ import annotations

from dataclasses import dataclass

from demo_widgets.models.quiet_tensorflow import layers

__all__ = ["Reach"]


@dataclass(frozen=True)
class Reach:
    """What one windowed layer reads: ``width`` positions ``step`` apart, every ``stride``."""

    width: int
    stride: int
    step: int
    padding: str

    @classmethod
    def of(cls, layer) -> Reach:
        if type(layer) is layers.Conv1D:
            width, step = layer.kernel_size[0], layer.dilation_rate[0]
        else:
            width, step = layer.pool_size[0], 1
        return cls(width, layer.strides[0], step, layer.padding)

    @property
    def span(self) -> int:
        return (self.width - 1) * self.step + 1

    @property
    def taps(self) -> range:
        """Places of what one output reads, from its first on."""
        return range(0, self.span, self.step)

    def shape(self, length: int) -> tuple[int, int]:
        """Length of the output, and positions of padding before the input."""
        if self.padding == "same":
            out = -(-length // self.stride)
            return out, max((out - 1) * self.stride + self.span - length, 0) // 2
        before = self.span - 1 if self.padding == "causal" else 0
        return (length + before - self.span) // self.stride + 1, before

    def outputs_of(self, inputs: int) -> int:
        """Most outputs that read any of ``inputs`` neighbouring positions."""
        return (inputs - 1 + self.span - 1) // self.stride + 1

    def inputs_of(self, outputs: int) -> int:
        """Positions that ``outputs`` neighbouring outputs read."""
        return (outputs - 1) * self.stride + self.span
