"""Months from sentence to act, by the year of the act."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from clemency.figures.theme.kept import keep
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import MARKERS
from clemency.figures.theme.settings import axes_for, is_narrow, style
from clemency.records.presentation.translation import label, tr


@figure("title", "labels", "palette", "time_unit", "order")
def months_strip(frame: pd.DataFrame, ax: Axes | None = None, *, look: Look) -> Axes:
    """Months from sentence to act against the year of the act, home and abroad apart.

    Parameters
    ----------
    frame : DataFrame
        ``year`` (with fraction), ``months, where`` and ``name``.
    ax : Axes, optional
    look
        ``title, labels, palette, time_unit, order``: see `Look`. Codes are those in ``where``.

    Returns
    -------
    Axes
    """
    codes = sorted(frame["where"].unique())
    look.check(codes)
    codes = look.arranged(codes)
    factor, unit = look.in_unit("months")
    with style():
        ax = axes_for(ax, 3.6)
        handles = []
        for i, (code, colour) in enumerate(zip(codes, look.colours(codes), strict=True)):
            part = frame[(frame["where"] == code).to_numpy()]
            mark = {"ls": "", "marker": MARKERS[i], "ms": 6.5, "mfc": "none" if i else colour, "mec": colour}
            ax.plot(part["year"], factor * part["months"], **mark, clip_on=False)
            handles.append(Line2D([], [], **mark, label=look.word(code)))
        ax.set(
            ylim=(0, None),
            ylabel=tr("{unit} since sentence", unit=label(unit)),
            xlabel=tr("year of medical parole"),
            title=look.title,
        )
        ax.xaxis.set_major_locator(MaxNLocator(5 if is_narrow() else 8, integer=True))
        ax.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0.2)
        text = tr(", ").join(tr("{n} {where}", n=len(p), where=label(w)) for w, p in frame.groupby("where"))
        return keep(
            ax,
            frame,
            alt=tr(
                "Medical paroles by year and months since sentence: {text}; median {median:.0f} months.",
                text=text,
                median=frame["months"].median(),
            ),
        )
