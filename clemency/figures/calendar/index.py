"""An index over calendar periods, with its events."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from clemency.figures.theme.kept import keep
from clemency.figures.theme.labelling import axis_text
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import ACCENT, COLOURS, INK, QUIET, RULE
from clemency.figures.theme.settings import SMALL, axes_for, is_narrow, style
from clemency.records.presentation.translation import quarter, tr


@figure("title", "palette", "band")
def index_line(
    frame: pd.DataFrame,
    events: pd.DataFrame | None = None,
    ax: Axes | None = None,
    label: str = "",
    note: str = "",
    *,
    look: Look,
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
    look
        ``title, palette, band``: see `Look`. Without `band` the index stands alone, without its two parts.

    Returns
    -------
    Axes
    """
    day = frame["end"].to_numpy()
    with style():
        ax = axes_for(ax, 3.9)
        if look.band:
            for low, high, colour, what in (
                (0, frame["positive"], COLOURS[2], tr("events improving relations")),
                (frame["negative"], 0, ACCENT, tr("events worsening relations")),
            ):
                ax.fill_between(day, low, high, color=colour, alpha=0.25, lw=0, label=what)
        ax.axhline(0, color=QUIET, lw=0.8)
        ax.plot(day, frame["index"], color=look.single(INK), lw=1.7, label=tr("index: the sum of both"))
        low, high = min(frame["negative"].min(), 0.0), max(frame["positive"].max(), 0.0)
        room = 0.09 * max(high - low, 1.0)
        line = low - 1.6 * room
        if events is not None:
            _ticks(ax, events[events["day"].between(frame["start"].iloc[0], frame["end"].iloc[-1])], line, room)
        ax.set(ylim=(line - 1.5 * room, high + room), ylabel=label, title=look.title)
        ticks = MaxNLocator(6, integer=high - low > 6).tick_values(low, high)
        ax.set_yticks([t for t in ticks if low - room <= t <= high + room])
        ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=1 if is_narrow() else 3)
        if note:
            ax.set_xlabel(axis_text(note), fontsize=SMALL, color=QUIET, loc="left")
        least, most = (frame.loc[i] for i in (frame["index"].idxmin(), frame["index"].idxmax()))
        alt = tr(
            "{name}, {first} to {last}: lowest {low:.1f} at the end of {low_period}, highest {high:.1f} at the end of {high_period}.",
            name=label,
            first=quarter(frame["period"].iloc[0]),
            last=quarter(frame["period"].iloc[-1]),
            low=least["index"],
            low_period=quarter(least["period"]),
            high=most["index"],
            high_period=quarter(most["period"]),
        )
        return keep(ax, frame, note=note, alt=alt)


def _ticks(ax: Axes, events: pd.DataFrame, line: float, room: float) -> None:
    ax.axhline(line, color=RULE, lw=0.8)
    for sign, colour in ((1, COLOURS[2]), (-1, ACCENT), (0, QUIET)):
        at = events.loc[np.sign(events["contribution"]) == sign, "day"].to_numpy()
        ax.vlines(at, line - (0.2 * room if not sign else 0), line + (sign or 0.2) * room, color=colour, lw=0.9)
