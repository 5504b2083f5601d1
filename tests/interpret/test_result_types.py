"""The arrays of each result have the number types that its annotations declare."""

from __future__ import annotations

import dataclasses
import typing

import numpy as np
import pytest

from demo_widgets import interpret
from demo_widgets.models.networks import build_cnn, build_rnn

CNN = build_cnn(widths=(3,), filters=4, seed=0)
RNN = build_rnn(units=4, seed=0)
X = ["ACGTTGATAAGCACG", "TTTTGACCACGATAA"]

RESULTS = {
    "saliency": lambda: interpret.saliency_map(CNN, X),
    "input x gradient": lambda: interpret.saliency_map(RNN, X, method="input_x_gradient"),
    "integrated gradients": lambda: interpret.integrated_gradients(CNN, X, steps=4),
    "shuffled references": lambda: interpret.integrated_gradients(
        RNN, X, steps=4, reference="dinucleotide", n_references=2
    ),
    "mutagenesis": lambda: interpret.in_silico_mutagenesis(CNN, X),
    "mutagenesis of a function": lambda: interpret.in_silico_mutagenesis(
        lambda one_hot: one_hot[:, :, 2].sum(axis=1), X
    ),
    "mutagenesis as attribution": lambda: interpret.attribute(
        RNN, X, method="in_silico_mutagenesis"
    ),
    "pairs": lambda: interpret.pair_mutagenesis(CNN, X[0], (0, 5)),
    "temporal": lambda: interpret.temporal_output_scores(RNN, X),
    "strand gap": lambda: interpret.strand_gap(CNN, X),
    "agreement": lambda: interpret.method_agreement(np.ones((2, 9)), np.ones((2, 9))),
    "optimization": lambda: interpret.optimize_class(CNN, length=9, iterations=3, restarts=3),
    "softmax": lambda: interpret.optimize_class(
        RNN, length=9, iterations=3, parametrization="softmax"
    ),
    "clusters": lambda: interpret.cluster_restarts(
        interpret.optimize_class(CNN, length=9, iterations=3, restarts=3)
    ),
}


@pytest.mark.parametrize("name", RESULTS)
def test_arrays_have_the_declared_number_type(name):
    result = RESULTS[name]()
    declared = typing.get_type_hints(type(result))
    arrays = {
        field.name: getattr(result, field.name)
        for field in dataclasses.fields(result)
        if typing.get_origin(declared[field.name]) is np.ndarray
    }
    assert arrays
    for field, array in arrays.items():
        (number,) = typing.get_args(typing.get_args(declared[field])[1])
        assert isinstance(array, np.ndarray) and np.issubdtype(array.dtype, number), field
