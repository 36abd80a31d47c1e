"""Rates by period with the fitted ones, and a break."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import ACCENT, COLOURS, INK, QUIET
from clemency.figures.theme.settings import style
from clemency.records.arguments.days import first_day


def rates_line(frame: pd.DataFrame, at: str, ax: Axes | None = None, note: str = "") -> Axes:
    """Rates by period with the fitted ones, and a break.

    Parameters
    ----------
    frame : DataFrame
        ``period, acts, months, fitted``.
    at : str
        Day of the break, at which a line stands.
    ax : Axes, optional
    note : str

    Returns
    -------
    Axes
    """
    freq = {4: "Y", 6: "Q", 7: "M"}[len(str(frame["period"].iloc[0]))]
    periods = pd.PeriodIndex(frame["period"], freq=freq)
    day = periods.start_time.to_numpy()
    cut = first_day(at, "at")
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(9.2, 3.6))
        ax.plot(
            day,
            1000 * frame["acts"] / frame["months"],
            ls="",
            marker="o",
            ms=4,
            mfc="none",
            mec=COLOURS[0],
            label="observed",
        )
        # A period without person-time is a gap in the line, not a stretch of it.
        fitted = pd.Series((1000 * frame["fitted"] / frame["months"]).to_numpy(), index=periods)
        fitted = fitted.reindex(pd.period_range(periods.min(), periods.max(), freq=freq))
        every = fitted.index.start_time.to_numpy()
        for side, label in ((every < cut, "fitted"), (every >= cut, "")):
            ax.plot(every[side], fitted.to_numpy()[side], color=INK, lw=1.5, label=label or "_after")
        ax.axvline(cut, color=ACCENT, lw=1.2)
        ax.set(ylim=(0, None), ylabel="acts per 1,000 person-months")
        ax.legend(loc="upper right", fontsize=8.5)
        if note:
            ax.set_xlabel(note, fontsize=7.5, color=QUIET, loc="left")
        alt = f"Rates from {frame['period'].iloc[0]} to {frame['period'].iloc[-1]} with a break at {at}."
        return keep(ax, frame, note=note, alt=alt)
