"""Chances of states over time -> areas stacked on each other, which together are everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.charts import shares_by_time, words
from clemency.figures.style import COLOURS, HATCHES, keep, style
from clemency.records.errors import UsageError


def stacked_states(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    states: Sequence[str] | None = None,
    title: str = "",
    unit: str | None = None,
) -> Axes:
    """Areas of the chances of states, one on the other, as steps.

    Parameters
    ----------
    frame : DataFrame
        ``time, state, estimate``: for each time one row per state, which together are 1; of one group. The last time is
        the end of the figure, and what holds at a time holds until the next.
    ax : Axes, optional
    states : sequence of str, optional
        From below to above; in the order of the categories by default.
    title : str
    unit : str or None
        What the times count; None if that is not known.

    Returns
    -------
    Axes

    Raises
    ------
    UsageError
        For a time with two rows of one state, as where groups are mixed.
    """
    if frame.duplicated(["time", "state"]).any():
        raise UsageError("stacked_states draws one group: several rows are of one time and state.")
    table = frame.pivot_table(index="time", columns="state", values="estimate", observed=True, sort=True)
    order = [str(s) for s in (states if states is not None else table.columns)]
    table = table.set_axis([str(c) for c in table.columns], axis=1)[order].dropna()
    time, value = table.index.to_numpy(dtype=float), table.to_numpy()
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 4.4))
        top = np.cumsum(value, axis=1)
        base = np.column_stack([np.zeros(len(time)), top[:, :-1]])
        for k, name in enumerate(order):
            look: dict[str, Any] = {
                "facecolor": COLOURS[k % len(COLOURS)],
                "edgecolor": "#ffffff",
                "hatch": HATCHES[k % len(HATCHES)],
            }
            if k >= len(COLOURS):  # the colours begin again, paler
                look |= {"alpha": 0.5, "hatch": "\\\\\\"}
            ax.fill_between(time, base[:, k], top[:, k], step="post", lw=0.6, label=words(name), **look)
        ax.set(xlim=(time[0], time[-1]), ylim=(0, 1), xlabel=unit or "time", ylabel="share of people", title=title)
        shares_by_time(ax, unit)
        handles, labels = ax.get_legend_handles_labels()
        ax.legend(handles[::-1], labels[::-1], loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=8.5)
        last = ", ".join(f"{words(n)} {v:.0%}" for n, v in zip(order, value[-1], strict=True))
        when = f"{time[-1]:g} {unit}" if unit else f"{time[-1]:g}"
        return keep(ax, frame, alt=f"Stacked shares of people in each state; at {when}: {last}.")
