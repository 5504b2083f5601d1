"""The dashboard's CSS. Colours come from the notebook's theme, with fallbacks elsewhere."""

from __future__ import annotations

import ipywidgets as W

__all__ = ["style_element"]

_CSS = """
.dw-root {
  --dw-text: var(--jp-ui-font-color1, #222); --dw-soft: var(--jp-ui-font-color2, #5c5c5c);
  --dw-line: var(--jp-border-color2, #d5d5d5); --dw-panel: var(--jp-layout-color1, #fff);
  --dw-raised: var(--jp-layout-color2, #f3f3f3); --dw-accent: #2c6fd1;
  --dw-focus: color-mix(in srgb, var(--dw-accent) 65%, var(--dw-text));
  --bq-content-font-color: var(--dw-text); --bq-axislabel-fill: var(--dw-soft);
  --bq-axislabel-font: 11px sans-serif; --bq-background: transparent;
  color: var(--dw-text); max-width: 1500px; container-type: inline-size;
}
.dw-root .widget-label, .dw-root .widget-html-content { color: var(--dw-text); }
.dw-root .widget-html-content { line-height: 1.45; }
.dw-root p { margin: 2px 0; }
.dw-root .dw-figure { margin: 2px 0; }
.dw-root .widget-vbox > .widget-html { max-width: calc(100% - 4px); }
.dw-root .widget-html-content { min-width: 0; }
/* bqplot measures a figure when it joins the page: so a hidden tab keeps its width. */
.dw-tabs > .widget-tab-contents { position: relative; overflow: clip !important; }
.dw-tabs > .widget-tab-contents > .lm-mod-hidden { display: flex !important;
  visibility: hidden; position: absolute; top: 0; left: 4px; right: 4px; width: auto; }
.dw-figure > svg { overflow: hidden; }
.dw-figure .axislabel { fill: var(--dw-soft); }
.dw-track .curve path, .dw-track image { pointer-events: none; }
.dw-track .axis path.domain { stroke: none; }
.dw-track .bar { fill-opacity: 0; stroke: none; cursor: pointer; }
.dw-track .bar:hover { fill: var(--dw-text); fill-opacity: .14; }
.dw-track .zeroLine { stroke: none; }
.dw-plain .curve path { pointer-events: none; }
.dw-header { border-bottom: 1px solid var(--dw-line); padding-bottom: 4px; }
.dw-scores { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center; }
.dw-badge { border-radius: 9px; padding: 0 9px; font-weight: 600; white-space: nowrap;
  border: 1px solid var(--dw-line); }
.dw-bound { background: #b2182b; color: #fff; border-color: #b2182b; }
.dw-unbound { background: #2166ac; color: #fff; border-color: #2166ac; }
.dw-edited { background: #d1403f; color: #fff; border-color: #d1403f; }
.dw-keys { border: 1px dashed var(--dw-line); border-radius: 4px; padding: 2px 8px;
  font-size: 12px; color: var(--dw-soft); cursor: pointer; white-space: nowrap; }
.dw-root :is(button, input, select, textarea, a, [role=tab], [tabindex],
  [contenteditable], .dw-scroll):focus-visible {
  outline: 2px solid var(--dw-focus) !important; outline-offset: 1px; }
.dw-keys:focus { outline: 2px solid var(--dw-focus); outline-offset: 1px; color: var(--dw-text); }
.dw-score { white-space: nowrap; font-variant-numeric: tabular-nums; }
.dw-swatch { display: inline-block; width: 10px; height: 10px; border-radius: 2px;
  margin-right: 5px; }
.dw-title { font-weight: 600; }
.dw-part { border-top: 1px solid var(--dw-line); margin-top: 10px; padding-top: 6px; }
.dw-note { color: var(--dw-soft); font-size: 12.5px; max-width: 110ch; }
.dw-track-title { font-size: 13px; margin-left: 8px; }
.dw-readout { font-variant-numeric: tabular-nums; min-height: 22px; }
.dw-waiting { opacity: .45; }
.dw-stale { visibility: hidden; }
.dw-error { border-left: 4px solid #b2182b; padding: 4px 10px; margin: 4px 8px;
  background: var(--dw-raised); overflow-wrap: anywhere; }
.dw-info { border-left: 4px solid var(--dw-accent); padding: 4px 10px; margin: 4px 8px;
  background: var(--dw-raised); overflow-wrap: anywhere; }
.dw-status { color: var(--dw-soft); font-size: 12.5px; margin: 0 2px; }
.bqplot_mark_tooltip { padding: 2px 6px; line-height: 1.25; }
.dw-sequence-box textarea { display: block; box-sizing: border-box; width: min(760px, 96%);
  margin: 4px 2px; padding: 4px 6px; resize: vertical; color: var(--dw-text);
  background: var(--dw-panel); border: 1px solid var(--dw-line);
  font: 13px/1.5 var(--jp-code-font-family, monospace); }
.dw-controls { flex-flow: row wrap; align-items: center; gap: 2px 6px; }
.dw-controls .widget-inline-hbox, .dw-controls .widget-button { flex: 0 0 auto; }
.dw-controls > .widget-html { max-width: 100%; height: auto; }
.dw-controls > .widget-html > .widget-html-content { white-space: normal; }
.dw-tabs > .jp-TabPanel-tabContents, .dw-tabs > .widget-tab-contents { padding: 8px 4px; }
.dw-tabs { --jp-widgets-horizontal-tab-width: auto; }
.dw-tabs .lm-TabBar-tab { min-width: max-content; padding: 0 12px; }
.dw-root .lm-TabBar-content { flex-wrap: wrap; }
table.dw-table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 4px 0; }
table.dw-table th, table.dw-table td { padding: 2px 12px 2px 0; text-align: right;
  border-bottom: 1px solid var(--dw-line); white-space: nowrap; }
table.dw-table td.dw-name { max-width: 180px; overflow: hidden; text-overflow: ellipsis; }
table.dw-table th:first-child, table.dw-table td:first-child { text-align: left; }
table.dw-table th { color: var(--dw-soft); font-weight: 600; }
@container (max-width: 700px) {
  table.dw-wraps th { white-space: normal; vertical-align: bottom; }
}
[data-jp-theme-light=false] .dw-root :is(.dw-figure image, .dw-ramp),
.vscode-dark .dw-root :is(.dw-figure image, .dw-ramp) { filter: brightness(.88); }
/* The arrow of ipywidgets is black in every theme. */
:is([data-jp-theme-light=false], .vscode-dark) .dw-root select {
  background-image: url("data:image/svg+xml,\\
%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 18'%3E\\
%3Cpath fill='%23ccc' d='M5.2 7l3.8 3.8L12.8 7z'/%3E%3C/svg%3E") !important; }
.dw-ramp { display: inline-block; width: 90px; height: 10px; border: 1px solid var(--dw-line);
  vertical-align: middle; margin: 0 5px; }
.dw-card { border-bottom: 1px solid var(--dw-line); padding: 8px 0; gap: 8px 24px;
  align-items: flex-start; }
.dw-card .widget-html, .dw-card .widget-html-content { min-width: 0; max-width: 100%; }
.dw-weak { opacity: .55; }
.dw-card svg { max-width: 100%; height: auto; border-radius: 4px; }
.dw-scroll { overflow-x: auto; }
.dw-mono { font-family: var(--jp-code-font-family, monospace); overflow-wrap: anywhere; }
.dw-jump option:first-child { display: none; }
.dw-jump select { border: none; background: transparent; color: var(--dw-text);
  font-variant-numeric: tabular-nums; font-size: 13px; }
"""


def style_element(extra: str = "") -> W.HTML:
    """Return the widget that carries the dashboard's CSS."""
    element = W.HTML(f"<style>{_CSS}{extra}</style>")
    element.layout.display = "none"
    return element
