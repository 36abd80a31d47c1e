"""Survival curves that are determined in part: lines where they are, boxes where they are not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from clemency.figures.theme.kept import keep
from clemency.figures.theme.labelling import MOST_NAMED, Named, name_ends
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import LINES
from clemency.figures.theme.scales import shares_by_time
from clemency.figures.theme.settings import axes_for, style
from clemency.records.presentation.wording import rounded


@figure("title", "labels", "palette", "band", "time_unit", "order")
def mass_boxes(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    by: Sequence[str] = (),
    until: float | None = None,
    *,
    unit: str | None = None,
    rising: bool = False,
    event: str = "the event",
    look: Look,
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
    unit : str or None
        What the times count; None if that is not known.
    rising : bool
        Whether the curves are incidences, which rise by ``mass`` from 0.
    event : str
        What happens at the end of a time, for the axis.
    look
        ``title, labels, palette, band, time_unit, order``: see `Look`. Codes are the groups.

    Returns
    -------
    Axes
    """
    end = float(until or (frame["upper"].max() * 1.03 if len(frame) else 1.0))
    factor, unit = look.in_unit(unit)
    end, frame = end * factor, frame.assign(lower=frame["lower"] * factor, upper=frame["upper"] * factor)
    groups = _groups(frame, by, look)
    with style():
        ax = axes_for(ax, 4.0)
        said, named = [], []
        for i, (code, part) in enumerate(groups.items()):
            label = look.word(code)
            colour, dashes = look.colours(list(groups))[i], LINES[i % len(LINES)]
            shown = f" {label}" if label.startswith("_") else label  # else a legend would leave it out
            _curve(
                ax, part, end, {"color": colour, "ls": dashes, "label": shown or None}, rising=rising, band=look.band
            )
            level = float(part["estimate"].iloc[-1]) if len(part) else float(not rising)
            named.append(Named(label, (end, level), colour, dashes))
            last = (
                f"{rounded(part['estimate'].iloc[-1], 2)} after {part['upper'].iloc[-1]:g}" if len(part) else "no event"
            )
            said.append(f"{label + ': ' if label else ''}{last}")
        share = f"share {'with' if rising else 'without'} {event}"
        ax.set(xlim=(0, end), ylim=(0, 1.02), xlabel=unit or "time", ylabel=share, title=look.title)
        shares_by_time(ax, unit)
        if by and len(named) <= MOST_NAMED:
            name_ends(ax, named, 200)
        elif by:
            ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
        boxes = int((frame["upper"] > frame["lower"]).sum())
        text = f"{'Incidence' if rising else 'Survival'} curves with {boxes} intervals in which they are not determined, shaded. {'; '.join(said)}."
        return keep(ax, frame, alt=text)


def _groups(frame: pd.DataFrame, by: Sequence[str], look: Look) -> dict[str, pd.DataFrame]:
    """Rows of each group by its code, in order."""
    if not by:
        return {"": frame}
    found = {}
    for values, part in frame.groupby(list(by), sort=False, observed=True):
        found[", ".join(str(v) for v in (values if isinstance(values, tuple) else (values,)))] = part
    look.check(found)
    return {code: found[code] for code in look.arranged(found)}


def _curve(ax: Axes, part: pd.DataFrame, end: float, look: dict[str, Any], *, rising: bool, band: bool) -> None:
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
    for name, start in zip(("ci_low", "ci_high"), sides, strict=True) if band else ():
        limit = part[name].to_numpy()
        if len(limit) and np.isfinite(limit).all():
            ax.hlines(limit, start, np.r_[start[1:], end], color=colour, lw=0.7, alpha=0.7)
