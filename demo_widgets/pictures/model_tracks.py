"""Pictures with one row per model: saliency, temporal scores, optimised sequences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from demo_widgets.interpret.methods import AttributionMethod
from demo_widgets.interpret.results import OptimizationResult, SaliencyResult, TemporalResult
from demo_widgets.pictures.logo import MAX_LETTERS
from demo_widgets.pictures.palette import SALIENCY_RAMP, SCORE_RAMP, SIGNED_RAMP
from demo_widgets.pictures.scales import information_heights, shared_limits
from demo_widgets.pictures.svg import Panel, Picture
from demo_widgets.pictures.text_width import fitted

__all__ = [
    "BACKWARD_COLOUR",
    "FORWARD_COLOUR",
    "axis_label",
    "optimization_picture",
    "saliency_picture",
    "temporal_picture",
]

_LEFT, _RIGHT, _TOP, _FOOT = 78.0, 18.0, 34.0, 44.0
FORWARD_COLOUR, BACKWARD_COLOUR = "#c2452d", "#3a6fb5"


def axis_label(method: AttributionMethod) -> str:
    """Return the meaning of a letter's height for this method."""
    return "evidence in S" if method.signed else "|dS/dx| at the base"


def saliency_picture(
    results: Mapping[str, SaliencyResult],
    title: str,
    axis_label: str,
    colours: dict[str, str],
    *,
    compact: bool = False,
) -> str:
    """Draw one logo with its heat strip per model, on one x axis and one y scale.

    Parameters
    ----------
    results
        Model name -> result for one sequence.
    title
        Heading of the picture.
    axis_label
        What a letter's height means.
    colours
        Base -> colour.
    compact
        For a page that holds :func:`~.svg.glyph_definitions`.

    Returns
    -------
    str
        An SVG document.
    """
    length = next(iter(results.values())).importance.shape[1]
    low, high = limits = shared_limits([r.importance for r in results.values()])
    track, gap = 110.0, 30.0
    picture = _page(length, len(results) * (track + gap), title, compact)
    for row, (name, result) in enumerate(results.items()):
        top = _TOP + row * (track + gap) + 18
        box = (_LEFT, top, picture.width - _LEFT - _RIGHT, track)
        room = (high - low) * 0.16
        panel = Panel(picture, box, (0.5, length + 0.5), (low - room, high))
        probability, score = float(result.probabilities[0]), float(result.scores[0])
        words = f"{name}: P(bound) = {probability:.3f}, class score = {score:+.2f}"
        picture.text(_LEFT, top - 6, fitted(words, 12, box[2]))
        panel.y_axis(_ticks(limits), axis_label)
        panel.logo(result.contributions[0], colours)
        ramp = SIGNED_RAMP if low < 0 else SALIENCY_RAMP
        panel.strip(result.importance[0] / high, ramp, low - room, low - room * 0.3)
    panel.x_axis("position (bp)")
    return picture.to_string()


def temporal_picture(
    results: Mapping[str, TemporalResult],
    one_hot: np.ndarray,
    title: str,
    colours: dict[str, str],
    *,
    compact: bool = False,
) -> str:
    """Draw forward and backward curves with their strips per recurrent model.

    Parameters
    ----------
    results
        Model name -> result for one sequence.
    one_hot
        The sequence, ``(length, 4)``.
    title, colours, compact
        As for :func:`saliency_picture`.
    """
    length = len(one_hot)
    track, gap = 150.0, 34.0
    picture = _page(length, len(results) * (track + gap), title, compact)
    positions = np.arange(length) + 1
    for row, (name, result) in enumerate(results.items()):
        top = _TOP + row * (track + gap) + 22
        box = (_LEFT, top, picture.width - _LEFT - _RIGHT, track)
        panel = Panel(picture, box, (0.5, length + 0.5), (-0.5, 1.03))
        words = f"{fitted(name, 12, 160)}: P(bound) = {float(result.prediction[0]):.3f}"
        picture.text(_LEFT, top - 8, words)
        _legend(picture, picture.width - _RIGHT, top - 8)
        panel.y_axis((0.0, 0.5, 1.0), "P(bound)")
        picture.line(
            _LEFT, float(panel.y(0.5)), picture.width - _RIGHT, float(panel.y(0.5)), "#ccc"
        )
        panel.curve(positions, result.forward[0], FORWARD_COLOUR)
        panel.curve(positions, result.backward[0], BACKWARD_COLOUR)
        panel.strip(result.forward[0], SCORE_RAMP, -0.20, -0.08)
        panel.strip(result.backward[0], SCORE_RAMP, -0.34, -0.22)
        letters = Panel(
            picture, (_LEFT, top + track * 0.91, box[2], 13), (0.5, length + 0.5), (0, 1)
        )
        letters.logo(one_hot, colours)
    panel.x_axis("position (bp)")
    return picture.to_string()


def optimization_picture(
    results: Mapping[str, tuple[OptimizationResult, int]],
    title: str,
    colours: dict[str, str],
    *,
    compact: bool = False,
) -> str:
    """Draw the optimised input of each model as a logo in bits.

    Parameters
    ----------
    results
        Model name -> ``(OptimizationResult, restart)``.
    title, colours, compact
        As for :func:`saliency_picture`.
    """
    length = max(result.pwm.shape[1] for result, _ in results.values())
    track, gap = 100.0, 30.0
    picture = _page(length, len(results) * (track + gap), title, compact)
    for row, (name, (result, restart)) in enumerate(results.items()):
        top = _TOP + row * (track + gap) + 18
        box = (_LEFT, top, picture.width - _LEFT - _RIGHT, track)
        panel = Panel(picture, box, (0.5, length + 0.5), (0, 2))
        words = (
            f"{name}: class score {result.discrete_scores[restart]:+.2f} as a sequence, "
            f"{result.relaxed_scores[restart]:+.2f} relaxed"
        )
        picture.text(_LEFT, top - 6, fitted(words, 12, box[2]))
        panel.y_axis((0.0, 1.0, 2.0), "bits")
        panel.logo(information_heights(result.pwm[restart]), colours)
    panel.x_axis("position (bp)")
    return picture.to_string()


def _page(length: int, height: float, title: str, compact: bool) -> Picture:
    """Return a picture wide enough to read each letter, up to the width where bars are drawn."""
    width = max(420.0, min(length, MAX_LETTERS) * 9.5)
    size = (width + _LEFT + _RIGHT, height + _TOP + _FOOT)
    picture = Picture(*size, title, compact=compact)
    picture.text(_LEFT, 20, fitted(title, 15, width), **{"font-weight": "bold", "font-size": "14"})
    return picture


def _legend(picture: Picture, right: float, y: float) -> None:
    for offset, colour, words in (
        (190, FORWARD_COLOUR, "forward"),
        (95, BACKWARD_COLOUR, "backward"),
    ):
        picture.line(right - offset, y - 4, right - offset + 22, y - 4, colour, 2)
        picture.text(right - offset + 28, y, words)


def _ticks(limits: tuple[float, float]) -> tuple[float, ...]:
    low, high = limits
    return (low, 0.0, high) if low < 0 else (0.0, high / 2, high)
