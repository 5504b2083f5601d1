"""Motifs of the windows of high saliency (Lanchantin et al. 2017, section 3.1)."""

from __future__ import annotations

from demo_widgets.motifs.attribution import base_importance
from demo_widgets.motifs.discovery.discovery_request import DiscoveryRequest, motifs_of_windows
from demo_widgets.motifs.motif import Motif
from demo_widgets.motifs.windows import best_windows

__all__ = ["saliency_motifs"]


def saliency_motifs(
    request: DiscoveryRequest, *, attribution: str = "saliency", windows_per_sequence: int = 1
) -> list[Motif]:
    """Find motifs in the best 9-to-20-base window of each bound sequence.

    Parameters
    ----------
    request
        Network and sequences.
    attribution
        Importance that selects the windows: ``"saliency"`` (the paper's),
        ``"input_x_gradient"`` or ``"in_silico_mutagenesis"``.
    windows_per_sequence
        Number of non-overlapping windows per sequence. Two or three find partners that occur with a
        stronger motif in every sequence.

    Returns
    -------
    list of Motif
        Named after the attribution, which is also in ``notes["attribution"]``; ``method`` is
        ``"saliency"``, as for :func:`~demo_widgets.motifs.discover_motifs`.
    """
    request.tell(0, 3, f"{attribution} of {len(request.X)} sequences")
    importance = base_importance(
        request.model, request.X, attribution, target=request.target, cancel=request.cancel
    )
    request.tell(1, 3, "choosing windows")
    windows = best_windows(importance, per_sequence=windows_per_sequence)
    motifs = motifs_of_windows(request, windows, attribution)
    return [
        motif.renamed(
            motif.name, method="saliency", notes={**motif.notes, "attribution": attribution}
        )
        for motif in motifs
    ]
