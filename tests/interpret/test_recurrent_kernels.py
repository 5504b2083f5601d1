"""Compiled LSTM steps against the equations in float64, and when they are compiled."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from keras import layers

import demo_widgets
from demo_widgets.interpret import (
    in_silico_mutagenesis,
    saliency_map,
    temporal_output_scores,
)
from demo_widgets.interpret.exact import kernel_warmup, recurrent_kernels
from demo_widgets.interpret.exact.fast_gradient import fast_gradient
from demo_widgets.interpret.exact.fast_mutants import fast_mutants
from demo_widgets.interpret.exact.lstm_prefixes import fast_prefixes
from demo_widgets.models.score import sequence_model
from demo_widgets.warmup import WarmUp
from tests.interpret.test_fast_gradient import assert_exact, filled, one_hot
from tests.interpret.user_models import sequential, sigmoid

POOLS = recurrent_kernels.POOLS
SHAPES = [(1, 1, 1), (1, 2, 3), (2, 1, 4), (3, 7, 5), (40, 9, 8), (1, 101, 32), (5, 12, 70)]
"""Lanes, steps, units: with 70 units a product of 32 lanes would be taken apart."""


def states(x: np.ndarray, recurrent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``h`` and ``c`` ``(T, lanes, units)`` of an LSTM, in float64."""
    h = c = np.zeros((x.shape[1], len(recurrent)))
    found = []
    for step in x.astype(float):
        i, f, g, o = np.split(step + h @ recurrent.astype(float), 4, axis=-1)
        i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        found.append((h, c))
    return tuple(np.stack(kind) for kind in zip(*found, strict=True))


def pooled(h: np.ndarray, pool: str) -> np.ndarray:
    """Pool of the states ``(T, ...)``; of a mean the sum, as the kernels keep it."""
    return {"mean": h.sum(axis=0), "max": h.max(axis=0), "last": h[-1]}[pool]


def drawn(lanes: int, steps: int, units: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(steps, lanes, 4 * units)).astype("float32")
    return x, rng.normal(scale=0.5, size=(units, 4 * units)).astype("float32")


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize(("lanes", "steps", "units"), SHAPES)
def test_states_and_pools_are_those_of_the_equations(lanes, steps, units, pool):
    x, recurrent = drawn(lanes, steps, units)
    h, c, pools = recurrent_kernels.forward(x.copy(), recurrent, POOLS[pool])
    expected_h, expected_c = states(x, recurrent)
    np.testing.assert_allclose(h[1:], expected_h, atol=2e-6)
    np.testing.assert_allclose(c[1:], expected_c, atol=5e-6)
    for t in range(steps):
        expected = pooled(expected_h[: t + 1], pool)
        np.testing.assert_allclose(pools[t + 1], expected, atol=2e-6 * (t + 1))


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize(("lanes", "steps", "units"), SHAPES)
def test_the_gradient_is_the_slope_of_the_equations(lanes, steps, units, pool):
    x, recurrent = drawn(lanes, steps, units, seed=1)
    rng = np.random.default_rng(2)
    weight = rng.normal(size=(lanes, units)).astype("float32")
    gates = x.copy()
    h, c, pools = recurrent_kernels.forward(gates, recurrent, POOLS[pool])
    recurrent_kernels.backward(gates, h, c, pools[-1], recurrent, weight, POOLS[pool])
    found = gates
    for _ in range(8):
        way = rng.normal(size=x.shape)
        ends = [
            (weight * pooled(states(x + side * way, recurrent)[0], pool)).sum()
            for side in (1e-6, -1e-6)
        ]
        slope = (ends[0] - ends[1]) / 2e-6
        assert (found * way).sum() == pytest.approx(slope, abs=1e-5 * np.abs(found * way).sum())


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("units", [3, 32])
def test_lanes_from_each_step_are_the_equations_from_there(pool, units):
    x, recurrent = drawn(1, 40, units)
    nothing = np.zeros((41, units), np.float32)
    start = np.full_like(nothing, -np.inf) if pool == "max" else nothing
    changes = np.zeros((40, 0, 4 * units), np.float32)
    found = recurrent_kernels.from_each(
        x[:, 0], recurrent, np.arange(40), nothing, nothing, start, changes, POOLS[pool]
    )
    expected = [pooled(states(x[t:], recurrent)[0], pool)[0] for t in range(40)]
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("pool", POOLS)
def test_changed_lanes_are_the_equations_with_the_change(pool):
    length, width, units = 20, 3, 6
    x, recurrent = drawn(1, length, units)
    first = np.sort(np.random.default_rng(1).integers(-width - 1, length + 2, size=75))
    changes = np.random.default_rng(2).normal(size=(75, width, 4 * units)).astype("float32")
    along = recurrent_kernels.forward(x.copy(), recurrent, POOLS[pool])
    found = recurrent_kernels.from_each(
        x[:, 0], recurrent, first, *(kind[:, 0] for kind in along), changes, POOLS[pool]
    )
    for lane, begin in enumerate(first):
        padded = np.pad(x[:, 0], ((width + 2, width + 2), (0, 0)))
        padded[begin + width + 2 : begin + 2 * width + 2] += changes[lane]
        changed = padded[width + 2 : width + 2 + length, None]
        expected = pooled(states(changed, recurrent)[0], pool)[0]
        np.testing.assert_allclose(found[lane], expected, atol=1e-5)


