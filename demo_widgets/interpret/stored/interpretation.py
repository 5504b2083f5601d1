"""An interpretation on disk, and how to open it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from demo_widgets.errors import ReadError, warn
from demo_widgets.sequences.one_hot import codes_to_one_hot, one_hot_decode

if TYPE_CHECKING:
    import zarr

    Arrays = Mapping[str, zarr.Array[Any]]

__all__ = ["ARRAYS", "FORMAT", "MANIFEST", "SUMMARY", "Interpretation", "open_interpretation"]

ARRAYS, MANIFEST, SUMMARY = "arrays.zarr", "manifest.json", "summary.csv"
FORMAT = 1


class Interpretation(Mapping[str, "Arrays"]):
    """Arrays of one or more models over many sequences, read from disk on access.

    A mapping: model name -> mapping of array name -> ``zarr.Array``. An array is read when it is
    sliced, ``result["cnn"]["importance"][:100]``.

    Attributes
    ----------
    path : Path
        The folder.
    manifest : dict
        Method, settings, models, input, versions, and arrays with shapes and units.
    names : zarr.Array
        ``(n,)`` names of the sequences.
    codes : zarr.Array
        uint8 ``(n, length)``: 0-3 for A, C, G, T and 4 for another base.
    labels : zarr.Array or None
        ``(n,)`` 1 = bound, 0 = unbound.
    """

    def __init__(self, path: Path, manifest: dict[str, Any], arrays: Mapping[str, zarr.Array[Any]]):
        self.path, self.manifest = path, manifest
        self.names, self.codes = arrays["names"], arrays["codes"]
        self.labels = arrays.get("labels")
        self._models = {
            name: {array: arrays[f"models/{name}/{array}"] for array in manifest["model_arrays"]}
            for name in manifest["run"]["models"]
        }

    @property
    def method(self) -> str:
        """The method, such as ``"saliency"``."""
        return self.manifest["run"]["method"]

    @property
    def n_done(self) -> int:
        """Sequences written so far; the arrays are NaN below them."""
        return self.manifest["done"]

    @property
    def finished(self) -> bool:
        """Whether every sequence is done."""
        return self.n_done == self.manifest["run"]["input"]["n_sequences"]

    def sequences(self, rows: slice | npt.NDArray[np.intp] = slice(None)) -> list[str]:
        """Return the sequences of ``rows`` as strings, ``N`` for ambiguous bases."""
        codes = np.atleast_2d(np.asarray(self.codes[rows]))
        return list(one_hot_decode(codes_to_one_hot(codes)))

    def __getitem__(self, model: str) -> Arrays:
        return self._models[model]

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)

    def __repr__(self) -> str:
        n = self.manifest["run"]["input"]["n_sequences"]
        done = f"{n:,}" if self.finished else f"{self.n_done:,} of {n:,}"
        return f"Interpretation({str(self.path)!r}: {self.method}, {', '.join(self)}, {done})"


def open_interpretation(path: str | os.PathLike[str]) -> Interpretation:
    """Open an interpretation written by ``demo-widgets interpret`` or :func:`interpret_to_folder`.

    Parameters
    ----------
    path
        The folder.

    Returns
    -------
    Interpretation
        Only the manifest is in memory.

    Raises
    ------
    ReadError
        The folder does not hold an interpretation, or a damaged one: an entry of the manifest, an
        array or a chunk is missing. Arrays raise it too, where they are read and a chunk is
        damaged.

    Warns
    -----
    DemoWidgetsWarning
        The run has not finished.

    Examples
    --------
    >>> result = open_interpretation("gata1_saliency")          # doctest: +SKIP
    >>> result["cnn"]["importance"][:10].shape
    (10, 101)
    """
    from demo_widgets.interpret.stored.schema import check_manifest, open_arrays

    path = Path(path)
    manifest = read_manifest(path)
    check_manifest(path, manifest)
    interpretation = Interpretation(path, manifest, open_arrays(path, path / ARRAYS, manifest))
    if not interpretation.finished:
        warn(
            f"{interpretation!r} is unfinished; the rest of its arrays is NaN. Continue with: "
            "demo-widgets interpret ... --resume"
        )
    return interpretation


def read_manifest(path: Path) -> dict[str, Any]:
    """Read the manifest of the folder ``path``.

    Raises
    ------
    ReadError
        There is no manifest, or it is damaged or of another version.
    """
    file = path / MANIFEST
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ReadError(
            f"{path} holds no interpretation: it has no {MANIFEST}; give the folder that "
            "demo-widgets interpret wrote"
        ) from error
    except (OSError, ValueError) as error:
        raise ReadError(f"{file} cannot be read ({error}); compute it again") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ReadError(f"{file} is not a manifest that this version of demo_widgets knows")
    return manifest
