"""Closing a widget with everything it contains, which a container's ``close`` does not do."""

from __future__ import annotations

from collections.abc import Iterator

import ipywidgets as W

__all__ = ["close_all", "widgets_of"]


def widgets_of(*roots: W.Widget) -> list[W.Widget]:
    """Return ``roots`` and all open widgets below them: children, marks, scales, layouts."""
    found: dict[str, W.Widget] = {}
    waiting = list(roots)
    while waiting:
        widget = waiting.pop()
        if widget.comm is not None and widget.model_id not in found:
            found[widget.model_id] = widget
            waiting.extend(_held_by(widget))
    return list(found.values())


def close_all(*roots: W.Widget) -> None:
    """Close ``roots`` and everything below them."""
    for widget in widgets_of(*roots):
        W.Widget.close(widget)


def _held_by(widget: W.Widget) -> Iterator[W.Widget]:
    """Return the widgets in the synchronised traits of ``widget``, also within containers."""
    for key in widget.keys:
        value = getattr(widget, key)
        if isinstance(value, dict):
            value = list(value.values())
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(item, W.Widget):
                yield item
            elif isinstance(item, (list, tuple)):
                yield from (part for part in item if isinstance(part, W.Widget))
