"""What the folder of an interpretation must hold, checked before any of it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from demo_widgets.errors import ReadError

__all__ = ["VerifiedArray", "check_manifest", "damaged", "open_arrays", "verify_blocks"]

_MANIFEST = {"run": dict, "arrays": dict, "model_arrays": dict, "done": int}
_RUN = {"method": str, "options": dict, "batch_size": int, "models": dict, "input": dict}
_INPUT = {"n_sequences": int, "length": int, "labelled": bool, "fingerprint": str}
_ARRAY = {"shape": list, "dtype": str}


def damaged(folder: Path, what: str) -> ReadError:
    """The error of a folder that cannot be used: what is wrong with it, and what to do."""
    return ReadError(
        f"{folder} holds a damaged interpretation: {what}; compute it again with overwrite=True, "
        "or into another folder"
    )


def check_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Refuse a manifest in which something is missing or impossible.

    Raises
    ------
    ReadError
        Names the folder and the entry.
    """
    _check_entries(folder, manifest, _MANIFEST, "")
    run = manifest["run"]
    _check_entries(folder, run, _RUN, "run ")
    _check_entries(folder, run["input"], _INPUT, "run input ")
    for group in ("arrays", "model_arrays"):
        for name, facts in manifest[group].items():
            _check_entries(folder, facts, _ARRAY, f"{group} {name} ")
    n, done, block = run["input"]["n_sequences"], manifest["done"], run["batch_size"]
    possible = block > 0 and 0 <= done <= n and (done == n or done % block == 0)
    if not possible or not run["models"]:
        raise damaged(
            folder,
            f"its manifest counts {done:,} of {n:,} sequences in blocks of {block:,} as done, for "
            f"{len(run['models']):,} models",
        )
    expected = {"names", "codes", *(["labels"] if run["input"]["labelled"] else [])}
    if set(manifest["arrays"]) != expected:
        raise damaged(
            folder, f"its manifest does not list the arrays {', '.join(sorted(expected))}"
        )


def _check_entries(folder: Path, there: Any, kinds: Mapping[str, type], place: str) -> None:
    for key, kind in kinds.items():
        value = there.get(key) if isinstance(there, dict) else None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise damaged(folder, f"its manifest has no usable entry {place}{key}")


class VerifiedArray(zarr.Array[Any]):
    """A Zarr array of an interpretation that names its folder where it cannot be read."""

    def __getitem__(self, selection: Any) -> Any:
        """Read ``selection``, as of any Zarr array.

        Raises
        ------
        ReadError
            A chunk is damaged.
        """
        try:
            return super().__getitem__(selection)
        except (IndexError, TypeError):  # of the selection
            raise
        except Exception as error:  # each codec has an error of its own
            folder = Path(self.store_path.store.root).parent  # type: ignore[attr-defined]
            raise damaged(folder, f"the array {self.path} cannot be read ({error})") from error


def open_arrays(folder: Path, path: Path, manifest: dict[str, Any]) -> dict[str, VerifiedArray]:
    """Open the arrays of an interpretation by name, and see that what is done is there.

    Shapes, types and the presence of every chunk are checked; chunks are read where they are used.

    Parameters
    ----------
    folder
        Of the interpretation.
    path
        Of its arrays.
    manifest
        As :func:`check_manifest` takes it.

    Raises
    ------
    ReadError
        An array or a chunk is missing, or an array is not what the manifest says.
    """
    arrays = {}
    try:
        root = zarr.open_group(path, mode="r")
    except Exception as error:  # whatever a damaged store makes Zarr raise
        raise damaged(folder, f"its arrays cannot be opened ({error})") from error
    for name, facts in _expected(manifest):
        try:
            array = root[name]
        except Exception as error:
            raise damaged(folder, f"the array {name} is missing or damaged ({error})") from error
        _check_array(folder, name, array, facts, manifest["run"]["batch_size"])
        arrays[name] = VerifiedArray(array.async_array)  # type: ignore[union-attr]
        _check_chunks(folder, path, arrays[name], manifest["done"])
    return arrays


def _expected(manifest: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from manifest["arrays"].items()
    for model in manifest["run"]["models"]:
        for name, facts in manifest["model_arrays"].items():
            yield f"models/{model}/{name}", facts


def _check_array(folder: Path, name: str, array: Any, facts: dict[str, Any], block: int) -> None:
    shape = tuple(facts["shape"])
    kind = "str" if getattr(array, "dtype", np.dtype("V1")).kind == "T" else str(array.dtype)
    chunks = [(rows, *shape[1:]) for rows in (block, min(block, shape[0]))]
    if array.shape != shape or kind != facts["dtype"] or array.chunks not in chunks:
        raise damaged(
            folder, f"the array {name} is not {facts['dtype']} {list(shape)} in blocks of {block:,}"
        )


def _check_chunks(folder: Path, path: Path, array: VerifiedArray, done: int) -> None:
    """A chunk that is not there would be read as if nothing had been computed."""
    for number in range(-(-done // array.chunks[0])):
        key = array.metadata.encode_chunk_key((number, *[0] * (array.ndim - 1)))
        file = path / array.path / key
        if not file.is_file() or not file.stat().st_size:
            raise damaged(folder, f"{file.relative_to(folder)} is missing or empty")


def verify_blocks(arrays: dict[str, VerifiedArray], done: int) -> None:
    """Read all that is done once, a block at a time.

    Raises
    ------
    ReadError
        A chunk is damaged.
    """
    for array in arrays.values():
        for first in range(0, done, array.chunks[0]):
            array[first : first + array.chunks[0]]
