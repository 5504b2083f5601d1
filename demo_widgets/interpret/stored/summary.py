"""Summary of an interpretation: prediction and most important bases of each sequence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.files import replacing
from demo_widgets.interpret.steepest import steepest_change
from demo_widgets.interpret.stored.interpretation import Interpretation
from demo_widgets.models.model_facts import FloatArray, IntArray
from demo_widgets.spreadsheet import shown_not_run

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["strongest_window", "summary_tables", "write_summary"]

WINDOW = 11
"""Bases in a window: about what one transcription factor covers."""

Place = tuple[IntArray, FloatArray, IntArray, IntArray]
"""Of each sequence a position and its value, and start and end of the window around it."""


def write_summary(interpretation: Interpretation, path: Path, window: int = WINDOW) -> None:
    """Write :func:`summary_tables` as one CSV file, completely or not at all."""
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        for number, table in enumerate(summary_tables(interpretation, window)):
            shown_not_run(table).to_csv(
                file, index=False, header=number == 0, float_format="%.6g", lineterminator="\n"
            )


def summary_tables(interpretation: Interpretation, window: int = WINDOW) -> Iterator[pd.DataFrame]:
    """Yield a table of each block of sequences, with one row per sequence and model.

    Columns: ``row`` (from 1), ``name``, ``label`` (where known), ``model``, ``probability``,
    ``score``, then

    - ``position`` (from 1), ``base``, ``value``: the base of largest absolute importance; for
      temporal scores the base whose reading changed the forward score most, and the change;
    - ``start``, ``end`` (from 1, both included), ``bases``: the ``window`` bases whose absolute
      importances sum highest; for temporal scores those read last at ``position``.
    """
    import pandas as pd

    if window < 1:
        raise DemoWidgetsError(f"window must be at least 1, got {window}")
    size = interpretation.codes.chunks[0]
    for first in range(0, interpretation.n_done, size):
        rows = slice(first, min(first + size, interpretation.n_done))
        sequences = interpretation.sequences(rows)
        shared: dict[str, Any] = {
            "row": np.arange(rows.start, rows.stop) + 1,
            "name": interpretation.names[rows],
        }
        if interpretation.labels is not None:
            shared["label"] = interpretation.labels[rows]
        tables = []
        for model, arrays in interpretation.items():
            if interpretation.method == "temporal":
                place = _of_temporal(np.asarray(arrays["forward"][rows]), window)
            else:
                place = _of_importance(np.asarray(arrays["importance"][rows]), window)
            columns = shared | {
                "model": model,
                "probability": arrays["probability"][rows],
                "score": arrays["score"][rows],
            }
            tables.append(pd.DataFrame(columns | _columns(sequences, *place)))
        yield pd.concat(tables).sort_values("row", kind="stable", ignore_index=True)


def strongest_window(importance: FloatArray, window: int = WINDOW) -> tuple[IntArray, IntArray]:
    """Return the first and last position of the window of highest absolute importance.

    Parameters
    ----------
    importance
        ``(n, L)``.
    window
        Bases in the window; all of a shorter sequence.

    Returns
    -------
    tuple of numpy.ndarray
        0-based start and end (excluded), each ``(n,)``; the leftmost of equal windows.
    """
    width = min(window, importance.shape[1])
    running = np.cumsum(np.abs(importance), axis=1, dtype=np.float64)
    sums = running[:, width - 1 :].copy()
    sums[:, 1:] -= running[:, :-width]
    start = sums.argmax(axis=1)
    return start, start + width


def _of_importance(importance: FloatArray, window: int) -> Place:
    position = np.abs(importance).argmax(axis=1)
    value = importance[np.arange(len(importance)), position]
    return position, value, *strongest_window(importance, window)


def _of_temporal(forward: FloatArray, window: int) -> Place:
    position = steepest_change(forward)
    row = np.arange(len(forward))
    value = forward[row, position] - np.where(position, forward[row, position - 1], 0)
    return position, value, np.maximum(position + 1 - window, 0), position + 1


def _columns(
    sequences: list[str], position: IntArray, value: FloatArray, start: IntArray, end: IntArray
) -> dict[str, Any]:
    where = list(zip(sequences, start.tolist(), end.tolist(), strict=True))
    columns: dict[str, Any] = {
        "position": position + 1,
        "base": [bases[at] for bases, at in zip(sequences, position.tolist(), strict=True)],
        "value": value,
        "start": start + 1,
        "end": end,
        "bases": [bases[first:last] for bases, first, last in where],
    }
    missing = np.isnan(value)
    if missing.any():  # a value that is not a number has no position
        for name in columns.keys() - {"value"}:
            columns[name] = np.where(missing, "", np.asarray(columns[name], object))
    return columns
