"""Probabilities at the points of a grid of times."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import COLOURS
from clemency.figures.theme.settings import style


def grid_curves(
    frame: pd.DataFrame, ax: Axes | None = None, by: Sequence[str] = (), xlabel: str = "months", unit: str = ""
) -> Axes:
    """Probabilities at the points of a grid, with their limits; one line for each group and outcome.

    Parameters
    ----------
    frame : DataFrame
        Columns of `by`; ``outcome, time, estimate, ci_low, ci_high``. Limits may be missing.
    ax : Axes, optional
    by : sequence of str
    xlabel : str
    unit : str
        What the axis of probabilities says; the outcome by default, if there is one.

    Returns
    -------
    Axes
    """
    one = frame["outcome"].nunique() == 1
    keys = [*by, *([] if one and by else ["outcome"])]
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 3.6))
        ends = []
        for k, (name, part) in enumerate(frame.groupby(keys, sort=False, observed=True)):
            colour, shift = COLOURS[k % len(COLOURS)], 0.6 * k
            label = ", ".join(str(n).replace("_", " ") for n in name)
            t, p = part["time"].to_numpy(float), 100 * part["estimate"].to_numpy(float)
            ax.plot(np.r_[0.0, t] + shift, np.r_[0.0, p], marker="o", ms=4, color=colour)
            ax.vlines(t + shift, 100 * part["ci_low"], 100 * part["ci_high"], color=colour, lw=1.1)
            ax.annotate(label, (t[-1] + shift, p[-1]), (8, 0), textcoords="offset points", va="center", color=colour)
            ends.append(f"{label}: {p[-1]:.1f}% by {t[-1]:g}")
        what = unit or (str(frame["outcome"].iloc[0]).replace("_", " ") if one else "probability")
        ax.set(ylim=(0, None), xlim=(0, None), xlabel=xlabel, ylabel=f"{what}, %")
        return keep(ax, frame, alt=f"Probability over {xlabel}, with limits. {'; '.join(ends)}.")
