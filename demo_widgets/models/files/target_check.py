"""The output of a model file that means "bound"."""

from __future__ import annotations

import os

from demo_widgets.errors import ModelError
from demo_widgets.models.score import SequenceModel, sequence_model

__all__ = ["check_target"]


def check_target(model: SequenceModel, file: str | os.PathLike[str], target: int | None) -> None:
    """Raise an error if ``target`` is missing or not an output of the model.

    Parameters
    ----------
    model
        As loaded from ``file``.
    file
        File name for the message.
    target
        Output unit that means bound, from 0; ``None`` for the default of up to two outputs.

    Raises
    ------
    ModelError
        It is not a classifier of one-hot DNA, or ``target`` is missing or not one of its outputs.
    """
    try:
        outputs = len(model.outputs)
        if target is None and outputs > 2:
            raise ModelError(
                f"it has {outputs} outputs; set target= to the one that means bound, 0 to "
                f"{outputs - 1}"
            )
        _ = sequence_model(model, target).output
    except ModelError as error:
        raise ModelError(f"{os.fspath(file)}: {error}") from error
