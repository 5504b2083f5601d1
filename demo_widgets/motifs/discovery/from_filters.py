"""Motifs of first-layer filters, from the sub-sequences that activate them.

As in DeepBind and Basset (Alipanahi et al. 2015, Nat Biotechnol 33:831; Kelley et al. 2016,
Genome Res 26:990): every sub-sequence that activates a filter above half of its maximum is a site,
and the sites are averaged.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.models.score import Filters, SequenceModel, sequence_model
from demo_widgets.motifs.alignment import merge_similar
from demo_widgets.motifs.discovery.discovery_request import DiscoveryRequest
from demo_widgets.motifs.motif import TRIM_BITS, Motif

__all__ = ["filter_motifs"]

BATCH = 512
SAME_FILTER = 0.9
"""Filters are short, so only nearly equal ones are merged."""


def filter_motifs(
    request: DiscoveryRequest,
    *,
    share: float = 0.5,
    merge: bool = True,
    max_motifs: int | None = None,
) -> list[Motif]:
    """Find one motif per filter, with similar ones merged, most discriminative first.

    Filters are ranked by how well their strongest response separates bound sequences from controls
    (AUROC, in ``notes["auroc"]``, the best one of filters that are merged; ``notes["filter"]`` is
    the number of the filter, or of the merged one with most sites).

    Parameters
    ----------
    request
        A network that begins with a one-dimensional convolution, and sequences.
    share
        Fraction of a filter's largest response above which a sub-sequence is a site.
    merge
        Merge filters that learned the same motif; ``notes["merged"]`` then lists them.
    max_motifs
        Keep this many; by default the request's.
    """
    from sklearn.metrics import roc_auc_score

    filters = _model_of(request).filters()
    request.tell(0, 3, f"responses of {filters.count} filters")
    bound = _batched(filters.respond, request.X)
    request.tell(1, 3, "responses to the controls")
    unbound = _batched(filters.respond, request.controls).max(axis=1)
    labels = np.repeat([1, 0], [len(bound), len(unbound)])
    request.tell(2, 3, "collecting sub-sequences")
    motifs, dead, rare = [], [], []
    for k in range(bound.shape[2]):
        response = bound[:, :, k]
        if response.max() <= 0:
            dead.append(k)
            continue
        motif = _motif_of_filter(request, filters, response, share)
        if motif is None or (motif.n_sites or 0) < request.min_sites or not motif.is_informative:
            rare.append(k)
            continue
        strongest = np.concatenate([response.max(axis=1), unbound[:, k]])
        notes = {"filter": k, "auroc": float(roc_auc_score(labels, strongest))}
        motifs.append(
            motif.trim(TRIM_BITS).renamed(f"{request.model_name} filter {k}", notes=notes)
        )
    _report(request, bound.shape[2], dead, rare)
    motifs.sort(key=lambda motif: -motif.notes["auroc"])
    if merge:
        motifs = _merge(motifs)
    return motifs[: max_motifs or request.max_motifs]


def _model_of(request: DiscoveryRequest) -> SequenceModel:
    """Return the model, with any output, because its filters are the same."""
    if isinstance(request.model, SequenceModel):
        return request.model
    return sequence_model(request.model, 0 if request.target is None else request.target)


def _batched(respond: Callable[[np.ndarray], np.ndarray], X: np.ndarray) -> np.ndarray:
    return np.concatenate([respond(X[i : i + BATCH]) for i in range(0, len(X), BATCH)])


def _motif_of_filter(
    request: DiscoveryRequest, filters: Filters, response: np.ndarray, share: float
) -> Motif | None:
    """Return the average of the sub-sequences that lie wholly inside the sequences."""
    import pandas as pd

    length, span = request.X.shape[1], filters.span
    rows, positions = np.nonzero(response > share * response.max())
    start = filters.starts(positions, length)
    inside = (start >= 0) & (start + span <= length)
    rows, positions, start = rows[inside], positions[inside], start[inside]
    if len(rows) == 0:
        return None
    X = request.X if filters.strand == "+" else request.X[:, ::-1, ::-1]
    columns = start[:, None] + np.arange(span)
    counts = X[rows[:, None], columns].sum(axis=0).astype(float)
    if filters.strand == "-":
        start = length - start - span
    sites = pd.DataFrame(
        {
            "sequence_index": request.index[rows],
            "start": start,
            "end": start + span,
            "strand": filters.strand,
            "score": response[rows, positions].astype(float),
        }
    ).sort_values("score", ascending=False, ignore_index=True)
    try:
        return Motif.from_counts(
            "filter",
            counts,
            pseudocount=1.0,
            n_sites=len(rows),
            sites=sites,
            model=request.model_name,
            method="filters",
        )
    except DemoWidgetsError:
        return None


def _merge(motifs: list[Motif]) -> list[Motif]:
    """Merge filters with the same motif, ranked by the best of their AUROCs."""
    auroc_of = {motif.name: motif.notes["auroc"] for motif in motifs}
    merged = []
    for motif in merge_similar(motifs, threshold=SAME_FILTER):
        best = max(auroc_of[name] for name in motif.notes.get("merged", [motif.name]))
        merged.append(motif.renamed(motif.name, notes={**motif.notes, "auroc": best}))
    return sorted(merged, key=lambda motif: -motif.notes["auroc"])


def _report(request: DiscoveryRequest, total: int, dead: list[int], rare: list[int]) -> None:
    if dead:
        request.report.append(
            f"{len(dead)} of {total} filters of {request.model_name} are dead: no bound sequence "
            "activates them (filters "
            f"{', '.join(map(str, dead[:20]))}{', ...' * (len(dead) > 20)})"
        )
    if rare:
        request.report.append(
            f"{len(rare)} of {total} filters of {request.model_name} gave no motif: fewer than "
            f"{request.min_sites} sites, or too little information"
        )
