"""The state of a training run on disk, so that a killed run can be resumed."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from demo_widgets.errors import ModelError
from demo_widgets.files import replacing
from demo_widgets.models.training.recipe import recipe_differences

__all__ = ["Checkpoint", "CheckpointError"]

_STATE = "training_state.npz"
_ANEW = "delete it or give another folder"


class CheckpointError(ModelError):
    """A checkpoint that cannot be resumed; ``args`` are the problem and the remedy."""

    def __str__(self) -> str:
        return "; ".join(self.args)


class Checkpoint:
    """One file ``training_state.npz`` in ``folder``, rewritten as a whole after each epoch.

    It holds named groups of arrays (weights, best weights, optimizer, dropout seeds) and a
    JSON text with the recipe and the epochs so far. It is read without pickle.

    Parameters
    ----------
    folder
        Created if missing.
    recipe
        Settings of the run. A file of another recipe is refused, because the resumed history would
        mix two runs.
    """

    def __init__(self, folder: str | os.PathLike[str], recipe: dict[str, Any]):
        self.path = Path(folder) / _STATE
        self.recipe = recipe

    def save(self, epochs: list[dict[str, float]], groups: dict[str, list[np.ndarray]]) -> None:
        """Write the state after the last of ``epochs``, replacing the file in one step."""
        arrays: dict[str, Any] = {
            f"{name}/{i}": a for name, group in groups.items() for i, a in enumerate(group)
        }
        text = json.dumps({"recipe": self.recipe, "epochs": epochs})
        with replacing(self.path) as temporary:
            np.savez(temporary, state=np.array(text), **arrays)

    def load(
        self, like: dict[str, list[np.ndarray]]
    ) -> tuple[list[dict[str, float]], dict[str, list[np.ndarray]]] | None:
        """Return the epochs and array groups, or ``None`` if nothing was written yet.

        Parameters
        ----------
        like
            Arrays of the current model in the groups of :meth:`save`; the stored ones must have the
            same shapes.

        Raises
        ------
        CheckpointError
            If the file cannot be read, or is of another run or another network.
        """
        if not self.path.exists():
            return None
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                state = json.loads(str(stored["state"]))
                groups = {
                    name: [stored[f"{name}/{i}"] for i in range(len(group))]
                    for name, group in like.items()
                }
                surplus = len(stored.files) - 1 - sum(map(len, groups.values()))
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
            raise CheckpointError(
                f"checkpoint {self.path}: cannot be read as a training state of this model "
                f"({error})",
                _ANEW,
            ) from error
        self._check_recipe(state["recipe"])
        same = all(
            [a.shape for a in group] == [a.shape for a in like[name]]
            for name, group in groups.items()
        )
        if surplus or not same:
            raise CheckpointError(
                f"checkpoint {self.path}: it belongs to a network with other weight shapes", _ANEW
            )
        return state["epochs"], groups

    def _check_recipe(self, stored: dict[str, Any]) -> None:
        if differences := recipe_differences(stored, self.recipe):
            raise CheckpointError(
                f"checkpoint {self.path}: it was written by a run with other settings "
                f"({differences})",
                f"use those settings, {_ANEW}",
            )
