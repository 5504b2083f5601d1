"""Closing a dashboard leaves no widget and no thread behind."""

from __future__ import annotations

import threading

from demo_widgets.dashboard import MotifDashboard

from .conftest import make_dataset, open_widgets, press

TABS = ("Predictions", "Saliency", "Temporal", "Class optimization")


def test_creating_and_closing_many_dashboards_leaves_no_widget(recurrent):
    data = make_dataset(n=3, length=12)

    def create_and_close():
        dashboard = MotifDashboard({"recurrent": recurrent}, data, block=True)
        for tab in TABS:
            dashboard.tab = tab
        dashboard.close()

    create_and_close()  # what ipywidgets and bqplot keep once and for all
    before = open_widgets()
    for _ in range(20):
        create_and_close()
    assert open_widgets().keys() <= before.keys()


def test_closing_closes_controls_that_were_used(recurrent):
    before = open_widgets()
    dashboard = MotifDashboard({"recurrent": recurrent}, make_dataset(n=3, length=12), block=True)
    dashboard.tab = "Saliency"
    dashboard.view("Saliency").pan.value = True
    dashboard.view("Saliency").pan.value = False
    dashboard.window = (2, 10)
    view = dashboard.view("Class optimization")
    view.form.iterations.value = 2
    press(view.run_button)
    dashboard.close()
    assert open_widgets().keys() <= before.keys()


def test_no_thread_outlives_its_dashboard(linear):
    for _ in range(5):
        dashboard = MotifDashboard(linear, make_dataset())
        dashboard.tab = "Saliency"
        dashboard.close()
        assert dashboard.wait(20)
    left = [t for t in threading.enumerate() if t.name.startswith("demo_widgets")]
    for thread in left:
        thread.join(10)
    assert not any(thread.is_alive() for thread in left)


def test_closing_twice_and_using_it_afterwards_harms_nothing(linear):
    dashboard = MotifDashboard(linear, make_dataset(), block=True)
    dashboard.close()
    dashboard.close()
    dashboard.sequence_index = 1
