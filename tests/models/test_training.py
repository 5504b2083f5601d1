from __future__ import annotations

import random

import keras
import numpy as np
import pytest

from demo_widgets.errors import ModelError, SequenceError
from demo_widgets.models import build_cnn_rnn, build_rnn, evaluate, predict, train
from demo_widgets.models.training.recipe import cosine_learning_rate, default_learning_rate
from demo_widgets.models.training.step import loss_of
from demo_widgets.sequences import SequenceDataset

QUICK = {"epochs": 6, "learning_rate": 0.02, "batch_size": 32, "progress": False}


def test_a_planted_motif_is_learned_in_a_few_epochs(small_cnn, planted, planted_test):
    model = small_cnn()
    assert evaluate(model, planted_test)["auroc"] < 0.8
    train(model, planted, **QUICK)
    assert evaluate(model, planted_test)["auroc"] > 0.95


@pytest.mark.parametrize(
    ("units", "activation"), [(2, "softmax"), (2, None), (1, "sigmoid"), (1, None)]
)
def test_every_two_class_output_can_be_trained(planted, planted_test, units, activation):
    keras_model = keras.Sequential(
        [
            keras.layers.Input((None, 4)),
            keras.layers.Conv1D(16, 9, activation="relu", kernel_initializer=_glorot(1)),
            keras.layers.GlobalMaxPooling1D(),
            keras.layers.Dense(units, activation=activation, kernel_initializer=_glorot(2)),
        ]
    )
    history = train(keras_model, planted, **QUICK)
    assert evaluate(keras_model, planted_test)["auroc"] > 0.9
    p = predict(keras_model, planted)
    loss = -np.mean(np.log(np.where(planted.labels == 1, p, 1 - p)))
    assert loss < history.epochs[0]["loss"]


def test_the_best_weights_are_left_not_the_last(small_cnn, planted, planted_test):
    # Labels drawn at random: the held-out AUROC wobbles around one half.
    coins = np.random.default_rng(0).permutation(planted_test.labels)
    held_out = SequenceDataset(planted_test.sequences, labels=coins)
    kept = {}
    model = small_cnn()

    def keep(row):
        kept[row["epoch"]] = model.get_weights()

    history = train(model, planted, validation=held_out, on_epoch=keep, **QUICK)
    frame = history.to_frame()
    assert history.best_epoch == frame.validation_auroc.idxmax()
    assert history.best_epoch < len(frame), "the last epoch is the best: the test shows nothing"
    for left, best in zip(model.get_weights(), kept[history.best_epoch], strict=True):
        np.testing.assert_array_equal(left, best)
    assert evaluate(model, held_out)["auroc"] == history.best_auroc


def test_patience_stops_a_run_that_no_longer_improves(small_cnn, planted):
    history = train(small_cnn(), planted, patience=2, **{**QUICK, "epochs": 60})
    assert history.stopped_early
    assert len(history.epochs) == history.best_epoch + 2


def test_the_same_seed_gives_the_same_run(planted):
    runs = []
    for seed in (0, 0, 1):
        model = build_cnn_rnn(filters=8, units=4, seed=3)
        history = train(model, planted, seed=seed, **{**QUICK, "epochs": 2})
        runs.append((history.to_frame().drop(columns="seconds"), model.get_weights()))
    (first, weights), (again, weights_again), (other, _) = runs
    assert first.equals(again)
    assert all(np.array_equal(a, b) for a, b in zip(weights, weights_again, strict=True))
    assert not first.equals(other)


def test_global_random_state_is_untouched(small_cnn, planted):
    random.seed(7)
    np.random.seed(7)
    python_state, numpy_state = random.getstate(), np.random.get_state()
    train(small_cnn(), planted, **{**QUICK, "epochs": 1})
    assert random.getstate() == python_state
    assert all(
        np.array_equal(a, b) for a, b in zip(np.random.get_state(), numpy_state, strict=True)
    )


def test_a_compiled_model_keeps_its_optimizer(small_cnn, planted):
    model = small_cnn()
    model.compile(keras.optimizers.SGD(0.3), "sparse_categorical_crossentropy")
    before = model.optimizer
    train(model, planted, **{**QUICK, "epochs": 1})
    assert model.optimizer is before
    assert int(before.iterations) == 0


def test_the_data_are_not_changed(small_cnn, planted):
    before = planted.one_hot.copy()
    train(small_cnn(), planted, **{**QUICK, "epochs": 1})
    np.testing.assert_array_equal(planted.one_hot, before)


def test_pairs_never_straddle_the_split(small_cnn, planted):
    from demo_widgets.models.training.preparation import _parts

    for seed in range(5):
        part, held_out = _parts(planted, 0.2, seed)
        assert not set(part.metadata["pair"]) & set(held_out.metadata["pair"])
        assert len(part) + len(held_out) == len(planted)
        assert held_out.labels.mean() == pytest.approx(0.5)


def test_augmentation_makes_the_strands_agree(planted):
    gaps = {}
    for augment in (True, False):
        model = build_rnn(units=4, seed=1)
        train(model, planted, augment_reverse_complement=augment, **{**QUICK, "epochs": 4})
        forward, reverse = predict(model, planted), predict(model, planted.one_hot[:, ::-1, ::-1])
        gaps[augment] = np.abs(forward - reverse).mean() / np.std(forward)
    assert gaps[True] < gaps[False]


