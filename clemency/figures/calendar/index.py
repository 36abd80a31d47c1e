"""An index over calendar periods, with its events."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import ACCENT, COLOURS, INK, QUIET, RULE
from clemency.figures.theme.settings import style


def index_line(
    frame: pd.DataFrame, events: pd.DataFrame | None = None, ax: Axes | None = None, label: str = "", note: str = ""
) -> Axes:
    """An index over calendar periods, with events as ticks below.

    Parameters
    ----------
    frame : DataFrame
        ``period, end, index, positive, negative``; the value of a period is drawn at its last day.
    events : DataFrame, optional
        ``day, contribution``: ticks upwards for events improving relations, downwards for those worsening them.
    ax : Axes, optional
    label, note : str
        Name of the axis; source note, printed below.

    Returns
    -------
    Axes
    """
    day = frame["end"].to_numpy()
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(9.2, 3.9))
        ax.fill_between(
            day, 0, frame["positive"], color=COLOURS[2], alpha=0.16, lw=0, label="events improving relations"
        )
        ax.fill_between(day, frame["negative"], 0, color=ACCENT, alpha=0.16, lw=0, label="events worsening relations")
        ax.axhline(0, color=QUIET, lw=0.8)
        ax.plot(day, frame["index"], color=INK, lw=1.7, label="index: the sum of both")
        low, high = min(frame["negative"].min(), 0.0), max(frame["positive"].max(), 0.0)
        room = 0.09 * max(high - low, 1.0)
        line = low - 1.6 * room
        if events is not None:
            _ticks(ax, events[events["day"].between(frame["start"].iloc[0], frame["end"].iloc[-1])], line, room)
        ax.set(ylim=(line - 1.5 * room, high + room), ylabel=label)
        ticks = MaxNLocator(6, integer=high - low > 6).tick_values(low, high)
        ax.set_yticks([t for t in ticks if low - room <= t <= high + room])
        ax.legend(loc="upper left", bbox_to_anchor=(0, 1.13), ncols=3, fontsize=8.5)
        if note:
            ax.set_xlabel(note, fontsize=7.5, color=QUIET, loc="left")
        least, most = (frame.loc[i] for i in (frame["index"].idxmin(), frame["index"].idxmax()))
        alt = (
            f"{label}, {frame['period'].iloc[0]} to {frame['period'].iloc[-1]}: lowest {least['index']:.1f} at the end of "
            f"{least['period']}, highest {most['index']:.1f} at the end of {most['period']}."
        )
        return keep(ax, frame, note=note, alt=alt)


def _ticks(ax: Axes, events: pd.DataFrame, line: float, room: float) -> None:
    ax.axhline(line, color=RULE, lw=0.8)
    for sign, colour in ((1, COLOURS[2]), (-1, ACCENT), (0, QUIET)):
        at = events.loc[np.sign(events["contribution"]) == sign, "day"].to_numpy()
        ax.vlines(at, line - (0.2 * room if not sign else 0), line + (sign or 0.2) * room, color=colour, lw=0.9)
