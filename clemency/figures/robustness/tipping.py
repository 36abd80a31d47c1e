"""What it would take to overturn a ratio."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import COLOURS, QUIET
from clemency.figures.theme.settings import style
from clemency.records.presentation.wording import rounded


def tipping(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Ratio of rates against the number of acts that nobody recorded.

    Parameters
    ----------
    frame : DataFrame
        ``unrecorded, estimate, ci_low, ci_high``.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    x = frame["unrecorded"]
    low, high = frame["ci_low"].replace(0, np.nan), frame["ci_high"].replace(np.inf, np.nan)
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 3.4))
        ax.fill_between(x, low, high, color=COLOURS[0], alpha=0.15, lw=0)
        ax.plot(x, frame["estimate"], color=COLOURS[0], lw=1.7)
        ax.axhline(1, color=QUIET, lw=0.8)
        ax.set(yscale="log", xlabel="unrecorded acts among the others", ylabel="ratio of rates (log scale)")
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        first, last = frame.iloc[0], frame.iloc[-1]
        text = f"{rounded(first['estimate'], 2)} without any, {rounded(last['estimate'], 2)} with {int(last['unrecorded'])}"
        return keep(ax, frame, alt=f"Ratio of rates by the number of unrecorded acts: {text}.")