def test_equal_maxima_share_the_gradient():
    """A bias alone, and no memory: every step has the same state."""
    units, steps = 4, 5
    x = np.tile(np.array([1, -200, 1, 1], "float32").repeat(units), (steps, 1, 1))
    recurrent = np.zeros((units, 4 * units), np.float32)
    gates = x.copy()
    h, c, pools = recurrent_kernels.forward(gates, recurrent, POOLS["max"])
    assert (h[1:] == h[1]).all()
    weight = np.ones((1, units), np.float32)
    recurrent_kernels.backward(gates, h, c, pools[-1], recurrent, weight, POOLS["max"])
    np.testing.assert_allclose(
        gates, np.broadcast_to(gates[:1], gates.shape), rtol=1e-6, atol=1e-30
    )
    i, g, o = 1 / (1 + np.exp(-1)), np.tanh(1), 1 / (1 + np.exp(-1))
    of_output_gate = np.tanh(i * g) * o * (1 - o) / steps
    np.testing.assert_allclose(gates[..., 3 * units :], of_output_gate, rtol=1e-5)


def test_closed_gates_have_small_gradients_not_none():
    x, recurrent = np.full((1, 1, 4), -30, np.float32), np.zeros((1, 4), np.float32)
    gates = x.copy()
    h, c, pools = recurrent_kernels.forward(gates, recurrent, POOLS["last"])
    weight = np.ones((1, 1), np.float32)
    recurrent_kernels.backward(gates, h, c, pools[-1], recurrent, weight, POOLS["last"])
    gate = np.exp(-30)  # input and output gate, and their slopes; g is -1
    assert gates[0, 0, 0] == pytest.approx(-gate * gate, rel=1e-4)
    assert gates[0, 0, 3] == pytest.approx(-gate * gate, rel=1e-4)


@pytest.mark.parametrize("pool", POOLS)
def test_a_weight_that_is_not_a_number_is_not_hidden(pool):
    x, recurrent = drawn(2, 6, 5)
    x[2, 0, 3] = np.nan
    h, _, pools = recurrent_kernels.forward(x, recurrent, POOLS[pool])
    assert np.isnan(pools[-1, 0]).any() and np.isfinite(pools[-1, 1]).all()
    assert np.isnan(h[3:, 0]).any(axis=-1).all()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("pool", POOLS)
