"""Static pages that work offline, from Jinja templates under ``assets/templates``."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from functools import cache
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from demo_widgets.assets import read_asset
from demo_widgets.errors import DemoWidgetsError
from demo_widgets.files import replacing
from demo_widgets.pictures.svg import glyph_definitions

__all__ = ["content_policy", "html_of", "write_page"]

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?|nan|–")
# Control characters, surrogates and noncharacters, which HTML forbids.
_NOT_HTML = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


def write_page(path: str | os.PathLike[str], template: str, **content: Any) -> None:
    """Write a page, completely or not at all.

    Texts are escaped by the template, and characters that HTML forbids become U+FFFD. Iterators
    in ``content`` are read while the page is written, so a long page is never fully in memory.

    Parameters
    ----------
    path
        The file.
    template
        File name of a template; ``page.html`` is the frame that all pages share.
    **content
        Variables of the template; ``title`` is the title and the heading.

    Raises
    ------
    DemoWidgetsError
        The file cannot be written; an existing file is unchanged.
    """
    try:
        with (
            replacing(path) as temporary,
            open(temporary, "w", encoding="utf-8", newline="\n") as page,
        ):
            for part in _environment().get_template(template).generate(content):
                page.write(_NOT_HTML.sub("\ufffd", part))
    except OSError as error:
        raise DemoWidgetsError(
            f"cannot save {os.fspath(path)!r}: {error.strerror or error}"
        ) from error


def html_of(macro: str, *content: object) -> str:
    """Return what a macro of ``parts.html`` makes of ``content``, its words escaped."""
    return str(getattr(_environment().get_template("parts.html").module, macro)(*content))


def content_policy() -> str:
    """Content-Security-Policy: nothing is loaded from anywhere, and no other script runs."""
    script = read_asset("js/static_page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(lambda name: read_asset(f"templates/{name}")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "asset": lambda path: Markup(read_asset(path)),
        "content_policy": content_policy,
        "glyph_definitions": glyph_definitions,
    }
    environment.tests["a_number"] = lambda text: _NUMBER.fullmatch(text) is not None
    return environment
