"""How the pages of a sweep look, after what all static pages share."""

__all__ = ["CSS"]

CSS = """
.charts { display: flex; flex-wrap: wrap; gap: 8px 28px; align-items: flex-start; }
.charts figure, figure.logo { margin: 6px 0; min-width: 0; max-width: 100%; }
.charts svg, figure.logo svg { min-width: 0; }
figcaption { font-size: 13.5px; } figcaption b { display: block; font-weight: 600; }
.legend { white-space: nowrap; margin-right: 14px; }
.legend i { display: inline-block; width: 14px; height: 4px; vertical-align: middle;
  margin-right: 6px; }
table.sortable th { white-space: normal; vertical-align: bottom; }
table.sortable td { white-space: nowrap; }
#factors td:first-child, #failed td:last-child { white-space: normal; min-width: 15em; }
#settings td.n { text-align: left; }
h3 + p { margin-top: 2px; }
@media screen and (prefers-color-scheme: dark) {
  :root { color-scheme: dark; }
  body { color: #e3e3e3; background: #17191c; }
  .note, footer, caption { color: #b0b0b0; }
  section, th, td { border-color: #3b3e43; }
  a { color: #8ab4f8; }
  th button::after { color: #8d9197; }
  th[aria-sort] button::after { color: #e3e3e3 !important; }
  .dw-error, .dw-info { background: #24272c; }
  figure.paper svg { border-radius: 4px; }
}
"""
