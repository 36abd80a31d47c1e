"""Chances of states, or months in them -> areas or bars put together, which are everybody, or all the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.labelling import Named, name_ends, wrapped
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import COLOURS, GROUND, HATCHES
from clemency.figures.theme.scales import shares_by_time
from clemency.figures.theme.settings import SMALL, axes_for, is_narrow, style
from clemency.records.errors import UsageError
from clemency.records.presentation.translation import tr


@figure("title", "labels", "palette", "time_unit", "order")
def stacked_states(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    states: Sequence[str] | None = None,
    unit: str | None = None,
    *,
    look: Look,
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
    unit : str or None
        What the times count; None if that is not known.
    look
        ``title, labels, palette, time_unit, order``: see `Look`. Codes are the states.

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
    table, order = _wide(frame, "time", states, look)
    table = table.dropna()
    factor, unit = look.in_unit(unit)
    time, value = factor * table.index.to_numpy(dtype=float), table.to_numpy()
    colours = look.colours(order)
    with style():
        ax = axes_for(ax, 4.4)
        top = np.cumsum(value, axis=1)
        base = np.column_stack([np.zeros(len(time)), top[:, :-1]])
        for k, name in enumerate(order):
            ax.fill_between(
                time, base[:, k], top[:, k], step="post", lw=0.6, label=look.word(name), **_look(k, colours[k])
            )
        ax.set(
            xlim=(time[0], time[-1]), ylim=(0, 1), xlabel=unit or "time", ylabel=tr("share of people"), title=look.title
        )
        shares_by_time(ax, unit)
        middle = (base[-1] + top[-1]) / 2
        name_ends(
            ax,
            [Named(look.word(n), (time[-1], y), c, "-") for n, y, c in zip(order, middle, colours, strict=True)],
            240,
        )
        last = ", ".join(f"{look.word(n)} {v:.0%}" for n, v in zip(order, value[-1], strict=True))
        when = f"{time[-1]:g} {unit}" if unit else f"{time[-1]:g}"
        return keep(
            ax, frame, alt=tr("Stacked shares of people in each state; at {when}: {last}.", when=when, last=last)
        )


@figure("title", "labels", "palette", "time_unit", "order")
def stacked_months(
    frame: pd.DataFrame,
    by: str,
    ax: Axes | None = None,
    states: Sequence[str] | None = None,
    unit: str | None = "months",
    *,
    look: Look,
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
    unit : str or None
        What the times count; None if that is not known.
    look
        ``title, labels, palette, time_unit, order``: see `Look`. Codes are the states.

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
    factor, unit = look.in_unit(unit)
    table, order = _wide(frame.assign(estimate=factor * pd.to_numeric(frame["estimate"])), by, states, look)
    colours = look.colours(order)
    table = table.loc[list(pd.unique(frame[by]))].fillna(0.0)
    value, names = table.to_numpy(), [str(g) for g in table.index]
    left = np.column_stack([np.zeros(len(value)), np.cumsum(value, axis=1)])
    with style():
        ax = axes_for(ax, 1.5 + 0.55 * len(names) + (0.2 * len(order) if is_narrow() else 0))
        for k, name in enumerate(order):
            bars = ax.barh(
                range(len(names)), value[:, k], 0.66, left[:, k], lw=0.6, label=look.word(name), **_look(k, colours[k])
            )
            wide = [_time(v, unit) if v >= 0.04 * left[:, -1].max() else "" for v in value[:, k]]
            paper = {"facecolor": GROUND, "edgecolor": "none", "pad": 1.2}
            ax.bar_label(bars, wide, label_type="center", fontsize=SMALL, bbox=paper)
        ax.set_yticks(range(len(names)), [wrapped(n) for n in names])
        ax.set(ylim=(len(names) - 0.5, -0.5), xlim=(0, left[:, -1].max()), xlabel=unit or "time", title=look.title)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        if is_narrow():
            ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside lower left", ncols=2)
        else:
            ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02))
        told = "; ".join(
            f"{g}: " + ", ".join(f"{look.word(s)} {_time(v, unit)}" for s, v in zip(order, row, strict=True))
            for g, row in zip(names, value, strict=True)
        )
        return keep(
            ax, frame, alt=tr("Stacked bars of {unit} in each state. {told}.", unit=unit or tr("time"), told=told)
        )


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


def _time(value: float, unit: str | None) -> str:
    """Whole months, weeks and days; of years and quarters a digit more."""
    return f"{value:.1f}" if unit in ("years", "quarters") else f"{value:.0f}"


def _wide(frame: pd.DataFrame, rows: str, states: Sequence[str] | None, look: Look) -> tuple[pd.DataFrame, list[str]]:
    """One row for each time or group, one column for each state in its order."""
    table = frame.pivot_table(index=rows, columns="state", values="estimate", observed=True, sort=rows == "time")
    table.columns = pd.Index([str(c) for c in table.columns])
    order = [str(s) for s in (states if states is not None else table.columns)]
    look.check(order)
    order = look.arranged(order)
    return table.reindex(columns=order), order


def _look(k: int, colour: Any) -> dict[str, Any]:
    hatch = HATCHES[k % len(HATCHES)]
    if k < len(COLOURS):
        return {"facecolor": colour, "edgecolor": GROUND, "hatch": hatch}
    return {"facecolor": colour, "edgecolor": GROUND, "alpha": 0.5, "hatch": "\\\\\\"}  # they begin again, paler
