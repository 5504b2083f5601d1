"""A focusable element that hands key presses to Python; the one place with JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import anywidget
import traitlets as T

__all__ = ["KeyCatcher"]

_ESM = """
const WANTED = new Set(["a", "c", "g", "t", "arrowleft", "arrowright", "delete", "backspace",
  "home", "end"]);
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
  const onKey = (event) => {
    const key = event.key.toLowerCase();
    const control = event.ctrlKey || event.metaKey;
    if (event.altKey || !(control ? WITH_CONTROL : WANTED).has(key)) return;
    event.preventDefault();
    event.stopPropagation();
    const redo = control && (key === "y" || event.shiftKey);
    model.send({ key: control ? (redo ? "redo" : "undo") : key });
  };
  const onClick = (event) => {
    const root = box.closest(".dw-root");
    if (root && root.contains(event.target) && event.target.closest(".bargroup")) {
      box.focus({ preventScroll: true });
    }
  };
  box.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  return () => document.removeEventListener("click", onClick);
}
export default { render };
"""


class KeyCatcher(anywidget.AnyWidget):
    """Takes the keys of editing while it has the focus; clicking a base gives it the focus.

    Attributes
    ----------
    hint : str
        Its text.
    label : str
        Its accessible name.
    """

    _esm = _ESM
    hint = T.Unicode("").tag(sync=True)
    label = T.Unicode("").tag(sync=True)

    def on_key(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(key)``: a letter, an arrow, ``"delete"``, ``"undo"`` or ``"redo"``."""
        self.on_msg(lambda _, content, buffers: callback(str(content.get("key", ""))))
