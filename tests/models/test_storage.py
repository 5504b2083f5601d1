from __future__ import annotations

import calendar
import errno
import io
import json
import time
import zipfile

import h5py
import keras
import numpy as np
import pytest

from demo_widgets.errors import DiskFull, ModelError
from demo_widgets.models import (
    SequenceModel,
    build_cnn,
    build_cnn_rnn,
    build_rnn,
    load_model,
    predict,
    read_metadata,
    save_model,
    train,
)


@pytest.mark.parametrize("build", [build_cnn, build_rnn, build_cnn_rnn])
def test_a_model_comes_back_as_it_was(tmp_path, planted, build):
    model = build()
    path = save_model(model, tmp_path / "folder" / "model.keras")
    loaded = load_model(path)
    assert loaded.name == model.name
    np.testing.assert_array_equal(predict(loaded, planted), predict(model, planted))


def test_the_file_says_how_the_weights_came_about(tmp_path, small_cnn, planted):
    model = small_cnn()
    history = train(model, planted, epochs=1, seed=4, progress=False)
    path = save_model(model, tmp_path / "model.keras", info={"note": "first try"})
    metadata = read_metadata(path)
    assert metadata["training"]["seed"] == 4
    assert metadata["training"]["validation_auroc"] == history.best_auroc
    assert len(metadata["training"]["train_fingerprint"]) == 64
    assert metadata["info"] == {"note": "first try"}
    assert metadata["parameters"] == model.count_params()
    assert metadata["versions"]["keras"] == keras.__version__

    again = save_model(load_model(path), tmp_path / "again.keras")
    assert read_metadata(again)["training"] == metadata["training"]


def test_changed_weights_do_not_inherit_the_recipe(tmp_path, small_cnn, planted):
    model = small_cnn()
    train(model, planted, epochs=1, progress=False)
    model.set_weights([w * 2 for w in model.get_weights()])
    assert read_metadata(save_model(model, tmp_path / "m.keras"))["training"] is None


def test_a_trained_model_carries_no_optimizer_state(tmp_path, small_cnn, planted):
    model = small_cnn()
    fresh = save_model(model, tmp_path / "fresh.keras").stat().st_size
    train(model, planted, epochs=1, progress=False)
    assert save_model(model, tmp_path / "trained.keras").stat().st_size < fresh + 4000


def test_a_plain_keras_file_loads_too(tmp_path, small_cnn, planted):
    model = small_cnn()
    model.save(tmp_path / "plain.keras")
    loaded = load_model(tmp_path / "plain.keras")
    assert read_metadata(tmp_path / "plain.keras") == {}
    np.testing.assert_array_equal(predict(loaded, planted), predict(model, planted))


