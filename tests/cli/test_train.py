"""``demo-widgets train``: a model, its history, and a training that can be stopped."""

from __future__ import annotations

import pandas as pd
import pytest

import demo_widgets as dw
from demo_widgets import models as models_package
from demo_widgets.errors import Diverged


@pytest.fixture
def train(planted, monkeypatch):
    """The arguments of a short training of a small network."""
    small = {"widths": (9,), "filters": 8}
    build = models_package.build_cnn
    monkeypatch.setattr(models_package, "build_cnn", lambda **given: build(**small, **given))
    return ["train", "--sequences", planted, "--epochs", 3, "--validation", "0.25", "--out"]


def table(path) -> pd.DataFrame:
    return pd.read_csv(path).drop(columns="seconds")


def stop_after(monkeypatch, epochs: int, error: BaseException) -> None:
    real = models_package.train

    def stopping(*args, **options):
        def on_epoch(row):
            if row["epoch"] == epochs:
                raise error

        return real(*args, **options, on_epoch=on_epoch)

    monkeypatch.setattr(models_package, "train", stopping)


def test_a_training_leaves_a_model_its_history_and_nothing_else(tmp_path, train, planted, facts):
    out = tmp_path / "gata.keras"
    answer = facts(*train, out, "--test", planted, "--seed", 3)
    assert {path.name for path in tmp_path.iterdir()} == {"gata.keras", "gata.history.csv"}
    history = pd.read_csv(tmp_path / "gata.history.csv", float_precision="round_trip")
    assert history["epoch"].tolist() == [1, 2, 3] and answer["epochs"] == 3
    assert history.loc[history["best"], "validation_auroc"].item() == answer["validation_auroc"]
    metadata = dw.read_metadata(out)
    assert metadata["training"]["seed"] == 3
    assert metadata["info"]["test"] == answer["test"]
    assert dw.evaluate(dw.load_model(out), dw.read_sequences(planted)) == answer["test"]
    assert (answer["n_train"], answer["n_validation"]) == (45, 15)


def test_the_same_command_gives_the_same_history(tmp_path, train, succeed):
    words = succeed(*train, tmp_path / "a.keras")
    succeed(*train, tmp_path / "b.keras")
    assert table(tmp_path / "a.history.csv").equals(table(tmp_path / "b.history.csv"))
    assert "validation AUROC" in words and "45 sequences, 15 held out" in words


def test_an_interrupted_training_goes_on_with_the_history_of_one_that_was_not(
    tmp_path, train, succeed, refused, monkeypatch
):
    succeed(*train, tmp_path / "whole.keras")
    out = tmp_path / "part.keras"
    with monkeypatch.context() as patched:
        stop_after(patched, 2, KeyboardInterrupt())
        message = refused(*train, out, code=130)
    assert message == "demo-widgets: interrupted; to continue, run the same command with --resume\n"
    assert not out.exists() and (tmp_path / "part.training").is_dir()
    assert "continue with --resume, or start again with --overwrite" in refused(*train, out)
    message = refused(*train, out, "--resume", "--seed", 1)
    assert "seed was 0 and is now 1" in message
    assert message.endswith("start again with --overwrite, or name another --out file\n")
    succeed(*train, out, "--resume")
    assert table(tmp_path / "part.history.csv").equals(table(tmp_path / "whole.history.csv"))
    assert not (tmp_path / "part.training").exists()


def test_overwrite_forgets_a_stopped_training_and_nothing_else(
    tmp_path, train, succeed, refused, monkeypatch
):
    out = tmp_path / "a.keras"
    with monkeypatch.context() as patched:
        stop_after(patched, 1, KeyboardInterrupt())
        refused(*train, out, "--seed", 1, code=130)
    (tmp_path / "a.training" / "notes.txt").write_text("mine")
    succeed(*train, out, "--overwrite")
    assert [path.name for path in (tmp_path / "a.training").iterdir()] == ["notes.txt"]


