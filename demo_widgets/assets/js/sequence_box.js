function render({ model, el }) {
  const area = document.createElement("textarea"), button = document.createElement("button");
  el.classList.add("dw-sequence-box", "jupyter-widgets");
  area.dataset.lmSuppressShortcuts = "true";
  area.rows = 3;
  area.spellcheck = false;
  area.title = "Paste any sequence, then press Apply sequence or Ctrl+Enter";
  area.setAttribute("aria-label", "Sequence");
  button.className = "jupyter-button widget-button";
  button.textContent = "Apply sequence";
  button.title = "Show this sequence in all tabs";
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
