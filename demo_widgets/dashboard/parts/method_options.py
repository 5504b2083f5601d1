"""Controls of an attribution method, created from its declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as W

from demo_widgets.dashboard.parts.fields import choice, number
from demo_widgets.interpret.methods import AttributionMethod, MethodOption

__all__ = ["MethodOptions"]


class MethodOptions:
    """A row of controls, one for each option of a method; empty for a method without any.

    Parameters
    ----------
    method
        The method, as ``demo_widgets.interpret.methods`` declares it.
    on_change
        Called when the user has changed a value.

    Attributes
    ----------
    controls : dict of str to ipywidgets.Widget
        Option -> its control.
    """

    def __init__(self, method: AttributionMethod, on_change: Callable[[], None]) -> None:
        self.controls = {option.key: _control(option) for option in method.options}
        self.widget = W.HBox(list(self.controls.values()), layout={"flex_flow": "row wrap"})
        for control in self.controls.values():
            control.observe(lambda _: self._take(on_change), "value")
        self._calls_back = True

    @property
    def values(self) -> dict[str, Any]:
        """The chosen settings as keyword arguments."""
        return {key: control.value for key, control in self.controls.items()}

    def show(self, values: Mapping[str, Any]) -> None:
        """Set the controls to ``values``, without calling back."""
        self._calls_back = False
        for key, value in values.items():
            self.controls[key].value = value
        self._calls_back = True

    def _take(self, on_change: Callable[[], None]) -> None:
        if self._calls_back:
            on_change()


def _control(option: MethodOption) -> W.Widget:
    if option.choices:
        return choice(option.label, option.choices, "", "220px", value=option.default)
    low = 0 if option.minimum is None else option.minimum
    high = 2**31 - 1 if option.maximum is None else option.maximum
    return number(option.label, option.default, low, high, "", "220px")
