"""The figures, each a function from a tidy frame to axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from clemency.figures.style import ACCENT, COLOURS, HATCHES, INK, LINES, MARKERS, QUIET, RULE, drawn, keep, style
from clemency.records.errors import UsageError

FEW = 5


def words(name: Any) -> str:
    """A code as a reader sees it: ``sentence_reduction`` -> ``sentence reduction``."""
    return str(name).replace("_", " ")


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


def residual_curves(frame: pd.DataFrame, ax: Axes | None = None, title: str = "") -> Axes:
    """Survival of Cox-Snell residuals, in steps, and exp(-residual).

    Parameters
    ----------
    frame : DataFrame
        ``residual, survival, expected``.
    ax : Axes, optional
    title : str

    Returns
    -------
    Axes
    """
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(5.6, 4.2))
        end = float(frame["residual"].max())
        line = np.linspace(0.0, end, 200)
        ax.plot(line, np.exp(-line), color=INK, lw=1.0, label="if the model holds")
        steps = {"where": "post", "color": COLOURS[0], "lw": 1.7, "label": "residuals"}
        ax.step(np.r_[0.0, frame["residual"], end], np.r_[1.0, frame["survival"], frame["survival"].iloc[-1]], **steps)
        ax.set(xlim=(0, end), ylim=(0, 1), xlabel="Cox-Snell residual", ylabel="share above it", title=title)
        ax.legend(loc="best", fontsize=8.5)
        gap = float((frame["survival"] - frame["expected"]).abs().max())
        return keep(ax, frame, alt=f"Survival of residuals beside exp(-residual); they differ by up to {gap:.2f}.")


def shares_by_time(ax: Axes, unit: str | None) -> None:
    """Percent upwards, and ticks along that suit the unit of time."""
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0%}"))
    steps = [1, 2, 3, 6, 10] if unit == "months" else [1, 2, 5, 10]
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=steps, integer=unit == "months"))


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


def intervals(frame: pd.DataFrame, ax: Axes | None = None, xlabel: str = "", percent: bool = False) -> Axes:
    """Estimates with their limits, one row each.

    Parameters
    ----------
    frame : DataFrame
        ``label, estimate, ci_low, ci_high``; rows with ``n_event`` below five are hollow.
    ax : Axes, optional
    xlabel : str
    percent : bool
        Print the axis in per cent.

    Returns
    -------
    Axes
    """
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 0.7 + 0.34 * len(frame)))
        for y, row in enumerate(frame.iloc[::-1].to_dict("records")):
            few = row.get("n_event", FEW) < FEW
            ax.plot([row["ci_low"], row["ci_high"]], [y, y], color=INK, lw=1.3, ls=":" if few else "-")
            ax.plot(row["estimate"], y, marker="o", ms=6, mec=INK, mfc="none" if few else INK)
        ax.set_yticks(range(len(frame)), [words(v) for v in frame["label"].iloc[::-1]])
        ax.set(xlim=(0, None), ylim=(-0.6, len(frame) - 0.4), xlabel=xlabel)
        if percent:
            ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0%}"))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        text = "; ".join(
            f"{words(r.label)}: {r.estimate:.3g} ({r.ci_low:.3g} to {r.ci_high:.3g})" for r in frame.itertuples()
        )
        return keep(ax, frame, alt=f"Estimates with limits. {text}.")


def months_strip(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Months from sentence to act against the year of the act, home and abroad apart.

    Parameters
    ----------
    frame : DataFrame
        ``year`` (with fraction), ``months, where`` and ``name``.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 3.6))
        handles = []
        for i, (where, part) in enumerate(frame.groupby("where", sort=True)):
            ax.plot(
                part["year"],
                part["months"],
                ls="",
                marker=MARKERS[i],
                ms=6.5,
                mfc="none" if i else COLOURS[0],
                mec=COLOURS[i],
                clip_on=False,
            )
            handles.append(
                Line2D(
                    [], [], ls="", marker=MARKERS[i], mfc="none" if i else COLOURS[0], mec=COLOURS[i], label=str(where)
                )
            )
        ax.set(ylim=(0, None), ylabel="months since sentence", xlabel="year of medical parole")
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        ax.legend(handles=handles, loc="upper right", fontsize=8.5)
        text = ", ".join(f"{len(p)} {w}" for w, p in frame.groupby("where"))
        return keep(
            ax,
            frame,
            alt=f"Medical paroles by year and months since sentence: {text}; median {frame['months'].median():.0f} months.",
        )


def limit_lines(ax: Axes, frame: pd.DataFrame) -> Axes:
    """Legal limits of a single cut as lines across axes whose x is months.

    Parameters
    ----------
    ax : Axes
        Drawn by this library.
    frame : DataFrame
        ``months, ground, instrument, article``, as ``eligibility(...)["largest cut"]`` gives them. Rows without
        months are left out, and those whose ``note`` says that the number is the term which results.

    Returns
    -------
    Axes
    """
    rows = frame[frame["months"].notna()]
    if "note" in rows:
        rows = rows[~rows["note"].astype(str).str.contains("resulting")]
    said = []
    for months, part in rows.groupby("months"):
        articles = ", ".join(dict.fromkeys(f"art. {a}" for a in part["article"]))
        grounds = "; ".join(words(g) for g in dict.fromkeys(part["ground"].dropna()))
        ax.axvline(float(months), color=ACCENT, lw=1.0, ls="--")
        place = {"xy": (float(months), 1.0), "xycoords": ("data", "axes fraction"), "xytext": (2, 2)}
        ax.annotate(f"{months:g} ({articles})", **place, textcoords="offset points", fontsize=7, color=ACCENT)
        said.append(f"{months:g} months ({articles}{': ' if grounds else ''}{grounds})")
    ax.set_xlim(right=max([ax.get_xlim()[1], *(rows["months"] * 1.1)]))
    shown = drawn(ax)
    return keep(ax, shown.frame, shown.note, f"{shown.alt} Legal limits of one cut: {', '.join(said) or 'none'}.")


def caterpillar(frame: pd.DataFrame, ax: Axes | None = None, xlabel: str = "", reference: float | None = None) -> Axes:
    """Raw rates and pooled estimates with their limits, the highest estimate first.

    Parameters
    ----------
    frame : DataFrame
        ``label, events, rate, estimate, ci_low, ci_high``, one row per group. Limits are dotted where there are fewer
        than five events. A raw rate beyond the axis, which the pooled limits set, is an arrow at its edge.
    ax : Axes, optional
    xlabel : str
    reference : float, optional
        Common mean, drawn as a line.

    Returns
    -------
    Axes
    """
    rows = frame.sort_values(["estimate", "label"], ascending=[False, True], ignore_index=True)
    edge = 1.08 * max(rows["ci_high"].max(), rows.loc[rows["events"] >= FEW, "rate"].max() if len(rows) else 0)
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 1.2 + 0.24 * len(rows)))
        if reference is not None:
            ax.axvline(reference, color=QUIET, lw=0.8, ls="--")
        for y, r in zip(range(len(rows) - 1, -1, -1), rows.itertuples(), strict=True):
            ax.plot([r.ci_low, r.ci_high], [y, y], color=COLOURS[0], lw=1.6, ls=":" if r.events < FEW else "-")
            ax.plot(r.estimate, y, marker="o", ms=5.5, mec=COLOURS[0], mfc=COLOURS[0])
            outside = r.rate > edge
            ax.plot(min(r.rate, edge), y, marker=">" if outside else "o", ms=6.5, mec=INK, mfc="none", clip_on=False)
        labels = [f"{words(r.label)}  ({int(r.events)})" for r in rows.itertuples()]
        ax.set_yticks(range(len(rows)), labels[::-1])
        ax.set(xlim=(0, edge), ylim=(-0.7, len(rows) - 0.3), xlabel=xlabel)
        ax.tick_params(axis="y", length=0, pad=9)
        ax.spines["left"].set_visible(False)
        _caterpillar_legend(ax, reference is not None)
        text = "; ".join(
            f"{words(r.label)}: {r.estimate:.3g} ({r.ci_low:.3g} to {r.ci_high:.3g}), raw {r.rate:.3g}"
            for r in rows.itertuples()
        )
        return keep(ax, rows, alt=f"Pooled estimates with limits, highest first, and raw rates. {text}.")


def _caterpillar_legend(ax: Axes, reference: bool) -> None:
    handles = [
        Line2D([], [], ls="", marker="o", ms=6.5, mfc="none", mec=INK, label="raw rate"),
        Line2D([], [], color=COLOURS[0], marker="o", ms=5.5, lw=1.6, label="pooled, with limits"),
        Line2D([], [], color=COLOURS[0], ls=":", lw=1.6, label="fewer than five events"),
    ]
    if reference:
        handles.append(Line2D([], [], color=QUIET, ls="--", lw=0.8, label="common mean"))
    ax.figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=8.5)


def share_label(kind: str, outcomes: Sequence[Any]) -> str:
    """Say what the height of a curve of survival or incidence is, such as ``share with sentence reduction``."""
    name = str(outcomes[0]).replace("_", " ") if len(outcomes) == 1 else "event"
    several = "each event" if len(outcomes) > 1 else "the event" if name in ("event", "1") else name
    return f"share {'without' if kind == 'survival' else 'with'} {several}"


MOST_CURVES = 10
