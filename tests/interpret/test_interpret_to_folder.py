"""Interpretations on disk: the numbers of the methods, in blocks, resumable to the bit."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading

import numpy as np
import pandas as pd
import pytest
import zarr

import demo_widgets as dw
from demo_widgets.errors import (
    Cancelled,
    DemoWidgetsError,
    DemoWidgetsWarning,
    DiskFull,
    ModelError,
    ReadError,
)
from demo_widgets.interpret.stored import interpret_to_folder as streaming
from demo_widgets.interpret.stored.arrays import stored_methods
from demo_widgets.interpret.stored.interpretation import ARRAYS, MANIFEST, SUMMARY
from demo_widgets.interpret.stored.summary import strongest_window
from demo_widgets.models import build_cnn, build_rnn
from demo_widgets.sequences.reading import surveyed_file

N, LENGTH = 11, 24


@pytest.fixture(scope="module")
def cnn():
    return build_cnn(widths=(5,), filters=8, dropout=0.0, seed=1, name="small-cnn")


@pytest.fixture(scope="module")
def rnn():
    return build_rnn(units=4, seed=1, name="small-rnn")


@pytest.fixture
def fasta(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "sites.fa"
    path.write_text(
        "".join(f">site {i}\n{''.join(rng.choice(list('ACGT'), LENGTH))}\n" for i in range(N))
    )
    return path


def values(interpretation) -> dict[str, np.ndarray]:
    return {
        f"{model}/{name}": array[:]
        for model, arrays in interpretation.items()
        for name, array in arrays.items()
    }


def in_memory(method, model, data) -> dict[str, np.ndarray]:
    if method == "temporal":
        result = dw.temporal_output_scores(model, data)
        return {"forward": result.forward, "backward": result.backward}
    result = dw.attribute(model, data, method=method)
    expected = {"importance": result.importance, "probability": result.probabilities}
    if method == "in_silico_mutagenesis":
        expected["effects"] = dw.in_silico_mutagenesis(model, data).effects
    if method == "integrated_gradients":
        expected["completeness_gap"] = result.completeness_gap
    return expected


@pytest.mark.parametrize("method", stored_methods())
def test_the_arrays_are_those_of_the_method_in_memory(tmp_path, fasta, rnn, method):
    result = dw.interpret_to_folder({"rnn": rnn}, fasta, tmp_path / "out", method=method)
    data = dw.read_sequences(fasta)
    assert result.finished and result.method == method
    assert result.names[:].tolist() == data.names
    assert result.sequences() == data.sequences
    assert result.sequences(slice(2, 4)) == data.sequences[2:4]
    for name, expected in in_memory(method, rnn, data).items():
        np.testing.assert_allclose(result["rnn"][name][:], expected, rtol=1e-4, atol=1e-6)
    described = json.loads((tmp_path / "out" / MANIFEST).read_text())["model_arrays"]
    assert {name: tuple(facts["shape"]) for name, facts in described.items()} == {
        name: array.shape for name, array in result["rnn"].items()
    }
    assert all(facts["unit"] for facts in described.values())


def test_a_stopped_run_goes_on_to_the_bits_of_one_that_was_not(tmp_path, fasta, cnn, rnn):
    models = {"cnn": cnn, "rnn": rnn}
    options = {"method": "input_x_gradient", "batch_size": 3, "keep_gradient": True}
    whole = dw.interpret_to_folder(models, fasta, tmp_path / "whole", **options)
    cancel = threading.Event()

    def stop_after_two_blocks(done, total):
        assert total == N
        if done >= 6:
            cancel.set()

    part = tmp_path / "part"
    with pytest.raises(Cancelled, match="6 of 11"):
        dw.interpret_to_folder(
            models, fasta, part, **options, cancel=cancel, on_progress=stop_after_two_blocks
        )
    with pytest.warns(DemoWidgetsWarning, match="6 of 11.*unfinished.*--resume"):
        unfinished = dw.open_interpretation(part)
    assert not unfinished.finished and not (part / SUMMARY).exists()
    assert np.isnan(unfinished["cnn"]["importance"][6:]).all()
    # What a kill leaves: a chunk beyond the manifest's count, and one half written beside it.
    torn = next((part / ARRAYS / "models" / "cnn" / "importance" / "c" / "0").iterdir())
    (torn.parent.parent / "2").mkdir()
    (torn.parent.parent / "2" / "0").write_bytes(b"half a chunk")
    (torn.parent / "0.123.partial").write_bytes(b"half")
    seen = []
    resumed = dw.interpret_to_folder(
        models, fasta, part, **options, resume=True, on_progress=lambda done, _: seen.append(done)
    )
    assert seen == [6, 9, 11]
    for name, expected in values(whole).items():
        assert (values(resumed)[name] == expected).all(), name
    assert (part / SUMMARY).read_bytes() == (tmp_path / "whole" / SUMMARY).read_bytes()
    assert not list(part.rglob("*.partial"))


def test_resuming_what_is_not_there_begins_and_what_is_done_computes_nothing(
    tmp_path, fasta, cnn, monkeypatch
):
    dw.interpret_to_folder({"cnn": cnn}, fasta, tmp_path / "out", resume=True)
    monkeypatch.setattr(streaming, "compute_arrays", lambda *_: pytest.fail("computed again"))
    assert dw.interpret_to_folder({"cnn": cnn}, fasta, tmp_path / "out", resume=True).finished


def test_a_run_with_anything_else_is_not_gone_on_with_and_says_what_differs(
    tmp_path, fasta, cnn, rnn
):
    out = tmp_path / "out"
    dw.interpret_to_folder({"cnn": cnn}, fasta, out, batch_size=4)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    other = tmp_path / "other.fa"
    other.write_text(fasta.read_text().replace("site 3", "site three"))
    changes = [
        (({"cnn": rnn}, fasta), {}, "models cnn fingerprint was .* and is now"),
        (({"net": cnn}, fasta), {}, "models net was none"),
        (({"cnn": cnn}, other), {}, "input fingerprint"),
        (({"cnn": cnn}, fasta), {"batch_size": 5}, "batch size was 4 and is now 5"),
        (({"cnn": cnn}, fasta), {"method": "input_x_gradient"}, "method was saliency"),
        (({"cnn": cnn}, fasta), {"target": 0}, "target was none and is now 0"),
    ]
    for arguments, options, words in changes:
        with pytest.raises(DemoWidgetsError, match=words):
            dw.interpret_to_folder(*arguments, out, resume=True, **{"batch_size": 4} | options)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_nothing_is_overwritten_without_being_asked(tmp_path, fasta, cnn):
    out = tmp_path / "out"
    dw.interpret_to_folder({"cnn": cnn}, fasta, out)
    with pytest.raises(DemoWidgetsError, match="holds an interpretation already"):
        dw.interpret_to_folder({"cnn": cnn}, fasta, out)
    again = dw.interpret_to_folder({"cnn": cnn}, fasta, out, overwrite=True, batch_size=2)
    assert again.manifest["run"]["batch_size"] == 2
    assert again.names[:].tolist() == dw.read_sequences(fasta).names
    foreign = tmp_path / "papers"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("years")
    for options in ({}, {"overwrite": True}, {"resume": True}):
        with pytest.raises(DemoWidgetsError, match="holds other files"):
            dw.interpret_to_folder({"cnn": cnn}, fasta, foreign, **options)
    assert (foreign / "thesis.txt").read_text() == "years"
    with pytest.raises(DemoWidgetsError, match="it is a file"):
        dw.interpret_to_folder({"cnn": cnn}, fasta, foreign / "thesis.txt")
    (out / "notes.txt").write_text("mine")
    with pytest.raises(DemoWidgetsError, match=r"holds other files \(notes.txt\)"):
        dw.interpret_to_folder({"cnn": cnn}, fasta, out, overwrite=True)
    assert (out / "notes.txt").read_text() == "mine" and dw.open_interpretation(out).finished
    with pytest.raises(DemoWidgetsError, match="there is no folder"):
        dw.interpret_to_folder({"cnn": cnn}, fasta, tmp_path / "no" / "out")


def test_a_manifest_of_something_else_is_not_replaced(tmp_path, fasta, cnn):
    (tmp_path / "webapp").mkdir()
    manifest = tmp_path / "webapp" / "manifest.json"
    manifest.write_text('{"name": "my web app"}')
    for options in ({"overwrite": True}, {"resume": True}):
        with pytest.raises(DemoWidgetsError, match="is not a manifest that.*remove the folder"):
            dw.interpret_to_folder({"cnn": cnn}, fasta, tmp_path / "webapp", **options)
    assert manifest.read_text() == '{"name": "my web app"}'


def test_what_a_kill_left_of_a_manifest_does_not_stop_a_resumption(tmp_path, fasta, cnn):
    out = tmp_path / "out"
    dw.interpret_to_folder({"cnn": cnn}, fasta, out)
    (out / ".manifest-12ab.json").write_text("{")
    assert dw.interpret_to_folder({"cnn": cnn}, fasta, out, resume=True).finished


def test_a_list_of_sequences_will_do_and_one_model_without_a_name_will_not(tmp_path, cnn):
    result = dw.interpret_to_folder({"cnn": cnn}, ["ACGT" * 5, "GATA" * 5], tmp_path / "out")
    assert result["cnn"]["importance"].shape == (2, 20)
    with pytest.raises(ModelError, match="models must map names to models"):
        dw.interpret_to_folder(cnn, ["ACGT" * 5], tmp_path / "other")


@pytest.mark.parametrize(("options", "words"), [
    ({"method": "guess"}, "unknown method 'guess'"),
    ({"batch_size": 0}, "batch_size"),
    ({"steps": 8}, "has no option 'steps'"),
    ({"target": 7}, "target"),
    ({"window": 0}, "window"),
    ({"method": "in_silico_mutagenesis", "keep_gradient": True}, "no gradient to store"),
])  # fmt: skip
def test_what_cannot_be_computed_is_refused_and_leaves_nothing(
    tmp_path, fasta, cnn, options, words
):
    with pytest.raises(DemoWidgetsError, match=words):
        dw.interpret_to_folder({"cnn": cnn}, fasta, tmp_path / "out", **options)
    assert list(tmp_path.iterdir()) == [fasta]


def test_a_model_that_does_not_take_the_sequences_leaves_nothing(tmp_path, fasta):
    fixed = build_cnn(length=LENGTH + 1, widths=(5,), filters=8, seed=1)
    with pytest.raises(ModelError, match="25"):
        dw.interpret_to_folder({"cnn": fixed}, fasta, tmp_path / "out")
    assert list(tmp_path.iterdir()) == [fasta]


@pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden", "__init__"])
def test_a_model_name_that_is_no_folder_name_is_refused(tmp_path, fasta, cnn, name):
    with pytest.raises(ModelError, match="cannot name a group"):
        dw.interpret_to_folder({name: cnn}, fasta, tmp_path / "out")
    assert list(tmp_path.iterdir()) == [fasta]


def test_no_more_than_one_block_is_held(tmp_path, fasta, cnn, monkeypatch):
    """A block, its one-hot array and its results are gone when the next block is computed."""
    import weakref

    alive: list[weakref.ref] = []
    real = streaming.compute_arrays

    def watched(model, X, *rest):
        assert sum(ref() is not None for ref in alive) <= 1
        alive.append(weakref.ref(X))
        return real(model, X, *rest)

    monkeypatch.setattr(streaming, "compute_arrays", watched)
    dw.interpret_to_folder({"cnn": cnn}, fasta, tmp_path / "out", batch_size=2)
    assert len(alive) == 1 + 6


def test_the_summary_names_the_strongest_base_and_window(tmp_path, cnn):
    path = tmp_path / "two.csv"
    path.write_text("name,sequence,bound\nsite a,ACGTTGATAAGC,1\nb,TTTTTTTTTTTT,0\n")
    result = dw.interpret_to_folder(
        {"one": cnn, "two": cnn}, path, tmp_path / "out", window=4, method="input_x_gradient"
    )
    table = pd.read_csv(tmp_path / "out" / SUMMARY)
    assert table["row"].tolist() == [1, 1, 2, 2]
    assert table["name"].tolist() == ["site a", "site a", "b", "b"]
    assert table["label"].tolist() == [1, 1, 0, 0]
    assert table["model"].tolist() == ["one", "two"] * 2
    importance = result["one"]["importance"][0]
    first = table.iloc[0]
    at = int(np.abs(importance).argmax())
    assert (first["position"], first["base"]) == (at + 1, "ACGTTGATAAGC"[at])
    np.testing.assert_allclose(first["value"], importance[at], rtol=1e-5)
    assert first["bases"] == "ACGTTGATAAGC"[first["start"] - 1 : first["end"]]
    sums = [np.abs(importance[i : i + 4]).sum() for i in range(9)]
    assert first["start"] - 1 == int(np.argmax(sums))


def test_the_strongest_window_of_a_short_sequence_is_all_of_it():
    start, end = strongest_window(np.array([[1.0, -2.0, 0.5]]), 11)
    assert (start.tolist(), end.tolist()) == ([0], [3])
    start, end = strongest_window(np.array([[1.0, 0, 0, -3.0, 3.0]]), 2)
    assert (start.tolist(), end.tolist()) == ([3], [5])


def chunk(out, array: str, number: int):
    """File of a chunk of the arrays in a folder."""
    folder = out / ARRAYS / array / "c" / str(number)
    return folder if folder.is_file() else next(path for path in folder.rglob("*"))


def manifest_without(*keys):
    def spoil(out):
        manifest = json.loads((out / MANIFEST).read_text())
        inner = manifest
        for key in keys[:-1]:
            inner = inner[key]
        del inner[keys[-1]]
        (out / MANIFEST).write_text(json.dumps(manifest))

    return spoil


def manifest_with(**entries):
    def spoil(out):
        manifest = json.loads((out / MANIFEST).read_text())
        (out / MANIFEST).write_text(json.dumps(manifest | entries))

    return spoil


def cut_in_half(array: str):
    def spoil(out):
        file = chunk(out, array, 1)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    return spoil


def one_bit_changed(out):
    file = chunk(out, "models/cnn/importance", 1)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


SPOILED_AT_ONCE = {
    "no run": manifest_without("run"),
    "no done": manifest_without("done"),
    "no models": manifest_without("run", "models"),
    "no input": manifest_without("run", "input"),
    "no length": manifest_without("run", "input", "length"),
    "no fingerprint": manifest_without("run", "input", "fingerprint"),
    "no arrays": manifest_without("arrays"),
    "no names": manifest_without("arrays", "names"),
    "no shape": manifest_without("model_arrays", "importance", "shape"),
    "done is a text": manifest_with(done="11"),
    "done is true": manifest_with(done=True),
    "more done than there is": manifest_with(done=12),
    "done in the middle of a block": manifest_with(done=5),
    "run is a list": manifest_with(run=[]),
    "a missing chunk": lambda out: chunk(out, "models/cnn/importance", 1).unlink(),
    "a missing chunk of the names": lambda out: chunk(out, "names", 2).unlink(),
    "an empty chunk": lambda out: chunk(out, "codes", 0).write_bytes(b""),
    "a lost array": lambda out: shutil.rmtree(out / ARRAYS / "models" / "cnn" / "score"),
    "a lost model": lambda out: shutil.rmtree(out / ARRAYS / "models" / "cnn"),
    "no description of an array": lambda out: (out / ARRAYS / "codes" / "zarr.json").unlink(),
    "half a description": lambda out: (out / ARRAYS / "codes" / "zarr.json").write_text('{"za'),
    "no arrays at all": lambda out: shutil.rmtree(out / ARRAYS),
    "an array of another run": manifest_with(
        arrays={"names": {"shape": [11], "dtype": "str"}, "codes": {"shape": [9], "dtype": "uint8"}}
    ),
}
SPOILED_INSIDE = {
    "a cut chunk": cut_in_half("models/cnn/importance"),
    "a cut chunk of the names": cut_in_half("names"),
    "a chunk of something else": lambda out: chunk(out, "codes", 1).write_bytes(b"not zstd"),
    "one bit": one_bit_changed,
}


@pytest.mark.parametrize("what", [*SPOILED_AT_ONCE, *SPOILED_INSIDE])
def test_a_damaged_interpretation_is_one_error_and_never_gone_on_with(tmp_path, fasta, cnn, what):
    out = tmp_path / "out"
    dw.interpret_to_folder({"cnn": cnn}, fasta, out, batch_size=4)
    (SPOILED_AT_ONCE | SPOILED_INSIDE)[what](out)
    advice = f"{out} holds a damaged interpretation: .*; compute it again with overwrite=True"
    with pytest.raises(ReadError, match=advice):
        dw.interpret_to_folder({"cnn": cnn}, fasta, out, batch_size=4, resume=True)
    with pytest.raises(ReadError, match=advice):
        values = dw.open_interpretation(out)
        for array in (values.names, values.codes, *values["cnn"].values()):
            array[:]
    again = dw.interpret_to_folder({"cnn": cnn}, fasta, out, batch_size=4, overwrite=True)
    assert again.finished and not np.isnan(again["cnn"]["importance"][:]).any()


@pytest.mark.parametrize("what", SPOILED_AT_ONCE)
def test_what_is_not_there_shows_when_the_folder_is_opened(tmp_path, fasta, cnn, what):
    out = tmp_path / "out"
    dw.interpret_to_folder({"cnn": cnn}, fasta, out, batch_size=4)
    SPOILED_AT_ONCE[what](out)
    with pytest.raises(ReadError, match="damaged interpretation"):
        dw.open_interpretation(out)


def test_a_selection_that_is_not_there_is_no_damage(tmp_path, fasta, cnn):
    array = dw.interpret_to_folder({"cnn": cnn}, fasta, tmp_path / "out")["cnn"]["importance"]
    with pytest.raises(IndexError):
        array[N]


def test_a_block_of_n_is_written_and_is_no_missing_chunk(tmp_path, cnn):
    sequences = ["N" * LENGTH] * 4 + ["ACGT" * 6] * 4
    with pytest.warns(DemoWidgetsWarning, match="ambiguous"):
        data = dw.SequenceDataset(sequences)
    out = tmp_path / "out"
    dw.interpret_to_folder({"cnn": cnn}, data, out, batch_size=4)
    assert dw.interpret_to_folder({"cnn": cnn}, data, out, batch_size=4, resume=True).finished


@pytest.mark.parametrize("same_date", [False, True])
def test_an_input_that_is_replaced_in_between_stops_the_run_without_a_row_of_it(
    tmp_path, cnn, monkeypatch, same_date
):
    monkeypatch.setattr(surveyed_file, "_SURVEYED", 64)
    rng = np.random.default_rng(3)
    path = tmp_path / "many.fa"
    rows = ["".join(rng.choice(list("ACGT"), 60)) for _ in range(900)]
    path.write_text("".join(f">s{i}\n{row}\n" for i, row in enumerate(rows)))
    old = path.read_text()

    def replace(done, total):
        if done == 100:
            there = path.stat()
            path.write_text(old.replace("A", "x").replace("C", "A").replace("x", "C"))
            if same_date:
                os.utime(path, ns=(there.st_atime_ns, there.st_mtime_ns))

    out = tmp_path / "out"
    with pytest.raises(ReadError, match="many.fa changed while it was read"):
        dw.interpret_to_folder({"cnn": cnn}, path, out, batch_size=50, on_progress=replace)
    with pytest.warns(DemoWidgetsWarning, match="unfinished"):
        part = dw.open_interpretation(out)
    assert not part.finished and not (out / SUMMARY).exists()
    assert part.sequences(slice(0, part.n_done)) == rows[: part.n_done]
    with pytest.raises(DemoWidgetsError, match="input fingerprint"):
        dw.interpret_to_folder({"cnn": cnn}, path, out, batch_size=50, resume=True)
    path.write_text(old)
    assert dw.interpret_to_folder({"cnn": cnn}, path, out, batch_size=50, resume=True).finished
    assert dw.open_interpretation(out).sequences() == rows


def test_the_folder_may_be_a_link_and_stays_one(tmp_path, fasta, cnn):
    (tmp_path / "disk").mkdir()
    link = tmp_path / "out"
    link.symlink_to("disk")
    for options in ({}, {"resume": True}, {"overwrite": True}):
        assert dw.interpret_to_folder({"cnn": cnn}, fasta, link, **options).finished
        assert link.is_symlink() and (tmp_path / "disk" / SUMMARY).is_file()


def test_a_block_is_no_larger_than_the_input_and_than_memory(tmp_path, fasta, cnn):
    out = tmp_path / "out"
    result = dw.interpret_to_folder({"cnn": cnn}, fasta, out, batch_size=10**12)
    assert result["cnn"]["importance"].chunks == (N, LENGTH)
    assert result.manifest["run"]["batch_size"] * LENGTH <= 2**24
    assert dw.interpret_to_folder({"cnn": cnn}, fasta, out, batch_size=10**12, resume=True).finished


def test_a_full_disk_leaves_what_is_done_and_names_the_folder(tmp_path, fasta, cnn, monkeypatch):
    out = tmp_path / "out"
    real = zarr.Array.__setitem__

    def full(array, rows, values):
        if array.path == "codes" and rows.start == 8:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(array, rows, values)

    with monkeypatch.context() as patched, pytest.raises(DiskFull, match=f"{out}.*: No space"):
        patched.setattr(zarr.Array, "__setitem__", full)
        dw.interpret_to_folder({"cnn": cnn}, fasta, out, batch_size=4)
    seen = []
    dw.interpret_to_folder(
        {"cnn": cnn}, fasta, out, batch_size=4, resume=True, on_progress=lambda n, _: seen.append(n)
    )
    assert seen == [8, 11]


def test_what_is_no_interpretation_is_not_opened(tmp_path, fasta, cnn):
    for path in (tmp_path, fasta, tmp_path / "missing"):
        with pytest.raises(ReadError, match="holds no interpretation"):
            dw.open_interpretation(path)
    out = tmp_path / "out"
    dw.interpret_to_folder({"cnn": cnn}, fasta, out)
    (out / MANIFEST).write_text("{}")
    with pytest.raises(ReadError, match="not a manifest that this version"):
        dw.open_interpretation(out)
    (out / MANIFEST).write_text('{"format"')
    with pytest.raises(ReadError, match="cannot be read"):
        dw.open_interpretation(out)
