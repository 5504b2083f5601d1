"""CREsted (Keras 3 for regulatory DNA): gradients and mutagenesis of the same Keras layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from .rival import Rival
from .subject import Subject

__all__ = ["MUTAGENESIS", "SALIENCY"]


def _contribution_scores(subject: Subject, method: str) -> Callable[[np.ndarray], np.ndarray]:
    from crested.tl import contribution_scores

    run = partial(
        contribution_scores,
        target_idx=0,
        model=subject.score_model,
        method=method,
        verbose=False,
    )
    return lambda X: run(X)[0][:, 0]


SALIENCY = Rival(
    "CREsted",
    package="crested",
    prepare=partial(_contribution_scores, method="saliency_map"),
    of_ours=lambda result, X: result.gradient,
)
MUTAGENESIS = Rival(
    "CREsted",
    package="crested",
    prepare=partial(_contribution_scores, method="mutagenesis"),
    of_ours=lambda result, X: result.effects,
)
