"""Survival curves that are determined in part: lines where they are, boxes where they are not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import COLOURS, LINES
from clemency.figures.theme.settings import style
from clemency.records.presentation.wording import rounded


def mass_boxes(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    by: Sequence[str] = (),
    until: float | None = None,
    *,
    title: str = "",
    unit: str | None = None,
    rising: bool = False,
) -> Axes:
    """Curves with a shaded box for each interval in which mass lies and the curve may have any course.

    Parameters
    ----------
    frame : DataFrame
        ``lower, upper, <by>, mass, estimate, ci_low, ci_high``: the curve falls (or rises) by ``mass`` within (lower, upper] to
        ``estimate``; one row per interval, in order of time within each group.
    ax : Axes, optional
    by : sequence of str
        Columns that tell the curves apart.
    until : float, optional
        Last time to show.
    title : str
    unit : str or None
        What the times count; None if that is not known.
    rising : bool
        Whether the curves are incidences, which rise by ``mass`` from 0.

    Returns
    -------
    Axes
    """
    end = float(until or (frame["upper"].max() * 1.03 if len(frame) else 1.0))
    groups = list(frame.groupby(list(by), sort=False, observed=True)) if by else [((), frame)]
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 4.0))
        said = []
        for i, (values, part) in enumerate(groups):
            label = ", ".join(str(v) for v in (values if isinstance(values, tuple) else (values,)))
            label = f" {label}" if label.startswith("_") else label  # else a legend would leave it out
            look = {"color": COLOURS[i % len(COLOURS)], "ls": LINES[i % len(LINES)], "label": label or None}
            _curve(ax, part, end, look, rising)
            last = (
                f"{rounded(part['estimate'].iloc[-1], 2)} after {part['upper'].iloc[-1]:g}" if len(part) else "no event"
            )
            said.append(f"{label + ': ' if label else ''}{last}")
        share = "share with the event" if rising else "share without the event"
        ax.set(xlim=(0, end), ylim=(0, 1.02), xlabel=unit or "time", ylabel=share, title=title)
        if by:
            ax.legend(loc="best", fontsize=8.5)
        boxes = int((frame["upper"] > frame["lower"]).sum())
        text = f"{'Incidence' if rising else 'Survival'} curves with {boxes} intervals in which they are not determined, shaded. {'; '.join(said)}."
        return keep(ax, frame, alt=text)


def _curve(ax: Axes, part: pd.DataFrame, end: float, look: dict[str, Any], rising: bool) -> None:
    colour = look["color"]
    low, high = part["lower"].to_numpy(), part["upper"].to_numpy()
    after = part["estimate"].to_numpy()
    before = after + (-1 if rising else 1) * part["mass"].to_numpy()
    end = max(end, high.max(initial=0.0))
    begin, stop = np.r_[0.0, high], np.r_[low, end]
    flat, level = stop > begin, np.r_[0.0 if rising else 1.0, after]
    ax.hlines(level[flat], begin[flat], stop[flat], lw=1.6, **look)
    exact = low == high
    ax.vlines(low[exact], after[exact], before[exact], color=colour, lw=1.6)
    for k in np.flatnonzero(~exact):
        box = Rectangle((low[k], after[k]), high[k] - low[k], before[k] - after[k])
        box.set(facecolor=colour, edgecolor=colour, alpha=0.3, lw=0.6)
        ax.add_patch(box)
    sides = (high, low) if rising else (low, high)  # in a box the wider limit of its two sides holds
    for name, start in zip(("ci_low", "ci_high"), sides, strict=True):
        limit = part[name].to_numpy()
        if len(limit) and np.isfinite(limit).all():
            ax.hlines(limit, start, np.r_[start[1:], end], color=colour, lw=0.7, alpha=0.7)
