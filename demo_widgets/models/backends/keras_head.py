"""Score and prediction from a Keras model's graph or its output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from demo_widgets.errors import ModelError
from demo_widgets.models.anatomy.ends import (
    activation_at_the_end,
    find_end,
    join_of,
    made_of_probabilities,
)
from demo_widgets.models.anatomy.graph import Graph
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.quiet_tensorflow import tf
from demo_widgets.models.score import TASKS, Output, unit_of

__all__ = ["Head", "OutputChoice", "choose_output", "find_head", "head_of_values"]

_SMALLEST = 1e-37  # smallest float32 probability, and distance from 1
_BOUNDED = {"sigmoid", "softmax", "hard_sigmoid"}


@dataclass(frozen=True)
class OutputChoice:
    """The output of a model that is explained.

    Attributes
    ----------
    index
        Number of the output tensor.
    target
        Number of the unit; for a single unit 1, or 0 for its complement.
    units
        Number of its units.
    name
        Name for people.
    """

    index: int
    target: int
    units: int
    name: str

    @property
    def column(self) -> int:
        """Column of the output tensor."""
        return self.target if self.units > 1 else 0

    def meaning(self, task: str, unit: str, score_kind: str, description: str) -> Output:
        """The output as what its number means."""
        return Output(self.name, task, unit, score_kind, description, self.target, self.units)


@dataclass(frozen=True)
class Head:
    """Maps values inside the model to score and prediction.

    Attributes
    ----------
    output
        The meaning of the output.
    choice
        The explained output of the model.
    tensors
        Numbers of the graph's tensors that are read.
    output_tensor
        Number of the output in the graph; -1 where the model has none.
    of_values
        Whether the model's output itself is read, not the input of its activation.
    activation
        Link function from logits to probabilities: ``"softmax"`` or ``"sigmoid"``.
    reads_linear
        Whether the output is the logits.
    """

    output: Output
    choice: OutputChoice
    tensors: tuple[int, ...]
    output_tensor: int
    of_values: bool
    activation: str
    reads_linear: bool
    _read: Callable[[Sequence[Any]], tuple[Any, Any]]

    def score_and_predict(self, values: Sequence[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        """Return scores and predictions ``(n,)`` from the values of :attr:`tensors`."""
        return self._read(values)

    def score_of_logits(self, z: Any) -> Any:
        """Return scores ``(n,)`` from logits ``(n, units)``, tensors or arrays."""
        if self.choice.units == 1:
            return z[:, 0] if self.choice.target == 1 else -z[:, 0]
        chosen = z[:, self.choice.target]
        if self.output.score_kind == "log_odds":
            return chosen - z[:, 1 - self.choice.target]
        return chosen

    def prediction_of_logits(self, z: tf.Tensor) -> tf.Tensor:
        """Return the probabilities ``(n,)`` of the target from logits ``(n, units)``."""
        if self.output.score_kind == "class_logit" and self.activation == "softmax":
            return tf.nn.softmax(z)[:, self.choice.target]
        return tf.sigmoid(self.score_of_logits(z))

    def own_prediction(self, outputs: Sequence[FloatArray]) -> npt.NDArray[np.float64]:
        """Return the model's own values ``(n,)`` from its outputs, if they are probabilities."""
        p = np.asarray(outputs[self.choice.index], dtype=np.float64)
        p = p.reshape(len(p), -1)[:, self.choice.column]
        return 1 - p if self.choice.units == 1 and self.choice.target == 0 else p


