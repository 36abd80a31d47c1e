"""Figures on whether exposed and other people can be compared, and on what it would take to overturn a ratio."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from clemency.figures.charts import words
from clemency.figures.style import COLOURS, MARKERS, QUIET, RULE, keep, style
from clemency.records.presentation.wording import rounded


def love(frame: pd.DataFrame, ax: Axes | None = None, limit: float = 0.1) -> Axes:
    """Standardised differences before and after weighting or matching, one row per covariate.

    Parameters
    ----------
    frame : DataFrame
        ``term, level, before, after``.
    ax : Axes, optional
    limit : float
        Differences within this are shaded as small.

    Returns
    -------
    Axes
    """
    shown = frame.iloc[::-1]
    labels = [f"{words(r.term)}: {words(r.level)}" if r.level else words(r.term) for r in shown.itertuples()]
    y = np.arange(len(shown))
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 1.1 + 0.27 * len(shown)))
        ax.axvspan(-limit, limit, color=RULE, alpha=0.5, lw=0)
        ax.axvline(0, color=QUIET, lw=0.8)
        ax.hlines(y, shown["before"], shown["after"], color=RULE, lw=1.2)
        ax.plot(shown["before"], y, ls="", marker=MARKERS[0], mec=COLOURS[1], mfc="none", label="before")
        ax.plot(shown["after"], y, ls="", marker=MARKERS[1], color=COLOURS[0], label="after")
        ax.set_yticks(y, labels)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.set(ylim=(-0.6, len(shown) - 0.4), xlabel="standardised difference of means")
        ax.legend(loc="best", fontsize=8.5)
        text = "; ".join(
            f"{label}: {rounded(r.before, 2)} before, {rounded(r.after, 2)} after"
            for label, r in zip(labels[::-1], frame.itertuples(), strict=True)
        )
        return keep(ax, frame, alt=f"Standardised differences. {text}.")


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
