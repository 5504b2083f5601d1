"""Tables: DeepBind's, CSV, TSV, with the usual column names or one's own."""

from __future__ import annotations

import gzip

import pytest

from demo_widgets.errors import ReadError
from demo_widgets.sequences import SequenceDataset, read_sequences

A, B = "GATAAGCCATTGACGTACGA", "TTGACCATGACCGATAGCAA"


def write(tmp_path, text: str | bytes, name: str = "table.txt"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_deepbind_tables_give_names_labels_and_the_rest(tmp_path):
    text = f"FoldID\tEventID\tseq\tBound\nA\tpeak1\t{A}\t1\nB\tshuf1\t{B}\t0\n"
    data = read_sequences(write(tmp_path, gzip.compress(text.encode()), "TF_AC.seq.gz"))
    assert data.name == "TF_AC"
    assert (data.names, data.sequences) == (["peak1", "shuf1"], [A, B])
    assert data.labels.tolist() == [1, 0]
    assert data.metadata["FoldID"].tolist() == ["A", "B"]


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_separators_and_line_ends_do_not_matter(tmp_path, separator, ending, mark):
    rows = [("Name", "Sequence", "Label"), ("a", A, "1"), ("b", B, "0.0")]
    text = mark + ending.join(separator.join(row) for row in rows) + ending
    data = read_sequences(write(tmp_path, text))
    assert (data.names, data.sequences, data.labels.tolist()) == (["a", "b"], [A, B], [1, 0])


def test_columns_can_be_named(tmp_path):
    path = write(tmp_path, f"locus,dna_read,is_peak,score\nx,{A},0,1.5\ny,{B},1,\n")
    data = read_sequences(
        path, sequence_column="DNA_read", label_column="is_peak", name_column="locus"
    )
    assert (data.names, data.labels.tolist()) == (["x", "y"], [0, 1])
    assert data.metadata["score"].iloc[0] == 1.5
    assert data.metadata["score"].isna().tolist() == [False, True]


def test_a_table_of_sequences_alone_has_no_labels(tmp_path):
    data = read_sequences(write(tmp_path, f"sequence\n{A}\n\n{B}\n"))
    assert data.labels is None
    assert data.names == ["seq_00001", "seq_00002"]


def test_quoted_cells_and_comments_above_the_header_are_understood(tmp_path):
    text = f'# made by hand\n\n"name","sequence"\n"a, the <b>first</b>","{A}"\nb,{B}\n'
    data = read_sequences(write(tmp_path, text))
    assert data.names == ["a, the <b>first</b>", "b"]


def test_a_frame_written_as_csv_reads_back(tmp_path):
    data = SequenceDataset([A, B], names=["a", "b"], labels=[1, 0], metadata={"pair": [4, 4]})
    path = tmp_path / "data.csv"
    data.to_frame().to_csv(path, index=False)
    again = read_sequences(path)
    assert again.fingerprint() == data.fingerprint()
    assert again.names == data.names
    assert again.metadata["pair"].tolist() == [4, 4]


def test_bound_tables_get_shuffled_negatives_on_request(tmp_path):
    path = write(tmp_path, f"EventID\tseq\tBound\np1\t{A}\t1\np2\t{B}\t1\n")
    assert read_sequences(path).labels.tolist() == [1, 1]
    data = read_sequences(path, negatives="dinucleotide")
    assert data.labels.tolist() == [1, 1, 0, 0]
    assert data.names[2:] == ["p1_shuffled", "p2_shuffled"]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            "sequence,label\nACGT,2\n",
            {},
            r"record 1 \(line 2\) has '2' in the label column 'label'",
        ),
        ("sequence,label\nACGT,1\nACGA,\n", {}, r"record 2 \(line 3\) has '' in the label"),
        ("id,sequence\na,ACGT\na,ACGA\n", {}, r"'a' is given to 2 records: record 1 \(line 2"),
        ("sequence,label\nACGT,1,9\n", {}, "do not fit the 2 columns"),
        ("sequence,label\nACGT\n", {}, "line 2 has 1 of the 2 fields that the header names"),
        ('# a\n\nid,seq,x\n"a\nb",AC,\n\nc,AC\n', {}, "line 7 has 2 of the 3 fields"),
        ("sequence,label\nACGT,1\nAC,0\n", {}, "sequences of 2 lengths"),
        ("sequence,label\n,1\n", {}, "has no sequence"),
        ("sequence,label\n", {}, "no row below"),
        ("sequence,label\n,\n\n", {}, "no row below"),
        ('sequence,label\n"ACGT,1\nACGA,0\n', {}, "do not fit the 2 columns"),
        ("seq,seq\nA,C\n", {}, "seq occur more than once"),
        ("sequence,label\nMKVLE,1\n", {}, r"record 1 \(line 2\) has 'L' at position 4"),
        ("sequence\nACGT\n", {"label_column": "y"}, r"no column 'y' \(label_column=\).*'sequence'"),
        ("a,b\nACGT,1\n", {"sequence_column": "c"}, "no known format"),
        ("a,b\nACGT,1\n", {"format": "table"}, "names no sequence column"),
        ("sequence,label\nACGT,0\n", {"negatives": "dinucleotide"}, "holds 1 unbound"),
    ],
)
def test_what_is_wrong_in_a_table_is_named(tmp_path, text, options, message):
    path = write(tmp_path, text)
    with pytest.raises(ReadError, match=message) as caught:
        read_sequences(path, **options)
    assert str(path) in str(caught.value)


def test_a_table_cut_short_anywhere_in_its_last_row_is_refused(tmp_path):
    text = f"sequence,score,fold\n{A},1.5,A\n{B},2.5,B"
    for end in range(text.rindex("\n") + 2, text.rindex(",") + 1):
        with pytest.raises(ReadError, match=r"line 3 has [12] of the 3 fields"):
            read_sequences(write(tmp_path, text[:end]))


def test_empty_last_cells_and_sequences_longer_than_csv_takes_are_read(tmp_path):
    long = A * 10_000
    data = read_sequences(write(tmp_path, f"sequence,note\n{long},\n\n{long},x\n"))
    assert data.length == len(long)
    assert data.metadata["note"].tolist() == ["", "x"]


def test_a_truncated_or_latin_1_table_is_refused(tmp_path):
    text = "sequence,label\n" + f"{A},1\n{B},0\n" * 5000
    cut = write(tmp_path, gzip.compress(text.encode())[:-30])
    with pytest.raises(ReadError, match="truncated gzip"):
        read_sequences(cut)
    latin = write(tmp_path, b"name,sequence\n" + b"a,ACGT\n" * 20_000 + b"caf\xe9,ACGT\n")
    with pytest.raises(ReadError, match="not UTF-8 text .byte 0xe9"):
        read_sequences(latin)
