"""The report from the page: for visitors of a served page too, who have no Python to call."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import ipywidgets as W

from demo_widgets.dashboard.engine.waiting import waiting_words
from demo_widgets.dashboard.parts.elements import (
    button,
    controls,
    error_text,
    file_link,
    info_text,
    note,
)
from demo_widgets.dashboard.report import save_report
from demo_widgets.dashboard.report.source import ReportSource
from demo_widgets.dashboard.report.subjects import ALL_SHOWN, chosen_subjects
from demo_widgets.dashboard.session.state import DashboardState
from demo_widgets.dashboard.session.subject import Subject
from demo_widgets.errors import Cancelled, DemoWidgetsError
from demo_widgets.pictures.html import file_name

__all__ = ["MOST", "ReportPanel"]

MOST = 50
"""Sequences of a report made here: it travels to the page whole, about 0.12 MB for each."""

_SLOT = "report"
_THIS = "this sequence"


class ReportPanel:
    """Which sequences, a button, progress with cancel, and the report as a file to save."""

    def __init__(self, state: DashboardState) -> None:
        self._state = state
        self.choice = W.Dropdown(
            options=[
                ("this sequence, with its edits", _THIS),
                (f"the rows that Predictions shows, {MOST} at most", ALL_SHOWN),
            ],
            description="Report of",
            tooltip=f"Which sequences the report is about, {MOST} at most",
            layout={"width": "330px"},
            style={"description_width": "initial"},
        )
        self.run_button = button(
            "Make report", "Write the report as one HTML file", self.run, icon="file-text-o"
        )
        self.cancel_button = button("Cancel", "Stop writing", self.cancel, icon="stop")
        self.cancel_button.disabled = True
        self.words = W.HTML()
        self.widget = W.VBox(
            [
                W.HTML('<div class="dw-title dw-part">Report</div>'),
                note(
                    "One HTML file that opens anywhere without a network: pictures, tables, CSV "
                    "files, settings, seeds and checksums. It shows the method chosen in the tab "
                    "Saliency, and class optimization where it was run."
                ),
                controls(self.choice, self.run_button, self.cancel_button),
                self.words,
            ]
        )

    def forget(self) -> None:
        """Withdraw the file on offer: what it would show has changed."""
        if not self._state.long.busy(_SLOT):
            self.words.value = ""

    def run(self) -> None:
        """Write the report in the background."""
        state = self._state
        if state.long.busy(_SLOT):
            return
        try:
            subjects = self._subjects()
        except DemoWidgetsError as error:
            self.words.value = error_text(error)
            return
        self.run_button.disabled, self.cancel_button.disabled = True, False
        self.words.value = info_text(waiting_words(state.long, _SLOT))
        name = f"{file_name(subjects[0].name if len(subjects) == 1 else 'report')}.html"
        source = ReportSource.of(state)

        def work(job, tell) -> bytes:
            def progress(done: int, total: int) -> None:
                tell(f"Report: {done} of {total} sequence{'' if total == 1 else 's'}")

            with state.paint_lock:
                self.words.value = info_text("Writing the report …")
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, name)
                save_report(path, replace(source, cancel=job.cancel), subjects, progress)
                return path.read_bytes()

        state.run_long(_SLOT, work, lambda page, error: self._finish(name, page, error))

    def cancel(self) -> None:
        """Ask the writing to stop."""
        self._state.cancel_long(_SLOT, lambda error: self._finish("", None, error))

    def _subjects(self) -> list[Subject]:
        if self.choice.value == _THIS:
            return [self._state.subject]
        shown = len(self._state.rows_shown())
        if not shown:
            raise DemoWidgetsError("the Predictions table shows no row: change its filters")
        if shown > MOST:
            raise DemoWidgetsError(
                f"the Predictions table shows {shown:,} rows, and a report from this page takes "
                f"{MOST} at most: filter the table, or write it from Python with "
                "dashboard.save_html(path, 'all shown') or with demo-widgets report"
            )
        return chosen_subjects(self._state, ALL_SHOWN, self._state.rows_shown)

    def _finish(self, name: str, page: bytes | None, error: Exception | None) -> None:
        self.run_button.disabled, self.cancel_button.disabled = False, True
        if error is None:
            self.words.value = file_link(name, "text/html", page)
        elif isinstance(error, Cancelled):
            self.words.value = info_text("Cancelled.")
        else:
            self.words.value = error_text(error)
