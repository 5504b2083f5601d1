"""TF-MoDISco, through its maintained package (Shrikumar et al. 2018, arXiv 1811.00416)."""

from __future__ import annotations

from typing import Any

import numpy as np

from demo_widgets.errors import MotifError
from demo_widgets.interpret import in_silico_mutagenesis, saliency_map
from demo_widgets.motifs.discovery.discovery_request import DiscoveryRequest
from demo_widgets.motifs.motif import TRIM_BITS, Motif

__all__ = ["INSTALL", "modisco_motifs"]

INSTALL = "pip install modisco-lite"


def modisco_motifs(
    request: DiscoveryRequest, *, contributions: str = "gradient", max_seqlets: int = 2000
) -> list[Motif]:
    """Find motifs by TF-MoDISco, which clusters seqlets of high contribution.

    Parameters
    ----------
    request
        Network and sequences; only patterns of positive contribution are returned.
    contributions
        Hypothetical contributions: ``"gradient"`` (of the class score, centred
        over the bases: Majdandzic et al. 2023, Genome Biology 24:109) or
        ``"in_silico_mutagenesis"`` (effects centred over the bases; slower).
    max_seqlets
        Maximum number of seqlets to cluster.

    Raises
    ------
    MotifError
        If the optional package is not installed, or the kind of contributions is unknown.
    """
    TFMoDISco = _imported()
    request.tell(0, 2, f"contributions of {len(request.X)} sequences")
    hypothetical = _hypothetical(request, contributions)
    request.tell(1, 2, "TF-MoDISco (minutes; compiles the first time)")
    patterns, _ = TFMoDISco(
        one_hot=request.X.astype(np.float32),
        hypothetical_contribs=hypothetical.astype(np.float32),
        max_seqlets_per_metacluster=max_seqlets,
        final_min_cluster_size=request.min_sites,
    )
    if not patterns:
        request.report.append(f"TF-MoDISco found no pattern in {request.model_name}")
    motifs = [_as_motif(pattern, request) for pattern in patterns or []]
    motifs = [motif.trim(TRIM_BITS) for motif in motifs if motif.is_informative]
    motifs.sort(key=lambda motif: -(motif.n_sites or 0))
    return [
        motif.renamed(f"{request.model_name} modisco {rank}")
        for rank, motif in enumerate(motifs[: request.max_motifs], start=1)
    ]


def _imported() -> Any:
    try:
        from modiscolite.tfmodisco import TFMoDISco
    except ImportError as error:
        raise MotifError(
            f"TF-MoDISco is not installed ({error}). It is optional: {INSTALL}"
        ) from error
    return TFMoDISco


def _hypothetical(request: DiscoveryRequest, contributions: str) -> np.ndarray:
    """Return the hypothetical contribution of every base, ``(n, L, 4)``, centred."""
    if contributions == "gradient":
        values = saliency_map(request.model, request.X, target=request.target).gradient
    elif contributions == "in_silico_mutagenesis":
        values = in_silico_mutagenesis(
            request.model, request.X, target=request.target, cancel=request.cancel
        ).effects
    else:
        raise MotifError(
            f"contributions {contributions!r} are not known; use 'gradient' or "
            "'in_silico_mutagenesis'"
        )
    return values - values.mean(axis=-1, keepdims=True)


def _as_motif(pattern: Any, request: DiscoveryRequest) -> Motif:
    import pandas as pd

    seqlets = pattern.seqlets
    frequencies = np.asarray(pattern.sequence, dtype=float)
    sites = pd.DataFrame(
        {
            "sequence_index": request.index[[seqlet.example_idx for seqlet in seqlets]],
            "start": [seqlet.start for seqlet in seqlets],
            "end": [seqlet.end for seqlet in seqlets],
            "strand": ["-" if seqlet.is_revcomp else "+" for seqlet in seqlets],
            "score": [float(seqlet.contrib_scores.sum()) for seqlet in seqlets],
        }
    ).sort_values("score", ascending=False, ignore_index=True)
    return Motif.from_counts(
        "pattern",
        frequencies * len(seqlets),
        n_sites=len(seqlets),
        sites=sites,
        model=request.model_name,
        method="modisco",
    )
