"""Dashboards without a kernel: small models, small datasets, and a recorder of comm traffic."""

from __future__ import annotations

import comm
import numpy as np
import pytest
from comm.base_comm import BaseComm

from demo_widgets.sequences import SequenceDataset

BASES = list("ACGT")


def make_dataset(n: int = 6, length: int = 30, seed: int = 0, **options) -> SequenceDataset:
    """Random sequences, labelled 1, 0, 1, 0 ... unless ``labels`` says otherwise."""
    rng = np.random.default_rng(seed)
    options.setdefault("labels", (np.arange(n) + 1) % 2)
    return SequenceDataset(["".join(rng.choice(BASES, length)) for _ in range(n)], **options)


def linear_model(name: str = "linear", weight: float = 1.0):
    """Two-way softmax of the mean base: its class score is linear in the input."""
    import keras

    inputs = keras.Input((None, 4))
    pooled = keras.layers.GlobalAveragePooling1D()(inputs)
    dense = keras.layers.Dense(2, activation="softmax")
    model = keras.Model(inputs, dense(pooled), name=name)
    kernel = np.array([[0, 3], [0, -2], [1, 0], [0, 1]], dtype="float32") * weight
    dense.set_weights([kernel, np.zeros(2, "float32")])
    return model


def recurrent_model(name: str = "recurrent"):
    """A small network that reads the sequence in time."""
    from demo_widgets.models import build_rnn

    return build_rnn(units=4, seed=1, name=name)


class RecordingComm(BaseComm):
    """A comm with nobody at the other end that keeps what was sent."""

    sent: list = []

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        type(self).sent.append((self.comm_id, msg_type, data or {}))


@pytest.fixture
def traffic(monkeypatch) -> list:
    """Every message to the browser, as ``(comm id, message type, data)``."""
    RecordingComm.sent = []
    monkeypatch.setattr(comm, "create_comm", lambda **options: RecordingComm(**options))
    return RecordingComm.sent


@pytest.fixture(scope="session")
def linear():
    return linear_model()


@pytest.fixture(scope="session")
def recurrent():
    return recurrent_model()


@pytest.fixture
def make_dashboard(linear):
    """Factory of dashboards that are closed when the test ends."""
    from demo_widgets.dashboard import MotifDashboard

    made = []

    def make(models=None, dataset=None, **options):
        models = {"linear": linear} if models is None else models
        dataset = make_dataset() if dataset is None else dataset
        options.setdefault("block", True)
        made.append(MotifDashboard(models, dataset, **options))
        return made[-1]

    yield make
    for dashboard in made:
        dashboard.close()


def receive(widget, **state) -> None:
    """Play the browser: what arrives at the kernel when these traits change there."""
    content = {"data": {"method": "update", "state": state, "buffer_paths": []}}
    widget.comm.handle_msg({"content": content, "buffers": []})


def press(button) -> None:
    """Play the browser: a click on a button."""
    content = {"data": {"method": "custom", "content": {"event": "click"}}}
    button.comm.handle_msg({"content": content, "buffers": []})
