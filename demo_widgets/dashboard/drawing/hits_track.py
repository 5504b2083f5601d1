"""A track of known-motif hits: boxes under the sequence, with name and strand."""

from __future__ import annotations

import bqplot
import numpy as np
import pandas as pd

from demo_widgets.dashboard.drawing.marks import RegionMark, figure

__all__ = ["HitsTrack"]

_LANES = 3
_STRAND_COLOURS = {"+": "#3f8f6b", "-": "#9a5fb0"}


class HitsTrack:
    """Hits of known motifs on a shared x scale; overlapping hits are drawn in separate lanes.

    Parameters
    ----------
    x_scale
        The x scale shared by the tracks of a tab.
    """

    def __init__(self, x_scale: bqplot.LinearScale) -> None:
        y_scale = bqplot.LinearScale(min=0, max=_LANES, allow_padding=False)
        self._boxes = {
            strand: RegionMark(x_scale, y_scale, colour, 0.4)
            for strand, colour in _STRAND_COLOURS.items()
        }
        self.labels = {
            align: bqplot.Label(
                x=np.array([0.0]),
                y=np.array([0.0]),
                text=[""],
                scales={"x": x_scale, "y": y_scale},
                default_size=11,
                font_weight="normal",
                align=align,
                x_offset=2 if align == "start" else -2,
                y_offset=0,
                colors=["var(--dw-text)"],
            )
            for align in ("start", "end")
        }
        self.figure = figure(
            [*(box.mark for box in self._boxes.values()), *self.labels.values()],
            [],
            height=18 * _LANES + 12,
            label="dw-plain",
        )

    def draw(self, hits: pd.DataFrame, length: int) -> None:
        """Show a table of hits in ``length`` bases: ``motif_name, start, end, strand, score``.

        A name wider than its box extends towards the middle of the sequence, where there is room.
        """
        placed = _in_lanes(hits)
        for strand, mark in self._boxes.items():
            here = placed[placed["strand"] == strand]
            start, end, lane = here[["start", "end", "lane"]].to_numpy(dtype=float).T
            mark.draw(np.stack([start + 0.5, end + 0.5, lane + 0.08, lane + 0.92], axis=1))
        late = placed["start"] + placed["end"] > length
        self._name("start", placed[~late], placed.loc[~late, "start"] + 0.5)
        self._name("end", placed[late], placed.loc[late, "end"] + 0.5)

    def _name(self, align: str, placed: pd.DataFrame, x: pd.Series) -> None:
        arrows = {"+": "▸", "-": "◂"}
        names = [
            f"{name} {arrows[strand]}"
            for name, strand in zip(placed["motif_name"], placed["strand"], strict=True)
        ]
        mark = self.labels[align]
        with mark.hold_sync():
            mark.x = x.to_numpy(dtype=float) if names else np.array([0.0])
            mark.y = placed["lane"].to_numpy() + 0.5 if names else np.array([0.0])
            mark.text = names or [""]


def _in_lanes(hits: pd.DataFrame) -> pd.DataFrame:
    """Assign hits to lanes, best first, without overlap; hits that fit in no lane are left out."""
    taken: list[list[tuple[int, int]]] = [[] for _ in range(_LANES)]
    lanes = []
    ordered = hits.sort_values("score", ascending=False)
    for first, last in zip(ordered["start"], ordered["end"], strict=True):
        lane = next(
            (
                i
                for i, spans in enumerate(taken)
                if all(last <= start or first >= end for start, end in spans)
            ),
            None,
        )
        if lane is not None:
            taken[lane].append((first, last))
        lanes.append(lane)
    ordered = ordered.assign(lane=pd.array(lanes, dtype="Int64"))
    return ordered[ordered["lane"].notna()].astype({"lane": int})
