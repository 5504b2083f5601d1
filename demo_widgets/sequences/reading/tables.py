"""Tables with one sequence per row: DeepBind's ``.seq``, CSV and TSV."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from demo_widgets.errors import ReadError
from demo_widgets.sequences.reading.content import COMMENTS, open_text
from demo_widgets.sequences.reading.reader_table import FileHead
from demo_widgets.sequences.reading.records import Records, shorten
from demo_widgets.spreadsheet import from_cell

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["is_table", "read_table"]

SEQUENCE_COLUMNS = ("sequence", "seq", "dna", "dna_sequence", "sequences")
LABEL_COLUMNS = ("bound", "label", "labels", "class", "target", "y")
NAME_COLUMNS = ("name", "id", "eventid", "event_id", "seq_id", "sequence_id")
_LONGEST_FIELD = 2**31 - 1  # the largest integer that every system accepts
_LABEL_OF_TEXT = {"0": 0, "0.0": 0, "1": 1, "1.0": 1}


def is_table(head: FileHead, options: Mapping[str, Any]) -> bool:
    """Whether the first line is a header that names a sequence column."""
    return _find_separator(head.lines[0], options.get("sequence_column")) is not None


def _find_separator(header: str, sequence_column: str | None) -> str | None:
    """Return the separator with which the header contains a sequence column, or ``None``."""
    wanted = SEQUENCE_COLUMNS if sequence_column is None else (sequence_column.strip().lower(),)
    for separator in ("\t", ",", ";"):
        fields = [field.strip().strip("\"'").lower() for field in header.split(separator)]
        if any(field in wanted for field in fields):
            return separator
    return None


def read_table(
    path: Path,
    *,
    strict: bool = False,
    sequence_column: str | None = None,
    label_column: str | None = None,
    name_column: str | None = None,
) -> Records:
    """Read a table with a header and tab, comma or semicolon between columns.

    Parameters
    ----------
    path
        Text file, plain or gzip. Lines before the header that begin with ``#`` are skipped.
    strict
        No effect: tables are always checked.
    sequence_column, label_column, name_column
        Names of the columns, in any case. By default the usual names:
        ``sequence``, ``seq``; ``bound``, ``label``; ``name``, ``id``, ``EventID``. All other
        columns become metadata.

    Raises
    ------
    ReadError
        A missing column, a row of different width, or a label that is not 0 or 1.
    """
    frame = _read_frame(path, sequence_column)
    sequences = _column(frame, path, "sequence_column", sequence_column, SEQUENCE_COLUMNS)
    labels = _column(frame, path, "label_column", label_column, LABEL_COLUMNS)
    names = _column(frame, path, "name_column", name_column, NAME_COLUMNS)
    if sequences is None:
        raise ReadError(
            f"{path} names no sequence column; its columns are {_listed(frame)}. Name it "
            "with sequence_column="
        )
    records = Records(
        sequences=frame[sequences].str.strip().tolist(),
        lines=frame.index.tolist(),
        names=[""] * len(frame) if names is None else _texts(frame[names]),
    )
    if labels is not None:
        records.labels = _parse_labels(records, frame[labels].str.strip().tolist(), labels, path)
    rest = frame.drop(columns=[column for column in (sequences, labels, names) if column])
    if len(rest.columns):
        records.metadata = rest.apply(_as_numbers).reset_index(drop=True)
    return records


def _read_frame(path: Path, sequence_column: str | None) -> pd.DataFrame:
    """Return all cells as text; the index is the line of each row."""
    import pandas as pd

    with open_text(path) as handle:
        header, header_line = _find_header(handle)
        separator = _find_separator(header, sequence_column)
        if separator is None:
            raise ReadError(
                f"{path}: the header {shorten(header)!r} names no sequence column "
                f"({sequence_column or ', '.join(SEQUENCE_COLUMNS)}) with tabs, commas or "
                "semicolons between the columns; name the column with sequence_column="
            )
        fields = next(csv.reader([header], delimiter=separator))
        columns = [from_cell(field.strip()) for field in fields]
        repeated = sorted({column for column in columns if columns.count(column) > 1})
        if repeated:
            raise ReadError(f"{path}: the columns {', '.join(repeated)} occur more than once")
        try:
            with warnings.catch_warnings():
                # pandas only warns when it drops cells without a header.
                warnings.simplefilter("error", pd.errors.ParserWarning)
                frame = pd.read_csv(
                    handle,
                    sep=separator,
                    names=columns,
                    header=None,
                    index_col=False,
                    dtype=str,
                    keep_default_na=False,
                    skip_blank_lines=False,
                )
        except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
            raise ReadError(
                f"{path}: the rows do not fit the {len(columns)} columns of the header "
                f"({error}); line numbers in that message count from below the header"
            ) from error
    frame.index += header_line + 1
    frame = frame.fillna("")
    if (frame[columns[-1]] == "").any():  # pandas silently fills a short row
        _refuse_short_rows(path, separator, header_line, len(columns))
    frame = frame[(frame != "").any(axis=1)]
    if frame.empty:
        raise ReadError(f"{path} has a header but no row below it")
    return frame


def _refuse_short_rows(path: Path, separator: str, header_line: int, width: int) -> None:
    """Refuse a row with fewer fields than the header, as at the end of a truncated file."""
    limit = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with open_text(path) as handle:
            rows = csv.reader(islice(handle, header_line, None), delimiter=separator)
            for row in rows:
                if 0 < len(row) < width:
                    raise ReadError(
                        f"{path}: line {header_line + rows.line_num:,} has {len(row)} of the "
                        f"{width} fields that the header names; the file may have been cut short. "
                        "Complete the line or remove it"
                    )
    finally:
        csv.field_size_limit(limit)


def _find_header(handle: TextIO) -> tuple[str, int]:
    """Return the first line that is neither blank nor a comment, and its number."""
    for number, line in enumerate(handle, start=1):
        if line.strip() and not line.startswith(COMMENTS):
            return line.rstrip("\n"), number
    return "", 0


def _column(
    frame: pd.DataFrame, path: Path, argument: str, wanted: str | None, usual: tuple[str, ...]
) -> str | None:
    """Return the name, as spelled in the file, of the requested column or the first usual one."""
    spelled = {column.lower(): column for column in reversed(frame.columns)}
    if wanted is None:
        return next((spelled[name] for name in usual if name in spelled), None)
    if wanted.strip().lower() not in spelled:
        raise ReadError(
            f"{path} has no column {wanted!r} ({argument}=); its columns are {_listed(frame)}"
        )
    return spelled[wanted.strip().lower()]


def _listed(frame: pd.DataFrame) -> str:
    return ", ".join(repr(shorten(column, 30)) for column in frame.columns[:20])


def _parse_labels(records: Records, texts: list[str], column: str, path: Path) -> list[int]:
    labels = []
    for index, text in enumerate(texts):
        label = _LABEL_OF_TEXT.get(text)
        if label is None:
            raise ReadError(
                f"{path}: {records.place(index)} has {shorten(text)!r} in the label column "
                f"{column!r}; expected 1 (bound) or 0 (unbound). If that column holds no labels, "
                "name the right one with label_column="
            )
        labels.append(label)
    return labels


def _texts(column: pd.Series) -> list[str]:
    """Cells without the space around them, and as they were before they were written."""
    return [from_cell(cell) for cell in column.str.strip()]


def _as_numbers(column: pd.Series) -> pd.Series:
    """Return numbers if every cell is a number or empty (missing), otherwise text."""
    import pandas as pd

    filled = column[column.str.strip() != ""]
    numbers = pd.to_numeric(filled, errors="coerce")
    if filled.empty or numbers.isna().any():
        return column.map(from_cell)
    return numbers.reindex(column.index)
