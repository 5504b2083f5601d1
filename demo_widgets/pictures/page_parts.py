"""Parts of static pages: tables, messages, and files embedded in links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pandas as pd

from demo_widgets.spreadsheet import shown_not_run

__all__ = ["Cell", "CsvFile", "Message", "Table", "file_name"]


@dataclass(frozen=True)
class Cell:
    """A cell of a table that is more than text.

    Attributes
    ----------
    words
        Its text.
    href
        Where it links to.
    css
        Class of its text.
    """

    words: str
    href: str = ""
    css: str = ""


@dataclass(frozen=True)
class Table:
    """A table of a page; numbers are right-aligned.

    Attributes
    ----------
    heads
        Column headings.
    rows
        A text or a :class:`Cell` for each column.
    caption
        What the table shows.
    sortable
        Whether the page's script makes it sortable, if it has more than one row.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    caption: str
    sortable: bool = False


@dataclass(frozen=True)
class Message:
    """A highlighted sentence.

    Attributes
    ----------
    words
        The sentence.
    is_error
        Whether something failed.
    about
        Heading, such as the name of a model; empty for none.
    """

    words: str
    is_error: bool = False
    about: str = ""


@dataclass(frozen=True)
class CsvFile:
    """A CSV file embedded in a link."""

    name: str
    content: bytes

    @classmethod
    def of(cls, frame: pd.DataFrame, name: str) -> CsvFile:
        """Return ``frame`` as a file."""
        text = shown_not_run(frame).to_csv(index=False, float_format="%.6g")
        return cls(name, text.encode("utf-8", errors="replace"))

    @property
    def href(self) -> str:
        """The file as a data URL."""
        return f"data:text/csv;charset=utf-8,{quote(self.content, safe=',.;:+-_()=@*')}"

    @property
    def size(self) -> str:
        """Its size as text."""
        return f"{max(1, len(self.content) // 1024):,} kB"


def file_name(words: str) -> str:
    """Return ``words`` as part of a file name: letters, digits, dots and dashes, at most 60."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", words).strip("._")[:60] or "sequence"
