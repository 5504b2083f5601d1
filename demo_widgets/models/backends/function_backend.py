"""Any Python callable as a model: a remote service, a gkm-SVM, an ONNX session.

Only its output is known, so it has no gradient; methods without a gradient (prediction,
mutagenesis, pairs, design, insertion of motifs) work.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable
from types import CodeType
from typing import Any

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.score import TASKS, Output, SequenceModel, unit_of

__all__ = ["FunctionModel"]

_PLAIN = bool, int, float, complex, str, bytes, tuple, list, dict, np.ndarray, np.generic

_SMALLEST = 1e-300
_DISTANCE = 2.0**-54  # smallest distance from 1 in double precision


class FunctionModel(SequenceModel):
    """A function as a :class:`SequenceModel`.

    Parameters
    ----------
    model
        Callable, one-hot ``(n, L, 4)`` float32 to ``(n,)`` or ``(n, units)`` numbers.
    output
        The unit, by number or, if ``outputs`` are given, by name.
    task
        ``"regression"`` (default): the value itself is explained. ``"binary"``,
        ``"multilabel"`` or ``"multiclass"``: the value is a probability, and its log-odds are
        explained.
    name
        Name for people; default the function's own.
    outputs
        Names of the units; default one output.
    fixed_length
        The only accepted length.
    fingerprint
        Identifies this version of the function; default its name and code.

    Raises
    ------
    ModelError
        An unknown task or output.
    """

    backend = "function"

    def __init__(
        self,
        model: Callable[[FloatArray], Any],
        output: str | int | None = None,
        *,
        task: str | None = None,
        name: str | None = None,
        outputs: tuple[str, ...] = ("output",),
        fixed_length: int | None = None,
        fingerprint: str | None = None,
    ) -> None:
        task = "regression" if task is None else task
        if task not in TASKS:
            raise ModelError(f"unknown task {task!r}; expected one of {', '.join(TASKS)}")
        self._function = model
        self._given: dict[str, Any] = {
            "task": task,
            "name": name,
            "outputs": tuple(outputs),
            "fixed_length": fixed_length,
            "fingerprint": fingerprint,
        }
        self.name = str(name or getattr(model, "__name__", type(model).__name__))
        self.outputs = tuple(outputs)
        self.fixed_length = fixed_length
        if output in self.outputs:
            output = self.outputs.index(output) if len(outputs) > 1 else 1
        target = unit_of(output, len(outputs), self.name)
        if task == "regression":
            if len(outputs) == 1 and target == 0:
                raise ModelError(
                    f"model {self.name!r} returns one value, so it has no output "
                    "0; leave output= out"
                )
            described = "value", "value", "Score: the number that the function returns."
        else:
            described = (
                "probability",
                "probability_logit",
                "Score: log p - log(1 - p) of the probability that the function returns.",
            )
        unit, kind, description = described
        label = self.outputs[target] if len(outputs) > 1 else self.outputs[0]
        self.output = Output(label, task, unit, kind, description, target, len(outputs))

    @property
    def model(self) -> Callable[[FloatArray], Any]:
        """The function."""
        return self._function

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the given fingerprint, or of the function's name, code and values.

        Values are those of its closure, its defaults, its object and the globals that it names.
        Where they cannot be compared, every process has another fingerprint.
        """
        given = self._given["fingerprint"]
        told = str(given).encode() if given is not None else _state_of(self._function, self.name)
        return hashlib.sha256(told).hexdigest()

    def select(self, output: str | int) -> FunctionModel:
        return FunctionModel(self._function, output, **self._given)

    def _lacks(self, capability: str) -> str | None:
        if capability == "gradient":
            return (
                "it is a function that returns scores only; use in-silico mutagenesis, which "
                "needs no gradient"
            )
        if capability == "prefixes":
            return "it is a function, which has no recurrent layer to read a sequence step by step"
        return "it is a function whose internals are not known"

    def _score_and_predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        try:
            given = np.asarray(self._function(X.copy()), dtype=np.float64)
        except Exception as error:  # functions of the user may raise any error
            raise ModelError(
                f"model {self.name!r} failed on sequences of {X.shape[1]} bases: {error}"
            ) from error
        units = len(self.outputs)
        if given.shape == (len(X),) and units == 1:
            given = given[:, None]
        if given.shape != (len(X), units):
            expected = f"({len(X)},)" if units == 1 else f"({len(X)}, {units})"
            raise ModelError(
                f"model {self.name!r} returned an array of shape {given.shape} for {len(X)} "
                f"sequences; expected {expected}"
            )
        values = given[:, self.target if units > 1 else 0]
        if self.output.task == "regression":
            return values.astype(np.float32), values.astype(np.float32)
        outside = (values < 0) | (values > 1)
        if outside.any():
            raise ModelError(
                f"model {self.name!r} returned {values[outside][0]:.4g}; expected a probability. "
                "For measured values, set task='regression'"
            )
        if units == 1 and self.target == 0:
            values = 1 - values
        logit = np.log(np.maximum(values, _SMALLEST)) - np.log(np.maximum(1 - values, _DISTANCE))
        return logit.astype(np.float32), values.astype(np.float32)


def _state_of(function: Callable[..., Any], name: str) -> bytes:
    """Return bytes that differ between functions that compute differently."""
    called = function if hasattr(function, "__code__") else type(function).__call__
    code = getattr(called, "__code__", None)
    known = getattr(called, "__globals__", {})
    named = {one: known[one] for one in sorted(_names_in(code)) if one in known}
    state = (
        name,
        getattr(function, "__qualname__", type(function).__qualname__),
        _code_state(code),
        [cell.cell_contents for cell in getattr(called, "__closure__", None) or ()],
        getattr(called, "__defaults__", None),
        getattr(called, "__kwdefaults__", None),
        None if called is function else vars(function),
        {one: value for one, value in named.items() if isinstance(value, _PLAIN)},
    )
    try:
        return pickle.dumps(state)
    except Exception:  # values of the user may be of any kind
        return repr((name, os.getpid(), id(function))).encode()


def _names_in(code: CodeType | None) -> set[str]:
    """Return the names that code and the functions and comprehensions in it look up."""
    if code is None:
        return set()
    inner = (one for one in code.co_consts if isinstance(one, CodeType))
    return set(code.co_names).union(*map(_names_in, inner))


def _code_state(code: CodeType | None) -> Any:
    """Return what code does, the same in every process: without addresses and hash order."""
    if code is None:
        return None
    constants = [
        _code_state(one)
        if isinstance(one, CodeType)
        else sorted(map(repr, one))
        if isinstance(one, frozenset)
        else repr(one)
        for one in code.co_consts
    ]
    return code.co_code, code.co_names, constants
