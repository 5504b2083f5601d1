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
    for (const [key, texts] of Object.entries(model.get("values"))) {
      const widget = widgetOf(key);
      if (widget && widget.contains(handle) && texts[now - 1]) {
        put(handle, "aria-valuetext", texts[now - 1]);
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
