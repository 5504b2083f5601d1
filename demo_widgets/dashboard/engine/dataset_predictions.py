"""Predictions of all models for all sequences, filled chunk by chunk, as one table."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from demo_widgets.models import predict
from demo_widgets.models.score import SequenceModel
from demo_widgets.sequences import SequenceDataset

__all__ = ["LABEL", "NAME", "DatasetPredictions"]

NAME, LABEL = "\0name", "\0label"
"""Columns other than those of the models, whose names are chosen by the user."""

CHUNK = 4096
"""Sequences predicted between two progress reports."""


class DatasetPredictions:
    """Probability of "bound" for every sequence and model; NaN where not computed yet.

    Attributes
    ----------
    probabilities : dict of str to numpy.ndarray
        Model name -> array ``(n_sequences,)``.
    errors : dict of str to Exception
        Models that could not predict, and why.
    """

    def __init__(self, models: Mapping[str, SequenceModel], dataset: SequenceDataset) -> None:
        self._models = models
        self._dataset = dataset
        self._arrays = threading.Lock()  # rows are added in one thread, filled in another
        self.probabilities = {name: np.full(len(dataset), np.nan) for name in models}
        self.errors: dict[str, Exception] = {}

    def take_dataset(self, dataset: SequenceDataset) -> None:
        """Continue with a dataset that has further rows at its end."""
        with self._arrays:
            more = np.full(len(dataset) - len(self._dataset), np.nan)
            self._dataset = dataset
            self.probabilities = {
                name: np.concatenate([values, more]) for name, values in self.probabilities.items()
            }

    def forget(self, models: Iterable[str]) -> None:
        """Drop the predictions of these models."""
        with self._arrays:
            for name in models:
                self.errors.pop(name, None)
                self.probabilities[name] = np.full(len(self._dataset), np.nan)

    @property
    def complete(self) -> bool:
        """Whether every model has predicted every sequence or failed."""
        return all(
            name in self.errors or not np.isnan(values).any()
            for name, values in self.probabilities.items()
        )

    def fill(self, cancel: threading.Event) -> Iterator[str]:
        """Predict the missing values; yield a progress message after each chunk."""
        total = len(self._dataset)
        for start in range(0, total, CHUNK):
            stop = min(start + CHUNK, total)
            missing = [
                name
                for name in self._models
                if name not in self.errors and np.isnan(self.probabilities[name][start:stop]).any()
            ]
            for name in missing:
                if cancel.is_set():
                    return
                self._predict_chunk(name, start, stop)
            if missing:
                yield f"Predicting all sequences: {stop:,} of {total:,}"

    def _predict_chunk(self, name: str, start: int, stop: int) -> None:
        sequences = list(self._dataset.sequences[start:stop])
        try:
            predicted = predict(self._models[name], sequences)
        except Exception as error:
            self.errors[name] = error
            return
        with self._arrays:
            self.probabilities[name][start:stop] = predicted

    def to_frame(self) -> pd.DataFrame:
        """Probability per model of every sequence, in dataset order, with its name and label."""
        columns: dict[str, Any] = {NAME: np.asarray(self._dataset.names, dtype=object)}
        if self._dataset.labels is not None:
            columns[LABEL] = np.asarray(self._dataset.labels)
        return pd.DataFrame({**columns, **self.probabilities})
