"""Synthesizable sequences: constraints, repair of the optimum, greedy design."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import ipywidgets as W

from demo_widgets.dashboard.engine.optima import shown_optima
from demo_widgets.dashboard.engine.request import (
    GREEDY_DESIGN,
    REPAIR,
    Answers,
    Kind,
    Request,
    good_results,
)
from demo_widgets.dashboard.parts.elements import (
    Downloads,
    button,
    controls,
    copy_button,
    error_text,
    info_text,
    note,
)
from demo_widgets.dashboard.parts.fields import choice, number, slider, text_field
from demo_widgets.dashboard.parts.long_job import LongJob
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.errors import Cancelled, DemoWidgetsError
from demo_widgets.interpret import DesignConstraints
from demo_widgets.interpret.results import DesignResult

__all__ = ["DesignPanel", "constraints_of"]


class DesignPanel:
    """Constraints, two methods for a sequence that satisfies them, and the results.

    Parameters
    ----------
    workspace
        What the views share.

    Attributes
    ----------
    job : LongJob
        Designs or repairs.
    designs : dict
        Model name -> ``DesignResult`` shown.
    table : ipywidgets.HTML
        The designs and their scores.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._session, self._engine = workspace.session, workspace.engine
        self._aria = workspace.aria
        self.designs: dict[str, DesignResult] = {}
        self.job = LongJob(
            self._engine, "the design of sequences", cancel_tooltip="Stop and keep partial results"
        )
        self._build_constraints()
        self.greedy_button = self.job.button(
            "Design from the current sequence",
            "Apply the best substitution repeatedly, for each model",
            self.design,
            icon="magic",
        )
        self.repair_button = self.job.button(
            "Repair the optimised sequences",
            "Change few bases to satisfy the constraints",
            self.repair,
            icon="wrench",
        )
        self._errors, self.table = W.HTML(), W.HTML()
        self.choice = choice(
            "Design",
            [],
            "Designed sequence to show in all tabs",
            "260px",
        )
        self._explore_row = controls(
            self.choice,
            button("Apply sequence", "Show it in all tabs; undo reverts it", self.explore),
        )
        self.downloads = Downloads({"FASTA": self._fasta})
        self._copy = W.HTML()
        self._results = W.VBox(
            [self.table, self._explore_row, controls(self.downloads.widget, self._copy)]
        )
        self._head = [
            W.HTML('<div class="dw-title dw-part">Design a synthesizable sequence</div>'),
            note(
                "Greedy design repeatedly applies the single substitution that in-silico "
                "mutagenesis ranks highest; repair changes an optimised sequence until it "
                "satisfies the constraints, with few changes. Both show what the constraints "
                "cost in class score."
            ),
            controls(self.gc, self.gc_window, self.homopolymer, self.forbidden, self.flank),
            controls(self.steps, self.greedy_button, self.repair_button, self.job.cancel_button),
            self.job.line,
            self._errors,
        ]
        self.widget = W.VBox(self._head)
        self.unseen = [self._results, *self.job.unseen]

    def _build_constraints(self) -> None:
        self.gc = slider("GC %", (0, 100), 100, "Minimum and maximum GC content", "270px")
        self._aria.name_part(
            self.gc, ["Minimum GC, percent", "Maximum GC, percent"], ".noUi-handle"
        )
        self._aria.name_part(self.gc, ["GC, percent, as numbers"], ".widget-readout", "textbox")
        self.gc_window = _number(
            "GC window (0: whole sequence)", 0, "Bases of the sliding window for GC content"
        )
        self.homopolymer = _number(
            "Longest homopolymer (0: no limit)", 0, "Longest run of one base that is allowed"
        )
        self.forbidden = text_field(
            "Forbidden sites",
            "EcoRI, GAATTC, …",
            "Enzyme names or DNA sites, separated by commas",
            "270px",
            as_typed=True,
        )
        self.flank = _number("Frozen flanks", 0, "Bases at each end that are not changed")
        self.steps = _number("Steps", 20, "Maximum number of substitutions")

    def constraints(self) -> DesignConstraints:
        """Return the constraints as ``DesignConstraints``."""
        return constraints_of(
            self.gc.value,
            self.gc_window.value,
            self.homopolymer.value,
            self.forbidden.value,
            self.flank.value,
        )

    def design(self) -> None:
        """Design from the current sequence, for each model."""
        sequences = dict.fromkeys(self._engine.models, self._session.sequence)
        self._run(
            GREEDY_DESIGN,
            sequences,
            f"Designed from {self._session.name}",
            steps=self.steps.value,
        )

    def repair(self) -> None:
        """Repair the shown optimised sequences to satisfy the constraints."""
        optima = shown_optima(self._engine.optimized, self._session.restart_rank)
        if not optima:
            self.job.say("No optimised sequences yet: press Run above first.")
            return
        sequences = {name: result.sequences[i] for name, (result, i) in optima.items()}
        self._run(REPAIR, sequences, "Repaired from the optimised sequences shown")

    def _run(
        self, kind: Kind[DesignResult], sequences: dict[str, str], about: str, **settings: Any
    ) -> None:
        if self.job.is_busy:
            return
        try:
            limits = self.constraints()
        except DemoWidgetsError as error:
            self.job.line.value = error_text(error)
            return
        self._errors.value = ""
        requests = {
            name: Request.of(kind, name, sequence, constraints=limits, **settings)
            for name, sequence in sequences.items()
        }
        self.job.run(requests, lambda found: self._finish(found, about))

    def _finish(self, found: Answers[str, DesignResult], about: str) -> None:
        self.designs = good_results(found)
        self._errors.value = "".join(
            f"<div><b>{escape(name)}</b>"
            f"{info_text('Cancelled.') if isinstance(e, Cancelled) else error_text(e)}</div>"
            for name, e in found.items()
            if isinstance(e, Exception)
        )
        self._draw(about)

    def _draw(self, about: str) -> None:
        self.downloads.clear()
        lines = []
        for name, design in self.designs.items():
            path = " ".join(f"{s.from_base}{s.position + 1}{s.to_base}" for s in design.path)
            end = _end_of(design)
            lines.append(
                f"<tr><td>{escape(name)}</td><td>{design.start_score:+.2f}</td>"
                f"<td>{design.score:+.2f}</td><td>{design.probability:.3f}</td>"
                f"<td>{len(design.path)}</td><td>{end}</td>"
                f'<td class="dw-mono" style="white-space:normal;text-align:left">{path}</td></tr>'
            )
        self.table.value = (
            f'<p class="dw-note">{escape(about)}.</p>'
            '<div class="dw-scroll"><table class="dw-table"><tr><th>Model</th><th>S before</th>'
            "<th>S after</th><th>P(bound)</th><th>changes</th><th>stopped because</th>"
            '<th style="text-align:left">path</th></tr>'
            f"{''.join(lines)}</table></div>"
        )
        self.choice.options = [(f"design of {name}", name) for name in self.designs]
        self.choice.index = 0 if self.designs else None
        self._copy.value = copy_button("Copy as FASTA", self._text())
        self.widget.children = [*self._head, *([self._results] if self.designs else [])]

    def explore(self) -> None:
        """Replace the current sequence by the chosen design."""
        if self.choice.value in self.designs:
            self._session.explore(self.designs[self.choice.value].sequence)

    def _text(self) -> str:
        return "".join(
            f">{' '.join(name.split())} {d.method} class_score {d.score:+.3f}\n{d.sequence}\n"
            for name, d in self.designs.items()
        )

    def _fasta(self) -> tuple[str, str, bytes]:
        return "designs.fa", "text/x-fasta", self._text().encode()


