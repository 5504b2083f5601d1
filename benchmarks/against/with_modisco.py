"""TF-MoDISco-lite on the gradients of the same network at the same sequences.

It solves a different problem from our discovery: it clusters every stretch of high contribution,
ours searches for words that recur in each sequence's best window more often than in controls. The
results need not agree; the tables list both.
"""

from __future__ import annotations

from collections.abc import Callable

from demo_widgets.motifs import discover_motifs

from .rival import Rival
from .subject import Subject

__all__ = ["MAX_SEQLETS", "MOTIFS"]

MAX_SEQLETS = 2000


def _patterns(subject: Subject) -> Callable[[object], list]:
    return lambda data: discover_motifs(
        subject.model, data, method="modisco", max_seqlets=MAX_SEQLETS
    )


MOTIFS = Rival("TF-MoDISco-lite", package="modisco-lite", prepare=_patterns, of_ours=None)
