"""Parts of random models: functions over a tensor, symbolic or real, whose layers are made once.

The same part builds the Keras model (called on symbolic tensors) and answers for it by itself
(called on numbers), so a random model can be checked against its own layers.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from keras import layers, ops

Part = Callable


class Draw:
    """The choices of one seed; remembers what kinds of part and which layers it made."""

    def __init__(self, *seed: int):
        self.rng = np.random.default_rng(seed)
        self.kinds: list[str] = []
        self.layers: list[layers.Layer] = []

    def one(self, *options):
        return options[int(self.rng.integers(len(options)))]

    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def named(self, options: dict, prefix: str = ""):
        """One of ``options``, its key noted as a kind."""
        key = self.one(*options)
        self.note(prefix + key)
        return options[key]

    def note(self, *kinds: str) -> None:
        self.kinds += [kind for kind in kinds if kind not in self.kinds]

    def add(self, layer):
        self.layers.append(layer)
        return layer


def chain(*parts: Part) -> Part:
    def run(x):
        for part in parts:
            x = part(x)
        return x

    return run


def nested(part: Part) -> Part:
    """The part as a Keras model of its own, the same one at every symbolic call."""
    made = []

    def run(x):
        if not isinstance(x, keras.KerasTensor):
            return part(x)
        if not made:
            i = keras.Input(x.shape[1:])
            made.append(keras.Model(i, part(i)))
        return made[0](x)

    return run


def in_sequential(*chained: layers.Layer) -> Part:
    """Layers as a ``keras.Sequential`` of its own."""
    made = []

    def run(x):
        if not isinstance(x, keras.KerasTensor):
            return chain(*chained)(x)
        if not made:
            made.append(keras.Sequential([keras.Input(x.shape[1:]), *chained]))
        return made[0](x)

    return run


@keras.saving.register_keras_serializable("random_models")  # Bidirectional copies its layer
def swish(t):
    return t * ops.sigmoid(t)


def centred_channels(t):
    return t - ops.mean(t, axis=-1, keepdims=True)


POINTWISE = ("relu", "relu", "tanh", "elu", "gelu", "softplus", None, swish, centred_channels)

MIXING = {
    "softmax over positions": lambda t: 4 * ops.softmax(t, axis=1),
    "minus mean over positions": lambda t: ops.relu(t - ops.mean(t, axis=1, keepdims=True)),
    "over the largest position": lambda t: t / (1 + ops.max(ops.abs(t), axis=1, keepdims=True)),
    "running sum": lambda t: ops.cumsum(t, axis=1) / 4,
    "previous position": lambda t: ops.tanh(t) * ops.roll(t, 1, axis=1),
}
"""Callables that let positions see each other, as users hand them over as activations."""


def mixing(d: Draw) -> list[layers.Layer]:
    """Layers of which some lets positions see each other without being a convolution."""

    def norm():
        return [d.add(layers.GroupNormalization(groups=1))]

    how = {
        "Activation": lambda f: [layers.Activation(f)],
        "Lambda": lambda f: [layers.Lambda(f)],
        "Conv1D activation": lambda f: [d.add(layers.Conv1D(5, 3, activation=f))],
        "Dense activation": lambda f: [d.add(layers.Dense(5, activation=f))],
        "Softmax layer": lambda f: [layers.Softmax(axis=1)],
        "GroupNormalization": lambda f: norm(),
        "UnitNormalization": lambda f: [layers.UnitNormalization(axis=1)],
        "moved": lambda f: [
            d.one(layers.ZeroPadding1D((2, 1)), layers.Cropping1D((2, 1)), layers.UpSampling1D(2))
        ],
    }
    make = d.named(how, "positions: ")
    return make(d.named(MIXING))


def convolution(d: Draw, strides: int | None = None, padding: str | None = None, same=False):
    """One convolution layer."""
    stride = strides or d.one(1, 1, 1, 2, 3)
    dilation = d.one(1, 1, 2, 3) if stride == 1 else 1
    kind = "Conv1D" if same else d.one("Conv1D", "Conv1D", "Conv1D", "Separable", "Depthwise")
    paddings = ("valid", "same", "causal") if kind == "Conv1D" else ("valid", "same")
    options = dict(
        padding="same" if same else padding or d.one(*paddings),
        strides=stride,
        activation=d.one(*POINTWISE),
    )
    width = d.one(1, 2, 3, 5)
    d.note(kind, options["padding"])
    d.note(*["strided"] * (stride > 1), *["dilated"] * (dilation > 1))
    d.note(*["callable activation"] * callable(options["activation"]))
    if kind == "Depthwise":  # TensorFlow's CPU kernel has no dilated gradient for it
        return d.add(layers.DepthwiseConv1D(width, depth_multiplier=2, **options))
    if kind == "Separable":
        return d.add(layers.SeparableConv1D(6, width, **options))
    return d.add(layers.Conv1D(6, width, dilation_rate=dilation, **options))


def window_pool(d: Draw) -> layers.Layer:
    size = d.one(2, 3)
    strides = d.one(None, 1, size, size + 1, size + 2)
    d.note("pool", *["pool with gaps"] * (strides is not None and strides > size))
    make = d.one(layers.MaxPooling1D, layers.AveragePooling1D)
    return make(size, strides=strides, padding=d.one("valid", "valid", "same"))


def norm(d: Draw) -> layers.Layer:
    makers = {"batch norm": layers.BatchNormalization, "layer norm": layers.LayerNormalization}
    return d.add(d.named(makers)())


def convolutions(d: Draw, most: int = 3) -> list[layers.Layer]:
    """A chain of convolutions, norms and pools; at most two of them make the sequence shorter."""
    made, shorter = [], 0
    for _ in range(d.one(*range(1, most + 1))):
        made.append(convolution(d, strides=1 if shorter else None))
        shorter += made[-1].strides[0] > 1
        if d.chance(0.4):
            made += [norm(d), layers.Activation(d.one("relu", "tanh", swish))]
        if d.chance(0.2):
            made.append(layers.Dropout(0.3))
        if shorter < 2 and d.chance(0.4):
            made.append(window_pool(d))
            shorter += 1
    return made


def residual(d: Draw) -> Part:
    """Dilated convolutions added to, multiplied by or put next to what came before."""
    first = d.add(layers.Conv1D(6, 5, padding="same", activation="relu"))
    others = [convolution(d, strides=1, same=True) for _ in range(d.one(1, 2, 3))]
    joins = {
        "Add": layers.Add(),
        "plus": lambda pair: pair[0] + pair[1],
        "Concatenate": layers.Concatenate(),
        "Multiply": layers.Multiply(),
        "Maximum": layers.Maximum(),
        "Average": layers.Average(),
    }
    chosen = [joins[d.one(*joins)] if i == 0 else layers.Add() for i in range(len(others))]
    d.note("residual")

    def run(x):
        h = first(x)
        for other, join in zip(others[::-1], chosen[::-1], strict=True):
            h = join([h, other(h)])
        return h

    return run


def over_positions(d: Draw, flatten: bool = True) -> Part:
    """From positions to one vector."""
    maximum, mean = layers.GlobalMaxPooling1D(), layers.GlobalAveragePooling1D()
    both, score = layers.Concatenate(), d.add(layers.Dense(1))
    ends = {
        "global max": maximum,
        "global mean": mean,
        "max and mean": lambda h: both([maximum(h), mean(h)]),
        "attention": lambda h: ops.sum(h * ops.softmax(score(h), axis=1), axis=1),
        "ops.max": lambda h: ops.max(h, axis=1),
    }
    if flatten:
        ends["flatten"] = layers.Flatten()
    return d.named(ends)


def dense_after(d: Draw) -> Part:
    if d.chance(0.5):
        return chain()
    return chain(
        d.add(layers.Dense(6, activation=d.one("relu", "tanh", swish))), layers.Dropout(0.2)
    )


def _cell_layer(d: Draw, units: int, kind: str | None = None, **options) -> layers.Layer:
    makers = {
        "LSTM": lambda: layers.LSTM(units, use_bias=d.chance(0.8), **options),
        "GRU": lambda: layers.GRU(units, reset_after=d.chance(0.5), **options),
        "SimpleRNN": lambda: layers.SimpleRNN(units, **options),
        "LSTM with other activations": lambda: layers.LSTM(
            units,
            activation=d.one("softsign", "softmax", swish),
            recurrent_activation=d.one("hard_sigmoid", "sigmoid", "tanh"),
            **options,
        ),
        "RNN of an LSTMCell": lambda: layers.RNN(layers.LSTMCell(units), **options),
        "RNN of stacked cells": lambda: layers.RNN(
            layers.StackedRNNCells([layers.LSTMCell(3), layers.GRUCell(units)]), **options
        ),
    }
    if kind is None:
        return d.named(makers)()
    d.note(kind)
    return makers[kind]()


def reader(d: Draw, sequences: bool, two_ways: bool, kind: str | None = None) -> layers.Layer:
    """A recurrent layer."""
    back = d.chance(0.4)
    d.note(*["go_backwards"] * back)
    one = _cell_layer(d, 5, kind, return_sequences=sequences, go_backwards=back)
    if not two_ways:
        return d.add(one)
    other = None
    if d.chance(0.3):
        d.note("another backward layer")
        other = _cell_layer(d, 5, return_sequences=sequences, go_backwards=not back)
    merge = d.one("concat", "sum", "mul", "ave")
    d.note("Bidirectional " + merge)
    return d.add(layers.Bidirectional(one, merge_mode=merge, backward_layer=other))


def states(d: Draw) -> Part:
    """A recurrent layer whose states, not its output, are read: ``return_state=True``."""
    two, sequences = d.chance(0.5), d.chance(0.3)
    kind = d.one("LSTM", "LSTM", "GRU")
    options = dict(return_state=True, return_sequences=sequences, go_backwards=d.chance(0.3))
    layer = _cell_layer(d, 5, kind, **options)
    count = 1 + (2 if kind == "LSTM" else 1) * (1 + two)
    if two:
        merge = d.one("concat", "sum", "mul", "ave")
        layer = layers.Bidirectional(layer, merge_mode=merge)
        d.note("Bidirectional " + merge)
    d.add(layer)
    chosen = sorted({d.one(*range(1, count)), d.one(*range(1, count))})
    join, pool = layers.Concatenate(), layers.GlobalMaxPooling1D()
    with_output = sequences and d.chance(0.5)
    d.note("return_state", f"states {chosen}", *["states and outputs"] * with_output)

    def run(x):
        found = layer(x)
        parts = [found[i] for i in chosen] + ([pool(found[0])] if with_output else [])
        return parts[0] if len(parts) == 1 else join(parts)

    return run


def two_outputs(d: Draw) -> Part:
    """``Bidirectional(merge_mode=None)``: both directions, or the one that reads back."""
    sequences = d.chance(0.5)
    one = _cell_layer(d, 5, return_sequences=sequences)
    layer = d.add(layers.Bidirectional(one, merge_mode=None))
    pool = layers.GlobalMaxPooling1D() if sequences else layers.Identity()
    both = d.chance(0.5)
    d.note("Bidirectional None", *["backward output only"] * (not both))
    return lambda x: (
        ops.concatenate([pool(h) for h in layer(x)], axis=-1) if both else pool(layer(x)[1])
    )


def read_to_vector(d: Draw, two_ways: bool, over_time: bool = False, flatten: bool = False) -> Part:
    """One recurrent layer, and what makes one vector of its states."""
    if not over_time and d.chance(0.4):
        d.note("last state")
        return chain(reader(d, False, two_ways), dense_after(d))
    between = []
    if over_time:
        between.append(layers.Activation(d.named(MIXING, "over time: ")))
    if d.chance(0.4):
        dense = layers.Dense(5, activation=d.one("tanh", "relu"))
        distributed = d.chance(0.5)
        d.note(*["TimeDistributed"] * distributed)
        between.append(d.add(layers.TimeDistributed(dense) if distributed else dense))
    if d.chance(0.3):
        between.append(norm(d))
    end = over_positions(d, flatten=flatten and d.chance(0.3))
    return chain(reader(d, True, two_ways), *between, end, dense_after(d))


def several_readers(d: Draw) -> Part:
    """Recurrent layers one after another, next to each other, or handing on their states."""
    join, pool = layers.Concatenate(), layers.GlobalMaxPooling1D()

    def stacked():
        return chain(reader(d, True, d.chance(0.5)), reader(d, False, d.chance(0.5)))

    def parallel():
        a, b = reader(d, False, False), reader(d, False, d.chance(0.5))
        return lambda x: join([a(x), b(x)])

    def around():
        first, second = d.add(layers.GRU(5, return_sequences=True)), reader(d, True, False)
        return lambda x: pool(first(x) + second(first(x)))

    def handed_on():
        first = d.add(layers.LSTM(5, return_state=True))
        second = d.add(layers.LSTM(5))
        return lambda x: second(x, initial_state=list(first(x)[1:]))

    def convolved():
        d.note("convolution over states")
        after = d.add(layers.Conv1D(5, 3, padding=d.one("same", "valid"), activation="relu"))
        return chain(reader(d, True, d.chance(0.5)), after, pool)

    return d.named(
        {
            "stacked readers": stacked,
            "parallel readers": parallel,
            "residual around a reader": around,
            "initial_state": handed_on,
            "convolved states": convolved,
        }
    )()
