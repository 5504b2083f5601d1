"""Dinucleotide shuffles, the standard negatives of bound sequences.

A sequence is a walk over a graph whose vertices are letters and whose edges are its
dinucleotides; every other walk that uses each edge once (an Euler path) is a sequence with
the same dinucleotide counts, the same first and the same last letter. Altschul and Erickson
(1985, Mol. Biol. Evol. 2:526) draw one uniformly: choose the *last* edge that leaves each
letter so that these edges form a tree leading to the final letter, put each letter's other
edges in random order, and walk.

With five letters there are at most 125 such trees, so the tree is drawn from the exact
distribution over all of them (weight = product of the edges' counts) instead of by rejection, and
the walks of all sequences are computed together, one position at a time.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import numpy as np

from demo_widgets.errors import SequenceError
from demo_widgets.sequences.alphabet import (
    AMBIGUOUS_CODE,
    codes_of,
    describe_bad_letter,
    strings_of,
)
from demo_widgets.sequences.one_hot import checked_one_hot, codes_to_one_hot, one_hot_to_codes
from demo_widgets.sequences.seeding import generator_of_seed

__all__ = ["dinucleotide_shuffle"]

N_LETTERS = 5  # A, C, G, T and "ambiguous"
_CHUNK_BASES = 4_000_000  # bases per chunk, which bounds the memory to about 150 MB


def dinucleotide_shuffle(sequences: Any, seed: int = 0) -> Any:
    """Return a shuffle of each sequence with the same dinucleotide counts.

    The result is uniform over all sequences with the same dinucleotide counts and the same
    first letter (the last letter is then the same too). Ambiguous bases count as a fifth letter:
    counts of dinucleotides with ``N`` are kept as well, and runs of ``N`` may move. Other IUPAC
    codes share that letter and keep their order. A sequence with only one possible order, such as
    ``AAAA`` or ``AC``, is returned unchanged.

    Parameters
    ----------
    sequences
        A string, several strings of any lengths, a one-hot array ``(n, length, 4)`` or
        ``(length, 4)``, or a ``SequenceDataset``.
    seed
        The same seed gives the same shuffles.

    Returns
    -------
    str, list of str or numpy.ndarray
        The same kind as the input (a list of strings for a ``SequenceDataset``), upper case.

    Raises
    ------
    SequenceError
        A character that is not a base, an empty sequence, an array that is not one-hot, or a
        seed that is not an integer of 0 or more.

    References
    ----------
    Altschul & Erickson (1985) Molecular Biology and Evolution 2:526-538.

    Examples
    --------
    >>> sorted({dinucleotide_shuffle("ACATA", seed=seed) for seed in range(20)})
    ['ACATA', 'ATACA']
    """
    rng = generator_of_seed(seed)
    if isinstance(sequences, np.ndarray) and sequences.dtype.kind in "biuf":
        return _shuffle_one_hot(sequences, rng)
    if isinstance(sequences, str):
        return _shuffle_strings([sequences], rng)[0]
    return _shuffle_strings(strings_of(sequences), rng)


def dinucleotide_counts(codes: np.ndarray) -> np.ndarray:
    """Count the dinucleotides of each row.

    Parameters
    ----------
    codes
        uint8 ``(n, length)``, values 0 to 4; 5 is padding at a row's end.

    Returns
    -------
    numpy.ndarray
        int64 ``(n, 5, 5)``: first letter, second letter.
    """
    n, length = codes.shape
    if length < 2:
        return np.zeros((n, N_LETTERS, N_LETTERS), np.int64)
    wide = N_LETTERS + 1
    wide_codes = codes.astype(np.int64)
    pair = wide_codes[:, :-1] * wide + wide_codes[:, 1:] + np.arange(n)[:, None] * wide**2
    counts = np.bincount(pair.ravel(), minlength=n * wide**2).reshape(n, wide, wide)
    return counts[:, :N_LETTERS, :N_LETTERS]


def _shuffle_one_hot(X: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    array = checked_one_hot(X, "sequences")
    codes = one_hot_to_codes(array if array.ndim == 3 else array[None])
    lengths = np.full(len(codes), codes.shape[1])
    shuffled = codes_to_one_hot(_shuffle_codes(codes, lengths, rng)).astype(array.dtype)
    return shuffled if array.ndim == 3 else shuffled[0]


def _shuffle_strings(strings: list[str], rng: np.random.Generator) -> list[str]:
    for index, string in enumerate(strings):
        if not string:
            raise SequenceError(f"sequences[{index}] is empty; expected at least one base")
    shuffled = [""] * len(strings)
    by_length = sorted(range(len(strings)), key=lambda index: len(strings[index]))
    for rows in _chunks(by_length, strings):
        lengths = np.array([len(strings[row]) for row in rows])
        codes = np.full((len(rows), lengths.max()), N_LETTERS, np.uint8)
        inside = np.arange(lengths.max()) < lengths[:, None]
        codes[inside] = codes_of("".join(strings[row] for row in rows))
        if (codes[inside] > AMBIGUOUS_CODE).any():
            raise SequenceError(describe_bad_letter(strings))
        result = _shuffle_codes(codes, lengths, rng)
        for row, line in zip(rows, result, strict=True):
            shuffled[row] = _letters(line[: len(strings[row])], strings[row])
    return shuffled


def _chunks(order: list[int], strings: list[str]) -> list[list[int]]:
    """Split ``order`` (short to long) so that no padded chunk exceeds the bound."""
    chunks: list[list[int]] = []
    chunk: list[int] = []
    for row in order:
        longest = len(strings[row])
        if chunk and (len(chunk) + 1) * longest > _CHUNK_BASES:
            chunks.append(chunk)
            chunk = []
        chunk.append(row)
    return chunks + [chunk] if chunk else chunks


def _letters(codes: np.ndarray, original: str) -> str:
    """Return letters of codes; ambiguous ones are the original's, in their order."""
    string = np.frombuffer(b"ACGTN", np.uint8)[codes].tobytes().decode("ascii")
    if "N" not in string:
        return string
    ambiguous = iter([letter for letter in original.upper() if letter not in "ACGTU"])
    return "".join(next(ambiguous) if letter == "N" else letter for letter in string)


