"""Genome FASTA files, opened by pyfaidx without writing to the user's folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo_widgets.errors import ReadError
from demo_widgets.files import naming, refuse_full_disk
from demo_widgets.sequences.reading.content import GZIP_MAGIC, open_text, peek_lines
from demo_widgets.sequences.reading.identity import unchanged
from demo_widgets.sequences.reading.pipes import seekable
from demo_widgets.sequences.regions.genome_index import describes

__all__ = ["open_genome"]


@contextmanager
def open_genome(path: Path) -> Iterator[Any]:
    """Open a genome as a ``pyfaidx.Fasta`` whose slices are plain strings.

    pyfaidx writes its index next to the genome and reads no plain gzip. Here a ``.fai`` next to
    the genome is used where it describes the file, whatever its date; otherwise the index, and
    the unpacked copy of a gzip genome or of a pipe, live in a temporary folder that is removed when
    the genome is closed. Unpacking a whole mammalian genome takes minutes and about 3 GB: keep that
    one unpacked, with its ``.fai`` (``samtools faidx``).

    Raises
    ------
    ReadError
        The genome is missing, damaged, not FASTA, or has lines of uneven length.
    """
    import pyfaidx

    with seekable(path) as file, unchanged(file):
        first = peek_lines(file)[0]
        if not first.startswith(">"):
            raise ReadError(f"genome {path} is not a FASTA file; its first line is {first[:60]!r}")
        with tempfile.TemporaryDirectory(prefix="demo_widgets_") as folder:
            plain = _unpacked(file, Path(folder))
            index = _index_path(plain, Path(folder))
            try:
                genome = pyfaidx.Fasta(str(plain), indexname=str(index), as_raw=True)
            except (pyfaidx.FastaIndexingError, RuntimeError, ValueError, OSError) as error:
                refuse_full_disk(error, index)
                raise ReadError(f"genome {path} cannot be indexed: {error}") from error
            try:
                yield genome
            finally:
                genome.close()


def _unpacked(path: Path, folder: Path) -> Path:
    with open(path, "rb") as raw:
        if not raw.read(2).startswith(GZIP_MAGIC):
            return path
    copy = folder / "genome.fa"
    with (
        open_text(path) as packed,
        naming(copy),
        open(copy, "w", encoding="utf-8", newline="\n") as target,
    ):
        shutil.copyfileobj(packed, target, length=1 << 20)
    return copy


def _index_path(plain: Path, folder: Path) -> Path:
    """Where the index is, or is to be made: in ``folder``, as pyfaidx may write to it."""
    index, copy = plain.with_name(plain.name + ".fai"), folder / "genome.fa.fai"
    if describes(index, plain):
        shutil.copyfile(index, copy)
    return copy
