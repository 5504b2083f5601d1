"""Interpret any number of sequences with the memory of a few: block by block, to disk."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from demo_widgets.errors import Cancelled, DemoWidgetsError, ModelError, ReadError
from demo_widgets.files import refuse_full_disk
from demo_widgets.interpret.exact.shortcuts import prepare
from demo_widgets.interpret.stored.arrays import (
    block_size,
    checked_options,
    compute_arrays,
    stored_arrays,
)
from demo_widgets.interpret.stored.interpretation import (
    ARRAYS,
    MANIFEST,
    SUMMARY,
    Interpretation,
    open_interpretation,
    read_manifest,
)
from demo_widgets.interpret.stored.summary import WINDOW, write_summary
from demo_widgets.interpret.stored.writer import InterpretationWriter
from demo_widgets.models.score import sequence_model
from demo_widgets.sequences.dataset import SequenceDataset
from demo_widgets.sequences.reading.blocks import SequenceStream, stream_sequences
from demo_widgets.sequences.reading.records import shorten

__all__ = ["check_folder", "interpret_to_folder"]

_SHAPE_NUMBERS = ("demo_widgets", "tensorflow", "keras", "numpy")
"""Packages of which another version may give other last digits."""

_MOST_BASES = 2**24
"""Bases of a block: with what is computed of them, about 1 GB."""


def interpret_to_folder(
    models: Mapping[str, Any],
    sequences: str | os.PathLike | SequenceDataset | Sequence[str] | SequenceStream,
    folder: str | os.PathLike,
    *,
    method: str = "saliency",
    target: int | None = None,
    batch_size: int | None = None,
    keep_gradient: bool = False,
    window: int = WINDOW,
    resume: bool = False,
    overwrite: bool = False,
    command: Sequence[str] = (),
    on_progress: Callable[[int, int], None] | None = None,
    cancel: threading.Event | None = None,
    **options: Any,
) -> Interpretation:
    """Compute a method over all sequences of a file, and write it to a folder as it goes.

    The folder gets ``arrays.zarr`` (see :class:`Interpretation`), ``manifest.json`` (method,
    settings, models, input, versions, how far it is) and, at the end, ``summary.csv`` (see
    :func:`~demo_widgets.interpret.stored.summary.summary_tables`). Memory holds one block of
    sequences and its results, whatever their number, where ``sequences`` is a FASTA file.

    A run that was killed goes on with ``resume`` after its last whole block, and the arrays then
    have the bits of a run that was not: blocks are the same, and so is what is computed of each.

    Parameters
    ----------
    models
        Name -> Keras classifier. The name is that of its group in the store.
    sequences
        A file that ``read_sequences`` takes, a dataset, a list, or a stream. All of one length.
    folder
        Where to write; its parent must exist.
    method
        ``"saliency"``, ``"input_x_gradient"``, ``"integrated_gradients"``,
        ``"in_silico_mutagenesis"`` or ``"temporal"``.
    target
        Class to explain; default 1, "bound".
    batch_size
        Sequences computed and written together; default by method, and at most 16.8 million bases.
    keep_gradient
        Also write the gradient ``(n, L, 4)``, for the gradient methods.
    window
        Bases in the strongest window of the summary.
    resume
        Go on with what is in ``folder``. Where nothing is there yet, begin.
    overwrite
        Replace an interpretation that is in ``folder``.
    command
        Written to the manifest: what the user typed.
    on_progress
        Called with (sequences done, in all) at the start and after each block.
    cancel
        Checked before each block.
    **options
        Settings of the method, see ``METHODS``.

    Returns
    -------
    Interpretation

    Raises
    ------
    DemoWidgetsError
        ``folder`` holds something else, or was made by another run (the message names what
        differs), or models, sequences or settings cannot be used. Nothing is changed then.
    Cancelled
        ``cancel`` was set; ``resume`` goes on from there.

    Examples
    --------
    >>> result = interpret_to_folder({"cnn": model}, "million.fa.gz", "saliency")
    >>> result["cnn"]["importance"][:10].shape
    (10, 101)
    """
    folder = Path(folder)
    check_folder(folder, resume, overwrite)
    size = block_size(method) if batch_size is None else batch_size
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ModelError(f"batch_size must be a whole number of at least 1, got {batch_size!r}")
    if window < 1:
        raise DemoWidgetsError(f"window must be at least 1, got {window}")
    if not isinstance(models, Mapping) or not models:
        raise ModelError(
            f"models must be name -> Keras classifier, as {{'cnn': model}}, got {models!r}"
        )
    arrays = stored_arrays(method, keep_gradient)
    settings = checked_options(method, options)
    described = {_checked_name(name): _described(model, target) for name, model in models.items()}
    prepare([sequence_model(model, target) for model in models.values()], wait=True)
    if isinstance(sequences, (list, tuple)):
        sequences = SequenceDataset(sequences)
    if not isinstance(sequences, SequenceStream):
        sequences = stream_sequences(sequences)
    size = min(size, max(1, _MOST_BASES // sequences.length))
    run = {
        "method": method,
        "options": settings,
        "target": target,
        "batch_size": size,
        "keep_gradient": bool(keep_gradient),
        "models": described,
        "input": {
            "n_sequences": sequences.n,
            "length": sequences.length,
            "labelled": sequences.labelled,
            "fingerprint": sequences.fingerprint,
        },
        "versions": {package: metadata.version(package) for package in _SHAPE_NUMBERS},
    }
    if resume and (folder / MANIFEST).exists():
        writer = InterpretationWriter.resume(folder, run)
    else:
        _try_one(models, sequences, method, arrays, target, settings)
        if overwrite and (folder / MANIFEST).exists():
            _remove(folder)
        facts = {
            "command": list(command),
            "input_file": sequences.source,
            "platform": platform.platform(),
            "python": sys.version.split()[0],
            "zarr": metadata.version("zarr"),
        }
        writer = InterpretationWriter.create(folder, run, arrays, facts)
    _fill(writer, models, sequences, method, arrays, target, settings, on_progress, cancel)
    interpretation = open_interpretation(folder)
    write_summary(interpretation, folder / SUMMARY, window)
    return interpretation


def _fill(writer, models, stream, method, arrays, target, settings, on_progress, cancel) -> None:
    tell = on_progress or (lambda done, total: None)
    tell(writer.done, stream.n)
    if writer.done == stream.n:
        return
    for block in stream.blocks(writer.manifest["run"]["batch_size"], writer.done):
        if cancel is not None and cancel.is_set():
            raise Cancelled(
                f"the interpretation was stopped after {writer.done:,} of {stream.n:,} sequences"
            )
        X = block.one_hot
        results = {
            name: compute_arrays(model, X, method, arrays, target, settings)
            for name, model in models.items()
        }
        writer.write(block, results)
        tell(writer.done, stream.n)


def _try_one(models, stream, method, arrays, target, settings) -> None:
    """Let a model that cannot be used say so before anything is written."""
    block = next(stream.blocks(1))
    for name, model in models.items():
        try:
            compute_arrays(model, block.one_hot, method, arrays, target, settings)
        except DemoWidgetsError as error:
            others = "; leave it out to go on with the other models" if len(models) > 1 else ""
            raise type(error)(f"{name}: {error}{others}") from error


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(os.path.realpath(folder))  # a link to it stays
    except OSError as error:
        raise DemoWidgetsError(f"cannot replace {folder}: {error.strerror}") from error


def _described(model: Any, target: int | None) -> dict[str, Any]:
    score = sequence_model(model, target)
    return {
        "keras_name": score.name,
        "fingerprint": score.fingerprint,
        "target": score.target,
        "score_kind": score.kind,
    }


def _checked_name(name: str) -> str:
    if not name or name != name.strip() or name[0] in "._" or set(name) & set("/\\\0"):
        raise ModelError(
            f"models has the name {name!r}, which cannot name a group on disk; use a name that "
            "begins with a letter or digit and has no slash"
        )
    return name


def check_folder(folder: Path, resume: bool, overwrite: bool) -> None:
    """Refuse a folder that :func:`interpret_to_folder` could not write to.

    Raises
    ------
    DemoWidgetsError
        It holds something else, or an interpretation that is neither gone on with nor replaced,
        or its parent is missing.
    """
    if resume and overwrite:
        raise DemoWidgetsError("resume and overwrite exclude each other; choose one")
    if not folder.parent.is_dir():
        raise DemoWidgetsError(f"cannot write {folder}: there is no folder {folder.parent}")
    if not folder.exists():
        try:
            os.rmdir(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
        except OSError as error:
            refuse_full_disk(error, folder)
            raise DemoWidgetsError(f"cannot write {folder}: {error.strerror}") from error
        return
    if not folder.is_dir():
        raise DemoWidgetsError(f"cannot write {folder}: it is a file; name a folder")
    others = sorted(entry.name for entry in folder.iterdir() if not _of_an_interpretation(entry))
    if others:
        raise DemoWidgetsError(
            f"cannot write {folder}: it holds other files ({shorten(', '.join(others))}); name a "
            "new or an empty folder"
        )
    if (folder / MANIFEST).exists():
        if not (resume or overwrite):
            raise DemoWidgetsError(
                f"{folder} holds an interpretation already; go on with resume=True, replace it "
                "with overwrite=True, or name another folder"
            )
        _check_ours(folder)
    elif any(folder.iterdir()):
        raise DemoWidgetsError(
            f"cannot write {folder}: it holds part of an interpretation, without a {MANIFEST}; "
            "name a new or an empty folder"
        )


def _of_an_interpretation(entry: Path) -> bool:
    """Whether the name is one of an interpretation's, or what a kill left of writing it."""
    unfinished = tuple(f".{Path(name).stem}-" for name in (MANIFEST, SUMMARY))
    return entry.name in (MANIFEST, ARRAYS, SUMMARY) or entry.name.startswith(unfinished)


def _check_ours(folder: Path) -> None:
    """Refuse a folder whose manifest is not of an interpretation: nothing of it is replaced."""
    try:
        read_manifest(folder)
    except ReadError as error:
        raise DemoWidgetsError(
            f"cannot write {folder}: {error}, or remove the folder yourself, or name another one"
        ) from error
