"""The sites of a motif as a table; selecting one shows its sequence and position."""

from __future__ import annotations

from html import escape

import ipywidgets as W
import numpy as np

from demo_widgets.dashboard.parts.row_table import RowTable
from demo_widgets.dashboard.session.session import Session
from demo_widgets.motifs import Motif

__all__ = ["MotifSites"]


class MotifSites:
    """A table of the sites of one motif at a time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._title = W.HTML()
        columns = [
            ("number", "#", "44px", "d"),
            ("name", "Sequence", "minmax(60px, 1fr)", ""),
            ("start", "Start", "56px", "d"),
            ("end", "End", "48px", "d"),
            ("strand", "Strand", "68px", ""),
            ("score", "Score", "60px", ".3f"),
            ("bases", "Site", "minmax(90px, 1fr)", ""),
        ]
        self.table = RowTable(columns, self._choose, page_size=8)
        self.widget = W.VBox([self._title, self.table.widget])

    def show(self, motif: Motif) -> None:
        """List the sites of ``motif``, which has some."""
        from demo_widgets.sequences import reverse_complement

        if motif.sites is None:
            return
        sites = motif.sites.reset_index(drop=True)
        names = np.asarray(self._session.dataset.names, dtype=object)
        bases = []
        for row in sites.to_dict("records"):
            whole = self._session.dataset.sequences[row["sequence_index"]]
            site = whole[row["start"] : row["end"]]
            bases.append(reverse_complement(site) if row["strand"] == "-" else site)
        index = sites["sequence_index"].to_numpy()
        self.shown = sites
        self._title.value = (
            f'<div class="dw-title">Sites of {escape(motif.name)}</div><p class="dw-note">Click a '
            "site to go to its sequence; sites are written on the strand of the motif.</p>"
        )
        self.table.show(
            sites.assign(number=index + 1, name=names[index], start=sites["start"] + 1, bases=bases)
        )

    def _choose(self, label: int) -> None:
        site = self.shown.to_dict("records")[label]
        self._session.sequence_index = site["sequence_index"]
        self._session.position = min(site["start"], self._session.length - 1)
        self.table.choose(label)
