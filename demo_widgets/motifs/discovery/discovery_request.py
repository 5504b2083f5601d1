"""Input of a discovery method, and clustering of the windows that it picks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from demo_widgets.errors import Cancelled
from demo_widgets.motifs.motif import Motif
from demo_widgets.motifs.recurrence import recurrent_motifs
from demo_widgets.motifs.seqlets import FLANK, Seqlets
from demo_widgets.motifs.windows import windows_elsewhere

__all__ = ["DiscoveryRequest", "motifs_of_windows"]

MIN_FOCUS = 1.5
MAX_FOCUS_P = 1e-3


@dataclass(frozen=True)
class DiscoveryRequest:
    """Input of one discovery: a network, bound sequences, and controls.

    Attributes
    ----------
    model
        Keras classifier.
    X
        One-hot ``(n, L, 4)`` bound sequences.
    index
        ``(n,)`` their positions in the user's dataset, for the sites.
    controls
        One-hot ``(m, L, 4)`` unbound sequences, or shuffles of the bound ones.
    target, max_motifs, min_sites, seed
        As in :func:`~demo_widgets.motifs.discover_motifs`.
    report
        Sentences about what was left out, appended by the methods.
    """

    model: Any
    X: np.ndarray
    index: np.ndarray
    controls: np.ndarray
    model_name: str
    target: int | None = None
    max_motifs: int = 5
    min_sites: int = 20
    seed: int = 0
    on_progress: Callable[[int, int, str], None] | None = None
    cancel: threading.Event | None = None
    report: list[str] = field(default_factory=list)

    def tell(self, done: int, total: int, message: str) -> None:
        """Report progress, and raise :class:`Cancelled` if the search was cancelled.

        Raises
        ------
        Cancelled
            ``cancel`` was set.
        """
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled(f"motif discovery in {self.model_name} was cancelled")
        if self.on_progress is not None:
            self.on_progress(done, total, message)


def motifs_of_windows(
    request: DiscoveryRequest, windows: dict[str, np.ndarray], method: str
) -> list[Motif]:
    """Cluster windows of the request's sequences; sites point into the user's dataset.

    A motif is attributed to the network only if its windows contain it at least 1.5 times as often
    as the rest of the same sequences (Fisher's exact p below 0.001), because bound sequences
    contain motifs independently of the network, even of an untrained one.
    """
    request.tell(2, 3, "clustering windows")
    apart = windows_elsewhere(windows, request.X.shape[1], margin=2 * FLANK, seed=request.seed)
    motifs = recurrent_motifs(
        Seqlets.cut(request.X, windows),
        Seqlets.like(windows, request.controls),
        Seqlets.cut(request.X, apart),
        max_motifs=request.max_motifs,
        min_sites=request.min_sites,
        name=f"{request.model_name} {method}",
        model=request.model_name,
        method=method,
    )
    if not motifs:
        n = len(windows["start"])
        where = "one window" if n == 1 else f"{n:,} windows"
        request.report.append(
            f"no word recurs in the {where} of {request.model_name} more often than in the controls"
        )
    looked_at = [motif for motif in motifs if _is_looked_at(motif)]
    for motif in motifs:
        if not _is_looked_at(motif):
            request.report.append(
                f"{motif.consensus} recurs in the sequences, but only {motif.notes['focus']:.1f} "
                f"times as often in the windows of {request.model_name} as elsewhere"
            )
    return [_in_dataset(motif, request) for motif in looked_at]


def _is_looked_at(motif: Motif) -> bool:
    return motif.notes["focus"] >= MIN_FOCUS and motif.notes["focus_p"] <= MAX_FOCUS_P


def _in_dataset(motif: Motif, request: DiscoveryRequest) -> Motif:
    """Return the motif recounted from its sites in the whole sequences, indexed in the dataset.

    The search uses windows in which previous sites are erased; the returned matrix is the plain
    average of its sites. Sites that extend past a sequence's end are dropped.
    """
    sites, length = motif.sites, request.X.shape[1]
    if sites is None:
        return motif
    sites = sites[(sites["start"] >= 0) & (sites["end"] <= length)]
    sites = sites.sort_values("score", ascending=False, ignore_index=True)
    rows = sites["sequence_index"].to_numpy()
    columns = sites["start"].to_numpy()[:, None] + np.arange(len(motif))
    bases = request.X[rows[:, None], columns]
    reverse = (sites["strand"] == "-").to_numpy()[:, None, None]
    counts = np.where(reverse, bases[:, ::-1, ::-1], bases).sum(axis=0)
    frequencies = Motif.from_counts(motif.name, counts, pseudocount=1.0).frequencies
    return motif.renamed(
        motif.name,
        frequencies=frequencies,
        n_sites=len(sites),
        sites=sites.assign(sequence_index=request.index[rows]),
    )
