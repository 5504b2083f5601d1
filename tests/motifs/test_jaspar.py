"""JASPAR offline: releases, names, ids, and helpful refusals."""

import threading

import pytest

from demo_widgets.errors import MotifError
from demo_widgets.motifs import jaspar, jaspar_releases


def test_releases_run_from_2016_to_the_newest():
    releases = jaspar_releases()
    assert releases[0] == "JASPAR2016"
    assert "JASPAR2024" in releases
    assert releases == sorted(releases)


@pytest.mark.parametrize(
    ("release", "expected"),
    [("JASPAR2016", "MA0035.3"), ("JASPAR2020", "MA0035.4"), ("JASPAR2024", "MA0035.5")],
)
def test_each_release_has_its_own_gata1(release, expected):
    database = jaspar(release, tf_name="gata1")
    assert [motif.matrix_id for motif in database] == [expected]
    assert release in database.title
    assert jaspar(release, matrix_id="MA0035")[0].matrix_id == expected


def test_an_old_version_is_had_by_its_full_id_from_a_new_release():
    old = jaspar("JASPAR2024", matrix_id="MA0035.3")[0]
    new = jaspar("JASPAR2024", matrix_id="MA0035.5")[0]
    assert len(old) == 11
    assert old.consensus != new.consensus
    assert old.source == "JASPAR2024"


def test_all_versions_are_kept_on_request():
    ids = [m.matrix_id for m in jaspar("JASPAR2024", tf_name="GATA1", all_versions=True)]
    assert {"MA0035.3", "MA0035.4", "MA0035.5"} <= set(ids)


def test_the_release_is_always_shown():
    database = jaspar("JASPAR2024")
    assert "JASPAR2024" in repr(database) and "vertebrates" in repr(database)
    assert len(database) > 800
    assert database["MA0035.5"].name == database["gata1"].name == "GATA1"


def test_a_second_look_is_served_from_memory():
    assert jaspar("JASPAR2024") is jaspar("JASPAR2024")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"release": "JASPAR2025"}, "use one of JASPAR2016"),
        ({"tf_name": "GATTA1"}, "did you mean GATA1"),
        ({"tf_name": "O'Brien"}, "has no factor"),
        ({"matrix_id": "MA0035.9"}, r"it holds MA0035.1, MA0035.2"),
        ({"matrix_id": "MA00035"}, "has no matrix"),
        ({"tax_group": "vertebrate"}, "it has .*vertebrates"),
        ({"collection": "core2"}, "it has CORE"),
        ({"tf_name": "GATA1::"}, "did you mean GATA1::TAL1"),
        ({"release": "JASPAR2016", "tf_name": "TAL1"}, "did you mean TAL1::"),
        ({"matrix_id": "GATA1"}, "use tf_name='GATA1'"),
        ({"matrix_id": "MA0035.3", "tf_name": "GATA1"}, "give one of them"),
    ],
)
def test_a_wrong_name_is_an_error_that_helps(arguments, message):
    with pytest.raises(MotifError, match=message):
        jaspar(**arguments)


@pytest.mark.parametrize("release", ["2016", 2016, "jaspar2016", "JASPAR2016"])
def test_release_and_group_are_read_in_any_case(release):
    assert jaspar(release, tax_group="Vertebrates") is jaspar("JASPAR2016")


def test_any_thread_may_ask():
    found = []
    thread = threading.Thread(target=lambda: found.append(jaspar("JASPAR2018", tf_name="ELK1")))
    thread.start()
    thread.join()
    assert found[0][0].name == "ELK1"
    assert jaspar("JASPAR2018", matrix_id="MA0028")[0].name == "ELK1"
