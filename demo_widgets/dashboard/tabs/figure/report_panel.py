"""The report panel, which also serves visitors of a served page, who cannot call Python."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import ipywidgets as W

from demo_widgets.dashboard.engine.request import Tell
from demo_widgets.dashboard.engine.worker import Job
from demo_widgets.dashboard.parts.elements import controls, error_text, file_link, note
from demo_widgets.dashboard.parts.fields import choice
from demo_widgets.dashboard.parts.long_job import LongJob
from demo_widgets.dashboard.report import save_report
from demo_widgets.dashboard.report.source import ReportSource
from demo_widgets.dashboard.report.subjects import ALL_SHOWN, chosen_subjects
from demo_widgets.dashboard.session.subject import Subject
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.errors import DemoWidgetsError
from demo_widgets.pictures.page_parts import file_name

__all__ = ["MOST", "ReportPanel"]

MOST = 50
"""Maximum number of sequences, because the whole report is sent to the page, about 0.12 MB each."""

_THIS = "this sequence"


class ReportPanel:
    """Choice of sequences, a button, progress with Cancel, and the report as a file."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.job = LongJob(workspace.engine, "the report", cancel_tooltip="Stop writing")
        self.unseen = self.job.unseen
        self.choice = choice(
            "Report of",
            [
                ("this sequence, with its edits", _THIS),
                (f"the rows shown in Predictions (at most {MOST})", ALL_SHOWN),
            ],
            f"Sequences in the report, at most {MOST}",
            "330px",
        )
        self.run_button = self.job.button(
            "Make report", "Write the report as one HTML file", self.run, icon="file-text-o"
        )
        self.widget = W.VBox(
            [
                W.HTML('<div class="dw-title dw-part">Report</div>'),
                note(
                    "One HTML file that opens offline: pictures, tables, CSV files, settings, "
                    "seeds and checksums. It uses the method chosen in the Saliency tab and "
                    "includes class optimization where it was run."
                ),
                controls(self.choice, self.run_button, self.job.cancel_button),
                self.job.line,
            ]
        )

    def forget(self) -> None:
        """Remove the offered file, because its content is outdated."""
        if not self.job.is_busy:
            self.job.say("")

    def run(self) -> None:
        """Write the report in the background; no effect while one is being written."""
        if self.job.is_busy:
            return
        try:
            subjects = self._subjects()
        except DemoWidgetsError as error:
            self.job.line.value = error_text(error)
            return
        name = f"{file_name(subjects[0].name if len(subjects) == 1 else 'report')}.html"
        source = ReportSource.of(self._workspace.session, self._workspace.engine)

        def work(job: Job, tell: Tell) -> bytes:
            def progress(done: int, total: int) -> None:
                tell(done / total, f"Report: {done} of {total} sequence{'' if total == 1 else 's'}")

            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, name)
                save_report(path, replace(source, cancel=job.cancel), subjects, progress)
                return path.read_bytes()

        self.job.start(work, lambda page: self._offer(name, page))

    def _offer(self, name: str, page: bytes) -> None:
        self.job.line.value = file_link(name, "text/html", page)

    def _subjects(self) -> list[Subject]:
        session, listed = self._workspace.session, self._workspace.listed_rows
        if self.choice.value == _THIS:
            return [session.subject]
        shown = len(listed())
        if not shown:
            raise DemoWidgetsError("the Predictions table shows no rows: change its filters")
        if shown > MOST:
            raise DemoWidgetsError(
                f"the Predictions table shows {shown:,} rows, and a report from this page takes "
                f"{MOST} at most: filter the table, or write it from Python with "
                "dashboard.save_html(path, 'all shown') or with demo-widgets report"
            )
        return chosen_subjects(session, ALL_SHOWN, listed)
