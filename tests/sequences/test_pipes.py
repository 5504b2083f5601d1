"""What comes through a pipe is what the file holds, from its first byte on."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest

from demo_widgets.errors import DemoWidgetsWarning, DiskFull, ReadError
from demo_widgets.sequences import read_sequences
from demo_widgets.sequences.reading import pipes
from demo_widgets.sequences.reading.blocks import stream_sequences

N, LENGTH = 3_000, 60
rng = np.random.default_rng(5)
ROWS = ["".join(rng.choice(list("ACGT"), LENGTH)) for _ in range(N)]
TEXTS = {
    "names.fa": "".join(f">site {i}\n{row}\n" for i, row in enumerate(ROWS)),
    "labels.fa": "".join(f">{i % 2}\n{row}\n" for i, row in enumerate(ROWS)),
    "table.csv": "name,sequence,bound\n"
    + "".join(f"s{i},{row},{i % 2}\n" for i, row in enumerate(ROWS)),
    "table.tsv": "# a comment\nid\tseq\n" + "".join(f"s{i}\t{row}\n" for i, row in enumerate(ROWS)),
    "peaks.bed": "".join(f"chr1\t{i * 50}\t{i * 50 + LENGTH}\n" for i in range(1, 2_000)),
}
GENOME = ">chr1\n" + "".join(f"{row}\n" for row in ROWS)


@pytest.fixture
def pipe(tmp_path):
    """Make a named pipe that gives a content once."""
    writers = []

    def make(name: str, content: bytes) -> Path:
        path = tmp_path / "pipes" / name
        path.parent.mkdir(exist_ok=True)
        os.mkfifo(path)

        def write():
            with open(path, "wb") as end:
                end.write(content)

        writers.append(threading.Thread(target=write, daemon=True))
        writers[-1].start()
        return path

    yield make
    for writer in writers:
        writer.join(10)
        assert not writer.is_alive()


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder of temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", TEXTS)
def test_a_pipe_gives_what_the_file_holds(tmp_path, pipe, temporary, name, packed):
    (tmp_path / "genome.fa").write_text(GENOME)
    options = {"genome": tmp_path / "genome.fa"} if name.endswith(".bed") else {}
    content = TEXTS[name].encode()
    content = gzip.compress(content) if packed else content
    file = tmp_path / name
    file.write_bytes(content)
    expected = read_sequences(file, **options)
    found = read_sequences(pipe(name, content), **options)
    assert found.sequences == expected.sequences and found.names == expected.names
    assert found.fingerprint() == expected.fingerprint()
    assert (found.name, Path(found.source).parent.name) == (expected.name, "pipes")
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("name", TEXTS)
def test_a_stream_of_a_pipe_can_be_read_again_and_leaves_nothing(tmp_path, pipe, temporary, name):
    (tmp_path / "genome.fa").write_text(GENOME)
    options = {"genome": tmp_path / "genome.fa"} if name.endswith(".bed") else {}
    (tmp_path / name).write_text(TEXTS[name])
    expected = stream_sequences(tmp_path / name, **options)
    stream = stream_sequences(pipe(name, TEXTS[name].encode()), **options)
    assert stream.fingerprint == expected.fingerprint
    for _ in range(2):
        assert sum(len(block.names) for block in stream.blocks(700)) == expected.n
    assert stream.source == str(tmp_path / "pipes" / name)
    del stream
    assert not list(temporary.iterdir())


def test_a_genome_may_come_through_a_pipe(tmp_path, pipe, temporary):
    (tmp_path / "genome.fa").write_text(GENOME)
    (tmp_path / "peaks.bed").write_text(TEXTS["peaks.bed"])
    expected = read_sequences(tmp_path / "peaks.bed", genome=tmp_path / "genome.fa")
    found = read_sequences(tmp_path / "peaks.bed", genome=pipe("g.fa", GENOME.encode()))
    assert found.sequences == expected.sequences
    assert not list(temporary.iterdir())


def test_errors_and_warnings_name_the_pipe_and_not_its_copy(tmp_path, pipe, temporary):
    for content, words in [
        (b">a\nACGT\n>b\nACXT\n", "record 2"), (b"", "is empty"), (b"\0\1", "binary"),
        (b"hello\n", "no known format"),
    ]:  # fmt: skip
        for read in (read_sequences, stream_sequences):
            path = pipe(f"{read.__name__}{len(content)}.fa", content)
            with pytest.raises(ReadError, match=words) as refusal:
                read(path)
            assert str(path) in str(refusal.value) and str(temporary) not in str(refusal.value)
    (tmp_path / "genome.fa").write_text(GENOME)
    beds = [pipe(f"{i}.bed", b"chr1\t100\t200\nchrX\t1\t2\n") for i in range(2)]
    for read, bed in zip((read_sequences, stream_sequences), beds, strict=True):
        with pytest.warns(DemoWidgetsWarning, match=f"^{bed}: 1 of 2 windows"):
            read(bed, genome=tmp_path / "genome.fa")
    assert not list(temporary.iterdir())


def test_a_pipe_that_does_not_fit_into_the_temporary_folder_is_a_full_disk(
    pipe, temporary, monkeypatch
):
    def full(source, target, length):
        source.read()
        raise OSError(28, "No space left on device")

    path = pipe("a.fa", b">a\nACGT\n")
    with monkeypatch.context() as patched, pytest.raises(DiskFull, match="a.fa: No space"):
        patched.setattr(pipes.shutil, "copyfileobj", full)
        read_sequences(path)
    assert not list(temporary.iterdir())


def test_a_process_substitution_of_the_shell_loses_no_record(tmp_path):
    (tmp_path / "a.fa").write_text(TEXTS["names.fa"])
    code = (
        "import sys; from demo_widgets.sequences import read_sequences, reading; "
        "print(len(read_sequences(sys.argv[1])), reading.stream_sequences(sys.argv[2]).n)"
    )
    line = f"{sys.executable} -c '{code}' <(cat a.fa) <(cat a.fa)"
    done = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == f"{N} {N}\n", done.stderr


def test_dev_null_is_empty():
    with pytest.raises(ReadError, match="/dev/null is empty"):
        read_sequences("/dev/null")
