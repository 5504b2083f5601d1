"""Simulated sequences with planted motifs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from demo_widgets.errors import SequenceError
from demo_widgets.sequences.alphabet import BASES
from demo_widgets.sequences.dataset import SequenceDataset
from demo_widgets.sequences.jaspar_releases import MotifMatrix, checked_release, fetch_matrix
from demo_widgets.sequences.planting import place_anywhere, place_apart, write_sites
from demo_widgets.sequences.random_dna import dinucleotide_frequencies, sample_background
from demo_widgets.sequences.seeding import generator_of_seed
from demo_widgets.sequences.shuffle import dinucleotide_shuffle

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["simulate_motif_dataset"]

NEGATIVES = ("dinucleotide", "background", "arrangement")
BOUND_ARRANGEMENT, SWAPPED, OTHER_SPACING = "A..B", "B..A", "other spacing"
UNBOUND_ARRANGEMENTS = np.array([SWAPPED, OTHER_SPACING], object)
SPACING_MARGIN = 3  # minimum difference of an unbound sequence's spacing, in bases
_BASES = np.frombuffer(BASES.encode(), np.uint8)


def simulate_motif_dataset(
    motifs: str | np.ndarray | Sequence[str | np.ndarray],
    *,
    n_sequences: int = 2000,
    length: int = 101,
    spacing: int | None = None,
    negatives: str | None = None,
    bound_fraction: float = 0.5,
    both_strands: bool = True,
    background: Any = None,
    release: str = "JASPAR2024",
    seed: int = 0,
    name: str | None = None,
) -> SequenceDataset:
    """Simulate a dataset with JASPAR motifs planted in random DNA.

    Every bound sequence contains one site of each motif, drawn base by base from the motif's
    frequencies, at a uniform place. The background is a first-order Markov chain with the human
    genome's dinucleotide frequencies.

    Parameters
    ----------
    motifs
        JASPAR matrix ids (``"MA0035.3"``), unambiguous TF names, or ``(width, 4)``
        arrays of frequencies; one or several.
    n_sequences, length
        Number of sequences, and bases in each.
    spacing
        For two motifs A and B, the bases between A's end and B's start: **order and spacing then
        matter**. Bound sequences contain A, ``spacing`` bases, B, all on one strand. ``None``: the
        motifs are anywhere, in any order, each on a random strand.
    negatives
        How the unbound sequences are made:

        - ``"dinucleotide"`` (default without ``spacing``): a dinucleotide shuffle of a bound
          sequence; the two share ``metadata["pair"]``. A short motif can arise by chance.
        - ``"background"``: background only, whose composition differs from that of bound sequences.
        - ``"arrangement"`` (default with ``spacing``): both motifs too, but as B..A at the
          same spacing, or as A..B at another spacing (off by 3 bases at least), in turn, so
          that the motifs present do not reveal the label. ``metadata["arrangement"]`` names
          the arrangement.
    bound_fraction
        Fraction of bound sequences. If it is under a half, bound sequences are shuffled repeatedly.
    both_strands
        Plant on a random strand; otherwise always on the forward strand.
    background
        ``None`` (human), a ``(4, 4)`` array of dinucleotide frequencies, or sequences from
        which they are counted.
    release
        JASPAR release, read offline from pyjaspar.
    seed
        The same seed gives the same dataset.
    name
        Title of the dataset; default the motifs' names.

    Returns
    -------
    SequenceDataset
        Labels, in random order, and ``truth``: one row per planted site with
        ``sequence_index, motif, matrix_id, start, end, strand`` (0-based, half-open,
        forward-strand coordinates). Sites planted in unbound sequences are listed too.

    Raises
    ------
    MotifError
        An unknown release or motif.
    SequenceError
        Motifs that do not fit the length, or options that contradict each other.

    Examples
    --------
    >>> data = simulate_motif_dataset(["MA0035.3"], n_sequences=10, seed=1)
    >>> int(data.labels.sum()), len(data.truth)
    (5, 5)
    """
    single = isinstance(motifs, (str, np.ndarray))
    release = checked_release(release)
    matrices = [fetch_matrix(motif, release) for motif in ([motifs] if single else motifs)]
    negatives = negatives or ("dinucleotide" if spacing is None else "arrangement")
    n_bound = _check_options(matrices, n_sequences, length, spacing, negatives, bound_fraction)

    rng = generator_of_seed(seed)
    frequencies = dinucleotide_frequencies(background)
    codes = sample_background(n_sequences, length, frequencies, rng)
    arrangement = np.full(n_sequences, BOUND_ARRANGEMENT, object)
    if negatives == "arrangement":
        arrangement[n_bound:] = np.resize(UNBOUND_ARRANGEMENTS, n_sequences - n_bound)
    planted = n_sequences if negatives == "arrangement" else n_bound
    truth = _plant(codes[:planted], matrices, spacing, arrangement[:planted], both_strands, rng)

    sequences = [row.tobytes().decode("ascii") for row in _BASES[codes]]
    metadata = {"arrangement": arrangement} if negatives == "arrangement" else None
    if negatives == "dinucleotide":
        pair = np.resize(np.arange(n_bound), n_sequences)
        sources = [sequences[row] for row in pair[n_bound:]]
        sequences[n_bound:] = dinucleotide_shuffle(sources, seed=int(rng.integers(2**32)))
        metadata = {"pair": pair}

    # Shuffle the rows, then number them, so that names do not reveal the label.
    title = name or "simulated " + " + ".join(matrix.name for matrix in matrices)
    ordered = SequenceDataset(
        sequences,
        labels=np.repeat([1, 0], [n_bound, n_sequences - n_bound]),
        metadata=metadata,
        truth=truth,
        name=title,
        source=_describe(matrices, spacing, negatives, release, seed),
    )
    dataset = ordered[rng.permutation(n_sequences)]
    dataset.names = ordered.names
    return dataset


def _plant(
    codes: np.ndarray,
    matrices: list[MotifMatrix],
    spacing: int | None,
    arrangement: np.ndarray,
    both_strands: bool,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Write one site of each motif into each row of ``codes``, in place; return a list of them."""
    import pandas as pd

    n, length = codes.shape
    widths = [matrix.width for matrix in matrices]
    if spacing is None:
        starts = place_anywhere(n, widths, length, rng)
        minus = rng.random(starts.shape) < 0.5 * both_strands
    else:
        minus = np.tile(rng.random((n, 1)) < 0.5 * both_strands, (1, 2))
        gaps = np.full(n, spacing)
        other = np.flatnonzero(arrangement == OTHER_SPACING)
        gaps[other] = rng.choice(_other_spacings(widths, length, spacing), other.size)
        # On the reverse strand A..B reads from right to left.
        swapped = (arrangement == SWAPPED) ^ minus[:, 0]
        starts = place_apart(gaps, swapped, widths, length, rng)

    tables = []
    for column, matrix in enumerate(matrices):
        write_sites(codes, matrix, starts[:, column], minus[:, column], rng)
        tables.append(
            pd.DataFrame(
                {
                    "sequence_index": np.arange(n),
                    "motif": matrix.name,
                    "matrix_id": matrix.matrix_id,
                    "start": starts[:, column],
                    "end": starts[:, column] + matrix.width,
                    "strand": np.where(minus[:, column], "-", "+"),
                }
            )
        )
    return pd.concat(tables).sort_values(["sequence_index", "start"], ignore_index=True)


