"""Months from sentence to act, by the year of the act."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import COLOURS, MARKERS
from clemency.figures.theme.settings import style


def months_strip(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Months from sentence to act against the year of the act, home and abroad apart.

    Parameters
    ----------
    frame : DataFrame
        ``year`` (with fraction), ``months, where`` and ``name``.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 3.6))
        handles = []
        for i, (where, part) in enumerate(frame.groupby("where", sort=True)):
            ax.plot(
                part["year"],
                part["months"],
                ls="",
                marker=MARKERS[i],
                ms=6.5,
                mfc="none" if i else COLOURS[0],
                mec=COLOURS[i],
                clip_on=False,
            )
            handles.append(
                Line2D(
                    [], [], ls="", marker=MARKERS[i], mfc="none" if i else COLOURS[0], mec=COLOURS[i], label=str(where)
                )
            )
        ax.set(ylim=(0, None), ylabel="months since sentence", xlabel="year of medical parole")
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        ax.legend(handles=handles, loc="upper right", fontsize=8.5)
        text = ", ".join(f"{len(p)} {w}" for w, p in frame.groupby("where"))
        return keep(
            ax,
            frame,
            alt=f"Medical paroles by year and months since sentence: {text}; median {frame['months'].median():.0f} months.",
        )
