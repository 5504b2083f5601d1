"""Preparation of a training: training and held-out sequences, and the recipe."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any

from demo_widgets.errors import ModelError, SequenceError
from demo_widgets.models.backends.keras_check import check_keras_model
from demo_widgets.models.evaluation import labelled_two_ways
from demo_widgets.models.model_facts import IntArray
from demo_widgets.models.quiet_tensorflow import keras
from demo_widgets.models.training.recipe import CLIP_NORM, DECAY_TO, default_learning_rate
from demo_widgets.sequences.dataset import SequenceDataset
from demo_widgets.sequences.seeding import generator_of_seed

__all__ = ["Preparation", "prepare"]


@dataclass(frozen=True)
class Preparation:
    """A training before its first step.

    Attributes
    ----------
    part, held_out
        The training sequences, and those that select the best epoch.
    labels, held_out_labels
        Theirs, 0 and 1.
    recipe
        All settings of the training, in JSON types; equal recipes and initial weights give equal
        networks.
    """

    part: SequenceDataset
    held_out: SequenceDataset
    labels: IntArray
    held_out_labels: IntArray
    recipe: dict[str, Any]


def prepare(
    model: keras.Model,
    dataset: SequenceDataset,
    *,
    epochs: int,
    validation: float | SequenceDataset,
    learning_rate: float | None,
    batch_size: int,
    augment_reverse_complement: bool,
    patience: int,
    seed: int,
    precision: str,
    decay_to: float = DECAY_TO,
    clip_norm: float = CLIP_NORM,
) -> Preparation:
    """Check the arguments of :func:`demo_widgets.models.train` and split the data.

    Parameters are those of :func:`demo_widgets.models.train`.

    Raises
    ------
    SequenceError
        If the labels are missing or of one class, in the training or the held-out part.
    ModelError
        If a number is out of range, or model and sequences do not fit.
    """
    counts = {"epochs": epochs, "batch_size": batch_size, "patience": patience}
    for name, count in counts.items():
        if not (_is_number(count) and int(count) == count and count >= 1):
            raise ModelError(f"{name}: got {count!r}, expected a whole number of at least 1")
    if learning_rate is None:
        learning_rate = default_learning_rate(model)
    sizes = {"learning_rate": learning_rate, "decay_to": decay_to, "clip_norm": clip_norm}
    for name, size in sizes.items():
        if not (_is_number(size) and size > 0):
            raise ModelError(f"{name}: got {size!r}, expected a number above 0")
    generator_of_seed(seed)
    part, held_out = _parts(dataset, validation, seed)
    labels = labelled_two_ways(part, "training part of the dataset")
    held_out_labels = labelled_two_ways(held_out, "validation part of the dataset")
    _check_fit(model, part)
    recipe = {
        "optimizer": "Adam",
        "epochs": int(epochs),
        "learning_rate": float(learning_rate),
        "decay_to": float(decay_to),
        "batch_size": int(batch_size),
        "clip_norm": float(clip_norm),
        "augment_reverse_complement": bool(augment_reverse_complement),
        "patience": int(patience),
        "seed": int(seed),
        "precision": str(precision),
        "validation": "given" if isinstance(validation, SequenceDataset) else float(validation),
        "n_train": len(part),
        "n_validation": len(held_out),
        "train_fingerprint": part.fingerprint(),
        "validation_fingerprint": held_out.fingerprint(),
    }
    return Preparation(part, held_out, labels, held_out_labels, recipe)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and math.isfinite(value)


def _parts(
    dataset: SequenceDataset, validation: float | SequenceDataset, seed: int
) -> tuple[SequenceDataset, SequenceDataset]:
    """Return the training and held-out part."""
    labelled_two_ways(dataset, "dataset")
    if isinstance(validation, SequenceDataset):
        part, held_out = dataset, validation
    elif _is_number(validation) and 0 < validation < 1:
        part, held_out = dataset.split(validation=validation, seed=seed)
    else:
        raise SequenceError(
            f"validation: got {validation!r}, expected a fraction between 0 and 1 or a "
            f"labelled SequenceDataset"
        )
    return part, held_out


def _check_fit(model: keras.Model, part: SequenceDataset) -> None:
    fixed_length = check_keras_model(model).fixed_length
    if fixed_length not in (None, part.length):
        raise ModelError(
            f"model {model.name!r}: it takes sequences of {fixed_length} bases, those of "
            f"{part.name!r} have {part.length}; build it with length=None or {part.length}"
        )
