"""Accessible names and descriptions of the widgets, set on the page as ARIA attributes.

bqplot figures have no role or name, and neither have the handles of ipywidgets sliders and the
buttons of Play. Views declare them in Python; one widget per dashboard sets them on the page,
including on elements that are drawn later.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import anywidget
import ipywidgets as W
import traitlets as T

from demo_widgets.assets import read_asset

__all__ = ["AccessibleNames"]


class AccessibleNames(anywidget.AnyWidget):
    """Invisible widget that keeps the ARIA attributes of its dashboard up to date.

    Attributes
    ----------
    described : dict
        CSS class of a widget -> its description and the ARIA attributes of its parts.
    values : dict
        CSS class of a slider -> the texts of its values.
    """

    _esm = read_asset("js/accessibility.js")
    described = T.Dict().tag(sync=True)
    values = T.Dict().tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()  # several threads write: no update may be lost

    def describe(self, *pictures: tuple[W.DOMWidget, str, str]) -> None:
        """Present figures as pictures to screen readers.

        Parameters
        ----------
        *pictures
            Each a figure, its name (what it is: a few words), and what it shows: a sentence or two
            with the numbers that matter.
        """
        self._write(
            *(
                (figure, text, [["", 0, {"role": "img", "aria-label": name}]])
                for figure, name, text in pictures
            )
        )

    def name_part(
        self, widget: W.DOMWidget, names: Sequence[str], css: str = "", role: str = ""
    ) -> None:
        """Name the controls that match ``css`` in ``widget``, by default ``widget`` itself.

        Parameters
        ----------
        widget
            The widget that contains them.
        names
            One accessible name per control; an empty one leaves it unchanged.
        css
            Selector of the controls inside the widget's element.
        role
            Their ARIA role, if they have none.
        """
        roles = {"role": role} if role else {}
        parts = [
            [css, i, {**roles, **({"aria-label": name} if name else {})}]
            for i, name in enumerate(names)
        ]
        with self._lock:
            named = self.described.get(_key(widget), {"parts": []})["parts"]
            self._write((widget, "", [*(p for p in named if p[0] != css), *parts]))

    def name_values(self, slider: W.DOMWidget, texts: Sequence[str]) -> None:
        """Set the texts that screen readers read instead of a slider's values, from 1 on."""
        if slider.comm is None:  # closed
            return
        slider.add_class(_key(slider))
        with self._lock:
            if self.values.get(_key(slider)) != list(texts):
                self.values = {**self.values, _key(slider): list(texts)}

    def _write(self, *entries: tuple[W.DOMWidget, str, list[Any]]) -> None:
        """Update the trait once, only if something changed; closed widgets are removed."""
        words = {}
        for widget, text, parts in entries:
            if widget.comm is not None:
                widget.add_class(_key(widget))
                words[_key(widget)] = {"text": text, "parts": parts}
        with self._lock:
            self.described = {**self.described, **words}


def _key(widget: W.DOMWidget) -> str:
    """Return the CSS class by which the page finds the widget's element."""
    return f"dw-is-{widget.model_id}"
