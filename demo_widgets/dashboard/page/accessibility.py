"""Names and descriptions for people who do not see the widgets; set on the page by a few lines.

bqplot gives its figures no role and no name, ipywidgets none to the handles of sliders and to
the buttons of Play. Views say in Python what those are (:func:`describe`); one widget a
dashboard writes it on the page as ARIA attributes, also where the page draws them later.
"""

from __future__ import annotations

from collections.abc import Sequence

import anywidget
import ipywidgets as W
import traitlets as T

from demo_widgets.assets import read_asset

__all__ = ["Spoken", "describe", "name_part", "speak_values"]


class Spoken(anywidget.AnyWidget):
    """Invisible; keeps the ARIA attributes of the dashboard it stands in as the state says.

    Attributes
    ----------
    described : dict
        As ``DashboardState.described``.
    values : dict
        As ``DashboardState.spoken_values``.
    """

    _esm = read_asset("js/accessibility.js")
    described = T.Dict().tag(sync=True)
    values = T.Dict().tag(sync=True)


def describe(state, *pictures: tuple[W.DOMWidget, str, str]) -> None:
    """Make figures pictures for screen readers.

    Parameters
    ----------
    state
        The dashboard's state, which carries it to the page.
    *pictures
        Each a figure, its name (what it is: a few words), and what it shows: a sentence or two
        with the numbers that matter.
    """
    _write(
        state,
        *(
            (figure, text, [["", 0, {"role": "img", "aria-label": name}]])
            for figure, name, text in pictures
        ),
    )


def name_part(
    state, widget: W.DOMWidget, names: Sequence[str], css: str = "", role: str = ""
) -> None:
    """Name the controls that ``css`` finds in ``widget``, in page order; by default itself.

    Parameters
    ----------
    state
        The dashboard's state, which carries it to the page.
    widget
        Whose part it is.
    names
        One accessible name a control; an empty one is left as it is.
    css
        Selector of the controls inside the widget's element.
    role
        Their ARIA role, where they have none.
    """
    if widget.comm is None:  # closed
        return
    key = _key(widget)
    roles = {"role": role} if role else {}
    parts = [
        [css, i, {**roles, **({"aria-label": name} if name else {})}]
        for i, name in enumerate(names)
    ]
    with state.paint_lock:
        others = [p for p in state.described.get(key, {"parts": []})["parts"] if p[0] != css]
        _write(state, (widget, "", [*others, *parts]))


def speak_values(state, slider: W.DOMWidget, texts: Sequence[str], first: int = 1) -> None:
    """Give a slider's values the words that are read instead of numbers, from ``first`` on."""
    if slider.comm is None:  # closed
        return
    slider.add_class(_key(slider))
    said = {"first": first, "texts": list(texts)}
    with state.paint_lock:
        if state.spoken_values.get(_key(slider)) != said:
            state.spoken_values = {**state.spoken_values, _key(slider): said}


def _key(widget: W.DOMWidget) -> str:
    """The CSS class by which the page finds the widget's element."""
    return f"dw-is-{widget.model_id}"


def _write(state, *entries: tuple[W.DOMWidget, str, list]) -> None:
    """Change the state once, and only where something is new; closed widgets are left out.

    Under the lock, since the threads of several views write, and each keeps what others wrote.
    """
    entries = [entry for entry in entries if entry[0].comm is not None]
    for widget, _, _ in entries:
        widget.add_class(_key(widget))
    said = {_key(widget): {"text": text, "parts": parts} for widget, text, parts in entries}
    with state.paint_lock:
        state.described = {**state.described, **said}
