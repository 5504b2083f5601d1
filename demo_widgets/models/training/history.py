"""The history of a training, by epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TrainingHistory"]


@dataclass(frozen=True)
class TrainingHistory:
    """The record that :func:`demo_widgets.models.train` returns.

    Attributes
    ----------
    epochs
        One dictionary per epoch: ``epoch`` (from 1), ``loss`` (mean cross-entropy of the
        training batches, in nats, with dropout on), ``validation_loss``, ``validation_auroc``,
        ``learning_rate``, ``seconds``.
    recipe
        Settings and data of the run, in JSON types: optimizer, learning rate,
        batch size, seed, augmentation, fingerprint of the data, sizes of the two parts.
    stopped_early
        Whether patience ended the training before the last epoch.
    """

    epochs: tuple[dict[str, float], ...]
    recipe: dict[str, Any]
    stopped_early: bool = False

    @property
    def best(self) -> dict[str, float]:
        """The epoch whose weights were kept; see :func:`rank`."""
        return max(self.epochs, key=rank)

    @property
    def best_epoch(self) -> int:
        """Number of the best epoch, counted from 1."""
        return int(self.best["epoch"])

    @property
    def best_auroc(self) -> float:
        """Validation AUROC of the best epoch."""
        return float(self.best["validation_auroc"])

    def to_frame(self) -> pd.DataFrame:
        """One row per epoch, indexed by epoch number, with a ``best`` column."""
        import pandas as pd

        frame = pd.DataFrame(list(self.epochs)).set_index("epoch")
        frame["best"] = frame.index == self.best_epoch
        return frame

    def summary(self) -> dict[str, Any]:
        """Return the metadata stored with the weights: recipe, best epoch and its metrics."""
        return {
            **self.recipe,
            "epochs_run": len(self.epochs),
            "stopped_early": self.stopped_early,
            "best_epoch": self.best_epoch,
            "validation_auroc": self.best_auroc,
            "validation_loss": float(self.best["validation_loss"]),
        }

    def __repr__(self) -> str:
        end = "stopped early" if self.stopped_early else "ran to the end"
        return (
            f"TrainingHistory({len(self.epochs)} epochs, {end}; best epoch {self.best_epoch}: "
            f"validation AUROC {self.best_auroc:.4f})"
        )


def rank(epoch: dict[str, float]) -> tuple[float, float]:
    """Sort key of epochs: higher validation AUROC, then lower validation loss.

    With a saturated AUROC of 1.0, the epoch with the best calibration is chosen.
    """
    return epoch["validation_auroc"], -epoch["validation_loss"]
