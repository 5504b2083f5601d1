"""A small SVG canvas that draws the same polygons as the live tracks, without a browser."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from demo_widgets.pictures.glyphs import OUTLINES
from demo_widgets.pictures.logo import (
    LETTER_WIDTH,
    MAX_BARS,
    MAX_LETTERS,
    letter_places,
    logo_polygons,
)
from demo_widgets.pictures.palette import Ramp
from demo_widgets.pictures.text_width import text_width

__all__ = ["Panel", "Picture", "glyph_definitions"]

_FONT = "Helvetica, Arial, sans-serif"
_NAMESPACE = "http://www.w3.org/2000/svg"
_OVERLAP = 0.25  # of a cell over the next one: viewers of PDF files show a seam otherwise
_SMALLEST_LETTER = 0.3  # pixels: shorter ones are left out of compact pictures
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Picture:
    """An SVG drawing; text is escaped by the XML writer.

    Characters that XML cannot hold, such as control characters, become U+FFFD.

    Parameters
    ----------
    width, height
        Size in pixels.
    title
        Accessible name of the picture.
    on_page
        Use the page's text colour and no background, for any theme; otherwise black on white, for
        files.
    compact
        Refer to the letters of :func:`glyph_definitions`, which the page must include, instead of
        drawing each one: a quarter of the size.
    """

    def __init__(
        self,
        width: float,
        height: float,
        title: str,
        *,
        on_page: bool = False,
        compact: bool = False,
    ) -> None:
        self.width, self.height, self.compact = width, height, compact
        self.root = ET.Element(
            "svg",
            {
                "xmlns": _NAMESPACE,
                "viewBox": f"0 0 {width:g} {height:g}",
                "width": f"{width:g}",
                "height": f"{height:g}",
                "role": "img",
                "font-family": _FONT,
                "font-size": "12",
                "fill": "currentColor" if on_page else "#222",
            },
        )
        ET.SubElement(self.root, "title").text = _NOT_XML.sub("\ufffd", title)
        if not on_page:
            self.rect(0, 0, width, height, "#ffffff")

    def rect(
        self, x: float, y: float, width: float, height: float, fill: str, **attributes: str
    ) -> None:
        """Draw a filled rectangle."""
        values = {"x": x, "y": y, "width": width, "height": height}
        text = {key: f"{value:.2f}" for key, value in values.items()}
        ET.SubElement(self.root, "rect", {**text, "fill": fill, **attributes})

    def frame(self, x: float, y: float, width: float, height: float, stroke: str) -> None:
        """Draw the thin outline of a rectangle."""
        self.rect(x, y, width, height, "none", **{"stroke": stroke, "stroke-width": "0.6"})

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        stroke: str = "#888",
        width: float = 1.0,
    ) -> None:
        """Draw a straight line."""
        values = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
        text = {key: f"{value:.2f}" for key, value in values.items()}
        ET.SubElement(self.root, "line", {**text, "stroke": stroke, "stroke-width": f"{width:g}"})

    def text(
        self, x: float, y: float, words: str, *, anchor: str = "start", **attributes: str
    ) -> None:
        """Write ``words`` with their baseline at ``(x, y)``."""
        place = {"x": f"{x:.2f}", "y": f"{y:.2f}", "text-anchor": anchor}
        written = ET.SubElement(self.root, "text", {**place, **attributes})
        written.text = _NOT_XML.sub("\ufffd", words)

    def path(self, data: str, **attributes: str) -> None:
        """Draw a path from SVG path data."""
        if data:
            ET.SubElement(self.root, "path", {"d": data, **attributes})

    def to_string(self) -> str:
        """Return the SVG document."""
        return ET.tostring(self.root, encoding="unicode")


class Panel:
    """A rectangle of a picture with its own x and y units, and an axis for each.

    Parameters
    ----------
    picture
        The picture drawn on.
    box
        Left, top, width and height in pixels.
    x_range, y_range
        Units at the left and right, and at the bottom and top.
    """

    def __init__(
        self,
        picture: Picture,
        box: tuple[float, float, float, float],
        x_range: tuple[float, float],
        y_range: tuple[float, float],
    ) -> None:
        self.picture = picture
        self.left, self.top, self.width, self.height = box
        self._x, self._y = x_range, y_range

    def x(self, value: npt.ArrayLike) -> np.ndarray:
        """Pixels of x units."""
        low, high = self._x
        return self.left + (np.asarray(value) - low) / (high - low) * self.width

    def y(self, value: npt.ArrayLike) -> np.ndarray:
        """Pixels of y units."""
        low, high = self._y
        return self.top + (high - np.asarray(value)) / (high - low) * self.height

    def logo(self, heights: np.ndarray, colours: dict[str, str], start: int = 0) -> None:
        """Draw letters of the signed ``heights`` ``(n, 4)``."""
        if self.picture.compact and len(heights) <= MAX_LETTERS:
            self._shared_letters(heights, colours, start)
            return
        xs, ys = logo_polygons(heights, start)
        for x, y, (base, colour) in zip(xs, ys, colours.items(), strict=True):
            self.picture.path(self._closed(x, y), fill=colour, **{"class": f"letter letter-{base}"})

    def curve(self, x: npt.ArrayLike, y: npt.ArrayLike, colour: str) -> None:
        """Draw a line through the points."""
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(self.x(x), self.y(y), strict=True))
        ET.SubElement(
            self.picture.root,
            "polyline",
            {"points": points, "fill": "none", "stroke": colour, "stroke-width": "1.6"},
        )

    def strip(
        self, values: np.ndarray, ramp: Ramp, low: float, high: float, start: int = 0
    ) -> None:
        """Draw one coloured cell per position from 0-based ``start``, between these y units.

        With more than ``MAX_BARS`` positions, a cell covers several and shows the value whose
        colour is furthest from white.
        """
        values, size = _binned(np.asarray(values, dtype=float), ramp)
        ends = np.minimum(np.arange(len(values) + 1) * size, self._x[1] - start - 0.5)
        edges = self.x(ends + start + 0.5)
        rights = np.minimum(edges[1:] + _OVERLAP, edges[-1])
        top, bottom = float(self.y(high)), float(self.y(low))
        crisp = {"shape-rendering": "crispEdges"}
        cells = zip(edges[:-1], rights, ramp.hex(values), strict=True)
        if not self.picture.compact:
            for left, right, colour in cells:
                self.picture.rect(left, top, right - left, bottom - top, colour, **crisp)
            return
        group = ET.SubElement(self.picture.root, "g", crisp)
        for left, right, colour in cells:
            path = f"M{left:.1f} {top:.1f}H{right:.1f}V{bottom:.1f}H{left:.1f}"
            ET.SubElement(group, "path", {"fill": colour, "d": path})

    def x_axis(self, label: str, spacing: float = 70) -> None:
        """Draw ticks and numbers, at least ``spacing`` pixels apart, under the panel."""
        low, high = self._x
        foot = self.top + self.height
        self.picture.line(self.left, foot, self.left + self.width, foot)
        for tick in _whole_ticks(low, high, most=max(2, int(self.width // spacing))):
            at = float(self.x(tick))
            self.picture.line(at, foot, at, foot + 4)
            number = f"{tick:,}"
            rightmost = self.picture.width - text_width(number, 12) / 2
            self.picture.text(min(at, rightmost), foot + 16, number, anchor="middle")
        self.picture.text(self.left + self.width / 2, foot + 32, label, anchor="middle")

    def y_axis(self, ticks: Iterable[float], label: str) -> None:
        """Draw ticks and numbers left of the panel, with ``label`` next to them."""
        self.picture.line(self.left, self.top, self.left, self.top + self.height)
        for tick in ticks:
            at = float(self.y(tick))
            self.picture.line(self.left - 4, at, self.left, at)
            self.picture.text(self.left - 7, at + 4, f"{tick:.2g}", anchor="end")
        middle = self.top + self.height / 2
        self.picture.text(
            14, middle, label, anchor="middle", transform=f"rotate(-90 14 {middle:.1f})"
        )

    def _shared_letters(self, heights: np.ndarray, colours: dict[str, str], start: int) -> None:
        width = float(self.x(LETTER_WIDTH) - self.x(0.0))
        for base, left, foot, height in letter_places(heights, start):
            group = ET.SubElement(
                self.picture.root, "g", {"fill": colours[base], "class": f"letter letter-{base}"}
            )
            tall = self.y(foot + height) - self.y(foot)
            seen = np.abs(tall) >= _SMALLEST_LETTER
            left, foot, tall = left[seen], foot[seen], tall[seen]
            for x, y, scale in zip(self.x(left), self.y(foot), tall, strict=True):
                place = f"matrix({width:.2f} 0 0 {scale:.2f} {x:.1f} {y:.1f})"
                ET.SubElement(group, "use", {"href": f"#dw-letter-{base}", "transform": place})

    def _closed(self, x: np.ndarray, y: np.ndarray) -> str:
        """SVG path of polygons that each end in a NaN in ``y``; the rest is padding."""
        px, py = self.x(x), self.y(y)
        parts = np.split(np.arange(len(x)), np.flatnonzero(np.isnan(y)))
        drawn = []
        for part in parts[:-1]:
            corners = part[~np.isnan(y[part])]
            points = "L".join(f"{px[i]:.2f} {py[i]:.2f}" for i in corners)
            drawn.append(f"M{points}Z")
        return "".join(drawn)


def _binned(values: np.ndarray, ramp: Ramp) -> tuple[np.ndarray, int]:
    """Return at most ``MAX_BARS`` of ``values``, the most extreme of each bin, and the bin size."""
    size = -(-len(values) // MAX_BARS)
    if size <= 1:
        return values, 1
    white = ramp.colours.index("#ffffff") / (len(ramp.colours) - 1)
    neutral = ramp.low + white * (ramp.high - ramp.low)
    padding = np.full(-len(values) % size, neutral)
    bins = np.concatenate([np.nan_to_num(values, nan=neutral), padding]).reshape(-1, size)
    furthest = np.abs(bins - neutral).argmax(axis=1)
    return bins[np.arange(len(bins)), furthest], size


def glyph_definitions() -> str:
    """Return the letters that ``compact`` pictures refer to, as an SVG of no size."""
    paths = []
    for base, contours in OUTLINES.items():
        outline = "".join(
            f"M{'L'.join(f'{x:.3f} {y:.3f}' for x, y in contour)}Z" for contour in contours
        )
        paths.append(f'<path id="dw-letter-{base}" d="{outline}"/>')
    return (
        f'<svg xmlns="{_NAMESPACE}" width="0" height="0" style="position:absolute" '
        f'aria-hidden="true"><defs>{"".join(paths)}</defs></svg>'
    )


def _whole_ticks(low: float, high: float, most: int) -> list[int]:
    """Return at most ``most`` round whole numbers between ``low`` and ``high``."""
    for power in range(8):
        for lead in (1, 2, 5):
            step = lead * 10**power
            first = int(np.ceil(low / step)) * step
            ticks = list(range(first, int(np.floor(high)) + 1, step))
            if len(ticks) <= most:
                return ticks
    return [int(np.ceil(low))]
