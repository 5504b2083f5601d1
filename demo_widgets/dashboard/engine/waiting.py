"""What a long job waits for, in words."""

from __future__ import annotations

from demo_widgets.dashboard.engine.worker import Lane

__all__ = ["waiting_words"]

_JOBS = {
    "predictions": "the predictions of all sequences",
    "class optimization": "class optimization",
    "design": "the design of sequences",
    "motifs": "the search for motifs",
    "truth": "the scoring of the methods",
    "pair map": "the map of pairs",
    "report": "the report",
}


def waiting_words(lane: Lane, slot: str) -> str:
    """Return what the job of ``slot`` waits for, or ``"Starting …"`` when nothing is ahead of it.

    Parameters
    ----------
    lane
        Where it is to run.
    slot
        Its slot.
    """
    ahead = [_JOBS.get(other, f"the preparation of {other}") for other in lane.ahead_of(slot)]
    if not ahead:
        return "Starting …"
    return f"Waiting for {', then '.join(ahead)} to finish …"
