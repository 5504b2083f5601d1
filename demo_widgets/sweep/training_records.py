"""Records of finished trainings: JSON files, written completely or not at all.

A record contains its recipe. Only a record with exactly the requested recipe counts as finished;
others are never used, and never overwritten without ``retrain``.
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
    """Return a record; ``None`` if it is missing or incomplete."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("recipe"), dict) else None


def write_record(path: Path, recipe: dict[str, Any], values: dict[str, Any]) -> None:
    """Write a record in one step, so that readers see the old or the new one."""
    with replacing(path) as temporary:
        text = json.dumps({"recipe": recipe, **values}, indent=1, allow_nan=False)
        temporary.write_text(text, encoding="utf-8")


def read_training(job: TrainingJob) -> dict[str, Any] | None:
    """Return the record of a job's training, if its recipe matches and its model exists."""
    record = read_record(job.folder / TRAINING)
    if record is None or record["recipe"] != job.recipe() or not (job.folder / MODEL).is_file():
        return None
    return record


def read_interpretation(job: TrainingJob) -> dict[str, Any] | None:
    """Return the record of a job's interpretation, if its recipe matches."""
    record = read_record(job.folder / INTERPRETATION)
    return record if record and record["recipe"] == job.interpretation_recipe() else None


def is_finished(job: TrainingJob) -> bool:
    """Whether the job is complete."""
    return read_training(job) is not None and (
        not job.interpret or read_interpretation(job) is not None
    )


def differing(job: TrainingJob) -> str:
    """Return the differences of the recipe on disk from the job's, as text; empty if none.

    A training whose model is missing, or whose record is damaged, counts as not done.
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
