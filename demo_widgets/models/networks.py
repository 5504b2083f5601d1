"""The three networks of Deep Motif Dashboard (Lanchantin et al., PSB 2017) in Keras 3.

All take one-hot DNA ``(batch, length, 4)`` of any length and end in a softmax over
two classes, unbound (0) and bound (1).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from demo_widgets.models.quiet_tensorflow import keras, layers

__all__ = ["build_cnn", "build_rnn", "build_cnn_rnn"]


def build_cnn(
    length: int | None = None,
    *,
    widths: Sequence[int] = (9, 5, 3),
    filters: int = 128,
    pool: int = 2,
    dropout: float = 0.5,
    seed: int | None = None,
    name: str = "CNN",
) -> keras.Model:
    """Build the convolutional network: stacked motif detectors, then the strongest hit.

    Convolutions of the given ``widths`` with ReLU, max-pooling by ``pool`` after all but
    the last, dropout, global max over positions, softmax over 2.

    Parameters
    ----------
    length
        Fixed input length in bases, or ``None`` (default) for any length.
    widths, filters
        Width of each convolution in bases and number of feature maps of each (paper: 9-5-3, 128).
    pool
        Max-pooling width between convolutions (paper: 2).
    dropout
        Dropout rate (paper: 0.5).
    seed
        Seed of the initial weights; ``None`` draws new ones each time.
    name
        Displayed name.

    Returns
    -------
    keras.Model
        ``(batch, length, 4)`` -> ``(batch, 2)`` probabilities; 136,322 parameters by default.

    Examples
    --------
    >>> build_cnn().count_params()
    136322
    """
    seeds = _Seeds(seed)
    inputs = x = layers.Input((length, 4), name="dna")
    for i, width in enumerate(widths, start=1):
        x = _convolution(filters, width, seeds, name=f"conv{i}")(x)
        if i < len(widths):
            x = layers.MaxPooling1D(pool, padding="same", name=f"pool{i}")(x)
        x = layers.Dropout(dropout, seed=seeds.next(), name=f"dropout{i}")(x)
    x = layers.GlobalMaxPooling1D(name="max_over_positions")(x)
    return keras.Model(inputs, _two_class_softmax(x, seeds), name=name)


def build_rnn(
    length: int | None = None,
    *,
    units: int = 32,
    dropout: float = 0.5,
    seed: int | None = None,
    name: str = "RNN",
) -> keras.Model:
    """Build the recurrent network: one bidirectional LSTM, averaged over time.

    Parameters
    ----------
    length
        Fixed input length in bases, or ``None`` (default) for any length.
    units
        LSTM units of each direction (paper: 32).
    dropout
        Dropout rate before the softmax (paper: 0.5).
    seed
        Seed of the initial weights; ``None`` draws new ones each time.
    name
        Displayed name.

    Returns
    -------
    keras.Model
        ``(batch, length, 4)`` -> ``(batch, 2)`` probabilities; 9,602 parameters by default.
    """
    seeds = _Seeds(seed)
    inputs = layers.Input((length, 4), name="dna")
    return keras.Model(inputs, _read_both_ways(inputs, units, dropout, seeds), name=name)


def build_cnn_rnn(
    length: int | None = None,
    *,
    width: int = 9,
    filters: int = 128,
    units: int = 32,
    dropout: float = 0.25,
    seed: int | None = None,
    name: str = "CNN-RNN",
) -> keras.Model:
    """Build the convolutional-recurrent network: motif detectors read in order by an LSTM.

    One ``same`` convolution with ReLU and no pooling, so that recurrent time steps are
    sequence positions, then the bidirectional LSTM of :func:`build_rnn`.

    Parameters
    ----------
    length
        Fixed input length in bases, or ``None`` (default) for any length.
    width, filters
        Width of the convolution in bases and its number of feature maps (paper: 9, 128).
    units
        LSTM units of each direction (paper: 32).
    dropout
        Dropout rate after the convolution and before the softmax. The paper's 0.5 underfits here:
        on GATA1 the held-out loss falls from 0.29 to 0.26 nats with 0.25.
    seed
        Seed of the initial weights; ``None`` draws new ones each time.
    name
        Displayed name.

    Returns
    -------
    keras.Model
        ``(batch, length, 4)`` -> ``(batch, 2)`` probabilities; 46,082 parameters by default.
    """
    seeds = _Seeds(seed)
    inputs = layers.Input((length, 4), name="dna")
    x = _convolution(filters, width, seeds, name="conv1")(inputs)
    x = layers.Dropout(dropout, seed=seeds.next(), name="dropout1")(x)
    return keras.Model(inputs, _read_both_ways(x, units, dropout, seeds), name=name)


class _Seeds:
    """Seeds of all random initializers and dropouts of a network, from one ``seed``.

    They equal those that Keras would draw after ``random.seed(seed)``, in the same order, so that a
    seed keeps giving the same weights.
    """

    def __init__(self, seed: int | None) -> None:
        self._draw = None if seed is None else random.Random(seed)

    def next(self) -> int | None:
        """Return the next seed; ``None`` lets Keras choose."""
        return None if self._draw is None else self._draw.randint(1, int(1e9))

    def glorot(self) -> Any:
        """Return the initializer of a kernel."""
        return keras.initializers.GlorotUniform(seed=self.next())

    def orthogonal(self) -> Any:
        """Return the initializer of a recurrent kernel."""
        return keras.initializers.Orthogonal(seed=self.next())


def _convolution(filters: int, width: int, seeds: _Seeds, name: str) -> layers.Conv1D:
    return layers.Conv1D(
        filters,
        width,
        padding="same",
        activation="relu",
        kernel_initializer=seeds.glorot(),
        name=name,
    )


def _read_both_ways(x: Any, units: int, dropout: float, seeds: _Seeds) -> Any:
    """Return the mean over time of each direction of an LSTM, joined, dropout, then softmax."""

    def lstm(**options: Any) -> layers.LSTM:
        return layers.LSTM(
            units,
            return_sequences=True,
            name="lstm",
            kernel_initializer=seeds.glorot(),
            recurrent_initializer=seeds.orthogonal(),
            seed=seeds.next(),
            **options,
        )

    for _ in range(3):  # of the layer that Keras copies for both directions
        seeds.next()
    both = layers.Bidirectional(lstm(), backward_layer=lstm(go_backwards=True), name="bilstm")
    x = layers.GlobalAveragePooling1D(name="mean_over_time")(both(x))
    x = layers.Dropout(dropout, seed=seeds.next(), name="dropout_rnn")(x)
    return _two_class_softmax(x, seeds)


def _two_class_softmax(x: Any, seeds: _Seeds) -> Any:
    last = layers.Dense(2, activation="softmax", kernel_initializer=seeds.glorot(), name="bound")
    return last(x)
