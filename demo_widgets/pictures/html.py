"""Pieces of a static page: tables, files inside links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

import pandas as pd

__all__ = ["csv_link", "file_name", "table"]

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?|nan|–")


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    caption: str,
    *,
    sortable: bool = False,
    marked: bool = False,
) -> str:
    """Return an HTML table; numbers stand at the right.

    Parameters
    ----------
    heads
        Column headings.
    rows
        Text of the cells; escaped here, unless ``marked`` says that it is HTML already.
    caption
        What the table shows.
    sortable
        Whether the page's script lets people sort it.
    """
    lines = []
    for row in rows:
        cells = []
        for cell in row:
            kind = ' class="n"' if _NUMBER.fullmatch(cell) else ""
            cells.append(f"<td{kind}>{cell if marked else escape(cell)}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>\n")
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in heads)
    kind = ' class="sortable"' if sortable and len(lines) > 1 else ""
    return (
        f'<div class="wide"><table{kind}><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{''.join(lines)}</tbody></table></div>"
    )


def csv_link(frame: pd.DataFrame, name: str) -> str:
    """Return a link that holds ``frame`` as a CSV file called ``name``."""
    content = frame.to_csv(index=False, float_format="%.6g").encode("utf-8", errors="replace")
    data = quote(content, safe=",.;:+-_()=@*")
    return (
        f'<a class="file" download="{escape(name, quote=True)}" '
        f'href="data:text/csv;charset=utf-8,{data}">{escape(name)} '
        f"({max(1, len(content) // 1024):,} kB)</a>"
    )


def file_name(words: str) -> str:
    """``words`` as part of a file name: letters, digits, dots and dashes, at most 60."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", words).strip("._")[:60] or "sequence"
