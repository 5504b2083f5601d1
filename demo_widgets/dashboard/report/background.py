"""What one needs to make the report again: models, settings, seeds, data and versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from demo_widgets.dashboard.engine.known_motif_hits import HIT_P_VALUE
from demo_widgets.dashboard.report.source import ReportSource
from demo_widgets.interpret.methods import METHODS
from demo_widgets.pictures.html import table
from demo_widgets.pictures.palette import BASE_PALETTES
from demo_widgets.pictures.view_pictures import optimization_picture

__all__ = ["models_section", "optimization_section", "settings_section"]

_PACKAGES = ("tensorflow", "keras", "numpy", "pandas", "pyjaspar", "memelite")


def models_section(source: ReportSource) -> str:
    """Return the table of models: size, class score, weights, and how they were trained."""
    from demo_widgets.models.files.provenance import recall, weights_fingerprint
    from demo_widgets.models.score import sequence_model

    rows = []
    for name, model in source.models.items():
        score = sequence_model(model)
        model = score.model
        training = recall(model) or {}
        rows.append(
            [
                escape(name),
                f"{model.count_params()}",
                escape(score.description),
                escape(_listed(training) or "not known"),
                f'<span class="bases">{weights_fingerprint(model)}</span>',
            ]
        )
    heads = ["Model", "Parameters", "Class score S", "Training", "SHA-256 of the weights"]
    return (
        '<section class="chapter" id="models"><h2>Models</h2>'
        + table(heads, rows, "The models of this report", marked=True)
        + "</section>\n"
    )


def _listed(settings: Mapping[str, Any]) -> str:
    """Settings as ``name value``, nested ones in brackets, numbers short."""
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


def optimization_section(source: ReportSource) -> str:
    """Return the optimised inputs as logos with their scores; nothing where none was run."""
    if not source.optimized:
        return ""
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
    return (
        '<section class="chapter" id="class-optimization"><h2>Class optimization: each model’s '
        'ideal bound sequence</h2><p class="note">The logo is the relaxed optimum; the honest '
        "number is the score of the sequence read off it.</p>"
        f'<figure tabindex="0" aria-label="Optimised inputs">{drawn}</figure>'
        + table(heads, rows, "The optimised sequences", sortable=True)
        + "</section>\n"
    )


def settings_section(source: ReportSource) -> str:
    """Return the settings and seeds of each method, the data, and the versions."""
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
    data = source.dataset
    facts = [
        ["Made", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")],
        ["Dataset", str(data.name or "without a name")],
        ["Source", os.path.basename(str(data.source or "")) or "not known"],
        ["Sequences", f"{len(data):,} in all"],
        ["SHA-256 of sequences and labels", data.fingerprint()],
        ["Versions", _versions()],
    ]
    return (
        '<section id="settings"><h2>Settings, data and versions</h2>'
        + table(["Method", "Settings", "Seed"], rows, "How each result was computed")
        + table(["What", "Value"], facts, "Where this report comes from")
        + "</section>\n"
    )


def _attribution_row(source: ReportSource) -> list[str]:
    """The method of the importance of bases, its settings and its seed."""
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
