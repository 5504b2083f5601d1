"""One contest: our function and the rivals on the same input, compared, then timed in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ..machine import load_average, version
from ..timing import Timing, in_turn
from .rival import Rival
from .row import OURS, Row
from .subject import Subject

__all__ = ["Contest", "hold"]

TOLERANCE = 1e-4


@dataclass(frozen=True)
class Contest:
    """Definition of a contest.

    Attributes
    ----------
    part
        The table it belongs to, such as ``"saliency"``.
    subject
        The explained network.
    size
        Size of the input as text: ``"500 sequences"``.
    given
        Input of every function.
    ours
        Our function of the model and ``given``.
    rivals
        The others.
    goals
        Name of a rival -> how many times faster ours should be than it.
    check
        Input for comparing the results, if smaller than ``given``.
    work
        Times are divided by it (iterations, to give the time of one).
    """

    part: str
    subject: Subject
    size: str
    given: Any
    ours: Callable[[Any, Any], Any]
    rivals: tuple[Rival, ...]
    goals: dict[str, float] = field(default_factory=dict)
    check: Any = None
    work: float = 1.0


def hold(contest: Contest, most_seconds: float, say: Callable[[str], None]) -> list[dict]:
    """Compare the results, time the programs, and return the rows as dictionaries.

    No round of timing is started after ``most_seconds``.

    A rival that is not installed or fails gets a row with the reason and no time.

    Raises
    ------
    AssertionError
        A rival's values differ from ours.
    """
    check = contest.given if contest.check is None else contest.check
    found = contest.ours(contest.subject.model, check)
    functions = {OURS: lambda: contest.ours(contest.subject.model, contest.given)}
    if contest.check is not None:
        functions[OURS]()
    differences, notes = {OURS: 0.0}, {OURS: _words(found)}
    for rival in contest.rivals:
        if rival.package and version(rival.package) is None:
            notes[rival.name] = "not installed"
            continue
        try:
            run = rival.prepare(contest.subject)
            theirs = run(check)
        except Exception as error:  # other programs may raise any error, which goes into the table
            notes[rival.name] = f"failed: {type(error).__name__}: {error}"
            say(f"  {rival.name} {notes[rival.name]}")
            continue
        differences[rival.name] = _compare(rival, found, theirs, check)
        notes[rival.name] = _words(theirs)
        functions[rival.name] = lambda run=run: run(contest.given)
    timings = in_turn(functions, most_seconds=most_seconds)
    return _rows(contest, timings, differences, notes)


def _compare(rival: Rival, found: Any, theirs: Any, given: Any) -> float:
    """Return the largest difference from our result, relative to its largest value."""
    if rival.of_ours is None:
        return np.nan
    ours = rival.of_ours(found, given)
    difference = float(np.abs(theirs - ours).max() / np.abs(ours).max())
    assert difference < TOLERANCE, f"{rival.name} differs from ours by {difference:.1e}"
    return difference


def _words(found: Any) -> str:
    """Return the motifs found, as text."""
    if not isinstance(found, list):
        return ""
    return ", ".join(f"{motif.consensus.strip('N')} ({motif.n_sites})" for motif in found)


def _rows(
    contest: Contest, timings: dict[str, Timing], differences: dict, notes: dict
) -> list[dict]:
    packages = {OURS: OURS} | {rival.name: rival.package for rival in contest.rivals}
    scale = {rival.name: 1 / rival.share for rival in contest.rivals}
    rows = []
    for name, note in notes.items():
        timing, factor = timings.get(name), scale.get(name, 1) / contest.work
        low, high = timing.quartiles if timing else (np.nan, np.nan)
        seconds = timing.median * factor if timing else np.nan
        rows.append(
            Row(
                part=contest.part,
                network=contest.subject.name,
                size=contest.size,
                program=name,
                version=(packages[name] and version(packages[name])) or "",
                seconds=seconds,
                first_quartile=low * factor,
                third_quartile=high * factor,
                repetitions=len(timing.seconds) if timing else 0,
                times_slower=seconds / (timings[OURS].median / contest.work),
                difference=differences.get(name, np.nan),
                goal=contest.goals.get(name, np.nan),
                load_average=load_average(),
                note=note,
            )
        )
    return [asdict(row) for row in rows]
