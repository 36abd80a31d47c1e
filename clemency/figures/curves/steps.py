"""Step curves with their limits, and the numbers at risk below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import COLOURS, LINES, QUIET
from clemency.figures.theme.scales import shares_by_time
from clemency.figures.theme.settings import style
from clemency.figures.theme.wording import words
from clemency.records.errors import UsageError


def step_curves(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    by: Sequence[str] = (),
    at_risk: Callable[[dict, np.ndarray], np.ndarray] | None = None,
    until: float | None = None,
    title: str = "",
    band: bool = True,
    start: float | None = None,
    groups: pd.DataFrame | None = None,
    ylabel: str = "",
    unit: str | None = None,
) -> Axes:
    """Step curves with their limits, and the numbers at risk below.

    Parameters
    ----------
    frame : DataFrame
        As the ``tidy`` of curves.
    ax : Axes, optional
    by : sequence of str
        Columns that tell the curves apart; ``outcome`` does so too where it has several levels.
    at_risk : callable, optional
        From a group and times to the numbers at risk just before them; they come from the same risk sets as the curve.
    until : float, optional
        Last time to show; by default the last exit, if `groups` says when that is, or else the last event.
    title : str
    band : bool
        Shade the limits.
    start : float, optional
        Value of the curves before their first time; 1 by default where all of them begin above a half, else 0.
    groups : DataFrame, optional
        Columns of `by` and ``last``, the time at which observation of each group ends: a group without rows in
        `frame` is drawn too, as a flat line, and no curve goes on after its group is gone.
    ylabel : str
    unit : str or None
        What the times count; None if that is not known.

    Returns
    -------
    Axes

    Raises
    ------
    UsageError
        For an `until` that is not above 0.
    """
    if until is not None and not 0 < until < np.inf:
        raise UsageError(f"until={until:g} must be a time above 0.")
    keys = [*by, *(["outcome"] if frame["outcome"].nunique() > 1 or not by else [])]
    end = until or float(frame["time"].max() if groups is None else groups["last"].max()) or 1.0
    if start is None:
        start = 1.0 if frame.groupby(keys, observed=True)["estimate"].first().gt(0.5).all() else 0.0
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 4.4))
        labels, drawn_groups = [], []
        for i, (values, part, stop) in enumerate(_curve_parts(frame, keys, list(by), groups)):
            label = ", ".join(words(v) for v in values.values()) or "no event"
            _curve(ax, part[part["time"] <= end], (start, min(end, stop)), i, label, band=band)
            labels.append(label)
            drawn_groups.append({k: v for k, v in values.items() if k in by})
        ax.set(xlim=(0, end), ylim=(0, None), xlabel=unit or "time", ylabel=ylabel, title=title)
        shares_by_time(ax, unit)
        if len(labels) > 1:
            ax.legend(loc="best", fontsize=8.5)
        if at_risk is not None:
            _risk_table(ax, labels, drawn_groups, at_risk, end)
        span = f"over {end:.0f} months" if unit == "months" else f"up to {end:g} {unit}" if unit else f"up to {end:g}"
        return keep(ax, frame, alt=f"Curves of {', '.join(labels)} {span}.")


def _curve_parts(
    frame: pd.DataFrame, keys: list[str], by: list[str], groups: pd.DataFrame | None
) -> list[tuple[dict[str, Any], pd.DataFrame, float]]:
    """Values of the keys, rows and last time of each curve: by outcome and group, with groups that have no rows."""
    if groups is None:
        found = frame.groupby(keys, observed=True, sort=False)
        return [(dict(zip(keys, v if isinstance(v, tuple) else (v,), strict=True)), p, np.inf) for v, p in found]
    outcomes = frame["outcome"].unique() if "outcome" in keys and len(frame) else [None]
    parts = []
    for outcome in outcomes:
        own = frame if outcome is None else frame[(frame["outcome"] == outcome).to_numpy()]
        for row in groups.to_dict("records"):
            alike = np.ones(len(own), dtype=bool)
            for c in by:
                alike &= (own[c] == row[c]).to_numpy(dtype=bool)
            values = {k: outcome if k == "outcome" else row[k] for k in keys if k != "outcome" or outcome is not None}
            parts.append((values, own[alike], float(row["last"])))
    return parts


def _curve(ax: Axes, part: pd.DataFrame, ends: tuple[float, float], i: int, label: str, *, band: bool) -> None:
    """Draw one curve from its value at 0 (the first of `ends`) to a time (the second)."""
    start, end = ends
    colour = COLOURS[i % len(COLOURS)]
    time = np.r_[0, part["time"], end]
    value = np.r_[start, part["estimate"], part["estimate"].iloc[-1] if len(part) else start]
    # Unclipped and above the axis, on which curves of groups without events lie.
    own = {"color": colour, "ls": LINES[i % len(LINES)], "label": label, "clip_on": False, "zorder": 3}
    ax.step(time, value, where="post", lw=1.7, **own)
    if band and len(part):
        # Both ends of each step are drawn, so that one with limits is not lost where the next one has none.
        low, high = (np.repeat(np.r_[start, part[c]], 2) for c in ("ci_low", "ci_high"))
        ax.fill_between(np.repeat(time, 2)[1:-1], low, high, color=colour, alpha=0.13, lw=0)


def _risk_table(
    ax: Axes, labels: list[str], groups: list[dict], at_risk: Callable[[dict, np.ndarray], np.ndarray], end: float
) -> None:
    times = np.array([t for t in ax.get_xticks() if 0 <= t <= end])
    # Points and not shares of the axes, whose height the layout takes from where these texts end.
    options = {"xycoords": ax.get_xaxis_transform(), "textcoords": "offset points", "fontsize": 8, "va": "top"}
    seen: list[dict] = []
    ax.annotate("at risk", (0, 0), (0, -40), color=QUIET, **options)
    for i, (label, group) in enumerate(zip(labels, groups, strict=True)):
        if group in seen:
            continue
        seen.append(group)
        y, colour = -40 - 13 * len(seen), COLOURS[i % len(COLOURS)]
        for t, n in zip(times, at_risk(group, np.maximum(times, 1e-9)), strict=True):
            ax.annotate(f"{n:g}", (t, 0), (0, y), ha="center" if t else "left", color=colour, **options)
        if group or len(labels) > 1:
            label = ", ".join(map(words, group.values())) or label
            ax.annotate(label, (end, 0), (8, y), color=colour, **options)
