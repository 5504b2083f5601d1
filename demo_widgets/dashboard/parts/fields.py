"""Form controls with a common look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ipywidgets as W

__all__ = ["choice", "number", "slider", "switch", "text_field"]


def choice(label: str, options: Iterable[Any], tooltip: str, width: str, **more: Any) -> W.Dropdown:
    """Return a drop-down list of ``options``, values or ``(text, value)`` pairs."""
    return W.Dropdown(options=options, **_look(label, tooltip, width), **more)


def number(
    label: str, value: float, low: float, high: float, tooltip: str, width: str, step: float = 1
) -> W.BoundedIntText | W.BoundedFloatText:
    """Return a field for a number from ``low`` to ``high``, an integer if ``value`` is one."""
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
    """Return a text field; it changes on Enter or when it loses focus, or with each letter."""
    look = _look(label, tooltip, width)
    return W.Text(value=value, placeholder=placeholder, continuous_update=as_typed, **look)


def slider(
    label: str, value: Any, high: int, tooltip: str, width: str, **more: Any
) -> W.IntSlider | W.IntRangeSlider:
    """Return a slider from 0 to ``high``; a range of numbers if ``value`` is a pair."""
    kind = W.IntRangeSlider if isinstance(value, tuple) else W.IntSlider
    return kind(value=value, min=0, max=high, **_look(label, tooltip, width), **more)


def switch(label: str, tooltip: str, icon: str) -> W.ToggleButton:
    """Return a toggle button."""
    return W.ToggleButton(description=label, tooltip=tooltip, icon=icon, layout={"width": "auto"})


def _look(label: str, tooltip: str, width: str) -> dict[str, Any]:
    return {
        "description": label,
        "tooltip": tooltip,
        "layout": {"width": width},
        "style": {"description_width": "initial"},
    }
