"""The three networks: names, titles and builders.

The builders in :mod:`demo_widgets.models` are referred to by name, so that ``--help`` and the plan
of a sweep can list the networks without loading TensorFlow.
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
        Its title, also the name of the Keras model.
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
"""The networks by their option name, in the order of the paper."""
