"""Small elements of the tabs: notes, messages, colour legends, downloads."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as W

from demo_widgets.assets import read_asset
from demo_widgets.dashboard.drawing.sequence_window import SequenceWindow
from demo_widgets.errors import error_words
from demo_widgets.pictures.palette import Ramp
from demo_widgets.pictures.static_page import html_of

__all__ = [
    "Downloads",
    "FigureRow",
    "button",
    "controls",
    "copy_button",
    "error_text",
    "file_link",
    "info_text",
    "note",
    "ramp_legend",
    "window_buttons",
]


def note(text: str) -> W.HTML:
    """Return the explanatory line under a title (``text`` is HTML)."""
    return W.HTML(f'<p class="dw-note">{text}</p>')


def error_text(error: BaseException) -> str:
    """Return an error message as escaped HTML."""
    return html_of("error_text", error_words(error))


def info_text(text: str) -> str:
    """Return a plain message as HTML; ``text`` is escaped."""
    return html_of("info_text", text)


def button(label: str, tooltip: str, on_click: Callable[[], None], **options: Any) -> W.Button:
    """Return a button with a tooltip that calls ``on_click()``."""
    made = W.Button(description=label, tooltip=tooltip, **options)
    made.layout.width = "auto"
    made.on_click(lambda _: on_click())
    return made


def window_buttons(window: SequenceWindow) -> list[W.Button]:
    """Return the buttons that zoom and move the window, as the mouse does."""
    return [
        button("", "Zoom in", lambda: window.zoom(0.5), icon="search-plus"),
        button("", "Zoom out", lambda: window.zoom(2), icon="search-minus"),
        button("", "Move left", lambda: window.pan(-0.5), icon="arrow-left"),
        button("", "Move right", lambda: window.pan(0.5), icon="arrow-right"),
        button("Whole sequence", "Show all bases", window.reset),
    ]


def controls(*children: W.Widget) -> W.HBox:
    """Return a row of controls that wraps on a narrow screen."""
    row = W.HBox(list(children))
    row.layout.flex_flow = "row wrap"
    row.add_class("dw-controls")
    return row


def copy_button(label: str, text: str) -> str:
    """Return a button that copies ``text`` to the clipboard, as HTML."""
    script = read_asset("js/copy_button.js")
    return (
        f'<button class="jupyter-button" data-text="{escape(text, quote=True)}" '
        f'onclick="{escape(script, quote=True)}">{escape(label)}</button>'
    )


def file_link(name: str, mime: str, content: bytes) -> str:
    """Return an HTML link that contains a file and saves it when clicked."""
    data = base64.b64encode(content).decode()
    return (
        f'<a download="{escape(name, quote=True)}" href="data:{mime};base64,{data}" '
        f'style="text-decoration:underline">Save {escape(name)} '
        f"({max(1, len(content) // 1024):,} kB)</a>"
    )


def ramp_legend(ramp: Ramp, low: str, high: str) -> str:
    """Return a colour ramp between two words, as HTML."""
    return html_of("ramp_legend", ramp, low, high)


class FigureRow:
    """A model's name with a figure under it, which is on the page only when drawn.

    bqplot measures a figure when it is first displayed, and draws rectangles of negative size if it
    is hidden then; so it is removed instead of hidden.

    Parameters
    ----------
    name, colour
        The model's.
    figure
        The figure.
    *between
        Widgets between name and figure, shown with the figure.
    """

    def __init__(self, name: str, colour: str, figure: W.Widget, *between: W.Widget) -> None:
        self._name, self._colour = escape(name), colour
        self.title = W.HTML(f'<div class="dw-track-title"><b>{self._name}</b> …</div>')
        self._with_figure = (self.title, *between, figure)
        self.widget = W.VBox([self.title])

    def show(self, words: str, tooltip: str = "") -> None:
        """Show the figure under the name and ``words`` (HTML)."""
        self.title.value = (
            f'<div class="dw-track-title" title="{escape(tooltip, quote=True)}">'
            f'<span class="dw-swatch" style="background:{self._colour}"></span>'
            f"<b>{self._name}</b>{words}</div>"
        )
        self._put(self._with_figure)

    def show_reason(self, words: str) -> None:
        """Show the name and the reason (HTML) why there is no figure."""
        self.title.value = f'<div class="dw-track-title"><b>{self._name}</b>{words}</div>'
        self._put((self.title,))

    def _put(self, children: tuple[W.Widget, ...]) -> None:
        if self.widget.children != children:
            self.widget.children = children


class Downloads:
    """Buttons that create a file and offer it as a link, without a server or JavaScript.

    Parameters
    ----------
    makers
        Button label -> function returning ``(file name, MIME type, content)``.

    Attributes
    ----------
    buttons : list of ipywidgets.Button
        One per maker, in order.
    """

    def __init__(self, makers: dict[str, Callable[[], tuple[str, str, bytes]]]) -> None:
        self._link = W.HTML()
        self.buttons = [
            button(
                label, f"Create a {label} file of the current view", self._offer(make), icon="save"
            )
            for label, make in makers.items()
        ]
        self.widget = controls(*self.buttons, self._link)

    def clear(self) -> None:
        """Remove the offered file, because the view has changed."""
        if self._link.value:
            self._link.value = ""

    def _offer(self, make: Callable[[], tuple[str, str, bytes]]) -> Callable[[], None]:
        def offer() -> None:
            try:
                name, mime, content = make()
            except Exception as error:
                self._link.value = error_text(error)
                return
            self._link.value = file_link(name, mime, content)

        return offer
