"""Motifs read just before the temporal score rises (Lanchantin et al. 2017, section 3.3)."""

from __future__ import annotations

import numpy as np

from demo_widgets.interpret import temporal_output_scores
from demo_widgets.motifs.attribution import read_rises
from demo_widgets.motifs.discovery.discovery_request import DiscoveryRequest, motifs_of_windows
from demo_widgets.motifs.motif import Motif
from demo_widgets.motifs.windows import MAX_WIDTH

__all__ = ["temporal_motifs"]


def temporal_motifs(
    request: DiscoveryRequest, *, width: int = MAX_WIDTH, rise_over: int = 5
) -> list[Motif]:
    """Find motifs in windows before the steepest rise of the forward and backward scores.

    Parameters
    ----------
    request
        A recurrent network, and sequences.
    width
        Width of the window, in bases before the rise.
    rise_over
        Number of bases over which the rise is summed.
    """
    request.tell(0, 3, f"temporal output scores of {len(request.X)} sequences")
    result = temporal_output_scores(
        request.model, request.X, target=request.target, cancel=request.cancel
    )
    request.tell(1, 3, "choosing windows")
    length = request.X.shape[1]
    forward_end = _end_of_steepest_rise(result.forward, rise_over)
    backward_start = length - _end_of_steepest_rise(result.backward[:, ::-1], rise_over)
    rows = np.arange(len(request.X))
    width = min(width, length)
    start = np.concatenate([(forward_end - width).clip(0), backward_start.clip(0, length - width)])
    windows = {
        "sequence_index": np.concatenate([rows, rows]),
        "start": start,
        "end": start + width,
    }
    return motifs_of_windows(request, _without_repeats(windows), "temporal")


def _end_of_steepest_rise(probability: np.ndarray, over: int) -> np.ndarray:
    """Return the position ``(n,)`` after the ``over`` bases with the largest rise of the score."""
    rises = read_rises(probability)
    over = min(over, rises.shape[1])
    total = np.pad(rises.cumsum(axis=1), ((0, 0), (1, 0)))
    return (total[:, over:] - total[:, :-over]).argmax(axis=1) + over


def _without_repeats(windows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Drop the backward window where it overlaps the forward one of the same sequence."""
    n = len(windows["start"]) // 2
    width = windows["end"][0] - windows["start"][0]
    apart = np.abs(windows["start"][:n] - windows["start"][n:]) >= width
    keep = np.concatenate([np.ones(n, dtype=bool), apart])
    return {key: values[keep] for key, values in windows.items()}
