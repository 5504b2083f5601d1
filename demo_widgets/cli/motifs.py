"""``demo-widgets motifs``: write the motifs of networks with their JASPAR matches."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_widgets.cli.arguments import add_command, add_models, add_output, add_sequences, at_least
from demo_widgets.cli.console import Progress, shows_progress, tell
from demo_widgets.cli.inputs import dataset_of, load_models, model_files
from demo_widgets.errors import DemoWidgetsError, ModelError
from demo_widgets.files import check_output, replacing
from demo_widgets.motifs.discovery.method_table import METHODS
from demo_widgets.motifs.format_table import FORMATS, format_of_suffix
from demo_widgets.spreadsheet import shown_not_run
from demo_widgets.terminal import say_aside

if TYPE_CHECKING:
    import pandas as pd

    from demo_widgets.motifs import Motif, MotifDatabase

__all__ = ["add_parser", "run"]

_LOGOS_FORESEEN = 1_000
"""Logos of a model whose names are compared with those of other files before the work."""


def add_parser(subparsers: Any) -> None:
    """Declare the command's arguments."""
    parser = add_command(
        subparsers,
        "motifs",
        help="find motifs that networks have learned, and their JASPAR matches",
        description="Find motifs in each model, write them to one motif file, and compare them "
        "with JASPAR (Tomtom; the releases are installed, no network is used). The "
        "first comparison on a machine compiles for up to a minute. The exit code is "
        "1 if no motif is found.",
        examples="""
            demo-widgets motifs --models gata1.keras --sequences test.fa.gz --out motifs.meme
            demo-widgets motifs --models models/ --sequences test.fa.gz --out motifs.jaspar \
--method filters --matches matches.csv --logos logos/
            demo-widgets motifs --models cnn.keras --sequences test.fa.gz --out motifs.meme \
--jaspar JASPAR2018 --json
            """,
    )
    add_models(parser)
    add_sequences(parser, several=True)
    group = parser.add_argument_group("motifs")
    group.add_argument(
        "--method",
        choices=tuple(METHODS),
        default="saliency",
        help="how motifs are found (default: %(default)s)",
    )
    group.add_argument(
        "--max-motifs",
        type=at_least(1),
        default=5,
        metavar="N",
        help="maximum number of motifs per model (default: %(default)s)",
    )
    group.add_argument(
        "--min-sites",
        type=at_least(1),
        default=20,
        metavar="N",
        help="minimum number of sites of a motif (default: %(default)s)",
    )
    group.add_argument(
        "--seed",
        type=at_least(0),
        default=0,
        help="seed of shuffles and random starts (default: %(default)s)",
    )
    group.add_argument(
        "--jaspar",
        default="JASPAR2024",
        metavar="RELEASE",
        help="JASPAR release to compare with, or none (default: %(default)s)",
    )
    group.add_argument(
        "--top",
        type=at_least(1),
        default=3,
        metavar="N",
        help="matches listed per motif (default: %(default)s)",
    )
    output = add_output(parser)
    output.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help=_writable_files(),
    )
    output.add_argument(
        "--matches", type=Path, metavar="FILE.csv", help="write the matches as a table"
    )
    output.add_argument(
        "--logos",
        type=Path,
        metavar="DIR",
        help="write the logo of each motif above its matches as SVG",
    )
    parser.set_defaults(run=run, also_writes=_also_writes)


def _also_writes(options: argparse.Namespace) -> dict[str, Path]:
    """The logos that there may be."""
    if options.logos is None:
        return {}
    names = [
        _motif_name(model, options.method, rank)
        for model in model_files(options.models)
        for rank in range(1, min(options.max_motifs, _LOGOS_FORESEEN) + 1)
    ]
    return {f"--logos ({name})": _logo_file(options.logos, name) for name in names}


def _motif_name(model: str, method: str, rank: int) -> str:
    return f"{model} {method} {rank}"


def _logo_file(folder: Path, motif: str) -> Path:
    # A model's name is a file name already; changing it could make two names equal.
    return folder / f"{'_'.join(motif.rsplit(' ', 2))}.svg"


def _writable_files() -> str:
    """Return the writable formats with their suffixes, for ``--help``."""
    *titles, last = [
        f"{format.title} ({', '.join(format.suffixes)})"
        for format in FORMATS.values()
        if format.write is not None
    ]
    return f"{', '.join(titles)} or {last}"


