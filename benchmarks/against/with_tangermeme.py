"""tangermeme: input x gradient and saturation mutagenesis of the PyTorch twin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .rival import Rival
from .subject import Subject

__all__ = ["MUTAGENESIS", "SALIENCY"]


def _saliency(subject: Subject) -> Callable[[np.ndarray], np.ndarray]:
    import torch
    from tangermeme.saliency import saliency

    def run(X: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(X).transpose(1, 2)
        return saliency(subject.torch_twin, x, device="cpu").transpose(1, 2).numpy()

    return run


def _mutagenesis(subject: Subject) -> Callable[[np.ndarray], np.ndarray]:
    import torch
    from tangermeme.saturation_mutagenesis import saturation_mutagenesis

    def run(X: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(X).transpose(1, 2)
        found = saturation_mutagenesis(subject.torch_twin, x, raw_outputs=True, device="cpu")
        return (found.y_hat[..., 0] - found.y0[:, None]).transpose(1, 2).numpy()

    return run


def _centred_at_the_base(result, X: np.ndarray) -> np.ndarray:
    return (result.gradient - result.gradient.mean(axis=-1, keepdims=True)) * X


SALIENCY = Rival(
    "tangermeme", package="tangermeme", prepare=_saliency, of_ours=_centred_at_the_base
)
MUTAGENESIS = Rival(
    "tangermeme",
    package="tangermeme",
    prepare=_mutagenesis,
    of_ours=lambda result, X: result.effects,
)
