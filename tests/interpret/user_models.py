"""Classifiers as users write them, with what the package should make of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

LENGTH = 12
X = np.eye(4, dtype="float32")[np.random.default_rng(0).integers(4, size=(3, LENGTH))]


def sigmoid() -> layers.Layer:
    return layers.Dense(1, activation="sigmoid")


def softmax() -> layers.Layer:
    return layers.Dense(2, activation="softmax")


def sequential(*chain, length: int | None = None) -> keras.Model:
    return keras.Sequential([layers.Input((length, 4)), *chain])


def functional(build: Callable, length: int | None = None) -> keras.Model:
    x = layers.Input((length, 4))
    return keras.Model(x, build(x))


class OwnCall(keras.Model):
    """The subclass of every tutorial: layers made in ``__init__``, called in ``call``."""

    def __init__(self, *chain):
        super().__init__()
        self.chain = list(chain)

    def call(self, x, training=False):
        for layer in self.chain:
            x = layer(x, training=training) if isinstance(layer, layers.Dropout) else layer(x)
        return x


class OwnCallOfTensorFlow(OwnCall):
    def call(self, x, training=False):
        return super().call(tf.identity(x), training)


def called(model: keras.Model) -> keras.Model:
    model(np.zeros((1, LENGTH, 4), "float32"))
    return model


def conv(**options) -> tuple:
    return layers.Conv1D(6, 5, activation="relu", **options), layers.GlobalMaxPooling1D()


def chain(*parts) -> Callable:
    def build(x):
        for layer in parts:
            x = layer(x)
        return x

    return build


def residual(x):
    h = layers.Conv1D(6, 5, padding="same", activation="relu")(x)
    h = layers.Add()([h, layers.Conv1D(6, 3, padding="same")(h)])
    return sigmoid()(layers.GlobalMaxPooling1D()(h))


def self_attention(x):
    h = layers.Dense(8)(x)
    h = layers.LayerNormalization()(layers.Add()([h, layers.MultiHeadAttention(2, 4)(h, h)]))
    return softmax()(layers.GlobalAveragePooling1D()(h))


def recurrent_attention(x):
    h = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    weight = layers.Softmax(axis=1)(layers.Dense(1)(h))
    return sigmoid()(ops.sum(h * weight, axis=1))


def channels_first(x):
    h = layers.Reshape((4, LENGTH, 1))(layers.Permute((2, 1))(x))
    return softmax()(layers.Flatten()(layers.Conv2D(6, (4, 5), activation="relu")(h)))


def both_strands(last: layers.Layer, *after) -> keras.Model:
    inner = sequential(*conv(), last)
    return functional(
        lambda x: chain(layers.Average(), *after)([inner(x), inner(x[:, ::-1, ::-1])])
    )


def masked(x):
    return sigmoid()(layers.LSTM(4)(layers.Masking()(x)))


def danq(x):
    """Quang & Xie 2016: every recurrent state has a weight of its own."""
    h = layers.MaxPooling1D(2)(layers.Conv1D(6, 5, activation="relu")(x))
    h = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(layers.Dropout(0.2)(h))
    h = layers.Dense(6, activation="relu")(layers.Flatten()(h))
    return layers.Dense(3, activation="sigmoid")(h)


def deepbind(x):
    """Alipanahi et al. 2015: the strongest and the mean response of each motif detector."""
    h = layers.Conv1D(6, 5, padding="same", activation="relu")(x)
    h = layers.Concatenate()([layers.GlobalMaxPooling1D()(h), layers.GlobalAveragePooling1D()(h)])
    return sigmoid()(layers.Dropout(0.5)(layers.Dense(5, activation="relu")(h)))


def basset(x):
    """Kelley et al. 2016: convolutions with batch normalization and pooling; many cell types."""
    for filters, width in ((6, 5), (5, 3)):
        x = layers.BatchNormalization()(layers.Conv1D(filters, width, padding="same")(x))
        x = layers.MaxPooling1D(2)(layers.Activation("relu")(x))
    h = layers.Dropout(0.3)(layers.Dense(6, activation="relu")(layers.Flatten()(x)))
    return layers.Dense(5, activation="sigmoid")(h)


def bpnet(x):
    """Avsec et al. 2021, as a classifier: dilated convolutions that add to what came before."""
    h = layers.Conv1D(6, 5, padding="same", activation="relu")(x)
    for rate in (2, 4):
        h = h + layers.Conv1D(6, 3, padding="same", dilation_rate=rate, activation="relu")(h)
    return softmax()(layers.GlobalAveragePooling1D()(h))


@keras.saving.register_keras_serializable("user_models")
class Positions(layers.Layer):
    """A learned vector for each position, added."""

    def __init__(self, most: int = 64, **options):
        super().__init__(**options)
        self.most = most

    def build(self, shape):
        self.table = self.add_weight(shape=(self.most, shape[-1]), name="table")

    def call(self, h):
        return h + self.table[: ops.shape(h)[1]]


def transformer(x):
    h = Positions()(layers.Dense(8)(x))
    h = layers.LayerNormalization()(h + layers.MultiHeadAttention(2, 4)(h, h))
    h = layers.LayerNormalization()(h + layers.Dense(8, activation="gelu")(h))
    return sigmoid()(layers.GlobalAveragePooling1D()(h))


def named_input() -> keras.Model:
    x = layers.Input((None, 4), name="dna")
    return keras.Model({"dna": x}, chain(*conv(), sigmoid())(x))


def half_precision() -> keras.Model:
    """Under the global policy, as on a GPU."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        states = layers.Bidirectional(layers.LSTM(4, return_sequences=True))
        last = layers.Dense(1, activation="sigmoid", dtype="float32")
        return sequential(states, layers.GlobalMaxPooling1D(), last)
    finally:
        keras.config.set_dtype_policy(before)


