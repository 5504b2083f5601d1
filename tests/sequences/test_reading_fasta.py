"""FASTA, as people have it: labels or names, plain or packed, neat or not."""

from __future__ import annotations

import gzip
import time

import numpy as np
import pytest

from demo_widgets.errors import DemoWidgetsWarning
from demo_widgets.sequences import dinucleotide_shuffle, read_sequences
from demo_widgets.sequences.pairs import find_shuffled_pairs

A, B = "GATAAGCCATTGACGTACGA", "TTGACCATGACCGATAGCAA"
HOSTILE = "</script><img src=x onerror=alert(1)> \"quoted\" & 'more'"


def write(tmp_path, text: str | bytes, name: str = "input.fa"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_headers_of_the_authors_are_labels(tmp_path):
    data = read_sequences(write(tmp_path, f"> 1\n{A}\n> 0\n{B}\n"))
    assert data.labels.tolist() == [1, 0]
    assert data.names == ["seq_00001", "seq_00002"]
    assert data.sequences == [A, B]
    assert data.name == "input"


def test_free_headers_are_names_whole_and_unchanged(tmp_path):
    data = read_sequences(write(tmp_path, f">chr1:5-25 K562 | a\n{A}\n>{HOSTILE}\n{B}\n"))
    assert data.labels is None
    assert data.names == ["chr1:5-25 K562 | a", HOSTILE]


@pytest.mark.parametrize(
    "text",
    [
        f">a\n{A}\n>b\n{B}",
        f">a\r\n{A}\r\n>b\r\n{B}\r\n",
        f">a\r{A}\r>b\r{B}\r",
        f"\ufeff>a\n{A}\n>b\n{B}\n",
        f"\n\n>a\n{A[:7]}\n{A[7:]}\n\n>b\n{B[:3]}\n\n{B[3:]}\n\n",
        f">a  \n  {A}  \n>b\t\n{B}\t\n",
        f">a\n{A.lower()}\n>b\n{B.replace('T', 'u')}\n",
    ],
    ids=["no last newline", "CRLF", "CR", "BOM", "many lines", "trailing blanks", "lower case, U"],
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_untidy_files_read_the_same(tmp_path, text, packed):
    content = gzip.compress(text.encode()) if packed else text
    # A wrong suffix: what a file is, its content says.
    data = read_sequences(write(tmp_path, content, "input.dat"))
    assert (data.names, data.sequences, data.labels) == (["a", "b"], [A, B], None)


def test_numbered_records_are_names_not_labels(tmp_path):
    data = read_sequences(write(tmp_path, f">0\n{A}\n>1\n{B}\n>2\n{A}\n"))
    assert data.labels is None
    assert data.names == ["0", "1", "2"]


def test_records_without_a_name_are_numbered(tmp_path):
    data = read_sequences(write(tmp_path, f">\n{A}\n>b\n{B}\n>\n{A}\n"))
    assert data.names == ["seq_00001", "b", "seq_00003"]


def test_ambiguous_bases_are_counted_in_a_warning_that_names_the_file(tmp_path):
    path = write(tmp_path, ">a\nACGTNN\n>b\nACGTAC\n")
    with pytest.warns(DemoWidgetsWarning, match=r"input\.fa: 2 ambiguous bases \(N 2\) in 1 of 2"):
        data = read_sequences(path)
    assert data.one_hot[0, 4:].sum() == 0


@pytest.mark.parametrize("layout", ["alternating", "bound first", "mixed up"])
def test_shuffles_find_their_source_in_any_order(tmp_path, layout):
    rng = np.random.default_rng(1)
    bound = ["".join(row) for row in rng.choice(list("ACGT"), (20, 101))]
    unbound = dinucleotide_shuffle(bound, seed=2)
    records = [(1, i, s) for i, s in enumerate(bound)] + [(0, i, s) for i, s in enumerate(unbound)]
    if layout == "alternating":
        records.sort(key=lambda record: (record[1], -record[0]))
    elif layout == "mixed up":
        rng.shuffle(records)
    text = "".join(f">{label}\n{sequence}\n" for label, _, sequence in records)
    data = read_sequences(write(tmp_path, text))
    sources = np.array([int(source) for _, source, _ in records])
    pair = data.metadata["pair"].to_numpy()
    assert np.array_equal(pair[:, None] == pair, sources[:, None] == sources)


def test_unrelated_sequences_get_no_pair(tmp_path):
    data = read_sequences(write(tmp_path, f">1\n{A}\n>0\n{B}\n"))
    assert "pair" not in data.metadata
    short = np.array([[0, 1, 2], [0, 1, 2]], np.uint8)
    assert find_shuffled_pairs(short, np.array([1, 0])) is None


def test_shuffled_negatives_are_made_on_request(tmp_path):
    path = write(tmp_path, f">a\n{A}\n>b\n{B}\n")
    data = read_sequences(path, negatives="dinucleotide", seed=3)
    assert data.names == ["a", "b", "a_shuffled", "b_shuffled"]
    assert data.labels.tolist() == [1, 1, 0, 0]
    assert data.metadata["pair"].tolist() == [0, 1, 0, 1]
    assert data.sequences[2:] == dinucleotide_shuffle([A, B], seed=3)


def test_a_hundred_thousand_sequences_read_and_encode_in_seconds(tmp_path):
    rng = np.random.default_rng(0)
    rows = np.frombuffer(b"ACGT", np.uint8)[rng.integers(0, 4, (100_000, 101))]
    text = b"".join(b">s%d\n%s\n" % (index, row.tobytes()) for index, row in enumerate(rows))
    path = write(tmp_path, text)
    started = time.process_time()
    data = read_sequences(path)
    assert data.one_hot.shape == (100_000, 101, 4)
    assert time.process_time() - started < 5
