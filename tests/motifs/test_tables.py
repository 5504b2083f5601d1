"""Motif formats and discovery methods added from outside the package are used everywhere."""

from __future__ import annotations

import inspect
import json

import numpy as np
import pytest

from demo_widgets.cli import main
from demo_widgets.errors import MotifError
from demo_widgets.motifs import Motif, discover_motifs, format_motifs, read_motifs, write_motifs
from demo_widgets.motifs.discovery import (
    METHODS,
    DiscoveryMethod,
    method_options,
    register_discovery_method,
)
from demo_widgets.motifs.format_table import FORMATS, MotifFormat, register_format

HOMER = ">GATAA\tGata1\t6.05\n0.1\t0.1\t0.7\t0.1\n0.7\t0.1\t0.1\t0.1\n"


def parse_homer(text, source):
    header, *rows = text.strip().splitlines()
    return [Motif(header.split("\t")[1], np.loadtxt(rows), source=source)]


def format_homer(motifs):
    return "".join(f">{motif.consensus}\t{motif.name}\t0\n" for motif in motifs)


@pytest.fixture
def homer():
    before = dict(FORMATS)
    register_format(
        MotifFormat(
            name="homer",
            title="HOMER",
            suffixes=(".homer",),
            recognises=lambda lines, source: lines[0].count("\t") >= 2,
            parse=parse_homer,
            write=format_homer,
            header="^>",
        )
    )
    yield
    FORMATS.clear()
    FORMATS.update(before)


def test_a_format_from_outside_is_recognised_read_and_written(tmp_path, homer):
    path = tmp_path / "m.motif"
    path.write_text(HOMER)
    (motif,) = read_motifs(path)
    assert (motif.name, motif.source) == ("Gata1", str(path))
    np.testing.assert_allclose(motif.frequencies[0], [0.1, 0.1, 0.7, 0.1])
    assert write_motifs([motif], tmp_path / "a.homer").read_text() == ">GA\tGata1\t0\n"
    assert format_motifs(motif, "homer") == ">GA\tGata1\t0\n"


def test_without_it_the_same_file_is_refused(tmp_path):
    (tmp_path / "m.motif").write_text(HOMER)
    with pytest.raises(MotifError, match="HOMER"):
        read_motifs(tmp_path / "m.motif")
    with pytest.raises(MotifError, match="is not that of a motif format"):
        write_motifs([Motif.from_sites("m", ["GATAA"])], tmp_path / "a.homer")


def test_a_format_that_is_only_read_cannot_be_written(tmp_path, homer):
    register_format(
        MotifFormat("homer", "HOMER", (".homer",), lambda lines, source: True, parse_homer)
    )
    motif = Motif.from_sites("m", ["GATAA"])
    with pytest.raises(MotifError, match="can be read but not written"):
        format_motifs(motif, "homer")
    with pytest.raises(MotifError, match="is not that of a motif format"):
        write_motifs([motif], tmp_path / "a.homer")


def most_common_word(request, *, width=8):
    """The commonest word of the sequences, as a motif."""
    from demo_widgets.sequences import one_hot_decode

    words = [
        sequence[start : start + width]
        for sequence in one_hot_decode(request.X)
        for start in range(len(sequence) - width + 1)
    ]
    word = max(sorted(set(words)), key=words.count)
    request.report.append(f"the commonest word is {word}")
    return [Motif.from_sites("word", [word] * words.count(word))]


@pytest.fixture
def words():
    register_discovery_method(
        DiscoveryMethod("words", "common words", "the commonest word", most_common_word)
    )
    yield
    del METHODS["words"]


def test_a_method_from_outside_is_asked_with_its_options(network_of, two_motif_data, words):
    found = discover_motifs(network_of("MA0035.3"), two_motif_data, "words", width=5)
    assert len(found[0]) == 5
    assert "the commonest word" in found.report[0]
    assert method_options("words") == ["width"]
    with pytest.raises(MotifError, match="has no option 'size'; it has width"):
        discover_motifs(network_of("MA0035.3"), two_motif_data, "words", size=5)


def test_the_command_offers_methods_and_formats_from_outside(
    tmp_path, network_of, words, homer, capsys
):
    from demo_widgets.models import save_model

    with pytest.raises(SystemExit):
        main(["motifs", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "words" in text and "HOMER (.homer)" in text
    save_model(network_of("MA0035.3"), tmp_path / "cnn.keras")
    (tmp_path / "a.fa").write_text(">a\nACGATAAGGATCGTTCGATAAGGC\n>b\nCCGATAAGGATCTGTCTTTTTTTT\n")
    command = ["motifs", "--models", tmp_path / "cnn.keras", "--sequences", tmp_path / "a.fa"]
    options = ["--method", "words", "--out", tmp_path / "m.homer", "--jaspar", "none", "--json"]
    assert main([str(word) for word in [*command, *options]]) == 0
    (motif,) = json.loads(capsys.readouterr().out)["motifs"]
    assert (motif["name"], motif["consensus"]) == ("cnn words 1", "CGATAAGG")
    assert (tmp_path / "m.homer").read_text() == ">CGATAAGG\tcnn words 1\t0\n"


@pytest.mark.parametrize("key", METHODS)
def test_every_method_declares_what_it_shows_and_options_with_defaults(key):
    method = METHODS[key]
    assert method.key == key and method.label and method.shows
    assert inspect.Parameter.empty not in method.options.values()
