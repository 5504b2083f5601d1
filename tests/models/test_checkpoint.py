from __future__ import annotations

import numpy as np
import pytest

from demo_widgets.errors import ModelError
from demo_widgets.models import build_rnn, train

RUN = {"epochs": 5, "learning_rate": 0.02, "batch_size": 64, "progress": False}


def _kill_after(epoch):
    def kill(row):
        if row["epoch"] == epoch:
            raise RuntimeError("killed")

    return kill


@pytest.mark.parametrize("killed_after", [1, 3])
def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path, small_cnn, planted, killed_after):
    whole = small_cnn()
    expected = train(whole, planted, **RUN)

    with pytest.raises(RuntimeError, match="killed"):
        train(small_cnn(), planted, checkpoint=tmp_path, on_epoch=_kill_after(killed_after), **RUN)
    resumed = small_cnn(seed=99)  # as a new process would build it: other initial weights
    seen = []
    history = train(
        resumed, planted, checkpoint=tmp_path, on_epoch=lambda row: seen.append(row["epoch"]), **RUN
    )

    assert seen == list(range(killed_after + 1, 6))
    assert (
        history.to_frame()
        .drop(columns="seconds")
        .equals(expected.to_frame().drop(columns="seconds"))
    )
    for a, b in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_finished_run_is_returned_without_training(tmp_path, small_cnn, planted):
    first = train(small_cnn(), planted, checkpoint=tmp_path, **RUN)
    model = small_cnn(seed=99)
    again = train(model, planted, checkpoint=tmp_path, on_epoch=_kill_after(1), **RUN)
    assert again.epochs == first.epochs


def test_a_checkpoint_of_another_run_is_refused(tmp_path, small_cnn, planted):
    run = {**RUN, "epochs": 1}
    train(small_cnn(), planted, checkpoint=tmp_path, **run)
    with pytest.raises(ModelError, match=r"\(seed was 0 and is now 1\)"):
        train(small_cnn(), planted, checkpoint=tmp_path, seed=1, **run)
    others = "n_train was 540 and is now 450.*other training sequences; other validation sequences"
    with pytest.raises(ModelError, match=others):
        train(small_cnn(), planted[:500], checkpoint=tmp_path, **run)
    for other in (small_cnn(filters=8), build_rnn(units=2), small_cnn(widths=(9, 3))):
        with pytest.raises(ModelError, match="training_state.npz.*another folder"):
            train(other, planted, checkpoint=tmp_path, **run)


def test_a_damaged_checkpoint_is_named(tmp_path, small_cnn, planted):
    (tmp_path / "training_state.npz").write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(ModelError, match="training_state.npz: cannot be read"):
        train(small_cnn(), planted, checkpoint=tmp_path, **RUN)


def test_no_temporary_files_are_left(tmp_path, small_cnn, planted):
    train(small_cnn(), planted, checkpoint=tmp_path, **{**RUN, "epochs": 2})
    assert [p.name for p in tmp_path.iterdir()] == ["training_state.npz"]
