"""A focusable element that sends key presses to Python."""

from __future__ import annotations

from collections.abc import Callable

import anywidget
import traitlets as T

from demo_widgets.assets import read_asset

__all__ = ["KeyCatcher"]


class KeyCatcher(anywidget.AnyWidget):
    """Handles some keys while it has the focus, and hides them from the notebook.

    Attributes
    ----------
    hint : str
        Its text.
    label : str
        Its accessible name.
    wanted : list of str
        The keys it handles, in lower case and by their browser names; also undo and redo.
    takes_clicks : bool
        Whether a click on a base, in a track or in the strip of the header, or on a row of a table
        gives it the focus.
    """

    _esm = read_asset("js/key_catcher.js")
    hint = T.Unicode("").tag(sync=True)
    label = T.Unicode("").tag(sync=True)
    wanted = T.List(T.Unicode()).tag(sync=True)
    takes_clicks = T.Bool(False).tag(sync=True)

    def on_key(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(key)``: one of :attr:`wanted`, ``"undo"`` or ``"redo"``."""
        self.on_msg(
            lambda _, content, buffers: callback(str(content["key"])) if "key" in content else None
        )

    def on_strip(self, callback: Callable[[float], None]) -> None:
        """Call ``callback(share)`` where the strip was clicked, from 0 at its left to 1."""
        self.on_msg(
            lambda _, content, buffers: (
                callback(float(content["share"])) if "share" in content else None
            )
        )
