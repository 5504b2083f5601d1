"""Save a model with its provenance, and load it safely."""

from __future__ import annotations

import json
import os
import platform
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.files import refuse_full_disk, replacing
from demo_widgets.models.backends.keras_backend import KerasModel, keras_model_of
from demo_widgets.models.files.archive_sizes import refuse_bomb
from demo_widgets.models.files.provenance import recall, remember, weights_fingerprint
from demo_widgets.models.quiet_tensorflow import keras
from demo_widgets.models.score import SequenceModel

__all__ = ["save_model", "load_model", "read_metadata"]

# Keras ignores unknown members of its zip file.
_MEMBER = "demo_widgets.json"
_FORMAT = 1
_ZIP_YEARS = (1980, 2107)


def save_model(
    model: keras.Model | SequenceModel,
    path: str | os.PathLike[str],
    *,
    info: dict[str, Any] | None = None,
) -> Path:
    """Write ``model`` as one ``.keras`` file, with its provenance inside.

    Besides what Keras stores (layers with their hyper-parameters, weights) the file holds
    versions, a fingerprint of the weights, and how they were trained (recipe, seed, data
    fingerprints, validation AUROC) when they come from :func:`demo_widgets.models.train` or from a
    file with that record, and were not changed since. The file is replaced in one step: a failed
    write leaves the old file unchanged.

    Parameters
    ----------
    model
        Any built Keras model, or a :class:`SequenceModel` of one.
    path
        File name ending in ``.keras``; folders are made.
    info
        Further data to store, in JSON types (metrics of a test set, a note).

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ModelError
        If the suffix is wrong, ``info`` cannot be written as JSON, or Keras cannot save the model.

    Examples
    --------
    >>> save_model(model, "gata1.keras", info={"test": evaluate(model, test)})
    >>> read_metadata("gata1.keras")["training"]["seed"]
    """
    path = Path(path)
    if path.suffix != ".keras":
        raise ModelError(f"path: got {str(path)!r}, expected a file name ending in .keras")
    model = keras_model_of(model)
    text = _metadata_text(model, info)
    with replacing(path) as temporary:
        try:
            with _a_date_that_zip_can_hold():
                model.save(temporary)
        except Exception as error:
            refuse_full_disk(error, path)
            if isinstance(error, OSError) and error.errno is not None:
                raise  # of the disk, not of the model
            raise ModelError(f"model {model.name!r}: Keras cannot save it ({error})") from error
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(zipfile.ZipInfo(_MEMBER), text)  # dated 1980, whatever the clock says
    return path


def load_model(
    path: str | os.PathLike[str], output: str | int | None = None, *, task: str | None = None
) -> SequenceModel:
    """Load a ``.keras`` file written by :func:`save_model` or by Keras itself.

    Nothing in the file is executed: ``safe_mode=True``, no pickle; the model is not compiled.
    Weights must be finite and, if the file contains metadata, match their checksum.

    Parameters
    ----------
    path
        The file.
    output, task
        The explained output and its meaning, as for :class:`SequenceModel`. If needed and not
        given, choose later by :meth:`SequenceModel.select` or a function's ``target``.

    Returns
    -------
    SequenceModel
        Its ``model`` is the Keras model.

    Raises
    ------
    ModelError
        If the file is missing, damaged, of another kind, or needs code that it does not contain; if
        the model is not a model of one-hot DNA, or has no such output.

    Examples
    --------
    >>> model = load_model("gata1.keras")
    """
    path = Path(path)
    metadata = read_metadata(path)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        refuse_full_disk(error, f"a temporary copy of {path}")  # Keras unpacks large weights
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"{path}: Keras cannot load this model ({reason}); the file is damaged, or has custom "
            f"layers or Lambda code, which are not run: register them with "
            f"keras.saving.register_keras_serializable, or rebuild the model and load its weights"
        ) from error
    if any(not np.isfinite(w).all() for w in model.get_weights() if w.dtype.kind == "f"):
        raise ModelError(f"{path}: some weights are NaN or infinite; train the model again")
    if metadata:
        if metadata.get("weights_sha256") != weights_fingerprint(model):
            raise ModelError(
                f"{path}: its weights do not match their checksum; the file is damaged"
            )
        if metadata.get("training"):
            remember(model, metadata["training"])
    try:
        return KerasModel(model, output, task=task, may_be_undecided=True)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def read_metadata(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the metadata stored by :func:`save_model`; empty for a plain Keras file.

    Returns
    -------
    dict
        ``format``, ``name``, ``input_shape`` and ``output_shape`` (``None`` for a subclassed
        model), ``parameters``, ``versions``,
        ``weights_sha256``, ``training`` (recipe and validation metrics, or ``None``), ``info``.

    Raises
    ------
    ModelError
        If the file is missing, is not a ``.keras`` archive, unpacks to far more than it is, or its
        metadata cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelError(f"{path}: no such file")
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        raise ModelError(
            f"{path}: not a .keras file (a zip archive written by Keras 3); save the model "
            f"again with model.save('name.keras')"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(archive, path)
            if _MEMBER not in archive.namelist():
                return {}
            metadata = json.loads(archive.read(_MEMBER))
    except ModelError:
        raise
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise ModelError(f"{path}: its {_MEMBER} cannot be read ({error})") from error
    if not isinstance(metadata, dict) or metadata.get("format") != _FORMAT:
        raise ModelError(
            f"{path}: its {_MEMBER} is of a format that this version does not know; "
            f"update demo_widgets"
        )
    return metadata


@contextmanager
def _a_date_that_zip_can_hold() -> Iterator[None]:
    """Date what Keras zips at 1980 while the clock is outside of what a zip file can hold.

    Keras takes no date, so ``zipfile`` is given another clock; with a clock that is right, nothing
    is changed.
    """
    clock = zipfile.time  # type: ignore[attr-defined]
    if _ZIP_YEARS[0] <= time.localtime().tm_year <= _ZIP_YEARS[1]:
        yield
        return
    first = time.struct_time((_ZIP_YEARS[0], 1, 1, 0, 0, 0, 1, 1, 0))
    zipfile.time = SimpleNamespace(time=time.time, localtime=lambda _=None: first)  # type: ignore
    try:
        yield
    finally:
        zipfile.time = clock  # type: ignore[attr-defined]


def _metadata_text(model: keras.Model, info: dict[str, Any] | None) -> str:
    from demo_widgets import __version__
    from demo_widgets.models.quiet_tensorflow import tf

    metadata = {
        "format": _FORMAT,
        "name": model.name,
        "input_shape": getattr(model, "input_shape", None),
        "output_shape": getattr(model, "output_shape", None),
        "parameters": model.count_params(),
        "weights_sha256": weights_fingerprint(model),
        "versions": {
            "demo_widgets": __version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "training": recall(model),
        "info": info or {},
    }
    try:
        return json.dumps(metadata, indent=1)
    except TypeError as error:
        raise ModelError(f"info: cannot be written as JSON ({error}); use plain types") from error
