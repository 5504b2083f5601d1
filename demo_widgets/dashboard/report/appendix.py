"""The appendix, for reproducing a report: models, settings, seeds, data and versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from demo_widgets.dashboard.engine.known_motif_hits import HIT_P_VALUE
from demo_widgets.dashboard.report.source import ReportSource
from demo_widgets.interpret.methods import METHODS
from demo_widgets.pictures.model_tracks import optimization_picture
from demo_widgets.pictures.page_parts import Cell, Table
from demo_widgets.pictures.palette import BASE_PALETTES

__all__ = ["models_table", "optimization_part", "provenance_table", "settings_table"]

_PACKAGES = ("tensorflow", "keras", "numpy", "pandas", "pyjaspar", "memelite")


def models_table(source: ReportSource) -> Table:
    """Return the table of models: size, class score, weights, and how they were trained."""
    rows: list[list[str | Cell]] = []
    for name, model in source.models.items():
        known = model.provenance()
        rows.append(
            [
                name,
                "not known" if known.parameters is None else f"{known.parameters}",
                model.output.description,
                _listed(known.training) or "not known",
                Cell(known.checksum, css="bases"),
            ]
        )
    heads = ["Model", "Parameters", "Class score S", "Training", "SHA-256 of the weights"]
    return Table(heads, rows, "The models of this report")


def _listed(settings: Mapping[str, Any]) -> str:
    """Return settings as ``name value``, nested ones in brackets, numbers shortened."""
    parts = []
    for key, value in settings.items():
        if isinstance(value, Mapping):
            value = f"({_listed(value)})"
        elif isinstance(value, float):
            value = f"{value:.4g}"
        elif isinstance(value, str) and len(value) == 64:
            value = value[:16]
        parts.append(f"{key} {value}")
    return ", ".join(parts)


@dataclass(frozen=True)
class OptimizationPart:
    """Optimised inputs as logos (SVG) and their scores."""

    drawn: str
    table: Table


def optimization_part(source: ReportSource) -> OptimizationPart | None:
    """Return the optimised inputs; None where class optimization was not run."""
    if not source.optimized:
        return None
    title = "Class optimization: each model's ideal input"
    drawn = optimization_picture(
        source.optimized, title, BASE_PALETTES[source.palette], compact=True
    )
    rows = [
        [
            name,
            f"{r.discrete_scores[i]:+.2f}",
            f"{r.discrete_probabilities[i]:.3f}",
            f"{r.relaxed_scores[i]:+.2f}",
            r.sequences[i],
        ]
        for name, (r, i) in source.optimized.items()
    ]
    heads = ["Model", "S of the sequence", "P(bound)", "S relaxed", "Sequence"]
    return OptimizationPart(drawn, Table(heads, rows, "The optimised sequences", sortable=True))


def settings_table(source: ReportSource) -> Table:
    """Return the settings and the seed of each method."""
    rows = [
        ["Prediction", "inference mode, forward strand", "none: nothing is random"],
        _attribution_row(source),
        ["Temporal scores", "whole model on every prefix and suffix", "none"],
    ]
    if source.known_motifs.strip(" ,;"):
        scan = f"FIMO, both strands, p < {HIT_P_VALUE:g}"
        words = f"{source.known_motifs}; {source.jaspar_release}; {scan}"
        rows.append(["Known motifs", words, "none"])
    for name, (r, restart) in source.optimized.items():
        words = (
            f"{r.parametrization}, {r.iterations_done} iterations, λ {r.regularization:g}, "
            f"learning rate {r.learning_rate:g}, {len(r.sequences)} restarts (shown: "
            f"number {r.rank(restart)}, best first), length {r.pwm.shape[1]}"
        )
        rows.append([f"Class optimization, {name}", words, str(r.seed)])
    return Table(["Method", "Settings", "Seed"], rows, "How each result was computed")


def provenance_table(source: ReportSource) -> Table:
    """Return the data and the versions that the report was made from."""
    data = source.dataset
    facts = [
        ["Created", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")],
        ["Dataset", str(data.name or "unnamed")],
        ["Source", os.path.basename(str(data.source or "")) or "not known"],
        ["Sequences", f"{len(data):,} in all"],
        ["SHA-256 of sequences and labels", data.fingerprint()],
        ["Versions", _versions()],
    ]
    return Table(["What", "Value"], facts, "Data, software and date")


def _attribution_row(source: ReportSource) -> list[str]:
    """Return the attribution method, its settings and its seed."""
    key, settings = source.attribution
    method, values = METHODS[key], dict(settings)
    seed = str(values.pop("seed", "none"))
    words = "".join(f", {name} {value}" for name, value in values.items())
    return ["Importance of bases", f"{method.label} (method {key}){words}", seed]


def _versions() -> str:
    from demo_widgets import __version__

    found = [f"demo_widgets {__version__}", f"Python {platform.python_version()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)
