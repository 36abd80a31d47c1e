"""Rate ratios under placebo dates, and that of the true ones among them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import ACCENT, COLOURS, INK, QUIET
from clemency.figures.theme.settings import SMALL, axes_for, style
from clemency.records.presentation.translation import tr


@figure("title", "palette")
def placebo_ratios(
    frame: pd.DataFrame, true: float, ax: Axes | None = None, event: str = "", alt: str = "", *, look: Look
) -> Axes:
    """Distribution of the rate ratio over placebo dates, with that of the true ones as a line.

    Parameters
    ----------
    frame : DataFrame
        ``ratio``, one row per placebo calendar; those without a finite ratio are counted and not drawn.
    true : float
        Ratio of the true dates; no line where it is not finite.
    ax : Axes, optional
    event : str
        What is counted.
    alt : str
    look
        ``title, palette``: see `Look`.

    Returns
    -------
    Axes
    """
    ratio = frame["ratio"].to_numpy(dtype=float)
    finite = ratio[np.isfinite(ratio)]  # infinite where every act is in exposed time
    with style():
        import seaborn

        ax = axes_for(ax, 3.4)
        seaborn.histplot(x=finite, bins=40, color=look.single(COLOURS[0]), alpha=0.55, ax=ax, edgecolor="#ffffff")
        hidden = len(ratio) - len(finite)
        if hidden:
            text = (
                tr("{n:,} placebo calendar without a finite ratio is not drawn", n=hidden)
                if hidden == 1
                else tr("{n:,} placebo calendars without a finite ratio are not drawn", n=hidden)
            )
            ax.text(1, 1.01, text, transform=ax.transAxes, ha="right", va="bottom", fontsize=SMALL, color=QUIET)
        ax.margins(y=0.18)
        if np.isfinite(true):
            ax.axvline(true, color=ACCENT, lw=2)
            beyond = float(np.mean(finite >= true)) if len(finite) else 0.0
            side = 1 if true > np.mean(ax.get_xlim()) else -1
            ax.annotate(
                tr("true dates: {true:.3g}\n{beyond:.0%} of placebos as large", true=true, beyond=beyond),
                (true, 1),
                (-5 * side, -2),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                va="top",
                ha="right" if side > 0 else "left",
                fontsize=SMALL,
                color=INK,
            )
        what = f"{event}: " if event else ""
        ax.set(
            xlabel=tr("{event}rate after events / rate at other times", event=what),
            ylabel=tr("placebo calendars"),
            title=look.title,
        )
        return keep(ax, frame, alt=alt)
