"""Pages that were opened after the dashboard was made."""

from __future__ import annotations

from demo_widgets.dashboard.page.late_page import LatePage
from demo_widgets.dashboard.parts.widget_tree import widgets_of


def late_page_of(dashboard) -> LatePage:
    return next(child for child in dashboard.children if isinstance(child, LatePage))


def test_only_a_page_that_asks_later_is_told_that_it_is_late(make_dashboard, traffic):
    widget = late_page_of(make_dashboard())
    opened = next(data for comm, kind, data in traffic if comm == widget.model_id)
    assert opened["state"]["late"] is False
    assert widget.get_state()["late"] is True


def test_a_late_page_is_sent_the_state_of_all_that_is_on_it(make_dashboard, traffic):
    dashboard = make_dashboard()
    dashboard.tab = "Saliency"
    traffic.clear()
    content = {"data": {"method": "custom", "content": {"drawn": True}}}
    late_page_of(dashboard).comm.handle_msg({"content": content, "buffers": []})
    sent = {comm: data["state"] for comm, kind, data in traffic if data["method"] == "update"}
    on_page = {widget.model_id: set(widget.keys) for widget in widgets_of(dashboard)}
    assert {key: set(state) for key, state in sent.items()}.items() >= on_page.items()
    curves = dashboard.view("Predictions").roc.curves
    assert all(sent[curve.model_id]["x"]["shape"] == curve.x.shape for curve in curves)