def choose_output(
    name: str, names: Sequence[str], shapes: Sequence[tuple[int, ...]], output: str | int | None
) -> OutputChoice:
    """Choose one of the outputs of model ``name``.

    Parameters
    ----------
    names, shapes
        Name and shape of each output tensor.
    output
        Number or name; ``None`` for the default one, if there is one.

    Raises
    ------
    ModelError
        It must be given, or does not exist.
    """
    every = [(i, unit) for i, shape in enumerate(shapes) for unit in range(_units(shape))]
    labels = list(output_labels(names, shapes))
    if isinstance(output, str):
        if output not in labels and output not in names:
            raise ModelError(f"model {name!r} has no output {output!r}; it has {', '.join(labels)}")
        if output not in labels:
            index = names.index(output)
            units = _units(shapes[index])
            return OutputChoice(index, unit_of(None, units, name), units, output)
        at = labels.index(output)
    elif len(shapes) == 1:
        units = _units(shapes[0])
        target = unit_of(output, units, name)
        return OutputChoice(0, target, units, labels[target if units > 1 else 0])
    elif output is None:
        raise ModelError(
            f"model {name!r} has {len(shapes)} outputs ({', '.join(names)}); choose the one to "
            f"explain: SequenceModel(model, output={names[0]!r})"
        )
    else:
        at = unit_of(output, len(every), name) if len(every) > 2 else int(output)
    index, unit = every[at]
    units = _units(shapes[index])
    return OutputChoice(index, unit if units > 1 else 1, units, labels[at])


