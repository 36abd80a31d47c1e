"""Acts per quarter by type, with events above."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import ACCENT, COLOURS, HATCHES, INK, QUIET, RULE
from clemency.figures.theme.settings import style
from clemency.figures.theme.wording import words

_LONGEST_TICK = 6  # events; more would reach into the bars


def _mark(ax: Axes, at: int, quarter: str, top: float) -> None:
    """Shade a quarter and name it."""
    ax.axvspan(at - 0.5, at + 0.5, color=ACCENT, alpha=0.18, lw=0)
    bold = {"ha": "center", "va": "bottom", "fontsize": 8.5, "fontweight": "bold"}
    ax.annotate(quarter, (at, top * 1.02), color=ACCENT, **bold)


def timeline(
    frame: pd.DataFrame, events: pd.DataFrame | None = None, highlight: str | None = None, ax: Axes | None = None
) -> Axes:
    """Acts per quarter by type, with events above.

    Parameters
    ----------
    frame : DataFrame
        ``quarter`` (such as ``2017Q2``), ``act_type, n``.
    events : DataFrame, optional
        ``quarter, direction`` of events; drawn as ticks above and below a line, as long as their number. At more than
        six the tick is no longer, and the number stands at its end.
    highlight : str, optional
        Quarter to mark.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    table = frame.pivot_table(
        index="quarter", columns="act_type", values="n", aggfunc="sum", fill_value=0, observed=True
    )
    quarters = pd.period_range(table.index.min(), table.index.max(), freq="Q").astype(str)
    table = table.reindex(quarters, fill_value=0)
    x = np.arange(len(table))
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(9.2, 3.9))
        base = np.zeros(len(table))
        for i, kind in enumerate(table.columns):
            look = {"color": COLOURS[i % len(COLOURS)], "hatch": HATCHES[i % len(HATCHES)], "edgecolor": "#ffffff"}
            ax.bar(x, table[kind], 0.9, bottom=base, label=words(kind), lw=0, **look)
            base += table[kind].to_numpy()
        top = max(base.max(), 1)
        if events is not None and len(events):
            _event_ticks(ax, events, list(quarters), top)
        if highlight in list(quarters):
            _mark(ax, list(quarters).index(str(highlight)), str(highlight), top)
        years = [i for i, q in enumerate(quarters) if q.endswith("Q1") and int(q[:4]) % 5 == 0]
        ax.set_xticks(years, [quarters[i][:4] for i in years])
        ax.set(xlim=(-1, len(x)), ylabel="acts per quarter")
        ticks = [t for t in MaxNLocator(6, integer=True).tick_values(0, top) if 0 <= t <= top]
        ax.set_yticks(ticks)  # the strip of events above the bars has another scale
        ax.spines["left"].set_bounds(0, top)
        place = {"loc": "upper left", "bbox_to_anchor": (0, -0.09), "columnspacing": 1.4, "handlelength": 1.2}
        ax.legend(**place, fontsize=8.5, ncols=len(table.columns))
        total = frame.groupby("act_type", observed=True)["n"].sum()
        text = ", ".join(f"{int(n)} {words(k)}" for k, n in total.items() if n)
        alt = f"Bars of acts per quarter from {quarters[0]} to {quarters[-1]}: {text}.{_many(events, list(quarters))}"
        return keep(ax, frame, alt=alt)


def _many(events: pd.DataFrame | None, quarters: list[str]) -> str:
    """Quarters whose events are more than a tick shows, in words."""
    if events is None:
        return ""
    n = events[events["quarter"].isin(quarters) & events["direction"].isin([1, -1])].groupby(["quarter", "direction"])
    kinds = {1: "closer", -1: "worse"}
    told = [f"{m} {kinds[int(d)]} in {q}" for (q, d), m in n.size().items() if m > _LONGEST_TICK]
    return f" Quarters with more than {_LONGEST_TICK} events of a kind: {', '.join(told)}." if told else ""


def _event_ticks(ax: Axes, events: pd.DataFrame, quarters: list[str], top: float) -> None:
    line = top * 1.22
    ax.axhline(line, color=RULE, lw=0.8)
    inside = events[events["quarter"].isin(quarters)]
    long = False
    for sign in (1, -1):
        n = inside[inside["direction"] == sign].groupby("quarter").size()
        at = [quarters.index(q) for q in n.index]
        height = np.minimum(n.to_numpy(), _LONGEST_TICK) / _LONGEST_TICK * top * 0.14
        ax.vlines(at, line, line + sign * height, color=INK, lw=1.6)
        place = {"ha": "center", "va": "bottom" if sign > 0 else "top", "fontsize": 7, "color": INK}
        for x, end, number in zip(at, line + sign * height, n, strict=True):
            if number > _LONGEST_TICK:
                long = True
                ax.annotate(str(number), (x, end), (0, sign), textcoords="offset points", **place)
    ax.text(
        len(quarters),
        line,
        "events with\nthe US: closer ↑\nworse ↓" + ("\n(longer ones carry\ntheir number)" if long else ""),
        fontsize=7.5,
        va="center",
        ha="left",
        color=QUIET,
        clip_on=False,
    )
