"""Hits in one sequence of the known motifs that the user named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from demo_widgets.dashboard.engine.request import KNOWN_MOTIF_HITS, Request
from demo_widgets.errors import MotifError
from demo_widgets.motifs import Motif

__all__ = [
    "HIT_P_VALUE",
    "KnownMotifHits",
    "find_known_motifs",
    "hits_request",
    "is_scanning_ready",
    "smallest_p_value",
]

HIT_P_VALUE = 1e-4


@dataclass(frozen=True, eq=False)
class KnownMotifHits:
    """Hits of the named motifs in a sequence.

    Attributes
    ----------
    hits : pandas.DataFrame
        As :func:`demo_widgets.scan_sequences` returns them, at ``HIT_P_VALUE``.
    unknown : tuple of MotifError
        One for each name that the release does not have.
    without_hits : tuple of str
        A sentence for each motif that cannot have hits: longer than the sequence, or so short that
        no site can reach ``HIT_P_VALUE``.
    n_motifs : int
        Number of motifs scanned for.
    """

    hits: pd.DataFrame
    n_motifs: int
    unknown: tuple[MotifError, ...] = ()
    without_hits: tuple[str, ...] = ()


def hits_request(known_motifs: str, release: str, sequence: str) -> Request[KnownMotifHits] | None:
    """Return the request for hits of comma-separated motifs; None if there are none."""
    names = tuple(re.split(r"[,;\s]+", known_motifs.strip(" ,;")))
    if names == ("",):
        return None
    return Request.of(KNOWN_MOTIF_HITS, "", sequence, names=names, release=release)


def is_scanning_ready() -> bool:
    """Whether scanning is compiled; otherwise ``scanning_warm_up`` has to run first."""
    from demo_widgets.motifs import is_warm

    return is_warm()


def find_known_motifs(sequence: str, names: Sequence[str], release: str) -> KnownMotifHits:
    """Scan a sequence for every motif among ``names`` that the release has.

    Parameters
    ----------
    sequence
        The bases.
    names
        TF names or JASPAR matrix ids.
    release
        JASPAR release.
    """
    from demo_widgets.motifs import jaspar, scan_sequences
    from demo_widgets.motifs.scanning import HIT_COLUMNS

    motifs: list[Motif] = []
    unknown = []
    for name in dict.fromkeys(names):
        is_id = re.fullmatch(r"MA\d{4}(\.\d+)?", name, flags=re.IGNORECASE)
        try:
            motifs += jaspar(
                release,
                matrix_id=name.upper() if is_id else None,
                tf_name=None if is_id else name,
            )
        except MotifError as error:
            unknown.append(error)
    reasons = [_why_no_hit(motif, len(sequence)) for motif in motifs]
    fitting = [motif for motif in motifs if len(motif) <= len(sequence)]
    if fitting:
        hits = scan_sequences(fitting, [sequence], p_value=HIT_P_VALUE)
    else:
        hits = pd.DataFrame(columns=HIT_COLUMNS)
    return KnownMotifHits(hits, len(motifs), tuple(unknown), tuple(filter(None, reasons)))


def _why_no_hit(motif: Motif, length: int) -> str:
    """Reason why a motif cannot have a hit in ``length`` bases; empty if it can."""
    if len(motif) > length:
        return f"{motif.label} has {len(motif)} bases, more than the {length} of this sequence"
    smallest = smallest_p_value(motif.frequencies)
    if smallest > HIT_P_VALUE:
        return (
            f"{motif.label} has {len(motif)} bases: its best possible site has p = "
            f"{smallest:.1g}, so no site can be a hit at p < {HIT_P_VALUE:g}"
        )
    return ""


def smallest_p_value(frequencies: np.ndarray) -> float:
    """Probability that random bases score as high as a motif's best site.

    Parameters
    ----------
    frequencies
        ``(width, 4)``, as ``Motif.frequencies``; a position where two bases are equally good is
        matched by half of all random bases, not by a quarter.
    """
    best = frequencies.max(axis=1, keepdims=True)
    return float(np.prod(np.isclose(frequencies, best).sum(axis=1) / 4))
