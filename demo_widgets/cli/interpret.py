"""``demo-widgets interpret``: apply a method to any number of sequences, into a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from demo_widgets.cli.arguments import add_command, add_models, add_output, add_sequences, at_least
from demo_widgets.cli.console import Progress, how_to_resume, tell
from demo_widgets.cli.inputs import load_models, reading_options
from demo_widgets.interpret.methods import METHODS, MethodOption

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Any) -> None:
    """Declare the command's arguments."""
    parser = add_command(
        subparsers,
        "interpret",
        help="write the importance of every base of every sequence to a folder",
        description="Compute a method over all sequences and write it to a folder: arrays.zarr, "
        "manifest.json (settings, models, input, versions, progress) and, at the "
        "end, summary.csv (prediction, strongest base and window of each sequence). "
        "FASTA files are read as a stream, so a million sequences need no more "
        "memory than a few. A run that was killed resumes with --resume and gives "
        "identical results. In Python, demo_widgets.open_interpretation opens the "
        "folder.",
        examples="""
            demo-widgets interpret --models gata1.keras --sequences test.fa.gz --out saliency
            demo-widgets interpret --models models/ --sequences genome.fa.gz --out ig --resume \
--method integrated_gradients --steps 64
            demo-widgets interpret --models rnn.keras --sequences test.fa.gz --out temporal \
--method temporal
            """,
    )
    add_models(parser)
    add_sequences(parser)
    group = parser.add_argument_group("method")
    group.add_argument(
        "--method",
        choices=(*METHODS, "temporal"),
        default="saliency",
        help="method to apply (default: %(default)s)",
    )
    for option in _options_of_methods():
        _add_option(group, option)
    group.add_argument(
        "--batch-size",
        type=at_least(1),
        metavar="N",
        help="sequences computed and written together (default: 64 to 1024, by method)",
    )
    output = add_output(parser)
    output.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    output.add_argument(
        "--keep-gradient",
        action="store_true",
        help="also write the gradient at all four bases (gradient methods)",
    )
    output.add_argument(
        "--window",
        type=at_least(1),
        default=11,
        metavar="BASES",
        help="width of the strongest window of the summary (default: %(default)s)",
    )
    existing = output.add_mutually_exclusive_group()
    existing.add_argument(
        "--resume", action="store_true", help="resume a stopped run, or start a new one"
    )
    existing.add_argument(
        "--overwrite", action="store_true", help="replace an existing interpretation"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Interpret all sequences."""
    models = load_models(options.models, options.target)
    from demo_widgets.interpret import interpret_to_folder
    from demo_widgets.interpret.stored.interpret_to_folder import check_folder
    from demo_widgets.sequences.reading.blocks import stream_sequences

    check_folder(options.out, options.resume, options.overwrite)
    stream = stream_sequences(options.sequences, **reading_options(options))
    try:
        with Progress(options, options.method, "seq") as progress:
            result = interpret_to_folder(
                models,
                stream,
                options.out,
                method=options.method,
                target=options.target,
                batch_size=options.batch_size,
                keep_gradient=options.keep_gradient,
                window=options.window,
                resume=options.resume,
                overwrite=options.overwrite,
                command=options.command_line,
                on_progress=progress,
                **_method_options(options),
            )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(how_to_resume(options)) from None
    facts = {
        "folder": str(options.out),
        "method": options.method,
        "models": list(result),
        "n_sequences": stream.n,
        "length": stream.length,
        "summary": str(options.out / "summary.csv"),
        "arrays": list(result.manifest["model_arrays"]),
    }
    words = f"Wrote {options.method} of {stream.n:,} sequences to {options.out}"
    tell(options, words, facts)
    return 0


def _options_of_methods() -> list[MethodOption]:
    """Return the settings of all methods, each once."""
    every = (option for method in METHODS.values() for option in method.options)
    return list({option.key: option for option in every}.values())


def _add_option(group: Any, option: MethodOption) -> None:
    """Declare the setting of a method as an argument."""
    having = [key for key, method in METHODS.items() if option in method.options]
    words = f"{option.label.lower()} of {', '.join(having)} (default: {option.default})"
    flag = option.flag or "--" + option.key.replace("_", "-")
    if option.choices:
        group.add_argument(flag, dest=option.key, choices=option.choices, help=words)
    else:
        least = 0 if option.minimum is None else min(option.minimum, 1)
        group.add_argument(flag, dest=option.key, type=at_least(least), metavar="N", help=words)


def _method_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the given method settings; the method refuses unknown ones."""
    given = {option.key: getattr(options, option.key) for option in _options_of_methods()}
    return {name: value for name, value in given.items() if value is not None}
