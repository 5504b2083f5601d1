"""The shell of a static page: its head, its one script, and a file that is whole or not there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from html import escape

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.files import replacing
from demo_widgets.pictures.page_style import CSS, SCRIPT, content_policy
from demo_widgets.pictures.svg import glyph_definitions

__all__ = ["PAGE_END", "page_start", "write_page"]

# Control characters, surrogates and noncharacters, which HTML forbids.
_NOT_HTML = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)

PAGE_END = f"</main>\n<script>{SCRIPT}</script>\n</body></html>\n"


def page_start(title: str, *, css: str = "") -> str:
    """Return a page up to its heading: head, style, and the letters of compact pictures.

    Parameters
    ----------
    title
        Title and heading, as plain text.
    css
        Style rules of this page, after those that all pages share.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(content_policy())}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{CSS}{css}</style></head>\n<body>"
        f"{glyph_definitions()}<main><h1>{escape(title)}</h1>"
    )


def write_page(path: str | os.PathLike, parts: Iterable[str]) -> None:
    """Write the parts of a page to ``path``; characters that HTML forbids become U+FFFD.

    Raises
    ------
    DemoWidgetsError
        The file cannot be written; it is as it was.
    """
    try:
        with (
            replacing(path) as temporary,
            open(temporary, "w", encoding="utf-8", newline="\n") as page,
        ):
            for part in parts:
                page.write(_NOT_HTML.sub("\ufffd", part))
    except OSError as error:
        raise DemoWidgetsError(
            f"cannot save {os.fspath(path)!r}: {error.strerror or error}"
        ) from error
