"""Sequences that can be ordered: constraints, repair of the optimum, greedy design."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as W

from demo_widgets.dashboard.engine.waiting import waiting_words
from demo_widgets.dashboard.page.accessibility import name_part
from demo_widgets.dashboard.parts.elements import (
    Downloads,
    button,
    controls,
    copy_button,
    error_text,
    info_text,
    note,
)
from demo_widgets.dashboard.session.state import DashboardState
from demo_widgets.errors import Cancelled, DemoWidgetsError

__all__ = ["DesignPanel", "constraints_of"]

_SLOT = "design"
_STYLE = {"description_width": "initial"}


class DesignPanel:
    """Constraints, two ways to a sequence that obeys them, and what came out.

    Parameters
    ----------
    state
        The dashboard's state.
    optimized
        Returns model name -> ``(OptimizationResult, restart)`` as now shown.
    """

    def __init__(self, state: DashboardState, optimized: Callable[[], Mapping]) -> None:
        self._state, self._optimized = state, optimized
        self._designs: dict[str, Any] = {}
        self._build_constraints()
        self.greedy_button = button(
            "Design from the current sequence",
            "Make the best single substitution again and again, for each model",
            self.design,
            icon="magic",
        )
        self.repair_button = button(
            "Repair the optimised sequences",
            "Change as few bases as needed for the optimised sequences to obey the limits",
            self.repair,
            icon="wrench",
        )
        self.cancel_button = button("Cancel", "Stop; keep what is there", self.cancel, icon="stop")
        self.cancel_button.disabled = True
        self._words, self._table = W.HTML(), W.HTML()
        self.choice = W.Dropdown(
            description="Explore",
            tooltip="Look at a designed sequence in all tabs, in the place of the current one",
            layout={"width": "260px"},
            style=_STYLE,
        )
        self._explore_row = controls(
            self.choice, button("Go", "Look at it in all tabs; undo brings the old back", self._go)
        )
        self.downloads = Downloads({"FASTA": self._fasta})
        self._copy = W.HTML()
        self._results = W.VBox(
            [self._table, self._explore_row, controls(self.downloads.widget, self._copy)]
        )
        self._head = [
            W.HTML('<div class="dw-title dw-part">A sequence to order</div>'),
            note(
                "Greedy design makes the best single substitution again and again, as in-silico "
                "mutagenesis ranks them; repair changes an optimised sequence until it obeys the "
                "limits, few bases first. Both show what the limits cost in class score."
            ),
            controls(self.gc, self.gc_window, self.homopolymer, self.forbidden, self.flank),
            controls(self.steps, self.greedy_button, self.repair_button, self.cancel_button),
            self._words,
        ]
        self.widget = W.VBox(self._head)
        self.unseen = [self._results]

    def _build_constraints(self) -> None:
        self.gc = W.IntRangeSlider(
            value=(0, 100),
            min=0,
            max=100,
            description="GC %",
            tooltip="Least and greatest share of G and C",
            layout={"width": "270px"},
            style=_STYLE,
        )
        name_part(
            self._state, self.gc, ["Least GC, percent", "Greatest GC, percent"], ".noUi-handle"
        )
        name_part(self._state, self.gc, ["GC, percent, as numbers"], ".widget-readout", "textbox")
        self.gc_window = _number(
            "in windows of (0: whole)", 0, "Bases of the sliding window; 0: whole"
        )
        self.homopolymer = _number("Longest run (0: any)", 0, "Longest run of one base; 0: any")
        self.forbidden = W.Text(
            description="Forbidden sites",
            placeholder="EcoRI, GAATTC, …",
            tooltip="Enzymes by name or sites as DNA, not to be on either strand; commas between",
            layout={"width": "270px"},
            style=_STYLE,
        )
        self.flank = _number("Frozen flanks", 0, "Bases at each end that are not changed")
        self.steps = _number("Steps", 20, "Substitutions at most")

    def constraints(self):
        """The limits as ``DesignConstraints``; raises what they refuse."""
        return constraints_of(
            self.gc.value,
            self.gc_window.value,
            self.homopolymer.value,
            self.forbidden.value,
            self.flank.value,
        )

    def design(self) -> None:
        """Design from the current sequence, for each model."""
        from demo_widgets.interpret import greedy_design

        begun = f"Designed from {self._state.name}"
        sequence, steps = self._state.sequence, self.steps.value

        def one(model, name, limits, job, tell):
            def progress(done: int, total: int, score: float) -> None:
                tell(f"Design for {name}: {done} of {total} substitutions, S {score:+.2f}")

            return greedy_design(
                model,
                sequence,
                steps=steps,
                constraints=limits,
                on_progress=progress,
                cancel=job.cancel,
            )

        self._run(list(self._state.models), one, begun)

    def repair(self) -> None:
        """Make the optimised sequences shown obey the limits."""
        from demo_widgets.interpret.design.repair import repair

        chosen = {n: r.sequences[i] for n, (r, i) in self._optimized().items()}
        if not chosen:
            self._words.value = info_text("Nothing is optimised yet: press Run above first.")
            return

        def one(model, name, limits, job, tell):
            tell(f"Repairing the optimum of {name} …")
            return repair(model, chosen[name], limits, cancel=job.cancel)

        self._run(list(chosen), one, "Repaired from the optimised sequences shown")

    def cancel(self) -> None:
        """Ask the work to stop; what was designed so far is shown."""
        self._state.cancel_long(_SLOT, lambda error: self._finish(None, error, ""))

    def _run(self, names: list[str], one: Callable, about: str) -> None:
        if self._state.long.busy(_SLOT):
            return
        try:
            limits = self.constraints()
        except DemoWidgetsError as error:
            self._words.value = error_text(error)
            return
        self._set_running(True)
        self._words.value = info_text(waiting_words(self._state.long, _SLOT))

        def work(job, tell) -> dict[str, Any]:
            with self._state.paint_lock:
                self._words.value = info_text("Designing …")
            found: dict[str, Any] = {}
            for name in names:
                if job.cancel.is_set():
                    break
                try:
                    found[name] = one(self._state.models[name], name, limits, job, tell)
                except DemoWidgetsError as error:
                    found[name] = error
            return found

        self._state.run_long(_SLOT, work, lambda *end: self._finish(*end, about))

    def _set_running(self, running: bool) -> None:
        self.greedy_button.disabled = self.repair_button.disabled = running
        self.cancel_button.disabled = not running

    def _finish(self, found: dict[str, Any] | None, error: Exception | None, about: str) -> None:
        self._set_running(False)
        if error is not None:
            cancelled = isinstance(error, Cancelled)
            self._words.value = info_text("Cancelled.") if cancelled else error_text(error)
            return
        self._designs = {n: d for n, d in found.items() if not isinstance(d, Exception)}
        self._words.value = "".join(
            f"<div><b>{escape(name)}</b>"
            f"{info_text('Cancelled.') if isinstance(e, Cancelled) else error_text(e)}</div>"
            for name, e in found.items()
            if isinstance(e, Exception)
        )
        self._draw(about)

    def _draw(self, about: str) -> None:
        self.downloads.clear()
        lines = []
        for name, design in self._designs.items():
            path = " ".join(f"{s.from_base}{s.position + 1}{s.to_base}" for s in design.path)
            end = _end_of(design)
            lines.append(
                f"<tr><td>{escape(name)}</td><td>{design.start_score:+.2f}</td>"
                f"<td>{design.score:+.2f}</td><td>{design.probability:.3f}</td>"
                f"<td>{len(design.path)}</td><td>{end}</td>"
                f'<td class="dw-mono" style="white-space:normal;text-align:left">{path}</td></tr>'
            )
        self._table.value = (
            f'<p class="dw-note">{escape(about)}.</p>'
            '<div class="dw-scroll"><table class="dw-table"><tr><th>Model</th><th>S before</th>'
            "<th>S after</th><th>P(bound)</th><th>changes</th><th>end</th>"
            '<th style="text-align:left">path</th></tr>'
            f"{''.join(lines)}</table></div>"
        )
        self.choice.options = [(f"design of {name}", name) for name in self._designs]
        self.choice.index = 0 if self._designs else None
        self._copy.value = copy_button("Copy as FASTA", self._text())
        self.widget.children = [*self._head, *([self._results] if self._designs else [])]

    def _go(self) -> None:
        if self.choice.value in self._designs:
            self._state.explore(self._designs[self.choice.value].sequence)

    def _text(self) -> str:
        return "".join(
            f">{' '.join(name.split())} {d.method} class_score {d.score:+.3f}\n{d.sequence}\n"
            for name, d in self._designs.items()
        )

    def _fasta(self) -> tuple[str, str, bytes]:
        return "designs.fa", "text/x-fasta", self._text().encode()


def constraints_of(
    gc: tuple[int, int], gc_window: int, homopolymer: int, forbidden: str, flank: int
):
    """Limits from what the controls hold; 0, the whole range and empty text mean no limit.

    Parameters
    ----------
    gc
        Least and greatest GC content in percent.
    gc_window, homopolymer
        Bases of the sliding window, and of the longest run.
    forbidden
        Sites or enzyme names with commas between.
    flank
        Bases frozen at each end.
    """
    from demo_widgets.interpret import DesignConstraints

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
    return W.BoundedIntText(
        value=value,
        min=0,
        max=10_000,
        description=label,
        tooltip=tooltip,
        layout={"width": "225px"},
        style=_STYLE,
    )


def _end_of(design: Any) -> str:
    """Why a design went no further, in two words."""
    if design.cancelled:
        return "stopped"
    if design.at_optimum:
        return "optimum"
    return "limits met" if design.method == "repair" else "steps used up"
