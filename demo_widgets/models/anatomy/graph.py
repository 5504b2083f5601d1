"""The graph of a Keras model, nested models unrolled; contains all uses of Keras' private API.

A :class:`Graph` lists the calls of operations in the order in which they run. Tensors are numbered;
a number identifies one tensor of one call, which distinguishes the calls of a shared layer, the
heads of a nested model and an LSTM's cell state.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from demo_widgets.models.quiet_tensorflow import keras, tf

__all__ = [
    "Call",
    "Graph",
    "Shape",
    "Snapshot",
    "all_layers",
    "graph_of",
    "has_graph",
    "operation_of",
    "time_distributed",
]

Shape = tuple[int | None, ...]
"""Sizes of the axes of a tensor, ``None`` where one is open."""

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Call:
    """One call of one operation.

    Attributes
    ----------
    operation
        Keras layer or operation of ``keras.ops``.
    inputs, outputs
        Numbers of its input and output tensors.
    plain
        Whether it is called on its input tensors only, without other arguments.
    """

    operation: Any
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    plain: bool
    _fill: Callable[[list[tf.Tensor]], Arguments]

    def run(self, tensors: list[tf.Tensor]) -> list[tf.Tensor]:
        """Output tensors of the operation in inference mode."""
        arguments, keywords = self._fill(tensors)
        operation = _of_any_length(self.operation)
        if operation is self.operation and _takes_training(operation):
            keywords = {**keywords, "training": False}
        return keras.tree.flatten(operation(*arguments, **keywords))


@dataclass(frozen=True, eq=False)
class Graph:
    """Calls in the order in which they run.

    Attributes
    ----------
    calls
        Every call that an output depends on.
    input
        Number of the input tensor.
    outputs
        Numbers of the output tensors.
    shapes
        Static shape of each tensor by number.
    """

    calls: tuple[Call, ...]
    input: int
    outputs: tuple[int, ...]
    shapes: Mapping[int, Shape]

    def maker(self, tensor: int) -> Call | None:
        """Return the call that computes ``tensor``; ``None`` for the input."""
        return self._makers().get(tensor)

    def _makers(self) -> dict[int, Call]:
        return {number: call for call in self.calls for number in call.outputs}

    def run(self, given: Mapping[int, tf.Tensor], wanted: Sequence[int]) -> list[tf.Tensor]:
        """Compute the tensors ``wanted`` from those ``given``, in inference mode.

        Raises
        ------
        KeyError
            They cannot be computed from the given ones.
        """
        known = dict(given)
        for call in self._needed(known, wanted):
            outputs = call.run([known[number] for number in call.inputs])
            known.update(zip(call.outputs, outputs, strict=True))
        return [known[number] for number in wanted]

    def follows(self, given: Iterable[int], wanted: Sequence[int]) -> bool:
        """Whether the tensors ``wanted`` can be computed from those ``given``."""
        try:
            self._needed(dict.fromkeys(given), wanted)
        except KeyError:
            return False
        return True

    def _needed(self, known: Mapping[int, Any], wanted: Sequence[int]) -> list[Call]:
        makers, needed, waiting = self._makers(), set(), list(wanted)
        while waiting:
            number = waiting.pop()
            if number not in known and id(makers[number]) not in needed:
                needed.add(id(makers[number]))
                waiting += makers[number].inputs
        return [call for call in self.calls if id(call) in needed]


def has_graph(model: Any) -> bool:
    """Whether ``model`` is a functional or built Sequential model whose layers can be walked.

    A subclass that overrides ``call`` may compute anything.
    """
    if not isinstance(model, keras.Model):
        return False
    custom_call = any(
        "call" in base.__dict__ and not base.__module__.startswith("keras.")
        for base in type(model).__mro__
    )
    if custom_call or "call" in vars(model):
        return False
    try:
        return bool(model.inputs) and bool(model.outputs)
    except (AttributeError, ValueError):
        return False


def graph_of(model: keras.Model) -> Graph | None:
    """Return the graph of a functional or Sequential model with one input; otherwise ``None``."""
    if not has_graph(model) or len(model.inputs) != 1:
        return None
    builder = _Builder()
    start = builder.number(model.inputs[0].shape)
    outputs = builder.unroll(model, [start])
    graph = Graph(tuple(builder.calls), start, tuple(outputs), builder.shapes)
    if not graph.follows([start], outputs):
        return None
    needed = tuple(graph._needed({start: None}, outputs))
    return Graph(needed, start, tuple(outputs), builder.shapes)


class _Builder:
    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.shapes: dict[int, Shape] = {}

    def number(self, shape: Shape) -> int:
        self.shapes[len(self.shapes)] = tuple(shape)
        return len(self.shapes) - 1

    def unroll(self, model: keras.Model, inputs: Sequence[int]) -> list[int]:
        """Add the calls of ``model`` on ``inputs``; return the numbers of its outputs."""
        functional = model._functional if isinstance(model, keras.Sequential) else model
        numbers = {id(t): n for t, n in zip(functional.inputs, inputs, strict=True)}
        for depth in sorted(functional._nodes_by_depth, reverse=True):
            for node in functional._nodes_by_depth[depth]:
                read = [numbers[id(t)] for t in node.input_tensors if id(t) in numbers]
                if node.is_input or not node.operation or len(read) < len(node.input_tensors):
                    continue
                if _can_unroll(node):
                    given = self.unroll(node.operation, read)
                else:
                    given = [self.number(tensor.shape) for tensor in node.outputs]
                    self.calls.append(_call(node, tuple(read), tuple(given)))
                numbers.update((id(t), n) for t, n in zip(node.outputs, given, strict=True))
        return [numbers[id(tensor)] for tensor in functional.outputs]


def _can_unroll(node: Any) -> bool:
    return (
        has_graph(node.operation)
        and _is_plain(node)
        and len(node.input_tensors) == len(node.operation.inputs)
    )


def _is_plain(node: Any) -> bool:
    # ``training`` is passed at every call.
    others = {key: x for key, x in node.arguments.kwargs.items() if key != "training"}
    return len(node.arguments.args) == 1 and not any(
        value is not None for value in keras.tree.flatten(others)
    )


def _call(node: Any, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Call:
    places = [id(tensor) for tensor in node.input_tensors]

    def fill(tensors: list[tf.Tensor]) -> Arguments:
        return node.arguments.fill_in(dict(zip(places, tensors, strict=True)))

    return Call(node.operation, inputs, outputs, _is_plain(node), fill)


def _takes_training(operation: Any) -> bool:
    if not isinstance(operation, keras.Layer):
        return False
    return "training" in inspect.signature(operation.call).parameters


def _of_any_length(operation: Any) -> Callable[..., Any]:
    """Return a ``TimeDistributed`` layer as one call on all positions; others unchanged.

    If the length is undefined, Keras 3 (including 3.15) applies such a layer to as many positions
    as there are sequences, because it treats the first axis as time.
    """
    if type(operation) is not keras.layers.TimeDistributed:
        return operation

    def call(x: tf.Tensor, **_: Any) -> tf.Tensor:
        shape = tf.shape(x)
        y = operation.layer(tf.reshape(x, (-1, *x.shape[2:])), training=False)
        return tf.reshape(y, tf.concat([shape[:2], tf.shape(y)[1:]], axis=0))

    return call


def all_layers(model: keras.Model) -> list[keras.Layer]:
    """Return all layers of ``model``, nested ones included, itself first."""
    return list(model._flatten_layers())


def time_distributed(model: keras.Model) -> list[keras.Layer]:
    """Return the ``TimeDistributed`` layers of ``model``, nested ones included."""
    return [one for one in all_layers(model) if isinstance(one, keras.layers.TimeDistributed)]


def operation_of(function: Callable[..., Any]) -> type:
    """Return the class of the graph operation of a ``keras.ops`` function."""
    return type(function(keras.KerasTensor((None, 2)))._keras_history.operation)


_GONE = object()


class Snapshot:
    """Layers and settings of a model, to detect changes.

    A compiled function keeps the layers and settings that it was traced with; weights are read at
    every call and are not included.
    """

    _SMALL = 4_096  # maximum size of an array attribute that is compared by value
    _OF_TRAINING = {
        "_compile_config",
        "_compiled_trainable_state",
        "_dropout_mask",
        "_eval_epoch_iterator",
        "_expected_batch_size",
        "_functional",
        "_recurrent_dropout_mask",
        "history",
        "optimizer",
        "stop_evaluating",
        "stop_predicting",
        "stop_training",
    }

    def __init__(self, model: keras.Model) -> None:
        self._ignored = set(vars(keras.Model())) | self._OF_TRAINING
        # Weak references, which do not keep a model alive.
        self._layers = [
            (weakref.ref(layer), list(layer._layers), len(vars(layer)), self._settings_of(layer))
            for layer in all_layers(model)
        ]

    def _settings_of(self, layer: Any) -> list[tuple[str, Any]]:
        return [
            (key, _frozen(value, self._SMALL))
            for key, value in vars(layer).items()
            if key not in self._ignored and not key.startswith("_self_")
        ]

    def has_changed(self) -> bool:
        """Whether any layer, or any setting of one, has changed."""
        for reference, parts, count, settings in self._layers:
            layer = reference()
            now = None if layer is None else layer._layers
            if now is None or len(now) != len(parts):
                return True
            if any(a is not b for a, b in zip(now, parts, strict=True)):
                return True
            attributes = vars(layer)
            for key, before in settings:
                value = attributes.get(key, _GONE)
                if value is not before and not _same(value, before):
                    return True
            if len(attributes) != count and len(self._settings_of(layer)) != len(settings):
                return True
        return False


def _frozen(value: Any, small: int) -> Any:
    if isinstance(value, list):
        return list(value)
    if type(value) is np.ndarray and value.size <= small:
        return value.copy()
    return value


def _same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if isinstance(a, (bool, int, float, str, bytes)):
        return type(a) is type(b) and a == b
    if isinstance(a, (list, tuple)):
        alike = isinstance(b, (list, tuple)) and len(a) == len(b)
        return alike and all(map(_same, a, b))
    if type(a) is np.ndarray:
        return type(b) is np.ndarray and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    return False
