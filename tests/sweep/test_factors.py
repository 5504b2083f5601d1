"""Which TFs a folder holds, and what is said of those that cannot be used."""

from __future__ import annotations

import re

import pytest

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.sweep import find_factors
from demo_widgets.sweep.jobs import folder_name

from .conftest import add_folder, add_pair

HOSTILE = "<b>x</b> & \"y\" '..' 测试"


def test_folders_and_deepbind_pairs_are_found_in_the_order_of_their_names(factors):
    found, warnings = find_factors(factors)
    assert [factor.name for factor in found] == ["CTCF (sc-1)", "GATA1"]
    assert [factor.bound_only for factor in found] == [True, False]
    assert found[0].train.name == "CTCF (sc-1)_AC.seq.gz"
    assert found[0].test.name == "CTCF (sc-1)_B.seq.gz"
    assert found[1].train == factors / "GATA1" / "train.fa.gz"
    assert warnings == []


def test_other_files_and_folders_are_no_tfs(factors):
    (factors / "notes.txt").write_text("hello")
    (factors / "results").mkdir()
    found, warnings = find_factors(factors)
    assert len(found) == 2 and warnings == []


def test_a_tf_that_lacks_a_half_is_left_out_with_a_warning(factors):
    (factors / "GATA1" / "train.fa.gz").unlink()
    add_pair(factors, "ELK1")
    (factors / "ELK1_B.seq.gz").unlink()
    found, warnings = find_factors(factors)
    assert [factor.name for factor in found] == ["CTCF (sc-1)"]
    assert warnings == [
        "ELK1: it has no test file; it is skipped",
        "GATA1: it has no training file; it is skipped",
    ]


def test_two_files_for_one_half_are_not_chosen_between(factors):
    (factors / "GATA1" / "train.csv").write_text("sequence,label\n")
    found, (warning,) = find_factors(factors)
    assert "GATA1" not in [factor.name for factor in found]
    assert "more than one training file (train.csv, train.fa.gz)" in warning


def test_patterns_choose_tfs(factors):
    assert [f.name for f in find_factors(factors, ["GATA*"])[0]] == ["GATA1"]
    assert [f.name for f in find_factors(factors, ["CTCF (sc-1)"])[0]] == ["CTCF (sc-1)"]
    with pytest.raises(DemoWidgetsError, match="no TF is named 'MYC'.*GATA1"):
        find_factors(factors, ["GATA1", "MYC"])


def test_a_folder_without_tfs_is_told_the_layout(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(DemoWidgetsError, match=r"train\.fa\.gz.*X_AC\.seq\.gz.*X_B\.seq\.gz"):
            find_factors(folder)


def test_a_folder_of_halves_alone_is_an_error_that_names_them(tmp_path):
    (add_folder(tmp_path, "GATA1") / "test.fa.gz").unlink()
    with pytest.raises(DemoWidgetsError, match="GATA1: it has no test file"):
        find_factors(tmp_path)


def test_a_folder_and_a_pair_of_one_name_are_refused(factors):
    add_pair(factors, "GATA1")
    with pytest.raises(DemoWidgetsError, match="'GATA1' is both"):
        find_factors(factors)


def test_folder_names_are_plain_and_never_shared():
    assert folder_name("GATA1_K562_GATA-1_USC") == "GATA1_K562_GATA-1_USC"
    names = [HOSTILE, HOSTILE + "!", "..", ".", "a b", "a_b", "测试", "half \udc80 byte"]
    made = [folder_name(name) for name in names]
    assert len(set(made)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name) for name in made)
