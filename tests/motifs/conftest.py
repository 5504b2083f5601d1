"""Networks whose motifs are known because they were written into the weights."""

from __future__ import annotations

import numpy as np
import pytest

from demo_widgets.motifs import jaspar


def build_network_of(*matrix_ids: str, name: str = "by-hand", padding: str = "same"):
    """One filter a motif and strand (and a dead one), strongest response anywhere, summed."""
    import keras
    from keras import layers

    motifs = [jaspar("JASPAR2018", matrix_id=matrix_id)[0] for matrix_id in matrix_ids]
    width = max(len(motif) for motif in motifs)
    kernel = np.zeros((width, 4, 2 * len(motifs) + 1), np.float32)
    bias = np.zeros(kernel.shape[2], np.float32)
    for i, motif in enumerate(motifs):
        for strand, oriented in enumerate((motif, motif.reverse_complement())):
            odds = np.log2(oriented.frequencies + 0.01) + 2
            kernel[: len(motif), :, 2 * i + strand] = odds
            bias[2 * i + strand] = -0.3 * odds.max(axis=1).sum()
    bias[-1] = -1.0
    model = keras.Sequential(
        [
            layers.Input((None, 4)),
            layers.Conv1D(kernel.shape[2], width, padding=padding, activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(1, activation="sigmoid"),
        ],
        name=name,
    )
    model.layers[0].set_weights([kernel, bias])
    model.layers[2].set_weights([np.full((kernel.shape[2], 1), 0.5), np.array([-4.0])])
    return model


def build_blind_network(name: str = "blind"):
    """A convolution of random weights: it has learnt nothing."""
    import keras
    from keras import layers

    initializer = keras.initializers.RandomNormal(stddev=0.3, seed=1)
    return keras.Sequential(
        [
            layers.Input((None, 4)),
            layers.Conv1D(8, 7, padding="same", activation="relu", kernel_initializer=initializer),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, activation="sigmoid", kernel_initializer=initializer),
        ],
        name=name,
    )


@pytest.fixture(scope="session")
def network_of():
    """``network_of("MA0035.3", ...)``: a network that scores these motifs and nothing else."""
    return build_network_of


@pytest.fixture(scope="session")
def blind_network():
    return build_blind_network()


@pytest.fixture(scope="session")
def two_motif_data():
    """Every bound sequence holds GATA1 and AP-1, on either strand, anywhere."""
    from demo_widgets.sequences import simulate_motif_dataset

    return simulate_motif_dataset(
        ["MA0035.3", "MA0099.3"], n_sequences=600, seed=0, release="JASPAR2018"
    )