def run(options: argparse.Namespace) -> int:
    """Discover motifs, name them and write them."""
    check_output(options.out, *format_of_suffix())
    check_output(options.matches)
    if options.logos is not None and options.logos.exists() and not options.logos.is_dir():
        raise DemoWidgetsError(f"cannot write {options.logos}: it is a file; name a folder")
    from demo_widgets.motifs import jaspar, write_motifs

    database = None if options.jaspar.lower() == "none" else jaspar(options.jaspar)
    if database is None and options.matches is not None:
        raise DemoWidgetsError("--matches needs a release to compare with; leave out --jaspar none")
    dataset = dataset_of(options.sequences, options)
    models = load_models(options.models, options.target)
    motifs, report = _discovered(models, dataset, options)
    if not motifs:
        words = f"no motif was found; {'; '.join(report)}" if report else "no motif was found"
        say_aside(f"demo-widgets: error: {words}")
        return 1
    matches = None if database is None else _matched(motifs, database, options)
    write_motifs(motifs, options.out)
    if options.matches is not None and matches is not None:
        with replacing(options.matches) as unfinished:
            shown_not_run(matches).to_csv(unfinished, index=False, float_format="%.6g")
    if options.logos is not None:
        _write_logos(motifs, matches, database, options.logos)
    if not options.quiet:
        for sentence in report:
            say_aside(f"demo-widgets: note: {sentence}")
    facts = {
        "file": str(options.out),
        "database": None if database is None else database.title,
        "motifs": [_facts(motif, matches) for motif in motifs],
        "left_out": report,
    }
    tell(options, _words(facts), facts)
    return 0


def _discovered(
    models: dict[str, Any], dataset: Any, options: argparse.Namespace
) -> tuple[list[Motif], list[str]]:
    """Return the motifs of all models, and sentences about what was left out."""
    from demo_widgets.motifs import discover_motifs

    motifs: list[Motif] = []
    report: list[str] = []
    for name, model in models.items():
        try:
            with Progress(options, name, "step") as progress:
                found = discover_motifs(
                    model,
                    dataset,
                    options.method,
                    target=options.target,
                    max_motifs=options.max_motifs,
                    min_sites=options.min_sites,
                    seed=options.seed,
                    on_progress=partial(_show, progress, name),
                )
        except ModelError as error:
            raise ModelError(f"{name}: {error}") from error
        for rank, motif in enumerate(found, 1):
            motifs.append(motif.renamed(_motif_name(name, options.method, rank), model=name))
        report += [f"{name}: {sentence}" for sentence in found.report]
    return motifs, report


def _show(progress: Progress, name: str, done: int, total: int, message: str) -> None:
    progress(done, total, f"{name}: {message}")


def _matched(
    motifs: list[Motif], database: MotifDatabase, options: argparse.Namespace
) -> pd.DataFrame:
    from demo_widgets.motifs import match_motifs, warm_up

    if shows_progress(options):
        warm_up(lambda message: say_aside(f"demo-widgets: {message}"))
    return match_motifs(motifs, database, top=options.top)


def _write_logos(
    motifs: list[Motif],
    matches: pd.DataFrame | None,
    database: MotifDatabase | None,
    folder: Path,
) -> None:
    from demo_widgets.pictures.aligned_logos import aligned_matches, motif_picture
    from demo_widgets.pictures.palette import BASE_PALETTES

    for motif in motifs:
        aligned = []
        if matches is not None and database is not None:
            aligned = aligned_matches(motif, matches, database)
        with replacing(_logo_file(folder, motif.name)) as unfinished:
            unfinished.write_text(
                motif_picture(motif, aligned, _caption(motif), BASE_PALETTES["classic"]),
                encoding="utf-8",
            )


def _caption(motif: Motif) -> str:
    return motif.name if motif.n_sites is None else f"{motif.name} ({motif.n_sites:,} sites)"


def _facts(motif: Motif, matches: pd.DataFrame | None) -> dict[str, Any]:
    rows = [] if matches is None else matches[matches["query"] == motif.name].to_dict("records")
    kept = ("target", "target_name", "p_value", "e_value", "q_value", "offset", "strand", "overlap")
    return {
        "name": motif.name,
        "model": motif.model,
        "consensus": motif.consensus,
        "n_sites": motif.n_sites,
        "matches": [{key: row[key] for key in kept} for row in rows if not row["reason"]],
    }


def _words(facts: dict[str, Any]) -> str:
    lines = [f"Wrote {facts['file']}"]
    for motif in facts["motifs"]:
        sites = "" if motif["n_sites"] is None else f"  {motif['n_sites']:,} sites"
        lines.append(f"{motif['name']}  {motif['consensus']}{sites}")
        lines += [
            f"    {match['target']} {match['target_name']}  q = {match['q_value']:.2g}"
            for match in motif["matches"]
        ]
    return "\n".join(lines)
