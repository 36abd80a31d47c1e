"""Differences between groups before and after weighting or matching."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import COLOURS, MARKERS, QUIET, RULE
from clemency.figures.theme.settings import style
from clemency.figures.theme.wording import words
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
