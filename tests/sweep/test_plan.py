"""What is left to do: only whole results of the very recipe count as done."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.sweep import cluster, run_sweep
from demo_widgets.sweep.jobs import Settings
from demo_widgets.sweep.plan import plan_sweep
from demo_widgets.sweep.training_records import MODEL, TRAINING, is_finished, write_record

from .conftest import add_folder

SETTINGS = Settings(networks=("cnn", "rnn"), seeds=(0, 1), epochs=2, interpret=False)


@pytest.fixture
def plan(factors, tmp_path):
    return plan_sweep(factors, tmp_path / "out", SETTINGS).begun()


def finish(job, **changes) -> None:
    """Leave what a training with this recipe leaves; the numbers in it do not matter here."""
    job.folder.mkdir(parents=True, exist_ok=True)
    (job.folder / MODEL).touch()
    write_record(job.folder / TRAINING, {**job.recipe(), **changes}, {})


def contents(folder) -> dict:
    """Everything in a folder, with the bytes of its files."""
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def again(plan, settings=SETTINGS):
    return plan_sweep(plan.folder, plan.out, settings)


def test_every_tf_network_and_seed_is_a_training_tf_by_tf(plan):
    assert [job.title for job in plan.jobs[:5]] == [
        "CTCF (sc-1), CNN, seed 0",
        "CTCF (sc-1), CNN, seed 1",
        "CTCF (sc-1), RNN, seed 0",
        "CTCF (sc-1), RNN, seed 1",
        "GATA1, CNN, seed 0",
    ]
    assert len({job.folder for job in plan.jobs}) == len({job.key() for job in plan.jobs}) == 8
    assert plan.waiting == list(plan.jobs)


def test_planning_writes_nothing(factors, tmp_path):
    plan_sweep(factors, tmp_path / "out", SETTINGS)
    assert not (tmp_path / "out").exists()


def test_a_finished_training_is_not_done_again(plan):
    finish(plan.jobs[2])
    assert [job.title for job in again(plan).finished] == [plan.jobs[2].title]
    assert len(again(plan).waiting) == 7


@pytest.mark.parametrize("damage", ["half", "no model", "no record", "not JSON"])
def test_half_a_result_is_no_result(plan, damage):
    job = plan.jobs[0]
    finish(job)
    record = job.folder / TRAINING
    if damage == "half":
        record.write_text(record.read_text()[:-20])
    elif damage == "no model":
        (job.folder / MODEL).unlink()
    elif damage == "no record":
        record.unlink()
    else:
        record.write_bytes(b"\x00\xff")
    assert not is_finished(job)
    assert not again(plan).finished and not again(plan).outdated


def test_results_of_other_settings_are_refused_and_nothing_is_changed(plan):
    finish(plan.jobs[0])
    other = again(plan, Settings(("cnn",), (0,), epochs=3, interpret=False))
    with pytest.raises(
        DemoWidgetsError, match=r"CTCF \(sc-1\), CNN, seed 0: epochs was 2 and is now 3"
    ):
        other.begun()
    assert is_finished(plan.jobs[0])


def test_results_of_sequences_that_changed_are_refused(plan, factors):
    for job in plan.jobs:
        finish(job)
    add_folder(factors, "GATA1", seed=5)
    changed = again(plan)
    assert len(changed.finished) == len(changed.outdated) == 4
    with pytest.raises(DemoWidgetsError, match="4 trainings.*training file has changed"):
        changed.begun()


def test_retrain_deletes_exactly_the_results_that_were_made_otherwise(plan, factors):
    for job in plan.jobs:
        finish(job)
    add_folder(factors, "GATA1", seed=5)
    begun = again(plan).begun(retrain=True)
    assert {job.factor for job in begun.waiting} == {"GATA1"}
    assert [job.folder.exists() for job in begun.jobs] == [True] * 4 + [False] * 4


def test_a_sweep_that_also_interprets_keeps_the_trainings(plan):
    finish(plan.jobs[0])
    settings = Settings(SETTINGS.networks, SETTINGS.seeds, SETTINGS.epochs, interpret=True)
    wider = again(plan, settings)
    assert not wider.finished and not wider.outdated


def test_the_folder_of_a_sweep_keeps_its_id(plan):
    assert again(plan).begun().jobs == plan.jobs
    assert json.loads((plan.out / "sweep.json").read_text())["id"] == plan.jobs[0].sweep != ""


def test_a_folder_of_something_else_is_refused(factors, tmp_path):
    with pytest.raises(DemoWidgetsError, match="holds no sweep"):
        plan_sweep(factors, factors, SETTINGS)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(DemoWidgetsError, match="it is a file"):
        plan_sweep(factors, file, SETTINGS)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"networks": ("cnn", "lstm")}, "networks: 'lstm' is not known"),
        ({"networks": ()}, "networks: got"),
        ({"networks": "cnn"}, "networks: got 'cnn', expected a list"),
        ({"seeds": (0, 0)}, "each of them once"),
        ({"seeds": (-1,)}, "seeds: got -1"),
        ({"epochs": 0}, "epochs: got 0"),
        ({"release": "JASPAR1999"}, "JASPAR1999"),
        ({"workers": 0}, "workers: got 0"),
        ({"retries": -1}, "retries: got -1"),
        ({"only": ["MYC"]}, "no TF is named 'MYC'"),
        ({"scheduler": "host"}, "scheduler: 'host' is not an address"),
        ({"scheduler": "ftp://host:8786"}, "unknown address scheme 'ftp'"),
    ],
)
def test_a_wrong_argument_is_one_clear_error_before_any_work(factors, tmp_path, options, words):
    with pytest.raises(DemoWidgetsError, match=words):
        run_sweep(factors, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("there", ["nothing", "a sweep", "results made otherwise"])
def test_a_scheduler_that_does_not_answer_leaves_the_folder_as_it_was(
    plan, tmp_path, monkeypatch, there
):
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 0.2)
    out = tmp_path / "new" if there == "nothing" else plan.out
    if there == "results made otherwise":
        finish(plan.jobs[0], epochs=9)
    before = contents(out)
    options = {"networks": ("cnn",), "epochs": 2, "interpret": False, "retrain": True}
    with pytest.raises(
        DemoWidgetsError, match="cannot reach a Dask scheduler at 'tcp://127.0.0.1:9'"
    ):
        run_sweep(plan.folder, out, **options, scheduler="tcp://127.0.0.1:9", progress=False)
    assert contents(out) == before


def test_without_dask_the_error_says_what_to_install(factors, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DemoWidgetsError, match=r"pip install dask distributed"):
        run_sweep(factors, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_package_its_help_and_a_dry_run_load_no_dask(factors, tmp_path):
    out = tmp_path / "out"
    code = (
        "import sys, demo_widgets, demo_widgets.sweep\n"
        "from demo_widgets.cli import main\n"
        f"assert main(['sweep', {str(factors)!r}, '--out', {str(out)!r}, '--dry-run']) == 0\n"
        "try:\n"
        "    main(['--help'])\n"
        "except SystemExit:\n"
        "    pass\n"
        "heavy = {'dask', 'distributed', 'tensorflow', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "GATA1, CNN-RNN, seed 0: to do" in done.stdout
    assert not os.path.exists(out)
