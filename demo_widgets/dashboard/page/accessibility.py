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

__all__ = ["Spoken", "describe", "name_part", "speak_values"]

_ESM = """
function render({ model, el }) {
  const texts = el.appendChild(document.createElement("div"));
  texts.hidden = true;
  const page = `dw-said-${crypto.getRandomValues(new Uint32Array(2)).join("")}`;
  const found = new Map();
  let root = null, timer = null;

  const put = (node, name, value) => {
    if (node && node.getAttribute(name) !== value) node.setAttribute(name, value);
  };
  const widgetOf = (key) => {
    let widget = found.get(key);
    if (!widget || !widget.isConnected) found.set(key, widget = root.querySelector(`.${key}`));
    return widget;
  };
  const speakValue = (handle) => {
    const now = Math.round(parseFloat(handle.getAttribute("aria-valuenow")));
    for (const [key, { first, texts }] of Object.entries(model.get("values"))) {
      const widget = widgetOf(key);
      if (widget && widget.contains(handle) && texts[now - first]) {
        put(handle, "aria-valuetext", texts[now - first]);
      }
    }
  };
  const say = () => {
    timer = null;
    for (const [key, { text, parts }] of Object.entries(model.get("described"))) {
      const widget = widgetOf(key);
      if (!widget) continue;
      for (const [css, place, attributes] of parts) {
        const node = css ? widget.querySelectorAll(css)[place] : widget;
        for (const [name, value] of Object.entries(attributes)) put(node, name, value);
      }
      if (!text) continue;
      const id = `${page}-${key}`;
      let words = texts.querySelector(`#${id}`);
      if (!words) {
        words = texts.appendChild(document.createElement("p"));
        words.id = id;
      }
      if (words.textContent !== text) words.textContent = text;
      put(widget, "aria-describedby", id);
    }
    for (const key of Object.keys(model.get("values"))) {
      const widget = widgetOf(key);
      if (widget) widget.querySelectorAll(".noUi-handle").forEach(speakValue);
    }
  };
  const later = () => { if (root && timer === null) timer = setTimeout(say, 50); };
  const onPage = new MutationObserver((records) => {
    for (const { type, target } of records) {
      if (type === "attributes") speakValue(target);
    }
    if (records.some((record) => record.type === "childList")) later();
  });
  const attach = () => {
    root = el.closest(".dw-root");
    if (!root) return;
    arriving.disconnect();
    onPage.observe(root, { childList: true, subtree: true, attributes: true,
      attributeFilter: ["aria-valuenow", "aria-valuetext"] });
    later();
  };
  const arriving = new MutationObserver(attach);
  arriving.observe(document.body, { childList: true, subtree: true });
  attach();
  model.on("change:described", later);
  model.on("change:values", later);
  return () => {
    arriving.disconnect();
    onPage.disconnect();
    clearTimeout(timer);
    model.off("change:described", later);
    model.off("change:values", later);
  };
}
export default { render };
"""


class Spoken(anywidget.AnyWidget):
    """Invisible; keeps the ARIA attributes of the dashboard it stands in as the state says.

    Attributes
    ----------
    described : dict
        As ``DashboardState.described``.
    values : dict
        As ``DashboardState.spoken_values``.
    """

    _esm = _ESM
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