def _other_spacings(widths: list[int], length: int, spacing: int) -> np.ndarray:
    """Return spacings that fit and differ from ``spacing`` by at least ``SPACING_MARGIN`` bases."""
    possible = np.arange(length - sum(widths) + 1)
    return possible[np.abs(possible - spacing) >= SPACING_MARGIN]


def _check_options(
    matrices: list[MotifMatrix],
    n_sequences: int,
    length: int,
    spacing: int | None,
    negatives: str,
    bound_fraction: float,
) -> int:
    """Refuse options that contradict each other; return the number of bound sequences."""
    numbers = {"n_sequences": n_sequences, "length": length}
    if spacing is not None:
        numbers["spacing"] = spacing
    for argument, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
            raise SequenceError(f"{argument} is {number!r}; expected a whole number")
    if not matrices:
        raise SequenceError("motifs is empty; expected at least one JASPAR matrix id")
    if negatives not in NEGATIVES:
        raise SequenceError(f"negatives is {negatives!r}; choose from {', '.join(NEGATIVES)}")
    if spacing is not None and len(matrices) != 2:
        raise SequenceError(f"spacing needs exactly two motifs; there are {len(matrices)}")
    if spacing is None and negatives == "arrangement":
        raise SequenceError("negatives='arrangement' needs spacing= and two motifs")
    if spacing is not None and spacing < 0:
        raise SequenceError(f"spacing is {spacing}; expected 0 or more bases")
    needed = sum(matrix.width for matrix in matrices) + (spacing or 0)
    if needed > length:
        raise SequenceError(
            f"the motifs need {needed} bases, spacing included, but length is {length}"
        )
    widths = [matrix.width for matrix in matrices]
    if negatives == "arrangement" and not _other_spacings(widths, length, spacing or 0).size:
        raise SequenceError(
            f"length {length} leaves no room for another spacing, which "
            "negatives='arrangement' needs; raise length"
        )
    n_bound = round(n_sequences * bound_fraction) if 0 < bound_fraction < 1 else 0
    if not 0 < n_bound < n_sequences:
        raise SequenceError(
            f"n_sequences={n_sequences} and bound_fraction={bound_fraction} leave one class "
            "empty; expected at least one bound and one unbound sequence"
        )
    return n_bound


def _describe(
    matrices: list[MotifMatrix], spacing: int | None, negatives: str, release: str, seed: int
) -> str:
    planted = ", ".join(f"{matrix.name} {matrix.matrix_id}".strip() for matrix in matrices)
    apart = "" if spacing is None else f", {spacing} bases apart"
    return f"simulated: {planted}{apart}; {release}; {negatives} negatives; seed {seed}"
