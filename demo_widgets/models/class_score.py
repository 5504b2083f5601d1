"""The class score S of any Keras classifier: the number that explanations take apart.

For two classes ``S = z_bound - z_unbound``, the log-odds of "bound": evidence that lifts
both logits explains nothing. The score is unbounded and does not saturate, unlike the
probability, so its gradient still tells why a model is sure.
"""

from __future__ import annotations

import operator
import threading
import weakref
from collections.abc import Callable, Hashable

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.models.check_model import check_classifier, check_finite_weights
from demo_widgets.models.logits import (
    find_logits,
    has_graph,
    logits_from_probabilities,
    read_logits,
    unbounded_activation,
)
from demo_widgets.models.quiet_tensorflow import keras, tf
from demo_widgets.models.time_distributed import of_any_length, time_distributed
from demo_widgets.models.traced_graph import trace_call

__all__ = ["ClassScore"]

_LOCK = threading.RLock()
_CACHE: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
_MAX_POSITIONS = 65_536  # of one batch: 32 MB for each map of 128 float32 channels


class ClassScore:
    """Class score and probability of a Keras model over one-hot DNA; the model is only read.

    ======================  =============================================  =====================
    last layer              class score S                                  ``kind``
    ======================  =============================================  =====================
    softmax over 2          ``z_target - z_other``                         ``"log_odds"``
    linear, 2 units         the same, outputs taken as logits              ``"log_odds"``
    sigmoid, 1 unit         its logit (minus the logit for ``target=0``)   ``"logit"``
    linear, 1 unit          the same, output taken as a logit              ``"logit"``
    softmax/linear, k > 2   the target's logit                             ``"class_logit"``
    sigmoid, k > 1          the target's logit                             ``"class_logit"``
    anything else           ``log p - log(1 - p)``                         ``"probability_logit"``
    ======================  =============================================  =====================

    Weights are read at every call, so the score follows a model that is trained further.

    Parameters
    ----------
    model
        Keras 3 model, ``(n, length, 4)`` to ``(n, classes)``: functional, Sequential or subclassed.
    target
        Class to explain: the output unit that means "bound", counted from 0. Default 1 for one or
        two output units; with more it must be given.

    Attributes
    ----------
    kind, description
        Which rule of the table applies, and a sentence about it for people.
    target, units
        The class explained and the number of output units.
    fixed_length
        The only length the model takes, or ``None``.

    Raises
    ------
    ModelError
        The model cannot be used; the message says why and what to do.

    Examples
    --------
    >>> score = ClassScore.of(build_cnn())
    >>> score.kind
    'log_odds'
    """

    def __init__(self, model: keras.Model, target: int | None = None):
        self._prepare(model, target)
        self._keep_alive = model

    @classmethod
    def of(cls, model: keras.Model, target: int | None = None) -> ClassScore:
        """Return the one instance for ``(model, target)``: its functions compile only once.

        The cache does not keep the model alive. A ``ClassScore`` stands for its model and its
        target; another ``target`` gives the score of that one.
        """
        if isinstance(model, ClassScore):
            if target is None or model._resolve_target(target) == model.target:
                return model
            model = model.model
        with _LOCK:
            per_target = _CACHE.get(model) if isinstance(model, keras.Model) else None
            if per_target is None:
                per_target = {}
            if not isinstance(target, Hashable) or target not in per_target:
                score = cls.__new__(cls)
                score._prepare(model, target)
                per_target[target] = per_target.setdefault(score.target, score)
                _CACHE[model] = per_target
            return per_target[target]

    def _prepare(self, model: keras.Model, target: int | None) -> None:
        self.fixed_length, probe_length, self.units = check_classifier(model)
        self._keep_alive = None
        self._model = weakref.ref(model)
        self.name = model.name
        self._traced = None if has_graph(model) else trace_call(model, probe_length)
        if self._traced is not None:
            self.fixed_length = self._traced.inputs[0].shape[1]
        self._graph = find_logits(self._traced or model)
        self._any_length = (
            self.fixed_length is None and self._graph is not None and not time_distributed(model)
        )
        self._compiled: dict[tuple, Callable] = {}
        self._lock = threading.RLock()
        if self._graph is not None:
            self._activation = self._graph.activation
        else:
            self._activation = self._activation_by_trial(model, probe_length)
        if self.units == 1 and self._activation == "softmax":
            raise ModelError(
                f"model {self.name!r} ends in a softmax over one unit, which is always 1: use a "
                "sigmoid, or two units"
            )
        self.target = self._resolve_target(target)
        self.kind, self.description = self._describe()

    @property
    def model(self) -> keras.Model:
        """The user's model, unchanged."""
        model = self._model()
        if model is None:
            raise ModelError(f"model {self.name!r} no longer exists: keep a reference to it")
        return model

    @property
    def graph(self) -> keras.Model:
        """The model as layers that can be followed: of a subclassed one, its traced call."""
        return self._traced or self.model

    def logits(self, x: tf.Tensor) -> tf.Tensor:
        """Logits ``(n, units)`` of one-hot ``x`` ``(n, L, 4)``, in inference mode."""
        x = tf.cast(x, tf.float32)
        if self._graph is not None:
            return self._graph(x)
        return logits_from_probabilities(self.model(x, training=False), self._activation)

    def score(self, x: tf.Tensor) -> tf.Tensor:
        """Class score ``(n,)`` of one-hot ``x`` ``(n, L, 4)``; differentiable."""
        return self.score_of_logits(self.logits(x))

    def probability(self, x: tf.Tensor) -> tf.Tensor:
        """Probability ``(n,)`` of the target class for one-hot ``x`` ``(n, L, 4)``."""
        return self.probability_of_logits(self.logits(x))

    def score_of_logits(self, z: tf.Tensor) -> tf.Tensor:
        """Class score ``(n,)`` from logits ``(n, units)``."""
        if self.units == 1:
            return z[:, 0] if self.target == 1 else -z[:, 0]
        chosen = z[:, self.target]
        if self.kind == "log_odds" or (self.units == 2 and self._activation == "softmax"):
            return chosen - z[:, 1 - self.target]
        if self.kind == "probability_logit" and self._activation == "softmax":
            others = tf.concat([z[:, : self.target], z[:, self.target + 1 :]], axis=1)
            return chosen - tf.reduce_logsumexp(others, axis=1)
        return chosen

    def probability_of_logits(self, z: tf.Tensor) -> tf.Tensor:
        """Probability ``(n,)`` of the target class from logits ``(n, units)``."""
        if self.kind == "class_logit" and self._activation != "sigmoid":
            return tf.nn.softmax(z)[:, self.target]
        return tf.sigmoid(self.score_of_logits(z))

    def to_probability(self, score) -> np.ndarray:
        """Probability of the target class that belongs to a class score (sigmoid).

        Raises
        ------
        ModelError
            For a softmax over more than two classes the score of one class does not fix its
            probability; use :meth:`probability`.
        """
        if self.kind == "class_logit" and self._activation != "sigmoid":
            raise ModelError(
                f"model {self.name!r} has {self.units} classes: the logit of class {self.target} "
                "alone does not fix its probability; use ClassScore.probability(x)"
            )
        return 0.5 * (1 + np.tanh(0.5 * np.asarray(score, dtype=np.float64)))

    def check_length(self, length: int) -> None:
        """Raise :class:`ModelError` where the model cannot take sequences of ``length`` bases."""
        if self.fixed_length is not None and length != self.fixed_length:
            raise ModelError(
                f"model {self.name!r} only takes sequences of {self.fixed_length} bases, got "
                f"{length}: cut or pad them, or build the model with an Input((None, 4))"
            )

    def head_logits(self, layers: tuple, h: tf.Tensor) -> tf.Tensor:
        """Logits ``(n, units)`` from the input of ``layers``, the last ones of the model."""
        for layer in layers[:-1]:
            h = layer(h, training=False)
        found = read_logits(layers[-1])
        if found is not None:
            return found[0](h)
        return logits_from_probabilities(layers[-1](h, training=False), self._activation)

    def logits_from(self, tensor: keras.KerasTensor) -> Callable | None:
        """Function from values of ``tensor``, inside :attr:`graph`, to logits ``(n, units)``.

        It takes values of any length that the layers can do with, even where the model's input has
        a fixed one. ``None`` where the logits do not follow from ``tensor`` alone.
        """
        whole = self._graph is None
        trunks = () if whole else self._graph.trunks
        end = self.graph.outputs[0] if whole else trunks[0].outputs[0]
        try:
            part = keras.Function([tensor], end)
        except ValueError:  # Keras: the end is not connected to this input
            return None

        def logits(h: tf.Tensor) -> tf.Tensor:
            # Not by calling it, which would insist on the length of the model's input.
            h = part._run_through_graph([h], operation_fn=of_any_length)
            for trunk in trunks[1:]:
                h = trunk(h, training=False)
            return (
                logits_from_probabilities(h, self._activation) if whole else self._graph.readout(h)
            )

        return logits

    def input_spec(self, length: int) -> tf.TensorSpec:
        """Shape of a batch; the length stays open where the model's graph takes any."""
        return tf.TensorSpec((None, None if self._any_length else length, 4), tf.float32)

    def compiled(self, key: str, function: Callable, *signature) -> Callable:
        """Return ``function`` compiled once per ``key`` and signature (of ``tf.TensorSpec``).

        Signatures leave the number of sequences open, so neither a new batch size nor, with
        :meth:`input_spec`, a new length makes a new trace.
        """
        specs = tuple(tf.nest.flatten(signature))
        with self._lock:
            if (key, specs) not in self._compiled:
                # Layers of a Keras graph were traced without AutoGraph already; only a model
                # with its own call method may hold Python control flow over tensors.
                compiled = tf.function(
                    function, input_signature=signature, autograph=self._graph is None
                )
                # Concrete: it cannot trace again, and is left out of TensorFlow's count of
                # traces per line of code, which warns when several models share one.
                try:
                    self._compiled[key, specs] = compiled.get_concrete_function()
                except ModelError:
                    raise
                except Exception as error:  # the model is the user's: any layer may raise anything
                    raise ModelError(f"model {self.name!r} cannot be run: {error}") from error
            return self._compiled[key, specs]

    def trace_count(self) -> int:
        """Number of times TensorFlow traced a function of this score (each costs about 1 s)."""
        with self._lock:
            return len(self._compiled)

    def run_batched(
        self, key: str, function: Callable, X: np.ndarray, batch_size: int
    ) -> tuple[np.ndarray, ...]:
        """Apply compiled ``function`` (returning a tuple) to ``X`` ``(n, L, 4)`` in batches.

        Batches hold at most ``batch_size`` sequences and 65,536 positions.

        Returns
        -------
        tuple of np.ndarray
            Each output of ``function``, concatenated over the sequences.
        """
        n, length = X.shape[:2]
        self.check_length(length)
        if batch_size < 1:
            raise ModelError(f"batch_size must be at least 1, got {batch_size}")
        size = max(1, min(batch_size, _MAX_POSITIONS // length))
        compiled = self.compiled(key, function, self.input_spec(length))
        try:
            parts = [
                [np.asarray(part) for part in compiled(tf.constant(X[i : i + size]))]
                for i in range(0, max(n, 1), size)
            ]
        except ModelError:
            raise
        except Exception as error:  # the model is the user's: any layer may raise anything
            raise ModelError(
                f"model {self.name!r} failed on sequences of {length} bases: {error}"
            ) from error
        return self.checked(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def checked(self, *results: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return what was computed; where it is not finite, say so if the weights are not.

        They were when this instance was made, and a training since may have diverged.

        Raises
        ------
        ModelError
            A weight is NaN or infinite, and so is a result.
        """
        if not all(np.isfinite(result).all() for result in results):
            check_finite_weights(self.model)
        return results

    def score_numpy(self, X: np.ndarray, batch_size: int = 512) -> tuple[np.ndarray, np.ndarray]:
        """Class scores and probabilities, each ``(n,)``, of one-hot ``X`` ``(n, L, 4)``."""
        return self.run_batched("score", self._score_and_probability, X, batch_size)

    def _score_and_probability(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        z = self.logits(x)
        return self.score_of_logits(z), self.probability_of_logits(z)

    def _activation_by_trial(self, model: keras.Model, length: int) -> str:
        """How the outputs of a model without readable logits relate to probabilities."""
        unbounded = unbounded_activation(self.graph if self._traced else model)
        if unbounded:
            raise ModelError(
                f"model {self.name!r} ends in the activation {unbounded!r}, so its outputs are "
                "neither probabilities nor logits: end it in softmax, sigmoid or no activation"
            )
        trial = np.eye(4, dtype="float32")[np.random.default_rng(0).integers(4, size=(4, length))]
        p = np.asarray(model(trial, training=False), dtype=np.float64)
        if p.min() < 0 or p.max() > 1:
            raise ModelError(
                f"model {self.name!r} ends in a layer whose logits cannot be read, and its outputs "
                f"reach from {p.min():.3g} to {p.max():.3g}, so they are not probabilities: end it "
                "in a Dense layer (softmax, sigmoid or linear), and use nothing but Keras layers "
                "and keras.ops in a call method of your own"
            )
        sums_to_one = self.units > 1 and np.allclose(p.sum(axis=1), 1, atol=1e-3)
        return "softmax" if sums_to_one else "sigmoid"

    def _resolve_target(self, target: int | None) -> int:
        classes = max(self.units, 2)
        what = "outputs" if self.units > 1 else "classes"
        if target is None:
            if classes > 2:
                raise ModelError(
                    f"target is missing: model {self.name!r} has {classes} outputs; say which one "
                    f"to explain, 0 to {classes - 1}, for example predict(model, X, target=0) or "
                    "MotifDashboard(models, data, target=0)"
                )
            return 1
        try:
            index = operator.index(target)
        except TypeError as error:
            raise ModelError(
                f"target must be a whole number from 0 to {classes - 1}, an output of model "
                f"{self.name!r}, got {target!r}"
            ) from error
        if not 0 <= index < classes:
            raise ModelError(
                f"target must be from 0 to {classes - 1}, because model {self.name!r} has "
                f"{classes} {what}, got {index}: for example target={classes - 1}"
            )
        return index

    def _describe(self) -> tuple[str, str]:
        taken = ""
        if self._activation == "linear":
            taken = " The last layer has no activation, so its output is taken as logits."
        if self._graph is None:
            return "probability_logit", (
                f"Score: log p - log(1 - p) of class {self.target}, because the logits of this "
                "model cannot be read; it flattens out where p is within 1e-7 of 0 or 1."
            )
        if self.units == 1:
            sign = "" if self.target == 1 else "minus "
            return "logit", f"Score: {sign}the logit of the output unit.{taken}"
        if self.units == 2 and self._activation != "sigmoid":
            return "log_odds", (
                f"Score: log-odds, the logit of class {self.target} minus that of class "
                f"{1 - self.target}.{taken}"
            )
        return "class_logit", f"Score: the logit of class {self.target} of {self.units}.{taken}"
