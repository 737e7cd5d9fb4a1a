"""The page's content security policy: only its own scripts and styles, by their digests, and no request at all."""

import base64
import hashlib
from collections.abc import Sequence


def digest(text: str) -> str:
    """`'sha256-...'` of an inline script or style, as CSP Level 3 writes it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """A policy that runs and applies exactly these texts and lets no request leave the page.

    The empty style is allowed because plotly.js adds one and fills it through the object model. It also sets a few style
    attributes on its own SVG, which carry no text from outside; style attributes can neither run code nor, with
    `default-src 'none'`, load anything.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(digest(text) for text in scripts)}",
            f"style-src-elem {' '.join(digest(text) for text in [*styles, ''])}",
            "style-src-attr 'unsafe-inline'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
