"""Find what a classifier computes just before its final softmax or sigmoid.

Gradients of a probability vanish as it nears 0 or 1; the number before the activation
(the logit) does not saturate. The model is only read: a second Keras model over the same
layers stops at the last layer's input, and the last layer's kernel and bias, read afresh
at every call, are applied without the activation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from demo_widgets.models.quiet_tensorflow import keras, tf

__all__ = [
    "Logits",
    "find_logits",
    "has_graph",
    "logits_from_probabilities",
    "read_logits",
    "unbounded_activation",
]

_EPSILON = 1e-7  # float32 cannot tell 1 - 1e-8 from 1
_SMALLEST = 1e-37
_NOTHING_AT_INFERENCE = (keras.layers.Dropout, keras.layers.Flatten, keras.layers.Identity)
_LINEAR = (
    keras.layers.Add,
    keras.layers.Average,
    keras.layers.BatchNormalization,
    keras.layers.Rescaling,
    keras.layers.Subtract,
)
_UNBOUNDED = {"relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "softplus"} | {
    "softsign",
    "tanh",
    "exponential",
    "mish",
}
_ACTIVATIONS = (
    ("softmax", keras.activations.softmax),
    ("softmax", keras.ops.softmax),
    ("softmax", tf.nn.softmax),
    ("sigmoid", keras.activations.sigmoid),
    ("sigmoid", keras.ops.sigmoid),
    ("sigmoid", tf.nn.sigmoid),
    ("linear", keras.activations.linear),
)


def _operation_of(function: Callable) -> type:
    """The class of the graph operation that a function of ``keras.ops`` leaves behind."""
    return type(function(keras.KerasTensor((None, 2)))._keras_history.operation)


_SIGMOID_OP, _SOFTMAX_OP = _operation_of(keras.ops.sigmoid), _operation_of(keras.ops.softmax)


@dataclass(frozen=True)
class Logits:
    """The road from one-hot input to logits: ``trunks`` in turn, then ``readout``.

    Attributes
    ----------
    trunks
        Keras models applied one after the other, ``(n, L, 4)`` to the last layer's input.
    readout
        Last layer's input to logits ``(n, units)``.
    activation
        What the model does to the logits: ``"softmax"``, ``"sigmoid"`` or ``"linear"``.
    """

    trunks: tuple[Callable, ...]
    readout: Callable
    activation: str

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        for trunk in self.trunks:
            x = trunk(x, training=False)
        return self.readout(x)


def has_graph(model: keras.Model) -> bool:
    """Whether ``model`` is a functional or built Sequential model whose layers can be walked.

    A subclass that overrides ``call`` may compute anything, whatever its layers say.
    """
    custom_call = any(
        "call" in base.__dict__ and not base.__module__.startswith("keras.")
        for base in type(model).__mro__
    )
    if custom_call:
        return False
    try:
        return bool(model.inputs) and bool(model.outputs)
    except (AttributeError, ValueError):
        return False


def read_logits(layer) -> tuple[Callable, str] | None:
    """Return (function from the input of ``layer`` to its logits, activation name), or ``None``.

    ``None`` means that ``layer`` is not a plain Dense, Activation or Softmax layer (or the
    ``keras.ops`` of that name), or has an activation whose logit is not known.
    """
    if type(layer) is keras.layers.Dense:
        activation = _activation_name(layer.activation)
        return None if activation is None else (lambda h: _affine(layer, h), activation)
    if type(layer) is keras.layers.Activation:
        activation = _activation_name(layer.activation)
        return None if activation in (None, "linear") else (_as_float32, activation)
    if type(layer) is keras.layers.Softmax and layer.axis in (-1, 1):
        return _as_float32, "softmax"
    if type(layer) is _SIGMOID_OP:
        return _as_float32, "sigmoid"
    if type(layer) is _SOFTMAX_OP and layer.axis in (-1, 1):
        return _as_float32, "softmax"
    return None


def find_logits(model: keras.Model) -> Logits | None:
    """Find the logits of a functional or Sequential ``model``, looking into nested models.

    Layers at the end that do nothing to ``(n, units)`` at inference (Dropout, Flatten, a
    linear Activation, a Reshape to the same shape) are looked through. Sums, means and
    normalisations of outputs without activation are logits themselves.

    Returns
    -------
    Logits or None
        ``None`` where the model has no walkable graph or ends in an unknown layer.
    """
    if not has_graph(model):
        return None
    tensor = model.outputs[0]
    last, inputs = _origin(tensor)
    while _does_nothing(last, inputs):
        tensor = inputs[0]
        last, inputs = _origin(tensor)
    name = f"{model.name}_before_logits"
    if type(last) in _LINEAR:
        if not _is_linear(tensor):
            return None
        return Logits((keras.Model(model.inputs, tensor, name=name),), _as_float32, "linear")
    if len(inputs) != 1:
        return None
    if isinstance(last, keras.Model):
        inner = find_logits(last)
        if inner is None:
            return None
        trunks, readout, activation = inner.trunks, inner.readout, inner.activation
    else:
        found = read_logits(last)
        if found is None:
            return None
        trunks, (readout, activation) = (), found
    trunk = keras.Model(model.inputs, inputs[0], name=name)
    return Logits((trunk, *trunks), readout, activation)


def _origin(tensor) -> tuple:
    """The operation that made a symbolic ``tensor``, and the tensors it was made of."""
    operation, node_index, _ = tensor._keras_history
    return operation, operation._inbound_nodes[node_index].input_tensors


def _does_nothing(last, inputs) -> bool:
    """Whether ``last`` passes ``(n, units)`` through unchanged at inference."""
    if len(inputs) != 1 or len(inputs[0].shape) != 2:
        return False
    if type(last) is keras.layers.Activation:
        return _activation_name(last.activation) == "linear"
    if type(last) is keras.layers.Reshape:
        return tuple(last.target_shape) in ((inputs[0].shape[1],), (-1,))
    return type(last) in _NOTHING_AT_INFERENCE


def _is_linear(tensor) -> bool:
    """Whether ``tensor`` comes from Dense layers without activation by linear layers alone."""
    seen, waiting = set(), [tensor]  # each tensor once: roads double at every residual block
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        last, inputs = _origin(one)
        if type(last) in _LINEAR or _does_nothing(last, inputs):
            waiting += inputs
        elif isinstance(last, keras.Model) and has_graph(last):
            waiting.append(last.outputs[0])
        elif type(last) is not keras.layers.Dense or _activation_name(last.activation) != "linear":
            return False
    return True


def unbounded_activation(model: keras.Model) -> str | None:
    """Name of an activation at the end of ``model`` that cannot give probabilities, if any."""
    if not has_graph(model):
        return None
    activation = getattr(_origin(model.outputs[0])[0], "activation", None)
    name = getattr(activation, "__name__", None)
    return name if name in _UNBOUNDED else None


def logits_from_probabilities(p: tf.Tensor, activation: str) -> tf.Tensor:
    """Undo an unseen activation: probabilities ``(n, units)`` to logits of the same shape.

    With ``activation="softmax"`` (rows sum to 1) the logits are ``log p``, otherwise each
    unit's ``log p - log(1 - p)``. Probabilities are kept ``1e-7`` away from the ends, or as
    close to 0 as float32 allows for a softmax, so that scores stay finite.
    """
    p = _as_float32(p)
    if activation == "softmax":
        return tf.math.log(tf.maximum(p, _SMALLEST))
    p = tf.clip_by_value(p, _EPSILON, 1 - _EPSILON)
    return tf.math.log(p) - tf.math.log1p(-p)


def _affine(layer: keras.layers.Dense, h: tf.Tensor) -> tf.Tensor:
    z = tf.matmul(_as_float32(h), _as_float32(layer.kernel))
    return z if layer.bias is None else z + _as_float32(layer.bias)


def _as_float32(x) -> tf.Tensor:
    return tf.cast(tf.convert_to_tensor(x), tf.float32)


def _activation_name(activation) -> str | None:
    if type(activation) is keras.layers.Activation:
        activation = activation.activation
    if type(activation) is keras.layers.Softmax:
        return "softmax" if activation.axis in (-1, 1) else None
    return next((name for name, known in _ACTIVATIONS if activation is known), None)
