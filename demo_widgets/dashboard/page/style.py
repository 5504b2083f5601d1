"""The dashboard's CSS. Colours come from the notebook's theme, with fallbacks elsewhere."""

from __future__ import annotations

import ipywidgets as W

from demo_widgets.assets import read_asset

__all__ = ["style_element"]


def style_element() -> W.HTML:
    """Return the widget that carries the dashboard's CSS."""
    element = W.HTML(f"<style>{read_asset('css/dashboard.css')}</style>")
    element.layout.display = "none"
    return element