def test_random_models_agree_with_tensorflow(seed, pool):
    rng = np.random.default_rng(seed)
    units, length = int(rng.integers(1, 40)), int(rng.choice([1, 2, 3, 17, 60]))
    reader = layers.LSTM(units, return_sequences=pool != "last", go_backwards=seed == 1)
    reader = layers.Bidirectional(reader) if seed in (0, 3) else reader
    pooling = {"mean": [layers.GlobalAveragePooling1D()], "max": [layers.GlobalMaxPooling1D()]}
    before = [layers.Conv1D(5, 3, padding="same", activation="relu")] if seed > 1 else []
    model = filled(sequential(*before, reader, *pooling.get(pool, []), sigmoid()), 0.5)
    for n in (1, 6):
        assert fast_gradient(sequence_model(model), n, length) is not None
        assert_exact(model, one_hot(n, length))


def run(code: str, **environment: str) -> str:
    """Standard output of a process of its own that runs ``code``."""
    root = Path(demo_widgets.__file__).parent.parent
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean | {"PYTHONPATH": str(root)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


LOAD = (
    "from demo_widgets.interpret.exact import recurrent_kernels\n"
    "print(next(recurrent_kernels.compile_all()))"
)
"""Compiles one kernel; prints whether it came from the cache."""


def test_a_second_process_loads_what_the_first_one_compiled(tmp_path):
    assert run(LOAD, NUMBA_CACHE_DIR=str(tmp_path)) == "False\n"
    assert run(LOAD, NUMBA_CACHE_DIR=str(tmp_path)) == "True\n"


def test_where_no_folder_can_be_written_the_kernels_are_compiled_in_memory(tmp_path):
    blocked = tmp_path / "a file"
    blocked.touch()
    nowhere = {
        "NUMBA_CACHE_DIR": str(blocked / "cache"),
        "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator",  # not beside the package
    }
    assert run(LOAD, **nowhere) == "False\n"


def test_no_call_compiles_after_the_warm_up():
    x, recurrent = drawn(1, 3, 2)
    with pytest.raises(TypeError, match="No matching definition"):
        recurrent_kernels.forward(x.astype(float), recurrent, 0)


def test_until_the_kernels_are_ready_the_model_itself_serves(monkeypatch):
    model, X = filled(sequential(layers.LSTM(3), sigmoid())), one_hot(1, 9)
    asked = []
    monkeypatch.setattr(kernel_warmup, "is_warm", lambda: False)
    monkeypatch.setattr(kernel_warmup, "warm_up_in_background", lambda: asked.append(True))
    score = sequence_model(model)
    assert fast_gradient(score, 1, 9) is None
    assert fast_mutants(score, 9) is None
    assert fast_prefixes(score, 1, 9) is None
    assert len(asked) == 3
    plain = [f(model, X) for f in (saliency_map, in_silico_mutagenesis, temporal_output_scores)]
    monkeypatch.undo()
    fast = [f(model, X) for f in (saliency_map, in_silico_mutagenesis, temporal_output_scores)]
    for name, one, other in zip(("gradient", "effects", "forward"), plain, fast, strict=True):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-5)


def test_a_warm_up_runs_once_whoever_asks():
    began, proceed, done = threading.Event(), threading.Event(), []

    def steps():
        yield "first"
        began.set()
        assert proceed.wait(30)
        yield "second"
        done.append(True)

    work = WarmUp(steps)
    work.start()
    assert began.wait(30) and not work.is_done()
    work.start()
    proceed.set()
    heard: list[str] = []
    work.run(heard.append)
    assert work.is_done() and done == [True]
    assert work.run(heard.append) == 0.0 and heard == []


def test_a_warm_up_that_fails_in_the_background_warns_and_can_be_tried_again():
    tries = []

    def steps():
        yield "trying"
        tries.append(True)
        if len(tries) == 1:
            raise OSError("no disk")

    work, failed = WarmUp(steps), threading.Event()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        work.start()
        for _ in range(3000):
            if caught:
                break
            failed.wait(0.01)
    assert "no disk" in str(caught[0].message)
    work.start()
    assert not work.is_done() and len(tries) == 1
    work.run()
    assert work.is_done()


def test_a_process_that_ends_during_the_warm_up_ends_cleanly(tmp_path):
    code = (
        "from demo_widgets.interpret.exact.kernel_warmup import warm_up_in_background\n"
        "warm_up_in_background()\n"
    )
    run(code, NUMBA_CACHE_DIR=str(tmp_path))
