"""Figures over calendar periods: an index with its events, coefficients by lag, rates before and after a break."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from clemency.figures.style import ACCENT, COLOURS, INK, QUIET, RULE, keep, style
from clemency.records.arguments.days import first_day
from clemency.records.presentation.wording import rounded

FEW = 5


def index_line(
    frame: pd.DataFrame, events: pd.DataFrame | None = None, ax: Axes | None = None, label: str = "", note: str = ""
) -> Axes:
    """An index over calendar periods, with events as ticks below.

    Parameters
    ----------
    frame : DataFrame
        ``period, end, index, positive, negative``; the value of a period is drawn at its last day.
    events : DataFrame, optional
        ``day, contribution``: ticks upwards for events improving relations, downwards for those worsening them.
    ax : Axes, optional
    label, note : str
        Name of the axis; source note, printed below.

    Returns
    -------
    Axes
    """
    day = frame["end"].to_numpy()
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(9.2, 3.9))
        ax.fill_between(
            day, 0, frame["positive"], color=COLOURS[2], alpha=0.16, lw=0, label="events improving relations"
        )
        ax.fill_between(day, frame["negative"], 0, color=ACCENT, alpha=0.16, lw=0, label="events worsening relations")
        ax.axhline(0, color=QUIET, lw=0.8)
        ax.plot(day, frame["index"], color=INK, lw=1.7, label="index: the sum of both")
        low, high = min(frame["negative"].min(), 0.0), max(frame["positive"].max(), 0.0)
        room = 0.09 * max(high - low, 1.0)
        line = low - 1.6 * room
        if events is not None:
            _ticks(ax, events[events["day"].between(frame["start"].iloc[0], frame["end"].iloc[-1])], line, room)
        ax.set(ylim=(line - 1.5 * room, high + room), ylabel=label)
        ticks = MaxNLocator(6, integer=high - low > 6).tick_values(low, high)
        ax.set_yticks([t for t in ticks if low - room <= t <= high + room])
        ax.legend(loc="upper left", bbox_to_anchor=(0, 1.13), ncols=3, fontsize=8.5)
        if note:
            ax.set_xlabel(note, fontsize=7.5, color=QUIET, loc="left")
        least, most = (frame.loc[i] for i in (frame["index"].idxmin(), frame["index"].idxmax()))
        alt = (
            f"{label}, {frame['period'].iloc[0]} to {frame['period'].iloc[-1]}: lowest {least['index']:.1f} at the end of "
            f"{least['period']}, highest {most['index']:.1f} at the end of {most['period']}."
        )
        return keep(ax, frame, note=note, alt=alt)


def _ticks(ax: Axes, events: pd.DataFrame, line: float, room: float) -> None:
    ax.axhline(line, color=RULE, lw=0.8)
    for sign, colour in ((1, COLOURS[2]), (-1, ACCENT), (0, QUIET)):
        at = events.loc[np.sign(events["contribution"]) == sign, "day"].to_numpy()
        ax.vlines(at, line - (0.2 * room if not sign else 0), line + (sign or 0.2) * room, color=colour, lw=0.9)


def lag_plot(frame: pd.DataFrame, base: int | None = -1, freq: str = "Q", ax: Axes | None = None) -> Axes:
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

    Returns
    -------
    Axes
    """
    unit = {"Q": "quarters", "Y": "years", "M": "months"}[freq]
    known = frame[np.isfinite(frame["ci_low"])]
    points = frame.loc[(frame["estimate"] > 0) & np.isfinite(frame["estimate"]), "estimate"]
    low = max(min(0.5, *known["ci_low"] / 1.3, *points / 1.3), 0.02)
    high = min(max(2.0, *known["ci_high"] * 1.3, *points * 1.3), 50.0)
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 3.9))
        ax.axhline(1, color=QUIET, lw=0.8)
        ax.axvline(-0.5, color=RULE, lw=0.8, ls="--")
        for row in frame.to_dict("records"):
            _lag(ax, row, low, high)
        if base is not None:
            ax.plot(base, 1, marker="_", color=QUIET, ms=10)
            ax.annotate("base", (base, 1), (0, 5), textcoords="offset points", ha="center", color=QUIET, fontsize=8)
        ax.set(
            yscale="log", ylim=(low, high), xlabel=f"{unit} since an event", ylabel="rate ratio per event (log scale)"
        )
        ticks = [t for t in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if low <= t <= high]
        ax.set_yticks(ticks, [f"{t:g}" for t in ticks])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        text = "; ".join(f"{r.lag:+d}: {rounded(r.estimate, 2)}" for r in known.itertuples())
        return keep(ax, frame, alt=f"Rate ratios by {unit} since an event. {text}.")


