"""Keras 3 models on TensorFlow as :class:`SequenceModel`.

The score is computed from the model's graph (:mod:`demo_widgets.models.anatomy`), compiled once for
all lengths and batch sizes, and used only if it reproduces the model's own output.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from demo_widgets.errors import ModelError, warn
from demo_widgets.models.anatomy.chain import Chain, find_chain
from demo_widgets.models.anatomy.ends import read_logits
from demo_widgets.models.anatomy.filters import BaseConvolution, find_base_convolution
from demo_widgets.models.anatomy.graph import (
    Graph,
    Snapshot,
    all_layers,
    graph_of,
    has_graph,
    time_distributed,
)
from demo_widgets.models.anatomy.layers import is_recurrent
from demo_widgets.models.backends.keras_check import check_finite_weights, check_keras_model
from demo_widgets.models.backends.keras_head import (
    Head,
    choose_output,
    find_head,
    head_of_values,
    output_labels,
)
from demo_widgets.models.backends.keras_trace import trace_call
from demo_widgets.models.backends.keras_trials import (
    check_bounded,
    check_shape,
    first_answer,
    gives_back,
)
from demo_widgets.models.backends.weight_watch import WeightWatch
from demo_widgets.models.files.provenance import model_fingerprint, recall, weights_fingerprint
from demo_widgets.models.quiet_tensorflow import keras, tf
from demo_widgets.models.score import (
    Check,
    Filters,
    Output,
    Provenance,
    SequenceModel,
    sequence_model,
)

__all__ = ["KerasModel", "keras_model_of"]


class KerasModel(SequenceModel):
    """A Keras model over one-hot DNA as a :class:`SequenceModel`; the model is not modified.

    ======================  =============================================  =====================
    last layer              score S                                        ``score_kind``
    ======================  =============================================  =====================
    softmax over 2          ``z_target - z_other``                         ``"log_odds"``
    sigmoid, 1 unit         its logit (minus the logit for output 0)       ``"logit"``
    linear, 1 unit          the same, output taken as a logit              ``"logit"``
    softmax, k > 2          the target's logit                             ``"class_logit"``
    sigmoid, k > 1          the target's logit                             ``"class_logit"``
    joined probabilities    ``log p - log(1 - p)``, in logarithms          ``"probability_logit"``
    task regression         the output itself                              ``"value"``
    ======================  =============================================  =====================

    The meaning of several linear units is ambiguous: ``task`` declares whether they are logits
    (``"multiclass"``, ``"multilabel"``) or values (``"regression"``).

    Weights are read at every call, so the score follows a model that is trained further;
    a model whose layers or settings were changed in place is analysed again.
    Parameters and errors are those of :class:`SequenceModel`.
    """

    backend = "keras"
    wrapped_once = True

    def __init__(
        self,
        model: keras.Model,
        output: str | int | None = None,
        *,
        task: str | None = None,
        name: str | None = None,
    ) -> None:
        self._prepare(model, output, task, name)
        self._keep_alive = model

    @classmethod
    def undecided(
        cls, model: keras.Model, output: str | int | None, task: str | None
    ) -> KerasModel:
        """Return one whose output may have to be chosen by :meth:`select` before use."""
        made = cls.__new__(cls)
        made._prepare(model, output, task, None, may_be_undecided=True)
        made._keep_alive = model
        return made

    @classmethod
    def held_weakly(cls, model: Any, output: str | int | None) -> KerasModel:
        made = cls.__new__(cls)
        made._prepare(model, output, None, None)
        return made

    def _prepare(
        self,
        model: keras.Model,
        output: str | int | None,
        task: str | None,
        name: str | None,
        may_be_undecided: bool = False,
    ) -> None:
        self._may_be_undecided = may_be_undecided
        self._keep_alive: keras.Model | None = None
        self._model = weakref.ref(model) if isinstance(model, keras.Model) else lambda: model
        self._asked = output, task
        self.name = name or getattr(model, "name", type(model).__name__)
        self._named = name
        self._lock = threading.RLock()
        self._selected: dict[Any, KerasModel] = {}
        self._look(model)

    def _look(self, model: keras.Model) -> None:
        """Derive everything that depends on the model's layers."""
        taken = check_keras_model(model)
        x, names, own = first_answer(model, taken.known_lengths)
        traced = None if has_graph(model) else trace_call(model, x.shape[1])
        graph = graph_of(model if traced is None else traced)
        self.fixed_length = taken.fixed_length if traced is None else traced.inputs[0].shape[1]
        self._compiled: dict[tuple, Callable] = {}
        self._facts_found: dict[Any, Any] = {}
        self._checks: dict[Any, Check] = {}
        self._snapshot, self._weights = Snapshot(model), WeightWatch(model)
        output, task = self._asked
        if task is None and recall(model) is not None:
            task = "binary"  # train() treats two linear units as logits
        shapes = [one.shape for one in own]
        for shape in shapes:
            check_shape(self.name, shape)
        self.outputs = output_labels(names, shapes)
        if graph is not None and not gives_back(graph, x, own):
            graph, self.fixed_length = None, taken.fixed_length
        self._graph, self._x = graph, x
        self._any_length = (
            self.fixed_length is None
            and graph is not None
            and set(map(id, time_distributed(model))) <= {id(c.operation) for c in graph.calls}
        )
        try:
            choice = choose_output(self.name, names, shapes, output)
            self._chosen: Head | ModelError = find_head(self.name, graph, choice, task)
        except ModelError as error:
            if not self._may_be_undecided:
                raise
            self._chosen = error
            return
        self._check_link(own)
        if self._head.of_values and self.output.unit == "probability" and task is None:
            check_bounded(self.name, model, x, own[choice.index])

    # Required by SequenceModel

    @property
    def output(self) -> Output:  # type: ignore[override]
        """The meaning of the output."""
        return self._head.output

    @property
    def model(self) -> keras.Model:
        """The user's model, unchanged."""
        model = self._model()
        if model is None:
            raise ModelError(f"model {self.name!r} no longer exists: keep a reference to it")
        return model

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the weights and the architecture."""
        return model_fingerprint(self.model)

    def select(self, output: str | int) -> SequenceModel:
        if self._keep_alive is None and self._asked[1] is None and self._named is None:
            return sequence_model(self.model, output)
        with self._lock:
            if output not in self._selected:
                made = KerasModel.__new__(KerasModel)
                made._prepare(self.model, output, self._asked[1], self._named)
                made._keep_alive = self._keep_alive
                self._selected[output] = made
            return self._selected[output]

    def refresh(self) -> None:
        """Analyse the model again if a layer, a setting or a weight has changed."""
        with self._lock:
            if self._snapshot.has_changed():
                self._look(self.model)
            elif self._weights.has_changed():
                self._checks.clear()
                self._facts_found.pop("no gradient", None)
                self._check_link(self._own_outputs_compiled(), compiled=True)

    @property
    def checks(self) -> list[Check]:
        return list(self._checks.values())

    def _lacks(self, capability: str) -> str | None:
        if capability == "gradient":
            return self._facts_found.get("no gradient")
        if capability == "prefixes":
            if any(map(is_recurrent, self.layers)):
                return None
            return "it has no recurrent layer, so it does not read the sequence step by step"
        if capability == "mutants":
            known = self.chain is not None and self.chain.windows_are_known
            return None if known else "the shortcut does not support its layers"
        if capability == "filters":
            if self._base_convolution is not None:
                return None
            return (
                "it has no one-dimensional convolution over the four bases; use "
                "method='saliency' or, for a recurrent network, 'temporal'"
            )
        return "they are not implemented for Keras models"

    @property
    def _base_convolution(self) -> BaseConvolution | None:
        graph = self._graph
        if graph is None:
            return None
        length = self._x.shape[1]
        return self.fact("filters", lambda: find_base_convolution(graph, length))

    def filters(self) -> Filters:
        self.require("filters")
        found, graph = self._base_convolution, self._graph
        assert found is not None and graph is not None
        layer = found.call.operation

        def respond(X: np.ndarray) -> np.ndarray:
            return np.asarray(graph.run({graph.input: tf.constant(X)}, found.call.outputs)[0])

        return Filters(layer.filters, found.reach.span, found.strand, respond, found.starts)

    def explains(self, target: str | int) -> bool:
        return not isinstance(self._chosen, ModelError) and super().explains(target)

    def provenance(self) -> Provenance:
        model = self.model
        return Provenance(model.count_params(), weights_fingerprint(model), recall(model) or {})

    def _facts(self) -> list[str]:
        way = "structure read from its layers" if self._graph is not None else "internals not known"
        return [f"{self.model.count_params():,} parameters; {way}"]

    def _explain_not_finite(self) -> None:
        check_finite_weights(self.model)

    def _score_and_predict(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._believable(*self._run("score", self.score_tensors, X))

    def _gradient_and_predict(self, X: np.ndarray) -> tuple[np.ndarray, ...]:
        gradient, *others = self._run("gradient", self._gradient_tensors, X)
        return gradient, *self._believable(*others)

    def _believable(self, scores: np.ndarray, predictions: np.ndarray) -> tuple[np.ndarray, ...]:
        """Refuse values that are not probabilities; warn if they are exactly 0 or 1."""
        if self._head.of_values and self.output.unit == "probability":
            outside = (predictions < -1e-6) | (predictions > 1 + 1e-6)
            if outside.any():
                raise ModelError(
                    f"model {self.name!r} gives {predictions[outside][0]:.4g}; expected a "
                    "probability. For measured values, use SequenceModel(model, "
                    "task='regression')"
                )
            sure = (predictions <= 0) | (predictions >= 1)
            if sure.any():
                warn(
                    f"model {self.name!r} gives a probability of exactly 0 or 1 for "
                    f"{int(sure.sum()):,} of {len(sure):,} sequences: its log-odds are clipped "
                    "there, and explanations of these sequences may be zero"
                )
        return scores, predictions

    def _run(self, key: str, function: Callable, X: np.ndarray) -> tuple[np.ndarray, ...]:
        compiled = self.compiled(key, function, self.input_spec(X.shape[1]))
        try:
            return tuple(np.asarray(part) for part in compiled(tf.constant(X)))
        except ModelError:
            raise
        except Exception as error:  # layers of the user may raise any error
            raise ModelError(
                f"model {self.name!r} failed on sequences of {X.shape[1]} bases: {error}"
            ) from error

    # Used by the exact shortcuts and the compiled ascent

    @property
    def graph(self) -> Graph | None:
        """The model's graph; ``None`` if its internals are unknown."""
        return self._graph

    @property
    def head(self) -> Head:
        """How the score is computed from the graph, or from the model's output."""
        return self._head

    @property
    def _head(self) -> Head:
        if isinstance(self._chosen, ModelError):
            raise ModelError(str(self._chosen))
        return self._chosen

    @property
    def layers(self) -> list:
        """Layers of the graph, each once; all of the model's if it has no graph."""
        if self._graph is None:
            return all_layers(self.model)[1:]
        return list(dict.fromkeys(call.operation for call in self._graph.calls))

    @property
    def chain(self) -> Chain | None:
        """The model as a chain of layers; ``None`` if it is not a chain."""

        def find() -> Chain | None:
            if self._graph is None or self.kind in ("probability_logit", "value"):
                return None
            return find_chain(self._graph, self._head.output_tensor)

        return self.fact("chain", find)

    def fact(self, key: Any, find: Callable[[], Any]) -> Any:
        """Return the result of ``find``, cached until the model's layers or settings change."""
        with self._lock:
            if key not in self._facts_found:
                self._facts_found[key] = find()
            return self._facts_found[key]

    def admits(self, key: Any, compare: Callable[[], Check]) -> bool:
        """Whether a shortcut agrees with the direct computation; checked once per weights."""
        with self._lock:
            if key not in self._checks:
                try:
                    self._checks[key] = compare()
                except Exception as error:  # the direct computation is used or fails
                    check_finite_weights(self.model)
                    what = " ".join(map(str, key)) if isinstance(key, tuple) else str(key)
                    failed = f"{what} ({type(error).__name__})"
                    self._checks[key] = Check(failed, False, float("inf"), 0.0)
            return self._checks[key].agreed

    def score_tensors(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return scores and predictions ``(n,)`` of ``x`` ``(n, L, 4)``; differentiable."""
        x = tf.cast(x, tf.float32)
        if self._graph is None:
            outputs = keras.tree.flatten(self.model(x, training=False))
            values = [outputs[self._head.choice.index]]
        else:
            values = self._graph.run({self._graph.input: x}, self._head.tensors)
        return self._head.score_and_predict(values)

    def score_of_tensor(self, tensor: int) -> Callable | None:
        """Return a function from values of one tensor of :attr:`graph` to scores and predictions.

        ``None`` if they depend on other tensors too.
        """
        graph = self._graph
        if graph is None or not graph.follows([tensor], self._head.tensors):
            return None
        return lambda h: self._head.score_and_predict(graph.run({tensor: h}, self._head.tensors))

    def head_logits(self, layers: Sequence, h: tf.Tensor) -> tf.Tensor:
        """Return logits ``(n, units)`` from the input of ``layers``, the last ones of a chain."""
        for layer in layers[:-1]:
            h = layer(h, training=False)
        found = read_logits(layers[-1])
        assert found is not None, "chains end in a layer whose logits are known"
        return found[0](h)

    def score_of_logits(self, z: Any) -> Any:
        """Score ``(n,)`` from logits ``(n, units)``."""
        return self._head.score_of_logits(z)

    def probability_of_logits(self, z: tf.Tensor) -> tf.Tensor:
        """Prediction ``(n,)`` from logits ``(n, units)``."""
        return self._head.prediction_of_logits(z)

    def to_probability(self, score: Any) -> np.ndarray:
        """Return the probability of the target class for a score (sigmoid).

        Valid only if the score determines the probability, which the logit of one of many classes
        does not.
        """
        return 0.5 * (1 + np.tanh(0.5 * np.asarray(score, dtype=np.float64)))

    def input_spec(self, length: int) -> tf.TensorSpec:
        """Return the shape of a batch; the length is undefined if the model's graph takes any."""
        return tf.TensorSpec((None, None if self._any_length else length, 4), tf.float32)

    def compiled(self, key: str, function: Callable, *signature: Any) -> Callable:
        """Return ``function`` compiled once per ``key`` and signature (of ``tf.TensorSpec``).

        Signatures leave the number of sequences undefined, so neither a new batch size nor, with
        :meth:`input_spec`, a new length causes a new trace.
        """
        specs = tuple(tf.nest.flatten(signature))
        with self._lock:
            if (key, specs) not in self._compiled:
                # Layers of a Keras graph need no AutoGraph; only a model with its own call method
                # may contain Python control flow over tensors.
                compiled = tf.function(
                    function, input_signature=signature, autograph=self._graph is None
                )
                # A concrete function cannot be traced again, and is not counted in TensorFlow's
                # traces per line of code, which cause a warning when several models share a line.
                try:
                    self._compiled[key, specs] = compiled.get_concrete_function()
                except ModelError:
                    raise
                except Exception as error:  # models of the user may raise any error
                    raise ModelError(f"model {self.name!r} cannot be run: {error}") from error
            return self._compiled[key, specs]

    def trace_count(self) -> int:
        """Number of times TensorFlow traced a function of this score (each costs about 1 s)."""
        with self._lock:
            return len(self._compiled)

    def _gradient_tensors(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            s, p = self.score_tensors(x)
        gradient = tape.gradient(s, x)
        if gradient is None:
            self._facts_found["no gradient"] = (
                "a layer such as argmax or rounding blocks it; use in_silico_mutagenesis or "
                "greedy_design, which need no gradient"
            )
            raise ModelError(self.why_not("gradient"))
        return gradient, s, p

    def _own_outputs_compiled(self) -> list[np.ndarray]:
        """The model's own outputs for the trial sequences, faster than by calling it each time."""

        def outputs(x: tf.Tensor) -> list[tf.Tensor]:
            return keras.tree.flatten(self.model(x, training=False))

        spec = tf.TensorSpec(self._x.shape, tf.float32)
        run = self.compiled("own outputs", outputs, spec)
        return [np.asarray(one) for one in run(tf.constant(self._x))]

    def _check_link(self, own: Sequence[np.ndarray], compiled: bool = False) -> None:
        """Compare the probabilities implied by the scores with the model's own output.

        If they differ, the score is computed from the output instead.
        """
        if self._graph is None or isinstance(self._chosen, ModelError) or self._head.of_values:
            return
        if compiled:
            found = self._run("score", self.score_tensors, self._x)
        else:  # compiling takes longer than one call
            found = self.score_tensors(tf.constant(self._x))
        read = np.asarray(found[1], dtype=np.float64)
        expected = self._head.own_prediction(own)
        if self._head.reads_linear:  # the output is the logits
            z = tf.constant(own[self._head.choice.index], tf.float32)
            expected = np.asarray(self._head.prediction_of_logits(z), dtype=np.float64)
        difference = np.abs(read - expected)
        half = any(layer.compute_dtype != "float32" for layer in all_layers(self.model))
        allowed = (0.05 if half else 1e-3) * np.minimum(expected, 1 - expected) + 2e-6
        agreed = bool(np.all(~(difference > allowed)))
        self._checks["score"] = Check(
            "the score's probability against the model's output",
            agreed,
            float(np.nanmax(difference, initial=0)),
            1.0,
        )
        if not agreed:
            self._chosen = head_of_values(self._graph, self._head.choice)


def keras_model_of(model: Any) -> keras.Model:
    """Return the Keras model of a :class:`SequenceModel`, or ``model`` itself.

    Raises
    ------
    ModelError
        It is a ``SequenceModel`` of another kind.
    """
    if isinstance(model, SequenceModel):
        if not isinstance(model, KerasModel):
            raise ModelError(
                f"model {model.name!r} is not a Keras model, so it cannot be trained or saved: "
                "keep the code that makes it"
            )
        return model.model
    return model
