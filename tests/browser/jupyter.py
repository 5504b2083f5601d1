"""One page of a real JupyterLab or Notebook 7 that runs a notebook for the browser tests.

It talks to them through ``window.jupyterapp`` (their own ``expose_app_in_browser``), so that
"run all cells" and "is the kernel idle" are their answers and never a guess or a sleep.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

import nbformat

from tests.browser.page import SOON, BrowserPage
from tests.browser.server import JupyterServer

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

ANSI = re.compile(r"\x1b\[[0-9;]*m")
PANEL = "window.jupyterapp.shell.currentWidget"


class NotebookError(AssertionError):
    """A cell, or code sent to the kernel, raised; the message holds the Python traceback."""


class LabPage(BrowserPage):
    """One notebook in one browser window."""

    def __init__(self, browser: Any, server: JupyterServer) -> None:
        super().__init__(browser)
        self._server = server
        self.notebook = None

    def open_notebook(
        self,
        cells: list[str] | Path,
        name: str = "notebook",
        *,
        width: int = 1400,
        height: int = 1000,
        theme: str = "light",
        whole_lab: bool = False,
        timeout: float = 120,
    ) -> LabPage:
        """Open a notebook of these code cells (or a copy of this file); return at an idle kernel.

        ``whole_lab=False`` opens Lab's single-document mode, where the notebook has the full
        width; ``whole_lab=True`` shows the side bar and tabs too. ``timeout`` is in seconds.
        """
        self.close()
        self.notebook = f"{name}-{secrets.token_hex(3)}.ipynb"
        self._write_notebook(cells)
        self._server.write_setting(
            "@jupyterlab/apputils-extension/themes", {"theme": THEMES[theme]}
        )
        url = self._server.notebook_url(self.notebook, whole=whole_lab)
        self.open(url, width=width, height=height, timeout=timeout)
        self.wait_until_idle(timeout)
        self._wait_for_splash_to_go()
        return self

    def _wait_for_splash_to_go(self) -> None:
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def _write_notebook(self, cells: list[str] | Path) -> None:
        target = self._server.root / self.notebook
        if isinstance(cells, Path):
            shutil.copyfile(cells, target)
            return
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={
                "kernelspec": {
                    "name": "python3",
                    "display_name": "Python 3 (ipykernel)",
                    "language": "python",
                }
            },
        )
        nbformat.write(notebook, target)

    def wait_until_idle(self, timeout: float = SOON) -> None:
        """Wait until the notebook's kernel has nothing to do."""
        self.page.wait_for_function(
            f"{PANEL.replace('.shell', '?.shell')}?.sessionContext?.session?.kernel?.status"
            " === 'idle'",
            timeout=timeout * 1000,
        )

    def _lab(self, body: str, argument: Any = None, timeout: float = 60) -> Any:
        """Run an async JavaScript body over ``panel``, ``app`` and ``argument``."""
        return self.page.evaluate(
            f"""async ([argument, milliseconds]) => {{
                const app = window.jupyterapp, panel = {PANEL};
                const work = (async () => {{ {body} }})();
                const late = new Promise((_, reject) => setTimeout(
                    () => reject(new Error(`not done after ${{milliseconds}} ms`)), milliseconds));
                return await Promise.race([work, late]);
            }}""",
            [argument, timeout * 1000],
        )

    def run_all(self, timeout: float = 300) -> None:
        """Run every cell, wait for the kernel to be idle, and raise what Python raised."""
        self._lab("await app.commands.execute('notebook:run-all-cells');", timeout=timeout)
        self._finish_run(timeout)

    def run_cell(self, index: int, timeout: float = 300) -> None:
        """Run one cell (0-based), wait for the kernel to be idle, and raise what Python raised."""
        self._lab(
            "panel.content.activeCellIndex = argument;"
            "await app.commands.execute('notebook:run-cell');",
            index,
            timeout,
        )
        self._finish_run(timeout)

    def _finish_run(self, timeout: float) -> None:
        self.wait_until_idle(timeout)
        errors = self.python_errors()
        if errors:
            raise NotebookError("\n\n".join(errors))

    def python_errors(self) -> list[str]:
        """Tracebacks that stand in the notebook's outputs."""
        notebook = self._lab("return panel.content.model.sharedModel.toJSON();")
        return [
            ANSI.sub("", "\n".join(output["traceback"]))
            for cell in notebook["cells"]
            for output in cell.get("outputs", [])
            if output["output_type"] == "error"
        ]

    def execute(self, code: str, timeout: float = 60) -> str:
        """Run code in the notebook's kernel without a cell; return what it printed."""
        answer = self._lab(
            """
            const future = panel.sessionContext.session.kernel.requestExecute(
                {code: argument, store_history: false});
            let printed = '';
            future.onIOPub = message => {
                if (message.header.msg_type === 'stream') printed += message.content.text;
            };
            const reply = (await future.done).content;
            return {printed, traceback: (reply.traceback || []).join('\\n')};
            """,
            code,
            timeout,
        )
        if answer["traceback"]:
            raise NotebookError(ANSI.sub("", answer["traceback"]))
        return answer["printed"]

    def value(self, expression: str, timeout: float = 60) -> Any:
        """Value of a Python expression in the kernel, by way of JSON."""
        printed = self.execute(f"import json\nprint(json.dumps({expression}))", timeout)
        return json.loads(printed.splitlines()[-1])

    def wait_for_value(self, expression: str, expected: Any, timeout: float = SOON) -> None:
        """Wait until a Python expression in the kernel equals ``expected``."""
        deadline = time.monotonic() + timeout
        while (found := self.value(expression)) != expected:
            if time.monotonic() > deadline:
                raise AssertionError(f"{expression} is {found!r}, not {expected!r}")
            self.page.wait_for_timeout(50)

    def set_theme(self, theme: str) -> None:
        """Switch the open page to the ``"light"`` or ``"dark"`` theme."""
        self._lab(
            "await app.commands.execute('apputils:change-theme', argument);",
            {"theme": THEMES[theme]},
        )
        light = json.dumps(theme == "light")
        self.page.locator(f"body[data-jp-theme-light='{light}']").wait_for(state="attached")
        self._wait_for_splash_to_go()

    def close(self) -> None:
        """Close the window and stop the notebook's kernel."""
        if self._context is not None:
            super().close()
            self._server.shut_down_kernels(self.notebook)
