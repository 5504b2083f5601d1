"""Genome FASTA files, opened by pyfaidx without writing to the user's folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo_widgets.errors import ReadError
from demo_widgets.sequences.reading.content import GZIP_MAGIC, open_text, peek_lines

__all__ = ["open_genome"]


@contextmanager
def open_genome(path: Path) -> Iterator[Any]:
    """Open a genome as a ``pyfaidx.Fasta`` whose slices are plain strings.

    pyfaidx writes its index next to the genome and does not read plain gzip. Here an up-to-date
    ``.fai`` next to the genome is used; otherwise the index, and the unpacked copy of a gzip
    genome, are kept in a temporary folder until the genome is closed. Unpacking a mammalian genome
    takes minutes and about 3 GB: keep it unpacked, with its ``.fai`` (``samtools faidx``).

    Raises
    ------
    ReadError
        The genome is missing, damaged, not FASTA, or has lines of uneven length.
    """
    import pyfaidx

    first = peek_lines(path)[0]
    if not first.startswith(">"):
        raise ReadError(f"genome {path} is not a FASTA file; its first line is {first[:60]!r}")
    with tempfile.TemporaryDirectory(prefix="demo_widgets_") as folder:
        plain = _unpacked(path, Path(folder))
        try:
            genome = pyfaidx.Fasta(
                str(plain), indexname=_index_path(plain, Path(folder)), as_raw=True
            )
        except (pyfaidx.FastaIndexingError, ValueError, OSError) as error:
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
    with open_text(path) as packed, open(copy, "w", encoding="utf-8", newline="\n") as target:
        shutil.copyfileobj(packed, target, length=1 << 20)
    return copy


def _index_path(plain: Path, folder: Path) -> str:
    index = plain.with_name(plain.name + ".fai")
    if index.is_file() and index.stat().st_mtime >= plain.stat().st_mtime:
        return str(index)
    return str(folder / "genome.fa.fai")
