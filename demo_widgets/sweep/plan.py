"""What a sweep has to do: its trainings, those that are done, and those done otherwise."""

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
        Where the sequences are, and where the results go.
    settings
        What all trainings have in common.
    factors
        The TFs.
    jobs
        Every training, TF by TF.
    unreadable
        TF -> why its files cannot be read.
    warnings
        Sentences about TFs that were left out.
    finished
        Jobs of which nothing is left to do.
    outdated
        Jobs whose results in ``out`` were made otherwise -> in what they differ.
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
        """Make ``out`` a sweep's folder and return the plan with that sweep's id in its jobs.

        Parameters
        ----------
        retrain
            Delete results that were made otherwise, to have them made again.

        Raises
        ------
        DemoWidgetsError
            ``out`` holds other things than a sweep, or results that were made otherwise and
            ``retrain`` does not say to replace them; nothing is changed then.
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
        """Refuse results that were made otherwise, unless ``retrain`` says to replace them.

        Raises
        ------
        DemoWidgetsError
            It names one of them, and what differs.
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
    """Find the TFs of ``folder`` and what is left to train; writes nothing.

    Parameters
    ----------
    folder, only
        See :func:`~.factors.find_factors`.
    out
        Folder of the results: not there yet, empty, or of an earlier run of a sweep.
    settings
        Networks, seeds, epochs, and whether to interpret.

    Raises
    ------
    DemoWidgetsError
        ``folder`` holds no TF, or ``out`` holds something else than a sweep.
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
