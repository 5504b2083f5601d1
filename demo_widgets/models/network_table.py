"""The three networks: what commands call them, what people read, and what builds them.

The builders are in :mod:`demo_widgets.models` and named here only, so that a command's
``--help`` and the plan of a sweep can list the networks without loading TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NETWORKS", "Network"]


@dataclass(frozen=True)
class Network:
    """One of the three networks.

    Attributes
    ----------
    title
        Its name for people, also that of the Keras model.
    builder
        The function of :mod:`demo_widgets.models` that builds it.
    """

    title: str
    builder: str


NETWORKS = {
    "cnn": Network("CNN", "build_cnn"),
    "rnn": Network("RNN", "build_rnn"),
    "cnn-rnn": Network("CNN-RNN", "build_cnn_rnn"),
}
"""The networks by the name that options and arguments take, in the order of the paper."""
