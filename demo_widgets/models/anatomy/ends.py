"""The logits of a classifier, before its final softmax or sigmoid.

Gradients of a probability vanish as it nears 0 or 1; the number before the activation (the
logit) does not saturate. The model is not modified: its graph is followed to the input of its last
layer, whose kernel and bias, read at every call, are applied without the activation. If the end
joins several probabilities (the mean of both strands, for example), their logarithms are joined
instead, which do not saturate either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from demo_widgets.models.anatomy.graph import Call, Graph, operation_of
from demo_widgets.models.anatomy.layers import NOTHING_AT_INFERENCE
from demo_widgets.models.quiet_tensorflow import keras, layers, tf

__all__ = [
    "End",
    "JoinedProbability",
    "activation_at_the_end",
    "find_end",
    "join_of",
    "made_of_probabilities",
    "read_logits",
]

_LINEAR_COMBINATIONS = (
    layers.Add,
    layers.Average,
    layers.BatchNormalization,
    layers.Concatenate,
    layers.Rescaling,
    layers.Subtract,
)
_SIGMOID_OP, _SOFTMAX_OP = operation_of(keras.ops.sigmoid), operation_of(keras.ops.softmax)
_ACTIVATIONS = (
    ("softmax", keras.activations.softmax),
    ("softmax", keras.ops.softmax),
    ("softmax", tf.nn.softmax),
    ("sigmoid", keras.activations.sigmoid),
    ("sigmoid", keras.ops.sigmoid),
    ("sigmoid", tf.nn.sigmoid),
    ("linear", keras.activations.linear),
)
_BOUNDED = (keras.activations.hard_sigmoid, keras.activations.sigmoid, keras.activations.softmax)

Pair = tuple[tf.Tensor, tf.Tensor]


@dataclass(frozen=True)
class End:
    """The end of a model whose logits are known.

    Attributes
    ----------
    tensor
        Number of the graph's tensor that :attr:`readout` reads.
    readout
        Function from values of that tensor to logits ``(n, units)``.
    activation
        The model's final activation: ``"softmax"``, ``"sigmoid"`` or ``"linear"``.
    """

    tensor: int
    readout: Callable[[tf.Tensor], tf.Tensor]
    activation: str


@dataclass(frozen=True)
class JoinedProbability:
    """One output that is computed from several probabilities.

    Attributes
    ----------
    tensors
        Numbers of the graph's tensors that :attr:`logarithms` reads.
    logarithms
        Function from their values, in that order, to ``(log p, log(1 - p))``, each ``(n,)``.
    """

    tensors: tuple[int, ...]
    logarithms: Callable[[Sequence[tf.Tensor]], Pair]


def read_logits(operation: Any) -> tuple[Callable[[tf.Tensor], tf.Tensor], str] | None:
    """Return (function from the input of ``operation`` to its logits, activation), or ``None``.

    ``None`` means that it is not a plain Dense, Activation or Softmax layer (or the corresponding
    ``keras.ops``), or that its activation has no known logit.
    """
    if type(operation) is layers.Dense:
        activation = _activation_name(operation.activation)
        return None if activation is None else (lambda h: _affine(operation, h), activation)
    if type(operation) is layers.Activation:
        activation = _activation_name(operation.activation)
        return None if activation in (None, "linear") else (_as_float32, str(activation))
    if type(operation) in (layers.Softmax, _SOFTMAX_OP) and operation.axis in (-1, 1):
        return _as_float32, "softmax"
    return (_as_float32, "sigmoid") if type(operation) is _SIGMOID_OP else None


def find_end(graph: Graph, output: int) -> End | None:
    """Find the logits behind the tensor ``output`` ``(n, units)`` of ``graph``.

    Layers at the end that leave ``(n, units)`` unchanged at inference (Dropout, Flatten, a linear
    Activation, a Reshape to the same shape) are skipped. Sums, means and normalisations of outputs
    without activation are logits themselves.
    """
    output, call = _seen_through(graph, output)
    if call is None or len(call.outputs) != 1:
        return None
    if type(call.operation) in _LINEAR_COMBINATIONS:
        return End(output, _as_float32, "linear") if _is_linear(graph, output) else None
    found = read_logits(call.operation)
    if found is None or not call.plain or len(graph.shapes[call.inputs[0]]) != 2:
        return None
    return End(call.inputs[0], *found)


def join_of(graph: Graph, output: int, unit: int) -> JoinedProbability | None:
    """Find how one unit of ``output`` is joined from probabilities; ``None`` if it is not."""
    tensors: list[int] = []
    pair = _pair(graph, output, unit, tensors)
    if pair is None:
        return None

    def logarithms(values: Sequence[tf.Tensor]) -> Pair:
        return pair(dict(zip(tensors, values, strict=True)))

    return JoinedProbability(tuple(tensors), logarithms)


def made_of_probabilities(graph: Graph, output: int) -> bool:
    """Whether ``output`` is computed only from values between 0 and 1.

    It is followed back through operations without weights to sigmoids and softmaxes. These
    operations may still leave the range, which a trial call detects.
    """
    waiting, seen = [output], set()
    while waiting:
        number = waiting.pop()
        call = graph.maker(number)
        if call is None:
            return False
        if number in seen:
            continue
        seen.add(number)
        operation = call.operation
        found = read_logits(operation)
        if found is not None and found[1] != "linear":
            continue
        if getattr(operation, "activation", None) in _BOUNDED:
            continue
        if isinstance(operation, keras.Layer) and operation.weights:
            return False
        waiting += call.inputs
    return True


def activation_at_the_end(graph: Graph, output: int) -> str | None:
    """Return the name of the last activation; ``None`` if there is none."""
    _, call = _seen_through(graph, output)
    activation = getattr(call and call.operation, "activation", None)
    return getattr(activation, "__name__", None)


def _pair(
    graph: Graph, output: int, unit: int, tensors: list[int]
) -> Callable[[dict[int, tf.Tensor]], Pair] | None:
    output, call = _seen_through(graph, output)
    if call is None or len(call.outputs) != 1:
        return None
    kind = type(call.operation)
    if kind is layers.Concatenate and call.operation.axis in (-1, 1):
        for number in call.inputs:
            units = graph.shapes[number][-1]
            if units is None:
                return None
            if unit < units:
                return _pair(graph, number, unit, tensors)
            unit -= units
        return None
    if kind in _JOINS:
        if len({graph.shapes[number] for number in call.inputs}) != 1:
            return None
        parts = [_pair(graph, number, unit, tensors) for number in call.inputs]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return lambda values: _JOINS[kind]([part(values) for part in known])
    found = read_logits(call.operation)
    source = call.inputs[0]
    if found is None or not call.plain or len(graph.shapes[source]) != 2:
        return None
    readout, activation = found
    if activation == "linear":
        return None
    if source not in tensors:
        tensors.append(source)
    return lambda values: _logarithms(readout(values[source]), activation, unit)


def _logarithms(z: tf.Tensor, activation: str, unit: int) -> Pair:
    if activation == "sigmoid":
        return tf.math.log_sigmoid(z[:, unit]), tf.math.log_sigmoid(-z[:, unit])
    total = tf.reduce_logsumexp(z, axis=1)
    others = tf.concat([z[:, :unit], z[:, unit + 1 :]], axis=1)
    return z[:, unit] - total, tf.reduce_logsumexp(others, axis=1) - total


def _mean(pairs: list[Pair]) -> Pair:
    p, q = (tf.stack(part) for part in zip(*pairs, strict=True))
    count = tf.math.log(float(len(pairs)))
    return tf.reduce_logsumexp(p, axis=0) - count, tf.reduce_logsumexp(q, axis=0) - count


def _largest(pairs: list[Pair]) -> Pair:
    p, q = (tf.stack(part) for part in zip(*pairs, strict=True))
    return tf.reduce_max(p, axis=0), tf.reduce_min(q, axis=0)


def _smallest(pairs: list[Pair]) -> Pair:
    p, q = (tf.stack(part) for part in zip(*pairs, strict=True))
    return tf.reduce_min(p, axis=0), tf.reduce_max(q, axis=0)


def _product(pairs: list[Pair]) -> Pair:
    """``p1 p2``, and ``1 - p1 p2 = (1 - p1) + p1 (1 - p2)``, which is accurate."""
    p, q = pairs[0]
    for p2, q2 in pairs[1:]:
        p, q = p + p2, tf.reduce_logsumexp(tf.stack([q, p + q2]), axis=0)
    return p, q


_JOINS: dict[type, Callable[[list[Pair]], Pair]] = {
    layers.Average: _mean,
    layers.Maximum: _largest,
    layers.Minimum: _smallest,
    layers.Multiply: _product,
}


def _seen_through(graph: Graph, output: int) -> tuple[int, Call | None]:
    """Return the tensor that ``output`` equals at inference, and the call that computes it."""
    call = graph.maker(output)
    while call is not None and _does_nothing(graph, call, output):
        output = call.inputs[0]
        call = graph.maker(output)
    return output, call


def _does_nothing(graph: Graph, call: Call, output: int) -> bool:
    """Whether ``call`` passes ``(n, units)`` through unchanged at inference."""
    if len(call.inputs) != 1 or not call.plain:
        return False
    before, after = graph.shapes[call.inputs[0]], graph.shapes[output]
    if len(before) != 2 or len(after) != 2 or before[1] != after[1]:
        return False
    if type(call.operation) is layers.Activation:
        return _activation_name(call.operation.activation) == "linear"
    return type(call.operation) in (*NOTHING_AT_INFERENCE, layers.Flatten, layers.Reshape)


def _is_linear(graph: Graph, output: int) -> bool:
    """Whether ``output`` is computed from Dense layers without activation by linear layers only."""
    seen: set[int] = set()
    waiting = [output]
    while waiting:
        number = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        number, call = _seen_through(graph, number)
        if call is None:
            return False
        if type(call.operation) in _LINEAR_COMBINATIONS:
            waiting += call.inputs
        elif type(call.operation) is not layers.Dense or (
            _activation_name(call.operation.activation) != "linear"
        ):
            return False
    return True


def _affine(layer: layers.Dense, h: tf.Tensor) -> tf.Tensor:
    z = tf.matmul(_as_float32(h), _as_float32(layer.kernel))
    return z if layer.bias is None else z + _as_float32(layer.bias)


def _as_float32(x: Any) -> tf.Tensor:
    return tf.cast(tf.convert_to_tensor(x), tf.float32)


def _activation_name(activation: Any) -> str | None:
    if type(activation) is layers.Activation:
        activation = activation.activation
    if type(activation) is layers.Softmax:
        return "softmax" if activation.axis in (-1, 1) else None
    return next((name for name, known in _ACTIVATIONS if activation is known), None)
