"""A text area for a sequence with its button, which sends the text as it is when pressed.

The value of an ipywidgets text area is sent in a separate message, which a click can overtake.
"""

from __future__ import annotations

from collections.abc import Callable

import anywidget
import traitlets as T

from demo_widgets.assets import read_asset

__all__ = ["SequenceBox"]


class SequenceBox(anywidget.AnyWidget):
    """A text area and the button Apply sequence, which sends its text.

    Attributes
    ----------
    value : str
        The text set by Python; typing does not change it.
    """

    _esm = read_asset("js/sequence_box.js")
    value = T.Unicode("").tag(sync=True)

    def on_explore(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(text)`` when Apply sequence is pressed."""

        self.on_msg(
            lambda _, content, buffers: (
                callback(str(content["explore"])) if "explore" in content else None
            )
        )
