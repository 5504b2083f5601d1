"""Latency of the dashboard in a real JupyterLab, measured in the page.

    python -m benchmarks.dashboard_latency [--repeats 15] [--only NAME ...]

A time runs from the input (or the kernel's request) to the first animation frame in which the
picture has changed and stays so for 60 ms. Needs the extra ``test`` and a Chromium.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.jupyter import LabPage
from tests.browser.server import CHROMIUM_ARGS, LabServer, find_chromium

START = """
import time
import demo_widgets as dw
models, data = dw.load_demo()
dashboard = dw.MotifDashboard(models, data)
dashboard
"""
LONG = """
import numpy as np
bases = np.random.default_rng(0).choice(list("ACGT"), 10_000)
long = dw.MotifDashboard({"RNN": dw.build_rnn(units=4)}, ["".join(bases)], tab="Saliency")
long
"""
FIRST = """
first = dw.MotifDashboard(models, data, tab="Saliency", sequence_index=3)
first
"""

# Resolves with the milliseconds from now (or from the first event of a type) to the frame in
# which a fingerprint of the visible pictures last changed before it rested.
WATCH = """() => { window.dwWatch = ({root, css, attributes, event, rest, most}) => {
    const scope = [...document.querySelectorAll('.dw-root')][root];
    const visible = e => e.getClientRects().length > 0;
    const look = () => [...scope.querySelectorAll(css)].filter(visible)
        .map(e => attributes.map(a => a === 'text' ? e.textContent : e.getAttribute(a)).join())
        .join('|');
    let start = event ? null : performance.now();
    if (event) scope.addEventListener(event, () => { start ??= performance.now(); },
                                      {capture: true, once: true});
    let seen = look(), changed = null;
    window.dwResult = new Promise(resolve => {
        const begun = performance.now();
        const frame = now => {
            const found = look();
            if (found !== seen) { seen = found; changed = performance.now(); }
            const over = performance.now() - begun > most;
            if ((changed !== null && performance.now() - changed > rest) || over)
                resolve(changed === null || start === null ? null : changed - start);
            else requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    });
}; }"""
LETTERS = ".dw-track .curve path"
SALIENCY = f"{LETTERS}, .dw-plain:not(.dw-strip) .curve path"  # the known-motif hits too
TEMPORAL = ".dw-plain:not(.dw-strip) .curve path, .dw-plain:not(.dw-strip) path.line"
CURSORS = ".dw-plain:not(.dw-strip) g.pie, .dw-plain:not(.dw-strip) g[transform]"


class Bench:
    """A page with dashboards, and timers of actions on it."""

    def __init__(self, lab: LabPage, repeats: int) -> None:
        self.lab = lab
        self.repeats = repeats
        lab.page.evaluate(WATCH)

    def time(
        self,
        act: Callable[[int], None],
        css: str,
        *,
        attributes: tuple[str, ...] = ("d",),
        event: str | None = None,
        root: int = 0,
        rest: int = 60,
        most: int = 4000,
    ) -> list[float]:
        """Return the milliseconds of each repeat of ``act(i)``; the first two warm up and do not
        count."""
        found = []
        for i in range(self.repeats + 2):
            self.lab.page.evaluate(
                "o => window.dwWatch(o)",
                {"root": root, "css": css, "attributes": list(attributes), "event": event,
                 "rest": rest, "most": most},
            )  # fmt: skip
            act(i)
            found.append(self.lab.page.evaluate("window.dwResult"))
            self.lab.page.wait_for_timeout(150)
        return [value for value in found[2:] if value is not None]

    def long(self) -> None:
        """Display the dashboard of 10,000 bases, if it is not on the page yet."""
        if self.lab.page.locator(".dw-root").count() == 1:
            self.lab.run_cell(1)
            self.lab.execute("long.wait(120)", 130)

    def show(self, tab: str, variable: str = "dashboard") -> None:
        """Open a tab and wait until it is drawn."""
        self.lab.execute(f"{variable}.tab = {tab!r}; {variable}.wait(120)", 130)
        self.lab.page.wait_for_timeout(1500)

    def button(self, css: str, root: int = 0):
        return self.lab.page.locator(".dw-root").nth(root).locator(f"{css} >> visible=true").first


def slider(bench: Bench) -> list[float]:
    """Drag the reading slider of Temporal."""
    bench.show("Temporal")
    handle = bench.button(".widget-slider .noUi-handle")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    mouse, x, y = bench.lab.page.mouse, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    times = bench.time(
        lambda i: mouse.move(x + 20 + 15 * i, y),
        CURSORS,
        attributes=("transform",),
        event="pointermove",
    )
    mouse.up()
    return times


def next_sequence(tab: str, css: str) -> Callable[[Bench], list[float]]:
    """Press "next sequence" while ``tab`` is in view; every sequence is new to the models."""

    def measure(bench: Bench) -> list[float]:
        bench.show(tab)
        forward = bench.button("button[title='Next sequence']")
        return bench.time(lambda _: forward.click(), css, event="click", rest=250)

    return measure


def mutation(bench: Bench) -> list[float]:
    """Change one base with Saliency of three models in view."""
    bench.show("Saliency")

    def act(i: int) -> None:
        bench.lab.execute(
            f"p, session = {20 + i}, dashboard.session\n"
            "session.mutate(p, 'ACGT'[('ACGT'.index(session.sequence[p]) + 1) % 4])"
        )

    return bench.time(act, SALIENCY, rest=250)


def long_zoom(bench: Bench) -> list[float]:
    """Zoom in and out around a window of a 10,000-base sequence."""
    bench.long()
    bench.show("Saliency", "long")
    bench.lab.execute("long.window = (5000, 5200)")
    bench.lab.page.wait_for_timeout(1500)
    steps = [bench.button(f"button[title='Zoom {way}']", 1) for way in ("out", "in")]
    return bench.time(lambda i: steps[i % 2].click(), LETTERS, event="click", root=1, rest=150)


def long_pan(bench: Bench) -> list[float]:
    """Move the window of a 10,000-base sequence by half of its width."""
    bench.long()
    bench.show("Saliency", "long")
    bench.lab.execute("long.window = (1000, 1200)")
    bench.lab.page.wait_for_timeout(1500)
    right = bench.button("button[title='Move right']", 1)
    return bench.time(lambda _: right.click(), LETTERS, event="click", root=1, rest=150)


def first_track(bench: Bench) -> list[float]:
    """Run a cell that makes a dashboard at its Saliency tab, in a kernel that is warm."""
    times = []
    for _ in range(3):
        times.append(
            bench.lab.page.evaluate(
                """async () => {
                    const panel = window.jupyterapp.shell.currentWidget;
                    panel.content.activeCellIndex = 2;
                    const shown = document.querySelectorAll('.dw-root').length;
                    const start = performance.now();
                    window.jupyterapp.commands.execute('notebook:run-cell');
                    await new Promise(done => setTimeout(done, 50));
                    const letters = () => {
                        const roots = document.querySelectorAll('.dw-root');
                        if (roots.length === shown) return false;
                        return [...roots[shown].querySelectorAll('.dw-track .curve path')]
                            .some(p => (p.getAttribute('d') || '').length > 2000);
                    };
                    while (performance.now() - start < 20000) {
                        if (letters()) return performance.now() - start;
                        await new Promise(requestAnimationFrame);
                    }
                    return null;
                }"""
            )
        )
        bench.lab.execute("first.wait(60); first.close()", 70)
        bench.lab.page.wait_for_timeout(1000)
    return [value for value in times[1:] if value is not None]


MEASURES: dict[str, tuple[str, int, Callable[[Bench], list[float]]]] = {
    "slider": ("slider drag to repaint (Temporal)", 50, slider),
    "saliency": (
        "another sequence, three models, Saliency", 200, next_sequence("Saliency", SALIENCY),
    ),
    "temporal": (
        "another sequence, three models, Temporal", 200, next_sequence("Temporal", TEMPORAL),
    ),
    "mutation": ("one mutation, three models, Saliency", 200, mutation),
    "zoom": ("10,000 bases: zoom step", 100, long_zoom),
    "pan": ("10,000 bases: pan step", 100, long_pan),
    "first": ("MotifDashboard(...) to the first saliency track, warm kernel", 3000, first_track),
}  # fmt: skip


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    arguments = parser.parse_args()
    print("| what | median ms | p90 ms | n | goal ms | load average |")
    print("|---|---:|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = LabServer(Path(folder) / "lab")
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)
        try:
            lab = LabPage(browser, server).open_notebook([START, LONG, FIRST], height=1300)
            lab.run_cell(0)
            lab.execute("dashboard.wait(120)", 130)
            bench = Bench(lab, arguments.repeats)
            for key in arguments.only:
                words, goal, measure = MEASURES[key]
                times = sorted(measure(bench))
                load = os.getloadavg()[0]
                if not times:
                    print(f"| {words} | nothing changed | | 0 | {goal} | {load:.1f} |", flush=True)
                    continue
                p90 = times[min(len(times) - 1, int(0.9 * len(times)))]
                print(
                    f"| {words} | {statistics.median(times):.0f} | {p90:.0f} | {len(times)} "
                    f"| {goal} | {load:.1f} |",
                    flush=True,
                )
            if lab.console_errors:
                print("\nConsole errors:", *lab.console_errors, sep="\n- ")
            lab.close()
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
