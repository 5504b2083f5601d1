"""The Motifs tab: motifs of each model, their JASPAR matches, and their sites."""

from __future__ import annotations

from functools import partial
from html import escape

import ipywidgets as W
import pandas as pd
from traitlets import Bunch

from demo_widgets.dashboard.engine.motif_search import FoundMotifs, MotifSearch
from demo_widgets.dashboard.engine.request import (
    LOCALISATION,
    MOTIF_NAMES,
    MOTIF_SEARCH,
    Request,
)
from demo_widgets.dashboard.parts.elements import Downloads, controls, info_text, note
from demo_widgets.dashboard.parts.fields import choice, number
from demo_widgets.dashboard.parts.long_job import LongJob
from demo_widgets.dashboard.tabs.base import TabView
from demo_widgets.dashboard.tabs.motifs.motif_card import MotifCard
from demo_widgets.dashboard.tabs.motifs.motif_sites import MotifSites
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.errors import error_words
from demo_widgets.motifs import METHODS, Motif
from demo_widgets.spreadsheet import shown_not_run

__all__ = ["MotifsTab"]

_ALL = "all models"
_MOST_SCORED = 200  # sequences that attribution methods are scored on
_GROUPS = ("vertebrates", "insects", "plants", "fungi", "nematodes", "urochordates", "all groups")


