"""``demo-widgets`` as a whole: quick to help, plain about errors, with telling exit codes."""

from __future__ import annotations

import errno
import io
import json
import re
import subprocess
import sys
import warnings
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

import demo_widgets
from demo_widgets.cli import main, program
from demo_widgets.cli.console import Progress, as_options, plain_warnings, tell
from demo_widgets.cli.program import COMMANDS, build_parser
from demo_widgets.errors import Cancelled, DemoWidgetsError, DemoWidgetsWarning, Diverged

NAMES = [command.__name__.rpartition(".")[2] for command in COMMANDS]


def test_help_and_version_load_no_heavy_library():
    commands = [["--help"], ["--version"], *([name, "--help"] for name in NAMES)]
    heavy = {"tensorflow", "keras", "pandas", "numpy", "zarr", "dask", "jupyterlab", "voila"}
    code = (
        "import sys\n"
        "from demo_widgets.cli import main\n"
        f"for arguments in {commands!r}:\n"
        "    try:\n"
        "        main(arguments)\n"
        "    except SystemExit as stop:\n"
        "        assert stop.code == 0\n"
        f"assert not {heavy!r} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("usage: demo-widgets") == 1 + len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_example_of_the_help_is_a_command_line_that_is_taken(name, capsys):
    import shlex

    with pytest.raises(SystemExit):
        main([name, "--help"])
    text = capsys.readouterr().out
    examples = re.findall(rf"^  demo-widgets ({name}\b.*)$", text, re.M)
    assert examples
    for example in examples:
        arguments = shlex.split(example)
        if "|" in arguments:
            arguments = arguments[: arguments.index("|")]
        options = build_parser().parse_args(arguments)
        assert callable(options.run)
    assert "exit codes: 0 done" in text


def test_the_help_tells_all_commands_and_exit_codes(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    for word in [*NAMES, "exit codes:", "130  interrupted"]:
        assert word in text


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["demo", "--no-such-option"]])
def test_a_wrong_command_line_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: demo-widgets" in capsys.readouterr().err


def test_the_module_and_the_installed_command_are_the_same():
    expected = f"demo-widgets {demo_widgets.__version__}\n"
    installed = Path(sys.executable).with_name("demo-widgets")
    for command in ([sys.executable, "-m", "demo_widgets"], [str(installed)]):
        done = subprocess.run([*command, "--version"], capture_output=True, text=True)
        assert done.stdout == expected


def failing(monkeypatch, error: BaseException) -> None:
    """Make ``demo-widgets demo`` raise."""

    def run(options):
        raise error

    monkeypatch.setattr(program.demo, "run", run)


@pytest.mark.parametrize(("error", "code", "words"), [
    (DemoWidgetsError("no\n  weights"), 2, "error: no weights"),
    (Diverged("the loss is no longer finite"), 1, "error: the loss is no longer finite"),
    (Cancelled("stopped"), 1, "error: stopped"),
    (FileNotFoundError(errno.ENOENT, "No such file", "x.fa"), 2, "error: x.fa: No such file"),
    (PermissionError(errno.EACCES, "Permission denied", "x"), 2, "error: x: Permission denied"),
    (OSError(errno.EROFS, "Read-only file system", "x"), 2, "error: x: Read-only file system"),
    (OSError(errno.ENOSPC, "No space left on device"), 1, "error: No space left on device"),
    (KeyboardInterrupt(), 130, "interrupted"),
    (KeyboardInterrupt("go on"), 130, "interrupted; go on"),
])  # fmt: skip
def test_an_error_is_one_line_and_an_exit_code(monkeypatch, refused, error, code, words):
    failing(monkeypatch, error)
    assert refused("demo", code=code) == f"demo-widgets: {words}\n"


def test_what_is_no_users_error_keeps_its_traceback(monkeypatch):
    failing(monkeypatch, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        main(["demo"])


@pytest.mark.parametrize(("words", "expected"), [
    ("give the genome with genome=", "give the genome with --genome"),
    ("no column 'x' (label_column=); its", "no column 'x' (--label-column); its"),
    ("resume with resume=True, or overwrite=True", "resume with --resume, or --overwrite"),
    ("say negatives='dinucleotide' here", "say --negatives 'dinucleotide' here"),
    ("set target= to one; 0 to 2", "set --target to one; 0 to 2"),
    ("for example target=2", "for example --target 2"),
    ("x=1 and my_genome=2", "x=1 and my_genome=2"),
])  # fmt: skip
def test_a_python_argument_in_an_error_is_written_as_the_option(words, expected):
    assert as_options(words) == expected


def test_a_reader_that_has_had_enough_is_no_error():
    code = "import sys; from demo_widgets.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code.replace("main()", "main(['demo', '--report', 'x'])")]
    patch = "import demo_widgets.cli.demo as d; d.run = lambda options: print('x' * 200_000) or 0; "
    command[2] = patch + command[2]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.read(1)
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 1


def test_json_is_strict_and_alone_on_stdout(capsys):
    numbers = {"a": np.float32(0.5), "b": float("nan"), "c": Path("x"), "d": [np.int64(3), None]}
    tell(Namespace(json=True), "words", numbers)
    assert json.loads(capsys.readouterr().out) == {"a": 0.5, "b": None, "c": "x", "d": [3, None]}
    tell(Namespace(json=False), "words", numbers)
    assert capsys.readouterr().out == "words\n"


def test_the_packages_warnings_are_one_line_each_told_once(capsys, recwarn):
    with plain_warnings(quiet=False):
        warnings.simplefilter("always", DemoWidgetsWarning)
        for _ in range(2):
            warnings.warn(
                "3 windows\n  left out; strict=True refuses", DemoWidgetsWarning, stacklevel=1
            )
        warnings.warn("old", FutureWarning, stacklevel=1)
    warning = "demo-widgets: warning: 3 windows left out; --strict refuses\n"
    assert capsys.readouterr().err == warning
    assert [str(warning.message) for warning in recwarn] == ["old"]
    with plain_warnings(quiet=True):
        warnings.warn("3 windows", DemoWidgetsWarning, stacklevel=1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("tty", "quiet", "shown"), [
    (True, False, True), (True, True, False), (False, False, False)
])  # fmt: skip
def test_a_bar_is_shown_on_stderr_where_somebody_looks(monkeypatch, capsys, tty, quiet, shown):
    class Screen(io.StringIO):
        def isatty(self):
            return tty

    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with Progress(Namespace(quiet=quiet), "saliency", "seq") as progress:
        progress(4, 9)  # a resumed run begins here
        progress(9, 9)
    bar = screen.getvalue()
    assert ("9/9" in bar and "saliency" in bar and "seq/s" in bar) if shown else bar == ""
    assert capsys.readouterr().out == ""
