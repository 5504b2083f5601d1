"""Keras 3 models on TensorFlow as :class:`SequenceModel`.

The score is computed from the model's graph (:mod:`demo_widgets.models.anatomy`), compiled once for
all lengths and batch sizes, and used only if it reproduces the model's own output.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

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
    run_all,
)
from demo_widgets.models.backends.weight_watch import WeightWatch
from demo_widgets.models.files.provenance import model_fingerprint, recall, weights_fingerprint
from demo_widgets.models.model_facts import FloatArray
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

Found = TypeVar("Found")


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
    Errors, and parameters not named here, are those of :class:`SequenceModel`.

    Parameters
    ----------
    keep_alive
        Whether the Keras model lives as long as this object.
    may_be_undecided
        Whether an output or task that is needed may be named later, by :meth:`select`.
    """

    backend = "keras"
    wrapped_once = True

    graph: Graph | None
    """The model's graph; ``None`` where its inside is not known."""

    def __init__(
        self,
        model: keras.Model,
        output: str | int | None = None,
        *,
        task: str | None = None,
        name: str | None = None,
        keep_alive: bool = True,
        may_be_undecided: bool = False,
    ) -> None:
        self._may_be_undecided = may_be_undecided
        self._kept_alive = model if keep_alive else None
        self._model = weakref.ref(model) if isinstance(model, keras.Model) else lambda: model
        self._asked = output, task
        self.name = str(name or getattr(model, "name", type(model).__name__))
        self._named = name
        self._lock = threading.RLock()
        self._selected: dict[Any, KerasModel] = {}
        self._look(model)

    @classmethod
    def held_weakly(cls, model: Any, output: str | int | None) -> KerasModel:
        return cls(model, output, keep_alive=False)

    def _look(self, model: keras.Model) -> None:
        """Derive everything that depends on the model's layers."""
        taken = check_keras_model(model)
        x, names, own = first_answer(model, taken.known_lengths)
        traced = None if has_graph(model) else trace_call(model, x.shape[1])
        graph = graph_of(model if traced is None else traced)
        self.fixed_length = taken.fixed_length if traced is None else traced.inputs[0].shape[1]
        self._compiled: dict[tuple[Any, ...], Callable[..., Any]] = {}
        self._facts_found: dict[str, Any] = {}
        self._checks: dict[Any, Check] = {}
        self._snapshot, self._weights = Snapshot(model), WeightWatch(model)
        output, task = self._asked
        if task is None and recall(model) is not None:
            task = "binary"  # train() treats two linear units as logits
        shapes = [one.shape for one in own]
        for shape in shapes:
            check_shape(self.name, shape)
        self.outputs = output_labels(names, shapes)
        tensors = None if graph is None else run_all(graph, x, own)
        if graph is not None and tensors is None:
            graph, self.fixed_length = None, taken.fixed_length
        self.graph, self._x = graph, x
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
        if tensors is not None and self._reads_logits:
            values = [tensors[number] for number in self.head.tensors]
            self._check_link(own, self.head.score_and_predict(values)[1])
        if self.head.of_values and self.output.unit == "probability" and task is None:
            check_bounded(self.name, model, x, own[choice.index])

    # Required by SequenceModel

    @property
    def output(self) -> Output:  # type: ignore[override]
        """The meaning of the output."""
        return self.head.output

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
        if self._kept_alive is None and self._asked[1] is None and self._named is None:
            return sequence_model(self.model, output)
        with self._lock:
            if output not in self._selected:
                self._selected[output] = KerasModel(
                    self.model,
                    output,
                    task=self._asked[1],
                    name=self._named,
                    keep_alive=self._kept_alive is not None,
                )
            return self._selected[output]

    def refresh(self) -> None:
        """Analyse the model again if a layer, a setting or a weight has changed."""
        with self._lock:
            if self._snapshot.has_changed():
                self.revision += 1
                self._look(self.model)
            elif self._weights.has_changed():
                self.revision += 1
                self._checks.clear()
                self._facts_found.pop("no gradient", None)
                if self._reads_logits:
                    predictions = self._run("score", self.score_tensors, self._x)[1]
                    self._check_link(self._own_outputs_compiled(), predictions)

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
        graph = self.graph
        if graph is None:
            return None
        length = self._x.shape[1]
        return self.fact("filters", lambda: find_base_convolution(graph, length))

    def filters(self) -> Filters:
        self.require("filters")
        found, graph = self._base_convolution, self.graph
        assert found is not None and graph is not None
        layer = found.call.operation

        def respond(X: FloatArray) -> FloatArray:
            return np.asarray(graph.run({graph.input: tf.constant(X)}, found.call.outputs)[0])

        return Filters(layer.filters, found.reach.span, found.strand, respond, found.starts)

    def explains(self, target: str | int) -> bool:
        return not isinstance(self._chosen, ModelError) and super().explains(target)

    def provenance(self) -> Provenance:
        model = self.model
        return Provenance(model.count_params(), weights_fingerprint(model), recall(model) or {})

    def _facts(self) -> list[str]:
        way = "structure read from its layers" if self.graph is not None else "internals not known"
        return [f"{self.model.count_params():,} parameters; {way}"]

    def _explain_not_finite(self) -> None:
        check_finite_weights(self.model)

    def _score_and_predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        scores, predictions = self._run("score", self.score_tensors, X)
        self._check_probabilities(predictions)
        return scores, predictions

    def _gradient_and_predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        gradient, scores, predictions = self._run("gradient", self._gradient_tensors, X)
        self._check_probabilities(predictions)
        return gradient, scores, predictions

    def _check_probabilities(self, predictions: FloatArray) -> None:
        """Refuse values that are not probabilities; warn if they are exactly 0 or 1."""
        if self.head.of_values and self.output.unit == "probability":
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

    def _run(self, key: str, function: Callable[..., Any], X: FloatArray) -> tuple[FloatArray, ...]:
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
    def head(self) -> Head:
        """How the score is computed from the graph, or from the model's output."""
        if isinstance(self._chosen, ModelError):
            raise ModelError(str(self._chosen))
        return self._chosen

    @property
    def layers(self) -> list[keras.Layer]:
        """Layers of the graph, each once; all of the model's if it has no graph."""
        if self.graph is None:
            return all_layers(self.model)[1:]
        return list(dict.fromkeys(call.operation for call in self.graph.calls))

    @property
    def chain(self) -> Chain | None:
        """The model as a chain of layers; ``None`` if it is not a chain."""

        def find() -> Chain | None:
            if self.graph is None or self.kind in ("probability_logit", "value"):
                return None
            return find_chain(self.graph, self.head.output_tensor)

        return self.fact("chain", find)

    def fact(self, key: str, find: Callable[[], Found]) -> Found:
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

    def value_of(self, variable: keras.Variable) -> FloatArray:
        """Return what a weight of the model held when :meth:`refresh` was last called."""
        return self._weights.value_of(variable)

    def score_tensors(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return scores and predictions ``(n,)`` of ``x`` ``(n, L, 4)``; differentiable."""
        x = tf.cast(x, tf.float32)
        if self.graph is None:
            outputs = keras.tree.flatten(self.model(x, training=False))
            values = [outputs[self.head.choice.index]]
        else:
            values = self.graph.run({self.graph.input: x}, self.head.tensors)
        return self.head.score_and_predict(values)

    def score_of_tensor(self, tensor: int) -> Callable[[tf.Tensor], Any] | None:
        """Return a function from values of one tensor of :attr:`graph` to scores and predictions.

        ``None`` if they depend on other tensors too.
        """
        graph = self.graph
        if graph is None or not graph.follows([tensor], self.head.tensors):
            return None
        return lambda h: self.head.score_and_predict(graph.run({tensor: h}, self.head.tensors))

    def head_logits(self, layers: Sequence[keras.Layer], h: tf.Tensor) -> tf.Tensor:
        """Return logits ``(n, units)`` from the input of ``layers``, the last ones of a chain."""
        for layer in layers[:-1]:
            h = layer(h, training=False)
        found = read_logits(layers[-1])
        assert found is not None, "chains end in a layer whose logits are known"
        return found[0](h)

    def score_of_logits(self, z: Any) -> Any:
        """Score ``(n,)`` from logits ``(n, units)``."""
        return self.head.score_of_logits(z)

    def probability_of_logits(self, z: tf.Tensor) -> tf.Tensor:
        """Prediction ``(n,)`` from logits ``(n, units)``."""
        return self.head.prediction_of_logits(z)

    def to_probability(self, score: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the probability of the target class for a score (sigmoid).

        Valid only if the score determines the probability, which the logit of one of many classes
        does not.
        """
        return 0.5 * (1 + np.tanh(0.5 * np.asarray(score, dtype=np.float64)))

    def input_spec(self, length: int) -> tf.TensorSpec:
        """Return the shape of a batch; the length is undefined if the model's graph takes any."""
        return tf.TensorSpec((None, None if self._any_length else length, 4), tf.float32)

    def compiled(
        self, key: str, function: Callable[..., Any], *signature: Any
    ) -> Callable[..., Any]:
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
                    function, input_signature=signature, autograph=self.graph is None
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

    def _own_outputs_compiled(self) -> list[FloatArray]:
        """The model's own outputs for the trial sequences, faster than by calling it each time."""

        def outputs(x: tf.Tensor) -> list[tf.Tensor]:
            return keras.tree.flatten(self.model(x, training=False))

        spec = tf.TensorSpec(self._x.shape, tf.float32)
        run = self.compiled("own outputs", outputs, spec)
        return [np.asarray(one) for one in run(tf.constant(self._x))]

    @property
    def _reads_logits(self) -> bool:
        """Whether the score is read off the graph, before the outputs."""
        chosen = self._chosen
        return self.graph is not None and isinstance(chosen, Head) and not chosen.of_values

    def _check_link(self, own: Sequence[FloatArray], predictions: Any) -> None:
        """Compare ``predictions``, computed with the scores, with the model's own outputs.

        If they differ, the score is computed from the output instead.
        """
        read = np.asarray(predictions, dtype=np.float64)
        expected = self.head.own_prediction(own)
        if self.head.reads_linear:  # the output is the logits
            z = tf.constant(own[self.head.choice.index], tf.float32)
            expected = np.asarray(self.head.prediction_of_logits(z), dtype=np.float64)
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
            self._chosen = head_of_values(self.graph, self.head.choice)


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
