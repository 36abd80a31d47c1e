"""What it would take to overturn a ratio."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from clemency.figures.theme.kept import keep
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import COLOURS, QUIET
from clemency.figures.theme.scales import log_axis
from clemency.figures.theme.settings import axes_for, style
from clemency.records.presentation.wording import rounded


@figure("title", "palette", "band")
def tipping(frame: pd.DataFrame, ax: Axes | None = None, *, look: Look) -> Axes:
    """Ratio of rates against the number of acts that nobody recorded.

    Parameters
    ----------
    frame : DataFrame
        ``unrecorded, estimate, ci_low, ci_high``.
    ax : Axes, optional
    look
        ``title, palette, band``: see `Look`.

    Returns
    -------
    Axes
    """
    x = frame["unrecorded"]
    low, high = frame["ci_low"].replace(0, np.nan), frame["ci_high"].replace(np.inf, np.nan)
    with style():
        ax = axes_for(ax, 3.4)
        colour = look.single(COLOURS[0])
        if look.band:
            ax.fill_between(x, low, high, color=colour, alpha=0.15, lw=0)
        ax.plot(x, frame["estimate"], color=colour, lw=1.7)
        ax.axhline(1, color=QUIET, lw=0.8)
        ends = np.r_[low.dropna(), high.dropna(), frame["estimate"], 0.8, 1.25]
        ends = ends[np.isfinite(ends) & (ends > 0)]
        log_axis(ax, "y", float(ends.min()) / 1.05, float(ends.max()) * 1.05)
        ax.set(
            xlim=(x.min(), x.max()) if len(x) > 1 else None,
            xlabel="unrecorded acts among the others",
            ylabel="ratio of rates (log scale)",
            title=look.title,
        )
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        first, last = frame.iloc[0], frame.iloc[-1]
        text = f"{rounded(first['estimate'], 2)} without any, {rounded(last['estimate'], 2)} with {int(last['unrecorded'])}"
        return keep(ax, frame, alt=f"Ratio of rates by the number of unrecorded acts: {text}.")
