"""How the report looks, and the one script in it: sorting tables."""

from __future__ import annotations

import base64
import hashlib

from demo_widgets.assets import read_asset

__all__ = ["CSS", "SCRIPT", "content_policy"]

CSS = read_asset("css/static_page.css")
SCRIPT = read_asset("js/static_page.js")


def content_policy() -> str:
    """Content-Security-Policy: nothing is loaded from anywhere, and no other script runs."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
