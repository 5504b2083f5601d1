"""The card of one motif: its logo over those of its best matches, statistics, and actions."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

import ipywidgets as W
import pandas as pd

from demo_widgets.dashboard.page.accessibility import AccessibleNames
from demo_widgets.dashboard.parts.elements import Downloads, button, controls, info_text
from demo_widgets.motifs import Motif, MotifDatabase
from demo_widgets.pictures.aligned_logos import (
    SIGNIFICANT_Q,
    AlignedMatch,
    aligned_matches,
    is_match,
    motif_picture,
)

_TIE = 10.0
"""Matches whose q-values lie within this factor of the best are considered equivalent."""

__all__ = ["MotifCard"]


class MotifCard:
    """Shows one motif; created once and reused for the next search.

    Parameters
    ----------
    aria
        Sets the accessible names of its buttons.
    on_sites
        Called with the motif when Sites is pressed.
    on_hits
        Called with the matrix id of its best match, to show its hits in the tracks.
    """

    _motif: Motif
    _picture: tuple[Motif, list[AlignedMatch], str, dict[str, str]]

    def __init__(
        self,
        aria: AccessibleNames,
        on_sites: Callable[[Motif], None],
        on_hits: Callable[[str], None],
    ) -> None:
        self._best = ""
        self.logos, self.facts = W.HTML(), W.HTML()
        self.sites_button = button(
            "Sites", "List its sites", lambda: on_sites(self._motif), icon="list"
        )
        self.hits_button = button(
            "Show this motif's hits",
            "Scan for the best match in Saliency and Temporal",
            lambda: on_hits(self._best),
            icon="crosshairs",
        )
        self.hits_note = W.HTML()
        self.downloads = Downloads({"SVG": self._svg})
        self._aria = aria
        row = controls(self.sites_button, self.hits_button, self.hits_note)
        side = W.VBox([self.facts, row, self.downloads.widget])
        side.layout.flex, side.layout.min_width = "1 1 300px", "0"
        self.logos.layout.flex = "0 1 auto"
        self.logos.add_class("dw-scroll")
        self.widget = W.HBox([self.logos, side])
        self.widget.layout.flex_flow = "row wrap"
        self.widget.add_class("dw-card")

    def show(
        self,
        motif: Motif,
        matches: pd.DataFrame,
        database: MotifDatabase,
        colours: dict[str, str],
    ) -> None:
        """Show ``motif`` with its rows of ``matches`` (see ``demo_widgets.match_motifs``)."""
        self._motif = motif
        aligned = aligned_matches(motif, matches, database)
        rows = matches[matches["query"] == motif.name]
        sites = f"{motif.n_sites:,} sites" if motif.n_sites else "no sites"
        self._picture = (motif, aligned, f"{motif.name} ({sites})", colours)
        self.logos.value = motif_picture(*self._picture, on_page=True)
        self._best = aligned[0].target.matrix_id if aligned else ""
        self.hits_button.layout.display = "" if self._best else "none"
        self.hits_button.disabled = not is_match(rows)
        has_sites = motif.sites is not None and len(motif.sites) > 0
        self.sites_button.layout.display = "" if has_sites else "none"
        self._aria.name_part(self.sites_button, [f"Sites of {motif.name}"])
        self._aria.name_part(self.hits_button, [f"Hits of {self._best}, the match of {motif.name}"])
        self._aria.name_part(self.downloads.buttons[0], [f"SVG of {motif.name}"])
        self.downloads.clear()
        self.facts.value = _facts(motif, rows)

    def show_where_hits_are(self, shown: str) -> None:
        """Show next to the button whether the tracks show hits of the best match."""
        note = ""
        if self._best and self._best in re.split(r"[,;\s]+", shown):
            note = f"{escape(self._best)}: shown in Saliency and Temporal"
            note = f'<span class="dw-note" role="status">{note}</span>'
        self.hits_note.value = note

    def _svg(self) -> tuple[str, str, bytes]:
        name = "".join(c if c.isalnum() else "_" for c in self._motif.name)
        return f"{name}.svg", "image/svg+xml", motif_picture(*self._picture).encode()


def _verdict(rows: pd.DataFrame) -> str:
    """Return a remark about the quality of the matches, or an empty string."""
    if not is_match(rows):
        return f'<p class="dw-note">no match at q &lt; {SIGNIFICANT_Q}; nearest:</p>'
    near = rows[rows["q_value"] <= _TIE * rows["q_value"].iloc[0]]
    names = list(dict.fromkeys(near["target_name"].astype(str)))
    if len(names) < 2:
        return ""
    return f'<p class="dw-note">matches of similar quality: {escape(", ".join(names))}</p>'


def _facts(motif: Motif, rows: pd.DataFrame) -> str:
    title = f'<div class="dw-title">{escape(motif.consensus)}</div>'
    reasons = [reason for reason in rows["reason"] if reason]
    if reasons:
        return title + info_text(f"Not compared: {reasons[0]}")
    weak = "" if is_match(rows) else ' class="dw-weak"'
    lines = "".join(
        f"<tr{weak}><td>{escape(str(r['target']))} {escape(str(r['target_name']))}</td>"
        f"<td>{r['p_value']:.1e}</td><td>{r['e_value']:.1e}</td><td>{r['q_value']:.1e}</td>"
        f"<td>{int(r['overlap'])}</td>"
        f"<td>{int(r['offset']):+d}</td><td>{escape(str(r['strand']))}</td></tr>"
        for r in rows.to_dict("records")
    )
    database = escape(str(rows["database"].iloc[0])) if len(rows) else ""
    return (
        f'{title}{_verdict(rows)}<div class="dw-scroll"><table class="dw-table"><tr>'
        f"<th>{database}</th><th>p</th>"
        '<th title="matches as good expected by chance">E</th><th>q</th>'
        f"<th>overlap</th><th>offset</th><th>strand</th></tr>{lines}</table></div>"
    )
