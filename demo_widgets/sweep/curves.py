"""Curves as SVG for light and dark pages."""

from __future__ import annotations

from collections.abc import Sequence

from demo_widgets.models.network_table import NETWORKS
from demo_widgets.pictures.palette import MODEL_COLOURS
from demo_widgets.pictures.svg import Panel, Picture

__all__ = ["curves_picture", "network_colour"]

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _FOOT = 420.0, 320.0, 62.0, 14.0, 14.0, 42.0


def network_colour(network: str) -> str:
    """Return the line colour of a network, given by its title."""
    return MODEL_COLOURS[[each.title for each in NETWORKS.values()].index(network)]


def curves_picture(
    curves: Sequence[tuple[str, Sequence[float], Sequence[float]]],
    title: str,
    axes: tuple[str, str],
    ticks: tuple[Sequence[float], Sequence[float]],
) -> str:
    """Draw curves of several networks in one plot.

    Parameters
    ----------
    curves
        Network's title, x and y values.
    title
        Accessible name.
    axes
        Labels of x and y.
    ticks
        Ticks of x and y; the first and the last are the ends of the axes.

    Returns
    -------
    str
        An SVG document.
    """
    picture = Picture(_WIDTH, _HEIGHT, title, on_page=True)
    box = (_LEFT, _TOP, _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _FOOT)
    panel = Panel(picture, box, *((marks[0], marks[-1]) for marks in ticks))
    _x_axis(panel, ticks[0], axes[0])
    panel.y_axis(ticks[1], axes[1])
    for network, x, y in curves:
        panel.curve(x, y, network_colour(network))
        if len(x) == 1:
            left, top = float(panel.x(x[0])), float(panel.y(y[0]))
            picture.rect(left - 3, top - 3, 6, 6, network_colour(network))
    return picture.to_string()


def _x_axis(panel: Panel, ticks: Sequence[float], label: str) -> None:
    """Draw x axis labels at ``ticks``, which need not be integers."""
    picture, foot = panel.picture, panel.top + panel.height
    picture.line(panel.left, foot, panel.left + panel.width, foot)
    for tick in ticks:
        at = float(panel.x(tick))
        picture.line(at, foot, at, foot + 4)
        picture.text(at, foot + 16, f"{tick:g}", anchor="middle")
    picture.text(panel.left + panel.width / 2, foot + 34, label, anchor="middle")
