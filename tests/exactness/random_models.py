"""Seeded small models of every kind that people build, each with its score by its own layers.

``random_model(seed)`` draws a body (convolutions, recurrent layers, both strands, ...), a head and
a way to wrap them (nested models, a dict output, a subclass ...). Its score is computed by calling
the same layers outside of any Keras model, up to the numbers before the last activation, and from
there in float64: nothing of it asks ``demo_widgets``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.exactness.random_parts import (
    Draw,
    Part,
    chain,
    convolution,
    convolutions,
    dense_after,
    in_sequential,
    mixing,
    nested,
    over_positions,
    read_to_vector,
    residual,
    several_readers,
    states,
    two_outputs,
)

COUNT = 300


@dataclass(frozen=True)
class RandomModel:
    """A model and what is known about it without asking anyone.

    Attributes
    ----------
    length, fixed
        Bases of the sequences to try, and whether the model takes no other length.
    target, output
        What to give to the functions under test; ``output`` where the model has several outputs.
    kinds
        Words for what it is made of.
    score
        Class score ``(n,)`` float64 of ``(n, L, 4)``, differentiable.
    recurrent
        Whether a layer reads in time.
    features, rest
        What temporal scores cut, and the score of a part of it; ``None`` where the definition
        fixes only the whole sequence.
    """

    model: keras.Model
    length: int
    fixed: bool
    target: int | None
    output: int | None
    kinds: tuple[str, ...]
    score: Callable
    recurrent: bool
    features: Callable | None
    rest: Callable | None

    def own_output(self, X: np.ndarray) -> np.ndarray:
        """``(n,)`` what the Keras model itself says."""
        said = self.model(X, training=False)
        if isinstance(said, dict):
            said = said["bound"]
        if self.output is not None:
            said = said[self.output]
        said = np.asarray(said)
        if said.shape[1] == 1:
            return said[:, 0] if self.target in (None, 1) else 1 - said[:, 0]
        return said[:, 1 if self.target is None else self.target]


@dataclass(frozen=True)
class Body:
    """One-hot DNA to features to a vector; ``cut`` says what a prefix is a prefix of."""

    read: Part
    before: Part = chain()
    recurrent: bool = False
    cut: bool = False

    def __call__(self, x):
        return self.read(self.before(x))


def _convolutional(d: Draw) -> Body:
    made = convolutions(d)
    if d.chance(0.3):
        d.note("Sequential inside")
        made = [in_sequential(*made)]
    return Body(chain(*made, over_positions(d), dense_after(d)))


def _residual(d: Draw) -> Body:
    return Body(chain(residual(d), over_positions(d), dense_after(d)))


def _mixed(d: Draw) -> Body:
    made = [*convolutions(d, 2), *mixing(d)]
    if d.chance(0.3):
        return Body(read_to_vector(d, d.chance(0.5)), chain(*made), recurrent=True)
    more = [convolution(d, strides=1, padding="same")] if d.chance(0.4) else []
    return Body(chain(*made, *more, over_positions(d), dense_after(d)))


def _recurrent(d: Draw) -> Body:
    return Body(read_to_vector(d, False, flatten=True), recurrent=True, cut=True)


def _bidirectional(d: Draw) -> Body:
    return Body(read_to_vector(d, True), recurrent=True, cut=True)


def _over_time(d: Draw) -> Body:
    return Body(read_to_vector(d, d.chance(0.5), over_time=True), recurrent=True, cut=True)


def _states(d: Draw) -> Body:
    read = d.one(states, states, two_outputs)(d)
    return Body(chain(read, dense_after(d)), recurrent=True, cut=True)


def _several(d: Draw) -> Body:
    return Body(chain(several_readers(d), dense_after(d)), recurrent=True, cut=True)


def _masked(d: Draw) -> Body:
    d.note("Masking")
    return Body(chain(layers.Masking(), read_to_vector(d, d.chance(0.5))), recurrent=True, cut=True)


def _convolved_then_read(d: Draw) -> Body:
    read = d.one(
        lambda d: read_to_vector(d, False),
        lambda d: read_to_vector(d, True),
        lambda d: read_to_vector(d, d.chance(0.5), over_time=True),
        states,
        several_readers,
    )(d)
    before = convolutions(d, 2)
    return Body(read, chain(*before), recurrent=True, cut=True)


def _shared(d: Draw) -> Body:
    """One convolution called twice: again on its own output, or on the bases in another order."""
    d.note("shared layer")
    conv = d.add(layers.Conv1D(4, 5, padding="same", activation=d.one("relu", "tanh")))
    order = list(d.one((0, 2, 1, 3), (3, 2, 1, 0)))
    join, pool = d.one(layers.Add(), layers.Maximum(), layers.Concatenate()), over_positions(d)
    again = d.chance(0.5)

    def read(x):
        h = conv(x)
        return pool(join([h, conv(h if again else ops.take(x, order, axis=-1))]))

    return Body(chain(read, dense_after(d)))


FAMILIES = (
    _convolutional,
    _recurrent,
    _residual,
    _bidirectional,
    _mixed,
    _convolved_then_read,
    _shared,
    _states,
    _over_time,
    _several,
    _masked,
)
WRAPPINGS = ("plain", "plain", "strands", "strands", "nested", "second head", "hidden", "subclass",
             "dict", "several outputs")  # fmt: skip


class Head:
    """Last layers, and the numbers before the last activation."""

    def __init__(self, d: Draw, units: int, activation: str, style: str):
        self.units, self.activation, self.style = units, activation, style
        # A known activation, by its name, by its function of Keras, or of TensorFlow.
        named = {"sigmoid": (ops.sigmoid, tf.nn.sigmoid), "softmax": (ops.softmax, tf.nn.softmax)}
        chosen = d.one(activation, activation, *named[activation])
        self.dense = layers.Dense(units, activation=chosen if style == "in Dense" else None)
        self.norm = d.add(layers.BatchNormalization()) if style == "after a norm" else None
        self.last = layers.Softmax() if activation == "softmax" else layers.Activation("sigmoid")
        self.idle = layers.Dropout(0.1) if d.chance(0.2) else layers.Identity()

    def __call__(self, h):
        if self.style == "in Dense":
            return self.idle(self.dense(h))
        return self.last(self.before(h))

    def before(self, h):
        """Symbolic or real logits, by a Dense layer without activation."""
        return self.dense(h) if self.norm is None else self.norm(self.dense(h))

    def logits(self, h: tf.Tensor) -> tf.Tensor:
        """``(n, units)`` float32 numbers before the last activation."""
        z = tf.matmul(h, self.dense.kernel) + self.dense.bias
        return z if self.norm is None else self.norm(z)


@dataclass(frozen=True)
class _Joined:
    """A body and a head, on one strand or joined on both, to an output and to a score."""

    body: Body
    head: Head
    target: int | None
    join: str = "no"
    how: str = "Average"

    def __call__(self, x):
        if self.join == "no":
            return self.head(self.body(x))
        pair = [x, ops.flip(x, axis=(1, 2))]
        merge = {"Average": layers.Average, "Maximum": layers.Maximum, "Add": layers.Add}[
            self.how
        ]()
        hidden = [self.body(one) for one in pair]
        if self.join == "hidden":
            return self.head(merge(hidden))
        if self.join == "logits":
            return self.head.last(merge([self.head.before(h) for h in hidden]))
        return merge([self.head(h) for h in hidden])

    def score(self, x: tf.Tensor) -> tf.Tensor:
        if self.join == "no":
            return self.score_of_hidden([self.body(x)])
        return self.score_of_hidden([self.body(x), self.body(tf.reverse(x, (1, 2)))])

    def score_of_hidden(self, hidden: list) -> tf.Tensor:
        reduce = {"Average": tf.reduce_mean, "Maximum": tf.reduce_max, "Add": tf.reduce_sum}
        if self.join == "hidden":
            hidden = [reduce[self.how](tf.stack(hidden), axis=0)]
        z = tf.cast(tf.stack([self.head.logits(h) for h in hidden]), tf.float64)
        if self.join == "logits":
            z = reduce[self.how](z, axis=0)[None]
        if self.join != "probabilities" or self.how == "Maximum":  # of sigmoids: they are monotone
            return tf.reduce_max(self._class_score(z), axis=0) * self._sign
        log_p, log_not = self._log_probabilities(z)
        return (_log_mean(log_p) - _log_mean(log_not)) * self._sign

    @property
    def _sign(self) -> int:
        return -1 if self.head.units == 1 and self.target == 0 else 1

    @property
    def _unit(self) -> int:
        return 0 if self.head.units == 1 else 1 if self.target is None else self.target

    def _class_score(self, z: tf.Tensor) -> tf.Tensor:
        chosen = z[..., self._unit]
        two = self.head.units == 2 and self.head.activation == "softmax"
        return chosen - z[..., 1 - self._unit] if two else chosen

    def _log_probabilities(self, z: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """``log p`` and ``log (1 - p)`` of the target on each strand."""
        if self.head.activation == "sigmoid":
            one = z[..., self._unit]
            return tf.math.log_sigmoid(one), tf.math.log_sigmoid(-one)
        log_p = tf.nn.log_softmax(z)
        others = tf.concat([log_p[..., : self._unit], log_p[..., self._unit + 1 :]], axis=-1)
        return log_p[..., self._unit], tf.reduce_logsumexp(others, axis=-1)


def _log_mean(values: tf.Tensor) -> tf.Tensor:
    return tf.reduce_logsumexp(values, axis=0) - np.log(values.shape[0])


def _strands(d: Draw, activation: str) -> dict:
    join = d.one("hidden", "logits", "probabilities", "probabilities")
    hows = ["Average", "Maximum", *["Add"] * (join != "probabilities")]
    how = "Average" if join == "probabilities" and activation == "softmax" else d.one(*hows)
    d.note(f"strands: {how} of {join}")
    return {"join": join, "how": how}


class OwnCall(keras.Model):
    """A subclass of the tutorials: layers made before, called in ``call``."""

    def __init__(self, made: list, run: Part):
        super().__init__()
        self.made = made
        self.run_layers = run

    def call(self, x):
        return self.run_layers(x)


def random_model(seed: int) -> RandomModel:
    """The model of one seed; the first draw whose score depends on its input is taken."""
    for attempt in range(20):
        d = Draw(seed, attempt)
        try:
            return _build(d, FAMILIES[seed % len(FAMILIES)](d))
        except (_Flat, ValueError, tf.errors.InvalidArgumentError):
            continue  # a window longer than what is left of the sequence, or dead units
    raise AssertionError(f"seed {seed} gives no model that depends on its input")


class _Flat(Exception):
    """The score hardly depends on the sequence."""


def _build(d: Draw, body: Body) -> RandomModel:
    wrapping = d.one(*WRAPPINGS)
    length = int(d.rng.integers(20, 28) if body.recurrent else d.rng.integers(24, 42))
    several = wrapping == "several outputs"
    units, activation = d.one((1, "sigmoid"), (3, "sigmoid"), (2, "softmax"), (3, "softmax"))
    if several:
        units, activation = 1, "sigmoid"
    joining = _strands(d, activation) if wrapping == "strands" else {}
    style = d.one("in Dense", "in Dense", "after Dense", "after a norm")
    if joining.get("join") == "logits" and style == "in Dense":
        style = "after Dense"
    head = Head(d, units, activation, style)
    target = {1: d.one(None, None, 0), 2: d.one(None, 0)}.get(units, d.one(0, 1, 2))
    if several:
        target = None
    fixed = "flatten" in d.kinds or d.chance(0.3)
    d.note(wrapping, f"{activation} {units}", style, *["fixed length"] * fixed)
    _set_weights(d, body, head, length)
    joined = _Joined(body, head, target, **joining)
    if _spread(joined, d, length) < 0.05:
        raise _Flat
    whole = joining.get("join", "no") == "no"
    return RandomModel(
        model=_wrapped(d, joined, wrapping, length if fixed else None, length),
        length=length,
        fixed=fixed,
        target=target,
        output=1 if several else None,
        kinds=tuple(d.kinds),
        score=joined.score,
        recurrent=body.recurrent,
        features=body.before if body.cut and whole else None,
        rest=lambda f: joined.score_of_hidden([body.read(f)]),
    )


def _set_weights(d: Draw, body: Body, head: Head, length: int) -> None:
    """Large random weights, then a last kernel that gives logits a spread of 1.5."""
    X = tf.constant(np.eye(4, dtype="float32")[d.rng.integers(4, size=(64, length))])
    head.before(body(X))  # builds every layer outside of a graph
    for layer in d.layers:
        for weight in layer.weights:
            weight.assign(_value(d.rng, weight.path.rsplit("/", 1)[-1], weight.shape))
    h = body(X)
    kernel = d.rng.normal(size=head.dense.kernel.shape)
    z = np.asarray(h) @ kernel
    if not np.isfinite(z).all() or z.std(axis=0).min() < 1e-3:
        raise _Flat
    kernel *= 1.5 / z.std(axis=0)
    shift = d.one(0, 0, 0, -20, 20) if head.norm is None else 0
    d.note(*["extreme probabilities"] * (shift != 0))
    shifts = shift * np.arange(1, head.units + 1) / head.units
    head.dense.set_weights([kernel, shifts - (np.asarray(h) @ kernel).mean(axis=0)])


def _value(rng: np.random.Generator, name: str, shape: tuple) -> np.ndarray:
    if name in ("gamma", "moving_variance"):
        return rng.uniform(0.5, 1.5, shape)
    if "kernel" not in name:
        return rng.normal(scale=0.3, size=shape)
    inputs = shape[0] if "depthwise" in name else np.prod(shape[:-1])
    return rng.normal(scale=(1.2 if "recurrent" in name else 2) / np.sqrt(inputs), size=shape)


def _spread(joined: _Joined, d: Draw, length: int) -> float:
    X = tf.constant(np.eye(4, dtype="float32")[d.rng.integers(4, size=(16, length))])
    spread = float(np.std(joined.score(X)))
    return spread if np.isfinite(spread) else 0.0


def _wrapped(d: Draw, joined: _Joined, wrapping: str, fixed: int | None, length: int):
    """The Keras model: one and the same computation in other clothes."""
    x = keras.Input((fixed, 4), name="dna" if d.chance(0.3) else None)
    body, head = joined.body, joined.head
    if wrapping == "nested":
        return keras.Model(x, nested(d.one(joined, chain(body, head)))(x))
    if wrapping == "dict":
        return keras.Model(x, {"bound": joined(x)})
    if wrapping == "subclass":
        model = OwnCall([*d.layers, head.dense], joined)
        model(np.zeros((1, length, 4), "float32"))
        return model
    if wrapping not in ("second head", "hidden", "several outputs"):
        return keras.Model(x, joined(x))
    i = keras.Input((fixed, 4))
    h = body(i)
    other = layers.Dense(head.units, activation=head.activation)(h)
    if wrapping == "several outputs":
        return keras.Model(i, [other, head(h)])
    inner = keras.Model(i, [other, h if wrapping == "hidden" else head(h)])
    second = inner(x)[1]
    return keras.Model(x, head(second) if wrapping == "hidden" else second)
