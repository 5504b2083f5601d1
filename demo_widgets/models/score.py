"""``SequenceModel``: one-hot DNA in, one number per sequence out.

Everything outside :mod:`demo_widgets.models` uses models through this class only. Backends, one
file each, create it from a Keras model, a Python function or another object; see
:mod:`demo_widgets.models.backends`.
"""

from __future__ import annotations

import operator
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from demo_widgets.errors import ModelError, warn
from demo_widgets.models.backends import backend_of
from demo_widgets.models.model_facts import TASKS, Check, Filters, FloatArray, Output, Provenance

__all__ = [
    "CAPABILITIES",
    "TASKS",
    "Check",
    "Filters",
    "Output",
    "Provenance",
    "SequenceModel",
    "sequence_model",
    "unit_of",
]

CAPABILITIES = {
    "gradient": "gradient",
    "multipliers": "DeepLIFT multipliers",
    "prefixes": "temporal output scores",
    "mutants": "shortcut for mutants",
    "filters": "filters over the four bases",
}
"""Optional capabilities of a model."""

_MAX_POSITIONS = 65_536  # per batch: 32 MB for each map of 128 float32 channels


class SequenceModel(ABC):
    """A model of DNA sequences with one explained number per sequence.

    ``SequenceModel(model)`` wraps a Keras model or any function ``(n, L, 4) -> (n,)``;
    :func:`demo_widgets.load_model` and :func:`demo_widgets.load_demo` return it too.

    Parameters
    ----------
    model
        Keras 3 model ``(n, L, 4)`` to ``(n, units)``, Python callable ``(n, L, 4)`` to ``(n,)``,
        or a ``SequenceModel``.
    output
        The explained output, by name or number. Required if a model has more than two.
    task
        ``"binary"``, ``"multiclass"``, ``"multilabel"`` or ``"regression"``: the meaning of the
        outputs. Derived from the last layer where that is unambiguous; several linear units may be
        logits or measured values, so it is required for them.
    name
        Displayed name; default the model's own.

    Attributes
    ----------
    name : str
        Displayed name.
    output : Output
        What the number means.
    outputs : tuple of str
        Names of all outputs; :meth:`select` returns the model of another one.
    fixed_length : int or None
        The only accepted length in bases, or ``None`` for any.
    fingerprint : str
        Checksum of the model and its weights.
    model
        The wrapped model, unchanged.
    checks : list of Check
        Results of the comparisons made so far, see :meth:`describe`.

    Raises
    ------
    ModelError
        The model cannot be used, or its task or output must be given.

    Examples
    --------
    >>> model = SequenceModel(lambda X: X[:, :, 2].sum(axis=1), name="number of G")
    >>> model.predict("ACGG")
    array([2.], dtype=float32)
    """

    name: str
    output: Output
    outputs: tuple[str, ...]
    fixed_length: int | None

    revision = 0
    """How often the model was found changed since it was wrapped, see :meth:`refresh`."""

    backend = ""
    """Name of the backend."""

    wrapped_once = False
    """Whether :func:`sequence_model` keeps one object for each model and output."""

    def __new__(cls, model: Any = None, *arguments: Any, **options: Any) -> SequenceModel:
        if cls is not SequenceModel:
            return super().__new__(cls)
        if isinstance(model, SequenceModel):
            raise ModelError(
                f"model {model.name!r} is a SequenceModel already: use it as it is, or "
                "model.select(output) for another of its outputs"
            )
        return super().__new__(backend_of(model))

    # Implemented by a backend

    @classmethod
    def held_weakly(cls, model: Any, output: str | int | None) -> SequenceModel:
        """Return one that does not keep ``model`` alive."""
        return cls(model, output)

    @property
    @abstractmethod
    def model(self) -> Any:
        """The wrapped model, unchanged."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Checksum (hex) of the model and its weights."""

    @abstractmethod
    def select(self, output: str | int) -> SequenceModel:
        """Return the same model, explained by another of its :attr:`outputs`."""

    @abstractmethod
    def _score_and_predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Scores and predictions ``(n,)`` of one batch."""

    def _gradient_and_predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Gradient ``(n, L, 4)`` of the score, scores and predictions of one batch."""
        raise ModelError(self.why_not("gradient"))

    def _lacks(self, capability: str) -> str | None:
        """Return why the model lacks ``capability``, as a clause; ``None`` if it has it."""
        own = type(self)._gradient_and_predict is not SequenceModel._gradient_and_predict
        if capability == "gradient" and own:
            return None
        return f"its backend {self.backend or type(self).__name__!r} does not implement it"

    def explains(self, target: str | int) -> bool:
        """Whether ``target`` is the explained output."""
        return target in (self.output.target, self.output.name)

    def provenance(self) -> Provenance:
        """Return the provenance of the model, as far as known."""
        return Provenance(None, self.fingerprint, {})

    def filters(self) -> Filters:
        """Return the filters of the first layer that reads bases.

        Raises
        ------
        ModelError
            There are none.
        """
        raise ModelError(self.why_not("filters"))

    def _facts(self) -> list[str]:
        """Return further lines for :meth:`describe`."""
        return []

    def refresh(self) -> None:  # noqa: B027  (optional)
        """Detect changes of the model since its last use."""

    @property
    def checks(self) -> list[Check]:
        """Results of the comparisons made so far."""
        return []

    # Public methods

    def predict(self, X: Any, batch_size: int = 512) -> FloatArray:
        """Return the predictions ``(n,)`` float32: probabilities or values.

        Parameters
        ----------
        X
            One-hot array ``(n, L, 4)``, string, list of strings or ``SequenceDataset``.
        batch_size
            Sequences per model call; lowered for long sequences to bound memory.
        """
        return self.score_and_predict(X, batch_size)[1]

    def score(self, X: Any, batch_size: int = 512) -> FloatArray:
        """Return the explained scores ``(n,)`` float32; parameters as :meth:`predict`."""
        return self.score_and_predict(X, batch_size)[0]

    def score_and_predict(self, X: Any, batch_size: int = 512) -> tuple[FloatArray, FloatArray]:
        """Return :meth:`score` and :meth:`predict` of one pass."""
        self.refresh()
        scores, predictions = self._in_batches(self._score_and_predict, X, batch_size)
        return scores, predictions

    def gradient(self, X: Any, batch_size: int = 256) -> tuple[FloatArray, FloatArray]:
        """Return the gradient ``(n, L, 4)`` of the score at ``X``, and the scores ``(n,)``.

        ``X`` may hold any numbers, not only one-hot rows.

        Raises
        ------
        ModelError
            The model has no gradient.
        """
        return self.gradient_and_predict(X, batch_size)[:2]

    def gradient_and_predict(
        self, X: Any, batch_size: int = 256
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the gradient ``(n, L, 4)`` of the score, scores and predictions ``(n,)``."""
        self.require("gradient")
        self.refresh()
        gradient, scores, predictions = self._in_batches(self._gradient_and_predict, X, batch_size)
        return gradient, scores, predictions

    def can(self, capability: str) -> bool:
        """Whether the model has one of :data:`CAPABILITIES`."""
        if capability not in CAPABILITIES:
            raise ModelError(
                f"unknown capability {capability!r}; expected one of {', '.join(CAPABILITIES)}"
            )
        return self._lacks(capability) is None

    def why_not(self, capability: str) -> str:
        """Return a sentence on why the model lacks ``capability``; empty if it has it."""
        reason = self._lacks(capability)
        if reason is None:
            return ""
        return f"model {self.name!r} has no {CAPABILITIES[capability]}: {reason}"

    def require(self, capability: str) -> None:
        """Raise :class:`ModelError` if the model lacks ``capability``."""
        if not self.can(capability):
            raise ModelError(self.why_not(capability))

    def describe(self) -> str:
        """Return a text on the model's input, outputs, score and checks."""
        self.refresh()
        length = "any length" if self.fixed_length is None else f"{self.fixed_length} bases"
        able = [name for name in CAPABILITIES if self.can(name)]
        lines = [
            f"Model {self.name}",
            f"  input: one-hot DNA (n, length, 4), {length}",
            f"  output: {self.output.name} of {', '.join(self.outputs)}; "
            f"task {self.output.task}, unit {self.output.unit}",
            f"  {self.output.description[0].lower()}{self.output.description[1:]}",
            f"  can: {', '.join(able) or 'predict only'}",
            *(f"  {fact}" for fact in self._facts()),
            *(f"  checked: {check}" for check in self.checks),
        ]
        return "\n".join(lines)

    def check_length(self, length: int) -> None:
        """Raise :class:`ModelError` if the model does not accept sequences of ``length`` bases."""
        if self.fixed_length is not None and length != self.fixed_length:
            raise ModelError(
                f"model {self.name!r} only takes sequences of {self.fixed_length} bases, got "
                f"{length}: cut or pad them, or build the model with an Input((None, 4))"
            )

    def check_finite(self, *results: FloatArray) -> None:
        """Warn of sequences that have a non-finite result, with the reason.

        Raises
        ------
        ModelError
            A weight is NaN or infinite, and so is a result.
        """
        bad = np.zeros(len(results[0]), bool)
        for result in results:
            bad |= ~np.isfinite(result).reshape(len(result), -1).all(axis=1)
        if bad.any():
            self._explain_not_finite()
            rows = np.flatnonzero(bad)
            listed = ", ".join(map(str, rows[:5])) + ", ..." * (len(rows) > 5)
            warn(
                f"model {self.name!r} gives numbers that are not finite for {len(rows):,} of "
                f"{len(bad):,} sequences (rows {listed} of the batch): a division by zero, a "
                "logarithm of zero or an overflow in one of its layers. A common cause is "
                "dividing by the norm of an all-zero row (a base N)"
            )

    def _explain_not_finite(self) -> None:  # noqa: B027  (as above)
        """Raise :class:`ModelError` if the reason is known."""

    # Names of the first edition's results

    @property
    def target(self) -> int:
        """Number of the explained unit."""
        return self.output.target

    @property
    def kind(self) -> str:
        """Kind of the score, see :attr:`Output.score_kind`."""
        return self.output.score_kind

    def _in_batches(
        self, function: Callable[[FloatArray], tuple[FloatArray, ...]], X: Any, batch_size: int
    ) -> tuple[FloatArray, ...]:
        """Apply ``function`` in batches of at most ``batch_size`` sequences, 65,536 positions."""
        X = _as_numbers(X)
        n, length = X.shape[:2]
        self.check_length(length)
        if batch_size < 1:
            raise ModelError(f"batch_size must be at least 1, got {batch_size}")
        size = max(1, min(batch_size, _MAX_POSITIONS // max(length, 1)))
        parts = [function(X[i : i + size]) for i in range(0, max(n, 1), size)]
        joined = tuple(np.concatenate(part) for part in zip(*parts, strict=True))
        self.check_finite(*joined)
        return joined


def _as_numbers(X: Any) -> FloatArray:
    """Return ``X`` as ``(n, L, 4)`` float32; an array of that shape may hold any numbers."""
    if hasattr(X, "shape") and len(X.shape) == 3 and X.shape[2] == 4:
        array = np.asarray(X)
        if array.dtype.kind == "f":
            return array.astype(np.float32, copy=False)
    from demo_widgets.sequences.coerce import as_one_hot

    return as_one_hot(X)


_LOCK = threading.RLock()
_WRAPPED: weakref.WeakKeyDictionary[Any, dict[Hashable, SequenceModel]]
_WRAPPED = weakref.WeakKeyDictionary()


def sequence_model(model: Any, target: int | str | None = None) -> SequenceModel:
    """Return ``model`` as a :class:`SequenceModel`, the same object for each call.

    Parameters
    ----------
    model
        A ``SequenceModel``, or a model whose output is unambiguous.
    target
        The output to explain, by number or name; default the model's own choice.

    Raises
    ------
    ModelError
        The model cannot be used, or its task or output must be given.
    """
    if isinstance(model, SequenceModel):
        return model if target is None or model.explains(target) else model.select(target)
    backend = backend_of(model)
    if not backend.wrapped_once or not isinstance(target, Hashable):
        return backend(model, target)
    with _LOCK:
        known = _WRAPPED.setdefault(model, {})
        if target not in known:
            made = backend.held_weakly(model, target)
            known[target] = known.setdefault(made.target, made)
        return known[target]


def unit_of(target: Any, units: int, name: str) -> int:
    """Return the number of the unit to explain: a valid ``target``, or the default of two.

    Raises
    ------
    ModelError
        It is missing although there are several outputs, or does not exist.
    """
    classes = max(units, 2)
    what = "outputs" if units > 1 else "classes"
    if target is None:
        if classes > 2:
            raise ModelError(
                f"target is missing: model {name!r} has {classes} outputs; choose the one to "
                f"explain, 0 to {classes - 1}, for example predict(model, X, target=0) or "
                "MotifDashboard(models, data, target=0)"
            )
        return 1
    try:
        index = operator.index(target)
    except TypeError as error:
        raise ModelError(
            f"target must be a whole number from 0 to {classes - 1}, an output of model "
            f"{name!r}, got {target!r}"
        ) from error
    if not 0 <= index < classes:
        raise ModelError(
            f"target must be from 0 to {classes - 1}, because model {name!r} has "
            f"{classes} {what}, got {index}: for example target={classes - 1}"
        )
    return index
