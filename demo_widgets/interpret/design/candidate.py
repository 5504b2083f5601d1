"""A sequence under design: its allowed substitutions, their scores and violations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from demo_widgets.errors import SequenceError
from demo_widgets.interpret.design.constraints import DesignConstraints
from demo_widgets.interpret.results import DesignResult, DesignStep
from demo_widgets.models.model_facts import FloatArray, IntArray
from demo_widgets.models.score import SequenceModel
from demo_widgets.sequences.alphabet import BASES, encode_codes
from demo_widgets.sequences.one_hot import codes_to_one_hot

__all__ = ["Draft", "Edits"]

_MAX_BASES = 4_000_000  # of the mutants held at once
_LETTERS = BASES + "N"

Edits = tuple[IntArray, IntArray]
"""Positions and bases of several edits, see :class:`Draft`."""


class Draft:
    """A sequence and its edits, evaluated by a model and constraints.

    An edit is a row of positions and a row of base codes, ``(m, e)`` for ``m`` edits of ``e``
    substitutions each.

    Raises
    ------
    SequenceError
        ``sequence`` is not one string of DNA, or the constraints do not fit its length.
    """

    def __init__(self, score: SequenceModel, sequence: str, constraints: DesignConstraints):
        if not isinstance(sequence, str):
            raise SequenceError(f"sequence is a {type(sequence).__name__}; expected one string")
        self.score = score
        self.constraints = constraints
        self.codes = encode_codes([sequence], "sequence")[0]
        score.check_length(len(self.codes))
        self.start = self.codes.copy()
        self.frozen = constraints.frozen(len(self.codes))
        self.made: list[tuple[int, int]] = []

    @property
    def sequence(self) -> str:
        return letters(self.codes)

    def singles(self) -> Edits:
        """Return all single substitutions outside the frozen positions, ``(m, 1)`` each."""
        free = ~self.frozen[:, None] & (self.codes[:, None] != np.arange(4))
        position, base = np.nonzero(free)
        return position[:, None], base[:, None]

    def excess(self, positions: IntArray, bases: IntArray) -> IntArray:
        """Return the excess over the constraints after each edit, ``(m, columns)``."""
        parts = [self.constraints.excess(mutants) for mutants in self._mutants(positions, bases)]
        return np.concatenate(parts)

    def scores(self, positions: IntArray, bases: IntArray) -> FloatArray:
        """Return the class score after each edit, ``(m,)``."""
        parts = [
            self.score.score(codes_to_one_hot(mutants))
            for mutants in self._mutants(positions, bases)
        ]
        return np.concatenate(parts)

    def make(self, positions: IntArray, bases: IntArray) -> None:
        """Make one edit, ``(e,)``."""
        for position, base in zip(positions.tolist(), bases.tolist(), strict=True):
            if self.codes[position] != base:
                self.made.append((position, base))
                self.codes[position] = base

    def result(self, method: str, *, at_optimum: bool, cancelled: bool) -> DesignResult:
        """Return the edits made so far, each with the score after it."""
        sequences = np.repeat(self.start[None], len(self.made) + 1, axis=0)
        for step, (position, base) in enumerate(self.made, start=1):
            sequences[step:, position] = base
        scores, probabilities = self.score.score_and_predict(codes_to_one_hot(sequences))
        path = tuple(
            DesignStep(
                step=step,
                position=position,
                from_base=_LETTERS[sequences[step - 1, position]],
                to_base=_LETTERS[base],
                score=float(scores[step]),
                probability=float(probabilities[step]),
            )
            for step, (position, base) in enumerate(self.made, start=1)
        )
        return DesignResult(
            start=letters(self.start),
            sequence=self.sequence,
            path=path,
            start_score=float(scores[0]),
            start_probability=float(probabilities[0]),
            score=float(scores[-1]),
            probability=float(probabilities[-1]),
            at_optimum=at_optimum,
            cancelled=cancelled,
            model_name=self.score.name,
            target=self.score.target,
            score_kind=self.score.kind,
            method=method,
        )

    def _mutants(self, positions: IntArray, bases: IntArray) -> Iterator[IntArray]:
        """Yield codes ``(rows, L)`` of the edited sequences, in pieces that fit in memory."""
        rows = max(1, _MAX_BASES // len(self.codes))
        for at in range(0, len(positions), rows):
            chosen = positions[at : at + rows]
            mutants = np.repeat(self.codes[None], len(chosen), axis=0)
            mutants[np.arange(len(chosen))[:, None], chosen] = bases[at : at + rows]
            yield mutants


def letters(codes: IntArray) -> str:
    """Return the string of base codes ``(L,)``."""
    return "".join(_LETTERS[code] for code in codes)