def constraints_of(
    gc: tuple[int, int], gc_window: int, homopolymer: int, forbidden: str, flank: int
) -> DesignConstraints:
    """Return constraints from control values; 0, the whole range and empty text mean no limit.

    Parameters
    ----------
    gc
        Minimum and maximum GC content in percent.
    gc_window, homopolymer
        Length of the sliding window, and of the longest allowed run.
    forbidden
        Comma-separated sites or enzyme names.
    flank
        Bases frozen at each end.
    """
    sites = tuple(site for site in re.split(r"[,;\s]+", forbidden.strip()) if site)
    limited = tuple(gc) != (0, 100)
    return DesignConstraints(
        gc=(gc[0] / 100, gc[1] / 100) if limited else None,
        gc_window=(gc_window or None) if limited else None,
        max_homopolymer=homopolymer or None,
        forbidden_sites=sites,
        frozen_positions=(*range(flank), *range(-flank, 0)),
    )


def _number(label: str, value: int, tooltip: str) -> W.BoundedIntText:
    return number(label, value, 0, 10_000, tooltip, "285px")


def _end_of(design: DesignResult) -> str:
    """Return why a design stopped, as a short text."""
    if design.cancelled:
        return "stopped"
    if design.at_optimum:
        return "optimum"
    return "constraints satisfied" if design.method == "repair" else "step limit reached"
