"""Training of a two-class network."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from demo_widgets.errors import Diverged
from demo_widgets.models.backends.keras_backend import KerasModel, keras_model_of
from demo_widgets.models.files.provenance import remember
from demo_widgets.models.model_facts import FloatArray, IntArray
from demo_widgets.models.quiet_tensorflow import keras, tf
from demo_widgets.models.score import SequenceModel
from demo_widgets.models.training.checkpoint import Checkpoint
from demo_widgets.models.training.devices import strategy_of, training_optimizer, training_twin
from demo_widgets.models.training.history import TrainingHistory, rank
from demo_widgets.models.training.preparation import Preparation, prepare
from demo_widgets.models.training.recipe import CLIP_NORM, DECAY_TO, cosine_learning_rate
from demo_widgets.models.training.step import train_step
from demo_widgets.sequences.dataset import SequenceDataset

__all__ = ["train"]


def train(
    model: keras.Model | SequenceModel,
    dataset: SequenceDataset,
    *,
    epochs: int = 40,
    validation: float | SequenceDataset = 0.1,
    learning_rate: float | None = None,
    decay_to: float = DECAY_TO,
    batch_size: int = 128,
    clip_norm: float = CLIP_NORM,
    augment_reverse_complement: bool = True,
    patience: int = 15,
    seed: int = 0,
    precision: str = "float32",
    devices: Sequence[str] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool = True,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
) -> TrainingHistory:
    """Train ``model`` in place on labelled sequences and keep its best weights.

    Cross-entropy, Adam, gradients clipped, learning rate falling along half a cosine. Each epoch
    shuffles the sequences and reverse-complements a random half of them (a TF binds both strands).
    After each epoch the AUROC of the held-out part is computed; the model ends with the weights of
    the best epoch, whether training ends by the last epoch, patience, an error or an interrupt.

    A model that was compiled keeps its optimizer, loss and metrics: none is used or changed.

    Parameters
    ----------
    model
        Keras model ``(batch, length, 4)`` -> ``(batch, 2)`` softmax or logits, or ``(batch, 1)``
        sigmoid or logit. Training starts from its current weights: build it with ``seed=`` for a
        reproducible run.
    dataset
        Sequences with labels 0 and 1.
    epochs
        Maximum number of epochs.
    validation
        Fraction held out, stratified, with shuffled negatives on the side of their source
        (:meth:`SequenceDataset.split`), or a separate labelled dataset.
    learning_rate
        Adam's rate in the first epoch; ``None`` uses the one tuned for the kind of network
        (:func:`demo_widgets.models.training.recipe.default_learning_rate`).
    decay_to
        Learning rate of the last epoch, as a fraction of the first.
    batch_size
        Sequences per step (batches of one epoch differ by at most one sequence).
    clip_norm
        Largest norm of the gradient of each weight array (paper: 5).
    augment_reverse_complement
        Reverse-complement a random half of the sequences of each epoch.
    patience
        Stop after this many epochs without improvement.
    seed
        Seed of split, shuffling, strands and dropout; no global generator is changed.
    precision
        ``"mixed_bfloat16"`` or ``"mixed_float16"`` compute in 16 bits, which is faster on some
        devices; the weights stay in ``"float32"`` (default).
    devices
        Devices that share each batch, such as ``["GPU:0", "GPU:1"]``; ``None`` uses all GPUs if
        there are several, otherwise TensorFlow's default device.
    checkpoint
        Folder for the state after each epoch. A killed run resumes from it when started again with
        the same arguments, with the history of an uninterrupted run.
    progress
        Show a progress bar (terminal or notebook).
    on_epoch
        Called after each epoch with its row of the history, on the calling thread. An error
        that it raises (such as :class:`demo_widgets.errors.Cancelled`) ends the training.

    Returns
    -------
    TrainingHistory
        ``.to_frame()`` has a row per epoch; ``.best_epoch`` and ``.best_auroc`` describe the kept
        epoch.

    Raises
    ------
    SequenceError
        If the labels are missing or of one class, in the training or the held-out part.
    ModelError
        If model and sequences do not fit, the loss is no longer finite, the checkpoint belongs to
        another run, or a device or precision is not available.

    Examples
    --------
    >>> model = build_cnn(seed=0)
    >>> history = train(model, read_sequences("train.fa.gz"), epochs=30, seed=0)
    >>> history.to_frame().validation_auroc.max()
    """
    model = keras_model_of(model)
    prepared = prepare(
        model,
        dataset,
        epochs=epochs,
        validation=validation,
        learning_rate=learning_rate,
        decay_to=decay_to,
        batch_size=batch_size,
        clip_norm=clip_norm,
        augment_reverse_complement=augment_reverse_complement,
        patience=patience,
        seed=seed,
        precision=precision,
    )
    recipe = prepared.recipe
    run = _Run(model, prepared, strategy_of(devices))
    keeper = Checkpoint(checkpoint, recipe) if checkpoint is not None else None
    if keeper is not None:
        run.resume(keeper)
    try:
        _loop(run, keeper, progress, on_epoch)
    finally:
        run.restore_best()
    history = TrainingHistory(tuple(run.epochs), recipe, stopped_early=len(run.epochs) < epochs)
    remember(model, history.summary())
    return history


def _loop(
    run: _Run,
    keeper: Checkpoint | None,
    progress: bool,
    on_epoch: Callable[[dict[str, float]], None] | None,
) -> None:
    from tqdm.auto import tqdm

    total = run.recipe["epochs"]
    with tqdm(
        total=total,
        initial=len(run.epochs),
        desc=run.model.name,
        unit="epoch",
        disable=not progress,
    ) as bar:
        while len(run.epochs) < total and run.epochs_since_best < run.recipe["patience"]:
            row = run.epoch()
            if keeper is not None:
                keeper.save(run.epochs, run.state())
            bar.set_postfix(
                loss=f"{row['loss']:.3f}",
                val_auroc=f"{row['validation_auroc']:.4f}",
                best=f"{run.best['validation_auroc']:.4f}",
            )
            bar.update()
            if on_epoch is not None:
                on_epoch(dict(row))


class _Run:
    """A training run between two epochs: weights, optimizer, dropout seeds, epochs so far."""

    def __init__(
        self,
        model: keras.Model,
        prepared: Preparation,
        strategy: tf.distribute.Strategy,
    ):
        self.model, self.recipe, self.prepared = model, prepared.recipe, prepared
        self.X, self.y = prepared.part.one_hot, prepared.labels.astype(np.int32)
        self.epochs: list[dict[str, float]] = []
        self.best_weights = model.get_weights()
        self.scored = KerasModel(model, task="binary")
        self.twin = training_twin(model, strategy, self.recipe["precision"])
        self.optimizer = training_optimizer(
            self.twin, strategy, self.recipe["clip_norm"], self.recipe["precision"]
        )
        self.dropout_seeds = [v for v in self.twin.variables if v.name == "seed_generator_state"]
        draws = np.random.default_rng([self.recipe["seed"], 0]).integers(
            2**31, size=len(model.variables)
        )
        for variable, draw in zip(self.dropout_seeds, draws, strict=False):
            variable.assign(np.array([draw, 0], dtype=variable.dtype))
        self.step = train_step(self.twin, self.optimizer, self.X.shape[1], strategy)

    @property
    def best(self) -> dict[str, float]:
        return max(self.epochs, key=rank)

    @property
    def epochs_since_best(self) -> int:
        return len(self.epochs) - int(self.best["epoch"]) if self.epochs else 0

    def epoch(self) -> dict[str, float]:
        """Run one epoch, compute the held-out AUROC, and keep the weights if they are the best."""
        started, recipe, number = time.perf_counter(), self.recipe, len(self.epochs) + 1
        rate = cosine_learning_rate(
            recipe["learning_rate"], number, recipe["epochs"], recipe["decay_to"]
        )
        self.optimizer.learning_rate = rate
        losses = []
        for batch, flipped in self._batches(number):
            x = self.X[batch]
            x[flipped] = x[flipped, ::-1, ::-1]
            losses.append(float(self.step(x, self.y[batch])) * len(batch))
            if not np.isfinite(losses[-1]):
                raise self._diverged(number, rate)
        if self.twin is not self.model:
            self.model.set_weights(self.twin.get_weights())
        p = self.scored.predict(self.prepared.held_out.one_hot)
        if not np.isfinite(p).all():
            raise self._diverged(number, rate)
        row = {
            "epoch": number,
            "loss": sum(losses) / len(self.X),
            **_held_out_metrics(self.prepared.held_out_labels, p),
            "learning_rate": rate,
            "seconds": time.perf_counter() - started,
        }
        self.epochs.append(row)
        if self.best is row:
            self.best_weights = self.model.get_weights()
        return row

    def _diverged(self, number: int, rate: float) -> Diverged:
        return Diverged(
            f"model {self.model.name!r}: the loss is no longer finite in epoch {number}, at "
            f"learning rate {rate:.3g}; the model keeps its best weights so far. Start again "
            f"from fresh weights with a smaller learning_rate"
        )

    def _batches(self, number: int) -> Iterator[tuple[IntArray, npt.NDArray[np.bool_]]]:
        """Yield the indices of each batch and which to reverse-complement, for one epoch.

        The generator is seeded by (seed, epoch), so a resumed run uses the same batches.
        """
        rng = np.random.default_rng([self.recipe["seed"], number])
        order = rng.permutation(len(self.X))
        flips = rng.random(len(self.X)) < 0.5 * self.recipe["augment_reverse_complement"]
        for batch in np.array_split(order, -(-len(order) // self.recipe["batch_size"])):
            yield batch, flips[batch]

    def state(self) -> dict[str, list[np.ndarray]]:
        """Return all arrays that the next epoch depends on, and the best weights."""
        return {
            "weights": self.model.get_weights(),
            "best": self.best_weights,
            "optimizer": [np.asarray(v) for v in self.optimizer.variables],
            "dropout": [np.asarray(v) for v in self.dropout_seeds],
        }

    def resume(self, keeper: Checkpoint) -> None:
        """Restore the state stored in ``keeper``, if there is one."""
        found = keeper.load(like=self.state())
        if found is None:
            return
        self.epochs, groups = found
        self.model.set_weights(groups["weights"])
        if self.twin is not self.model:
            self.twin.set_weights(groups["weights"])
        self.best_weights = groups["best"]
        for variables, name in [
            (self.optimizer.variables, "optimizer"),
            (self.dropout_seeds, "dropout"),
        ]:
            for variable, value in zip(variables, groups[name], strict=True):
                variable.assign(value)

    def restore_best(self) -> None:
        self.model.set_weights(self.best_weights)


def _held_out_metrics(labels: IntArray, p: FloatArray) -> dict[str, float]:
    from sklearn.metrics import log_loss, roc_auc_score

    return {
        "validation_loss": float(log_loss(labels, p.astype(np.float64), labels=[0, 1])),
        "validation_auroc": float(roc_auc_score(labels, p)),
    }
