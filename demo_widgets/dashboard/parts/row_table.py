"""A table with selectable rows, sorted, filtered and paged in the kernel.

One button per visible row lies over an HTML table of fixed row height: the whole row is clickable
and reachable by Tab and Enter, and a page costs the same for any number of rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from html import escape
from typing import Any

import ipywidgets as W
import pandas as pd

from demo_widgets.dashboard.parts.elements import button, controls

__all__ = ["RowTable"]

GAP = 14
"""Pixels between two columns, as in ``dashboard.css``."""


class RowTable:
    """Shows one page of a frame; reports the index label of the selected row.

    Parameters
    ----------
    columns
        ``(column name, heading, width as a CSS grid track, format)`` of each column; the
        format is ``""`` for text or a number format such as ``".3f"``.
    on_choose
        Called with the index label of the row that was chosen.
    page_size
        Rows a page.

    Attributes
    ----------
    chosen : object
        Index label of the marked row.
    heads, buttons : list of ipywidgets.Button
        The headings, and one button for each row of the page.
    text : ipywidgets.HTML
        The rows of the page.
    where : ipywidgets.HTML
        The range of rows on the page.
    """

    def __init__(
        self,
        columns: Sequence[tuple[str, str, str, str]],
        on_choose: Callable[[Any], None],
        *,
        page_size: int = 15,
    ) -> None:
        self._columns = columns
        self._on_choose = on_choose
        self._rows = pd.DataFrame()
        self._shown = pd.DataFrame()
        self._sort: tuple[str, bool] | None = None
        self.chosen: object = None
        self.page_size, self.page = page_size, 0
        self._template = " ".join(width for _, _, width, _ in columns)
        self.heads = [
            button(heading, f"Sort by {heading}", partial(self.sort_by, column))
            for column, heading, _, _ in columns
        ]
        for head, (_, _, _, number) in zip(self.heads, columns, strict=True):
            if not number:
                head.add_class("dw-words")
        heads = W.GridBox(self.heads, layout={"grid_template_columns": self._template})
        heads.layout.grid_gap = f"0 {GAP}px"
        heads.add_class("dw-heads")
        self.text = W.HTML()
        self.buttons = [
            button("", "Select this sequence", partial(self._choose, i)) for i in range(page_size)
        ]
        overlay = W.VBox(self.buttons)
        overlay.add_class("dw-buttons")
        body = W.Box([self.text, overlay])
        body.layout.display = "block"
        body.add_class("dw-rows")
        heads.layout.min_width = body.layout.min_width = f"{_least_width(columns)}px"
        scroll = W.VBox([heads, body])
        scroll.add_class("dw-scroll")
        self.where = W.HTML()
        self.widget = W.VBox(
            [
                scroll,
                controls(
                    button("", "First page", lambda: self.go(0), icon="angle-double-left"),
                    button("", "Previous page", lambda: self.go(self.page - 1), icon="angle-left"),
                    self.where,
                    button("", "Next page", lambda: self.go(self.page + 1), icon="angle-right"),
                    button("", "Last page", lambda: self.go(10**9), icon="angle-double-right"),
                ),
            ]
        )

    @property
    def rows(self) -> pd.DataFrame:
        """All rows, sorted."""
        return self._rows

    def show(self, rows: pd.DataFrame, *, keep_page: bool = False) -> None:
        """Set the rows; the sort order is kept."""
        self._rows = rows
        self._order()
        self.go(self.page if keep_page else 0)

    def choose(self, label: object) -> None:
        """Mark the row with this index label and show its page, if it is in the table."""
        self.chosen = label
        place = int(self._rows.index.get_indexer(pd.Index([label]))[0])
        if place >= 0:
            self.go(place // self.page_size)
        else:
            self._draw()

    def sort_by(self, column: str) -> None:
        """Sort by a column; the same column again reverses the order."""
        falling = not self._sort[1] if self._sort and self._sort[0] == column else True
        self._sort = (column, falling)
        self._order()
        self.go(0)

    def go(self, page: int) -> None:
        """Show a page (0-based, clipped to the valid range)."""
        last = max(0, -(-len(self._rows) // self.page_size) - 1)
        self.page = min(max(page, 0), last)
        self._draw()

    def _order(self) -> None:
        if self._sort and self._sort[0] in self._rows:
            column, falling = self._sort
            self._rows = self._rows.sort_values(column, ascending=not falling, kind="stable")
        for head, (column, heading, _, _) in zip(self.heads, self._columns, strict=True):
            arrow = (
                (" ▼" if self._sort[1] else " ▲") if self._sort and column == self._sort[0] else ""
            )
            head.description = heading + arrow

    def _draw(self) -> None:
        start = self.page * self.page_size
        self._shown = self._rows.iloc[start : start + self.page_size]
        lines = [self._line(row) for row in self._shown.to_dict("records")]
        shown = f'<div aria-hidden="true">{"".join(lines)}</div>'  # the buttons say the same
        nothing = '<div class="dw-grid"><span>No sequences</span></div>'
        self.text.value = shown if lines else nothing
        for i, made in enumerate(self.buttons):
            visible = i < len(lines)
            made.layout.display = "" if visible else "none"
            if visible:
                label = self._shown.index[i]
                chosen = bool(label == self.chosen)
                made.description = self._as_words(self._shown.iloc[i]) + (", chosen" * chosen)
                (made.add_class if chosen else made.remove_class)("dw-chosen")
        total = len(self._rows)
        end = start + len(self._shown)
        self.where.value = f"{start + 1 if total else 0:,}–{end:,} of {total:,}"

    def _line(self, row: dict[Hashable, Any]) -> str:
        cells = []
        for column, _, _, number in self._columns:
            text = _formatted(row.get(column), number)
            kind = ' class="dw-number"' if number else f' title="{escape(text, quote=True)}"'
            cells.append(f"<span{kind}>{escape(text)}</span>")
        return (
            f'<div class="dw-grid" style="grid-template-columns:{self._template}">'
            f"{''.join(cells)}</div>"
        )

    def _as_words(self, row: pd.Series) -> str:
        """Return a row as text, the accessible name of its button."""
        parts = (
            f"{heading} {_formatted(row.get(column), number)}"
            for column, heading, _, number in self._columns
        )
        return ", ".join(parts)

    def _choose(self, i: int) -> None:
        if i < len(self._shown):
            self._on_choose(self._shown.index[i])


def _formatted(value: object, number: str) -> str:
    if value is None or (isinstance(value, float) and value != value):
        return "…" if number else ""
    return format(value, number) if number and not isinstance(value, str) else str(value)


def _least_width(columns: Sequence[tuple[str, str, str, str]]) -> int:
    """Return the minimum width of the columns in pixels; below it the table scrolls.

    A track without a width in pixels (``1fr``) can shrink to nothing and counts as 0.
    """
    narrowest = (re.search(r"(\d+)px", width) for _, _, width, _ in columns)
    pixels = sum(int(found[1]) for found in narrowest if found)
    return max(520, pixels + GAP * (len(columns) - 1) + 16)
