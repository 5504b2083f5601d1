"""Motifs of the input that maximises the class score (Lanchantin et al. 2017, section 3.2)."""

from __future__ import annotations

import numpy as np

from demo_widgets.interpret import optimize_class
from demo_widgets.motifs.alignment import merge_similar
from demo_widgets.motifs.discovery.discovery_request import DiscoveryRequest
from demo_widgets.motifs.motif import TRIM_BITS, Motif
from demo_widgets.motifs.windows import best_windows

__all__ = ["class_optimization_motifs", "informative_stretches"]

STRETCHES = 8
WIDTHS = (9, 12)
"""An optimised input packs sites side by side: wider stretches would join two of them."""


def class_optimization_motifs(
    request: DiscoveryRequest,
    *,
    restarts: int = 4,
    iterations: int = 1000,
    parametrization: str = "clamp",
    pwm: np.ndarray | None = None,
) -> list[Motif]:
    """Find high-information stretches of the optimised inputs, with similar ones merged.

    Parameters
    ----------
    request
        A network; its sequences only determine the input length.
    restarts, iterations, parametrization
        As in :func:`~demo_widgets.interpret.optimize_class`.
    pwm
        ``(r, L, 4)`` result of an earlier optimization to use instead of a new one.

    Returns
    -------
    list of Motif
        ``n_sites`` counts the stretches with the motif; ``notes`` give the number of restarts.
        There are no ``sites``, because the stretches are not in the user's sequences.
    """
    if pwm is None:
        pwm = optimize_class(
            request.model,
            length=request.X.shape[1],
            iterations=iterations,
            restarts=restarts,
            seed=request.seed,
            parametrization=parametrization,
            target=request.target,
            on_progress=lambda done, total, _: request.tell(done, total, "optimising the input"),
            cancel=request.cancel,
        ).pwm
    request.tell(0, 1, "merging stretches")
    merged = merge_similar(informative_stretches(pwm), threshold=0.7)
    merged.sort(key=lambda motif: (-(motif.n_sites or 0), -motif.total_information))
    name = f"{request.model_name} class_optimization"
    return [
        motif.renamed(
            f"{name} {rank}",
            model=request.model_name,
            method="class_optimization",
            notes={"restarts": len(pwm)},
        )
        for rank, motif in enumerate(merged[: request.max_motifs], start=1)
    ]


def informative_stretches(pwm: np.ndarray) -> list[Motif]:
    """Return stretches of 9 to 12 positions of high information in each input."""
    whole = [Motif(f"restart {i}", matrix) for i, matrix in enumerate(pwm)]
    information = np.stack([motif.information for motif in whole])
    windows = best_windows(information, per_sequence=STRETCHES, widths=WIDTHS)
    typical = np.median(information, axis=1) + information.std()
    stretches = []
    for i, start, end in zip(
        *(windows[k] for k in ("sequence_index", "start", "end")), strict=True
    ):
        part = whole[i].slice(int(start), int(end))
        if part.information.max() > typical[i] and part.is_informative:
            stretches.append(part.trim(TRIM_BITS).renamed(f"restart {i} at {start}", n_sites=1))
    return stretches
