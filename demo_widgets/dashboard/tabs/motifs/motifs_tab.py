"""The Motifs tab: what each model looks for, named by JASPAR, and where it occurs."""

from __future__ import annotations

from html import escape

import ipywidgets as W

from demo_widgets.dashboard.engine.computations import Request
from demo_widgets.dashboard.engine.motif_search import METHOD_LABELS, FoundMotifs, MotifSearch
from demo_widgets.dashboard.parts.elements import Downloads, controls, info_text, note
from demo_widgets.dashboard.parts.fields import choice, number
from demo_widgets.dashboard.parts.long_job import LongJob
from demo_widgets.dashboard.tabs.base import TabView
from demo_widgets.dashboard.tabs.motifs.motif_card import MotifCard
from demo_widgets.dashboard.tabs.motifs.motif_sites import MotifSites
from demo_widgets.errors import error_words
from demo_widgets.spreadsheet import shown_not_run

__all__ = ["MotifsTab"]

_ALL = "all models"
_MOST_SCORED = 200  # sequences that attribution methods are scored on
_GROUPS = ("vertebrates", "insects", "plants", "fungi", "nematodes", "urochordates", "all groups")


class MotifsTab(TabView):
    """Search, logos with their best matches on the same columns, sites, and the truth."""

    title = "Motifs"

    def __init__(self, workspace) -> None:
        super().__init__(workspace)
        self.found: FoundMotifs | None = None
        self.cards: list[MotifCard] = []
        self._build_controls()
        self.job = LongJob(
            self.engine,
            "the search for motifs",
            cancel_tooltip="Stop the search",
            idle="Nothing searched yet. Press Find motifs.",
            has_bar=True,
        )
        self.search_button = self.job.button(
            "Find motifs",
            "Search the models with this method, then name what is found",
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
        self.downloads = Downloads({"MEME": self._meme, "JASPAR": self._jaspar, "CSV": self._csv})
        self.downloads.widget.layout.display = "none"
        self.unseen.append(self.downloads.widget)
        self.truth = W.HTML()
        self.truth_job = LongJob(
            self.engine, "the scoring of the methods", cancel_tooltip="Stop scoring"
        )
        self.unseen += [self.truth, *self.truth_job.unseen]
        children = [
            note(
                "Motifs are read out of the network by the chosen method, clustered, and compared "
                "with JASPAR by Tomtom. Matches are drawn under the motif on the same strand and "
                "columns; q is the false discovery rate among the motifs searched."
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
                "Which view to believe",
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
            [(label, key) for key, label in METHOD_LABELS.items()],
            "How motifs are read out of the network",
            "230px",
        )
        self.windows = number(
            "Windows each",
            2,
            1,
            5,
            "Windows taken of each sequence: 1 for the strongest motif, more for partners",
            "150px",
        )
        self.method.observe(self._show_options, "value")
        self.release = choice(
            "JASPAR",
            jaspar_releases(),
            "The release compared with; a factor's matrix can differ between releases",
            "190px",
            value=self.session.jaspar_release,
        )
        self.group = choice(
            "Group", _GROUPS, "Taxonomic group of the matrices compared with", "180px"
        )
        self.release.observe(self._take_release, "value")
        self.group.observe(lambda _: self._name_again(), "value")

    def refresh(self, changed: frozenset[str]) -> None:
        if "jaspar_release" in changed and self.release.value != self.session.jaspar_release:
            self.release.value = self.session.jaspar_release
        if "known_motifs" in changed:
            self._show_where_hits_are()
        if "palette" in changed and self.found is not None:
            self._draw()

    def search(self) -> None:
        """Start a search with the settings shown; does nothing while one is under way."""
        chosen = tuple(self.engine.models) if self.model.value == _ALL else (self.model.value,)
        options = ()
        if self.method.value == "saliency":
            options = (("windows_per_sequence", self.windows.value),)
        search = MotifSearch(
            chosen, self.method.value, self.release.value, self._tax_group, options
        )
        self._run(Request.of("motif_search", "", "", search=search, dataset=self.session.dataset))

    def check_truth(self) -> None:
        """Score each model's attributions against the planted sites."""
        request = Request.of(
            "localisation", "", "", dataset=self.session.dataset, most_sequences=_MOST_SCORED
        )
        self.truth_job.run({"table": request}, lambda found: self._show_truth(found["table"]))

    @property
    def _tax_group(self) -> str | None:
        return None if self.group.value == "all groups" else self.group.value

    def _run(self, request: Request) -> None:
        self.job.run({"motifs": request}, lambda result: self._finish(result["motifs"]))

    def _finish(self, found: FoundMotifs) -> None:
        self.found = found
        self._draw()
        if (found.search.release, found.search.tax_group) != (self.release.value, self._tax_group):
            self._name_again()  # another was chosen meanwhile

    def _show_options(self, change) -> None:
        self.windows.layout.display = "" if change.new == "saliency" else "none"

    def _take_release(self, change) -> None:
        self.session.jaspar_release = change.new
        self._name_again()

    def _name_again(self) -> None:
        """Compare the motifs at hand with the release and group now chosen."""
        if self.found is not None and self.found.motifs:
            chosen = {"release": self.release.value, "tax_group": self._tax_group}
            self._run(Request.of("motif_names", "", "", found=self.found, **chosen))

    def _draw(self) -> None:
        found = self.found
        self.downloads.clear()
        self.downloads.widget.layout.display = "" if found.motifs else "none"
        title = f"{found.database.title}, {len(found.database):,} matrices"
        n = len(found.motifs)
        self.summary.value = (
            f"<b>{n} motif{'' if n == 1 else 's'}</b> by {METHOD_LABELS[found.search.method]}, "
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
        self._put_cards(under=None)

    def _put_cards(self, under) -> None:
        """The cards of the motifs, with the sites of one motif right under its card."""
        shown = []
        for card, motif in zip(self.cards, self.found.motifs, strict=False):
            shown += [card.widget, self.sites.widget] if motif is under else [card.widget]
        self.results_box.children = [*shown, self.messages]

    def _show_sites(self, motif) -> None:
        self.sites.show(motif)
        self._put_cards(under=motif)

    def _show_hits(self, matrix_ids: str) -> None:
        self.session.known_motifs = matrix_ids
        self.engine.say(
            "page", f"The Saliency and Temporal tabs now show the hits of {matrix_ids}."
        )
        self._show_where_hits_are()

    def _show_where_hits_are(self) -> None:
        for card in self.cards:
            card.show_where_hits_are(self.session.known_motifs)

    def _show_truth(self, table) -> None:
        self.truth.value = (
            f'<div class="dw-scroll">{_truth_html(table)}</div><p class="dw-note">Bases in planted '
            "sites against all others, over the bound sequences; bold: the best AUROC of a model. "
            "0.5 AUROC, and the precision by chance, are what a guess would give; “–” where a "
            "method does not apply to a model.</p>"
        )

    def _meme(self) -> tuple[str, str, bytes]:
        return self._file("meme", "motifs.meme")

    def _jaspar(self) -> tuple[str, str, bytes]:
        return self._file("jaspar", "motifs.jaspar")

    def _file(self, kind: str, name: str) -> tuple[str, str, bytes]:
        from demo_widgets.motifs import format_motifs

        return name, "text/plain", format_motifs(self.found.motifs, kind).encode()

    def _csv(self) -> tuple[str, str, bytes]:
        text = shown_not_run(self.found.matches).to_csv(index=False)
        return "motif_matches.csv", "text/csv", text.encode()


def _truth_html(table) -> str:
    """The table of ``localisation_table``, the best method of each model in bold."""
    from demo_widgets.motifs.attribution import attribution_label

    best = table.groupby("model")["auroc"].transform("max")
    rows = []
    for row, top in zip(table.itertuples(), best, strict=True):
        values = (row.auroc, row.precision, row.chance_precision, row.window_hits)
        words = [attribution_label(row.method)]
        words += ["–" if value != value else f"{value:.3f}" for value in values]
        if row.auroc == top:
            words[:2] = [f"<b>{word}</b>" for word in words[:2]]
        cells = "".join(f"<td>{word}</td>" for word in words)
        rows.append(f"<tr><td>{escape(str(row.model))}</td>{cells}</tr>")
    heads = ("model", "method", "AUROC in sites", "precision", "by chance", "windows on a site")
    head = "".join(f"<th>{word}</th>" for word in heads)
    return f'<table class="dw-table"><tr>{head}</tr>{"".join(rows)}</table>'
