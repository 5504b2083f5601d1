"""Which output of a model file means "bound"."""

from __future__ import annotations

import os

from demo_widgets.errors import ModelError
from demo_widgets.models.check_model import check_classifier
from demo_widgets.models.class_score import ClassScore
from demo_widgets.models.quiet_tensorflow import keras

__all__ = ["check_target"]


def check_target(model: keras.Model, file: str | os.PathLike, target: int | None) -> None:
    """Refuse a model that has no output ``target``, or several and no ``target`` to choose one.

    Parameters
    ----------
    model
        As loaded from ``file``.
    file
        What the message names.
    target
        Output unit that means bound, from 0; ``None`` takes the usual one of up to two.

    Raises
    ------
    ModelError
        It is no classifier of one-hot DNA, or ``target`` is missing or not one of its outputs.
    """
    try:
        *_, outputs = check_classifier(model)
        if target is None and outputs > 2:
            raise ModelError(
                f"it has {outputs} outputs; say with target= which one means bound, 0 to "
                f"{outputs - 1}"
            )
        ClassScore.of(model, target)
    except ModelError as error:
        raise ModelError(f"{os.fspath(file)}: {error}") from error
