"""Situations in which a number was wrong without a word, each with others of its kind.

Every model is compared with itself: its own layers called by hand, one call for each mutant, prefix
or suffix, and the gradient of TensorFlow's tape.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import demo_widgets as dw
from demo_widgets.errors import ModelError
from tests.exactness.random_parts import MIXING, chain

LENGTH = 34
MOTIF = "AGATAAGG"

X = np.eye(4, dtype="float32")[np.random.default_rng(5).integers(4, size=(2, LENGTH))]


# Building


def shaken(model: keras.Model, seed: int = 3) -> keras.Model:
    """Weights large enough that every base counts, and no probability is near 0 or 1."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        value = rng.normal(scale=1.5 / np.sqrt(max(weight.shape[0], 2)), size=weight.shape)
        weight.assign(np.abs(value) + 0.5 if "variance" in weight.path else value)
    for _ in range(30):
        said = np.concatenate([np.asarray(part) for part in tf.nest.flatten(model(X))], axis=1)
        probabilities = said.min() >= 0 and said.max() <= 1
        if not probabilities or (said.min() > 0.02 and said.max() < 0.98):
            break
        for weight in model.weights:
            weight.assign(0.8 * weight)
    return model


def functional(*parts, length: int | None = None) -> keras.Model:
    x = keras.Input((length, 4))
    return shaken(keras.Model(x, chain(*parts)(x)))


def sigmoid(units: int = 1) -> layers.Layer:
    return layers.Dense(units, activation="sigmoid")


def conv() -> layers.Layer:
    return layers.Conv1D(6, 5, activation="relu")


def both_strands(part: Callable) -> Callable:
    return lambda x: [part(x), part(ops.flip(x, (1, 2)))]


# What the model itself says


def logit(p) -> np.ndarray:
    p = np.asarray(p, np.float64)
    return np.log(p) - np.log1p(-p)