def output_labels(names: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> tuple[str, ...]:
    """Return a name for each unit of each output."""
    labels = []
    for name, shape in zip(names, shapes, strict=True):
        units = _units(shape)
        labels += [name] if units == 1 else [f"{name}[{unit}]" for unit in range(units)]
    return tuple(labels)


def _units(shape: tuple[int, ...]) -> int:
    return 1 if len(shape) == 1 else shape[-1]


def find_head(name: str, graph: Graph | None, choice: OutputChoice, task: str | None) -> Head:
    """Find how the score of one output is computed from the graph.

    Raises
    ------
    ModelError
        The task is unknown, does not fit the last layer, or must be given.
    """
    if task is not None and task not in TASKS:
        raise ModelError(f"unknown task {task!r}; expected one of {', '.join(TASKS)}")
    if task == "regression":
        return _head_of_regression(name, graph, choice)
    end = None if graph is None else find_end(graph, graph.outputs[choice.index])
    if graph is None or end is None:
        return _head_without_logits(name, graph, choice, task)
    if choice.units == 1 and end.activation == "softmax":
        raise ModelError(
            f"model {name!r} ends in a softmax over one unit, which is always 1: use a "
            "sigmoid, or two units"
        )
    meant = _meaning(name, end.activation, choice, task)
    output = _output_of_logits(meant, end.activation, choice)
    tensor, linear = graph.outputs[choice.index], end.activation == "linear"

    def read(values: Sequence[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        z = end.readout(values[0])
        return head.score_of_logits(z), head.prediction_of_logits(z)

    head = Head(output, choice, (end.tensor,), tensor, False, meant, linear, read)
    return head


def _meaning(name: str, activation: str, choice: OutputChoice, task: str | None) -> str:
    """Return the link function, ``"softmax"`` or ``"sigmoid"``, of the model or the task."""
    fits = {
        "binary": activation != "linear" or choice.units <= 2,
        "multiclass": activation != "sigmoid" and choice.units > 1,
        "multilabel": activation != "softmax",
    }
    if task is not None and not fits[task]:
        raise ModelError(
            f"task {task!r} does not fit model {name!r}, which ends in {choice.units} "
            f"{activation} outputs"
        )
    if activation != "linear":
        return activation
    if choice.units == 1:
        return "sigmoid"
    if task is None:
        raise ModelError(
            f"model {name!r} ends in {choice.units} outputs without an activation, which may be "
            "measured values or the logits of classes: specify the task, SequenceModel(model, "
            "output=..., task='regression'), task='multiclass' (logits of one softmax) or "
            "task='multilabel' (a logit each)"
        )
    return "sigmoid" if task == "multilabel" else "softmax"


def _output_of_logits(meant: str, activation: str, choice: OutputChoice) -> Output:
    taken = ""
    if activation == "linear":
        taken = " The last layer has no activation, so its output is taken as logits."
    target, units = choice.target, choice.units
    if units == 1:
        sign = "" if target == 1 else "minus "
        task, kind = "binary", "logit"
        words = f"Score: {sign}the logit of the output unit.{taken}"
    elif units == 2 and meant == "softmax":
        task, kind = "binary", "log_odds"
        words = (
            f"Score: log-odds, the logit of class {target} minus that of class {1 - target}.{taken}"
        )
    else:
        task, kind = ("multiclass" if meant == "softmax" else "multilabel"), "class_logit"
        words = f"Score: the logit of class {target} of {units}.{taken}"
    return choice.meaning(task, "probability", kind, words)


def _head_of_regression(name: str, graph: Graph | None, choice: OutputChoice) -> Head:
    if choice.units == 1 and choice.target == 0:
        raise ModelError(
            f"model {name!r} has one output value, so it has no output 0; leave output= out"
        )
    words = "Score: the output itself (task='regression')."
    output = choice.meaning("regression", "value", "value", words)

    def read(values: Sequence[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        value = _column(values[0], choice)
        return value, value

    tensor = -1 if graph is None else graph.outputs[choice.index]
    tensors = () if graph is None else (tensor,)
    return Head(output, choice, tensors, tensor, True, "none", False, read)


def _head_without_logits(
    name: str, graph: Graph | None, choice: OutputChoice, task: str | None
) -> Head:
    """Return the head of joined probabilities, or of an output taken as probability."""
    if graph is not None:
        tensor = graph.outputs[choice.index]
        join = join_of(graph, tensor, choice.column)
        if join is not None:
            output = _output_of_probability(choice, "Score: log p - log(1 - p)", "")
            negate = choice.units == 1 and choice.target == 0

            def read(values: Sequence[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
                log_p, log_q = join.logarithms(values)
                if negate:
                    log_p, log_q = log_q, log_p
                return log_p - log_q, tf.exp(log_p)

            return Head(output, choice, join.tensors, tensor, False, "none", False, read)
        activation = activation_at_the_end(graph, tensor)
        if task is None and activation is not None and activation not in _BOUNDED:
            raise ModelError(
                f"model {name!r} ends in the activation {activation!r}, so its outputs are "
                "neither probabilities nor logits: end it in softmax, sigmoid or no activation, "
                "or use SequenceModel(model, task='regression') to explain the output itself"
            )
        if task is None and not made_of_probabilities(graph, tensor):
            raise ModelError(
                f"model {name!r} ends in layers whose outputs may or may not be probabilities: "
                "specify the task, SequenceModel(model, task='regression') for values, "
                "task='binary' or task='multilabel' for probabilities"
            )
    return head_of_values(graph, choice)


def head_of_values(graph: Graph | None, choice: OutputChoice) -> Head:
    """Return the head of an output that is taken as a probability, without known logits."""
    output = _output_of_probability(
        choice,
        "Score: log p - log(1 - p)",
        " because the logits of this model are not accessible; it saturates where float32 cannot "
        "distinguish p from 1",
    )
    negate = choice.units == 1 and choice.target == 0

    def read(values: Sequence[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        p = tf.cast(_column(values[0], choice), tf.float32)
        q = 1 - p
        if negate:
            p, q = q, p
        return tf.math.log(tf.maximum(p, _SMALLEST)) - _log_of_rest(p, q), p

    tensor = -1 if graph is None else graph.outputs[choice.index]
    tensors = () if graph is None else (tensor,)
    return Head(output, choice, tensors, tensor, True, "none", False, read)


def _log_of_rest(p: tf.Tensor, q: tf.Tensor) -> tf.Tensor:
    """``log(1 - p)``, exact for small ``p`` and finite at 1."""
    exact = tf.math.log1p(-tf.minimum(p, 0.5))
    return tf.where(p < 0.5, exact, tf.math.log(tf.maximum(q, 2.0**-25)))


def _output_of_probability(choice: OutputChoice, score: str, why: str) -> Output:
    task = "binary" if choice.units <= 2 else "multilabel"
    words = f"{score} of class {choice.target}{',' * bool(why)}{why}."
    return choice.meaning(task, "probability", "probability_logit", words)


def _column(value: tf.Tensor, choice: OutputChoice) -> tf.Tensor:
    value = tf.cast(value, tf.float32)
    return value if len(value.shape) == 1 else value[:, choice.column]
