"""Export of SVG pictures to PNG and PDF by Typst, which needs no system package.

Its wheel includes an SVG renderer and fallback fonts; fonts are embedded as subsets and text stays
text. Nothing is downloaded.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import Literal

from demo_widgets.errors import DemoWidgetsError

__all__ = ["svg_to_pdf", "svg_to_png"]

_PAGE = b"""#set page(
  width: float(sys.inputs.width) * 1mm, height: float(sys.inputs.height) * 1mm, margin: 0pt)
#set document(title: sys.inputs.title, date: none)
#image(bytes(sys.inputs.svg), format: "svg", width: 100%, alt: sys.inputs.title)
"""
_SIZE = re.compile(r'<svg\b[^>]*?\swidth="([\d.]+)mm"[^>]*?\sheight="([\d.]+)mm"')
_PNG_HEAD = 33  # bytes of a PNG's signature and its IHDR chunk


def svg_to_pdf(svg: str, title: str) -> bytes:
    """Return a PDF page as large as the picture: vectors, text as text, fonts embedded.

    Parameters
    ----------
    svg
        An SVG document whose width and height are in mm, width first.
    title
        Title of the document, also the picture's text alternative.

    Raises
    ------
    DemoWidgetsError
        The package ``typst`` is not installed, or the picture has no size in mm.
    """
    return _render(svg, title, "pdf")


def svg_to_png(svg: str, title: str, *, dpi: int = 600) -> bytes:
    """Return a PNG of the picture at ``dpi`` dots per inch, with the resolution in the file.

    Parameters and errors are those of :func:`svg_to_pdf`.
    """
    return _with_resolution(_render(svg, title, "png", ppi=float(dpi)), dpi)


def _render(svg: str, title: str, kind: Literal["pdf", "png"], ppi: float | None = None) -> bytes:
    try:
        import typst
    except ImportError as error:
        raise DemoWidgetsError(
            "PNG and PDF files need the package typst; install it with: "
            "pip install typst (SVG needs no extra package)"
        ) from error
    size = _SIZE.search(svg[:1000])
    if size is None:
        raise DemoWidgetsError("the picture has no width and height in mm: it cannot be printed")
    width, height = size.groups()
    inputs = {"svg": svg, "title": title, "width": width, "height": height}
    return typst.compile(_PAGE, format=kind, ppi=ppi, sys_inputs=inputs)


def _with_resolution(png: bytes, dpi: int) -> bytes:
    """Return the PNG with a pHYs chunk, so that programs place it at its print size."""
    per_metre = round(dpi / 0.0254)
    body = b"pHYs" + struct.pack(">IIB", per_metre, per_metre, 1)
    chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
    return png[:_PNG_HEAD] + chunk + png[_PNG_HEAD:]
