"""What a finished training leaves on disk: JSON files that are whole or not there.

A record holds the recipe that it was made by. Only a record with the very recipe that is asked
for counts as finished; any other is told apart, never taken and never overwritten unasked.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from demo_widgets.files import replacing
from demo_widgets.sweep.jobs import TrainingJob

__all__ = [
    "INTERPRETATION",
    "MODEL",
    "TRAINING",
    "differing",
    "is_finished",
    "read_interpretation",
    "read_record",
    "read_training",
    "write_record",
]

TRAINING, INTERPRETATION, MODEL = "training.json", "interpretation.json", "model.keras"


def read_record(path: Path) -> dict[str, Any] | None:
    """Read a record; ``None`` where there is none, or what is there is no whole record."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("recipe"), dict) else None


def write_record(path: Path, recipe: dict[str, Any], values: dict[str, Any]) -> None:
    """Write a record in one step: a reader sees the old one or the new one."""
    with replacing(path) as temporary:
        text = json.dumps({"recipe": recipe, **values}, indent=1, allow_nan=False)
        temporary.write_text(text, encoding="utf-8")


def read_training(job: TrainingJob) -> dict[str, Any] | None:
    """The record of a job's training, if it was made by the job's recipe and has its model."""
    record = read_record(job.folder / TRAINING)
    if record is None or record["recipe"] != job.recipe() or not (job.folder / MODEL).is_file():
        return None
    return record


def read_interpretation(job: TrainingJob) -> dict[str, Any] | None:
    """The record of a job's interpretation, if it was made by the job's recipe."""
    record = read_record(job.folder / INTERPRETATION)
    return record if record and record["recipe"] == job.interpretation_recipe() else None


def is_finished(job: TrainingJob) -> bool:
    """Whether nothing of the job is left to do."""
    return read_training(job) is not None and (
        not job.interpret or read_interpretation(job) is not None
    )


def differing(job: TrainingJob) -> str:
    """How the recipe on disk differs from the job's, in words; empty where it does not.

    A training whose model is gone, or whose record is damaged, does not differ: it is simply
    not there.
    """
    record = read_record(job.folder / TRAINING)
    if record is None:
        return ""
    there, now = record["recipe"], job.recipe()
    changed = [name for name in {**there, **now} if there.get(name) != now.get(name)]
    return "; ".join(_change(name, there.get(name), now.get(name)) for name in changed)


def _change(name: str, there: Any, now: Any) -> str:
    if name.endswith(" file"):
        return f"the {name} has changed since"
    return f"{name} was {there} and is now {now}"
