"""A field for a sequence with its button: what is in the field when it is pressed is what counts.

A text area of ipywidgets reaches Python by messages of its own, which a click can overtake.
"""

from __future__ import annotations

from collections.abc import Callable

import anywidget
import traitlets as T

__all__ = ["SequenceBox"]

_ESM = """
function render({ model, el }) {
  const area = document.createElement("textarea"), button = document.createElement("button");
  el.classList.add("dw-sequence-box", "jupyter-widgets");
  area.dataset.lmSuppressShortcuts = "true";
  area.rows = 3;
  area.spellcheck = false;
  area.title = "Type or paste any sequence, then press Explore, or Ctrl and Enter";
  area.setAttribute("aria-label", "Sequence");
  button.className = "jupyter-button widget-button";
  button.textContent = "Explore";
  button.title = "Look at the sequence typed above";
  el.append(area, button);
  const show = () => { area.value = model.get("value"); };
  const explore = () => model.send({ explore: area.value });
  model.on("change:value", show);
  button.addEventListener("click", explore);
  area.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      explore();
    }
  });
  show();
  return () => model.off("change:value", show);
}
export default { render };
"""


class SequenceBox(anywidget.AnyWidget):
    """A text area and the button Explore, which hands over the text as it stands.

    Attributes
    ----------
    value : str
        The text that Python put there; typing does not change it.
    """

    _esm = _ESM
    value = T.Unicode("").tag(sync=True)

    def on_explore(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(text)`` when Explore is pressed."""

        def take(_, content, buffers) -> None:
            if "explore" in content:
                callback(str(content["explore"]))

        self.on_msg(take)
