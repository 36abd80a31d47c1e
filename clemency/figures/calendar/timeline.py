"""Acts per quarter by type, with events above."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from clemency.figures.theme.hover import name_marks
from clemency.figures.theme.kept import keep
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import ACCENT, GROUND, HATCHES, INK, QUIET, RULE
from clemency.figures.theme.settings import SMALL, axes_for, is_narrow, style
from clemency.records.presentation.translation import label, quarter, tr

_LONGEST_TICK = 6  # events; more would reach into the bars


def _mark(ax: Axes, at: int, quarter: str, top: float) -> None:
    """Shade a quarter and name it."""
    ax.axvspan(at - 0.5, at + 0.5, color=ACCENT, alpha=0.18, lw=0)
    bold = {"ha": "center", "va": "bottom", "fontsize": SMALL, "fontweight": "bold"}
    ax.annotate(quarter, (at, top * 1.02), color=ACCENT, **bold)


@figure("title", "labels", "palette", "order")
def timeline(
    frame: pd.DataFrame,
    events: pd.DataFrame | None = None,
    highlight: str | None = None,
    ax: Axes | None = None,
    *,
    look: Look,
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
    look
        ``title, labels, palette, order``: see `Look`. Codes are those in ``act_type``.

    Returns
    -------
    Axes
    """
    table = frame.pivot_table(
        index="quarter", columns="act_type", values="n", aggfunc="sum", fill_value=0, observed=True
    )
    quarters = pd.period_range(table.index.min(), table.index.max(), freq="Q").astype(str)
    table = table.reindex(quarters, fill_value=0)
    look.check(table.columns)
    table = table[look.arranged(table.columns)]
    colours = look.colours(list(table.columns))
    x = np.arange(len(table))
    with style():
        ax = axes_for(ax, 3.9)
        base = np.zeros(len(table))
        for i, kind in enumerate(table.columns):
            bars = {"color": colours[i], "hatch": HATCHES[i % len(HATCHES)], "edgecolor": GROUND}
            drawn = ax.bar(x, table[kind], 0.9, bottom=base, label=look.word(kind), lw=0, **bars)
            said = [f"{q}, {look.word(kind)}: {n}" if n else "" for q, n in zip(quarters, table[kind], strict=True)]
            name_marks(drawn, said)
            base += table[kind].to_numpy()
        for bar in [b for bars in ax.containers for b in bars if not b.get_height()]:
            bar.remove()  # a hatch costs as much to draw where there is nothing to see
        top = max(base.max(), 1)
        if events is not None and len(events):
            _event_ticks(ax, events, list(quarters), top)
        if highlight in list(quarters):
            _mark(ax, list(quarters).index(str(highlight)), quarter(highlight), top)
        every = 10 if is_narrow() and len(quarters) > 80 else 5
        years = [i for i, q in enumerate(quarters) if q.endswith("Q1") and int(q[:4]) % every == 0]
        ax.set_xticks(years, [quarters[i][:4] for i in years])
        ax.set(xlim=(-1, len(x)), ylabel=tr("acts per quarter"), title=look.title)
        ticks = [t for t in MaxNLocator(6, integer=True).tick_values(0, top) if 0 <= t <= top]
        ax.set_yticks(ticks)  # the strip of events above the bars has another scale
        ax.spines["left"].set_bounds(0, top)
        place = {"loc": "upper left", "bbox_to_anchor": (0, -0.09), "columnspacing": 1.4, "handlelength": 1.2}
        ax.legend(**place, ncols=min(len(table.columns), 2 if is_narrow() else 4))
        total = frame.groupby("act_type", observed=True)["n"].sum()
        text = ", ".join(f"{int(n)} {look.word(k)}" for k, n in total.items() if n)
        alt = tr(
            "Bars of acts per quarter from {first} to {last}: {text}.{many}",
            first=quarter(quarters[0]),
            last=quarter(quarters[-1]),
            text=text,
            many=_many(events, list(quarters)),
        )
        return keep(ax, frame, alt=alt)


def _many(events: pd.DataFrame | None, quarters: list[str]) -> str:
    """Quarters whose events are more than a tick shows, in words."""
    if events is None:
        return ""
    n = events[events["quarter"].isin(quarters) & events["direction"].isin([1, -1])].groupby(["quarter", "direction"])
    kinds = {1: "closer", -1: "worse"}
    told = [
        tr("{n} {kind} in {quarter}", n=m, kind=label(kinds[int(d)]), quarter=quarter(q))
        for (q, d), m in n.size().items()
        if m > _LONGEST_TICK
    ]
    return (
        tr(
            " Quarters with more than {most} events of a kind: {quarters}.",
            most=_LONGEST_TICK,
            quarters=tr(", ").join(told),
        )
        if told
        else ""
    )


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
        place = {"ha": "center", "va": "bottom" if sign > 0 else "top", "fontsize": SMALL, "color": INK}
        for x, end, number in zip(at, line + sign * height, n, strict=True):
            if number > _LONGEST_TICK:
                long = True
                ax.annotate(str(number), (x, end), (0, sign), textcoords="offset points", **place)
    ax.text(
        len(quarters),
        line,
        tr("events with\nthe US: closer ↑\nworse ↓") + (tr("\n(longer ones carry\ntheir number)") if long else ""),
        fontsize=SMALL,
        va="center",
        ha="left",
        color=QUIET,
        clip_on=False,
    )
