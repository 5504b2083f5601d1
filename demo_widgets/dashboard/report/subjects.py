"""Which sequences a report is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from demo_widgets.errors import SequenceError

from ..state import DashboardState

__all__ = ["ALL_SHOWN", "Subject", "chosen_subjects"]

ALL_SHOWN = "all shown"
_TAKES = (
    "sequences takes row indices, a mask of True and False for every sequence, "
    f"{ALL_SHOWN!r} (the rows of the Predictions table), or None (the current sequence)"
)


@dataclass(frozen=True)
class Subject:
    """One sequence of a report.

    Attributes
    ----------
    row
        0-based row in the dataset.
    name, label, sequence
        As in the dataset; the bases with the edits where the edited one was asked for.
    original
        The bases as in the dataset.
    """

    row: int
    name: str
    label: int | None
    sequence: str
    original: str

    @property
    def label_words(self) -> str:
        """The label as people read it."""
        return {1: "bound", 0: "unbound", None: "not known"}[self.label]

    @property
    def edits(self) -> str:
        """What was changed, as ``A12G`` (1-based), or in words; empty where nothing was."""
        if self.sequence == self.original:
            return ""
        if len(self.sequence) != len(self.original):
            return "another sequence than the dataset's"
        pairs = enumerate(zip(self.original, self.sequence, strict=True), 1)
        return ", ".join(f"{old}{i}{new}" for i, (old, new) in pairs if old != new)


def chosen_subjects(
    state: DashboardState, sequences, shown: Callable[[], Sequence[int]]
) -> list[Subject]:
    """Return the sequences that ``sequences`` names, each once.

    Parameters
    ----------
    state
        The dashboard's state.
    sequences
        ``None`` for the current sequence with its edits; row indices, a boolean mask, or
        ``"all shown"`` for rows as they are in the dataset.
    shown
        Returns the rows that the Predictions table shows, in its order.

    Raises
    ------
    SequenceError
        Nothing is chosen, or a row is not there.
    """
    if sequences is None:
        return [_subject(state, state.sequence_index, state.sequence)]
    data = state.dataset
    rows = list(shown()) if isinstance(sequences, str) else _rows(sequences, len(data))
    if isinstance(sequences, str) and sequences != ALL_SHOWN:
        raise SequenceError(f"{_TAKES}; got {sequences!r}")
    if not rows:
        raise SequenceError("sequences chooses none: there is nothing to report")
    return [_subject(state, int(row), data.sequences[row]) for row in dict.fromkeys(rows)]


def _rows(sequences, n: int) -> list[int]:
    given = np.asarray(sequences)
    if given.ndim > 1 or (given.size and given.dtype.kind not in "biu"):
        raise SequenceError(f"{_TAKES}; got {sequences!r}")
    if given.dtype == bool:
        if given.shape != (n,):
            raise SequenceError(
                f"sequences is a mask of {given.size} values, but the dataset has {n} sequences"
            )
        return np.flatnonzero(given).tolist()
    rows = np.atleast_1d(given).tolist()
    wrong = [row for row in rows if not 0 <= row < n]
    if wrong:
        raise SequenceError(
            f"sequences must be from 0 to {n - 1} (the dataset has {n} sequences), got {wrong[0]}"
        )
    return rows


def _subject(state: DashboardState, row: int, sequence: str) -> Subject:
    data = state.dataset
    label = None if data.labels is None else int(data.labels[row])
    return Subject(row, str(data.names[row]), label, sequence, data.sequences[row])
