"""Training on several devices and in 16 bits: the same run, told in another way."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from demo_widgets.errors import ModelError
from demo_widgets.models import build_cnn_rnn, predict, train

TWO_CPUS = """
import json
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
import numpy as np
from demo_widgets.models import build_cnn_rnn, train
from tests.models.conftest import make_planted


def weights(devices, dropout):
    model = build_cnn_rnn(units=4, filters=8, dropout=dropout, seed=0)
    history = train(
        model, make_planted(150), epochs=2, batch_size=31, clip_norm=0.01, devices=devices,
        seed=0, progress=False,
    )
    assert np.isfinite([row["loss"] for row in history.epochs]).all()
    return np.concatenate([w.ravel() for w in model.get_weights()])


one, two = (weights(devices, 0) for devices in (["CPU:0"], ["CPU:0", "CPU:1"]))
weights(["CPU:0", "CPU:1"], 0.5)
print(json.dumps({"moved": float(np.ptp(one)), "apart": float(np.abs(one - two).max())}))
"""


def test_two_devices_take_the_steps_of_one(request):
    run = subprocess.run(
        [sys.executable, "-c", TWO_CPUS],
        cwd=request.config.rootpath,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["apart"] < 1e-5 < told["moved"]


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_sixteen_bits_train_the_float32_model_to_about_the_same_weights(planted, precision):
    def trained(precision):
        model = build_cnn_rnn(units=4, filters=8, dropout=0, seed=0)
        train(model, planted[:200], epochs=2, precision=precision, seed=0, progress=False)
        return model

    plain, mixed = trained("float32"), trained(precision)
    assert mixed.layers[1].dtype_policy.name == "float32"
    apart = [np.abs(a - b).max() for a, b in zip(plain.weights, mixed.weights, strict=True)]
    assert 0 < max(apart) < 0.02
    assert predict(mixed, planted[:5]).dtype == predict(plain, planted[:5]).dtype


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"devices": ["GPU:7"]}, r"devices: got \['GPU:7'\], expected some of \['CPU:0'"),
        ({"devices": []}, r"devices: got \[\]"),
        ({"precision": "float8"}, "precision: got 'float8', expected one of"),
    ],
)
def test_what_is_not_there_is_named_and_nothing_is_trained(small_cnn, planted, options, told):
    model = small_cnn()
    before = model.get_weights()
    with pytest.raises(ModelError, match=told):
        train(model, planted, epochs=1, progress=False, **options)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
