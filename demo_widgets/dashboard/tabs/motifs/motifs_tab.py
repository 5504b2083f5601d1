"""The Motifs tab: what each model looks for, named by JASPAR, and where it occurs."""

from __future__ import annotations

from html import escape

import ipywidgets as W

from demo_widgets.dashboard.engine.computing import describe
from demo_widgets.dashboard.engine.motif_search import (
    METHOD_LABELS,
    FoundMotifs,
    MotifSearch,
    name_motifs,
    search_motifs,
)
from demo_widgets.dashboard.engine.waiting import waiting_words
from demo_widgets.dashboard.parts.elements import (
    Downloads,
    button,
    controls,
    error_text,
    info_text,
    note,
)
from demo_widgets.dashboard.tabs.base import TabView
from demo_widgets.dashboard.tabs.motifs.motif_card import MotifCard
from demo_widgets.dashboard.tabs.motifs.motif_sites import MotifSites
from demo_widgets.errors import Cancelled

__all__ = ["MotifsTab"]

_SLOT, _TRUTH_SLOT = "motifs", "truth"
_ALL = "all models"
_GROUPS = ("vertebrates", "insects", "plants", "fungi", "nematodes", "urochordates", "all groups")


class MotifsTab(TabView):
    """Search, logos with their best matches on the same columns, sites, and the truth."""

    title = "Motifs"

    def __init__(self, state, window) -> None:
        super().__init__(state, window)
        self._found: FoundMotifs | None = None
        self._cards: list[MotifCard] = []
        self._build_controls()
        self.search_button = button(
            "Find motifs",
            "Search the models with this method, then name what is found",
            self.search,
            icon="search",
            button_style="primary",
        )
        self.cancel_button = button("Cancel", "Stop the search", self.cancel, icon="stop")
        self.cancel_button.disabled = True
        self.progress = W.FloatProgress(
            value=0.0, min=0.0, max=1.0, layout={"width": "min(280px, 60%)"}
        )
        self._line = W.HTML("Nothing searched yet. Press Find motifs.")
        self._summary = W.HTML()
        self._summary.add_class("dw-readout")
        self._messages, self._results = W.HTML(), W.VBox()
        self.unseen.append(self._messages)
        self.sites = MotifSites(state)
        self.unseen.append(self.sites.widget)
        self.downloads = Downloads({"MEME": self._meme, "JASPAR": self._jaspar, "CSV": self._csv})
        self.downloads.widget.layout.display = "none"
        self.unseen.append(self.downloads.widget)
        self._truth, self._truth_line = W.HTML(), W.HTML()
        self.unseen += [self._truth, self._truth_line]
        children = [
            note(
                "Motifs are read out of the network by the chosen method, clustered, and compared "
                "with JASPAR by Tomtom. Matches are drawn under the motif on the same strand and "
                "columns; q is the false discovery rate among the motifs searched."
            ),
            controls(self.model, self.method, self.windows, self.release, self.group),
            controls(self.search_button, self.cancel_button, self.progress),
            self._line,
            self._summary,
            self._results,
            self.downloads.widget,
        ]
        if state.dataset.truth is not None and len(state.dataset.truth):
            self.truth_button = button(
                "Which view to believe",
                "Score each attribution method against the planted sites",
                self.check_truth,
                icon="check",
            )
            self.truth_cancel = button("Cancel", "Stop scoring", self.cancel_truth, icon="stop")
            self.truth_cancel.disabled = True
            children += [
                controls(self.truth_button, self.truth_cancel, self._truth_line),
                self._truth,
            ]
        self.widget = W.VBox(children)

    def _build_controls(self) -> None:
        from demo_widgets.motifs import jaspar_releases

        style = {"description_width": "initial"}
        self.model = W.Dropdown(
            options=[_ALL, *self.state.models],
            description="Model",
            tooltip="Which model to search",
            layout={"width": "190px"},
            style=style,
        )
        self.method = W.Dropdown(
            options=[(label, key) for key, label in METHOD_LABELS.items()],
            description="Method",
            tooltip="How motifs are read out of the network",
            layout={"width": "230px"},
            style=style,
        )
        self.windows = W.BoundedIntText(
            value=2,
            min=1,
            max=5,
            description="Windows each",
            tooltip="Windows taken of each sequence: 1 for the strongest motif, more for partners",
            layout={"width": "150px"},
            style=style,
        )
        self.method.observe(self._show_options, "value")
        self.release = W.Dropdown(
            options=jaspar_releases(),
            value=self.state.jaspar_release,
            description="JASPAR",
            tooltip="The release compared with; a factor's matrix can differ between releases",
            layout={"width": "190px"},
            style=style,
        )
        self.group = W.Dropdown(
            options=_GROUPS,
            description="Group",
            tooltip="Taxonomic group of the matrices compared with",
            layout={"width": "180px"},
            style=style,
        )
        self.release.observe(self._take_release, "value")
        self.group.observe(lambda _: self._name_again(), "value")

    def refresh(self, changed: frozenset[str]) -> None:
        if "jaspar_release" in changed and self.release.value != self.state.jaspar_release:
            self.release.value = self.state.jaspar_release
        if "known_motifs" in changed:
            self._tell_hits()
        if "palette" in changed and self._found is not None:
            self._draw()

    def search(self) -> None:
        """Start a search with the settings shown; does nothing while one is under way."""
        chosen = tuple(self.state.models) if self.model.value == _ALL else (self.model.value,)
        options = ()
        if self.method.value == "saliency":
            options = (("windows_per_sequence", self.windows.value),)
        search = MotifSearch(
            chosen, self.method.value, self.release.value, self._tax_group, options
        )
        self._run(
            lambda job: search_motifs(
                search, self.state.models, self.state.dataset, job.cancel, self._report
            )
        )

    def cancel(self) -> None:
        """Ask the search to stop."""
        if self.state.long.busy(_SLOT):
            self._line.value = "Stopping …"
        self.state.cancel_long(_SLOT, lambda error: self._finish(None, error))

    def check_truth(self) -> None:
        """Score each model's attributions against the planted sites."""
        from demo_widgets.motifs import localisation_table
        from demo_widgets.motifs.attribution import ATTRIBUTIONS

        if self.state.long.busy(_TRUTH_SLOT):
            return
        self.truth_button.disabled, self.truth_cancel.disabled = True, False
        self._truth_line.value = escape(waiting_words(self.state.long, _TRUTH_SLOT))
        self.state.run_long(
            _TRUTH_SLOT,
            lambda job, tell: localisation_table(
                self.state.models,
                self.state.dataset,
                ATTRIBUTIONS,
                max_sequences=200,
                on_progress=self._report_truth,
                cancel=job.cancel,
            ),
            self._show_truth,
        )

    def cancel_truth(self) -> None:
        """Ask the scoring of the methods to stop."""
        if self.state.long.busy(_TRUTH_SLOT):
            self._truth_line.value = "Stopping …"
        self.state.cancel_long(_TRUTH_SLOT, lambda error: self._show_truth(None, error))

    def _report_truth(self, done: int, total: int, line: str) -> None:
        with self.state.paint_lock:
            self._truth_line.value = f"Scoring {done + 1} of {total}: {escape(line)} …"

    @property
    def _tax_group(self) -> str | None:
        return None if self.group.value == "all groups" else self.group.value

    def _run(self, work) -> None:
        if self.state.long.busy(_SLOT):
            return
        self.search_button.disabled, self.cancel_button.disabled = True, False
        self.progress.value, self.progress.bar_style = 0.0, ""
        self._line.value = escape(waiting_words(self.state.long, _SLOT))

        def begin(job, tell) -> FoundMotifs:
            self._report(0.0, "Starting …")
            return self._named(work(job))

        self.state.run_long(_SLOT, begin, self._finish)

    def _named(self, found: FoundMotifs) -> FoundMotifs:
        """Compare again if another release or group was chosen meanwhile."""
        chosen = self.release.value, self._tax_group
        while (found.search.release, found.search.tax_group) != chosen:
            found = name_motifs(found, *chosen, self._report)
            chosen = self.release.value, self._tax_group
        return found

    def _report(self, share: float, line: str) -> None:
        with self.state.paint_lock:
            self.progress.value = share
            self._line.value = escape(line)

    def _finish(self, found: FoundMotifs | None, error: Exception | None) -> None:
        self.search_button.disabled, self.cancel_button.disabled = False, True
        if error is not None:
            stopped = isinstance(error, Cancelled)
            self.progress.bar_style = "warning" if stopped else "danger"
            self._line.value = "Cancelled." if stopped else error_text(error)
            return
        self._found = found
        self.progress.value, self.progress.bar_style = 1.0, "success"
        self._draw()

    def _show_options(self, change) -> None:
        self.windows.layout.display = "" if change.new == "saliency" else "none"

    def _take_release(self, change) -> None:
        self.state.jaspar_release = change.new
        self._name_again()

    def _name_again(self) -> None:
        """Compare the motifs at hand with the release and group now chosen."""
        found = self._found
        if found is not None and found.motifs:
            self._run(
                lambda job: name_motifs(found, self.release.value, self._tax_group, self._report)
            )

    def _draw(self) -> None:
        found = self._found
        self.downloads.clear()
        self.downloads.widget.layout.display = "" if found.motifs else "none"
        title = f"{found.database.title}, {len(found.database):,} matrices"
        n = len(found.motifs)
        self._line.value = "Done."
        self._summary.value = (
            f"<b>{n} motif{'' if n == 1 else 's'}</b> by {METHOD_LABELS[found.search.method]}, "
            f"compared with <b>{escape(title)}</b>."
        )
        while len(self._cards) < n:
            card = MotifCard(self.state, self._show_sites, self._show_hits)
            self._cards.append(card)
            self.unseen.append(card.widget)
        for card, motif in zip(self._cards, found.motifs, strict=False):
            card.show(motif, found.matches, found.database, self.colours)
        self._tell_hits()
        failed: dict[str, list[str]] = {}
        for name, error in found.errors.items():
            failed.setdefault(describe(error), []).append(name)
        messages = [
            f"<div><b>{escape(', '.join(names))}</b>{info_text(text)}</div>"
            for text, names in failed.items()
        ]
        messages += [info_text(line) for line in found.notes]
        self._messages.value = "".join(messages)
        self._put_cards(under=None)

    def _put_cards(self, under) -> None:
        """The cards of the motifs, with the sites of one motif right under its card."""
        shown = []
        for card, motif in zip(self._cards, self._found.motifs, strict=False):
            shown += [card.widget, self.sites.widget] if motif is under else [card.widget]
        self._results.children = [*shown, self._messages]

    def _show_sites(self, motif) -> None:
        self.sites.show(motif)
        self._put_cards(under=motif)

    def _show_hits(self, matrix_ids: str) -> None:
        self.state.known_motifs = matrix_ids
        told = f"The Saliency and Temporal tabs now show the hits of {matrix_ids}."
        self.state.say("page", told)
        self._tell_hits()

    def _tell_hits(self) -> None:
        for card in self._cards:
            card.tell_hits(self.state.known_motifs)

    def _show_truth(self, table, error: Exception | None) -> None:
        self.truth_button.disabled, self.truth_cancel.disabled = False, True
        if error is not None:
            stopped = isinstance(error, Cancelled)
            self._truth_line.value = "Cancelled." if stopped else error_text(error)
            return
        self._truth_line.value = "Done."
        self._truth.value = (
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

        return name, "text/plain", format_motifs(self._found.motifs, kind).encode()

    def _csv(self) -> tuple[str, str, bytes]:
        return "motif_matches.csv", "text/csv", self._found.matches.to_csv(index=False).encode()


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
