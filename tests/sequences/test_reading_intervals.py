"""BED and narrowPeak: windows of a genome, and the ones that cannot be cut."""

from __future__ import annotations

import gzip
import os
import shutil
import warnings

import numpy as np
import pyfaidx
import pytest

from demo_widgets.errors import DemoWidgetsWarning, DiskFull, ReadError
from demo_widgets.sequences import read_sequences
from demo_widgets.sequences.regions import genome_index

rng = np.random.default_rng(7)
CHR1 = "".join(rng.choice(list("ACGTacgt"), 500))
CHR2 = "".join(rng.choice(list("ACGT"), 60)) + "N" * 40 + "".join(rng.choice(list("ACGT"), 100))


def fold(sequence: str, width: int = 50) -> str:
    return "\n".join(sequence[i : i + width] for i in range(0, len(sequence), width))


GENOME = f">chr1 first\n{fold(CHR1)}\n>chr2\n{fold(CHR2)}\n"


@pytest.fixture
def genome(tmp_path):
    path = tmp_path / "genome" / "genome.fa"
    path.parent.mkdir()
    path.write_text(GENOME)
    return path


def write(tmp_path, *lines: str, name: str = "peaks.bed"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


def narrow_peak(chromosome: str, start: int, end: int, summit: int | str) -> str:
    return f"{chromosome}\t{start}\t{end}\t.\t900\t.\t5.5\t-1\t0.3\t{summit}"


def test_a_bed_window_is_centred_on_the_middle(tmp_path, genome):
    path = write(tmp_path, "track name=x", "# note", "chr1\t100\t121\tpeak_a", "chr1 200 202 b")
    data = read_sequences(path, genome=genome, length=11)
    assert data.sequences == [CHR1[105:116].upper(), CHR1[196:207].upper()]
    assert data.names == ["chr1:106-116", "chr1:197-207"]
    assert data.labels is None
    assert data.metadata["peak_name"].tolist() == ["peak_a", "b"]
    assert data.metadata[["start", "end"]].values.tolist() == [[105, 116], [196, 207]]


def test_a_narrowpeak_window_is_centred_on_the_summit_where_there_is_one(tmp_path, genome):
    path = write(tmp_path, narrow_peak("chr1", 100, 200, 10), narrow_peak("chr1", 300, 400, -1))
    data = read_sequences(path, genome=genome, length=21)
    assert data.sequences == [CHR1[100:121].upper(), CHR1[340:361].upper()]
    assert data.metadata["signal"].tolist() == [5.5, 5.5]


@pytest.mark.parametrize(("start", "length", "expected"), [(0, 20, (0, 20)), (480, 20, (480, 500))])
def test_windows_may_touch_the_ends_of_a_chromosome(tmp_path, genome, start, length, expected):
    path = write(tmp_path, f"chr1\t{start}\t{start + length}")
    data = read_sequences(path, genome=genome, length=length)
    assert data.sequences == [CHR1[slice(*expected)].upper()]


UNUSABLE = (
    "chr1\t0\t10",
    "chr1\t490\t500",
    "chr2\t60\t80",
    "chrX\t100\t120",
    "chr1\t100\t120",
    "chr1\t101\t119",
    "chr2\t160\t180",
)


def test_windows_that_cannot_be_used_are_dropped_counted_and_named_in_one_warning(tmp_path, genome):
    path = write(tmp_path, *UNUSABLE)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = read_sequences(path, genome=genome, length=20)
    assert data.names == ["chr1:101-120", "chr2:161-180"]
    (warning,) = [entry for entry in caught if entry.category is DemoWidgetsWarning]
    message = str(warning.message)
    assert "5 of 7 windows cannot be used" in message
    for part in (
        "2 off the end of the chromosome (chr1:-4-15 on line 1, chr1:486-505 on line 2)",
        "1 with N or another ambiguous base (chr2:61-80 on line 3)",
        "1 on a chromosome that the genome lacks (chrX:101-120 on line 4)",
        "1 the same as an earlier one (chr1:101-120 on line 6)",
    ):
        assert part in message
    assert warning.filename == __file__


def test_strict_refuses_what_would_be_dropped(tmp_path, genome):
    with pytest.raises(ReadError, match="5 of 7 windows cannot be used"):
        read_sequences(write(tmp_path, *UNUSABLE), genome=genome, length=20, strict=True)


def test_long_lists_of_dropped_windows_are_cut(tmp_path, genome):
    path = write(tmp_path, "chr1\t100\t120", *[f"chrX\t{i}\t{i + 20}" for i in range(9)])
    with pytest.warns(DemoWidgetsWarning, match=r"9 on a chromosome .* and 6 more\)"):
        read_sequences(path, genome=genome, length=20)


def test_no_window_left_is_an_error_that_shows_the_genomes_chromosomes(tmp_path, genome):
    path = write(tmp_path, "1\t100\t120")
    with pytest.raises(ReadError, match=r"No window is left.*2 chromosomes \(chr1, chr2\)"):
        read_sequences(path, genome=genome, length=20)


def test_nothing_is_written_beside_the_genome(tmp_path, genome):
    path = write(tmp_path, "chr1\t100\t120")
    packed = genome.with_name("packed.fa.gz")
    packed.write_bytes(gzip.compress(GENOME.encode()))
    before = sorted(os.listdir(genome.parent))
    from_plain = read_sequences(path, genome=genome, length=20)
    from_gzip = read_sequences(path, genome=packed, length=20)
    assert from_plain.sequences == from_gzip.sequences
    assert sorted(os.listdir(genome.parent)) == before


def test_a_stale_index_is_neither_used_nor_overwritten(tmp_path, genome):
    index = genome.with_name("genome.fa.fai")
    index.write_text("chr1\t7\t6\t7\t8\n")
    os.utime(index, (1, 1))
    data = read_sequences(write(tmp_path, "chr1\t100\t120"), genome=genome, length=20)
    assert data.sequences == [CHR1[100:120].upper()]
    assert index.read_text() == "chr1\t7\t6\t7\t8\n"


def index_of(genome) -> str:
    pyfaidx.Faidx(str(genome)).close()
    index = genome.with_name(genome.name + ".fai")
    text = index.read_text()
    index.unlink()
    return text


def other_line(number: int, field: int, change):
    """An index that differs in one field."""

    def edit(text: str) -> str:
        rows = [line.split("\t") for line in text.splitlines()]
        rows[number][field] = str(change(rows[number][field]))
        return "".join("\t".join(row) + "\n" for row in rows)

    return edit


FOREIGN = {
    "another name": other_line(0, 0, lambda name: "chrX"),
    "a shorter chromosome": other_line(0, 1, lambda n: int(n) - 1),
    "a longer chromosome": other_line(0, 1, lambda n: int(n) + 1),
    "one base on": other_line(0, 2, lambda n: int(n) + 1),
    "one base back": other_line(0, 2, lambda n: int(n) - 1),
    "shifted by a line": other_line(0, 2, lambda n: int(n) + 51),
    "shorter lines": other_line(0, 3, lambda n: int(n) - 1),
    "of another system": other_line(0, 4, lambda n: int(n) + 1),
    "a chromosome less": lambda text: text.splitlines()[0] + "\n",
    "the last chromosome only": lambda text: text.splitlines()[1] + "\n",
    "a chromosome twice": lambda text: text + text.splitlines()[0] + "\n",
    "a chromosome more": lambda text: text + "chr3\t10\t9999\t50\t51\n",
    "no numbers": lambda text: "chr1\tx\ty\tz\tw\n",
    "huge numbers": other_line(0, 4, lambda _: 10**30),
    "binary": lambda text: "\0\xff",
    "empty": lambda text: "",
}


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("what", FOREIGN)
def test_an_index_of_another_file_shifts_no_base(tmp_path, genome, monkeypatch, what, exact):
    monkeypatch.setattr(genome_index, "_EXACT_BYTES", 2**26 if exact else 0)
    right = index_of(genome)
    index = genome.with_name("genome.fa.fai")
    index.write_text(FOREIGN[what](right), encoding="latin-1")
    before = index.read_bytes()
    assert not genome_index.describes(index, genome)
    windows = [("chr1", CHR1, 100), ("chr1", CHR1, 0), ("chr2", CHR2, 10)]
    path = write(tmp_path, *(f"{name}\t{at}\t{at + 20}" for name, _, at in windows))
    data = read_sequences(path, genome=genome, length=20)
    assert data.sequences == [bases[at : at + 20].upper() for _, bases, at in windows]
    assert index.read_bytes() == before


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("text", [
    GENOME, GENOME.replace("\n", "\r\n"), GENOME.rstrip("\n"), GENOME + "\n",
    GENOME.replace(">chr2", "\n>chr2"),
])  # fmt: skip
def test_an_index_of_the_file_itself_is_used_whatever_its_date(
    tmp_path, genome, monkeypatch, text, exact
):
    monkeypatch.setattr(genome_index, "_EXACT_BYTES", 2**26 if exact else 0)
    genome.write_bytes(text.encode())
    index = genome.with_name("genome.fa.fai")
    index.write_text(index_of(genome))
    os.utime(index, (1, 1))
    built = []
    monkeypatch.setattr(pyfaidx.Faidx, "build_index", lambda *_: built.append(1))
    data = read_sequences(write(tmp_path, "chr1\t100\t120"), genome=genome, length=20)
    assert data.sequences == [CHR1[100:120].upper()] and not built


def test_a_genome_that_was_edited_under_its_index_is_indexed_anew(tmp_path, genome):
    index = genome.with_name("genome.fa.fai")
    index.write_text(index_of(genome))
    lines = genome.read_text().splitlines(keepends=True)
    moved = (
        lines[2][:10] + "\n" + lines[2][10:]
    )  # the same bases, and another line of uneven length
    genome.write_text("".join([*lines[:2], moved, *lines[3:]]))
    os.utime(index)
    with pytest.raises(ReadError, match="cannot be indexed"):
        read_sequences(write(tmp_path, "chr1\t100\t120"), genome=genome, length=20)
    genome.write_text(GENOME.replace(">chr1 first", ">chr1 the first"))
    os.utime(index)
    data = read_sequences(write(tmp_path, "chr1\t100\t120"), genome=genome, length=20)
    assert data.sequences == [CHR1[100:120].upper()]


def test_a_full_temporary_folder_is_no_damaged_genome(tmp_path, genome, monkeypatch):
    packed = genome.with_name("packed.fa.gz")
    packed.write_bytes(gzip.compress(GENOME.encode()))

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    path = write(tmp_path, "chr1\t100\t120")
    for module, function, file in [
        (shutil, "copyfileobj", packed), (pyfaidx.Faidx, "build_index", genome)
    ]:  # fmt: skip
        with monkeypatch.context() as patched, pytest.raises(DiskFull, match="genome.fa"):
            patched.setattr(module, function, full)
            read_sequences(path, genome=file, length=20)


def test_peaks_with_negatives_are_a_labelled_set(tmp_path, genome):
    path = write(tmp_path, "chr1\t100\t120", "chr1\t200\t220")
    data = read_sequences(path, genome=genome, length=40, negatives="dinucleotide")
    assert data.labels.tolist() == [1, 1, 0, 0]
    assert data.metadata["pair"].tolist() == [0, 1, 0, 1]
    assert data.metadata["chromosome"].tolist() == ["chr1"] * 4


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("chr1\t50\tx", "line 2 is 'chr1 50 x'; expected chromosome, start and end"),
        ("chr1\t50", "line 2 is 'chr1 50'"),
        ("chr1\t50\t50", "line 2 runs from 50 to 50"),
        ("chr1\t-5\t50", "line 2 runs from -5 to 50"),
        (narrow_peak("chr1", 10, 20, "x"), "line 2 has the summit 'x'"),
        (narrow_peak("chr1", 10, 20, 30), "summit 30 bases from the start of a peak of 10"),
    ],
)
def test_a_line_that_is_no_interval_is_named(tmp_path, genome, line, message):
    path = write(tmp_path, "chr1\t100\t120", line)
    with pytest.raises(ReadError, match=message):
        read_sequences(path, genome=genome, length=20)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"chr1\t1\t2\n", "is not a FASTA"),
        (b">chr1\nACGT\nACGTACGT\nACG\n", "cannot be indexed"),
        (gzip.compress(GENOME.encode())[:200], "truncated gzip"),
        (b"\x00\x01\x02", "is binary"),
    ],
)
def test_a_genome_that_cannot_be_read_is_named(tmp_path, genome, content, message):
    genome.write_bytes(content)
    with pytest.raises(ReadError, match=message) as caught:
        read_sequences(write(tmp_path, "chr1\t100\t120"), genome=genome, length=20)
    assert str(genome) in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give the genome"),
        ({"genome": "nowhere.fa"}, "nowhere.fa does not exist"),
        ({"genome": "g", "length": 0}, "length is 0"),
        ({"genome": "g", "length": 10.5}, "length is 10.5"),
        ({"genome": "g", "label_column": "y"}, "label_column= is for the format 'table'"),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path, options, message):
    with pytest.raises(ReadError, match=message):
        read_sequences(write(tmp_path, "chr1\t100\t120"), **options)
