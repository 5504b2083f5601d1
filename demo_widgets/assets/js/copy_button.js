// Pages served over plain HTTP from another machine have no clipboard API, and some
// browsers refuse it: then the text is selected and copied by execCommand.
const button = this, text = button.dataset.text;
const say = (copied) => { button.textContent = copied ? "Copied" : "Not copied"; };
const old = () => {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.appendChild(area);
  area.select();
  say(document.execCommand("copy"));
  area.remove();
};
navigator.clipboard ? navigator.clipboard.writeText(text).then(() => say(true), old) : old();