def test_a_failed_write_leaves_the_old_file(tmp_path, small_cnn, monkeypatch):
    path = save_model(small_cnn(), tmp_path / "model.keras")
    before = path.read_bytes()

    def cut_short(model, temporary):
        temporary.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(keras.Model, "save", cut_short)
    with pytest.raises(ModelError, match="disk full"):
        save_model(small_cnn(seed=8), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["model.keras"]


@pytest.mark.parametrize("during", ["save", "load"])
def test_a_full_disk_is_no_damaged_model(tmp_path, small_cnn, monkeypatch, during):
    path = save_model(small_cnn(), tmp_path / "model.keras")
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskFull, match=r"model\.keras: No space left"):
        if during == "save":
            monkeypatch.setattr(keras.Model, "save", full)
            save_model(small_cnn(seed=8), path)
        else:
            monkeypatch.setattr(keras.saving, "load_model", full)
            load_model(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["model.keras"]


@pytest.mark.parametrize("year", [1971, 2200])
def test_a_model_is_saved_whatever_the_clock_says(tmp_path, small_cnn, monkeypatch, year):
    wrong, real = calendar.timegm((year, 7, 1, 0, 0, 0)), time.localtime
    monkeypatch.setattr(time, "time", lambda: float(wrong))
    monkeypatch.setattr(time, "localtime", lambda at=None: real(wrong if at is None else at))
    model = small_cnn()
    path = save_model(model, tmp_path / "model.keras")
    assert zipfile.time is time
    assert load_model(path).fingerprint == SequenceModel(model).fingerprint


def with_member(path, name: str, content: bytes):
    """The same archive with one member replaced or added, packed."""
    with zipfile.ZipFile(path) as old:
        members = {each: old.read(each) for each in old.namelist()} | {name: content}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for each, inside in members.items():
            new.writestr(each, inside)


def weights(fill) -> bytes:
    """An HDF5 file of a few kilobytes that ``fill`` gives its dataset."""
    file = io.BytesIO()
    with h5py.File(file, "w") as content:
        fill(content.create_group("layers"))
    return file.getvalue()


BOMBS = {
    "zeros in the weights": ("model.weights.h5", lambda: bytes(200 * 2**20), "would unpack"),
    "zeros in another member": ("assets/x", lambda: bytes(200 * 2**20), "would unpack"),
    "zeros in the configuration": ("config.json", lambda: b" " * 20 * 2**20, "config.json"),
    "zeros in our note": ("demo_widgets.json", lambda: b" " * 20 * 2**20, "demo_widgets.json"),
    "a dataset that is nowhere written": (
        "model.weights.h5",
        lambda: weights(lambda h5: h5.create_dataset("0", (2**20, 2**20), "f4")),
        "would unpack",
    ),
    "a packed dataset": (
        "model.weights.h5",
        lambda: weights(
            lambda h5: h5.create_dataset("0", data=np.zeros(2**25, "f4"), compression="gzip")
        ),
        "would unpack",
    ),
    "a group that holds itself": (
        "model.weights.h5",
        lambda: weights(
            lambda h5: (
                h5.__setitem__("again", h5),
                h5.create_dataset("0", (2**20, 2**20), "f4"),
            )
        ),
        "would unpack",
    ),
    "numbers of another file": (
        "model.weights.h5",
        lambda: weights(
            lambda h5: h5.create_dataset("0", (9,), "u1", external=[("/etc/hostname", 0, 9)])
        ),
        "outside of it",
    ),
    "a link to another file": (
        "model.weights.h5",
        lambda: weights(lambda h5: h5.__setitem__("0", h5py.ExternalLink("/etc/x.h5", "/"))),
        "outside of it",
    ),
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_file_that_unpacks_to_far_more_than_it_is_is_not_read(
    tmp_path, small_cnn, monkeypatch, what
):
    path = save_model(small_cnn(), tmp_path / "model.keras")
    member, content, words = BOMBS[what]
    with_member(path, member, content())
    real = zipfile.ZipFile.read

    def read(archive, name):
        assert archive.getinfo(name).file_size < 2**20 or "packed" in what, "it was read"
        return real(archive, name)

    monkeypatch.setattr(zipfile.ZipFile, "read", read)
    monkeypatch.setattr(keras.saving, "load_model", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(ModelError, match=f"model.keras.*{words}"):
        load_model(path)


def test_stored_weights_are_not_read_to_be_measured(tmp_path, small_cnn, monkeypatch):
    """Large models would otherwise be read twice, or, by seeking in a zip, many times."""
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("before.txt", "x" * 100)
        content = weights(lambda h5: h5.create_dataset("0", (2**20, 2**20), "f4"))
        archive.writestr("model.weights.h5", content)
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("it was read"))
    monkeypatch.setattr(zipfile.ZipExtFile, "read", lambda *_: pytest.fail("it was read"))
    with pytest.raises(ModelError, match="would unpack to 4,194,304 MiB"):
        read_metadata(path)


def test_a_packed_file_that_is_a_model_is_read(tmp_path, small_cnn, planted):
    model = small_cnn()
    path = save_model(model, tmp_path / "model.keras")
    with_member(path, "note.txt", b"packed by hand " * 1_000)
    np.testing.assert_array_equal(predict(load_model(path), planted), predict(model, planted))


def test_saving_refuses_what_it_cannot_write(tmp_path, small_cnn):
    with pytest.raises(ModelError, match="ending in .keras"):
        save_model(small_cnn(), tmp_path / "model.h5")
    with pytest.raises(ModelError, match="info: cannot be written as JSON"):
        save_model(small_cnn(), tmp_path / "model.keras", info={"x": object()})
    assert not list(tmp_path.iterdir())


def _text(path):
    path.write_text("not a model")


def _foreign_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")


def _cut(path):
    save_model(build_rnn(), path)
    path.write_bytes(path.read_bytes()[:-3000])


def _flipped_bits(path):
    save_model(build_rnn(), path)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(b ^ 0xFF for b in content[middle : middle + 64])
    path.write_bytes(content)


def _other_weights(path):
    save_model(build_rnn(), path)
    text = json.dumps(read_metadata(path))
    build_rnn().save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("demo_widgets.json", text)


def _newer_format(path):
    build_rnn().save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("demo_widgets.json", json.dumps({"format": 99}))


def _nan_weights(path):
    model = build_rnn()
    model.set_weights([w * np.nan for w in model.get_weights()])
    save_model(model, path)


def _lambda_code(path):
    inputs = keras.layers.Input((None, 4))
    x = keras.layers.Lambda(lambda t: t * 2)(inputs)
    x = keras.layers.GlobalMaxPooling1D()(x)
    keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x)).save(path)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: None, "no such file"),
        (_text, "not a .keras file"),
        (_foreign_zip, "Keras cannot load"),
        (_cut, "not a .keras file"),
        (_flipped_bits, "damaged|cannot"),
        (_other_weights, "do not match their checksum"),
        (_newer_format, "update demo_widgets"),
        (_nan_weights, "NaN or infinite"),
        (_lambda_code, "Lambda code, which are not run"),
    ],
)
def test_junk_is_one_clear_error(tmp_path, write, message):
    path = tmp_path / "model.keras"
    write(path)
    with pytest.raises(ModelError, match=message) as caught:
        load_model(path)
    assert str(path) in str(caught.value)