def test_a_model_that_is_there_is_not_replaced_unasked(
    tmp_path, train, succeed, refused, monkeypatch
):
    out, history = tmp_path / "a.keras", tmp_path / "a.history.csv"
    for file in (out, history):
        file.write_text("mine")
        with monkeypatch.context() as patched:
            patched.setattr(models_package, "train", lambda *_, **__: pytest.fail("it was trained"))
            message = refused(*train, out)
        assert f"{file} exists already; replace it with --overwrite, or name another" in message
        assert file.read_text() == "mine"
        file.unlink()
    out.write_text("mine")
    succeed(*train, out, "--overwrite")
    assert dw.read_metadata(out)["training"]["epochs_run"] == 3


def test_an_interrupted_replacement_leaves_the_model_and_can_go_on(
    tmp_path, train, facts, succeed, refused, monkeypatch
):
    out = tmp_path / "a.keras"
    succeed(*train, out)
    before = out.read_bytes()
    with monkeypatch.context() as patched:
        stop_after(patched, 2, KeyboardInterrupt())
        message = refused(*train, out, "--overwrite", "--seed", 1, code=130)
    assert "to continue, run the same command with --resume instead of --overwrite" in message
    assert out.read_bytes() == before
    assert facts(*train, out, "--resume", "--seed", 1)["finished_before"] is False
    assert dw.read_metadata(out)["training"]["seed"] == 1


def test_a_finished_training_is_told_and_not_done_again(
    tmp_path, train, planted, succeed, facts, monkeypatch
):
    out = tmp_path / "a.keras"
    first = facts(*train, out, "--test", planted)
    monkeypatch.setattr(models_package, "train", lambda *_, **__: pytest.fail("it was trained"))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    again = facts(*train, out, "--test", planted, "--resume")
    assert (first.pop("finished_before"), again.pop("finished_before")) == (False, True)
    assert again == first
    words = succeed(*train, out, "--resume")
    assert words.startswith(f"{out} was finished already; nothing was trained: validation AUROC")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_finished_training_of_something_else_is_no_answer(
    tmp_path, train, planted, succeed, refused, monkeypatch
):
    out = tmp_path / "a.keras"
    succeed(*train, out)
    before = out.read_bytes()
    monkeypatch.setattr(models_package, "train", lambda *_, **__: pytest.fail("it was trained"))
    for options, difference in [
        (["--seed", 1], "seed was 0 and is now 1"),
        (["--epochs", 9], "epochs was 3 and is now 9"),
        (["--validation", planted], "n_train was 45 and is now 60"),
        (["--network", "rnn"], "network was 'CNN' and is now 'RNN'"),
    ]:
        message = refused(*train, out, "--resume", *options)
        assert difference in message
        assert message.endswith("; replace it with --overwrite, or name another file\n")
    assert out.read_bytes() == before
    models_package.build_cnn(seed=0).save(out)
    assert "holds no record of how it was trained" in refused(*train, out, "--resume")


def test_a_training_that_diverges_is_a_failure_of_the_work(tmp_path, train, refused, monkeypatch):
    stop_after(monkeypatch, 1, Diverged("the loss is no longer finite"))
    assert "no longer finite" in refused(*train, tmp_path / "a.keras", code=1)
    assert not (tmp_path / "a.keras").exists()


def test_options_reach_the_training(tmp_path, train, planted, facts):
    options = ["--learning-rate", "0.02", "--batch-size", 16, "--patience", 1, "--one-strand"]
    facts(*train, tmp_path / "a.keras", *options, "--validation", planted)
    recipe = dw.read_metadata(tmp_path / "a.keras")["training"]
    expected = {"learning_rate": 0.02, "batch_size": 16, "patience": 1, "validation": "given"}
    assert {key: recipe[key] for key in expected} == expected
    assert recipe["augment_reverse_complement"] is False
    assert recipe["n_validation"] == 60


@pytest.fixture
def bound_only(tmp_path_factory, planted):
    """The 30 bound ones of the labelled sequences, as a DeepBind table and as named FASTA."""
    folder = tmp_path_factory.mktemp("bound")
    data = dw.read_sequences(planted)
    bound = data[data.labels == 1].sequences
    rows = "".join(f"A\tpeak{i}\t{site}\t1\n" for i, site in enumerate(bound))
    (folder / "X_AC.seq").write_text(f"FoldID\tEventID\tseq\tBound\n{rows}")
    (folder / "bound.fa").write_text("".join(f">b{i}\n{s}\n" for i, s in enumerate(bound)))
    return folder


