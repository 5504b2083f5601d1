"""Markdown tables of measurements, and replacement of their block in the README."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = ["README", "RESULTS", "duration", "markdown", "write_block"]

README = Path(__file__).parent / "README.md"
RESULTS = Path(__file__).parent / "results"


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    """A Markdown table; the first ``texts`` columns are aligned left, the numbers right."""
    rule = ["---"] * texts + ["---:"] * (len(header) - texts)
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, rule, *rows])


def duration(seconds: float) -> str:
    """Return three digits and a unit: ``1.52 ms``, ``48.3 s``, ``12.1 min``."""
    for unit, size, most in (("µs", 1e-6, 1e-3), ("ms", 1e-3, 1), ("s", 1, 120)):
        if seconds < most:
            return f"{_three_digits(seconds / size)} {unit}"
    return f"{_three_digits(seconds / 60)} min"


def _three_digits(value: float) -> str:
    decimals = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{decimals}f}"


def write_block(name: str, text: str, path: Path = README) -> None:
    """Replace the text between ``<!-- name -->`` and ``<!-- /name -->`` in a Markdown file."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    page = path.read_text(encoding="utf-8")
    block = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not block.search(page):
        raise ValueError(f"{path}: lacks the lines {begin} and {end} for the table")
    page = block.sub(lambda _: f"{begin}\n{text}\n{end}", page, count=1)
    path.write_text(page, encoding="utf-8")
