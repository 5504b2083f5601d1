"""Greedy design: raise a model's score base by base under constraints."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from demo_widgets.interpret.design.candidate import Draft
from demo_widgets.interpret.design.constraints import DesignConstraints
from demo_widgets.interpret.design.repair import repair_draft
from demo_widgets.interpret.results import DesignResult
from demo_widgets.interpret.settings import checked_whole
from demo_widgets.models.model_facts import IntArray
from demo_widgets.models.score import sequence_model

__all__ = ["greedy_design"]

_LEAST_GAIN = 1e-4  # of the class score: smaller gains are within float32 noise


def greedy_design(
    model: Any,
    sequence: str,
    *,
    steps: int = 20,
    constraints: DesignConstraints | None = None,
    target: int | None = None,
    on_progress: Callable[[int, int, float], None] | None = None,
    cancel: threading.Event | None = None,
) -> DesignResult:
    """Repeatedly apply the best single substitution by in-silico mutagenesis.

    A sequence that violates the constraints is first repaired as in :func:`repair`; then each step
    applies the substitution that raises the class score most without violating a constraint, until
    none raises it.

    Parameters
    ----------
    model
        A :class:`SequenceModel`, a Keras model or a function.
    sequence
        DNA to start from.
    steps
        Maximum number of substitutions, not counting those of the repair.
    constraints
        Constraints to satisfy; by default that every base is A, C, G or T.
    target
        Class whose score to raise; default 1, "bound".
    on_progress
        Called with (substitutions made, ``steps``, class score) after each.
    cancel
        Checked before each substitution; the result so far is returned with
        ``cancelled=True``.

    Returns
    -------
    DesignResult
        ``.path`` with the score after each change, ``.sequence``, ``.at_optimum``.

    Raises
    ------
    ModelError
        ``steps`` is negative, or the model cannot be used, or not at this length.
    SequenceError
        Not DNA, constraints that do not fit the length, or that could not be satisfied.
    Cancelled
        ``cancel`` was set before the sequence satisfied its constraints.

    Examples
    --------
    >>> design = greedy_design(model, "ACGTTGATTAGCA", steps=3)
    >>> [(step.position, step.from_base, step.to_base) for step in design.path]
    """
    steps = checked_whole("steps", steps, 0)
    draft = Draft(sequence_model(model, target), sequence, constraints or DesignConstraints())
    repair_draft(draft, None, cancel)
    nothing = np.zeros((1, 0), dtype=int)
    current = float(draft.scores(nothing, nothing)[0])
    made = 0
    at_optimum = cancelled = False
    while made < steps:
        cancelled = cancel is not None and cancel.is_set()
        if cancelled:
            break
        edit = _best_allowed(draft)
        if edit is None or edit[2] < current + _LEAST_GAIN:
            at_optimum = True
            break
        position, base, current = edit
        draft.make(position, base)
        made += 1
        if on_progress is not None:
            on_progress(made, steps, current)
    return draft.result("greedy_design", at_optimum=at_optimum, cancelled=cancelled)


def _best_allowed(draft: Draft) -> tuple[IntArray, IntArray, float] | None:
    """Return the substitution with the highest score that violates nothing."""
    positions, bases = draft.singles()
    if not len(positions):
        return None
    allowed = ~draft.excess(positions, bases).any(axis=1)
    if not allowed.any():
        return None
    positions, bases = positions[allowed], bases[allowed]
    scores = draft.scores(positions, bases)
    best = scores.argmax()
    return positions[best], bases[best], float(scores[best])
