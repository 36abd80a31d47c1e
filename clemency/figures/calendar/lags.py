"""Rate ratios by periods since an event."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from clemency.figures.theme.kept import keep
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import ACCENT, INK, QUIET, RULE
from clemency.figures.theme.scales import log_ticks
from clemency.figures.theme.settings import SMALL, axes_for, style
from clemency.figures.theme.wording import FEW
from clemency.records.presentation.translation import label, tr
from clemency.records.presentation.wording import rounded


@figure("title", "palette", "band")
def lag_plot(
    frame: pd.DataFrame,
    base: int | None = -1,
    freq: str = "Q",
    ax: Axes | None = None,
    *,
    event: str = "acts",
    look: Look,
) -> Axes:
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
    event : str
        What is counted, for the axis.
    look
        ``title, palette, band``: see `Look`.

    Returns
    -------
    Axes
    """
    unit = {"Q": "quarters", "Y": "years", "M": "months"}[freq]
    known = frame[np.isfinite(frame["ci_low"])]
    points = frame.loc[(frame["estimate"] > 0) & np.isfinite(frame["estimate"]), "estimate"]
    low = max(min(0.5, *known["ci_low"] / 1.3, *points / 1.3), 0.02)
    high = min(max(2.0, *known["ci_high"] * 1.3, *points * 1.3), 50.0)
    colour = look.single(INK)
    with style():
        ax = axes_for(ax, 3.9)
        ax.axhline(1, color=QUIET, lw=0.8)
        ax.axvline(-0.5, color=RULE, lw=0.8, ls="--")
        for row in frame.to_dict("records"):
            _lag(
                ax,
                row if look.band else {**row, "ci_low": row["estimate"], "ci_high": row["estimate"]},
                (low, high),
                colour,
            )
        if base is not None:
            ax.plot(base, 1, marker="_", color=QUIET, ms=10)
            ax.annotate(
                tr("base"), (base, 1), (0, 5), textcoords="offset points", ha="center", color=QUIET, fontsize=SMALL
            )
        ax.set(yscale="log", ylim=(low, high), title=look.title)
        ax.set(
            xlabel=tr("{unit} since an event", unit=label(unit)),
            ylabel=tr("{event}: rate ratio per event (log scale)", event=label(event)),
        )
        _sides(ax, bool((frame["n_event"] < FEW).any()))
        ticks = log_ticks(low, high)
        ax.set_yticks(ticks, [f"{t:g}" for t in ticks])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.set_xlim(frame["lag"].min() - 0.5, frame["lag"].max() + 0.5)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        text = "; ".join(f"{r.lag:+d}: {rounded(r.estimate, 2)}" for r in known.itertuples())
        return keep(ax, frame, alt=tr("Rate ratios by {unit} since an event. {text}.", unit=label(unit), text=text))


def _sides(ax: Axes, few: bool) -> None:
    """What is before and after the event, and what hollow points are."""
    side = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "fontsize": SMALL, "color": QUIET}
    ax.annotate(tr("before"), (-0.5, 1), (-5, -2), ha="right", va="top", **side)
    ax.annotate(tr("after"), (-0.5, 1), (5, -2), ha="left", va="top", **side)
    if few:
        ax.annotate(
            tr("hollow: fewer than five acts"),
            (1, 1),
            (0, 3),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=SMALL,
            color=QUIET,
        )


def _lag(ax: Axes, row: dict[str, Any], ends: tuple[float, float], colour: Any) -> None:
    low, high = ends
    x, few = row["lag"], row["n_event"] < FEW or not np.isfinite(row["ci_low"])
    if not row["estimate"] > 0:
        text = tr("no acts") if row["estimate"] == 0 else tr("unknown")
        place = {"textcoords": "offset points", "ha": "center", "fontsize": SMALL, "color": ACCENT}
        ax.annotate(text, (x, low), (0, 3), **place)
        return
    span = np.clip([row["ci_low"], row["ci_high"]], low, high)
    ax.plot([x, x], span, color=colour, lw=1.3, ls=":" if few else "-")
    for beyond, edge, mark in ((row["ci_low"] < low, low, "v"), (row["ci_high"] > high, high, "^")):
        if beyond:
            ax.plot(x, edge, marker=mark, color=colour, ms=5, clip_on=False)
    if low <= row["estimate"] <= high:
        ax.plot(x, row["estimate"], marker="o", ms=6, mec=colour, mfc="none" if few else colour)
