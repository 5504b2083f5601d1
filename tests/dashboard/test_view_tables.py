"""The tables behind the views: no model's name takes another column's place."""

from __future__ import annotations

import numpy as np
import pytest

from demo_widgets.dashboard.engine.request import Request
from demo_widgets.pictures.view_tables import (
    mutagenesis_table,
    own_column,
    saliency_table,
    temporal_table,
)

from .conftest import linear_model, make_dataset, saved

SEQUENCE = "ACGTA"


class Result:
    importance = np.arange(5.0)[None]
    forward, backward = importance + 10, importance + 20
    effects = np.arange(20.0).reshape(1, 5, 4)


@pytest.mark.parametrize("name", ["position", "base", "reference", "mutant"])
def test_a_model_called_like_a_column_has_a_column_of_its_own(name):
    for made in (saliency_table, mutagenesis_table):
        plain = made({"net": Result}, SEQUENCE)
        named = made({name: Result, "net": Result}, SEQUENCE)
        assert len(named.columns) == len(plain.columns) + 1
        for column in plain:
            assert list(named[column]) == list(plain[column])
        mine = f"{name} (model)" if name in plain else name
        assert list(named[mine]) == list(plain["net"])


def test_two_models_whose_columns_would_be_called_alike_both_have_theirs():
    read = temporal_table({"a": Result, "a forward": Result}, SEQUENCE)
    assert len(set(read.columns)) == 2 + 4
    assert own_column("b", ["b", "b (model)"]) == "b (model 2)"


def test_the_file_of_the_saliency_tab_keeps_its_positions_and_bases(make_dashboard):
    dashboard = make_dashboard({"position": linear_model()}, make_dataset(length=8), tab="Saliency")
    lines = saved(dashboard.view("Saliency").downloads, "CSV")[1].decode().splitlines()
    assert lines[0] == "position,base,position (model)"
    assert "".join(line.split(",")[1] for line in lines[1:]) == dashboard.session.sequence
    request = Request.of("saliency", "position", dashboard.session.sequence, method="saliency")
    value = dashboard.engine.results.all_of([request])[request].importance[0, 2]
    assert float(lines[3].split(",")[2]) == pytest.approx(float(value))
