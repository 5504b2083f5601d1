"""A motif: base frequencies by position, and derived quantities."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from demo_widgets.errors import MotifError
from demo_widgets.sequences.alphabet import BASES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Motif", "INFORMATIVE_BITS", "MIN_INFORMATIVE", "SUM_TOLERANCE", "TRIM_BITS", "UNIFORM"]

INFORMATIVE_BITS = 0.25
"""A position with at least this much information counts as informative (bits)."""
TRIM_BITS = 0.1
"""Flanks of discovered motifs below this are trimmed (bits); weaker flanks still distinguish
related motifs."""
MIN_INFORMATIVE = 4
"""Minimum number of informative positions for a match."""

SUM_TOLERANCE = 0.02
"""Largest accepted deviation of a position's sum from 1."""

UNIFORM = (0.25, 0.25, 0.25, 0.25)
"""The same frequency of every base, the default background."""

_IUPAC = {
    frozenset("A"): "A", frozenset("C"): "C", frozenset("G"): "G", frozenset("T"): "T",
    frozenset("AG"): "R", frozenset("CT"): "Y", frozenset("CG"): "S", frozenset("AT"): "W",
    frozenset("GT"): "K", frozenset("AC"): "M", frozenset("CGT"): "B", frozenset("AGT"): "D",
    frozenset("ACT"): "H", frozenset("ACG"): "V", frozenset("ACGT"): "N",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Motif:
    """A position frequency matrix with its name, site count and origin.

    Parameters
    ----------
    name
        Displayed name.
    frequencies
        ``(width, 4)`` base frequencies, columns A, C, G, T; each row sums to 1 (deviations of up to
        2 % are normalised, larger ones are an error).
    n_sites
        Number of sites the frequencies were counted from; ``None`` if unknown.
    background
        Background base frequencies for the information content, order A, C, G, T.
    matrix_id
        JASPAR matrix id with version (``"MA0035.3"``), or ``""``.
    source
        Origin of the motif: a file, a JASPAR release, ``"simulated"``.
    method, model
        Discovery method and model name, for motifs of a network.
    sites
        One row per site: ``sequence_index, start, end, strand, score`` (0-based, end excluded,
        positions on the forward strand of the sequence); ``None`` where unknown.
    notes
        Further facts as a dictionary (``tf_family``, ``filter``, ``auroc``, ...).

    Raises
    ------
    MotifError
        If the matrix is not ``(width, 4)``, is empty, holds negative or non-finite values, or
        has a row that does not sum to 1.

    Examples
    --------
    >>> motif = Motif.from_sites("demo", ["GATAA", "GATAA", "GATTA"])
    >>> motif.consensus
    'GATWA'
    """

    name: str
    frequencies: np.ndarray
    n_sites: int | None = None
    background: tuple[float, float, float, float] = UNIFORM
    matrix_id: str = ""
    source: str = ""
    method: str = ""
    model: str = ""
    sites: pd.DataFrame | None = field(default=None, repr=False)
    notes: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        frequencies = _checked_frequencies(self.frequencies, self.name)
        frequencies.setflags(write=False)
        object.__setattr__(self, "frequencies", frequencies)
        background = np.asarray(self.background, dtype=float)
        if background.shape != (4,) or not np.isfinite(background).all() or background.min() <= 0:
            raise MotifError(
                f"motif {self.name!r}: background must be four positive numbers in the order "
                f"A, C, G, T, got {self.background!r}"
            )
        object.__setattr__(self, "background", tuple((background / background.sum()).tolist()))

    @classmethod
    def from_counts(
        cls, name: str, counts: np.ndarray, *, pseudocount: float = 0.0, **facts: Any
    ) -> Motif:
        """Return the motif of base counts ``(width, 4)``; ``pseudocount`` follows the background.

        ``n_sites`` is the largest row sum (positions of JASPAR matrices have unequal sums) unless
        given in ``facts``.
        """
        counts = np.asarray(counts, dtype=float)
        if counts.ndim != 2 or counts.shape[1] != 4 or len(counts) == 0:
            raise MotifError(
                f"motif {name!r}: counts must have shape (width, 4), columns A, C, G, T; got "
                f"{counts.shape}"
            )
        if not np.isfinite(counts).all() or counts.min() < 0:
            raise MotifError(f"motif {name!r}: counts must be finite and not negative")
        sums = counts.sum(axis=1)
        if pseudocount == 0 and (sums == 0).any():
            position = int(np.flatnonzero(sums == 0)[0]) + 1
            raise MotifError(f"motif {name!r}: position {position} has no counts at all")
        background = np.asarray(facts.get("background", UNIFORM), dtype=float)
        smoothed = counts + pseudocount * (background / background.sum())
        facts.setdefault("n_sites", int(round(float(sums.max()))))
        return cls(name, smoothed / smoothed.sum(axis=1, keepdims=True), **facts)

    @classmethod
    def from_sites(cls, name: str, strings: list[str], **facts: Any) -> Motif:
        """Return the motif of equally long sites; letters other than A, C, G, T are not counted."""
        if not strings or len({len(site) for site in strings}) != 1 or not strings[0]:
            raise MotifError(f"motif {name!r}: sites must be non-empty strings of one length")
        letters = np.array([list(site.upper()) for site in strings])
        counts = np.stack([(letters == base).sum(axis=0) for base in BASES], axis=1)
        return cls.from_counts(name, counts, **{"n_sites": len(strings), **facts})

    def __len__(self) -> int:
        return len(self.frequencies)

    @property
    def label(self) -> str:
        """Matrix id and name, as in citations of JASPAR motifs: ``"MA0035.3 GATA1"``."""
        if not self.matrix_id or self.matrix_id == self.name:
            return self.name
        return f"{self.matrix_id} {self.name}"

    @property
    def information(self) -> np.ndarray:
        """Information content of each position, shape ``(width,)``, in bits.

        Relative entropy to the background, ``sum_b f_b log2(f_b / q_b)`` (Schneider et al.
        1986, J Mol Biol 188:415; no small-sample correction): 0 to 2 on a uniform background.
        """
        f = self.frequencies
        ratio = np.divide(f, self.background, out=np.ones_like(f), where=f > 0)
        return np.maximum((f * np.log2(ratio)).sum(axis=1), 0.0)

    @property
    def total_information(self) -> float:
        """Information content of the whole motif in bits."""
        return float(self.information.sum())

    @property
    def consensus(self) -> str:
        """IUPAC consensus by Cavener's rule (1987, Nucleic Acids Res 15:1353).

        One base if it has more than half and more than twice the second; two if together
        more than 75 %; three if the fourth is absent; N otherwise.
        """
        return "".join(_iupac(position) for position in self.frequencies)

    @property
    def uninformative_reason(self) -> str:
        """Why this motif cannot be matched to a database, or ``""`` if it can."""
        informative = int((self.information >= INFORMATIVE_BITS).sum())
        if informative >= MIN_INFORMATIVE:
            return ""
        if self.information.max() < 0.01:
            return "uniform: no position prefers any base"
        if len(self) < MIN_INFORMATIVE:
            return f"too short: {len(self)} positions, a match needs at least {MIN_INFORMATIVE}"
        return (
            f"too little information: {informative} of {len(self)} positions hold "
            f"{INFORMATIVE_BITS} bits or more, a match needs at least {MIN_INFORMATIVE}"
        )

    @property
    def is_informative(self) -> bool:
        """Whether at least four positions have enough information to match a motif."""
        return not self.uninformative_reason

    def reverse_complement(self) -> Motif:
        """Return the reverse complement; sites change strand and keep positions."""
        sites = self.sites
        if sites is not None:
            sites = sites.assign(strand=sites["strand"].map({"+": "-", "-": "+"}))
        return dataclasses.replace(
            self,
            frequencies=self.frequencies[::-1, ::-1],
            background=self.background[::-1],
            sites=sites,
        )

    def trim(self, threshold: float = INFORMATIVE_BITS) -> Motif:
        """Cut flanking positions whose information is below ``threshold`` bits.

        Positions inside the motif are kept; site coordinates move with the cut. A motif without a
        position at the threshold is an error.
        """
        keep = np.flatnonzero(self.information >= threshold)
        if len(keep) == 0:
            raise MotifError(
                f"motif {self.name!r}: no position reaches {threshold} bits "
                f"(highest {self.information.max():.2f}), so nothing is left to keep"
            )
        return self.slice(int(keep[0]), int(keep[-1]) + 1)

    def slice(self, start: int, end: int) -> Motif:
        """Return positions ``start`` to ``end`` (0-based, end excluded), with sites moved along."""
        if not 0 <= start < end <= len(self):
            raise MotifError(
                f"motif {self.name!r}: positions {start} to {end} are not inside 0 to {len(self)}"
            )
        left, right = start, len(self) - end
        sites = self.sites
        if sites is not None:
            forward = (sites["strand"] == "+").to_numpy()
            sites = sites.assign(
                start=sites["start"] + np.where(forward, left, right),
                end=sites["end"] - np.where(forward, right, left),
            )
        return dataclasses.replace(self, frequencies=self.frequencies[start:end], sites=sites)

    def renamed(self, name: str, **changes: Any) -> Motif:
        """Return a copy with another name and other changed fields."""
        return dataclasses.replace(self, name=name, **changes)


def _checked_frequencies(frequencies: Any, name: str) -> np.ndarray:
    """Return a checked float64 ``(width, 4)`` copy whose rows sum to 1."""
    f = np.array(frequencies, dtype=float)
    if f.ndim != 2 or f.shape[1] != 4:
        turn = "; transpose it" if f.ndim == 2 and len(f) == 4 else ""
        raise MotifError(
            f"motif {name!r}: frequencies must have shape (width, 4), columns A, C, G, T; got "
            f"{f.shape}{turn}"
        )
    if len(f) == 0:
        raise MotifError(f"motif {name!r} is empty: it has no positions")
    if not np.isfinite(f).all() or f.min() < 0:
        raise MotifError(f"motif {name!r}: frequencies must be finite and not negative")
    sums = f.sum(axis=1)
    wrong = np.flatnonzero(np.abs(sums - 1) > SUM_TOLERANCE)
    if len(wrong):
        i = int(wrong[0])
        raise MotifError(
            f"motif {name!r}: the frequencies of position {i + 1} sum to {sums[i]:.4g}, not 1"
        )
    return f / sums[:, None]


def _iupac(position: np.ndarray) -> str:
    order = np.argsort(-position, kind="stable")
    first, second, third, fourth = position[order]
    if first > 0.5 and first > 2 * second:
        n = 1
    elif first + second > 0.75:
        n = 2
    elif fourth < 0.01 <= third:
        n = 3
    else:
        n = 4
    return _IUPAC[frozenset(BASES[i] for i in order[:n])]