def _lag(ax: Axes, row: dict[str, Any], low: float, high: float) -> None:
    x, few = row["lag"], row["n_event"] < FEW or not np.isfinite(row["ci_low"])
    if not row["estimate"] > 0:
        text = "no acts" if row["estimate"] == 0 else "unknown"
        place = {"textcoords": "offset points", "ha": "center", "fontsize": 8, "color": ACCENT}
        ax.annotate(text, (x, low), (0, 3), **place)
        return
    span = np.clip([row["ci_low"], row["ci_high"]], low, high)
    ax.plot([x, x], span, color=INK, lw=1.3, ls=":" if few else "-")
    for beyond, edge, mark in ((row["ci_low"] < low, low, "v"), (row["ci_high"] > high, high, "^")):
        if beyond:
            ax.plot(x, edge, marker=mark, color=INK, ms=5, clip_on=False)
    if low <= row["estimate"] <= high:
        ax.plot(x, row["estimate"], marker="o", ms=6, mec=INK, mfc="none" if few else INK)


def rates_line(frame: pd.DataFrame, at: str, ax: Axes | None = None, note: str = "") -> Axes:
    """Rates by period with the fitted ones, and a break.

    Parameters
    ----------
    frame : DataFrame
        ``period, acts, months, fitted``.
    at : str
        Day of the break, at which a line stands.
    ax : Axes, optional
    note : str

    Returns
    -------
    Axes
    """
    freq = {4: "Y", 6: "Q", 7: "M"}[len(str(frame["period"].iloc[0]))]
    periods = pd.PeriodIndex(frame["period"], freq=freq)
    day = periods.start_time.to_numpy()
    cut = first_day(at, "at")
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(9.2, 3.6))
        ax.plot(
            day,
            1000 * frame["acts"] / frame["months"],
            ls="",
            marker="o",
            ms=4,
            mfc="none",
            mec=COLOURS[0],
            label="observed",
        )
        # A period without person-time is a gap in the line, not a stretch of it.
        fitted = pd.Series((1000 * frame["fitted"] / frame["months"]).to_numpy(), index=periods)
        fitted = fitted.reindex(pd.period_range(periods.min(), periods.max(), freq=freq))
        every = fitted.index.start_time.to_numpy()
        for side, label in ((every < cut, "fitted"), (every >= cut, "")):
            ax.plot(every[side], fitted.to_numpy()[side], color=INK, lw=1.5, label=label or "_after")
        ax.axvline(cut, color=ACCENT, lw=1.2)
        ax.set(ylim=(0, None), ylabel="acts per 1,000 person-months")
        ax.legend(loc="upper right", fontsize=8.5)
        if note:
            ax.set_xlabel(note, fontsize=7.5, color=QUIET, loc="left")
        alt = f"Rates from {frame['period'].iloc[0]} to {frame['period'].iloc[-1]} with a break at {at}."
        return keep(ax, frame, note=note, alt=alt)


def grid_curves(
    frame: pd.DataFrame, ax: Axes | None = None, by: Sequence[str] = (), xlabel: str = "months", unit: str = ""
) -> Axes:
    """Probabilities at the points of a grid, with their limits; one line for each group and outcome.

    Parameters
    ----------
    frame : DataFrame
        Columns of `by`; ``outcome, time, estimate, ci_low, ci_high``. Limits may be missing.
    ax : Axes, optional
    by : sequence of str
    xlabel : str
    unit : str
        What the axis of probabilities says; the outcome by default, if there is one.

    Returns
    -------
    Axes
    """
    one = frame["outcome"].nunique() == 1
    keys = [*by, *([] if one and by else ["outcome"])]
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 3.6))
        ends = []
        for k, (name, part) in enumerate(frame.groupby(keys, sort=False, observed=True)):
            colour, shift = COLOURS[k % len(COLOURS)], 0.6 * k
            label = ", ".join(str(n).replace("_", " ") for n in name)
            t, p = part["time"].to_numpy(float), 100 * part["estimate"].to_numpy(float)
            ax.plot(np.r_[0.0, t] + shift, np.r_[0.0, p], marker="o", ms=4, color=colour)
            ax.vlines(t + shift, 100 * part["ci_low"], 100 * part["ci_high"], color=colour, lw=1.1)
            ax.annotate(label, (t[-1] + shift, p[-1]), (8, 0), textcoords="offset points", va="center", color=colour)
            ends.append(f"{label}: {p[-1]:.1f}% by {t[-1]:g}")
        what = unit or (str(frame["outcome"].iloc[0]).replace("_", " ") if one else "probability")
        ax.set(ylim=(0, None), xlim=(0, None), xlabel=xlabel, ylabel=f"{what}, %")
        return keep(ax, frame, alt=f"Probability over {xlabel}, with limits. {'; '.join(ends)}.")
