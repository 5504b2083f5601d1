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
    // A row chosen by Enter (detail 0) keeps the focus, so that arrows continue from it.
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
