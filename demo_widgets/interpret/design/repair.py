"""Repair: satisfy constraints with few changes of a sequence."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from demo_widgets.errors import ModelError, SequenceError
from demo_widgets.interpret.design.candidate import Draft, Edits
from demo_widgets.interpret.design.constraints import DesignConstraints
from demo_widgets.interpret.progress import Progress, checkpoint
from demo_widgets.interpret.results import DesignResult, OptimizationResult
from demo_widgets.models.model_facts import IntArray
from demo_widgets.models.score import sequence_model

__all__ = ["constrained_sequences", "repair", "repair_draft"]


def repair(
    model: Any,
    sequence: str,
    constraints: DesignConstraints,
    *,
    target: int | None = None,
    on_progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> DesignResult:
    """Change ``sequence`` until it satisfies ``constraints``, with few changes and a high score.

    The flanks are written first. Then each step applies the substitution that reduces the
    violations most; among equals, the one with the highest class score. If no single substitution
    helps (removing a site would violate the GC window), two are made together. The search is
    greedy, so the number of changes need not be minimal.

    Parameters
    ----------
    model
        A :class:`SequenceModel`, a Keras model or a function.
    sequence
        DNA; ambiguous bases are replaced too.
    constraints
        Constraints to satisfy.
    target
        Class whose score to keep high; default 1, "bound".
    on_progress
        Called with (violations removed, violations at the start) before each step.
    cancel
        Checked at the same points.

    Returns
    -------
    DesignResult
        ``.sequence`` satisfies the constraints; ``.path`` lists the changes, empty if none were
        needed.

    Raises
    ------
    ModelError
        The model cannot be used, or not at this length.
    SequenceError
        Not DNA, constraints that do not fit the length, or that could not be satisfied.
    Cancelled
        ``cancel`` was set.

    Examples
    --------
    >>> repair(model, "ACGGAATTCAAAAAAAA", DesignConstraints(max_homopolymer=4)).sequence
    """
    draft = Draft(sequence_model(model, target), sequence, constraints)
    repair_draft(draft, on_progress, cancel)
    return draft.result("repair", at_optimum=False, cancelled=False)


def constrained_sequences(
    model: Any,
    result: OptimizationResult,
    constraints: DesignConstraints,
    *,
    on_progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> list[DesignResult]:
    """Repair the sequences found by class optimization, so that they can be synthesized.

    Parameters
    ----------
    model
        The model that was optimised.
    result
        Result of :func:`optimize_class`.
    constraints
        Constraints to satisfy.
    on_progress
        Called with (restarts done, total).
    cancel
        Checked before every step.

    Returns
    -------
    list of DesignResult
        One for each restart: ``.start_score`` as optimised, ``.score`` as repaired.

    Raises
    ------
    ModelError
        ``model`` is not the one that was optimised, by its name.
    SequenceError
        A restart cannot be repaired.
    Cancelled
        ``cancel`` was set.
    """
    score = sequence_model(model, result.target)
    if score.name != result.model_name:
        raise ModelError(
            f"the sequences were optimised for model {result.model_name!r}, got {score.name!r}"
        )
    step = checkpoint("repair of optimised sequences", on_progress, cancel)
    repaired = []
    for restart, sequence in enumerate(result.sequences):
        step(restart, len(result.sequences))
        draft = Draft(score, sequence, constraints)
        try:
            repair_draft(draft, None, cancel)
        except SequenceError as error:
            raise SequenceError(f"restart {restart + 1}: {error}") from error
        repaired.append(draft.result("repair", at_optimum=False, cancelled=False))
    step(len(result.sequences), len(result.sequences))
    return repaired


def repair_draft(
    draft: Draft,
    on_progress: Progress | None,
    cancel: threading.Event | None,
) -> None:
    """Apply the edits of :func:`repair` to ``draft``."""
    step = checkpoint("repair", on_progress, cancel)
    before = int(draft.constraints.excess(draft.codes[None]).sum())
    _write_flanks(draft)
    while True:
        excess = draft.constraints.excess(draft.codes[None])[0]
        step(max(before - int(excess.sum()), 0), before)
        if not excess.any():
            return
        draft.make(*_best_edit(draft, excess))


def _write_flanks(draft: Draft) -> None:
    wanted = draft.constraints.with_flanks(draft.sequence)
    positions = np.flatnonzero([a != b for a, b in zip(wanted, draft.sequence, strict=True)])
    draft.make(positions, np.array(["ACGT".index(wanted[p]) for p in positions], dtype=int))


def _best_edit(draft: Draft, excess: IntArray) -> Edits:
    """Return the edit of one or two bases that reduces the excess most, at the highest score."""
    edits = draft.singles()
    after = draft.excess(*edits) if len(edits[0]) else np.zeros((0, len(excess)), int)
    remaining = after.sum(axis=1)
    if not (remaining < excess.sum()).any():
        edits, remaining = _pairs(draft, edits, after, excess)
    if not (remaining < excess.sum()).any():
        found = "; ".join(draft.constraints.violations(draft.sequence))
        raise SequenceError(
            f"the sequence cannot be repaired: {found}. No change of one or two of its "
            f"{int((~draft.frozen).sum())} free bases reduces the violation: relax a constraint, "
            "or freeze fewer positions"
        )
    best = remaining == remaining.min()
    positions, bases = (part[best] for part in edits)
    chosen = draft.scores(positions, bases).argmax()
    return positions[chosen], bases[chosen]


def _pairs(
    draft: Draft, singles: Edits, after: IntArray, excess: IntArray
) -> tuple[Edits, IntArray]:
    """Return pairs of substitutions whose first one repairs one violation and causes another."""
    positions, bases = (part[:, 0] for part in singles)
    mends = np.flatnonzero((after < excess).any(axis=1))
    first, second = (index.ravel() for index in np.meshgrid(mends, np.arange(len(positions))))
    apart = positions[first] != positions[second]
    pair = np.stack([first[apart], second[apart]], axis=1)
    edits = positions[pair], bases[pair]
    return edits, draft.excess(*edits).sum(axis=1) if len(pair) else np.zeros(0, int)
