"""A reader added from outside the package is read, streamed and offered by the commands."""

from __future__ import annotations

import json

import numpy as np
import pytest

from demo_widgets.cli import main
from demo_widgets.errors import ReadError
from demo_widgets.sequences import read_sequences
from demo_widgets.sequences.reading import (
    READERS,
    Reader,
    ReaderOption,
    Records,
    open_text,
    register_reader,
    stream_sequences,
)

FASTQ = "@1\nACGTACGT\n+\n!!!!!!!!\n@0\nTTTTACGT\n+\n!!!!!!!!\n@1\nGGGTACGT\n+\n!!!!!!!!\n"


def iterate_fastq(path, first=1):
    with open_text(path) as handle:
        lines = [line.strip() for line in handle]
    for at in range(4 * (first - 1), len(lines), 4):
        yield lines[at][1:], at + 1, lines[at + 1]


def read_npz(path, *, strict):
    codes = np.load(path)["codes"]
    sequences = ["".join("ACGT"[code] for code in row) for row in codes]
    return Records(sequences, list(range(1, len(codes) + 1)), [""] * len(codes))


@pytest.fixture(autouse=True)
def own_readers():
    """FASTQ (text, streamed, with an option) and NumPy archives (binary, read whole)."""
    before = dict(READERS)
    register_reader(
        Reader(
            name="fastq",
            title="FASTQ",
            looks_like="FASTQ ('@' first)",
            recognises=lambda head, options: head.lines[0].startswith("@"),
            iterate=iterate_fastq,
            suffixes=(".fastq",),
            options=(ReaderOption("first", "first read to take", "N", int),),
        )
    )
    register_reader(
        Reader(
            name="npz",
            title="NumPy archive",
            looks_like="a NumPy archive (.npz)",
            recognises=lambda head, options: head.path.suffix == ".npz",
            read=read_npz,
        )
    )
    yield
    READERS.clear()
    READERS.update(before)


@pytest.fixture
def fastq(tmp_path):
    path = tmp_path / "reads.fastq"
    path.write_text(FASTQ)
    return path


def test_its_files_are_recognised_by_content_and_read_with_labels(fastq):
    data = read_sequences(fastq)
    assert data.sequences == ["ACGTACGT", "TTTTACGT", "GGGTACGT"]
    assert (data.labels.tolist(), data.name) == ([1, 0, 1], "reads")


def test_its_files_are_streamed_without_being_read_whole(fastq, monkeypatch):
    from demo_widgets.sequences.reading import blocks

    monkeypatch.setattr(blocks, "read_sequences", lambda *_, **__: pytest.fail("read whole"))
    stream = stream_sequences(fastq, first=2)
    assert (stream.n, stream.length, stream.labelled) == (2, 8, True)
    assert [block.labels.tolist() for block in stream.blocks(1)] == [[0], [1]]
    monkeypatch.undo()
    assert stream.fingerprint == stream_sequences(read_sequences(fastq, first=2)).fingerprint


def test_a_binary_format_is_read_although_built_in_readers_refuse_it(tmp_path):
    np.savez(tmp_path / "codes.npz", codes=np.array([[0, 1, 2, 3], [3, 3, 3, 3]]))
    assert read_sequences(tmp_path / "codes.npz").sequences == ["ACGT", "TTTT"]
    assert stream_sequences(tmp_path / "codes.npz").n == 2
    (tmp_path / "junk.bin").write_bytes(np.random.default_rng(0).bytes(500))
    with pytest.raises(ReadError, match="is binary"):
        read_sequences(tmp_path / "junk.bin")


def test_its_options_belong_to_it_alone(fastq, tmp_path):
    assert len(read_sequences(fastq, first=3)) == 1
    (tmp_path / "a.fa").write_text(">a\nACGT\n")
    with pytest.raises(ReadError, match="first= is for the format 'fastq', but .* is 'fasta'"):
        read_sequences(tmp_path / "a.fa", first=2)
    with pytest.raises(ReadError, match="last= is not an option of any reader"):
        read_sequences(fastq, last=2)


def test_it_is_named_where_formats_are_listed(tmp_path):
    (tmp_path / "prose.txt").write_text("Dear reader\n")
    with pytest.raises(ReadError, match=r"Expected .*FASTQ \('@' first\), FASTA \('>' first\)"):
        read_sequences(tmp_path / "prose.txt")
    with pytest.raises(ReadError, match="one of npz, fastq, fasta, table, bed"):
        read_sequences(tmp_path / "prose.txt", format="genbank")


def test_the_commands_list_it_and_take_its_options(fastq, tmp_path, capsys):
    from demo_widgets.models import build_cnn, save_model

    with pytest.raises(SystemExit):
        main(["evaluate", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "FASTQ" in text and "--first N first read to take" in text
    save_model(build_cnn(widths=(3,), filters=2, name="CNN"), tmp_path / "cnn.keras")
    command = ["evaluate", "--models", str(tmp_path / "cnn.keras"), "--sequences", str(fastq)]
    assert main([*command, "--first", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["results"][0]["n"] == 2
    assert main([*command, "--genome", "hg19.fa"]) == 2
    assert "--genome is for the format 'bed'" in capsys.readouterr().err


def test_a_reader_registered_again_replaces_the_first(fastq):
    register_reader(
        Reader(
            name="fastq",
            title="FASTQ",
            looks_like="FASTQ",
            recognises=lambda head, options: head.lines[0].startswith("@"),
            iterate=lambda path: iter([("only", 1, "ACGT")]),
        )
    )
    assert read_sequences(fastq).names == ["only"]
    assert list(READERS).count("fastq") == 1


def test_a_reader_without_a_way_to_read_is_refused():
    with pytest.raises(ReadError, match="either read= or iterate="):
        Reader("x", "X", "x", recognises=lambda head, options: True)
