"""Interpret any number of sequences in constant memory, written to disk in blocks."""

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
from demo_widgets.interpret.methods import checked_options
from demo_widgets.interpret.progress import Progress
from demo_widgets.interpret.settings import checked_whole
from demo_widgets.interpret.stored.arrays import block_size, compute_arrays, stored_arrays
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
from demo_widgets.models.model_facts import FloatArray
from demo_widgets.models.score import sequence_model
from demo_widgets.sequences.dataset import SequenceDataset
from demo_widgets.sequences.reading.blocks import SequenceStream, stream_sequences
from demo_widgets.sequences.reading.records import shorten

__all__ = ["check_folder", "interpret_to_folder"]

_SHAPE_NUMBERS = ("demo_widgets", "tensorflow", "keras", "numpy")
"""Packages whose versions may affect the last digits."""

Source = str | os.PathLike[str] | SequenceDataset | list[str] | tuple[str, ...] | SequenceStream
Compute = Callable[[Any, FloatArray], dict[str, FloatArray]]
"""From a model and one-hot sequences to the arrays to keep."""

_MOST_BASES = 2**24
"""Bases of a block: with what is computed of them, about 1 GB."""


def interpret_to_folder(
    models: Mapping[str, Any],
    sequences: Source,
    folder: str | os.PathLike[str],
    *,
    method: str = "saliency",
    target: int | None = None,
    batch_size: int | None = None,
    keep_gradient: bool = False,
    window: int = WINDOW,
    resume: bool = False,
    overwrite: bool = False,
    command: Sequence[str] = (),
    on_progress: Progress | None = None,
    cancel: threading.Event | None = None,
    **options: Any,
) -> Interpretation:
    """Apply a method to all sequences of a file and write the results to a folder.

    The folder gets ``arrays.zarr`` (see :class:`Interpretation`), ``manifest.json`` (method,
    settings, models, input, versions, progress) and, at the end, ``summary.csv`` (see
    :func:`~demo_widgets.interpret.stored.summary.summary_tables`). If ``sequences`` is a FASTA
    file, only one block of sequences and its results is held in memory.

    A killed run resumes with ``resume`` after its last complete block, and the arrays are
    bit-identical to those of an uninterrupted run, because the blocks are the same.

    Parameters
    ----------
    models
        Name -> model. The name is also that of its group in the store.
    sequences
        A file that ``read_sequences`` reads, a dataset, a list, or a stream; all of one length.
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
        Resume the run in ``folder``, or start it if there is none.
    overwrite
        Replace an interpretation in ``folder``.
    command
        The user's command line, for the manifest.
    on_progress
        Called with (sequences done, total) at the start and after each block.
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
        ``cancel`` was set; ``resume`` continues from there.

    Examples
    --------
    >>> result = interpret_to_folder({"cnn": model}, "million.fa.gz", "saliency")
    >>> result["cnn"]["importance"][:10].shape
    (10, 101)
    """
    folder = Path(folder)
    check_folder(folder, resume, overwrite)
    size = block_size(method) if batch_size is None else checked_whole("batch_size", batch_size, 1)
    if window < 1:
        raise DemoWidgetsError(f"window must be at least 1, got {window}")
    if not isinstance(models, Mapping) or not models:
        raise ModelError(f"models must map names to models, as {{'cnn': model}}, got {models!r}")
    arrays = stored_arrays(method, keep_gradient)
    settings = checked_options(method, options)
    described = {_checked_name(name): _described(model, target) for name, model in models.items()}
    prepare([sequence_model(model, target) for model in models.values()], wait=True)

    def compute(model: Any, X: FloatArray) -> dict[str, FloatArray]:
        return compute_arrays(model, X, method, arrays, target, settings)

    if isinstance(sequences, (list, tuple)):
        sequences = SequenceDataset(sequences)
    stream = sequences if isinstance(sequences, SequenceStream) else stream_sequences(sequences)
    size = min(size, max(1, _MOST_BASES // stream.length))
    run = {
        "method": method,
        "options": settings,
        "target": target,
        "batch_size": size,
        "keep_gradient": bool(keep_gradient),
        "models": described,
        "input": {
            "n_sequences": stream.n,
            "length": stream.length,
            "labelled": stream.labelled,
            "fingerprint": stream.fingerprint,
        },
        "versions": {package: metadata.version(package) for package in _SHAPE_NUMBERS},
    }
    if resume and (folder / MANIFEST).exists():
        writer = InterpretationWriter.resume(folder, run)
    else:
        _try_one(models, stream, compute)
        if overwrite and (folder / MANIFEST).exists():
            _remove(folder)
        facts = {
            "command": list(command),
            "input_file": stream.source,
            "platform": platform.platform(),
            "python": sys.version.split()[0],
            "zarr": metadata.version("zarr"),
        }
        writer = InterpretationWriter.create(folder, run, arrays, facts)
    _fill(writer, models, stream, compute, on_progress, cancel)
    interpretation = open_interpretation(folder)
    write_summary(interpretation, folder / SUMMARY, window)
    return interpretation


def _fill(
    writer: InterpretationWriter,
    models: Mapping[str, Any],
    stream: SequenceStream,
    compute: Compute,
    on_progress: Progress | None,
    cancel: threading.Event | None,
) -> None:
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
        writer.write(block, {name: compute(model, X) for name, model in models.items()})
        tell(writer.done, stream.n)


def _try_one(models: Mapping[str, Any], stream: SequenceStream, compute: Compute) -> None:
    """Raise the error of an unusable model before anything is written."""
    block = next(stream.blocks(1))
    for name, model in models.items():
        try:
            compute(model, block.one_hot)
        except DemoWidgetsError as error:
            others = "; leave it out to continue with the other models" if len(models) > 1 else ""
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
    """Raise an error for a folder that :func:`interpret_to_folder` could not write to.

    Raises
    ------
    DemoWidgetsError
        It holds something else, or an interpretation without ``resume`` or ``overwrite``, or its
        parent is missing.
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
                f"{folder} holds an interpretation already; resume it with resume=True, replace "
                "it with overwrite=True, or name another folder"
            )
        _check_ours(folder)
    elif any(folder.iterdir()):
        raise DemoWidgetsError(
            f"cannot write {folder}: it holds part of an interpretation, without a {MANIFEST}; "
            "name a new or an empty folder"
        )


def _of_an_interpretation(entry: Path) -> bool:
    """Whether the name belongs to an interpretation or to a leftover of an interrupted write."""
    unfinished = tuple(f".{Path(name).stem}-" for name in (MANIFEST, SUMMARY))
    return entry.name in (MANIFEST, ARRAYS, SUMMARY) or entry.name.startswith(unfinished)


def _check_ours(folder: Path) -> None:
    """Raise an error for a folder whose manifest is not that of an interpretation."""
    try:
        read_manifest(folder)
    except ReadError as error:
        raise DemoWidgetsError(
            f"cannot write {folder}: {error}, or remove the folder yourself, or name another one"
        ) from error
