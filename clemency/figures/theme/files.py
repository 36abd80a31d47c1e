"""A figure -> SVG for a page, PNG for a file."""

from __future__ import annotations

import io
import re

from matplotlib.figure import Figure

from clemency.figures.theme.palette import COLOURS, INK, QUIET, RULE
from clemency.figures.theme.settings import style


def to_svg(figure: Figure, title: str, description: str) -> str:
    """Figure as SVG text that takes its ink from the page and describes itself to screen readers.

    Parameters
    ----------
    figure : Figure
    title, description : str
        Become ``<title>`` and ``<desc>``.

    Returns
    -------
    str
        The same bytes for the same figure.
    """
    from html import escape

    buffer = io.StringIO()
    with style():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r'\1 role="img"', text, count=1)
    head = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    text = re.sub(r"(<svg[^>]*>)", lambda m: m.group(1) + head, text, count=1)
    for colour, variable in (
        (INK, "var(--ink, #1c1b1a)"),
        (QUIET, "var(--quiet, #7a7671)"),
        (RULE, "var(--rule, #d9d5cf)"),
        *((c, f"var(--series-{n}, {c})") for n, c in enumerate(COLOURS)),
    ):
        text = text.replace(colour, variable)
    return text


def to_png(figure: Figure) -> bytes:
    """Figure as PNG on white, 200 dots per inch; the same bytes for the same figure."""
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format="png", dpi=200, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()
