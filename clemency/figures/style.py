"""One style for every figure: colours that stay apart in grey, fonts that show Chinese characters, stable SVG."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib as mpl
import pandas as pd
from cycler import cycler
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, ScalarFormatter

INK = "#1c1b1a"
QUIET = "#7a7671"
RULE = "#d9d5cf"
ACCENT = "#b4432f"
# A dark page sets lighter ones (``--series-0`` ...). Some are alike in grey: lines differ by their dashes, marks by their
# shape, and bars by `HATCHES`.
COLOURS = ("#2f5d8c", "#b4432f", "#3f8f6b", "#c9963a", "#8c6bb1", "#9a9a9a")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
HATCHES = ("", "//////", "", "", "xxxxxx", "......")
MARKERS = ("o", "s", "^", "D", "v", "P")

_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Arial Unicode MS",
)
NO_FONT = (
    "No font with Chinese characters was found, so figures would show boxes in their place. Install one: on Debian or Ubuntu "
    "'apt install fonts-noto-cjk', on Fedora 'dnf install google-noto-sans-cjk-fonts', elsewhere Noto Sans SC from "
    "fonts.google.com; then clear matplotlib's font cache. The page itself is not affected: browsers bring their own fonts."
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What an axes shows: the frame, a source note and a description for those who cannot see it."""

    frame: pd.DataFrame
    note: str
    alt: str


def keep(ax: Axes, frame: pd.DataFrame, note: str = "", alt: str = "") -> Axes:
    """Attach the frame that was drawn to its axes, and show the names in it as they are."""
    literal(ax)
    ax._clemency_drawn = Drawn(frame.reset_index(drop=True), note, alt)
    return ax


def literal(ax: Axes) -> None:
    """Show names in ticks, notes and legend letter by letter: a dollar sign in a level begins no formula."""
    texts = [*ax.texts, ax.xaxis.label, ax.yaxis.label]
    for legend in (ax.get_legend(), *ax.figure.legends):
        texts += legend.get_texts() if legend is not None else []
    for axis in (ax.xaxis, ax.yaxis):
        if not isinstance(
            axis.get_major_formatter(), ScalarFormatter | LogFormatter
        ):  # which write numbers as formulas
            texts += axis.get_majorticklabels()
    for text in texts:
        text.set_parse_math(False)


def drawn(ax: Axes) -> Drawn:
    """Frame, note and description behind an axes drawn by this library.

    Parameters
    ----------
    ax : Axes

    Returns
    -------
    Drawn

    Raises
    ------
    AttributeError
        If the axes was not drawn by this library.
    """
    found: Drawn = ax._clemency_drawn
    return found


@cache
def chinese_font() -> str | None:
    """Name of the first installed font with Chinese characters, or None; `NO_FONT` says how to get one."""
    installed = {f.name for f in font_manager.fontManager.ttflist}
    return next((name for name in _CHINESE if name in installed), None)


_SETTINGS: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.size": 9.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.prop_cycle": cycler(color=COLOURS),
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "figure.constrained_layout.use": True,
    "hatch.linewidth": 0.6,
    # A $ in a name is a dollar, and no file of settings in the working folder has names typeset by a program.
    "text.parse_math": False,
    "text.usetex": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "clemency",
}


@contextmanager
def style() -> Iterator[None]:
    """Use the library's style for figures made inside the block."""
    chinese = [chinese_font()] if chinese_font() else []
    fonts = ["Source Sans 3", "Noto Sans", "DejaVu Sans", *chinese]
    live = mpl.rcParams["interactive"]
    with mpl.rc_context(_SETTINGS | {"font.sans-serif": fonts}):
        try:
            yield
        finally:
            live = mpl.rcParams["interactive"]
    # The first figure of a notebook switches its display on, which must outlive this block.
    mpl.rcParams["interactive"] = live


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
