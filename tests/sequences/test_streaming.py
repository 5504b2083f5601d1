"""A stream hands out in blocks what ``read_sequences`` reads at once, and holds one block."""

from __future__ import annotations

import gzip
import os

import numpy as np
import pytest

from demo_widgets.errors import DemoWidgetsWarning, ReadError
from demo_widgets.sequences import SequenceDataset, read_sequences
from demo_widgets.sequences.reading import surveyed_file as streaming
from demo_widgets.sequences.reading import tables
from demo_widgets.sequences.reading.blocks import stream_sequences


def fasta(path, n: int = 10, length: int = 12, header=lambda i: f"site {i}"):
    rng = np.random.default_rng(0)
    lines = [f">{header(i)}\n{''.join(rng.choice(list('ACGT'), length))}\n" for i in range(n)]
    path.write_text("".join(lines))
    return path


def contents(stream, size: int, start: int = 0):
    blocks = list(stream.blocks(size, start))
    names = [name for block in blocks for name in block.names]
    labels = [None if block.labels is None else block.labels.tolist() for block in blocks]
    return names, np.concatenate([block.codes for block in blocks]), labels


@pytest.mark.parametrize("size", [1, 3, 10, 100])
@pytest.mark.parametrize("header", [lambda i: f"site {i}", lambda i: str(i % 2)])
def test_blocks_hold_what_read_sequences_reads(tmp_path, size, header):
    path = fasta(tmp_path / "a.fa", header=header)
    data, stream = read_sequences(path), stream_sequences(path)
    names, codes, labels = contents(stream, size)
    assert (stream.n, stream.length) == (10, 12)
    assert names == data.names
    assert (codes == data.codes).all()
    assert stream.labelled is (data.labels is not None)
    if stream.labelled:
        assert np.concatenate(labels).tolist() == data.labels.tolist()


def test_a_stream_goes_on_from_any_row(tmp_path):
    stream = stream_sequences(fasta(tmp_path / "a.fa"))
    whole, rest = contents(stream, 4), contents(stream, 4, start=7)
    assert rest[0] == whole[0][7:]
    assert (rest[1] == whole[1][7:]).all()
    assert [block.start for block in stream.blocks(2, start=7)] == [7, 9]


def test_the_one_hot_array_of_a_block_is_the_datasets(tmp_path):
    path = fasta(tmp_path / "a.fa")
    (block,) = stream_sequences(path).blocks(100)
    assert (block.one_hot == read_sequences(path).one_hot).all()


def test_packing_does_not_change_the_fingerprint_and_content_does(tmp_path):
    path = fasta(tmp_path / "a.fa")
    packed = tmp_path / "b.fa.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    before = stream_sequences(path).fingerprint
    assert stream_sequences(packed).fingerprint == before
    text = path.read_text()
    for changed in (
        text.replace("site 3", "site x"),
        text[:-2] + ("A" if text[-2] != "A" else "C"),
    ):
        path.write_text(changed)
        assert stream_sequences(path).fingerprint != before


@pytest.mark.parametrize("surveyed", [1, 3, 4096])
@pytest.mark.parametrize(
    "header", [lambda i: f"site {i}", lambda i: str(i % 2), lambda i: "" if i % 3 else f"s{i}"]
)
def test_a_file_and_the_dataset_read_from_it_have_one_fingerprint(
    tmp_path, monkeypatch, surveyed, header
):
    path = fasta(tmp_path / "l.fa", header=header)
    expected = stream_sequences(read_sequences(path)).fingerprint
    monkeypatch.setattr(streaming, "_SURVEYED", surveyed)
    assert stream_sequences(path).fingerprint == expected


def test_labels_and_the_length_change_the_fingerprint():
    def fingerprint(sequences, **given):
        return stream_sequences(SequenceDataset(sequences, **given)).fingerprint

    two = ["ACGT", "TTTT"]
    all_different = [
        fingerprint(two),
        fingerprint(two, labels=[0, 1]),
        fingerprint(two, labels=[1, 0]),
        fingerprint(two, names=["seq_00001\nseq_00002", ""]),
        fingerprint(["AC", "GT"], names=["a", "b"]),
        fingerprint(["ACGT"], names=["a\nb"]),
    ]
    assert len(set(all_different)) == len(all_different)


def test_an_empty_header_is_numbered_as_read_sequences_numbers_it(tmp_path):
    path = fasta(tmp_path / "a.fa", header=lambda i: "" if i in (0, 7) else f"site {i}")
    names = contents(stream_sequences(path), 3)[0]
    assert names == read_sequences(path).names
    assert (names[0], names[7]) == ("seq_00001", "seq_00008")


@pytest.mark.parametrize("headers", [
    "0.9 0.1 0.5", "-1 1", "-1 0 1", "2 1", "0 2 1", "1 1 2", "1 0 x", "0 x 0", "x 0 0", "nan nan",
    "1 2 3", "0 1 2", "0.1 0.5 0.9", "3 x 1", "2 1 x", "nan", "x y", "0 1", "1 0",
])  # fmt: skip
@pytest.mark.parametrize("surveyed", [1, 2, 4096])
def test_headers_are_labels_or_refused_where_read_sequences_says_so(
    tmp_path, monkeypatch, headers, surveyed
):
    def outcome(read):
        try:
            data = read(path)
        except ReadError as error:
            return next(words for words in ("label is expected", "unique") if words in str(error))
        return data.labels is not None if read is read_sequences else data.labelled

    headers = headers.split()
    monkeypatch.setattr(streaming, "_SURVEYED", surveyed)
    path = fasta(tmp_path / "a.fa", n=len(headers), header=headers.__getitem__)
    assert outcome(stream_sequences) == outcome(read_sequences)


