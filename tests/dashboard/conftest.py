"""Dashboards without a kernel: small models, small datasets, and a recorder of comm traffic."""

from __future__ import annotations

import base64
import gc
import io
import re
from html import unescape

import comm
import ipywidgets as W
import numpy as np
import pandas as pd
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


def click(bars, index: int, row: int = 0, *, event: str = "element_click") -> None:
    """Play the browser: a click, or with ``event="hover"`` the pointer, on a cell of a mark."""
    content = {"event": event, "data": {"index": index, "subIndex": row}}
    message = {"data": {"method": "custom", "content": content}}
    bars.comm.handle_msg({"content": message, "buffers": []})


def html(view) -> str:
    """What a tab says, in words and pictures that are HTML."""
    found, waiting = [], [view.widget]
    while waiting:
        widget = waiting.pop(0)
        found += [widget.value] if isinstance(widget, W.HTML) else []
        waiting += getattr(widget, "children", ())
    return "\n".join(found)


def css_classes(widget) -> list[str]:
    """CSS classes of a widget."""
    return list(widget.get_state("_dom_classes")["_dom_classes"])


def saved(downloads, label: str) -> tuple[str, bytes]:
    """Press the button of that label; name and content of the file that is then offered."""
    row = downloads.widget.children
    press(next(b for b in row if getattr(b, "description", "") == label))
    found = re.search(r'download="([^"]+)" href="data:[^;]+;base64,([^"]+)"', row[-1].value)
    assert found, row[-1].value
    return unescape(found[1]), base64.b64decode(found[2])


def table(view) -> pd.DataFrame:
    """The CSV file of a tab, read."""
    return pd.read_csv(io.BytesIO(saved(view.downloads, "CSV")[1]))


def part(dashboard, kind: type):
    """The widget of this class among the parts of a dashboard."""
    return next(child for child in dashboard.children if isinstance(child, kind))


def open_widgets() -> dict[int, W.Widget]:
    """Every widget of this process that is open, by its identity."""
    widgets = (thing for thing in gc.get_objects() if issubclass(type(thing), W.Widget))
    return {id(widget): widget for widget in widgets if widget.comm is not None}
