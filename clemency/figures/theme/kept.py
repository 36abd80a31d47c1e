"""What an axes shows, kept with it: the frame, a note, a description."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogFormatter, ScalarFormatter


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
