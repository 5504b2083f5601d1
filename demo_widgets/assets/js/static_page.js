const number = text => Number(text.replace("\u2013", "NaN"));
const compare = (a, b) => {
  const difference = number(a) - number(b);
  return Number.isNaN(difference) ? a.localeCompare(b, undefined, {numeric: true}) : difference;
};
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const rising = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const text = row => row.cells[column].textContent;
      const sorted = [...body.rows].sort((a, b) => compare(text(a), text(b)));
      body.append(...(rising ? sorted : sorted.reverse()));
    });
  });
}
