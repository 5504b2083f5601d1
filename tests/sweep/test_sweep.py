"""Sweeps on Dask: whole results, the same ones whatever dies on the way."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import html5lib
import numpy as np
import pandas as pd
import psutil
import pytest
from distributed import Client

from demo_widgets.cli import main
from demo_widgets.models import evaluate, load_model
from demo_widgets.sequences import read_sequences
from demo_widgets.sweep import run_sweep
from demo_widgets.sweep.jobs import Settings
from demo_widgets.sweep.plan import plan_sweep
from demo_widgets.sweep.training_records import read_interpretation, read_training

from .conftest import add_folder, add_pair
from .dask_processes import PATIENCE, DaskProcesses, running, wait_until

HOSTILE = '<script>x<b> & "q" \'测试'
NOBODY = "tcp://127.0.0.1:9"
"""An address where no scheduler is: who connects there fails."""
RECIPE = {"networks": ("cnn", "rnn"), "epochs": 2, "interpret": False}
HOLD = Path(__file__).with_name("hold.py")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tfs(tmp_path_factory) -> Path:
    """Two good TFs, one with a hostile name, and one with a file that is no file of sequences."""
    root = tmp_path_factory.mktemp("tfs")
    add_pair(root, HOSTILE)
    add_folder(root, "GATA1", seed=3)
    bad = add_folder(root, "BAD")
    (bad / "test.fa.gz").write_bytes(b"\x1f\x8b\x08 not gzip")
    return root


@pytest.fixture(scope="module")
def out(tfs, tmp_path_factory) -> Path:
    """An undisturbed sweep of the three TFs on one process of this machine."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    run_sweep(tfs, out, **RECIPE, workers=1, threads=1, progress=False)
    return out


def results(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "results.csv").set_index(["tf", "network", "seed"])


def jobs(tfs: Path, out: Path) -> dict:
    settings = Settings(RECIPE["networks"], (0,), RECIPE["epochs"], RECIPE["interpret"])
    plan = plan_sweep(tfs, out, settings)
    return {(job.factor, job.network): job for job in plan.jobs}


