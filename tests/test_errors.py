"""Errors are one family, and warnings point at the line of whoever called."""

from __future__ import annotations

import warnings

import pytest

from demo_widgets import errors
from demo_widgets.errors import DemoWidgetsError, DemoWidgetsWarning


def test_every_error_is_of_the_family():
    kinds = [getattr(errors, name) for name in errors.__all__]
    raised = [kind for kind in kinds if isinstance(kind, type) and kind is not DemoWidgetsWarning]
    assert len(raised) > 5
    assert all(issubclass(kind, DemoWidgetsError) for kind in raised)


@pytest.mark.parametrize("depth", ["shallow", "deep"])
def test_a_warning_names_the_line_of_the_caller(depth):
    from demo_widgets.sequences import SequenceDataset, as_one_hot

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if depth == "shallow":
            as_one_hot(["ACGN"])
        else:
            from demo_widgets.dashboard import MotifDashboard
            from tests.dashboard.conftest import linear_model

            MotifDashboard({"linear": linear_model()}, ["ACGN" * 5], block=True).close()
            SequenceDataset(["ACGN"])
    told = [w for w in caught if w.category is DemoWidgetsWarning]
    assert told and {w.filename for w in told} == {__file__}
