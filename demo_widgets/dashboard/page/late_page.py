"""Brings pages up to date that were opened after the widgets were made.

Such a page (one of Voila, or a notebook that is loaded again) asks the kernel once for the state
of all widgets and then makes its models of them. What the kernel sends in between finds no model
and is dropped: a figure that was painted in that moment stays empty on the page for good.
"""

from __future__ import annotations

from collections.abc import Callable

import anywidget
import traitlets as T

from demo_widgets.assets import read_asset

__all__ = ["LatePage"]


class LatePage(anywidget.AnyWidget):
    """Invisible; tells once a page that came late has drawn the widgets it stands among.

    Attributes
    ----------
    late : bool
        On a page, whether that was told of this widget after it was opened; in Python unused.
    """

    _esm = read_asset("js/late_page.js")
    late = T.Bool(False).tag(sync=True, to_json=lambda _, widget: widget.comm is not None)

    def on_drawn(self, callback: Callable[[], None]) -> None:
        """Call ``callback()`` when such a page is ready to be sent what it may have missed."""
        self.on_msg(lambda *_: callback())