class MotifsTab(TabView):
    """Motif search, logos aligned with their best matches, sites, and the benchmark."""

    title = "Motifs"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.found: FoundMotifs | None = None
        self.cards: list[MotifCard] = []
        self._build_controls()
        self.job = LongJob(
            self.engine,
            "the search for motifs",
            cancel_tooltip="Stop the search",
            idle="No motifs yet. Press Find motifs.",
            has_bar=True,
        )
        self.search_button = self.job.button(
            "Find motifs",
            "Find motifs with this method and compare with JASPAR",
            self.search,
            icon="search",
            button_style="primary",
        )
        self.summary = W.HTML()
        self.summary.add_class("dw-readout")
        self.messages, self.results_box = W.HTML(), W.VBox()
        self.unseen.append(self.messages)
        self.sites = MotifSites(self.session)
        self.unseen.append(self.sites.widget)
        self.downloads = Downloads(
            {
                "MEME": partial(self._file, "meme"),
                "JASPAR": partial(self._file, "jaspar"),
                "CSV": self._csv,
            }
        )
        self.downloads.widget.layout.display = "none"
        self.unseen.append(self.downloads.widget)
        self.truth = W.HTML()
        self.truth_job = LongJob(
            self.engine, "the scoring of the methods", cancel_tooltip="Stop scoring"
        )
        self.unseen += [self.truth, *self.truth_job.unseen]
        children = [
            note(
                "The chosen method extracts motifs from the network; they are clustered and "
                "compared with JASPAR by Tomtom. Matches are drawn under the motif, aligned to "
                "its strand and columns; q is the false discovery rate over the motifs searched."
            ),
            controls(self.model, self.method, self.windows, self.release, self.group),
            controls(self.search_button, self.job.cancel_button, self.job.bar),
            self.job.line,
            self.summary,
            self.results_box,
            self.downloads.widget,
        ]
        truth = self.session.dataset.truth
        if truth is not None and len(truth):
            self.truth_button = self.truth_job.button(
                "Benchmark methods on planted sites",
                "Score each attribution method against the planted sites",
                self.check_truth,
                icon="check",
            )
            job = self.truth_job
            children += [controls(self.truth_button, job.cancel_button, job.line), self.truth]
        self.widget = W.VBox(children)

    def _build_controls(self) -> None:
        from demo_widgets.motifs import jaspar_releases

        self.model = choice("Model", [_ALL, *self.engine.models], "Which model to search", "190px")
        self.method = choice(
            "Method",
            [(method.label, key) for key, method in METHODS.items()],
            "How motifs are extracted from the network",
            "230px",
        )
        self.windows = number(
            "Windows per sequence",
            2,
            1,
            5,
            "1 finds the strongest motif, more find its partners",
            "240px",
        )
        self.method.observe(self._show_options, "value")
        self.release = choice(
            "JASPAR",
            jaspar_releases(),
            "JASPAR release; matrices can differ between releases",
            "190px",
            value=self.session.jaspar_release,
        )
        self.group = choice("Group", _GROUPS, "Taxonomic group of the JASPAR matrices", "180px")
        self.release.observe(self._take_release, "value")
        self.group.observe(lambda _: self._name_again(), "value")

    def refresh(self, changed: frozenset[str]) -> None:
        if "jaspar_release" in changed and self.release.value != self.session.jaspar_release:
            self.release.value = self.session.jaspar_release
        if "known_motifs" in changed:
            self._show_where_hits_are()
        if "palette" in changed and self.found is not None:
            self._draw(self.found)

    def search(self) -> None:
        """Start a search with the chosen settings; no effect while one runs."""
        chosen = tuple(self.engine.models) if self.model.value == _ALL else (self.model.value,)
        windows = (("windows_per_sequence", self.windows.value),)
        search = MotifSearch(
            chosen,
            self.method.value,
            self.release.value,
            self._tax_group,
            windows if self.method.value == "saliency" else (),
        )
        self._run(Request.of(MOTIF_SEARCH, "", "", search=search, dataset=self.session.dataset))

    def check_truth(self) -> None:
        """Score each model's attributions against the planted sites."""
        request = Request.of(
            LOCALISATION, "", "", dataset=self.session.dataset, max_sequences=_MOST_SCORED
        )
        self.truth_job.run_one(request, self._show_truth)

    @property
    def _tax_group(self) -> str | None:
        return None if self.group.value == "all groups" else self.group.value

    def _run(self, request: Request[FoundMotifs]) -> None:
        self.job.run_one(request, self._finish)

    def _finish(self, found: FoundMotifs) -> None:
        self.found = found
        self._draw(found)
        if (found.search.release, found.search.tax_group) != (self.release.value, self._tax_group):
            self._name_again()  # another motif was chosen in the meantime

    def _show_options(self, change: Bunch) -> None:
        self.windows.layout.display = "" if change.new == "saliency" else "none"

    def _take_release(self, change: Bunch) -> None:
        self.session.jaspar_release = change.new
        self._name_again()

    def _name_again(self) -> None:
        """Compare the present motifs with the chosen release and group."""
        if self.found is not None and self.found.motifs:
            chosen = {"release": self.release.value, "tax_group": self._tax_group}
            self._run(Request.of(MOTIF_NAMES, "", "", found=self.found, **chosen))

    def _draw(self, found: FoundMotifs) -> None:
        self.downloads.clear()
        self.downloads.widget.layout.display = "" if found.motifs else "none"
        title = f"{found.database.title}, {len(found.database):,} matrices"
        n = len(found.motifs)
        self.summary.value = (
            f"<b>{n} motif{'' if n == 1 else 's'}</b> by {METHODS[found.search.method].label}, "
            f"compared with <b>{escape(title)}</b>."
        )
        while len(self.cards) < n:
            card = MotifCard(self.aria, self._show_sites, self._show_hits)
            self.cards.append(card)
            self.unseen.append(card.widget)
        for card, motif in zip(self.cards, found.motifs, strict=False):
            card.show(motif, found.matches, found.database, self.colours)
        self._show_where_hits_are()
        failed: dict[str, list[str]] = {}
        for name, error in found.errors.items():
            failed.setdefault(error_words(error), []).append(name)
        messages = [
            f"<div><b>{escape(', '.join(names))}</b>{info_text(text)}</div>"
            for text, names in failed.items()
        ]
        messages += [info_text(line) for line in found.notes]
        self.messages.value = "".join(messages)
        self._put_cards(found)

    def _put_cards(self, found: FoundMotifs, under: Motif | None = None) -> None:
        """Show the cards of the motifs, with the sites of one motif under its card."""
        shown = []
        for card, motif in zip(self.cards, found.motifs, strict=False):
            shown += [card.widget, self.sites.widget] if motif is under else [card.widget]
        self.results_box.children = [*shown, self.messages]

    def _show_sites(self, motif: Motif) -> None:
        if self.found is not None:
            self.sites.show(motif)
            self._put_cards(self.found, under=motif)

    def _show_hits(self, matrix_ids: str) -> None:
        self.session.known_motifs = matrix_ids
        self.engine.say(
            "page", f"The Saliency and Temporal tabs now show the hits of {matrix_ids}."
        )
        self._show_where_hits_are()

    def _show_where_hits_are(self) -> None:
        for card in self.cards:
            card.show_where_hits_are(self.session.known_motifs)

    def _show_truth(self, table: pd.DataFrame) -> None:
        self.truth.value = (
            f'<div class="dw-scroll">{_truth_html(table)}</div><p class="dw-note">Bases in '
            "planted sites against all others, over the bound sequences; bold: the best AUROC of "
            "each model. Chance level is an AUROC of 0.5 and the precision in the column “by "
            "chance”; “–” where a method does not apply to a model.</p>"
        )

    def _file(self, kind: str) -> tuple[str, str, bytes]:
        from demo_widgets.motifs import format_motifs

        motifs = self.found.motifs if self.found else []
        return f"motifs.{kind}", "text/plain", format_motifs(motifs, kind).encode()

    def _csv(self) -> tuple[str, str, bytes]:
        matches = self.found.matches if self.found else pd.DataFrame()
        text = shown_not_run(matches).to_csv(index=False)
        return "motif_matches.csv", "text/csv", text.encode()


def _truth_html(table: pd.DataFrame) -> str:
    """Return ``localisation_table`` as HTML, the best method of each model in bold."""
    from demo_widgets.motifs.attribution import attribution_label

    best = table.groupby("model")["auroc"].transform("max")
    rows = []
    for row, top in zip(table.to_dict("records"), best, strict=True):
        columns = ("auroc", "precision", "chance_precision", "window_hits")
        words = [attribution_label(row["method"])]
        words += ["–" if row[c] != row[c] else f"{row[c]:.3f}" for c in columns]
        if row["auroc"] == top:
            words[:2] = [f"<b>{word}</b>" for word in words[:2]]
        cells = "".join(f"<td>{word}</td>" for word in words)
        rows.append(f"<tr><td>{escape(str(row['model']))}</td>{cells}</tr>")
    heads = ("model", "method", "AUROC in sites", "precision", "by chance", "windows on a site")
    head = "".join(f"<th>{word}</th>" for word in heads)
    return f'<table class="dw-table"><tr>{head}</tr>{"".join(rows)}</table>'