@pytest.mark.parametrize("bound", ["X_AC.seq", "bound.fa"])
def test_negatives_are_made_only_for_files_of_bound_sequences(
    tmp_path, train, planted, bound_only, facts, bound
):
    train[2] = bound_only / bound
    options = ["--negatives", "dinucleotide", "--validation"]
    labelled = facts(*train, tmp_path / "a.keras", *options, planted, "--test", planted)
    assert (labelled["n_train"], labelled["n_validation"], labelled["test"]["n"]) == (60, 60, 60)
    assert (
        labelled["test"]["auroc"]
        == dw.evaluate(dw.load_model(tmp_path / "a.keras"), dw.read_sequences(planted))["auroc"]
    )
    for beside in ("X_AC.seq", "bound.fa"):
        file = bound_only / beside
        shuffled = facts(*train, tmp_path / f"{beside}.keras", *options, file, "--test", file)
        assert (shuffled["n_validation"], shuffled["test"]["n"]) == (60, 60)


def test_what_is_said_of_intervals_or_columns_does_not_hinder_another_format(
    tmp_path, train, planted, bound_only, facts, refused
):
    genome, peaks, table = (tmp_path / name for name in ("g.fa", "p.bed", "t.csv"))
    bases = "".join(dw.read_sequences(planted).sequences)
    genome.write_text(f">chr1\n{bases}\n")
    peaks.write_text("".join(f"chr1\t{at}\t{at + 40}\n" for at in range(100, 1300, 40)))
    dw.read_sequences(planted).to_frame().rename(columns={"sequence": "dna"}).to_csv(table)
    intervals = ["--genome", genome, "--length", 40, "--negatives", "dinucleotide"]
    columns = ["--sequence-column", "dna", "--label-column", "label", "--name-column", "name"]
    for i, (sequences, options, beside) in enumerate([
        (peaks, intervals, planted),
        (peaks, intervals, bound_only / "X_AC.seq"),
        (peaks, intervals, peaks),
        (table, columns, planted),
        (table, columns, table),
    ]):  # fmt: skip
        train[2] = sequences
        out = tmp_path / f"{i}.keras"
        answer = facts(*train, out, *options, "--test", beside, "--validation", beside)
        assert (answer["n_validation"], answer["test"]["n"]) == (60, 60)
    train[2] = table
    message = refused(*train, out, "--overwrite", *columns, "--test", bound_only / "X_AC.seq")
    assert "X_AC.seq" in message


def test_what_cannot_be_trained_is_refused_before_any_work(
    tmp_path, train, refused, capsys, monkeypatch
):
    monkeypatch.setattr(models_package, "train", lambda *_, **__: pytest.fail("it was trained"))
    (tmp_path / "bare.fa").write_text(">a\nACGTACGT\n>b\nACGTTTTT\n")
    for arguments, words in [
        ([*train, tmp_path / "a.h5"], "expected a name that ends in .keras"),
        ([*train, "."], "cannot write .: expected a name that ends in .keras"),
        ([*train, ""], "cannot write .: expected a name that ends in .keras"),
        ([*train, tmp_path / "no" / "a.keras"], "No such file or directory"),
        ([*train, tmp_path / "a.keras", "--history", tmp_path], "it is a folder"),
        ([*train, tmp_path / "a.keras", "--test", tmp_path / "no.fa"], "does not exist"),
        ([*train, tmp_path / "a.keras", "--test", tmp_path / "bare.fa"], "no labels"),
        ([*train, tmp_path / "a.keras", "--validation", "no.fa"], "does not exist"),
        ([*train, tmp_path / "a.keras", "--validation", "2"], "expected a share between 0 and 1"),
    ]:
        assert words in refused(*arguments)
    for option in (["--epochs", "0"], ["--learning-rate", "-1"], ["--seed", "x"]):
        from demo_widgets.cli import main

        with pytest.raises(SystemExit) as stop:
            main([*map(str, train), str(tmp_path / "a.keras"), *option])
        assert stop.value.code == 2 and option[0] in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["bare.fa"]
