"""Motif files come back as they went out, and bad ones are one clear error each."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from demo_widgets.errors import DiskFull, MotifError
from demo_widgets.motifs import Motif, formats, jaspar, read_motifs, write_motifs

SUFFIX = {"meme": ".meme", "jaspar": ".jaspar", "transfac": ".transfac"}


def some_motifs():
    rng = np.random.default_rng(0)
    return [
        Motif("GATA1", rng.dirichlet([0.5] * 4, 11), n_sites=4321, matrix_id="MA0035.3"),
        Motif("TAL1::GATA1", rng.dirichlet([0.1] * 4, 18), n_sites=7, matrix_id="MA0140.2"),
        Motif("plain", rng.dirichlet([1.0] * 4, 6)),
    ]


@pytest.mark.parametrize("format", SUFFIX)
def test_a_file_comes_back_as_it_went_out(tmp_path, format):
    written = some_motifs()
    path = write_motifs(written, tmp_path / f"motifs{SUFFIX[format]}")
    read = read_motifs(path)
    for before, after in zip(written, read, strict=True):
        assert (after.name, after.matrix_id) == (before.name, before.matrix_id)
        assert after.n_sites == before.n_sites
        assert after.source == str(path)
        np.testing.assert_allclose(after.frequencies, before.frequencies, atol=1e-9)


@pytest.mark.parametrize("format", SUFFIX)
def test_every_jaspar_vertebrate_matrix_survives_a_round_trip(tmp_path, format):
    written = jaspar("JASPAR2016")
    path = write_motifs(written, tmp_path / f"all{SUFFIX[format]}")
    read = read_motifs(path)
    assert [m.label for m in read] == [m.label for m in written]
    worst = max(
        np.abs(a.frequencies - b.frequencies).max() for a, b in zip(written, read, strict=True)
    )
    assert worst < 1e-9


def test_meme_keeps_its_background(tmp_path):
    background = (0.3, 0.2, 0.2, 0.3)
    path = write_motifs(
        [Motif.from_sites("m", ["GATAA"], background=background)], tmp_path / "m.meme"
    )
    assert read_motifs(path)[0].background == pytest.approx(background)


def test_motifs_of_two_backgrounds_do_not_share_a_meme_file(tmp_path):
    motifs = [
        Motif.from_sites("a", ["GATAA"]),
        Motif.from_sites("b", ["GATAA"], background=(0.3, 0.2, 0.2, 0.3)),
    ]
    with pytest.raises(MotifError, match="2 different ones"):
        write_motifs(motifs, tmp_path / "m.meme")


def test_old_jaspar_files_without_letters_are_read():
    text = ">MA0001.1 AGL3\n0 3 79\n94 75 4\n1 0 3\n2 19 11\n"
    (motif,) = formats.parse_motifs(text)
    assert motif.label == "MA0001.1 AGL3"
    assert motif.consensus == "CCA"


def test_meme_suite_files_are_read_whatever_their_spacing():
    text = (
        "MEME version 5.4.1\n\nALPHABET=ACGT\n\nBackground letter frequencies (from file `x'):\n"
        "A 0.30 C 0.20 G 0.20 T 0.30 \n\nMOTIF GATA_1 GATA1 extra\n\n"
        "letter-probability matrix: alength= 4 w= 2 nsites= 20 E= 0\n"
        "  0.0\t 0.0  1.0  0.0\n 1.0 0.0 0.0 0.0 \nURL http://example.org\n"
    )
    (motif,) = formats.parse_motifs(text)
    assert (motif.consensus, motif.n_sites, motif.matrix_id) == ("GA", 20, "GATA_1")


MEME = (
    "MEME version 4\n\nALPHABET= {alphabet}\n\nMOTIF m1\nletter-probability matrix: {facts}\n{rows}"
)
BAD = {
    "empty": ("m.meme", "", "is empty"),
    "only spaces": ("m.meme", " \n\n", "is empty"),
    "unknown format": ("m.txt", "hello world\n1 2 3\n", "not a motif file of a known format"),
    "protein alphabet": (
        "m.meme",
        MEME.format(alphabet="ACDEFGHIKLMNPQRSTVWY", facts="", rows=""),
        r"line 3: the alphabet is 'ACDEF",
    ),
    "protein width": (
        "m.meme",
        MEME.format(alphabet="ACGT", facts="alength= 20 w= 1", rows=""),
        "alength= 20",
    ),
    "rows that do not sum": (
        "m.meme",
        MEME.format(alphabet="ACGT", facts="w= 2", rows="1 0 0 0\n.5 .5 .5 0\n"),
        "line 8: motif 'm1': a row sums to 1.5, not 1",
    ),
    "not numbers": (
        "m.meme",
        MEME.format(alphabet="ACGT", facts="w= 1", rows="1 0 0 0x\n"),
        "line 7: motif 'm1': .* is not a row of numbers",
    ),
    "short row": (
        "m.meme",
        MEME.format(alphabet="ACGT", facts="w= 1", rows="0.5 0.5\n"),
        "2 numbers in a row",
    ),
    "truncated matrix": (
        "m.meme",
        MEME.format(alphabet="ACGT", facts="w= 3", rows="1 0 0 0\n"),
        "declares w= 3 positions but has 1",
    ),
    "negative": (
        "m.meme",
        MEME.format(alphabet="ACGT", facts="w= 1", rows="1.5 -0.5 0 0\n"),
        "not negative",
    ),
    "nan": (
        "m.meme",
        MEME.format(alphabet="ACGT", facts="w= 1", rows="nan 0 0 1\n"),
        "sums to nan",
    ),
    "no matrix": ("m.meme", "MEME version 4\nMOTIF m1\n", "'m1' is empty"),
    "no motif": ("m.meme", "MEME version 4\nALPHABET= ACGT\n", "without any motif"),
    "jaspar wrong letter": (
        "m.jaspar",
        ">M1 x\nA [1 2]\nB [1 2]\nG [1 2]\nT [1 2]\n",
        "line 3: motif 'M1 x' has a row 'B' where 'C'",
    ),
    "jaspar ragged": (
        "m.jaspar",
        ">M1 x\nA [1 2]\nC [1 2 3]\nG [1 2]\nT [1 2]\n",
        "line 3: .* 3 numbers for C and 2 for A",
    ),
    "jaspar missing row": ("m.jaspar", ">M1 x\nA [1]\nC [1]\n>M2 y\n", "has 2 of the four rows"),
    "jaspar zero column": (
        "m.jaspar",
        ">M1 x\nA [0 1]\nC [0 1]\nG [0 1]\nT [0 1]\n",
        "position 1 has no counts",
    ),
    "jaspar protein": (
        "m.jaspar",
        ">M1 x\nA [1]\nC [1]\nG [1]\nT [1]\nV [1]\n",
        "more than the four rows",
    ),
    "fasta": (
        "m.fasta",
        ">chr1 a\nACGTTGATAAGC\nACGT\n",
        "looks like FASTA sequences; read them with read_sequences",
    ),
    "homer": (
        "m.motif",
        ">GATAAG\tGata1\t6.05\t-20.1\n0.1\t0.1\t0.7\t0.1\n0.9\t0.05\t0.05\t0\n",
        "HOMER motifs; that format is not supported",
    ),
    "transfac rna": ("m.dat", "ID x\nP0  A C G U\n01  1 0 0 0\n//\n", "only DNA motifs"),
    "transfac truncated": ("m.dat", "ID x\nP0  A C G T\n01  1 0 0 0\n", "ends with '//'"),
    "transfac short row": (
        "m.dat",
        "ID  x\nP0  A C G T\n01  1 0 0\n//\n",
        "cannot be read as TRANSFAC",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_one_error_that_names_it(tmp_path, case):
    name, text, message = BAD[case]
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(MotifError, match=message) as caught:
        read_motifs(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MotifError, match="nowhere.meme cannot be read"):
        read_motifs(tmp_path / "nowhere.meme")


def test_binary_and_compressed_files_are_told_apart(tmp_path):
    binary, packed = tmp_path / "m.meme", tmp_path / "m.meme.gz"
    binary.write_bytes(bytes(range(256)))
    packed.write_bytes(gzip.compress(b"MEME version 4"))
    with pytest.raises(MotifError, match="is binary"):
        read_motifs(binary)
    with pytest.raises(MotifError, match="gunzip"):
        read_motifs(packed)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "MAX_BYTES", 100)
    path = tmp_path / "m.meme"
    path.write_text("x" * 200)
    with pytest.raises(MotifError, match="at most"):
        read_motifs(path)


@pytest.mark.parametrize("format", SUFFIX)
def test_too_many_motifs_are_refused_before_one_is_built(monkeypatch, format):
    text = formats.format_motifs(some_motifs(), format)
    monkeypatch.setattr(formats, "MAX_MOTIFS", 2)
    monkeypatch.setattr(Motif, "__post_init__", lambda self: pytest.fail("a motif was built"))
    with pytest.raises(MotifError, match="holds 3 motifs; at most 2"):
        formats.parse_motifs(text)


@pytest.mark.parametrize("path", [None, 3, ["m.meme"]])
def test_a_path_that_is_none_is_refused_in_words(path):
    with pytest.raises(MotifError, match="must be the name of a motif file"):
        read_motifs(path)


def test_a_motif_as_long_as_a_gene_is_refused():
    rows = "\n".join(f"{b} [{' '.join(['1'] * 2000)}]" for b in "ACGT")
    with pytest.raises(MotifError, match="2000 positions"):
        formats.parse_motifs(f">gene\n{rows}\n")


def test_a_file_that_cannot_be_written_whole_is_left_as_it_was(tmp_path, monkeypatch):
    path = write_motifs(some_motifs()[:1], tmp_path / "m.meme")
    before = path.read_bytes()
    real = Path.write_text

    def full_disk(self, text, **options):
        real(self, text[:50], **options)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(DiskFull, match="m.meme: No space"):
        patched.setattr(Path, "write_text", full_disk)
        write_motifs(some_motifs(), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["m.meme"]
    with pytest.raises(MotifError, match="cannot be written: Is a directory"):
        write_motifs(some_motifs(), tmp_path, format="meme")


def test_an_unknown_suffix_asks_for_the_format(tmp_path):
    with pytest.raises(MotifError, match="pass format="):
        write_motifs(some_motifs(), tmp_path / "motifs.txt")
    write_motifs(some_motifs(), tmp_path / "motifs.txt", format="jaspar")
    assert len(read_motifs(tmp_path / "motifs.txt")) == 3
