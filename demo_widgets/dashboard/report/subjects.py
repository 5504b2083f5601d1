"""The sequences of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from demo_widgets.dashboard.session.subject import Subject
from demo_widgets.errors import SequenceError
from demo_widgets.sequences import SequenceDataset

if TYPE_CHECKING:
    from demo_widgets.dashboard.session.session import Session

__all__ = ["ALL_SHOWN", "chosen_subjects", "row_subjects"]

ALL_SHOWN = "all shown"
_TAKES = (
    "sequences must be row indices, a boolean mask with one value per sequence, "
    f"{ALL_SHOWN!r} (the rows of the Predictions table), or None (the current sequence)"
)


def chosen_subjects(
    session: Session, sequences: Any, shown: Callable[[], Sequence[int]]
) -> list[Subject]:
    """Return the sequences selected by ``sequences``, each once.

    Parameters
    ----------
    session
        The dashboard's session.
    sequences
        ``None`` for the current sequence with its edits; row indices, a boolean mask, or
        ``"all shown"`` for rows as they are in the dataset.
    shown
        Returns the rows that the Predictions table shows, in its order.

    Raises
    ------
    SequenceError
        Nothing is selected, or a row does not exist.
    """
    if sequences is None:
        return [session.subject]
    data = session.dataset
    rows = list(shown()) if isinstance(sequences, str) else _rows(sequences, len(data))
    if isinstance(sequences, str) and sequences != ALL_SHOWN:
        raise SequenceError(f"{_TAKES}; got {sequences!r}")
    if not rows:
        raise SequenceError("sequences selects no sequence; select at least one")
    return row_subjects(data, rows)


def _rows(sequences: Any, n: int) -> list[int]:
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


def row_subjects(data: SequenceDataset, rows: Iterable[int]) -> list[Subject]:
    """Return unedited rows of the dataset, each once."""
    return [_of_row(data, int(row)) for row in dict.fromkeys(rows)]


def _of_row(data: SequenceDataset, row: int) -> Subject:
    label = None if data.labels is None else int(data.labels[row])
    return Subject(row, str(data.names[row]), label, data.sequences[row], data.sequences[row])
