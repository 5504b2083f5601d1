"""Updates pages that were opened after the widgets were created.

Such a page (in Voila, or a reloaded notebook) requests the state of all widgets once and then
creates its models. Messages that arrive in between find no model and are dropped, so a figure
painted at that moment would stay empty.
"""

from __future__ import annotations

from collections.abc import Callable

import anywidget
import traitlets as T

from demo_widgets.assets import read_asset

__all__ = ["LatePage"]


class LatePage(anywidget.AnyWidget):
    """Invisible widget that reports when a late page has drawn the dashboard.

    Attributes
    ----------
    late : bool
        On a page, whether the page was opened before this widget was created; unused in Python.
    """

    _esm = read_asset("js/late_page.js")
    late = T.Bool(False).tag(sync=True, to_json=lambda _, widget: widget.comm is not None)

    def on_drawn(self, callback: Callable[[], None]) -> None:
        """Call ``callback()`` when a late page is ready for the updates it may have missed."""
        self.on_msg(lambda *_: callback())
