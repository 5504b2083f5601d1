"""Bad files: one clear error each, naming file and place, what was found and expected."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from demo_widgets.errors import DemoWidgetsError, ReadError
from demo_widgets.sequences import read_sequences

A = "GATAAGCCATTGACGTACGA"
GOOD = "".join(f">1\n{A}\n>0\n{A[::-1]}\n" for _ in range(50)).encode()
JUNK = np.random.default_rng(0).bytes(5000)

BAD_FILES = {
    "empty": (b"", "is empty"),
    "blank lines only": (b"\n \n\n", "is empty"),
    "comments only": (b"# nothing\n", "is empty"),
    "empty gzip": (gzip.compress(b""), "is empty"),
    "ragged": (
        f">a\n{A}\n>b\n{A}\n>c\n{A[:-1]}\n".encode(),
        r"sequences of 2 lengths.* 2 of 3 have 20 bases, but record 3 \(line 5, 'c'\) has 19",
    ),
    "protein": (
        b">sp|P15976|GATA1\nMEFPGLGSLGTSEPLPQFVDPALVSSTPESG\n",
        r"record 1 \(line 1, 'sp.P15976.GATA1'\) has 'E' at position 2.*protein",
    ),
    "a gap": (b">a\nACG-T\n", r"record 1 .* has '-' at position 4"),
    "binary junk": (JUNK, "is binary"),
    "packed binary junk": (gzip.compress(JUNK), "is binary"),
    "not UTF-8": (b">caf\xe9\nACGT\n", "not UTF-8 text .byte 0xe9"),
    "UTF-16": (">a\nACGT\n".encode("utf-16"), "UTF-16"),
    "zip": (b"PK\x03\x04rest", "zip archive"),
    "bzip2": (b"BZh91AY", "bzip2"),
    "truncated gzip": (gzip.compress(GOOD)[:-20], "truncated gzip"),
    "truncated gzip header": (gzip.compress(GOOD)[:5], "truncated gzip"),
    "damaged gzip": (gzip.compress(GOOD)[:40] + b"\xff" * 30, "damaged gzip|truncated gzip"),
    "gzip with a wrong checksum": (gzip.compress(GOOD)[:-8] + b"\0" * 8, "damaged gzip"),
    "header without sequence": (
        f">a\n{A}\n>b\n>c\n{A}\n".encode(),
        r"record 2 \(line 3, 'b'\) has no sequence",
    ),
    "last header without sequence": (f">a\n{A}\n>b\n".encode(), r"record 2 \(line 3, 'b'\) has no"),
    "a header alone": (b">", "record 1 .line 1. has no sequence"),
    "label 2": (f">1\n{A}\n>0\n{A}\n>2\n{A}\n>1\n{A}\n".encode(), r"record 3 \(line 5\) has '2'"),
    "label 2 once": (f">1\n{A}\n>0\n{A}\n>2\n{A}\n".encode(), r"record 3 \(line 5\) has '2'"),
    "labels 1 and -1": (f">-1\n{A}\n>1\n{A}\n".encode(), r"record 1 \(line 1\) has '-1'"),
    "a missing label": (
        f">1\n{A}\n>0\n{A}\n>\n{A}\n>1\n{A}\n".encode(),
        r"record 3 \(line 5\) has an empty header where a label is expected",
    ),
    "duplicate names": (
        f">x\n{A}\n>y\n{A}\n>x\n{A}\n".encode(),
        r"the name 'x' is given to 2 records: record 1 \(line 1, 'x'\), record 3 \(line 5",
    ),
    "sequence before a header": (b"# c\nACGT\n", "no known format; its first line is 'ACGT'"),
    "FASTQ": (b"@r\nACGT\n+\nIIII\n", "looks like FASTQ"),
    "prose": (b"Dear reader, this is a letter.\n", "no known format"),
}


@pytest.mark.parametrize(("content", "message"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_bad_file_is_one_error_that_names_it(tmp_path, content, message):
    path = tmp_path / "input.fa"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=message) as caught:
        read_sequences(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 900
    assert path.read_bytes() == content


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(ReadError, match="no_such.fa does not exist"):
        read_sequences(tmp_path / "no_such.fa")
    with pytest.raises(ReadError, match="is a folder"):
        read_sequences(tmp_path)


@pytest.mark.parametrize("path", [None, 5, "", ["a.fa"], "a\0b.fa"], ids=repr)
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ReadError, match="expected the path of a file"):
        read_sequences(path)


def test_a_letter_that_is_no_amino_acid_either_is_not_called_protein(tmp_path):
    path = tmp_path / "input.fa"
    path.write_text(">a\n<script>alert('EFILPQ')</script>\n")
    with pytest.raises(ReadError, match="has '<' at position 1") as caught:
        read_sequences(path)
    assert "protein" not in str(caught.value)


def test_a_name_that_a_shuffle_would_repeat_is_named(tmp_path):
    path = tmp_path / "input.fa"
    path.write_text(f">a\n{A}\n>a_shuffled\n{A}\n")
    with pytest.raises(ReadError, match="'a_shuffled' is given to 2 records"):
        read_sequences(path, negatives="dinucleotide")


def test_text_before_the_first_header_is_named(tmp_path):
    path = tmp_path / "input.fa"
    path.write_text(f"stray\n>a\n{A}\n")
    with pytest.raises(ReadError, match="line 1 is 'stray', before any header"):
        read_sequences(path, format="fasta")


def test_a_read_error_is_a_value_error_of_the_family():
    assert issubclass(ReadError, DemoWidgetsError) and issubclass(ReadError, ValueError)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "genbank"}, "expected None or one of fasta, table, bed"),
        ({"negatives": "random"}, "expected None or 'dinucleotide'"),
        ({"genome": "hg19.fa"}, "genome= is for the format 'bed'"),
        ({"sequence_column": "seq"}, "sequence_column= is for the format 'table'"),
        ({"negatives": "dinucleotide"}, "holds 50 unbound sequences already"),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path, options, message):
    path = tmp_path / "input.fa"
    path.write_bytes(GOOD)
    with pytest.raises(ReadError, match=message):
        read_sequences(path, **options)


def test_strict_refuses_ambiguous_bases_by_place(tmp_path):
    path = tmp_path / "input.fa"
    path.write_text(">a\nACGT\n>b\nACNT\n")
    with pytest.raises(ReadError, match=r"record 2 \(line 3, 'b'\) has 'N' at position 3"):
        read_sequences(path, strict=True)
