"""Models that cannot be used as they are: the message says what to do, and doing it works."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers, ops

from demo_widgets.errors import ModelError
from demo_widgets.interpret import in_silico_mutagenesis, optimize_class, saliency_map
from demo_widgets.models import predict
from demo_widgets.models.score import sequence_model
from tests.interpret.user_models import LENGTH, X, conv, functional, sequential, sigmoid, softmax


def _embedding():
    return keras.Sequential(
        [layers.Input((LENGTH,)), layers.Embedding(4, 3), layers.GlobalMaxPooling1D(), sigmoid()]
    )


def _stateful():
    return keras.Sequential(
        [layers.Input(batch_shape=(3, LENGTH, 4)), layers.LSTM(4, stateful=True), sigmoid()]
    )


def _two_outputs():
    return functional(
        lambda x: [sigmoid()(layers.Flatten()(x)), softmax()(layers.Flatten()(x))], 12
    )


def _two_inputs():
    dna, chromatin = layers.Input((None, 4)), layers.Input((3,))
    h = layers.Concatenate()([layers.GlobalMaxPooling1D()(dna), chromatin])
    return keras.Model([dna, chromatin], sigmoid()(h))


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (_embedding, "shape .*Embedding layer.*by a Dense layer without bias"),
        (_stateful, "keeps states between calls .*stateful=False"),
        (_two_outputs, "has 2 outputs"),
        (_two_inputs, "has 2 inputs .*expected exactly one input"),
        (lambda: keras.Sequential([*conv(), sigmoid()]), "has no weights yet"),
        (lambda: keras.Sequential([layers.Input((LENGTH, 5)), layers.Flatten(), sigmoid()]),
         r"shape \(None, 12, 5\)"),
        (lambda: sequential(layers.LSTM(4, return_sequences=True), sigmoid()), "one row per seq"),
        (lambda: sequential(*conv(), layers.Dense(1, activation="relu")),
         "ends in the activation 'relu'.*neither probabilities nor logits"),
    ],
)  # fmt: skip
def test_models_that_cannot_be_used_are_refused_with_what_to_do(build, why):
    with pytest.raises(ModelError, match=why):
        sequence_model(build())


def test_an_embedding_becomes_a_dense_layer_as_the_message_says():
    model = _embedding()
    dense = layers.Dense(3, use_bias=False)
    wrapped = sequential(dense, *model.layers[1:])
    dense.kernel.assign(model.layers[0].embeddings)
    np.testing.assert_allclose(predict(wrapped, X), model(X.argmax(-1))[:, 0], atol=1e-6)
    assert sequence_model(wrapped).kind == "logit"


@pytest.mark.parametrize(
    "model",
    [
        keras.Sequential([layers.Input((4, LENGTH)), layers.Flatten(), sigmoid()]),
        keras.Sequential([layers.Input((LENGTH, 4, 1)), layers.Flatten(), sigmoid()]),
        keras.Sequential([layers.Input((4, LENGTH, 1)), layers.Flatten(), sigmoid()]),
        keras.Sequential([layers.Input((1, LENGTH, 4)), layers.Flatten(), sigmoid()]),
    ],
    ids=["channels first", "image", "image, channels first", "image of one row"],
)
def test_a_model_over_another_layout_can_be_wrapped_as_the_message_says(model):
    with pytest.raises(ModelError, match=r"wrap it, x = keras.Input\(\(12, 4\)\)") as caught:
        sequence_model(model)
    recipe = str(caught.value).split("wrap it, ")[1]
    names = {"keras": keras, "model": model}
    exec("; wrapped = ".join(recipe.split("; ")), names)
    wrapped = names["wrapped"]
    assert sequence_model(wrapped).kind == "logit"
    shape = model.inputs[0].shape
    theirs = X if shape.index(LENGTH) < shape.index(4) else X.transpose(0, 2, 1)
    own = np.asarray(model(theirs.reshape(3, *shape[1:])))[:, 0]
    np.testing.assert_allclose(predict(wrapped, X), own, atol=1e-6)


def test_a_model_without_gradient_still_has_mutagenesis():
    def codes(x):
        h = layers.Embedding(4, 3)(ops.argmax(x, axis=-1))
        return sigmoid()(layers.GlobalAveragePooling1D()(h))

    model = functional(codes)
    assert in_silico_mutagenesis(model, X).effects.any()
    with pytest.raises(ModelError, match="no gradient.*use in_silico_mutagenesis"):
        saliency_map(model, X)
    with pytest.raises(ModelError, match="no gradient.*greedy_design"):
        optimize_class(model, length=LENGTH, iterations=2)