def page(path: Path):
    """A page read by a strict HTML5 parser, which raises at the first error."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import|<img|<link|<iframe", text)
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(text)


def test_each_training_has_its_row_and_the_bad_file_its_reason(out):
    table = results(out)
    assert sorted(table.index) == sorted(
        (tf, network, 0) for tf in (HOSTILE, "GATA1", "BAD") for network in ("CNN", "RNN")
    )
    bad = table.loc["BAD"]
    assert bad["error"].str.contains("BAD/test.fa.gz ", regex=False).all()
    assert bad["auroc"].isna().all()
    good = table.drop("BAD", level="tf")
    assert good["error"].isna().all() and good["auroc"].between(0, 1).all()
    assert (good["epochs"] == 2).all() and good["worker"].nunique() == 1


def test_the_scores_are_those_of_the_model_that_was_saved(out, tfs):
    job = jobs(tfs, out)["GATA1", "cnn"]
    model = load_model(job.folder / "model.keras")
    test = read_sequences(tfs / "GATA1" / "test.fa.gz")
    row = results(out).loc["GATA1", "CNN", 0]
    for suffix, both in {"": False, "_both_strands": True}.items():
        scores = evaluate(model, test, reverse_complement=both)
        for metric in ("auroc", "auprc", "accuracy"):
            assert row[metric + suffix] == pytest.approx(scores[metric], abs=1e-5)


def test_the_summary_is_over_the_tfs_that_were_trained(out):
    (cnn,) = [row for row in csv.DictReader(open(out / "summary.csv")) if row["network"] == "CNN"]
    auroc = results(out).xs("CNN", level="network")["auroc"].dropna()
    assert (cnn["tfs"], cnn["trainings"]) == ("2", "2")
    assert float(cnn["auroc_mean"]) == pytest.approx(auroc.mean(), abs=1e-5)
    assert float(cnn["auroc_median"]) == pytest.approx(auroc.median(), abs=1e-5)
    assert float(cnn["auroc_sd"]) == pytest.approx(auroc.std(), abs=1e-5)


def test_nothing_of_the_data_is_copied_and_nothing_unfinished_is_left(out):
    names = {path.name for path in out.rglob("*") if path.is_file()}
    pages = {name for name in names if name.endswith(".html")}
    assert names - pages == {
        "results.csv", "summary.csv", "sweep.json", "training.json", "model.keras"
    }  # fmt: skip
    assert not list(out.rglob("unfinished"))


def test_the_pages_are_valid_need_no_network_and_read_hostile_names_as_text(out):
    index = page(out / "index.html")
    assert HOSTILE in "".join(index.itertext())
    assert "2 failed" in "".join(index.itertext())
    links = [a.get("href") for a in index.iter("a") if a.get("href").startswith("factors/")]
    assert len(links) == 3
    for link in links:
        factor = page(out / link)
        for a in factor.iter("a"):
            assert (out / "factors" / a.get("href")).resolve().is_file(), a.get("href")
    assert {len(list(page(out / link).iter("polyline"))) for link in links} <= {0, 4}


def test_a_failed_training_makes_the_command_fail_and_is_listed(out, tfs, capsys):
    before = {path: path.stat().st_mtime_ns for path in out.rglob("training.json")}
    arguments = ["--networks", "cnn", "rnn", "--epochs", "2", "--no-interpret", "--workers", "1"]
    assert main(["sweep", str(tfs), "--out", str(out), *arguments, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["trainings"], told["done"], told["done_before"]) == (6, 4, 4)
    assert [(row["tf"], row["network"]) for row in told["failed"]] == [
        ("BAD", "CNN"),
        ("BAD", "RNN"),
    ]
    assert {path: path.stat().st_mtime_ns for path in out.rglob("training.json")} == before


def test_a_sweep_that_is_done_needs_no_scheduler_to_be_started_again(out, tfs):
    table = run_sweep(tfs, out, **RECIPE, only=["GATA1"], scheduler=NOBODY, progress=False)
    assert list(table["network"]) == ["CNN", "RNN"] and (table["error"] == "").all()


def test_a_worker_killed_in_the_middle_of_a_training_costs_nothing_but_time(out, tfs, tmp_path):
    """The other worker goes on from the last epoch, and every result is the undisturbed one."""
    held, disturbed = tmp_path / "held", tmp_path / "out"
    held.mkdir()
    only = [HOSTILE, "GATA1"]
    with DaskProcesses(tmp_path) as dask:
        doomed = dask.worker("--preload", str(HOLD), DEMO_WIDGETS_HOLD=str(held))
        options = {**RECIPE, "only": only, "scheduler": dask.address, "progress": False}
        sweep = threading.Thread(target=run_sweep, args=(tfs, disturbed), kwargs=options)
        sweep.start()
        wait_until((held / str(doomed.pid)).is_file, running(doomed), sweep.is_alive)
        assert list(disturbed.rglob("training_state.npz"))
        assert not list(disturbed.rglob("training.json"))
        other = dask.worker()
        with Client(dask.address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=PATIENCE)
            (busy,) = [
                address for address, pid in client.run(os.getpid).items() if pid == doomed.pid
            ]
            assert client.processing()[busy]
        os.kill(doomed.pid, signal.SIGKILL)
        doomed.wait()
        sweep.join()

    ended = jobs(tfs, disturbed)
    for key, job in jobs(tfs, out).items():
        if job.factor == "BAD":
            continue
        expected, found = read_training(job), read_training(ended[key])
        assert [epoch["loss"] for epoch in found["epochs"]] == [
            epoch["loss"] for epoch in expected["epochs"]
        ], key
        assert found["weights_sha256"] == expected["weights_sha256"], key
        assert found["scores"] == expected["scores"], key
        assert found["worker"].endswith(f":{other.pid}")


def test_a_lost_scheduler_is_told_in_one_line(tfs, tmp_path):
    held = tmp_path / "held"
    held.mkdir()
    command = [sys.executable, "-m", "demo_widgets", "sweep", str(tfs), "--only", "GATA1"]
    command += ["--out", str(tmp_path / "out"), "--networks", "cnn", "--epochs", "2"]
    with DaskProcesses(tmp_path) as dask:
        dask.worker("--preload", str(HOLD), DEMO_WIDGETS_HOLD=str(held))
        command += ["--no-interpret", "--scheduler", dask.address]
        sweep = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: any(held.iterdir()), running(sweep))
    errors = sweep.communicate(timeout=PATIENCE)[1]
    assert sweep.returncode == 1
    assert errors.startswith("demo-widgets: error: the Dask scheduler was lost; run the sweep")
    assert errors.count("\n") == 1


def heed_interrupts() -> None:
    """Start a program as a terminal does; a background job of a shell would ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def has_ended(pid: int) -> bool:
    """Whether no such process runs; one that nobody reaped has ended too."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_ctrl_c_leaves_a_sweep_that_can_go_on(tfs, tmp_path):
    held, out = tmp_path / "held", tmp_path / "out"
    held.mkdir()
    command = [sys.executable, "-m", "demo_widgets", "sweep", str(tfs), "--out", str(out)]
    command += ["--only", "GATA1", "--networks", "cnn", "--epochs", "2", "--workers", "1"]
    sweep = subprocess.Popen(
        command,
        env={
            **os.environ,
            "DASK_DISTRIBUTED__WORKER__PRELOAD": json.dumps([str(HOLD)]),
            "DEMO_WIDGETS_HOLD": str(held),
        },
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,
    )
    try:
        wait_until(lambda: any(held.iterdir()), running(sweep))
        os.killpg(sweep.pid, signal.SIGINT)  # as a terminal does: to the workers too
        errors = sweep.communicate(timeout=PATIENCE)[1]
        workers = [int(path.name) for path in held.iterdir()]
        wait_until(lambda: all(map(has_ended, workers)))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(sweep.pid, signal.SIGKILL)
    assert sweep.returncode == 130
    assert "Traceback" not in errors and "interrupted" in errors
    assert list(out.rglob("training_state.npz")) and not list(out.rglob("training.json"))
    assert "0 of 1 trainings are done" in "".join(page(out / "index.html").itertext())


def test_ctrl_c_ends_a_training_on_another_scheduler_with_its_epoch(tfs, tmp_path):
    held, out = tmp_path / "held", tmp_path / "out"
    held.mkdir()
    command = [sys.executable, "-m", "demo_widgets", "sweep", str(tfs), "--out", str(out)]
    command += ["--only", "GATA1", "--networks", "cnn", "rnn", "--epochs", "3", "--no-interpret"]
    with DaskProcesses(tmp_path) as dask:
        worker = dask.worker("--preload", str(HOLD), DEMO_WIDGETS_HOLD=str(held))
        sweep = subprocess.Popen(
            [*command, "--scheduler", dask.address],
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heed_interrupts,
        )
        try:
            wait_until(lambda: any(held.iterdir()), running(sweep), running(worker))
            sweep.send_signal(signal.SIGINT)
            errors = sweep.communicate(timeout=PATIENCE)[1]
        finally:
            sweep.kill()
        assert (
            sweep.returncode == 130
            and "interrupted; to continue, run the same command again" in errors
        )
        with Client(dask.address, set_as_default=False) as client:

            def states() -> list[str]:
                """Of the tasks on the worker."""
                (found,) = client.run(
                    lambda dask_worker: [task.state for task in dask_worker.state.tasks.values()]
                ).values()
                return found

            wait_until(lambda: states() == ["cancelled"], running(worker))
            (held / "go").touch()
            wait_until(lambda: not states(), running(worker))
    (kept,) = out.rglob("training_state.npz")
    with np.load(kept) as state:
        assert len(json.loads(str(state["state"]))["epochs"]) == 1
    assert not list(out.rglob("training.json"))


def test_motifs_are_added_to_trainings_that_are_done(out, tfs):
    """Interpretation alone: the model is loaded, not trained again, and its motif has a name."""
    job = jobs(tfs, out)["GATA1", "cnn"]
    before = (job.folder / "training.json").stat().st_mtime_ns
    options = {**RECIPE, "interpret": True, "networks": ("cnn",), "only": ["GATA1"]}
    run_sweep(tfs, out, **options, workers=1, threads=1, progress=False)
    assert (job.folder / "training.json").stat().st_mtime_ns == before
    (wider,) = [j for j in plan_sweep(tfs, out, Settings(("cnn",), (0,), 2), only=["GATA1"]).jobs]
    found = read_interpretation(wider)
    test = read_sequences(tfs / "GATA1" / "test.fa.gz")
    assert found["saliency"]["sequence"] == test.sequences[test.labels.argmax()]
    factor = page(out / "factors" / "GATA1.html")
    assert "Saliency of the first bound test sequence" in "".join(factor.itertext())
