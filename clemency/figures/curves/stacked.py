"""Chances of states, or months in them -> areas or bars put together, which are everybody, or all the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import COLOURS, HATCHES
from clemency.figures.theme.scales import shares_by_time
from clemency.figures.theme.settings import style
from clemency.figures.theme.wording import words
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
    table, order = _wide(frame, "time", states)
    table = table.dropna()
    time, value = table.index.to_numpy(dtype=float), table.to_numpy()
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 4.4))
        top = np.cumsum(value, axis=1)
        base = np.column_stack([np.zeros(len(time)), top[:, :-1]])
        for k, name in enumerate(order):
            ax.fill_between(time, base[:, k], top[:, k], step="post", lw=0.6, label=words(name), **_look(k))
        ax.set(xlim=(time[0], time[-1]), ylim=(0, 1), xlabel=unit or "time", ylabel="share of people", title=title)
        shares_by_time(ax, unit)
        handles, labels = ax.get_legend_handles_labels()
        ax.legend(handles[::-1], labels[::-1], loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=8.5)
        last = ", ".join(f"{words(n)} {v:.0%}" for n, v in zip(order, value[-1], strict=True))
        when = f"{time[-1]:g} {unit}" if unit else f"{time[-1]:g}"
        return keep(ax, frame, alt=f"Stacked shares of people in each state; at {when}: {last}.")


def stacked_months(
    frame: pd.DataFrame,
    by: str,
    ax: Axes | None = None,
    states: Sequence[str] | None = None,
    title: str = "",
    unit: str | None = "months",
) -> Axes:
    """One bar for each group, made of the time that it spends in each state.

    Parameters
    ----------
    frame : DataFrame
        ``state, estimate`` and the column of groups: one row per group and state, as `MultiState.sojourn` gives them. A
        state without a row is one in which the group spends no time.
    by : str
        Column of groups, a bar each, from above to below in their order in the frame.
    ax : Axes, optional
    states : sequence of str, optional
        From left to right; in the order of the categories, or of the frame, by default.
    title : str
    unit : str or None
        What the times count; None if that is not known.

    Returns
    -------
    Axes

    Raises
    ------
    UsageError
        For a column that is not there, a group or state that is missing, times that are no numbers of 0 or more, and a
        group with two rows of one state.
    """
    _check_months(frame, by, states)
    if frame.duplicated([by, "state"]).any():
        raise UsageError(f"stacked_months draws one time for each state of a group: {by!r} names some group twice.")
    table, order = _wide(frame.assign(estimate=pd.to_numeric(frame["estimate"])), by, states)
    table = table.loc[list(pd.unique(frame[by]))].fillna(0.0)
    value, names = table.to_numpy(), [str(g) for g in table.index]
    left = np.column_stack([np.zeros(len(value)), np.cumsum(value, axis=1)])
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 1.5 + 0.55 * len(names)))
        for k, name in enumerate(order):
            bars = ax.barh(range(len(names)), value[:, k], 0.66, left[:, k], lw=0.6, label=words(name), **_look(k))
            wide = [f"{v:.0f}" if v >= 0.04 * left[:, -1].max() else "" for v in value[:, k]]
            paper = {"facecolor": "#ffffff", "edgecolor": "none", "pad": 1.2}
            ax.bar_label(bars, wide, label_type="center", fontsize=8.5, bbox=paper)
        ax.set_yticks(range(len(names)), names)
        ax.set(ylim=(len(names) - 0.5, -0.5), xlim=(0, left[:, -1].max()), xlabel=unit or "time", title=title)
        ax.tick_params(axis="y", length=0)
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), fontsize=8.5)
        told = "; ".join(
            f"{g}: " + ", ".join(f"{words(s)} {v:.0f}" for s, v in zip(order, row, strict=True))
            for g, row in zip(names, value, strict=True)
        )
        return keep(ax, frame, alt=f"Stacked bars of {unit or 'time'} in each state. {told}.")


def _check_months(frame: pd.DataFrame, by: str, states: Sequence[str] | None) -> None:
    for name in (by, "state", "estimate"):
        if name not in frame:
            raise UsageError(f"stacked_months needs a column {name!r}; there are: {', '.join(map(str, frame))}.")
    if frame.empty:
        raise UsageError("stacked_months has nothing to draw: the frame has no rows.")
    for name in (by, "state"):
        if frame[name].isna().any():
            row = frame.index[frame[name].isna()][0]
            raise UsageError(f"Row {row} has no {name!r}: name it, or leave the row out.")
    time = pd.to_numeric(frame["estimate"], errors="coerce").to_numpy(dtype=float)
    wrong = ~(np.isfinite(time) & (time >= 0))
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        raise UsageError(
            f"'estimate' in row {frame.index[i]} is {frame['estimate'].iloc[i]}: give a time of 0 or more."
        )
    unknown = [s for s in states or () if s not in set(frame["state"].astype(str))]
    if unknown and len(unknown) == len(states or ()):
        raise UsageError(f"None of states= is in the frame: {', '.join(unknown)}.")


def _wide(frame: pd.DataFrame, rows: str, states: Sequence[str] | None) -> tuple[pd.DataFrame, list[str]]:
    """One row for each time or group, one column for each state in its order."""
    table = frame.pivot_table(index=rows, columns="state", values="estimate", observed=True, sort=rows == "time")
    table.columns = pd.Index([str(c) for c in table.columns])
    order = [str(s) for s in (states if states is not None else table.columns)]
    return table.reindex(columns=order), order


def _look(k: int) -> dict[str, Any]:
    colour, hatch = COLOURS[k % len(COLOURS)], HATCHES[k % len(HATCHES)]
    if k < len(COLOURS):
        return {"facecolor": colour, "edgecolor": "#ffffff", "hatch": hatch}
    return {"facecolor": colour, "edgecolor": "#ffffff", "alpha": 0.5, "hatch": "\\\\\\"}  # they begin again, paler
