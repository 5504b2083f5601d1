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
