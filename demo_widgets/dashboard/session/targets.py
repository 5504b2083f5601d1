"""The explained output of each model, and the model's name in the dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo_widgets.errors import ModelError
from demo_widgets.models.score import SequenceModel, sequence_model

__all__ = ["scored_models"]


def scored_models(models: Any, target: int | Mapping[str, int] | None) -> dict[str, SequenceModel]:
    """Return the class score of each model, by the name that the dashboard shows.

    The name includes the explained output if it is not the default one: "(class 3)" is added for
    models with several outputs, and for a ``target`` other than 1.

    Parameters
    ----------
    models
        Name -> ``SequenceModel``, Keras model, function, or ``(model, target)`` pair; or one of
        these.
    target
        The output that means "bound": one for all models, or name -> output.

    Raises
    ------
    ModelError
        There is no model, one cannot be used, or its target is missing or not one of its outputs.
    """
    if not isinstance(models, Mapping):
        model = models[0] if _is_pair(models) else models
        models = {getattr(model, "name", "model"): models}
    if not models:
        raise ModelError("models is empty: give at least one Keras model, e.g. {'CNN': model}")
    if isinstance(target, Mapping):
        unknown = [name for name in target if name not in models]
        if unknown:
            raise ModelError(
                f"target names {', '.join(map(repr, unknown))}, which are not in models; models "
                f"has {', '.join(map(repr, models))}"
            )
    scores: dict[str, SequenceModel] = {}
    for name, entry in models.items():
        wanted = target.get(name) if isinstance(target, Mapping) else target
        if _is_pair(entry):
            entry, own = entry
            if wanted is not None and wanted != own:
                raise ModelError(
                    f"models[{name!r}] is a pair with target {own!r}, but target= gives "
                    f"{wanted!r}: set it in one place"
                )
            wanted = own
        try:
            score = sequence_model(entry, wanted)
        except ModelError as error:
            if len(models) == 1:
                raise
            raise ModelError(
                f"models[{name!r}]: {error} (for this model alone: target={{{name!r}: ...}})"
            ) from error
        usual = score.target == 1 and score.kind != "class_logit" and score.output.units <= 2
        scores[str(name) if usual else f"{name} (class {score.target})"] = score
    return scores


def _is_pair(entry: Any) -> bool:
    return isinstance(entry, tuple) and len(entry) == 2
