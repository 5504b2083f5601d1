"""Fifty dashboards in one kernel, every tab looked at: nothing grows, and closed ones are freed."""

from __future__ import annotations

import ctypes
import gc
import threading
import time
import weakref

import numpy as np
import psutil
import pytest
from scipy.stats import theilslopes

from demo_widgets.dashboard import MotifDashboard

from .conftest import make_dataset, open_widgets

TABS = MotifDashboard.tab.values
COUNT = 50
give_memory_back = getattr(ctypes.CDLL(None), "malloc_trim", lambda _: None)


def threads_left(timeout: float = 60) -> list[str]:
    """Names of the package's threads that do not end; libraries start some when they like."""
    ours = [t for t in threading.enumerate() if t.name.startswith("demo_widgets")]
    deadline = time.monotonic() + timeout
    for thread in ours:
        thread.join(max(0, deadline - time.monotonic()))
    return [thread.name for thread in ours if thread.is_alive()]


@pytest.fixture(scope="module")
def models(linear, recurrent):
    return {"linear": linear, "recurrent": recurrent}


@pytest.fixture(scope="module")
def look(models):
    """Make a dashboard, look at every tab and at another sequence, close it and give it back."""
    data = make_dataset(n=3, length=12)

    def make_look_close(*, block: bool = True) -> MotifDashboard:
        dashboard = MotifDashboard(models, data, block=block)
        for title in TABS:
            dashboard.tab = title
        dashboard.sequence_index = 1
        dashboard.window = (2, 10)
        dashboard.position = 3
        assert dashboard.wait(60)
        dashboard.close()
        return dashboard

    for _ in range(3):  # what libraries keep once and for all
        make_look_close()
    return make_look_close


@pytest.fixture(scope="module")
def fifty(look) -> dict[str, list]:
    """Counts after each of fifty dashboards that were closed and given back."""
    process = psutil.Process()
    seen = {"comms": [], "threads": [], "objects": [], "resident": []}
    for _ in range(COUNT):
        look()
        gc.collect()
        give_memory_back(0)
        seen["comms"].append(len(open_widgets()))
        seen["threads"].append(threads_left())
        seen["objects"].append(len(gc.get_objects()))
        seen["resident"].append(process.memory_info().rss)
    return seen


def growth(values: list) -> float:
    """Median slope of the later two thirds, in units a dashboard: one jump alone is no growth."""
    return theilslopes(values[len(values) // 3 :]).slope


@pytest.mark.slow
def test_fifty_dashboards_leave_no_comm(fifty):
    assert len(set(fifty["comms"])) == 1, fifty["comms"]


@pytest.mark.slow
def test_fifty_dashboards_leave_no_thread(fifty):
    assert fifty["threads"] == [[]] * COUNT


@pytest.mark.slow
def test_fifty_dashboards_leave_no_memory(fifty):
    # One dashboard that stays is 13,000 Python objects and 3.5 MB.
    assert growth(fifty["objects"]) < 200, fifty["objects"]
    assert growth(fifty["resident"]) < 1_000_000, fifty["resident"]


def test_a_closed_dashboard_that_nobody_holds_is_freed(look):
    dashboard = look()
    kept = {
        "dashboard": weakref.ref(dashboard),
        "session": weakref.ref(dashboard.session),
        "engine": weakref.ref(dashboard.engine),
        **{title: weakref.ref(dashboard.view(title)) for title in TABS},
    }
    del dashboard
    gc.collect()
    assert [name for name, reference in kept.items() if reference() is not None] == []


def test_a_dashboard_that_computed_in_the_background_is_freed_too(look):
    dashboard = look(block=False)
    reference = weakref.ref(dashboard)
    del dashboard
    assert threads_left() == []
    gc.collect()
    assert reference() is None


def test_a_new_dashboard_leaves_the_old_one_working(models):
    data = make_dataset(n=3, length=12)
    old = MotifDashboard(models, data, block=True)
    new = MotifDashboard(models, data, block=True)
    new.close()
    old.sequence_index = 2
    assert old.header.title.comm is not None
    assert str(data.names[2]) in old.header.title.value
    old.close()


def test_closing_a_dashboard_leaves_the_users_models_alone(models, look):
    before = {name: [w.copy() for w in model.get_weights()] for name, model in models.items()}
    look()
    for name, model in models.items():
        for old, new in zip(before[name], model.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)
