"""Write an interpretation so that a run that is killed at any moment can go on.

The arrays are Zarr, in chunks of one block of sequences, and a manifest says how many
sequences are done. A block's chunks are files of their own, which no other block shares; each
is written beside and renamed into place, and the manifest is replaced only after them. A kill
in the middle of a write can therefore spoil nothing but chunks that the manifest does not
count, and those are written again. HDF5 keeps everything in one file that is changed in
place, without a journal: a kill between two of its metadata writes may cost the whole file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.files import making_folder, naming, replacing
from demo_widgets.interpret.stored.interpretation import ARRAYS, FORMAT, MANIFEST, read_manifest
from demo_widgets.interpret.stored.stored_array import StoredArray
from demo_widgets.sequences.reading.blocks import SequenceBlock

__all__ = ["InterpretationWriter"]

_CODES = StoredArray("codes", "position", "code", "0-3 for A, C, G, T and 4 for another base")
_NAMES = StoredArray("names", "sequence", "text", "name of the sequence")
_LABELS = StoredArray("labels", "sequence", "label", "1 = bound, 0 = unbound")
_TYPES = {"codes": "uint8", "names": "str", "labels": "int8"}


class InterpretationWriter:
    """Writes blocks of an interpretation to a folder and counts them in its manifest.

    Parameters
    ----------
    path
        The folder.
    manifest
        As it stands on disk.
    """

    def __init__(self, path: Path, manifest: dict[str, Any]):
        import zarr

        self.path, self.manifest = path, manifest
        # Zarr would leave out a chunk that holds the fill value alone, such as a block of N.
        with zarr.config.set({"array.write_empty_chunks": True}):
            root = zarr.open_group(path / ARRAYS, mode="r+")
            self._arrays = {
                name: array
                for name, array in root.members(max_depth=None)
                if isinstance(array, zarr.Array)
            }

    @property
    def done(self) -> int:
        """Sequences that are written."""
        return self.manifest["done"]

    @classmethod
    def create(
        cls,
        path: Path,
        run: dict[str, Any],
        arrays: Sequence[StoredArray],
        facts: Mapping[str, Any],
    ) -> InterpretationWriter:
        """Make the folder with empty arrays; it appears whole or not at all.

        Parameters
        ----------
        path
            Where; an empty folder may be there.
        run
            Everything that shapes the result, in JSON types.
        arrays
            What is kept for each model.
        facts
            More for the manifest: the command, and versions that have no part in the numbers.
        """
        n, length = run["input"]["n_sequences"], run["input"]["length"]
        shared = (_NAMES, _CODES, *((_LABELS,) if run["input"]["labelled"] else ()))
        manifest = {
            "format": FORMAT,
            "run": run,
            **facts,
            "arrays": {array.name: _described(array, n, length) for array in shared},
            "model_arrays": {array.name: _described(array, n, length) for array in arrays},
            "done": 0,
        }
        with making_folder(path) as folder:
            _make_arrays(folder / ARRAYS, manifest)
            _write_manifest(folder, manifest)
        return cls(path, manifest)

    @classmethod
    def resume(cls, path: Path, run: dict[str, Any]) -> InterpretationWriter:
        """Open a folder to go on where it stopped.

        Raises
        ------
        ReadError
            It is damaged: all that is done is read once.
        DemoWidgetsError
            It was made by another run; the message names what differs.
        """
        from demo_widgets.interpret.stored.schema import (
            check_manifest,
            open_arrays,
            verify_blocks,
        )

        manifest = read_manifest(path)
        check_manifest(path, manifest)
        differences = list(_differences(manifest["run"], run))
        if differences:
            raise DemoWidgetsError(
                f"cannot go on with {path}: it was made with other settings "
                f"({'; '.join(differences)}); use those, replace it "
                "with overwrite=True, or write to another folder"
            )
        verify_blocks(open_arrays(path, path / ARRAYS, manifest), manifest["done"])
        writer = cls(path, manifest)
        for unfinished in (path / ARRAYS).rglob("*.partial"):
            unfinished.unlink()
        return writer

    def write(self, block: SequenceBlock, results: Mapping[str, dict[str, np.ndarray]]) -> None:
        """Write a block and its arrays by model name, then count it as done."""
        with naming(self.path / ARRAYS):
            self._write_arrays(block, results)
        self.manifest["done"] = block.start + len(block.names)
        _write_manifest(self.path, self.manifest)

    def _write_arrays(self, block: SequenceBlock, results: Mapping[str, dict]) -> None:
        rows = slice(block.start, block.start + len(block.names))
        self._arrays["names"][rows] = np.array(block.names, dtype=np.dtypes.StringDType())
        self._arrays["codes"][rows] = block.codes
        if block.labels is not None:
            self._arrays["labels"][rows] = block.labels
        for model, arrays in results.items():
            for name, values in arrays.items():
                self._arrays[f"models/{model}/{name}"][rows] = values


def _described(array: StoredArray, n: int, length: int) -> dict[str, Any]:
    return {
        "shape": list(array.shape(n, length)),
        "axes": list(array.axes),
        "dtype": _TYPES.get(array.name, "float32"),
        "unit": array.unit,
        "description": array.description,
    }


def _make_arrays(path: Path, manifest: dict[str, Any]) -> None:
    """Empty arrays: NaN, no name, code 4 and label -1 where nothing is written yet."""
    import zarr
    from zarr.codecs import ZstdCodec

    root = zarr.create_group(path)
    block = min(manifest["run"]["batch_size"], manifest["run"]["input"]["n_sequences"])
    empty = {"names": "", "codes": 4, "labels": -1}
    groups = [("", manifest["arrays"])]
    groups += [(f"models/{name}/", manifest["model_arrays"]) for name in manifest["run"]["models"]]
    for place, arrays in groups:
        for name, facts in arrays.items():
            array = root.create_array(
                place + name,
                shape=facts["shape"],
                chunks=(block, *facts["shape"][1:]),
                dtype=facts["dtype"],
                compressors=ZstdCodec(level=0, checksum=True),
                fill_value=empty.get(name, np.nan),
                dimension_names=facts["axes"],
            )
            array.attrs.update({"unit": facts["unit"], "description": facts["description"]})


def _write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    with replacing(path / MANIFEST) as temporary:
        temporary.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _differences(there: Any, now: Any, key: str = ""):
    """Say which settings of two runs differ, and how."""
    if isinstance(there, dict) and isinstance(now, dict):
        for each in dict.fromkeys([*there, *now]):
            inner = f"{key} {each}".strip().replace("_", " ")
            yield from _differences(there.get(each), now.get(each), inner)
    elif there != now:
        yield f"{key} is {_short(there)} there and {_short(now)} now"


def _short(value: Any) -> str:
    text = "none" if value is None else str(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 40 else text[:12] + "..."
