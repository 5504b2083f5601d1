"""Motifs that people name: the good are kept, the bad are named, the too short are told."""

from __future__ import annotations

import numpy as np
import pytest

from demo_widgets.dashboard.engine.known_motif_hits import (
    HIT_P_VALUE,
    find_known_motifs,
    smallest_p_value,
)

from .conftest import make_dataset

SITE = "TTCTAATCTATCTTATCTCTT"  # of MA0035.3


def test_a_bad_name_is_named_and_the_good_ones_are_found():
    found = find_known_motifs(f"CCCTG{SITE}CCC", ("GATTA1", "MA0035.3"), "JASPAR2024")
    (error,) = found.unknown
    assert "GATTA1" in str(error) and "did you mean" in str(error)
    assert found.without_hits == () and found.n_motifs == 1
    assert set(found.hits["motif"]) == {"MA0035.3"}


def test_the_field_shows_the_hits_beside_what_it_could_not_find(make_dashboard):
    dashboard = make_dashboard(dataset=make_dataset(length=40), tab="Saliency")
    dashboard.session.explore(f"CCCTG{SITE}CCC")
    row = dashboard.view("Saliency").known
    row.field.value = "GATTA1, MA0035.3"
    assert dashboard.wait(60)
    assert row.track.figure in row.widget.children
    assert "GATTA1" in row.message.value and "at p &lt; 0.0001" in row.message.value


@pytest.mark.parametrize("width, reachable", [(6, False), (7, True)])
def test_a_motif_of_six_bases_can_have_no_hit_and_one_of_seven_can(width, reachable):
    certain = np.eye(4)[[0, 1, 2, 3, 0, 1, 2][:width]]
    assert smallest_p_value(certain) == pytest.approx(4.0**-width)
    assert (smallest_p_value(certain) < HIT_P_VALUE) == reachable


def test_a_position_without_preference_adds_nothing():
    certain, any_base = np.eye(4)[[0, 1]], np.full((3, 4), 0.25)
    assert smallest_p_value(np.vstack([certain, any_base])) == pytest.approx(1 / 16)


def test_a_motif_that_is_too_short_is_told_beside_the_field(make_dashboard):
    from demo_widgets.motifs import jaspar

    short = next(motif for motif in jaspar("JASPAR2024") if len(motif) == 6)
    dashboard = make_dashboard(dataset=make_dataset(length=40), tab="Saliency")
    row = dashboard.view("Saliency").known
    row.field.value = short.matrix_id
    assert dashboard.wait(60)
    assert "0 hits" in row.message.value
    assert f"{short.matrix_id}" in row.message.value and "6 bases" in row.message.value


@pytest.mark.filterwarnings("error::demo_widgets.errors.DemoWidgetsWarning")
def test_a_motif_longer_than_the_sequence_is_told_and_the_others_are_found():
    found = find_known_motifs("AGATAAGA", ("MA0035.3", "MA0037.4"), "JASPAR2024")
    assert any("more than the 8 of this sequence" in words for words in found.without_hits)
    assert found.n_motifs == 2 and "MA0035.3" not in set(found.hits["motif"])
