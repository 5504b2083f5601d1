"""What is shipped: wheel and sdist are whole, and what names versions and commands agrees."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import demo_widgets
from demo_widgets.cli.demo import QUICKSTART
from demo_widgets.cli.program import build_parser

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = metadata.metadata("demo_widgets").get_all("Provides-Extra")


def readme_commands() -> list[str]:
    """Lines of the shell blocks of the README."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> set[str]:
    """Names in a wheel that is built from an sdist of this tree."""
    tree = tmp_path_factory.mktemp("tree") / "demo_widgets"
    ignored = shutil.ignore_patterns(".*", "*.egg-info", "build", "dist", "__pycache__", "tests")
    shutil.copytree(ROOT, tree, ignore=ignored)
    run = {"cwd": tree, "check": True, "capture_output": True}
    subprocess.run([sys.executable, "setup.py", "--quiet", "sdist", "--dist-dir", "out"], **run)
    (sdist,) = (tree / "out").glob("*.tar.gz")
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", "out"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(sdist)], **run)
    (path,) = (tree / "out").glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_module_and_asset(wheel):
    files = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "demo_widgets").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - wheel == set()


def test_the_wheel_holds_the_notebooks_where_the_command_looks_for_them(wheel):
    notebooks = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert QUICKSTART in notebooks
    assert {f"demo_widgets/assets/notebooks/{name}" for name in notebooks} - wheel == set()


def test_the_wheel_holds_nothing_but_the_package(wheel):
    tops = {name.split("/")[0] for name in wheel}
    assert tops == {"demo_widgets", f"demo_widgets-{demo_widgets.__version__}.dist-info"}


def test_the_changelog_opens_with_this_version():
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert first.group(1) == demo_widgets.__version__


def test_binder_names_a_python_that_the_package_takes():
    name, version = (ROOT / "binder" / "runtime.txt").read_text().strip().split("-")
    assert name == "python"
    assert version in SpecifierSet(metadata.metadata("demo_widgets")["Requires-Python"])


def test_binder_installs_this_tree_with_extras_that_exist():
    lines = (ROOT / "binder" / "requirements.txt").read_text().splitlines()
    assert lines[0].startswith(".")
    # A local path is no requirement by itself; under the package's name it must be one.
    assert Requirement(f"demo_widgets{lines[0][1:]}").extras <= set(EXTRAS)
    for line in lines[1:]:
        Requirement(line)


def test_commands_of_the_readme_exist():
    make_targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M)
    checked = set()
    for command in readme_commands():
        program, *arguments = shlex.split(command)
        if program == "make":
            assert arguments[0] in make_targets
        elif program == "demo-widgets":
            build_parser().parse_args(arguments)
        elif program == "pip":
            extras = re.search(r"\[(.*)\]", arguments[-1])
            assert set(extras.group(1).split(",")) <= set(EXTRAS)
        else:
            continue
        checked.add(program)
    assert checked == {"make", "demo-widgets", "pip"}
