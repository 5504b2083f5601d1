"""How the report looks, and the one script in it: sorting tables."""

from __future__ import annotations

import base64
import hashlib

__all__ = ["CSS", "SCRIPT", "content_policy"]

CSS = """
:root { color-scheme: light; }
body { font: 15px/1.5 Helvetica, Arial, sans-serif; color: #222; background: #fff;
  max-width: 1180px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 20px; margin: 40px 0 6px; }
h3 { font-size: 16px; margin: 26px 0 4px; }
h1, h2, p, caption, a { overflow-wrap: anywhere; }
section { border-top: 1px solid #ddd; margin-top: 36px; } section > h2 { margin-top: 18px; }
.bases { font: 13px/1.6 monospace; overflow-wrap: anywhere; letter-spacing: .06em; }
.note, footer { color: #555; font-size: 13.5px; max-width: 95ch; }
figure { margin: 8px 0; overflow-x: auto; }
figure svg { display: block; max-width: 100%; min-width: 640px; height: auto; }
.wide { overflow-x: auto; margin: 8px 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
caption { text-align: left; color: #555; font-size: 13.5px; padding: 4px 0; }
th, td { border-bottom: 1px solid #ddd; padding: 3px 16px 3px 0; text-align: left;
  vertical-align: top; min-width: 2em; max-width: 34em; overflow-wrap: break-word; }
td a { overflow-wrap: inherit; }
th { white-space: nowrap; } td.n { text-align: right; white-space: nowrap; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button::after { content: " \\2195"; color: #767676; }
th[aria-sort=ascending] button::after { content: " \\2191"; color: #222; }
th[aria-sort=descending] button::after { content: " \\2193"; color: #222; }
th button:focus-visible, a:focus-visible, summary:focus-visible, figure:focus-visible {
  outline: 2px solid #2c6fd1; outline-offset: 2px; }
summary { cursor: pointer; margin: 6px 0; } a { color: #1d5bb8; }
.dw-error, .dw-info { border-left: 4px solid #b2182b; padding: 4px 10px; background: #f6f6f6;
  margin: 6px 0; overflow-wrap: anywhere; }
.dw-score { white-space: nowrap; } .dw-info { border-color: #2c6fd1; }
.dw-ramp { display: inline-block; width: 90px; height: 10px; border: 1px solid #ccc;
  vertical-align: middle; margin: 0 5px; }
@media (max-width: 600px) { body { margin: 12px auto; } h1 { font-size: 20px; } }
@media print {
  @page { margin: 14mm 12mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { margin: 0; padding: 0; max-width: none; font-size: 9.5pt; line-height: 1.35; }
  h1 { font-size: 17pt; } h2 { font-size: 14pt; margin: 8px 0; } h3 { font-size: 11pt; }
  h3, section > h2 { margin: 10px 0 2px; } p { margin: 4px 0; } .note { font-size: 8.5pt; }
  table, caption, .bases { font-size: 8.5pt; } th, td { padding: 1px 14px 1px 0; }
  .chapter { break-before: page; border: none; margin-top: 0; }
  figure, tr { break-inside: avoid; } h2, h3, caption, .note { break-after: avoid; }
  figure, .wide { overflow: visible; } figure svg { min-width: 0; max-width: 80%; }
  details:not([open]), a.file, .files { display: none; } th button::after { content: ""; }
  a { color: inherit; text-decoration: none; }
}
"""

SCRIPT = """
const number = text => Number(text.replace("\\u2013", "NaN"));
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
"""


def content_policy() -> str:
    """Content-Security-Policy: nothing is loaded from anywhere, and no other script runs."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
