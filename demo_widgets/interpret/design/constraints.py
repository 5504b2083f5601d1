"""Constraints of a designed sequence, so that it can be synthesized and cloned."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from functools import cached_property
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from demo_widgets.errors import SequenceError
from demo_widgets.models.model_facts import IntArray
from demo_widgets.sequences import reverse_complement
from demo_widgets.sequences.alphabet import BASES, encode_codes

__all__ = ["DesignConstraints"]

_IUPAC = {
    "A": "A", "C": "C", "G": "G", "T": "T", "U": "T",
    "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip
_AMBIGUOUS = 4

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class DesignConstraints:
    """Constraints on a DNA sequence, all optional. Every base must be A, C, G or T.

    Parameters
    ----------
    gc
        Minimum and maximum GC content, such as ``(0.4, 0.6)``.
    gc_window
        Bases of the sliding window in which ``gc`` must hold; default the whole sequence.
    max_homopolymer
        Maximum length of a run of one base.
    forbidden_sites
        Sites that must be on neither strand: DNA with IUPAC codes (``"GAATTC"``), or names of
        restriction enzymes (``"EcoRI"``, looked up in Biopython).
    left_flank, right_flank
        Bases that the sequence must begin and end with, such as primer sites; never changed.
    frozen_positions
        0-based positions that a design may not change; below 0 counts from the end.

    Raises
    ------
    SequenceError
        A constraint out of range, an unknown enzyme, or constraints that no sequence can satisfy.

    Examples
    --------
    >>> DesignConstraints(max_homopolymer=4, forbidden_sites=("EcoRI",)).violations("GAATTCCCCC")
    ['a run of 5 C at positions 6-10; at most 4 are allowed', 'EcoRI (GAATTC) at position 1']
    """

    gc: tuple[float, float] | None = None
    gc_window: int | None = None
    max_homopolymer: int | None = None
    forbidden_sites: tuple[str, ...] = ()
    left_flank: str = ""
    right_flank: str = ""
    frozen_positions: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        if isinstance(self.forbidden_sites, str):
            raise SequenceError(
                f"forbidden_sites is the string {self.forbidden_sites!r}; expected several, such "
                f"as ({self.forbidden_sites!r},)"
            )
        put("forbidden_sites", tuple(self.forbidden_sites))
        put("frozen_positions", tuple(_whole("frozen_positions", p) for p in self.frozen_positions))
        for name in ("left_flank", "right_flank"):
            put(name, _plain_dna(name, getattr(self, name)))
        for name in ("gc_window", "max_homopolymer"):
            value = getattr(self, name)
            if value is not None and _whole(name, value) < 1:
                raise SequenceError(f"{name} must be at least 1, got {value}")
        self._check_gc()
        _ = self._sites  # reports an unknown enzyme here, not in the middle of a design

    def _check_gc(self) -> None:
        if self.gc is None:
            if self.gc_window is not None:
                raise SequenceError("gc_window needs gc, the minimum and maximum GC content")
            return
        try:
            low, high = (float(edge) for edge in self.gc)
        except (TypeError, ValueError) as error:
            raise SequenceError(
                f"gc must be two fractions, minimum and maximum, got {self.gc!r}"
            ) from error
        if not 0 <= low <= high <= 1:
            raise SequenceError(f"gc must be 0 <= minimum <= maximum <= 1, got {self.gc}")
        object.__setattr__(self, "gc", (low, high))
        if self.gc_window is not None:
            _gc_counts((low, high), self.gc_window)

    def violations(self, sequence: str) -> list[str]:
        """Return the violations of ``sequence`` as sentences. Positions count from 1.

        Raises
        ------
        SequenceError
            ``sequence`` is not DNA, or too short for the flanks, window or frozen positions.
        """
        codes = encode_codes([sequence], "sequence")[0]
        self.frozen(len(codes))
        return [
            *self._ambiguous(codes),
            *self._flank_violations(codes),
            *self._gc_violations(codes),
            *self._run_violations(codes),
            *self._site_violations(codes),
        ]

    def check(self, sequence: str) -> None:
        """Raise :class:`SequenceError` with all violations of ``sequence``, if there are any."""
        found = self.violations(sequence)
        if found:
            raise SequenceError(f"the sequence violates its constraints: {'; '.join(found)}")

    def excess(self, codes: IntArray) -> IntArray:
        """Return the excess of each sequence over each constraint; 0 if satisfied.

        One column each for ambiguous bases, bases that differ from a flank, excess and deficit of G
        and C (over all windows), excess length of runs, and every forbidden site on every strand.

        Parameters
        ----------
        codes
            ``(n, L)`` base codes: 0 to 3 for A, C, G, T and 4 for an ambiguous base.

        Returns
        -------
        numpy.ndarray
            int ``(n, columns)``.
        """
        columns = [(codes == _AMBIGUOUS).sum(axis=1)]
        for flank, part in self._flank_parts(codes):
            columns.append((part != flank).sum(axis=1))
        if self.gc is not None:
            excess = self._gc_excess(codes, self.gc)
            columns += [np.maximum(excess, 0).sum(axis=1), -np.minimum(excess, 0).sum(axis=1)]
        if self.max_homopolymer is not None:
            columns.append(self._overlong(codes, self.max_homopolymer).sum(axis=1))
        columns += [_matches(codes, site).sum(axis=1) for _, site in self._sites]
        return np.stack(columns, axis=1)

    def frozen(self, length: int) -> Mask:
        """Return which positions of ``length`` bases must not be changed, bool ``(L,)``.

        Raises
        ------
        SequenceError
            The constraints do not fit this length.
        """
        flanks = len(self.left_flank), len(self.right_flank)
        if sum(flanks) > length:
            raise SequenceError(
                f"the flanks of {flanks[0]} and {flanks[1]} bases do not fit in a sequence of "
                f"{length}"
            )
        if self.gc is not None:
            if (self.gc_window or 0) > length:
                raise SequenceError(
                    f"gc_window of {self.gc_window} bases is longer than the sequence of {length}"
                )
            _gc_counts(self.gc, self.gc_window or length)
        mask = np.zeros(length, dtype=bool)
        mask[: flanks[0]] = mask[length - flanks[1] :] = True
        for position in self.frozen_positions:
            if not -length <= position < length:
                raise SequenceError(
                    f"frozen position {position} does not lie in a sequence of {length} bases"
                )
            mask[position] = True
        return mask

    def with_flanks(self, sequence: str) -> str:
        """Return ``sequence`` with its ends replaced by the flanks."""
        end = len(sequence) - len(self.right_flank)
        return self.left_flank + sequence[len(self.left_flank) : end] + self.right_flank

    @cached_property
    def _sites(self) -> list[tuple[str, Mask]]:
        """Return, for each site and strand, the label and the matching bases, bool ``(w, 5)``."""
        found = []
        for given in self.forbidden_sites:
            site = _site(given)
            label = site if site == given else f"{given} ({site})"
            strands = dict.fromkeys([site, reverse_complement(site)])
            for strand, mark in zip(strands, ("", " on the other strand"), strict=False):
                allowed = [[base in _IUPAC[letter] for base in BASES + "N"] for letter in strand]
                found.append((label + mark, np.array(allowed)))
        return found

    def _flank_parts(self, codes: IntArray) -> list[tuple[IntArray, IntArray]]:
        parts = []
        if self.left_flank:
            parts.append((self.left_flank, codes[..., : len(self.left_flank)]))
        if self.right_flank:
            parts.append((self.right_flank, codes[..., -len(self.right_flank) :]))
        return [(encode_codes([flank])[0], part) for flank, part in parts]

    def _gc_in_windows(self, codes: IntArray) -> IntArray:
        is_gc = (codes == 1) | (codes == 2)
        summed = np.cumsum(np.pad(is_gc, ((0, 0), (1, 0))), axis=1)
        window = self.gc_window or codes.shape[1]
        return summed[:, window:] - summed[:, :-window]

    def _gc_excess(self, codes: IntArray, gc: tuple[float, float]) -> IntArray:
        """Return the excess (above 0) or deficit (below 0) of G and C in each window."""
        least, most = _gc_counts(gc, self.gc_window or codes.shape[1])
        count = self._gc_in_windows(codes)
        return np.maximum(count - most, 0) + np.minimum(count - least, 0)

    def _overlong(self, codes: IntArray, most: int) -> Mask:
        """Return where a run exceeds the maximum length, bool ``(n, L - max)``."""
        length = codes.shape[1]
        if most >= length:
            return np.zeros((len(codes), 0), dtype=bool)
        over = codes[:, most:] < _AMBIGUOUS
        for back in range(1, most + 1):
            over = over & (codes[:, most:] == codes[:, most - back : length - back])
        return over

    def _ambiguous(self, codes: IntArray) -> list[str]:
        positions = np.flatnonzero(codes == _AMBIGUOUS) + 1
        if not positions.size:
            return []
        first = f"; the first is position {positions[0]}"
        return [f"{positions.size} bases are ambiguous and cannot be synthesized{first}"]

    def _flank_violations(self, codes: IntArray) -> list[str]:
        names = [name for name in ("left_flank", "right_flank") if getattr(self, name)]
        return [
            f"{int((part != flank).sum())} bases differ from {name}"
            for name, (flank, part) in zip(names, self._flank_parts(codes), strict=True)
            if (part != flank).any()
        ]

    def _gc_violations(self, codes: IntArray) -> list[str]:
        if self.gc is None:
            return []
        excess = self._gc_excess(codes[None], self.gc)[0]
        if not excess.any():
            return []
        window, worst = self.gc_window or len(codes), int(np.abs(excess).argmax())
        share = self._gc_in_windows(codes[None])[0, worst] / window
        expected = f"expected {self.gc[0]:g} to {self.gc[1]:g}"
        if window == len(codes):
            return [f"GC content is {share:.2f}; {expected}"]
        return [
            f"GC content is {share:.2f} in positions {worst + 1}-{worst + window}, the worst of "
            f"{int((excess != 0).sum())} windows of {window} bases; {expected}"
        ]

    def _run_violations(self, codes: IntArray) -> list[str]:
        if self.max_homopolymer is None:
            return []
        edges = np.flatnonzero(np.diff(codes)) + 1
        runs = zip([0, *edges], [*edges, len(codes)], strict=True)
        return [
            f"a run of {end - start} {BASES[codes[start]]} at positions {start + 1}-{end}; at most "
            f"{self.max_homopolymer} are allowed"
            for start, end in runs
            if end - start > self.max_homopolymer and codes[start] < _AMBIGUOUS
        ]

    def _site_violations(self, codes: IntArray) -> list[str]:
        return [
            f"{label} at position {position + 1}"
            for label, site in self._sites
            for position in np.flatnonzero(_matches(codes[None], site)[0])
        ]


def _gc_counts(gc: tuple[float, float], window: int) -> tuple[int, int]:
    """Least and greatest number of G and C in ``window`` bases."""
    low, high = gc
    least, most = math.ceil(low * window - 1e-9), math.floor(high * window + 1e-9)
    if least > most:
        raise SequenceError(
            f"no number of G and C in {window} bases is a share of {low:g} to {high:g}; widen gc"
        )
    return least, most


def _matches(codes: IntArray, site: Mask) -> Mask:
    """Return where ``site`` ``(w, 5)`` starts, bool ``(n, L - w + 1)``."""
    places = codes.shape[1] - len(site) + 1
    found = np.ones((len(codes), max(places, 0)), dtype=bool)
    for offset, allowed in enumerate(site if places > 0 else ()):
        found &= allowed[codes[:, offset : offset + places]]
    return found


def _site(given: str) -> str:
    """Return the recognition site of a named enzyme, or the site itself."""
    if not isinstance(given, str) or not given:
        raise SequenceError(f"a forbidden site is {given!r}; expected DNA or an enzyme's name")
    if set(given.upper()) <= set(_IUPAC):
        return given.upper()
    from Bio import Restriction

    try:  # Biopython makes this name when it is imported, which no type checker sees
        return str(Restriction.AllEnzymes.get(given).site)  # type: ignore[attr-defined]
    except ValueError as error:
        raise SequenceError(
            f"forbidden site {given!r} is neither DNA (IUPAC letters) nor a restriction enzyme "
            "that Biopython knows; give the site itself, such as 'GAATTC'"
        ) from error


def _plain_dna(name: str, value: str) -> str:
    letters = value.upper().replace("U", "T") if isinstance(value, str) else "?"
    if set(letters) - set(BASES):
        raise SequenceError(f"{name} must be a string of A, C, G and T, got {value!r}")
    return letters


def _whole(name: str, value: SupportsIndex) -> int:
    try:
        return operator.index(value)
    except TypeError as error:
        raise SequenceError(f"{name} must be a whole number, got {value!r}") from error