def mutants(x: np.ndarray) -> np.ndarray:
    """``(L * 4, L, 4)``: every base at every position of ``(L, 4)``."""
    made = np.repeat(x[None], 4 * len(x), axis=0)
    row = np.arange(len(made))
    made[row, row // 4] = np.eye(4)[row % 4]
    return made


def effects_by_hand(score: Callable, x: np.ndarray) -> np.ndarray:
    found = (np.asarray(score(mutants(x))) - np.asarray(score(x[None]))).reshape(-1, 4)
    return np.where(x == 1, 0, found)


def gradient_by_hand(score: Callable, X: np.ndarray) -> np.ndarray:
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        s = score(x)
    return tape.gradient(s, x).numpy()


def assert_close(found, expected, share: float = 1e-3):
    """Equal but for a share of the largest number."""
    expected = np.asarray(expected)
    assert np.abs(expected).max() > 1e-6, "the expected numbers must not be zero"
    np.testing.assert_allclose(found, expected, rtol=0, atol=share * np.abs(expected).max())


def assert_explained_as(model, score: Callable, predicted, X: np.ndarray = X, **options):
    """Prediction, score, gradient and mutagenesis are those of ``score``, a TensorFlow function."""
    np.testing.assert_allclose(dw.predict(model, X, **options), predicted, rtol=1e-5, atol=1e-6)
    saliency = dw.saliency_map(model, X, **options)
    assert_close(saliency.scores, score(tf.constant(X)), 1e-4)
    assert_close(saliency.gradient, gradient_by_hand(score, X))
    found = dw.in_silico_mutagenesis(model, X[:1], **options).effects[0]
    assert_close(found, effects_by_hand(lambda x: score(tf.constant(x)), X[0]))


def assert_one_logit(model, X: np.ndarray = X):
    """As above, for a sigmoid whose probabilities are moderate."""

    def score(x):
        p = tf.cast(model(x), tf.float64)[:, 0]
        return tf.math.log(p) - tf.math.log1p(-p)

    assert_explained_as(model, score, np.asarray(model(X))[:, 0], X)


# A head of a nested model that is not the first


def list_of_heads(i, h):
    return [sigmoid()(h), sigmoid()(h)], lambda found: found[1]


def dict_of_heads(i, h):
    return {"a": sigmoid()(h), "b": sigmoid()(h)}, lambda found: found["b"]


def heads_of_other_widths(i, h):
    return [layers.Dense(3, activation="softmax")(h), sigmoid()(h)], lambda found: found[1]


def hidden_features(i, h):
    pooled = layers.GlobalAveragePooling1D()(conv()(i))
    return [h, pooled], lambda found: sigmoid()(found[1])


def positions_of_the_second(i, h):
    maps = [layers.Conv1D(6, 5)(i), layers.Conv1D(6, 7, padding="same")(i)]
    return maps, lambda found: sigmoid()(layers.GlobalMaxPooling1D()(found[1]))


def both_features(i, h):
    return [h, layers.GlobalAveragePooling1D()(i)], lambda found: sigmoid()(
        layers.Concatenate()(found[::-1])
    )


@pytest.mark.parametrize(
    "heads",
    [list_of_heads, dict_of_heads, heads_of_other_widths, hidden_features,
     positions_of_the_second, both_features],
)  # fmt: skip
@pytest.mark.parametrize("deep", [1, 2])
def test_the_head_that_is_used_is_explained(heads, deep):
    i = keras.Input((None, 4))
    outputs, use = heads(i, layers.GlobalMaxPooling1D()(conv()(i)))
    inner = keras.Model(i, outputs)
    for _ in range(deep - 1):
        again = keras.Input((None, 4))
        inner = keras.Model(again, inner(again))
    x = keras.Input((None, 4))
    assert_one_logit(shaken(keras.Model(x, use(inner(x)))))


def test_a_head_may_be_taken_without_calling_the_nested_model():
    i = keras.Input((None, 4))
    h = layers.GlobalMaxPooling1D()(conv()(i))
    base = keras.Model(i, [sigmoid()(h), sigmoid()(h)])
    assert_one_logit(shaken(keras.Model(base.inputs, base.outputs[1])))


def test_states_of_a_nested_encoder_are_read_in_time():
    i = keras.Input((None, 4))
    encoder = keras.Model(i, list(layers.LSTM(5, return_state=True)(i)))
    x = keras.Input((None, 4))
    model = shaken(keras.Model(x, sigmoid()(encoder(x)[2])))
    assert_one_logit(model)
    assert_read_in_time(model)


def test_every_output_of_several_is_a_model_of_its_own():
    i = keras.Input((None, 4))
    h = layers.GlobalMaxPooling1D()(conv()(i))
    named = {"bound": sigmoid()(h), "open": sigmoid()(h)}
    model = shaken(keras.Model(i, named))
    said = {name: np.asarray(values)[:, 0] for name, values in model(X).items()}
    wrapped = dw.SequenceModel(model, output="open")
    assert set(wrapped.outputs) == {"bound", "open"}
    np.testing.assert_allclose(wrapped.predict(X), said["open"], atol=1e-6)
    np.testing.assert_allclose(dw.predict(wrapped.select("bound"), X), said["bound"], atol=1e-6)
    assert_close(wrapped.score(X), logit(said["open"]), 1e-4)


# An activation that lets positions see each other


ENDS = {
    "max": lambda: layers.GlobalMaxPooling1D(),
    "mean": lambda: layers.GlobalAveragePooling1D(),
    "windows": lambda: chain(layers.MaxPooling1D(3), conv(), layers.GlobalMaxPooling1D()),
    "LSTM": lambda: chain(layers.LSTM(5, return_sequences=True), layers.GlobalMaxPooling1D()),
    "bidirectional LSTM": lambda: layers.Bidirectional(layers.LSTM(5)),
}
PLACES = {
    "Activation": lambda f: [layers.Conv1D(6, 5), layers.Activation(f)],
    "Conv1D": lambda f: [layers.Conv1D(6, 5, activation=f)],
    "Dense": lambda f: [layers.Conv1D(6, 5), layers.Dense(5, activation=f)],
    "Lambda": lambda f: [layers.Conv1D(6, 5), layers.Lambda(f)],
    "keras.ops": lambda f: [layers.Conv1D(6, 5), f],
    "TimeDistributed": lambda f: [
        layers.Conv1D(6, 5, activation=f),
        layers.TimeDistributed(layers.Dense(4, activation=lambda t: t * ops.softmax(t, axis=-1))),
    ],
}


@pytest.mark.parametrize(
    ("mixing", "end"),
    [
        (mixing, end)
        for mixing in ("softmax over positions", "minus mean over positions")
        for end in ENDS
        if (mixing, end) != ("softmax over positions", "mean")  # which is the same for all input
    ],
)
def test_an_activation_over_positions_is_in_every_mutant(mixing, end):
    assert_one_logit(functional(*PLACES["Activation"](MIXING[mixing]), ENDS[end](), sigmoid()))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("mixing", ["over the largest position", "running sum"])
def test_wherever_an_activation_over_positions_stands(place, mixing):
    make = PLACES[place](MIXING[mixing])
    assert_one_logit(functional(*make, layers.GlobalAveragePooling1D(), sigmoid()))


@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.GroupNormalization(1),
        lambda: layers.UnitNormalization(axis=1),
        lambda: layers.Softmax(axis=1),
        lambda: layers.Softmax(axis=(1, 2)),
        lambda: layers.LayerNormalization(axis=(1, 2)),
        lambda: layers.BatchNormalization(axis=1),
    ],
    ids=["group norm", "unit norm", "softmax", "softmax of all", "layer norm of all", "batch norm"],
)
def test_a_layer_over_positions_is_in_every_mutant(layer):
    made = layers.Conv1D(6, 5, padding="same"), layer(), layers.GlobalMaxPooling1D(), sigmoid()
    assert_one_logit(functional(*made, length=LENGTH))


