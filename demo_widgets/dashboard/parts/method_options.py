"""Controls of an attribution method, made from what the method declares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as W

from demo_widgets.interpret.methods import AttributionMethod

__all__ = ["MethodOptions", "axis_label"]


def axis_label(method: AttributionMethod) -> str:
    """What the height of a letter means by this method."""
    return "evidence in S" if method.signed else "|dS/dx| at the base"


class MethodOptions:
    """A row of controls, one for each option of a method; empty for a method without any.

    Parameters
    ----------
    method
        The method, as ``demo_widgets.interpret.methods`` declares it.
    on_change
        Called when a value has changed.
    """

    def __init__(self, method: AttributionMethod, on_change: Callable[[], None]) -> None:
        self._controls = {option.key: _control(option) for option in method.options}
        self.widget = W.HBox(list(self._controls.values()), layout={"flex_flow": "row wrap"})
        for control in self._controls.values():
            control.observe(lambda _: on_change(), "value")

    @property
    def values(self) -> dict[str, Any]:
        """Keyword arguments as now chosen."""
        return {key: control.value for key, control in self._controls.items()}


def _control(option) -> W.Widget:
    shared = {
        "description": option.label,
        "style": {"description_width": "initial"},
        "layout": {"width": "220px"},
    }
    if option.choices:
        return W.Dropdown(options=option.choices, value=option.default, **shared)
    low = 0 if option.minimum is None else option.minimum
    high = 2**31 - 1 if option.maximum is None else option.maximum
    return W.BoundedIntText(value=option.default, min=low, max=high, **shared)
