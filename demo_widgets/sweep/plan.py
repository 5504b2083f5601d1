"""The plan of a sweep: its trainings, finished ones, and ones with other settings."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.sweep.factors import Factor, find_factors
from demo_widgets.sweep.jobs import Settings, TrainingJob, jobs_of
from demo_widgets.sweep.training_records import differing, is_finished, read_record, write_record

__all__ = ["Plan", "plan_sweep"]

_MARKER = "sweep.json"


@dataclass(frozen=True)
class Plan:
    """A sweep before it runs.

    Attributes
    ----------
    folder, out
        Folders of the sequences and of the results.
    settings
        Settings of all trainings.
    factors
        The TFs.
    jobs
        Every training, TF by TF.
    unreadable
        TF -> reason why its files cannot be read.
    warnings
        Sentences about skipped TFs.
    finished
        Finished jobs.
    outdated
        Jobs whose results in ``out`` have other settings -> the differences.
    """

    folder: Path
    out: Path
    settings: Settings
    factors: tuple[Factor, ...]
    jobs: tuple[TrainingJob, ...]
    unreadable: dict[str, str]
    warnings: tuple[str, ...]
    finished: frozenset[TrainingJob]
    outdated: dict[TrainingJob, str]

    @property
    def waiting(self) -> list[TrainingJob]:
        """Jobs to run, in order."""
        return [
            job
            for job in self.jobs
            if job not in self.finished and job.factor not in self.unreadable
        ]

    def begun(self, *, retrain: bool = False) -> Plan:
        """Initialise the folder ``out`` and return the plan with the sweep's id in its jobs.

        Parameters
        ----------
        retrain
            Delete results with other settings, to train them again.

        Raises
        ------
        DemoWidgetsError
            ``out`` is not the folder of a sweep, or has results with other settings and ``retrain``
            is false; nothing is changed then.
        """
        self.refuse_outdated(retrain=retrain)
        try:
            record = read_record(self.out / _MARKER)
            if record is None:
                record = {"id": uuid.uuid4().hex}
                write_record(self.out / _MARKER, {}, record)
            for job in self.outdated:
                shutil.rmtree(job.folder)
        except OSError as error:
            raise DemoWidgetsError(
                f"{self.out}: cannot be written to ({error.strerror or error})"
            ) from error
        known = {job: replace(job, sweep=record["id"]) for job in self.jobs}
        return replace(
            self,
            jobs=tuple(known.values()),
            finished=frozenset(known[job] for job in self.finished),
            outdated={},
        )

    def refuse_outdated(self, *, retrain: bool) -> None:
        """Raise an error for results with other settings, unless ``retrain`` is true.

        Raises
        ------
        DemoWidgetsError
            The message names one of them, and the difference.
        """
        if not self.outdated or retrain:
            return
        job, difference = next(iter(self.outdated.items()))
        count = len(self.outdated)
        raise DemoWidgetsError(
            f"{self.out} holds {count} training{'s' * (count != 1)} made with other settings or "
            f"sequences ({job.title}: {difference}); give another folder for the results, or have "
            f"them trained again with retrain (--retrain)"
        )


def plan_sweep(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    settings: Settings,
    *,
    only: Sequence[str] = (),
) -> Plan:
    """Find the TFs of ``folder`` and the remaining trainings; writes nothing.

    Parameters
    ----------
    folder, only
        See :func:`~.factors.find_factors`.
    out
        Folder of the results: missing, empty, or of an earlier run.
    settings
        Networks, seeds, epochs, and whether to interpret.

    Raises
    ------
    DemoWidgetsError
        ``folder`` contains no TF, or ``out`` is not the folder of a sweep.
    """
    out = Path(out)
    _refuse_foreign(out)
    factors, warnings = find_factors(folder, only)
    jobs, unreadable = jobs_of(factors, settings, out)
    readable = [job for job in jobs if job.factor not in unreadable]
    differences = {job: differing(job) for job in readable}
    return Plan(
        folder=Path(folder),
        out=out,
        settings=settings,
        factors=tuple(factors),
        jobs=tuple(jobs),
        unreadable=unreadable,
        warnings=tuple(warnings),
        finished=frozenset(job for job in readable if is_finished(job)),
        outdated={job: words for job, words in differences.items() if words},
    )


def _refuse_foreign(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise DemoWidgetsError(f"{out}: it is a file; give a folder for the results")
    try:
        foreign = out.is_dir() and any(out.iterdir()) and read_record(out / _MARKER) is None
    except OSError as error:
        raise DemoWidgetsError(f"{out}: cannot be read ({error.strerror or error})") from error
    if foreign:
        raise DemoWidgetsError(
            f"{out}: it is not empty and holds no sweep (no {_MARKER}); give a new folder"
        )
