"""Rate ratios by periods since an event."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import ACCENT, INK, QUIET, RULE
from clemency.figures.theme.settings import style
from clemency.records.presentation.wording import rounded

FEW = 5


def lag_plot(frame: pd.DataFrame, base: int | None = -1, freq: str = "Q", ax: Axes | None = None) -> Axes:
    """Rate ratios by periods since an event.

    Parameters
    ----------
    frame : DataFrame
        ``lag, estimate, ci_low, ci_high`` as ratios and ``n_event``; rows with fewer than five acts or
        without limits are hollow, those without a finite estimate are named at the foot. What goes beyond 0.02 or 50
        ends in a triangle.
    base : int, optional
        Lag that has no coefficient.
    freq : {"Q", "Y", "M"}
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    unit = {"Q": "quarters", "Y": "years", "M": "months"}[freq]
    known = frame[np.isfinite(frame["ci_low"])]
    points = frame.loc[(frame["estimate"] > 0) & np.isfinite(frame["estimate"]), "estimate"]
    low = max(min(0.5, *known["ci_low"] / 1.3, *points / 1.3), 0.02)
    high = min(max(2.0, *known["ci_high"] * 1.3, *points * 1.3), 50.0)
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 3.9))
        ax.axhline(1, color=QUIET, lw=0.8)
        ax.axvline(-0.5, color=RULE, lw=0.8, ls="--")
        for row in frame.to_dict("records"):
            _lag(ax, row, low, high)
        if base is not None:
            ax.plot(base, 1, marker="_", color=QUIET, ms=10)
            ax.annotate("base", (base, 1), (0, 5), textcoords="offset points", ha="center", color=QUIET, fontsize=8)
        ax.set(
            yscale="log", ylim=(low, high), xlabel=f"{unit} since an event", ylabel="rate ratio per event (log scale)"
        )
        ticks = [t for t in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if low <= t <= high]
        ax.set_yticks(ticks, [f"{t:g}" for t in ticks])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        text = "; ".join(f"{r.lag:+d}: {rounded(r.estimate, 2)}" for r in known.itertuples())
        return keep(ax, frame, alt=f"Rate ratios by {unit} since an event. {text}.")


def _lag(ax: Axes, row: dict[str, Any], low: float, high: float) -> None:
    x, few = row["lag"], row["n_event"] < FEW or not np.isfinite(row["ci_low"])
    if not row["estimate"] > 0:
        text = "no acts" if row["estimate"] == 0 else "unknown"
        place = {"textcoords": "offset points", "ha": "center", "fontsize": 8, "color": ACCENT}
        ax.annotate(text, (x, low), (0, 3), **place)
        return
    span = np.clip([row["ci_low"], row["ci_high"]], low, high)
    ax.plot([x, x], span, color=INK, lw=1.3, ls=":" if few else "-")
    for beyond, edge, mark in ((row["ci_low"] < low, low, "v"), (row["ci_high"] > high, high, "^")):
        if beyond:
            ax.plot(x, edge, marker=mark, color=INK, ms=5, clip_on=False)
    if low <= row["estimate"] <= high:
        ax.plot(x, row["estimate"], marker="o", ms=6, mec=INK, mfc="none" if few else INK)
