"""The transcription factors of a folder."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from demo_widgets.errors import DemoWidgetsError

__all__ = ["LAYOUT", "Factor", "find_factors"]

LAYOUT = (
    "a folder for each TF that holds train.fa.gz and test.fa.gz (or .fa, .fasta, .seq, .csv, "
    ".tsv; plain or gzip), or DeepBind pairs X_AC.seq.gz (bound sequences to train on) and "
    "X_B.seq.gz (the test set)"
)
"""Description of the folder that a sweep reads."""

_SUFFIX = r"\.(?:fa|fasta|fna|seq|csv|tsv|txt)(?:\.gz)?"
_HALF = re.compile(rf"(train|test){_SUFFIX}", re.IGNORECASE)
_DEEPBIND = re.compile(r"(.+)_(AC|B)\.seq(?:\.gz)?", re.IGNORECASE | re.DOTALL)
_DEEPBIND_HALF = {"AC": "train", "B": "test"}
_HALF_WORDS = {"train": "training file", "test": "test file"}
_Halves = dict[str, list[Path]]
_Found = dict[str, tuple[_Halves, bool]]


@dataclass(frozen=True)
class Factor:
    """A transcription factor with its two files.

    Attributes
    ----------
    name
        Name of its folder, or of its pair of files without ``_AC`` and ``_B``.
    train, test
        The files.
    bound_only
        Whether the training file holds only bound sequences (DeepBind's ``_AC``), so that
        dinucleotide shuffles serve as unbound ones.
    """

    name: str
    train: Path
    test: Path
    bound_only: bool = False

    def fingerprints(self) -> tuple[str, str]:
        """Return the SHA-256 (hex) of the training and of the test file.

        Raises
        ------
        OSError
            A file cannot be read.
        """
        return file_fingerprint(self.train), file_fingerprint(self.test)


def file_fingerprint(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 (hex) of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find_factors(
    folder: str | os.PathLike[str], only: Sequence[str] = ()
) -> tuple[list[Factor], list[str]]:
    """Find the TFs of a folder, in the order of their names.

    Parameters
    ----------
    folder
        Contains a folder for each TF with a training and a test file (``train.fa.gz``,
        ``test.fa.gz``; any format of :func:`demo_widgets.read_sequences` but BED), or DeepBind
        pairs ``X_AC.seq.gz`` and ``X_B.seq.gz``, or both. Other files are ignored.
    only
        Use only TFs whose name is one of these, or matches one as a shell pattern
        (``"GATA*"``).

    Returns
    -------
    factors
        TFs with both files.
    warnings
        A sentence for each TF with a missing or ambiguous file.

    Raises
    ------
    DemoWidgetsError
        The folder does not exist or has no TF with both files, two TFs share a name, or a pattern
        of ``only`` matches none.

    Examples
    --------
    >>> factors, warnings = find_factors("deepmotif_k562")  # doctest: +SKIP
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DemoWidgetsError(f"{folder}: the folder does not exist; expected {LAYOUT}")
    try:
        folders, pairs = _folders(folder), _pairs(folder)
    except OSError as error:
        raise DemoWidgetsError(f"{folder} cannot be read: {error.strerror or error}") from error
    _refuse_shared(folders, pairs)
    found = {**folders, **pairs}
    if not found:
        raise DemoWidgetsError(f"{folder} holds no TF; expected {LAYOUT}")
    found = _chosen(found, only)
    factors, warnings = [], []
    for name, (halves, bound_only) in sorted(found.items()):
        problem = _problem(halves)
        if problem:
            warnings.append(f"{name}: {problem}; it is skipped")
        else:
            factors.append(Factor(name, halves["train"][0], halves["test"][0], bound_only))
    if not factors:
        raise DemoWidgetsError(
            f"{folder} holds no TF with both a training and a test file "
            f"({'; '.join(warnings)}); expected {LAYOUT}"
        )
    return factors, warnings


def _folders(folder: Path) -> _Found:
    """Return the TFs that have a folder."""
    found = {}
    for inside in folder.iterdir():
        if not inside.is_dir():
            continue
        halves: _Halves = {"train": [], "test": []}
        for path in sorted(inside.iterdir()):
            half = _HALF.fullmatch(path.name)
            if half and path.is_file():
                halves[half[1].lower()].append(path)
        if any(halves.values()):
            found[inside.name] = halves, False
    return found


def _pairs(folder: Path) -> _Found:
    """Return the TFs that are a DeepBind pair of files."""
    found: _Found = {}
    for path in sorted(folder.iterdir()):
        half = _DEEPBIND.fullmatch(path.name)
        if half and path.is_file():
            halves = found.setdefault(half[1], ({"train": [], "test": []}, True))[0]
            halves[_DEEPBIND_HALF[half[2].upper()]].append(path)
    return found


def _refuse_shared(folders: _Found, pairs: _Found) -> None:
    both = sorted(set(folders) & set(pairs))
    if both:
        raise DemoWidgetsError(
            f"{both[0]!r} is both a folder and a pair of files, so two TFs would have one name; "
            f"rename one of them"
        )


def _chosen(found: _Found, only: Sequence[str]) -> _Found:
    for pattern in only:
        if not any(_is_named(name, pattern) for name in found):
            shown = ", ".join(sorted(found)[:5])
            more = f" and {len(found) - 5} more" if len(found) > 5 else ""
            raise DemoWidgetsError(f"no TF is named {pattern!r}; the folder has {shown}{more}")
    return {
        name: found[name]
        for name in found
        if not only or any(_is_named(name, pattern) for pattern in only)
    }


def _is_named(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def _problem(halves: _Halves) -> str:
    """Return why a TF cannot be used, as text; empty if it can."""
    missing = [words for half, words in _HALF_WORDS.items() if not halves[half]]
    if missing:
        return f"it has no {missing[0]}"
    for half, words in _HALF_WORDS.items():
        if len(halves[half]) > 1:
            names = ", ".join(path.name for path in halves[half])
            return f"it has more than one {words} ({names})"
    return ""
