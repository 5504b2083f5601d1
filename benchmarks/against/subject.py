"""The networks of the contests: the shipped demo models, and the same weights for the rivals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np

from demo_widgets.models import load_demo
from demo_widgets.sequences import SequenceDataset

__all__ = ["Subject", "subjects"]


@dataclass(frozen=True)
class Subject:
    """One demo network and the demo's sequences.

    Attributes
    ----------
    name
        ``"CNN"``, ``"RNN"`` or ``"CNN-RNN"``.
    model
        Two-class softmax over one-hot ``(n, L, 4)``.
    data
        500 labelled sequences of 101 bases.
    """

    name: str
    model: keras.Model
    data: SequenceDataset

    @cached_property
    def X(self) -> np.ndarray:
        """One-hot ``(500, 101, 4)`` float32 sequences."""
        return np.array(self.data.one_hot, dtype=np.float32)

    @cached_property
    def score_model(self) -> keras.Model:
        """The class score as a Keras model's only output: ``(n, L, 4) -> (n, 1)``.

        demo_widgets explains ``S = z_bound - z_unbound``. Other programs differentiate an
        output, here a softmax probability; given this model, they differentiate the same ``S``.
        """
        last = self.model.layers[-1]
        kernel, bias = last.get_weights()
        readout = keras.layers.Dense(1, name="class_score")
        score = keras.Model(self.model.inputs, readout(last.input), name=f"{self.name}_score")
        readout.set_weights([kernel[:, 1:] - kernel[:, :1], bias[1:] - bias[:1]])
        return score

    @cached_property
    def torch_twin(self):
        """The class score in PyTorch: ``(n, 4, L) -> (n, 1)``, agreeing on all sequences."""
        from .torch_twin import torch_twin

        return torch_twin(self.model, self.X)


def subjects(names: Iterable[str]) -> list[Subject]:
    """The demo networks of these names."""
    models, data = load_demo()
    return [Subject(name, models[name].model, data) for name in names]
