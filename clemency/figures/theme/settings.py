"""One style for every figure: seaborn's axes, our ink and colours, fonts for the scripts of names, one width."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.axes import Axes

from clemency.figures.theme.fonts import families
from clemency.figures.theme.palette import COLOURS, INK, PAPER, QUIET, RULE

WIDTH, NARROW = 7.2, 3.9
#: Points of text: names of axes, titles, and everything else.
TEXT, TITLE, SMALL = 9.5, 10.5, 8.5
_width: ContextVar[float] = ContextVar("width", default=WIDTH)

_SETTINGS: dict[str, Any] = {
    "font.size": TEXT,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": TEXT,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.titlesize": TITLE,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.prop_cycle": cycler(color=COLOURS),
    "grid.color": RULE,
    "lines.linewidth": 1.7,
    "lines.markersize": 6.0,
    "patch.linewidth": 0.8,
    "patch.edgecolor": PAPER,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "xtick.major.size": 3.5,
    "ytick.major.size": 3.5,
    "xtick.major.width": 0.8,
    "ytick.major.width": 0.8,
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    # Opaque, so that a file can be put on any page; `to_svg` takes the ground away for a page that has its own.
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": "auto",
    "figure.constrained_layout.use": True,
    "hatch.linewidth": 0.6,
    # A $ in a name is a dollar, and no file of settings in the working folder has names typeset by a program.
    "text.parse_math": False,
    "text.usetex": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "clemency",
    "pdf.fonttype": 42,
}


def text_settings() -> dict[str, Any]:
    """The library's own settings, for a picture of texts and lines alone, which needs nothing of seaborn's."""
    # A list of families, and not a list behind "sans-serif": only then is each glyph looked for in all of them.
    return _SETTINGS | {"font.family": list(families())}


def _settings() -> dict[str, Any]:
    import seaborn  # only when something is drawn: its imports take as long as a fit

    return seaborn.axes_style("ticks") | seaborn.plotting_context("paper") | text_settings()


@contextmanager
def style(width: float | None = None) -> Iterator[None]:
    """Use the library's style for figures made inside the block.

    Parameters
    ----------
    width : float, optional
        Inches of every figure made inside, so that text is equally large in all of them; 7.2 by default, and 3.9
        suits a telephone.
    """
    live = mpl.rcParams["interactive"]
    token = _width.set(_width.get() if width is None else float(width))
    try:
        with mpl.rc_context(_settings()):
            try:
                yield
            finally:
                live = mpl.rcParams["interactive"]
    finally:
        _width.reset(token)
    # The first figure of a notebook switches its display on, which must outlive this block.
    mpl.rcParams["interactive"] = live


def figure_width() -> float:
    """Inches that a figure is wide."""
    return _width.get()


def is_narrow() -> bool:
    """Whether figures are drawn for a page of the width of a telephone."""
    return figure_width() < 5.0


def axes_for(ax: Axes | None, height: float) -> Axes:
    """The axes given, or those of a new figure of the common width and a height in inches."""
    if ax is not None:
        return ax
    from matplotlib import pyplot as plt

    return plt.subplots(figsize=(figure_width(), height))[1]
