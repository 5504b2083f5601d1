"""``demo-widgets evaluate``: the numbers of ``evaluate``, as a table, CSV and JSON."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

import demo_widgets as dw


@pytest.mark.parametrize("both_strands", [False, True])
def test_the_numbers_are_those_of_evaluate(tmp_path, models, planted, facts, both_strands):
    files = {"csv": tmp_path / "scores.csv", "predictions": tmp_path / "p.csv"}
    options = ["--csv", files["csv"], "--predictions", files["predictions"]]
    options += ["--reverse-complement"] * both_strands
    answer = facts("evaluate", "--models", models, "--sequences", planted, *options)
    data = dw.read_sequences(planted)
    table = pd.read_csv(files["csv"]).set_index("model")
    predictions = pd.read_csv(files["predictions"])
    assert predictions["name"].tolist() == data.names
    assert [result["model"] for result in answer["results"]] == ["small_cnn", "small_rnn"]
    for result in answer["results"]:
        name = result.pop("model")
        model = dw.load_model(models / f"{name}.keras")
        assert result == dw.evaluate(model, data, reverse_complement=both_strands)
        assert table.loc[name, "auroc"] == pytest.approx(result["auroc"])
        p = dw.predict(model, data, reverse_complement=both_strands)
        assert predictions[name].to_numpy() == pytest.approx(p, rel=1e-4)


def test_people_get_a_table(models, planted, succeed):
    lines = succeed("evaluate", "--models", models, "--sequences", planted).splitlines()
    assert lines[0].split() == "model auroc auprc accuracy n n_bound n_unbound".split()
    assert [line.split()[0] for line in lines[1:]] == ["small_cnn", "small_rnn"]


def test_several_files_are_one_set(models, planted, facts):
    model = models / "small_cnn.keras"
    answer = facts("evaluate", "--models", model, "--sequences", planted, planted)
    assert answer["results"][0]["n"] == 120


def test_what_cannot_be_evaluated_is_refused_in_words(tmp_path, models, planted, refused):
    (tmp_path / "empty").mkdir()
    (tmp_path / "fake.keras").write_text("hello")
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "small_cnn.keras").write_bytes((models / "small_rnn.keras").read_bytes())
    unlabelled = tmp_path / "unlabelled.fa"
    unlabelled.write_text(">a\nACGTACGT\n>b\nACGTTTTT\n")
    table = tmp_path / "table.csv"
    table.write_text("name,probe\na,ACGT\n")
    for paths, words in [
        ([tmp_path / "missing.keras"], "missing.keras does not exist"),
        ([tmp_path / "empty"], "holds no .keras file"),
        ([tmp_path / "fake.keras"], "not a .keras file"),
        ([tmp_path / "a.txt"], "not a .keras file"),
        ([models, tmp_path / "small_cnn.keras"], "have the same name"),
    ]:
        assert words in refused("evaluate", "--models", *paths, "--sequences", planted)
    for sequences, words in [
        ([tmp_path / "missing.fa"], "missing.fa does not exist"),
        ([unlabelled], "no labels"),
        ([table], "(otherwise set --sequence-column)"),
        ([planted, "--label-column", "x"], "--label-column is for the format"),
        ([planted, "--csv", tmp_path], "it is a folder"),
        ([planted, "--csv", tmp_path / "no" / "x.csv"], "No such file or directory"),
        ([planted, "--target", 5], "target"),
    ]:
        assert words in refused("evaluate", "--models", models, "--sequences", *sequences)


def test_a_model_that_needs_a_target_is_named_by_its_file(tmp_path, planted, refused, facts):
    import keras

    units = keras.layers.Dense(3, activation="softmax", name="units")
    layers = [keras.Input((40, 4)), keras.layers.GlobalMaxPooling1D(), units]
    path = tmp_path / "three.keras"
    keras.Sequential(layers).save(path)
    command = ["evaluate", "--models", path, "--sequences", planted]
    words = refused(*command)
    assert words.startswith(f"demo-widgets: error: {path}: it has 3 outputs; set --target")
    assert str(path) in refused(*command, "--target", 3)
    assert facts(*command, "--target", 2)["results"][0]["model"] == "three"


def test_a_model_cannot_take_the_place_of_the_labels(tmp_path, models, planted, refused):
    (tmp_path / "label.keras").write_bytes((models / "small_cnn.keras").read_bytes())
    out = tmp_path / "p.csv"
    command = ["evaluate", "--models", tmp_path, "--sequences", planted]
    assert "rename label.keras" in refused(*command, "--predictions", out)
    assert not out.exists()


def test_intervals_are_read_with_their_genome(tmp_path, models, facts):
    rng_free = "ACGTTGCAAT" * 30
    (tmp_path / "genome.fa").write_text(f">chr1\n{rng_free}\n")
    (tmp_path / "peaks.bed").write_text("chr1\t50\t70\nchr1\t105\t125\nchr1\t152\t180\n")
    answer = facts(
        *("evaluate", "--models", models / "small_cnn.keras"),
        *("--sequences", tmp_path / "peaks.bed", "--genome", tmp_path / "genome.fa"),
        *("--length", 31, "--negatives", "dinucleotide"),
    )
    assert (answer["results"][0]["n_bound"], answer["results"][0]["n_unbound"]) == (3, 3)


def test_what_a_killed_save_left_is_no_model(tmp_path, models, planted, facts):
    shutil.copy(models / "small_cnn.keras", tmp_path)
    (tmp_path / ".small_cnn-0123456789ab.keras").write_bytes(b"half a model")
    (tmp_path / "._small_cnn.keras").write_bytes(b"of another system")
    answer = facts("evaluate", "--models", tmp_path, "--sequences", planted)
    assert [row["model"] for row in answer["results"]] == ["small_cnn"]
