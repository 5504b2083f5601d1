"""CSV tables and pages of a sweep, updated while it runs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.files import replacing
from demo_widgets.spreadsheet import shown_not_run
from demo_widgets.sweep.factor_page import write_factor_page
from demo_widgets.sweep.index_page import write_index_page
from demo_widgets.sweep.jobs import TrainingJob
from demo_widgets.sweep.plan import Plan
from demo_widgets.sweep.summary_tables import result_row, results_table, summary_table

__all__ = ["ResultFiles"]


class ResultFiles:
    """Tables and pages of a sweep.

    After each training, its TF's page, the tables and the index are rewritten.

    Parameters
    ----------
    plan
        The started sweep.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._rows = {job: result_row(job) for job in plan.finished}
        for job in plan.jobs:
            if job.factor in plan.unreadable:
                self._rows[job] = result_row(job, plan.unreadable[job.factor])
        self._stale = {job.factor for job in self._rows}

    @property
    def results(self) -> pd.DataFrame:
        """A row for each finished or failed training."""
        return results_table(self._rows, list(self.plan.jobs))

    def add(self, job: TrainingJob, error: str) -> None:
        """Write the files that changed with an ended training."""
        self._rows[job] = result_row(job, error)
        self._write_page(job.factor)
        self._write_tables()

    def close(self) -> None:
        """Write the pages of TFs without a training in this run, and the tables."""
        for factor in sorted(self._stale):
            self._write_page(factor)
        self._write_tables()

    def _write_page(self, factor: str) -> None:
        jobs = [job for job in self.plan.jobs if job.factor == factor]
        write_factor_page(self.plan, [(job, self._rows.get(job)) for job in jobs])
        self._stale.discard(factor)

    def _write_tables(self) -> None:
        results = self.results
        summary = summary_table(results)
        _write_csv(results, self.plan.out / "results.csv")
        _write_csv(summary, self.plan.out / "summary.csv")
        write_index_page(self.plan, results, summary)


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    try:
        with replacing(path) as temporary:
            cells = shown_not_run(table)
            cells.to_csv(temporary, index=False, float_format="%.6g", errors="replace")
    except OSError as error:
        raise DemoWidgetsError(f"cannot save {path}: {error.strerror or error}") from error
