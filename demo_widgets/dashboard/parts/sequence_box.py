"""A field for a sequence with its button: what is in the field when it is pressed is what counts.

A text area of ipywidgets reaches Python by messages of its own, which a click can overtake.
"""

from __future__ import annotations

from collections.abc import Callable

import anywidget
import traitlets as T

from demo_widgets.assets import read_asset

__all__ = ["SequenceBox"]


class SequenceBox(anywidget.AnyWidget):
    """A text area and the button Explore, which hands over the text as it stands.

    Attributes
    ----------
    value : str
        The text that Python put there; typing does not change it.
    """

    _esm = read_asset("js/sequence_box.js")
    value = T.Unicode("").tag(sync=True)

    def on_explore(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(text)`` when Explore is pressed."""

        self.on_msg(
            lambda _, content, buffers: (
                callback(str(content["explore"])) if "explore" in content else None
            )
        )
