"""Step curves with their limits, their names at their ends, and the numbers at risk below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.labelling import MOST_NAMED, Named, name_ends, wrapped
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import LINES, QUIET, RULE
from clemency.figures.theme.scales import shares_by_time
from clemency.figures.theme.settings import SMALL, axes_for, figure_width, is_narrow, style
from clemency.figures.theme.wording import words
from clemency.records.errors import UsageError
from clemency.records.presentation.translation import label, tr

_HEIGHT = 4.4  # inches of a figure of curves
AtRisk = Callable[[dict, np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class _Curve:
    """One curve: values of its keys, its rows, and its value at 0 and the time at which it stops."""

    keys: dict[str, Any]
    part: pd.DataFrame
    start: float
    stop: float
    label: str
    colour: Any
    dashes: Any


@figure("title", "labels", "palette", "band", "time_unit", "order")
def step_curves(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    by: Sequence[str] = (),
    at_risk: AtRisk | None = None,
    until: float | None = None,
    start: float | None = None,
    groups: pd.DataFrame | None = None,
    ylabel: str = "",
    unit: str | None = None,
    since: str = "",
    shares: bool = True,
    top: float | None = None,
    look: Look,
) -> Axes:
    """Step curves with their limits, and the numbers at risk below.

    Up to six curves are named at their ends. More of them stand in panels, one each, with the others behind it in grey.

    Parameters
    ----------
    frame : DataFrame
        As the ``tidy`` of curves.
    ax : Axes, optional
        For more than six curves it gives its place to the panels.
    by : sequence of str
        Columns that tell the curves apart; ``outcome`` does so too where it has several levels.
    at_risk : callable, optional
        From a group and times to the numbers at risk just before them; they come from the same risk sets as the curve.
        Panels do not show them.
    until : float, optional
        Last time to show; by default the last exit, if `groups` says when that is, or else the last event.
    start : float, optional
        Value of the curves before their first time; 1 by default where all of them begin above a half, else 0.
    groups : DataFrame, optional
        Columns of `by` and ``last``, the time at which observation of each group ends: a group without rows in
        `frame` is drawn too, as a flat line, and no curve goes on after its group is gone.
    ylabel : str
    unit : str or None
        What the times count; None if that is not known.
    since : str
        What they are counted from, such as ``custody``.
    shares : bool
        The curves are shares, printed in per cent; else numbers.
    top : float, optional
        Upper end of the axis, where several figures shall have the same.
    look
        ``title, labels, palette, band, time_unit, order``: see `Look`. Codes are the groups or events; of curves told
        apart by several columns, their values with commas between.

    Returns
    -------
    Axes
        That of the first panel, where there are several.

    Raises
    ------
    UsageError
        For an `until` that is not above 0, and for what `Look` refuses.
    """
    if until is not None and not 0 < until < np.inf:
        raise UsageError(f"until={until:g} must be a time above 0.")
    keys = [*by, *(["outcome"] if frame["outcome"].nunique() > 1 or not by else [])]
    end = until or float(frame["time"].max() if groups is None else groups["last"].max()) or 1.0
    if start is None:
        start = 1.0 if frame.groupby(keys, observed=True)["estimate"].first().gt(0.5).all() else 0.0
    curves = _curves(_curve_parts(frame, keys, list(by), groups), start, end, look)
    factor, unit = look.in_unit(unit)
    time = (
        tr("{unit} since {start}", unit=label(unit or "time"), start=label(since)) if since else label(unit or "time")
    )
    with style():
        if len(curves) > MOST_NAMED:
            axes = _panels(ax, curves, end, factor, look)
        else:
            rows = len({tuple(v for k, v in c.keys.items() if k in by) for c in curves}) if at_risk else 0
            axes = [axes_for(ax, _HEIGHT + 0.18 * max(rows - 2, 0))]
            for curve in curves:
                _draw(axes[0], curve, end, factor, band=look.band)
        for one in axes:
            one.set(xlim=(0, end * factor), ylim=(0, top), xlabel=time)
            shares_by_time(one, unit, shares=shares)
        axes[0].set(ylabel=ylabel, title=look.title)
        if len(axes) > 1:
            _finish_panels(axes, curves, time, ylabel, look.title)
        else:
            _name(axes[0], curves, end, factor, by if at_risk else None)
            if at_risk is not None:
                _risk_table(axes[0], curves, at_risk, end, factor, by)
        span = (
            tr("over {n:.0f} months", n=end * factor)
            if unit == "months"
            else tr("up to {n:g} {unit}", n=end * factor, unit=label(unit or "")).rstrip()
        )
        return keep(
            axes[0], frame, alt=tr("Curves of {names} {span}.", names=tr(", ").join(c.label for c in curves), span=span)
        )


def _curves(
    parts: list[tuple[dict[str, Any], pd.DataFrame, float]], start: float, end: float, look: Look
) -> list[_Curve]:
    """The curves in their order, each with its name and its look."""
    codes = [", ".join(str(v) for v in values.values()) for values, _, _ in parts]
    look.check([*codes, *(v for values, _, _ in parts for v in values.values())])
    place = {c: n for n, c in enumerate(look.arranged(codes))}
    found = []
    colours = look.colours(list(place))
    for code, (values, part, stop) in sorted(zip(codes, parts, strict=True), key=lambda one: place[one[0]]):
        whole = {str(k) for k in look.labels}
        label = (
            look.word(code)
            if code in whole
            else ", ".join(look.value(k, v) for k, v in values.items()) or tr("no event")
        )
        n = place[code]
        dashes = LINES[n % len(LINES)] if len(parts) <= MOST_NAMED else "-"
        found.append(_Curve(values, part[part["time"] <= end], start, min(end, stop), label, colours[n], dashes))
    return found


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


def _steps(curve: _Curve, end: float, factor: float) -> tuple[np.ndarray, np.ndarray]:
    part = curve.part
    stop = min(end, curve.stop)
    last = part["estimate"].iloc[-1] if len(part) else curve.start
    return factor * np.r_[0, part["time"], stop], np.r_[curve.start, part["estimate"], last]


def _draw(ax: Axes, curve: _Curve, end: float, factor: float, *, band: bool) -> None:
    """One curve from its value at 0 to its last time, with its limits."""
    time, value = _steps(curve, end, factor)
    # Unclipped and above the axis, on which curves of groups without events lie.
    own = {"color": curve.colour, "ls": curve.dashes, "label": curve.label, "clip_on": False, "zorder": 3}
    ax.step(time, value, where="post", lw=1.7, **own)
    if band and len(curve.part):
        # Both ends of each step are drawn, so that one with limits is not lost where the next one has none.
        low, high = (np.repeat(np.r_[curve.start, curve.part[c]], 2) for c in ("ci_low", "ci_high"))
        ax.fill_between(np.repeat(time, 2)[1:-1], low, high, color=curve.colour, alpha=0.14, lw=0)


def _name(ax: Axes, curves: list[_Curve], end: float, factor: float, beneath: Sequence[str] | None) -> None:
    """Names at the ends of the curves, where there are several; alone, one that no number at risk names."""
    if len(curves) < 2:
        return
    named = []
    for curve in curves:
        time, value = _steps(curve, end, factor)
        named.append(Named(curve.label, (float(time[-1]), float(value[-1])), curve.colour, curve.dashes))
    rows = 0 if beneath is None else len({tuple(v for k, v in c.keys.items() if k in beneath) for c in curves})
    height = (
        72 * ax.get_figure().get_size_inches()[1] * ax.get_position().height / 0.77 - 60 - 13 * (rows + 1) * (rows > 0)
    )
    name_ends(ax, named, max(height, 80))


def _risk_table(ax: Axes, curves: list[_Curve], at_risk: AtRisk, end: float, factor: float, by: Sequence[str]) -> None:
    """Numbers at risk beneath the ticks, a row for each group, named at the right like the curves."""
    times = np.array([t for t in ax.get_xticks() if 0 <= t <= end * factor * (1 + 1e-9)])
    # Points and not shares of the axes, whose height the layout takes from where these texts end.
    options = {"xycoords": ax.get_xaxis_transform(), "textcoords": "offset points", "fontsize": SMALL, "va": "center"}
    ax.annotate(tr("at risk"), (0, 0), (0, -44), color=QUIET, **options)
    seen: list[dict] = []
    for curve in curves:
        group = {k: v for k, v in curve.keys.items() if k in by}
        if group in seen:
            continue
        seen.append(group)
        y = -44 - 13 * len(seen)
        for t, n in zip(times, at_risk(group, np.maximum(times / factor, 1e-9)), strict=True):
            ax.annotate(f"{n:,g}", (t, 0), (0, y), ha="center" if t else "left", **options)
        if not group:
            continue
        alone = sum({k: v for k, v in c.keys.items() if k in by} == group for c in curves) == 1
        label = curve.label if alone else ", ".join(words(v) for v in group.values())
        ax.annotate(wrapped(label, 60).split("\n")[0], (end * factor, 0), (19, y), **options)


def _panels(ax: Axes | None, curves: list[_Curve], end: float, factor: float, look: Look) -> list[Axes]:
    """A panel for each curve, with the others behind it."""
    from matplotlib import pyplot as plt

    columns = 2 if is_narrow() else 3 if len(curves) < 13 else 4
    rows = -(-len(curves) // columns)
    size = (figure_width(), 0.7 + 1.55 * rows)
    place = None if ax is None else ax.get_subplotspec()
    if ax is not None and place is None:
        raise UsageError(f"{len(curves)} curves need panels, and these axes have no place in a grid: leave ax= out.")
    chart = plt.figure(figsize=size) if ax is None else ax.get_figure()
    grid = chart.add_gridspec(rows, columns) if place is None else place.subgridspec(rows, columns)
    if ax is not None:
        ax.set_subplotspec(grid[0, 0])
    axes: list[Axes] = []
    for n, own in enumerate(curves):
        here = (
            ax
            if n == 0 and ax is not None
            else chart.add_subplot(
                grid[divmod(n, columns)], sharex=axes[0] if axes else None, sharey=axes[0] if axes else None
            )
        )
        axes.append(here)
        for other in curves:
            if other is not own:
                time, value = _steps(other, end, factor)
                here.step(time, value, where="post", lw=0.8, color=RULE, zorder=1)
        first = look.colours(["one"])[0] if not look.palette else own.colour
        _draw(here, _Curve(own.keys, own.part, own.start, own.stop, own.label, first, "-"), end, factor, band=look.band)
        here.set_title(wrapped(own.label, 22), fontsize=SMALL, fontweight="normal")
    return axes


def _finish_panels(axes: list[Axes], curves: list[_Curve], time: str, ylabel: str, title: str) -> None:
    """Names of axes once for all panels, and their own names again, which the figure's would replace."""
    columns = 2 if is_narrow() else 3 if len(curves) < 13 else 4
    for n, (one, curve) in enumerate(zip(axes, curves, strict=True)):
        one.set_title(wrapped(curve.label, 22), fontsize=SMALL, fontweight="normal")
        one.tick_params(labelleft=n % columns == 0, labelbottom=n + columns >= len(axes))
        one.set(xlabel="", ylabel="")
    chart = axes[0].get_figure()
    middle = axes[len(axes) // columns // 2 * columns if columns < len(axes) else 0]
    middle.set_ylabel(ylabel)
    axes[min(len(axes) - 1, (len(axes) - 1) // columns * columns + (columns - 1) // 2)].set_xlabel(time)
    if title:
        chart.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=10.5)