@dataclass(frozen=True)
class Case:
    """A model, what its score should be, and why temporal scores do not apply (if they do not)."""

    build: Callable[[], keras.Model]
    kind: str
    no_temporal: str | None = None
    target: int | None = None
    gives: str = "probabilities"


NO_RECURRENT = "no recurrent layer"
CASES = {
    "sequential": Case(lambda: sequential(*conv(), sigmoid()), "logit", NO_RECURRENT),
    "functional": Case(lambda: functional(chain(*conv(), softmax())), "log_odds", NO_RECURRENT),
    "sequential without Input": Case(
        lambda: called(keras.Sequential([*conv(), sigmoid()])), "logit", NO_RECURRENT
    ),
    "one linear": Case(
        lambda: sequential(*conv(), layers.Dense(1)), "logit", NO_RECURRENT, gives="logits"
    ),
    "multi-task": Case(
        lambda: sequential(*conv(), layers.Dense(5, activation="sigmoid")),
        "class_logit",
        NO_RECURRENT,
        target=3,
    ),
    "multi-class": Case(
        lambda: sequential(*conv(), layers.Dense(4, activation="softmax")),
        "class_logit",
        NO_RECURRENT,
        target=2,
    ),
    "flatten": Case(
        lambda: sequential(layers.Conv1D(4, 3), layers.Flatten(), sigmoid(), length=LENGTH),
        "logit",
        NO_RECURRENT,
    ),
    "batch normalization last": Case(
        lambda: sequential(*conv(), layers.Dense(2), layers.BatchNormalization(), layers.Softmax()),
        "log_odds",
        NO_RECURRENT,
    ),
    "flattened at the end": Case(
        lambda: sequential(*conv(), sigmoid(), layers.Dropout(0.1), layers.Reshape((1,))),
        "logit",
        NO_RECURRENT,
    ),
    "mixed precision": Case(
        lambda: sequential(
            layers.Conv1D(4, 3, dtype="mixed_float16"),
            layers.GlobalMaxPooling1D(),
            sigmoid(),
            layers.Activation("linear", dtype="float32"),
        ),
        "logit",
        NO_RECURRENT,
    ),
    "activation of keras.ops": Case(
        lambda: sequential(*conv(), layers.Dense(1, activation=ops.sigmoid)), "logit", NO_RECURRENT
    ),
    "activation of TensorFlow": Case(
        lambda: sequential(*conv(), layers.Dense(2, activation=tf.nn.softmax)),
        "log_odds",
        NO_RECURRENT,
    ),
    "activation is a layer": Case(
        lambda: sequential(*conv(), layers.Dense(2, activation=layers.Softmax())),
        "log_odds",
        NO_RECURRENT,
    ),
    "keras.ops in a functional model": Case(
        lambda: functional(lambda x: ops.sigmoid(chain(*conv(), layers.Dense(1))(x))),
        "logit",
        NO_RECURRENT,
    ),
    "another activation": Case(
        lambda: sequential(*conv(), layers.Dense(1, activation="hard_sigmoid")),
        "probability_logit",
        NO_RECURRENT,
    ),
    "both strands, logits averaged": Case(
        lambda: both_strands(layers.Dense(1), layers.Activation("sigmoid")), "logit", NO_RECURRENT
    ),
    "both strands, logits out": Case(
        lambda: both_strands(layers.Dense(1)), "logit", NO_RECURRENT, gives="logits"
    ),
    "both strands, probabilities averaged": Case(
        lambda: both_strands(sigmoid()), "probability_logit", NO_RECURRENT
    ),
    "residual": Case(lambda: functional(residual), "logit", NO_RECURRENT),
    "self-attention": Case(lambda: functional(self_attention), "log_odds", NO_RECURRENT),
    "channels first": Case(lambda: functional(channels_first, LENGTH), "log_odds", NO_RECURRENT),
    "LSTM": Case(lambda: sequential(layers.LSTM(4), sigmoid()), "logit"),
    "LSTM, fixed length": Case(
        lambda: sequential(layers.LSTM(4), sigmoid(), length=LENGTH), "logit"
    ),
    "LSTM, sequences": Case(
        lambda: sequential(
            layers.LSTM(4, return_sequences=True), layers.GlobalAveragePooling1D(), sigmoid()
        ),
        "logit",
    ),
    "GRU": Case(lambda: sequential(layers.GRU(4), softmax()), "log_odds"),
    "bidirectional": Case(
        lambda: sequential(
            layers.Bidirectional(layers.GRU(4, return_sequences=True)),
            layers.GlobalMaxPooling1D(),
            softmax(),
        ),
        "log_odds",
    ),
    "convolution, normalization, GRU": Case(
        lambda: sequential(
            layers.Conv1D(6, 5, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.GRU(4),
            layers.Dropout(0.2),
            sigmoid(),
        ),
        "logit",
    ),
    "LSTM flattened": Case(
        lambda: sequential(
            layers.LSTM(4, return_sequences=True), layers.Flatten(), sigmoid(), length=LENGTH
        ),
        "logit",
        r"\(Flatten\) takes only one length",
    ),
    "stacked BiLSTM": Case(
        lambda: sequential(
            layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
            layers.Bidirectional(layers.LSTM(4)),
            sigmoid(),
        ),
        "logit",
    ),
    "recurrent attention": Case(lambda: functional(recurrent_attention), "logit"),
    "masked": Case(lambda: functional(masked), "logit"),
    "DanQ": Case(
        lambda: functional(danq, LENGTH), "class_logit", "Flatten.*takes only one length", target=0
    ),
    "DanQ without Flatten": Case(
        lambda: sequential(
            layers.Conv1D(6, 5, activation="relu"),
            layers.MaxPooling1D(2),
            layers.Bidirectional(layers.LSTM(4)),
            layers.Dense(3, activation="sigmoid"),
        ),
        "class_logit",
        target=2,
    ),
    "DeepBind": Case(lambda: functional(deepbind), "logit", NO_RECURRENT),
    "Basset": Case(lambda: functional(basset, LENGTH), "class_logit", NO_RECURRENT, target=4),
    "BPNet": Case(lambda: functional(bpnet), "log_odds", NO_RECURRENT),
    "Transformer": Case(lambda: functional(transformer), "logit", NO_RECURRENT),
    "named input": Case(named_input, "logit", NO_RECURRENT),
    "Lambda": Case(
        lambda: sequential(layers.Lambda(lambda x: 2 * x - 1), *conv(), softmax()),
        "log_odds",
        NO_RECURRENT,
    ),
    "time-distributed": Case(
        lambda: sequential(
            layers.TimeDistributed(layers.Dense(5, activation="tanh")),
            layers.Bidirectional(layers.GRU(4, return_sequences=True)),
            layers.GlobalAveragePooling1D(),
            sigmoid(),
        ),
        "logit",
    ),
    "time-distributed, stacked": Case(
        lambda: sequential(
            layers.GRU(4, return_sequences=True),
            layers.TimeDistributed(layers.Dense(5, activation="tanh")),
            layers.GRU(4),
            softmax(),
        ),
        "log_odds",
    ),
    "mixed precision, recurrent": Case(half_precision, "logit"),
    "subclassed": Case(
        lambda: called(OwnCall(*conv(), layers.Dropout(0.5), softmax())), "log_odds", NO_RECURRENT
    ),
    "subclassed, logits": Case(
        lambda: called(OwnCall(*conv(), layers.Dense(1))), "logit", NO_RECURRENT, gives="logits"
    ),
    "subclassed, flatten": Case(
        lambda: called(OwnCall(layers.Flatten(), sigmoid())), "logit", NO_RECURRENT
    ),
    "subclassed LSTM": Case(lambda: called(OwnCall(layers.LSTM(4), sigmoid())), "logit"),
    "subclassed with TensorFlow": Case(
        lambda: called(OwnCallOfTensorFlow(layers.LSTM(4), sigmoid())),
        "probability_logit",
    ),
}
