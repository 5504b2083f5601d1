"""CSV that a spreadsheet shows and does not run.

A cell that begins with ``=``, ``+``, ``-``, ``@`` or a line break is a formula to a spreadsheet:
a sequence named ``=HYPERLINK(...)`` would act on whoever opens the table. Such a text gets an
apostrophe in front, which the readers of this package take off again. Numbers, and a sign alone
(a strand), are no formulas and stay as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_cell", "from_cell", "shown_not_run"]

_FORMULA = re.compile(r"'*[=+\-@\t\r\n].", re.DOTALL)
_NUMBER = re.compile(r"[+-](\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def as_cell(text: str) -> str:
    """``text`` as it is written to a CSV file; :func:`from_cell` gives it back.

    Examples
    --------
    >>> as_cell("=1+1"), as_cell("-0.5"), as_cell("chr1")
    ("'=1+1", '-0.5', 'chr1')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def from_cell(cell: str) -> str:
    """The text of a cell that :func:`as_cell` gave."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def shown_not_run(table: pd.DataFrame) -> pd.DataFrame:
    """A copy of ``table`` for ``to_csv``, its texts and the names of its columns as cells."""
    cells = table.copy()
    for number, kind in enumerate(table.dtypes):
        if getattr(kind, "kind", "O") not in "biufcmM":
            column = table.iloc[:, number].astype(object)
            cells.isetitem(number, column.map(_cell).to_numpy())
    cells.columns = [_cell(name) for name in table.columns]
    return cells


def _cell(value: Any) -> Any:
    return as_cell(value) if isinstance(value, str) else value
