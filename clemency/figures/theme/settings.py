"""One style for every figure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from cycler import cycler

from clemency.figures.theme.fonts import chinese_font
from clemency.figures.theme.palette import COLOURS, INK, QUIET

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