def _shuffle_codes(codes: np.ndarray, lengths: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shuffle rows of codes ``(n, length)``; rows shorter than ``length`` are padded."""
    n, length = codes.shape
    if length < 3:
        return codes
    rows = np.arange(n)
    counts = dinucleotide_counts(codes)
    last = _draw_last_edges(counts, codes[rows, lengths - 1], rng)
    successors, start = _ordered_successors(codes, counts, last, rng)

    shuffled = np.full_like(codes, N_LETTERS)
    shuffled[:, 0] = letter = codes[:, 0]
    for position in range(1, length):
        walking = position < lengths
        take = np.minimum(start[rows, letter], length - 2)
        start[rows, letter] += 1
        letter = np.where(walking, successors[rows, take], 0).astype(np.uint8)
        shuffled[walking, position] = letter[walking]
    return shuffled


def _draw_last_edges(counts: np.ndarray, final: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return, for each row and letter, the target of its last edge, ``(n, 5)``.

    Letters without an edge, and the final letter, get no last edge: -1.
    """
    n = len(counts)
    last = np.full((n, N_LETTERS), -1, np.int64)
    for root in np.unique(final):
        rows = np.flatnonzero(final == root)
        weights = counts[rows].astype(np.float64)
        absent = weights.sum(2) == 0
        # An absent letter is a child of the root, with one choice of edge.
        weights[..., root][absent] = 1
        trees = _trees(int(root))
        total = np.ones((len(rows), len(trees)))
        for letter in range(N_LETTERS):
            if letter != root:
                total *= weights[:, letter, trees[:, letter]]
        cumulative = np.cumsum(total, axis=1)
        draw = rng.random((len(rows), 1)) * cumulative[:, -1:]
        chosen = trees[(cumulative <= draw).sum(1)]
        last[rows] = np.where(absent, -1, chosen)
        last[rows, root] = -1
    return last


@cache
def _trees(root: int) -> np.ndarray:
    """Return all choices of one edge per letter that lead to ``root``, ``(125, 5)``."""
    others = [letter for letter in range(N_LETTERS) if letter != root]
    trees = []
    for targets in product(range(N_LETTERS), repeat=len(others)):
        parent = dict(zip(others, targets, strict=True)) | {root: root}
        reached = list(range(N_LETTERS))
        for _ in others:
            reached = [parent[letter] for letter in reached]
        if all(letter == root for letter in reached):
            trees.append([parent[letter] for letter in range(N_LETTERS)])
    return np.array(trees)


def _ordered_successors(
    codes: np.ndarray, counts: np.ndarray, last: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return successors grouped by letter, each group in random order with its last edge last.

    Returns
    -------
    successors, start
        ``(n, length - 1)`` second letters of the edges, and ``(n, 6)`` where each letter's
        group starts.
    """
    second = codes[:, 1:]
    # The step from a row's final letter into its padding is not an edge: it sorts to the end.
    first = np.where(second < N_LETTERS, codes[:, :-1], N_LETTERS)
    # The rank within a group is random in [0, 1); one edge of the drawn kind gets 1.5.
    rank = rng.random(first.shape)
    for letter in range(N_LETTERS):
        target = last[:, letter]
        of_kind = (first == letter) & (second == target[:, None])
        rows = np.flatnonzero(target >= 0)
        rank[rows, of_kind[rows].argmax(1)] = 1.5
    order = np.argsort(first * 2.0 + rank, axis=1)
    start = np.zeros((len(codes), N_LETTERS + 1), np.int64)
    np.cumsum(counts.sum(2), axis=1, out=start[:, 1:])
    return np.take_along_axis(second, order, axis=1), start