def test_a_diverging_loss_is_an_error_and_the_best_weights_stay(small_cnn, planted):
    model = small_cnn()
    rows = []

    def spoil(row):
        rows.append(row)
        model.get_layer("conv1").kernel.assign(model.get_layer("conv1").kernel * np.nan)

    with pytest.raises(ModelError, match="no longer finite in epoch 2.*smaller learning_rate"):
        train(model, planted, on_epoch=spoil, **QUICK)
    assert len(rows) == 1
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_an_interrupt_leaves_the_best_weights(small_cnn, planted):
    model = small_cnn()
    kept = []

    def interrupt(row):
        kept.append(model.get_weights())
        if row["epoch"] == 2:
            model.get_layer("bound").kernel.assign(model.get_layer("bound").kernel * 0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(model, planted, on_epoch=interrupt, **QUICK)
    assert any(
        all(np.array_equal(a, b) for a, b in zip(model.get_weights(), weights, strict=True))
        for weights in kept
    )


def _unlabelled(data):
    return SequenceDataset(data.sequences, name="plain")


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        (_unlabelled, {}, SequenceError, "'plain': it has no labels"),
        (lambda d: d[d.labels == 1], {}, SequenceError, "300 of its 300 sequences are bound"),
        (lambda d: d.one_hot, {}, SequenceError, "got ndarray, expected a SequenceDataset"),
        (lambda d: d, {"validation": 0}, SequenceError, "validation: got 0"),
        (lambda d: d, {"validation": 1.5}, SequenceError, "validation: got 1.5"),
        (lambda d: d, {"epochs": 0}, ModelError, "epochs: got 0"),
        (lambda d: d, {"batch_size": 2.5}, ModelError, "batch_size: got 2.5"),
        (lambda d: d, {"epochs": float("nan")}, ModelError, "epochs: got nan"),
        (lambda d: d, {"epochs": "ten"}, ModelError, "epochs: got 'ten'"),
        (lambda d: d, {"learning_rate": 0.0}, ModelError, "learning_rate: got 0.0"),
        (lambda d: d, {"learning_rate": -0.01}, ModelError, "learning_rate: got -0.01"),
        (lambda d: d, {"clip_norm": 0}, ModelError, "clip_norm: got 0"),
        (lambda d: d, {"decay_to": float("inf")}, ModelError, "decay_to: got inf"),
        (lambda d: d, {"seed": -1}, SequenceError, "seed is -1"),
    ],
)
def test_bad_input_is_named(small_cnn, planted, change, options, error, message):
    with pytest.raises(error, match=message):
        train(small_cnn(), change(planted), **{**QUICK, **options})


def test_a_validation_set_without_labels_is_refused(small_cnn, planted):
    with pytest.raises(SequenceError, match="validation part .* no labels"):
        train(small_cnn(), planted, validation=_unlabelled(planted), **QUICK)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: _dense_model((101, 4), 2, "softmax"), "takes sequences of 101 bases.*have 40"),
        (lambda: _dense_model((40, 5), 2, "softmax"), r"\(None, 40, 5\)"),
        (lambda: _dense_model((40, 4), 3, "softmax"), "3 outputs"),
        (lambda: _dense_model((40, 4), 1, "tanh"), "tanh"),
    ],
)
def test_a_model_that_does_not_fit_is_named(planted, model, message):
    with pytest.raises(ModelError, match=message):
        train(model(), planted, **QUICK)


def test_the_loss_is_that_of_what_the_model_ends_in_not_of_its_last_layer(planted):
    x = keras.Input((40, 4))
    z = keras.layers.Dense(1)(keras.layers.Flatten()(x))
    squashed = keras.Model(x, 0.5 * (keras.ops.tanh(z) + 1))
    with pytest.raises(ModelError, match="unknown activation"):
        train(squashed, planted, **QUICK)
    y = np.array([1, 0, 1])
    X = planted.one_hot[:3]
    for model in (keras.Model(x, keras.ops.sigmoid(z)), keras.Model(x, z)):
        p = predict(model, X)
        wanted = -np.log(np.where(y == 1, p, 1 - p))
        np.testing.assert_allclose(loss_of(model)(y, model(X)), wanted, atol=1e-5)


def test_a_subclassed_model_is_refused_with_a_way_out(planted):
    class Custom(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = _dense_model((40, 4), 1, "sigmoid")

        def call(self, x, training=False):
            return self.inner(x)

    model = Custom()
    model(planted.one_hot[:1])
    with pytest.raises(ModelError, match="subclassed model.*model.fit"):
        train(model, planted, **QUICK)


def test_default_learning_rate_follows_the_kind_of_network(small_cnn):
    nested = keras.Sequential([keras.layers.Input((None, 4)), build_rnn(units=2)])
    rates = [default_learning_rate(m) for m in (small_cnn(), build_rnn(), nested)]
    assert rates == [0.002, 0.01, 0.01]
    assert default_learning_rate(_dense_model((40, 4), 1, "sigmoid")) == 0.001


def test_learning_rate_falls_from_start_to_floor():
    rates = [cosine_learning_rate(0.01, epoch, 10, 0.05) for epoch in range(1, 11)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[-1] == pytest.approx(0.0005)
    assert all(a > b for a, b in zip(rates, rates[1:], strict=False))
    assert cosine_learning_rate(0.01, 1, 1, 0.05) == pytest.approx(0.01)


def _glorot(seed):
    return keras.initializers.GlorotUniform(seed=seed)


def _dense_model(shape, units, activation):
    return keras.Sequential(
        [
            keras.layers.Input(shape),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation=activation),
        ]
    )
