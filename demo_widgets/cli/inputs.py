"""Models and sequences given on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from demo_widgets.errors import ModelError
from demo_widgets.files import visible_files
from demo_widgets.sequences.reading.pipes import seekable
from demo_widgets.sequences.reading.reader_table import Reader, find_reader, options_of_readers
from demo_widgets.terminal import has_control_characters

__all__ = ["dataset_beside", "dataset_of", "load_models", "model_files", "reading_options"]


def model_files(paths: Iterable[Path]) -> dict[str, Path]:
    """Return the ``.keras`` files of ``paths`` by name, those of a folder in alphabetical order.

    Raises
    ------
    ModelError
        A path is missing or not a ``.keras`` file, a folder holds none, or two share a name.
    """
    files: dict[str, Path] = {}
    for path in paths:
        for file in _files_of(path):
            if has_control_characters(file.stem):
                raise ModelError(
                    f"the name of the model {file} holds control characters, or bytes that are not "
                    "UTF-8, and names its results; rename the file"
                )
            if file.stem in files and file.resolve() != files[file.stem].resolve():
                raise ModelError(
                    f"{files[file.stem]} and {file} have the same name, which "
                    "identifies their results; rename one"
                )
            files[file.stem] = file
    return files


def _files_of(path: Path) -> list[Path]:
    if path.is_dir():
        files = visible_files(path, ".keras")
        if not files:
            raise ModelError(
                f"{path} holds no .keras file; save models there with demo_widgets.save_model, or "
                "give another folder"
            )
        return files
    if not path.exists():
        raise ModelError(f"{path} does not exist; give a .keras file or a folder of them")
    if path.suffix != ".keras":
        raise ModelError(f"{path} is not a .keras file; give one, or a folder of them")
    return [path]


def load_models(paths: Iterable[Path], target: int | None) -> dict[str, Any]:
    """Load the models of ``paths`` by name.

    Raises
    ------
    ModelError
        As :func:`model_files`, or a file that is not a usable model or has no output ``target``;
        the message names the file.
    """
    files = model_files(paths)
    from demo_widgets import load_model
    from demo_widgets.models.files.target_check import check_target

    models = {}
    for name, file in files.items():
        models[name] = load_model(file)
        check_target(models[name], file, target)
    return models


def reading_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the given reading options, as arguments of ``read_sequences``."""
    names = ("negatives", *options_of_readers())
    given = {name: getattr(options, name, None) for name in names}
    given["strict"] = options.strict or None
    if options.negatives is not None:
        given["seed"] = getattr(options, "seed", 0)
    return {name: value for name, value in given.items() if value is not None}


def dataset_of(files: Path | Iterable[Path], options: argparse.Namespace) -> Any:
    """Read one file, or several into one dataset.

    Raises
    ------
    SequenceError
        A file cannot be read, or they do not fit together.
    """
    from demo_widgets.sequences import concatenate, read_sequences

    paths = [files] if isinstance(files, Path) else list(files)
    datasets = [read_sequences(path, **reading_options(options)) for path in paths]
    if len(datasets) == 1:
        return datasets[0]
    names = [name for dataset in datasets for name in dataset.names]
    return concatenate(datasets, renumber=len(set(names)) < len(names))


def dataset_beside(file: Path, options: argparse.Namespace) -> Any:
    """Read a second file next to ``--sequences``, such as a test set.

    The options describe ``--sequences``, and this file may have another format: options that do not
    apply to it are left out, and negatives are added only if it holds no unbound sequences.

    Raises
    ------
    SequenceError
        The file cannot be read.
    """
    from demo_widgets.sequences import read_sequences

    given = reading_options(options)
    with seekable(file) as path:
        reader = find_reader(path, given)
        other = set(options_of_readers()) - set(reader.option_names)
        given = {name: value for name, value in given.items() if name not in other}
        if "negatives" in given and _holds_unbound(path, reader, given):
            del given["negatives"]
        dataset = read_sequences(path, **given)
    dataset.source = str(file)
    return dataset


def _holds_unbound(file: Path, reader: Reader, given: dict[str, Any]) -> bool:
    """Whether the file contains sequences labelled unbound."""
    if not reader.holds_labels:
        return False
    own = {name: value for name, value in given.items() if name in reader.option_names}
    labels = reader.records(file, **own).labels
    return labels is not None and 0 in labels