def test_mutagenesis_and_pairs_agree_about_single_effects():
    mixed = PLACES["Activation"](MIXING["softmax over positions"])
    model = functional(*mixed, layers.GlobalMaxPooling1D(), sigmoid())
    single = dw.in_silico_mutagenesis(model, X[:1]).effects[0, 10:14]
    assert_close(dw.pair_mutagenesis(model, X[:1], (10, 14)).effects, single)


# What temporal scores read


def assert_read_in_time(model, X: np.ndarray = X[:, :9]):
    """Every forward and backward score is the whole model on that prefix or suffix."""
    found = dw.temporal_output_scores(model, X)
    length = X.shape[1]
    forward = [np.asarray(model(X[:, : t + 1]))[:, 0] for t in range(length)]
    backward = [np.asarray(model(X[:, t:]))[:, 0] for t in range(length)]
    assert np.ptp(forward) > 1e-3
    np.testing.assert_allclose(found.forward, np.stack(forward, axis=1), atol=1e-5)
    np.testing.assert_allclose(found.backward, np.stack(backward, axis=1), atol=1e-5)
    whole = np.asarray(model(X))[:, 0]
    for end in (found.forward[:, -1], found.backward[:, 0], found.prediction):
        np.testing.assert_allclose(end, whole, atol=1e-5)


def one_state(layer: layers.Layer, which: int) -> Callable:
    return lambda x: layer(x)[which]


