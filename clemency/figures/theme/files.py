"""A figure -> SVG for a page, PNG for a file."""

from __future__ import annotations

import io
import re
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from clemency.figures.theme.hover import marks_of, titled
from clemency.figures.theme.palette import COLOURS, GROUND, INK, QUIET, RULE
from clemency.figures.theme.settings import style

#: Where nothing lays a figure out, nothing shall: the library's style would have it done anew for each file.
_AS_PLACED = {"figure.constrained_layout.use": False, "figure.autolayout": False}


def settle(figure: Figure) -> None:
    """Place everything in a figure once and for all: each of its files would else be laid out and drawn once more.

    Parameters
    ----------
    figure : Figure
        Its engine of layout is taken from it.
    """
    engine = figure.get_layout_engine()
    if engine is None:
        return
    with style():
        engine.execute(figure)
    with mpl.rc_context(_AS_PLACED):  # "none" would leave a placeholder, for which files are drawn twice as well
        figure.set_layout_engine(None)


def _saved(figure: Figure, buffer: Any, **options: Any) -> None:
    with style(), mpl.rc_context(_AS_PLACED):
        figure.savefig(buffer, **options)


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
    marks = marks_of(figure)
    _saved(figure, buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = titled(buffer.getvalue(), marks)
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r'\1 role="img"', text, count=1)
    head = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    text = re.sub(r"(<svg[^>]*>)", lambda m: m.group(1) + head, text, count=1)
    for colour, variable in (
        (INK, "var(--ink, #1c1b1a)"),
        (QUIET, "var(--quiet, #6d6964)"),
        (RULE, "var(--rule, #d9d5cf)"),
        (GROUND, f"var(--page, {GROUND})"),
        *((c, f"var(--series-{n}, {c})") for n, c in enumerate(COLOURS)),
    ):
        text = text.replace(colour, variable)
    return text


def to_png(figure: Figure) -> bytes:
    """Figure as PNG on white, 200 dots per inch; the same bytes for the same figure."""
    buffer = io.BytesIO()
    _saved(figure, buffer, format="png", dpi=200, metadata={"Software": None})
    return buffer.getvalue()
