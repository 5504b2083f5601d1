"""Fields to choose, type and switch with: one place for how they look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ipywidgets as W

__all__ = ["choice", "number", "slider", "switch", "text_field"]


def choice(label: str, options: Iterable[Any], tooltip: str, width: str, **more: Any) -> W.Dropdown:
    """Return a list of ``options``, values or ``(words, value)`` pairs, to choose one from."""
    return W.Dropdown(options=options, **_look(label, tooltip, width), **more)


def number(
    label: str, value: float, low: float, high: float, tooltip: str, width: str, step: float = 1
) -> W.BoundedIntText | W.BoundedFloatText:
    """Return a field for a number from ``low`` to ``high``: a whole one where ``value`` is."""
    kind = W.BoundedFloatText if isinstance(value, float) else W.BoundedIntText
    return kind(value=value, min=low, max=high, step=step, **_look(label, tooltip, width))


def text_field(
    label: str,
    placeholder: str,
    tooltip: str,
    width: str,
    value: str = "",
    *,
    as_typed: bool = False,
) -> W.Text:
    """Return a line to type in; it changes with Enter or when it is left, or with each letter."""
    look = _look(label, tooltip, width)
    return W.Text(value=value, placeholder=placeholder, continuous_update=as_typed, **look)


def slider(
    label: str, value: Any, high: int, tooltip: str, width: str, **more: Any
) -> W.IntSlider | W.IntRangeSlider:
    """Return a slider from 0 to ``high``; over a range of numbers where ``value`` is a pair."""
    kind = W.IntRangeSlider if isinstance(value, tuple) else W.IntSlider
    return kind(value=value, min=0, max=high, **_look(label, tooltip, width), **more)


def switch(label: str, tooltip: str, icon: str) -> W.ToggleButton:
    """Return a button that stays pressed until it is pressed again."""
    return W.ToggleButton(description=label, tooltip=tooltip, icon=icon, layout={"width": "auto"})


def _look(label: str, tooltip: str, width: str) -> dict[str, Any]:
    return {
        "description": label,
        "tooltip": tooltip,
        "layout": {"width": width},
        "style": {"description_width": "initial"},
    }