LSTM_STATES = {"return_state": True}
STATES = {
    "cell state": lambda: one_state(layers.LSTM(5, **LSTM_STATES), 2),
    "last output": lambda: one_state(layers.LSTM(5, **LSTM_STATES), 1),
    "GRU state": lambda: one_state(layers.GRU(5, **LSTM_STATES), 1),
    "cell state, from the right": lambda: one_state(
        layers.LSTM(5, go_backwards=True, **LSTM_STATES), 2
    ),
    "cell state of an RNN": lambda: one_state(layers.RNN(layers.LSTMCell(5), return_state=True), 2),
    "cell state, sequences returned": lambda: one_state(
        layers.LSTM(5, return_sequences=True, **LSTM_STATES), 2
    ),
    **{
        f"{which} of Bidirectional({merge})": lambda merge=merge, place=place: one_state(
            layers.Bidirectional(layers.LSTM(5, **LSTM_STATES), merge_mode=merge), place
        )
        for merge, which, place in (
            ("concat", "forward h", 1),
            ("concat", "backward h", 3),
            ("sum", "forward h", 1),
            ("mul", "forward c", 2),
            ("ave", "backward h", 3),
        )
    },
    "backward output of Bidirectional(None)": lambda: one_state(
        layers.Bidirectional(layers.LSTM(5), merge_mode=None), 1
    ),
    "backward state of a bidirectional GRU": lambda: one_state(
        layers.Bidirectional(layers.GRU(5, **LSTM_STATES)), 2
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_the_state_that_is_used_is_read_in_time(state):
    assert_read_in_time(functional(STATES[state](), sigmoid()))


@pytest.mark.parametrize(
    "state",
    ["cell state", "forward h of Bidirectional(sum)", "backward h of Bidirectional(concat)"],
)
def test_the_state_that_is_used_is_explained(state):
    assert_one_logit(functional(STATES[state](), sigmoid()))


def test_a_state_after_a_convolution_ends_at_the_prediction():
    model = functional(conv(), STATES["cell state"](), sigmoid())
    found, whole = dw.temporal_output_scores(model, X), np.asarray(model(X))[:, 0]
    for end in (found.forward[:, -1], found.backward[:, 0], found.prediction):
        np.testing.assert_allclose(end, whole, atol=1e-5)


@pytest.mark.parametrize("mixing", MIXING)
def test_an_activation_over_time_sees_only_what_was_read(mixing):
    states = layers.Bidirectional(layers.GRU(5, return_sequences=True))
    pool = layers.GlobalMaxPooling1D() if "mean" in mixing else layers.GlobalAveragePooling1D()
    over_time = chain(layers.Activation(MIXING[mixing]), layers.Dense(4, activation="tanh"))
    assert_read_in_time(functional(states, over_time, pool, sigmoid()))


@pytest.mark.parametrize(
    "between",
    [
        lambda f: [layers.Dense(5, activation=f)],
        lambda f: [layers.Lambda(f)],
        lambda f: [layers.Softmax(axis=1)],
        lambda f: [layers.UnitNormalization(axis=1)],
        lambda f: [layers.GroupNormalization(1)],
    ],
    ids=["Dense activation", "Lambda", "Softmax", "UnitNormalization", "GroupNormalization"],
)
def test_whatever_layer_looks_over_time(between):
    made = between(MIXING["softmax over positions"])
    states = layers.LSTM(5, return_sequences=True)
    assert_read_in_time(functional(states, *made, layers.GlobalMaxPooling1D(), sigmoid()))


# A model changed in place


class Scaled(layers.Layer):
    """A layer with an attribute that is no weight."""

    factor = 1.0

    def call(self, x):
        return x * self.factor


def swap_activation(model):
    model.layers[-1].activation = keras.activations.linear


def swap_inner_activation(model):
    next(x for x in model.layers if hasattr(x, "activation")).activation = ops.sin


def pop_and_add(model):
    model.pop()
    model.add(sigmoid())
    model.layers[-1].set_weights([np.linspace(-0.3, 0.4, 6)[:, None], np.array([0.1])])


def replace_in_nested(model):
    inner = next(layer for layer in model.layers if isinstance(layer, keras.Sequential))
    inner.pop()
    inner.add(layers.Dense(6, activation="tanh"))


def set_weights(model):
    model.set_weights([-0.7 * w for w in model.get_weights()])


def turn_round(model):
    layer = next(layer for layer in model.layers if isinstance(layer, layers.LSTM))
    layer.go_backwards = not layer.go_backwards


def merge_otherwise(model):
    next(x for x in model.layers if isinstance(x, layers.Bidirectional)).merge_mode = "mul"


def change_attribute(model):
    next(layer for layer in model.layers if isinstance(layer, Scaled)).factor = 0.4


def change_dilation(model):
    next(x for x in model.layers if isinstance(x, layers.Conv1D)).dilation_rate = (2,)


def sequential(*parts) -> keras.Sequential:
    return shaken(keras.Sequential([keras.Input((None, 4)), *parts]))


def convolutional(*more) -> keras.Sequential:
    """Without a maximum or a ReLU: whatever is changed in it shows, and has a gradient."""
    smooth = layers.Conv1D(6, 5, activation="tanh")
    return sequential(smooth, *more, layers.GlobalAveragePooling1D(), sigmoid())


CHANGES = {
    "last activation": (lambda: sequential(conv(), layers.GlobalMaxPooling1D(), sigmoid()),
                        swap_activation),
    "convolution's activation": (convolutional, swap_inner_activation),
    "pop and add": (convolutional, pop_and_add),
    "nested layer replaced": (
        lambda: convolutional(keras.Sequential([keras.Input((None, 6)), layers.Dense(6)])),
        replace_in_nested,
    ),
    "weights": (convolutional, set_weights),
    "dilation": (convolutional, change_dilation),
    "own attribute": (lambda: convolutional(Scaled()), change_attribute),
    "reading direction": (lambda: sequential(layers.LSTM(5), sigmoid()), turn_round),
    "reading direction, pooled": (
        lambda: sequential(
            layers.LSTM(5, return_sequences=True), layers.GlobalMaxPooling1D(), sigmoid()
        ),
        turn_round,
    ),
    "merge": (
        lambda: sequential(layers.Bidirectional(layers.LSTM(5), merge_mode="sum"), sigmoid()),
        merge_otherwise,
    ),
    "weights of an LSTM": (
        lambda: sequential(layers.Bidirectional(layers.LSTM(5)), sigmoid()), set_weights
    ),
    "last activation of an LSTM": (
        lambda: sequential(layers.LSTM(5), sigmoid()), swap_activation
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_model_changed_in_place_is_read_again(name):
    build, change = CHANGES[name]
    model, recurrent = build(), any(word in name for word in ("read", "merge", "LSTM"))
    dw.predict(model, X)
    dw.saliency_map(model, X)
    dw.in_silico_mutagenesis(model, X)
    if recurrent:
        dw.temporal_output_scores(model, X)
    before = np.asarray(model(X))
    change(model)
    assert np.abs(np.asarray(model(X)) - before).max() > 1e-4, "the change must show"
    if change is swap_activation:  # one linear unit is a logit
        said = keras.Sequential([model, layers.Activation("sigmoid")])
        own = lambda x: np.asarray(said(x))[:, 0]  # noqa: E731
        assert_explained_as(model, lambda x: model(x)[:, 0], own(X))
        ends = dw.temporal_output_scores(model, X).forward[:, -1] if recurrent else own(X)
        np.testing.assert_allclose(ends, own(X), atol=1e-5)
        return
    assert_one_logit(model)
    if recurrent:
        assert_read_in_time(model)


def test_two_units_of_which_the_activation_is_changed():
    model = sequential(conv(), layers.GlobalMaxPooling1D(), layers.Dense(2, activation="softmax"))
    dw.predict(model, X)
    model.layers[-1].activation = keras.activations.sigmoid
    np.testing.assert_allclose(
        dw.predict(model, X, target=1), np.asarray(model(X))[:, 1], atol=1e-6
    )


# Filters of convolutions that see the bases in another order or on another strand


def detector(order: str = "ACGT") -> tuple:
    """A convolution that finds the motif, and the output unit on its maximum."""
    convolution, out = layers.Conv1D(4, len(MOTIF), activation="relu"), layers.Dense(1)
    kernel = np.full((len(MOTIF), 4, 4), -0.5, "float32")
    for place, base in enumerate(MOTIF):
        kernel[place, order.index(base)] = 0.5

    def set_up():
        convolution.set_weights([kernel, np.full(4, -2.0)])
        out.set_weights([np.full((4, 1), 2.0), np.array([-6.0])])

    return convolution, out, set_up


def strand_detector(forward_first: bool, how: str) -> keras.Model:
    convolution, out, set_up = detector()
    x = keras.Input((60, 4))
    pool, join = layers.GlobalMaxPooling1D(), getattr(layers, how)()
    strands = [x, ops.flip(x, (1, 2))]
    arms = [pool(convolution(strand)) for strand in (strands if forward_first else strands[::-1])]
    y = out(join(arms)) if how != "Add" else join([out(arm) for arm in arms])
    model = keras.Model(x, layers.Activation("sigmoid")(y))
    set_up()
    return model


def reordered_detector(nested: bool, order: str = "AGCT") -> keras.Model:
    convolution, out, set_up = detector(order)
    part = chain(convolution, layers.GlobalMaxPooling1D(), out, layers.Activation("sigmoid"))
    x = keras.Input((60, 4))
    taken = ops.take(x, ["ACGT".index(base) for base in order], axis=-1)
    if nested:
        i = keras.Input((60, 4))
        part = keras.Model(i, part(i))
    model = keras.Model(x, part(taken))
    set_up()
    return model


@pytest.fixture(scope="module")
def planted() -> dw.SequenceDataset:
    rng = np.random.default_rng(0)
    made = ["".join(rng.choice(list("ACGT"), 60)) for _ in range(120)]
    bound = [s[:25] + MOTIF + s[33:] for s in made[:60]]
    return dw.SequenceDataset(bound + made[60:], labels=[1] * 60 + [0] * 60)


DETECTORS = {
    **{
        f"{how}, {'forward' if first else 'reverse'} first": lambda first=first, how=how: (
            strand_detector(first, how)
        )
        for first in (True, False)
        for how in ("Maximum", "Average", "Add")
    },
    "nested, AGCT": lambda: reordered_detector(nested=True),
    "AGCT": lambda: reordered_detector(nested=False),
    "nested, TGCA": lambda: reordered_detector(nested=True, order="TGCA"),
}


@pytest.mark.parametrize("build", DETECTORS.values(), ids=DETECTORS)
def test_filters_see_what_their_convolution_sees(build, planted):
    found = dw.discover_motifs(build(), planted, "filters")
    strands = [word for m in found for word in (m.consensus, dw.reverse_complement(m.consensus))]
    assert any("GATAAG" in word for word in strands), found.report


# Probabilities so close to 0 or 1 that float32 holds no more of them


def tower(units: int = 1, activation: str = "sigmoid") -> tuple:
    """A shared convolution and head, and the numbers before its last activation."""
    convolution, out = layers.Conv1D(8, 6, activation="relu"), layers.Dense(units)
    part = chain(convolution, layers.GlobalMaxPooling1D(), out)
    return part, layers.Activation(activation), out


def log_odds_of_strands(z: tf.Tensor, how: str, unit: int, activation: str) -> tf.Tensor:
    """From ``(2, n, units)`` logits, in float64."""
    z = tf.cast(z, tf.float64)
    log_p = tf.nn.log_softmax(z) if activation == "softmax" else tf.math.log_sigmoid(z)
    if activation == "softmax":
        log_not = tf.stack([log_p[..., 1], log_p[..., 0]], axis=-1)
    else:
        log_not = tf.math.log_sigmoid(-z)
    if how == "Maximum":  # of sigmoids: the larger probability has the larger logit
        return tf.reduce_max(log_p - log_not, axis=0)[:, unit]
    p, rest = (tf.reduce_logsumexp(both, axis=0) for both in (log_p, log_not))
    return (p - rest)[:, unit]


@pytest.mark.parametrize("bias", [-90.0, -18.0, 40.0])
@pytest.mark.parametrize(
    ("units", "activation", "how"),
    [
        (1, "sigmoid", "Average"),
        (1, "sigmoid", "Maximum"),
        (3, "sigmoid", "Average"),
        (2, "softmax", "Average"),
    ],
)
def test_the_score_of_two_strands_never_goes_flat(units, activation, how, bias):
    logits, last, out = tower(units, activation)
    x = keras.Input((LENGTH, 4))
    joined = getattr(layers, how)()([last(z) for z in both_strands(logits)(x)])
    model = shaken(keras.Model(x, joined))
    unit, options = (0, {}) if units == 1 else (1, {"target": 1})
    shift = np.zeros(units)
    shift[unit] = bias
    out.set_weights([out.get_weights()[0], shift])

    def score(x):
        both = tf.stack([logits(x), logits(tf.reverse(x, (1, 2)))])
        return log_odds_of_strands(both, how, unit, activation)

    assert_explained_as(model, score, np.asarray(model(X))[:, unit], **options)
    assert_close(
        dw.integrated_gradients(model, X, steps=3, **options).importance,
        np.mean([gradient_by_hand(score, X * a) for a in (1 / 6, 3 / 6, 5 / 6)], 0).sum(
            -1, where=X > 0
        ),
    )


def test_a_small_probability_of_one_strand_is_not_flat_either():
    model = sequential(conv(), layers.GlobalMaxPooling1D(), sigmoid())
    kernel, _ = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel, np.array([-60.0])])
    before = keras.Model(model.inputs, model.layers[-1].input)
    score = lambda x: (before(x) @ kernel - 60.0)[:, 0]  # noqa: E731
    assert_explained_as(model, score, np.asarray(model(X))[:, 0])


# Linear units: logits of one another, or measured values?


class Subclassed(keras.Model):
    """A model with a call of its own."""

    def __init__(self, *parts):
        super().__init__()
        self.parts = list(parts)

    def call(self, x):
        return chain(*self.parts)(x)


def as_functional(*parts):
    return functional(*parts)


def as_subclass(*parts):
    model = Subclassed(*parts)
    model(X)
    return shaken(model)


WAYS = {"functional": as_functional, "Sequential": sequential, "subclass": as_subclass}
NEEDS_A_TASK = r"task=.*regression.*multiclass.*multilabel|task='(regression|multi)"


def joined_units(*activations: str | None) -> Callable:
    """Several one-unit heads put side by side."""
    heads = [layers.Dense(1, activation=activation) for activation in activations]
    return lambda h: ops.concatenate([head(h) for head in heads], axis=-1)


LINEAR = {
    "two units": lambda: [layers.Dense(2)],
    "twelve units": lambda: [layers.Dense(12)],
    "Activation('linear') after": lambda: [layers.Dense(2), layers.Activation("linear")],
    "batch norm after": lambda: [layers.Dense(3), layers.BatchNormalization()],
    "dropout after": lambda: [layers.Dense(2), layers.Dropout(0.2)],
    "two heads side by side": lambda: [joined_units(None, None)],
}
BRANCHED = ("two heads side by side", "Sequential")  # which has no branches


def trunk() -> list:
    return [conv(), layers.GlobalMaxPooling1D()]


@pytest.mark.parametrize(
    ("head", "way"),
    [(head, way) for head in LINEAR for way in WAYS if (head, way) != BRANCHED],
)
def test_several_linear_units_need_a_task(head, way):
    model = WAYS[way](*trunk(), *LINEAR[head]())
    units = np.asarray(model(X)).shape[1]
    for function in (dw.predict, dw.saliency_map, dw.in_silico_mutagenesis):
        with pytest.raises(ModelError, match=NEEDS_A_TASK):
            function(model, X, target=1)
    values = np.asarray(model(X))
    regression = dw.SequenceModel(model, output=1, task="regression")
    assert regression.output.task == "regression" and len(regression.outputs) == units
    assert_explained_as(regression, lambda x: model(x)[:, 1], values[:, 1])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("units", [2, 4])
def test_what_linear_units_mean_is_as_said(units, way):
    model = WAYS[way](*trunk(), layers.Dense(units))
    values = np.asarray(model(X), np.float64)
    multilabel = dw.SequenceModel(model, output=1, task="multilabel")
    p = 1 / (1 + np.exp(-values[:, 1]))
    assert_explained_as(multilabel, lambda x: model(x)[:, 1], p)
    multiclass = dw.SequenceModel(model, output=1, task="multiclass")
    p = np.asarray(tf.nn.softmax(values))[:, 1]
    score = (lambda x: model(x)[:, 1] - model(x)[:, 0]) if units == 2 else lambda x: model(x)[:, 1]
    assert_explained_as(multiclass, score, p)


@pytest.mark.parametrize("way", WAYS)
def test_one_linear_unit_is_a_logit_unless_said_otherwise(way):
    model = WAYS[way](*trunk(), layers.Dense(1))
    values = np.asarray(model(X), np.float64)[:, 0]
    assert_explained_as(model, lambda x: model(x)[:, 0], 1 / (1 + np.exp(-values)))
    regression = dw.SequenceModel(model, task="regression")
    assert_explained_as(regression, lambda x: model(x)[:, 0], values)


def test_a_task_that_does_not_exist_is_refused():
    with pytest.raises(ModelError, match="unknown task"):
        dw.SequenceModel(sequential(*trunk(), layers.Dense(1)), task="regresion")


# Heads that are no probabilities, however small their values


UNBOUNDED = {
    **{name: name for name in ("softplus", "relu", "exponential", "elu")},
    "keras.ops.exp": ops.exp,
    "square": lambda t: ops.square(t) / 100,
}


def low(model: keras.Model) -> keras.Model:
    """Small weights: all outputs lie between 0 and 1 on random sequences."""
    for weight in model.weights:
        weight.assign(np.abs(weight) * 1e-3 - 1e-4)
    return model


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("activation", UNBOUNDED.values(), ids=UNBOUNDED)
@pytest.mark.parametrize("units", [1, 2])
def test_values_are_not_taken_for_probabilities(units, activation, way):
    model = low(WAYS[way](*trunk(), layers.Dense(units, activation=activation)))
    assert_asks_or_is_a_value(model)


@pytest.mark.parametrize(
    "head",
    [
        lambda: [joined_units("softplus", "softplus")],
        lambda: [joined_units("softplus", "sigmoid")],
        lambda: [layers.Dense(2), layers.Activation("softplus")],
        lambda: [layers.Dense(2), layers.ReLU()],
        lambda: [layers.Dense(2), layers.Lambda(ops.exp)],
        lambda: [layers.Dense(2), ops.softplus],
        lambda: [layers.Dense(2, activation="softplus"), layers.Dropout(0.1)],
        lambda: [layers.Dense(2, activation="softplus"), layers.Rescaling(0.5)],
        lambda: [layers.Dense(2), lambda z: ops.log(1 + ops.exp(z))],
    ],
    ids=["side by side", "beside a probability", "Activation", "ReLU", "Lambda", "keras.ops",
         "dropout after", "rescaled", "by hand"],
)  # fmt: skip
def test_values_are_not_taken_for_probabilities_behind_other_layers(head):
    assert_asks_or_is_a_value(low(functional(*trunk(), *head())))


def test_values_of_two_strands_are_not_taken_for_probabilities():
    part = chain(*trunk(), layers.Dense(1, activation="softplus"))
    assert_asks_or_is_a_value(low(functional(both_strands(part), layers.Average())))


def assert_asks_or_is_a_value(model):
    values = np.asarray(model(X))
    with pytest.raises(ModelError, match="task=|neither probabilities nor logits|softplus|relu"):
        dw.predict(model, X, target=1)
    wrapped = dw.SequenceModel(model, output=min(1, values.shape[1] - 1) or None, task="regression")
    np.testing.assert_allclose(wrapped.predict(X), values[:, -1], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(wrapped.score(X), values[:, -1], rtol=1e-5, atol=1e-7)


def test_sigmoids_side_by_side_are_probabilities():
    """The control: what is one probability for each unit is still taken without a task."""
    model = functional(*trunk(), joined_units("sigmoid", "sigmoid", "sigmoid"))
    np.testing.assert_allclose(
        dw.predict(model, X, target=2), np.asarray(model(X))[:, 2], atol=1e-6
    )


# One output in a dict, or in a list


@pytest.mark.parametrize("wrap", [lambda y: {"bound": y}, lambda y: [y]], ids=["dict", "list"])
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("strands", [False, True])
def test_one_output_in_a_container_is_that_output(wrap, nested, strands):
    part = chain(*trunk(), sigmoid())
    x = keras.Input((None, 4))
    y = layers.Average()(both_strands(part)(x)) if strands else part(x)
    model = shaken(keras.Model(x, wrap(y)))
    if nested:
        again = keras.Input((None, 4))
        model = keras.Model(again, model(again))

    def own(x):
        said = model(x)
        return (
            next(iter(said.values()))
            if isinstance(said, dict)
            else said[0]
            if isinstance(said, list)
            else said
        )[:, 0]

    def score(x):
        p = tf.cast(own(x), tf.float64)
        return tf.math.log(p) - tf.math.log1p(-p)

    assert_explained_as(model, score, np.asarray(own(X)))


def test_a_subclass_may_return_a_dict():
    class Dict(Subclassed):
        def call(self, x):
            return {"bound": super().call(x)}

    model = Dict(*trunk(), sigmoid())
    model(X)
    shaken(model)
    np.testing.assert_allclose(dw.predict(model, X), np.asarray(model(X)["bound"])[:, 0], atol=1e-6)


# Windows that leave gaps between them


AFTER_GAPS = {
    "strided": lambda: layers.Conv1D(3, 3, strides=2),
    "causal": lambda: layers.Conv1D(3, 3, padding="causal"),
    "valid": lambda: layers.Conv1D(3, 3),
    "dilated": lambda: layers.Conv1D(3, 3, padding="same", dilation_rate=2),
    "another pool with gaps": lambda: layers.AveragePooling1D(2, strides=3),
    "LSTM": lambda: layers.LSTM(4, return_sequences=True),
}


@pytest.mark.parametrize("after", AFTER_GAPS)
@pytest.mark.parametrize("pool", [layers.MaxPooling1D, layers.AveragePooling1D])
@pytest.mark.parametrize(("size", "strides", "padding"), [(2, 3, "valid"), (2, 5, "same")])
def test_positions_that_no_window_reads_change_nothing(pool, size, strides, padding, after):
    gaps = pool(size, strides=strides, padding=padding)
    end = layers.GlobalAveragePooling1D(), sigmoid()
    model = functional(layers.Conv1D(3, 2), gaps, AFTER_GAPS[after](), *end)
    assert_one_logit(model)


def test_strided_convolutions_leave_gaps_too():
    model = functional(
        layers.Conv1D(4, 2, strides=4, activation="relu"),
        layers.Conv1D(4, 2, strides=3, padding="causal"),
        layers.GlobalMaxPooling1D(),
        sigmoid(),
    )
    assert_one_logit(model)


# A shortcut that is wrong is not used


SHORTCUTS = {
    "mutants": "demo_widgets.interpret.exact.fast_mutants.FastMutants",
    "gradient": "demo_widgets.interpret.exact.fast_gradient.FastGradient",
}
"""Classes whose subclasses, called with a batch, return the effects or the gradient first."""

MODELS = {
    "convolution": lambda: sequential(*trunk(), sigmoid()),
    "LSTM": lambda: sequential(
        layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
        layers.GlobalAveragePooling1D(),
        sigmoid(),
    ),
}


def spoil(monkeypatch, shortcut: str, wrong: Callable) -> None:
    """Let a shortcut return ``wrong(numbers)``."""
    module, name = SHORTCUTS[shortcut].rsplit(".", 1)
    for way in getattr(import_module(module), name).__subclasses__():

        def spoiled(self, *arguments, right=way.__call__, **options):
            numbers, *others = right(self, *arguments, **options)
            return (wrong(numbers), *others)

        monkeypatch.setattr(way, "__call__", spoiled)


@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_a_shortcut_that_is_ten_percent_off_is_not_used(shortcut, build, monkeypatch):
    spoil(monkeypatch, shortcut, lambda numbers: 1.1 * numbers)
    model = dw.SequenceModel(build())
    assert_one_logit(model.model)
    dw.saliency_map(model, X)
    dw.in_silico_mutagenesis(model, X)
    assert re.search("not (used|admitted)", model.describe())


@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
def test_a_shortcut_that_fails_is_not_used(build, monkeypatch):
    spoil(monkeypatch, "mutants", lambda numbers: numbers[:-1])
    assert_one_logit(build())


@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
def test_a_shortcut_that_is_right_is_used_and_told(build):
    model = dw.SequenceModel(build())
    dw.saliency_map(model, X)
    dw.in_silico_mutagenesis(model, X)
    assert model.checks and not re.search("not (used|admitted)", model.describe())


def test_a_shortcut_is_checked_again_after_the_weights_changed(monkeypatch):
    model = convolutional()
    assert_one_logit(model)
    spoil(monkeypatch, "mutants", lambda numbers: 1.1 * numbers)
    set_weights(model)
    assert_one_logit(model)