def test_a_fasta_file_is_never_held_whole(tmp_path, monkeypatch):
    path = fasta(tmp_path / "a.fa", n=300)
    alive, most = [0], [0]

    class Counted(streaming.Records):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            alive[0] += len(self.sequences)
            most[0] = max(most[0], alive[0])

        def __del__(self):
            alive[0] -= len(self.sequences)

    monkeypatch.setattr(streaming, "Records", Counted)
    monkeypatch.setattr(streaming, "_SURVEYED", 20)
    stream = stream_sequences(path)
    assert sum(len(block.names) for block in stream.blocks(20)) == 300
    assert most[0] <= 40


def test_tables_are_handed_out_in_blocks_too(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name,sequence,bound\na,ACGT,1\nb,TTTT,0\nc,GGGA,1\n")
    stream = stream_sequences(path)
    names, codes, labels = contents(stream, 2)
    assert (stream.n, stream.length, stream.labelled) == (3, 4, True)
    assert names == ["a", "b", "c"]
    assert labels == [[1, 0], [1]]
    assert (codes == read_sequences(path).codes).all()


@pytest.mark.parametrize(("text", "words"), [
    (">a\nACGT\n>b\nACXT\n", r"record 2 \(line 3, 'b'\) has 'X' at position 3"),
    (">a\nACGT\n>b\nACG\n", r"record 2 \(line 3, 'b'\) has 3 bases, but those before it have 4"),
    (">a\nACGT\n>b\n>c\nACGT\n", r"record 2 \(line 3, 'b'\) has no sequence"),
    (">1\nACGT\n>1\nACGT\n>x\nACGT\n", r"record 3 \(line 5\) has 'x' where a label is expected"),
    ("ACGT\n>1\nACGT\n", "no known format"),
    ("", "empty"),
])  # fmt: skip
@pytest.mark.parametrize("surveyed", [1, 4096])
def test_a_bad_record_is_named_before_any_block_is_read(
    tmp_path, monkeypatch, text, words, surveyed
):
    monkeypatch.setattr(streaming, "_SURVEYED", surveyed)
    path = tmp_path / "bad.fa"
    path.write_text(text)
    with pytest.raises(ReadError, match=words):
        stream_sequences(path)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    stream = stream_sequences(fasta(tmp_path / "a.fa"))
    fasta(tmp_path / "a.fa", n=9)
    with pytest.raises(ReadError, match="changed while it was read: it had 10 sequences"):
        list(stream.blocks(4))
    fasta(tmp_path / "a.fa", n=11)
    with pytest.raises(ReadError, match="changed"):
        list(stream.blocks(4))


def replaced(path, text):
    new = path.with_name("new.fa")
    new.write_text(text)
    new.replace(path)


def rewritten_with_the_old_date(path, text):
    there = path.stat()
    path.write_text(text)
    os.utime(path, ns=(there.st_atime_ns, there.st_mtime_ns))


@pytest.mark.parametrize("change", [replaced, rewritten_with_the_old_date])
@pytest.mark.parametrize("part", [2, 50])
def test_no_block_holds_a_sequence_of_another_file(tmp_path, monkeypatch, change, part):
    monkeypatch.setattr(streaming, "_SURVEYED", part)
    path = fasta(tmp_path / "a.fa", n=400, length=200)  # more than is read ahead
    stream = stream_sequences(path)
    old, text = read_sequences(path), path.read_text()
    rows = 0
    with pytest.raises(ReadError, match="a.fa changed while it was read"):
        for block in stream.blocks(3):
            if not rows:
                change(path, text.translate(str.maketrans("ACGT", "CATG")))
            assert (block.codes == old.codes[rows : rows + len(block.codes)]).all()
            rows += len(block.codes)
    assert rows < 400


def test_a_file_that_changes_between_two_readings_of_it_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("name,sequence,bound\na,ACGT,1\nb,TTTT,0\n")
    real = tables.read_table

    def meddling(path, **options):
        records = real(path, **options)
        path.write_text("name,sequence,bound\na,ACGA,1\nb,TTTT,0\nc,GGGG,1\n")
        return records

    monkeypatch.setattr(tables, "read_table", meddling)
    with pytest.raises(ReadError, match="a.csv changed while it was read"):
        read_sequences(path)


def test_ambiguous_bases_are_counted_once(tmp_path):
    path = tmp_path / "n.fa"
    path.write_text(">a\nACNT\n>b\nNNGT\n")
    with pytest.warns(DemoWidgetsWarning, match="3 ambiguous bases"):
        stream = stream_sequences(path)
    assert stream.n_ambiguous == 3
    assert len(list(stream.blocks(1))) == 2
