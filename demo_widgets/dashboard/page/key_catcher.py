"""A focusable element that hands key presses to Python."""

from __future__ import annotations

from collections.abc import Callable

import anywidget
import traitlets as T

__all__ = ["KeyCatcher"]

_ESM = """
const WITH_CONTROL = new Set(["z", "y"]);

function render({ model, el }) {
  const box = document.createElement("div");
  box.className = "dw-keys";
  box.tabIndex = 0;
  box.dataset.lmSuppressShortcuts = "true";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", model.get("label"));
  box.textContent = model.get("hint");
  el.appendChild(box);
  const wanted = new Set(model.get("wanted"));
  const onKey = (event) => {
    const key = event.key.toLowerCase();
    const control = event.ctrlKey || event.metaKey;
    if (event.altKey || !(control ? WITH_CONTROL : wanted).has(key)) return;
    event.preventDefault();
    event.stopPropagation();
    const redo = control && (key === "y" || event.shiftKey);
    model.send({ key: control ? (redo ? "redo" : "undo") : key });
  };
  let pressed = 0;
  const onPress = (event) => { pressed = event.clientX; };
  const onClick = (event) => {
    const root = box.closest(".dw-root");
    const dragged = Math.abs(event.clientX - pressed) > 3;
    if (!root || !model.get("takes_clicks") || !root.contains(event.target) || dragged) return;
    const strip = event.target.closest(".dw-strip");
    const plot = strip && strip.querySelector(".overlay");
    // A row chosen by Enter (detail 0) keeps the focus, so that arrows go on from there.
    const row = event.detail > 0 && event.target.closest(".dw-buttons");
    if (plot) {
      const { left, width } = plot.getBoundingClientRect();
      model.send({ share: (event.clientX - left) / width });
    }
    if (plot || row || event.target.closest(".bargroup")) box.focus({ preventScroll: true });
  };
  box.addEventListener("keydown", onKey);
  document.addEventListener("pointerdown", onPress, true);
  document.addEventListener("click", onClick);
  return () => {
    document.removeEventListener("pointerdown", onPress, true);
    document.removeEventListener("click", onClick);
  };
}
export default { render };
"""


class KeyCatcher(anywidget.AnyWidget):
    """Takes some keys while it has the focus, and keeps the notebook from taking them.

    Attributes
    ----------
    hint : str
        Its text.
    label : str
        Its accessible name.
    wanted : list of str
        The keys it takes, in lower case and as browsers call them; undo and redo besides.
    takes_clicks : bool
        Whether a click on a base, in a track or in the strip of the header, or on a row of a table
        gives it the focus.
    """

    _esm = _ESM
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
