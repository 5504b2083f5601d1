"""Provenance of a model's weights, kept while the model exists.

Keras models have no place for it, and the user's model must not be modified, so it is kept in a
separate weak dictionary.
"""

from __future__ import annotations

import hashlib
import json
import weakref
from typing import Any

import numpy as np

from demo_widgets.models.quiet_tensorflow import keras

__all__ = ["model_fingerprint", "recall", "remember", "weights_fingerprint"]

_NOTES: weakref.WeakKeyDictionary[keras.Model, tuple[str, dict[str, Any]]]
_NOTES = weakref.WeakKeyDictionary()


def remember(model: keras.Model, training: dict[str, Any]) -> None:
    """Record that the current weights of ``model`` come from this training."""
    _NOTES[model] = weights_fingerprint(model), training


def recall(model: keras.Model) -> dict[str, Any] | None:
    """Return the training of the current weights; ``None`` if unknown or changed since."""
    if model not in _NOTES:
        return None
    fingerprint, training = _NOTES[model]
    return training if fingerprint == weights_fingerprint(model) else None


def weights_fingerprint(model: keras.Model) -> str:
    """Return the SHA-256 (hex) of all weight arrays: shapes, types and bytes, in order."""
    digest = hashlib.sha256()
    for weights in model.get_weights():
        digest.update(f"{weights.shape}{weights.dtype}".encode())
        digest.update(np.ascontiguousarray(weights).tobytes())
    return digest.hexdigest()


def model_fingerprint(model: keras.Model) -> str:
    """Return the SHA-256 (hex) of the weights and, if Keras can serialise it, the architecture."""
    digest = hashlib.sha256(weights_fingerprint(model).encode())
    try:
        digest.update(json.dumps(model.get_config(), sort_keys=True, default=str).encode())
    except (NotImplementedError, TypeError, ValueError):
        digest.update(type(model).__qualname__.encode())
    return digest.hexdigest()
