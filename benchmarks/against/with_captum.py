"""captum: input x gradient of the PyTorch twin.

It has no mutagenesis: its ablation methods mask a base without substituting it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .rival import Rival
from .subject import Subject

__all__ = ["SALIENCY"]


def _input_x_gradient(subject: Subject) -> Callable[[np.ndarray], np.ndarray]:
    import torch
    from captum.attr import InputXGradient

    explain = InputXGradient(subject.torch_twin)

    def run(X: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(X).transpose(1, 2).requires_grad_()
        return explain.attribute(x).detach().transpose(1, 2).numpy()

    return run


SALIENCY = Rival(
    "captum",
    package="captum",
    prepare=_input_x_gradient,
    of_ours=lambda result, X: result.gradient * X,
)
