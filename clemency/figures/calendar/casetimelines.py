"""Timelines of single cases -> a swimmer plot: bars of custody and parole against the term, with marks of every act."""

from __future__ import annotations

import textwrap
from typing import Any

import matplotlib as mpl
import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from clemency.figures.theme.fonts import chinese_font
from clemency.figures.theme.kept import keep
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import ACCENT, COLOURS, INK, QUIET, RULE
from clemency.figures.theme.settings import style
from clemency.records.presentation.translation import label, tr

BARS = ("term passed", "term changed", "custody", "medical parole", "parole", "at risk")
#: Each mark: its shape, its colour and whether it is filled.
MARKS: dict[str, tuple[str, str, bool]] = {
    "sentence": ("|", INK, True),
    "raised": ("*", COLOURS[3], True),
    "cut": ("v", COLOURS[0], True),
    "commutation": ("D", COLOURS[0], True),
    "extension": ("^", ACCENT, True),
    "refusal": ("X", ACCENT, True),
    "medical parole begins": ("P", COLOURS[2], True),
    "parole begins": ("s", COLOURS[4], True),
    "leave": ("s", QUIET, False),
    "release": ("o", COLOURS[2], False),
    "death": ("X", INK, True),
}
_SAID = {
    "term passed": "term as passed",
    "term changed": "term as changed",
    "raised": "first raised",
    "cut": "cut (months)",
    "medical parole begins": "medical parole",
    "parole begins": "parole",
}
_LOOK: dict[str, dict[str, Any]] = {
    "custody": {"color": COLOURS[0], "height": 0.3},
    "medical parole": {"color": COLOURS[2], "height": 0.3, "hatch": "//////"},
    "parole": {"color": COLOURS[4], "height": 0.3, "hatch": "xxxx"},
    "at risk": {"color": INK, "height": 0.06},
}
_PALE = 0.32
#: Letters of a name in a line, and lines of it.
_WIDE, _LINES = 26, 2
_TERM = {"term passed": (0.33, 1.4, "-"), "term changed": (0.24, 1.4, "--")}


@figure("title", "labels", "order")
def case_timelines(
    frame: pd.DataFrame,
    events: pd.DataFrame | None = None,
    ax: Axes | None = None,
    *,
    undated: pd.DataFrame | None = None,
    mark: tuple[Any, Any] | None = None,
    look: Look,
) -> Axes:
    """Draw the timelines of cases, one row each, from the first at the top.

    Parameters
    ----------
    frame : DataFrame
        ``case_id, name, kind, what, start, start_latest, end, end_latest, open, months``: bars and marks, as of
        `clemency.timeline`. Days between a first and a last possible one are pale.
    events : DataFrame, optional
        ``direction, start, start_latest``: ticks above, up for closer relations and down for worse; pale where the day is
        not known.
    ax : Axes, optional
    undated : DataFrame, optional
        ``case_id, what``: acts that have no place on the axis, which are told beside the name.
    mark : tuple of two days, optional
        Days between which the figure is shaded.
    look
        ``title, labels, order``: see `Look`. Codes are keys of cases; a label is printed in place of the name.

    Returns
    -------
    Axes
    """
    look.check(frame["case_id"])
    order = look.arranged(dict.fromkeys(frame["case_id"]))
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(8.6, 1.5 + 0.62 * max(len(order), 1)))
        if not len(frame):
            ax.text(0.5, 0.5, "no dated fact to draw", ha="center", va="center", transform=ax.transAxes, color=QUIET)
            ax.set(xticks=[], yticks=[], title=look.title)
            return keep(ax, frame, alt=tr("No case has a date, so nothing is drawn."))
        low, high = _span(frame)
        place = {key: len(order) - 1 - n for n, key in enumerate(order)}
        for row in frame.itertuples():
            (_bar if row.kind in BARS else _point)(ax, row, place[row.case_id], high)
        _months(ax, frame, place)
        if mark is not None:
            ax.axvspan(_number(mark[0]), _number(mark[1]) + 1, color=ACCENT, alpha=0.13, lw=0, zorder=0)
        top = len(order) - 0.45
        if events is not None:
            top = _ticks(ax, events, low, high, top)
        names = frame.drop_duplicates("case_id").set_index("case_id")["name"]
        shown = {k: str(look.labels.get(k, names[k])) for k in order}
        ax.set_yticks(list(place.values()), [_short(shown[k], _left(undated, k)) for k in order])
        _in_their_script(ax)
        ax.set(xlim=(low, high), ylim=(-0.62, top), title=look.title)
        ax.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=9))
        ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(ax.xaxis.get_major_locator(), show_offset=False))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        _key(ax, frame)
        return keep(ax, frame, alt=_alt(frame, undated))


def _number(day: Any) -> float:
    return float(mdates.date2num(pd.Timestamp(day)))


def _span(frame: pd.DataFrame) -> tuple[float, float]:
    days = pd.concat([frame[c] for c in ("start", "start_latest", "end", "end_latest")]).dropna()
    low, high = _number(days.min()), _number(days.max())
    room = max((high - low) * 0.03, 40)
    return low - room, high + room


def _bar(ax: Axes, row: Any, y: float, high: float) -> None:
    """A bar: solid where it surely was, pale where it may have been; an open one fades out."""
    start, start_latest = _number(row.start), _number(row.start_latest)
    endless = pd.isna(row.end)
    end, end_latest = (high, high) if endless else (_number(row.end) + 1, _number(row.end_latest) + 1)
    if row.kind in _TERM:
        below, lw, dash = _TERM[row.kind]
        ax.plot([start, end_latest], [y - below] * 2, color=INK, lw=lw, ls=dash, zorder=2, solid_capstyle="butt")
        if endless:
            ax.annotate(
                "",
                (high, y - below),
                (high - (high - start) * 0.02, y - below),
                arrowprops={"arrowstyle": "->", "color": INK, "lw": lw},
            )
        else:
            ax.plot([end_latest] * 2, [y - below - 0.06, y - below + 0.06], color=INK, lw=lw, zorder=2)
            if end_latest - end > 20:
                _block(ax, end, end_latest, y - below, 0.12, INK)
        return
    look = dict(_LOOK[row.kind])
    height, colour = look.pop("height"), look.pop("color")
    solid = max(min(end, end_latest) - start_latest, 0)
    y = y + (0.22 if row.kind == "at risk" else 0)
    first, last = (start_latest, start_latest + solid) if solid else (end, start_latest)
    ax.barh(y, solid, height, left=start_latest, color=colour, edgecolor="#ffffff", lw=0, zorder=3, **look)
    for a, b in ((start, first), (last, end_latest)):
        if b - a > 1:
            _block(ax, a, b, y, height, colour)
    if row.open:
        ax.plot(end_latest, y, marker=">", ms=4.5, color=colour, mec=colour, zorder=3, clip_on=False)


def _block(ax: Axes, start: float, end: float, y: float, height: float, colour: str) -> None:
    ax.barh(y, end - start, height, left=start, color=colour, alpha=_PALE, lw=0, zorder=1)


def _point(ax: Axes, row: Any, y: float, high: float) -> None:
    """A mark on its day, or a pale block with the mark at its end, by which the fact was there."""
    shape, colour, filled = MARKS[row.kind]
    first, last = _number(row.start), _number(row.start_latest)
    if last - first > 1:
        _block(ax, first, last + 1, y, 0.46, colour)
    size = {"|": 15, "*": 10, "v": 7.5}.get(shape, 7)
    face = colour if filled else "#ffffff"
    edge = colour if shape == "|" or not filled else "#ffffff"
    ax.plot(
        last, y, shape, ms=size, mfc=face, mec=edge, mew=2 if shape == "|" else 0.9, color=colour, zorder=5, ls="none"
    )


def _months(ax: Axes, frame: pd.DataFrame, place: dict[str, int]) -> None:
    """Months of cuts and extensions above their marks, but not where they would lie on each other."""
    said = frame[frame["kind"].isin(["cut", "extension"]) & frame["months"].notna()]
    span = np.ptp(ax.dataLim.intervalx) if len(said) else 1.0
    last: dict[str, float] = {}
    for row in said.sort_values("start_latest").itertuples():
        x = _number(row.start_latest)
        if x - last.get(row.case_id, -np.inf) < span * 0.04:
            continue
        last[row.case_id] = x
        sign = "\N{MINUS SIGN}" if row.kind == "cut" else "+"
        ax.annotate(
            f"{sign}{row.months:g}", (x, place[row.case_id] + 0.17), ha="center", va="bottom", fontsize=7.5, color=INK
        )


def _ticks(ax: Axes, events: pd.DataFrame, low: float, high: float, top: float) -> float:
    """Events above the rows: up for those that brought the sides closer, down for the opposite."""
    if not len(events):
        return top
    first, last = (mdates.date2num(events[c].to_numpy(dtype="datetime64[ns]")) for c in ("start", "start_latest"))
    inside = (first >= low) & (last <= high)
    if not inside.any():
        return top
    line = top + 0.38
    ax.plot([low, high], [line, line], color=RULE, lw=0.8, zorder=1)
    for sign, colour in ((1, COLOURS[2]), (-1, ACCENT)):
        own = inside & (events["direction"].to_numpy(dtype=float) == sign)
        exact = own & (last - first < 2)
        for chosen, alpha in ((exact, 0.9), (own & ~exact, _PALE)):
            ax.vlines((first[chosen] + last[chosen]) / 2, line, line + sign * 0.26, color=colour, lw=1, alpha=alpha)
    ax.text(
        1.005,
        line,
        tr("closer ↑\nworse ↓"),
        transform=ax.get_yaxis_transform(),
        fontsize=7.5,
        va="center",
        color=QUIET,
    )
    return line + 0.4


def _in_their_script(ax: Axes) -> None:
    """Names in characters from a font that has them, beside that of the figure."""
    chinese = chinese_font()
    if chinese is not None and list(mpl.rcParams["font.family"]) == ["sans-serif"]:
        for label in ax.get_yticklabels():
            label.set_fontfamily(["DejaVu Sans", chinese])


def _left(undated: pd.DataFrame | None, key: str) -> int:
    return 0 if undated is None else int((undated["case_id"] == key).sum())


def _short(name: str, undated: int) -> str:
    """A name in at most two lines, and how many acts without a date the case has."""
    lines = textwrap.wrap(name, _WIDE, break_long_words=True, max_lines=_LINES, placeholder="…") or [name]
    more = [tr("+ {undated} undated", undated=undated)] if undated else []
    return "\n".join([*lines, *more])


def _key(ax: Axes, frame: pd.DataFrame) -> None:
    """What is in the figure, and nothing else."""
    there = set(frame["kind"])
    handles: list[Any] = []
    for kind in BARS:
        if kind not in there:
            continue
        if kind in _TERM:
            handles.append(Line2D([], [], color=INK, lw=_TERM[kind][1], ls=_TERM[kind][2], label=label(_SAID[kind])))
        else:
            look = {k: v for k, v in _LOOK[kind].items() if k != "height"}
            name = (
                tr("time on medical parole")
                if kind == "medical parole"
                else tr("time on parole")
                if kind == "parole"
                else label(kind)
            )
            handles.append(
                Patch(facecolor=look["color"], hatch=look.get("hatch"), edgecolor="#ffffff", lw=0, label=name)
            )
    for kind, (shape, colour, filled) in MARKS.items():
        if kind in there:
            edge = colour if shape == "|" or not filled else "#ffffff"
            handles.append(
                Line2D([], [], ls="none", marker=shape, ms=7, color=colour, mfc=colour if filled else "#ffffff", mec=edge,
                       mew=2 if shape == "|" else 0.9, label=label(_SAID.get(kind, kind)))
            )  # fmt: skip
    if (frame["start_latest"] - frame["start"]).max() > pd.Timedelta(days=1) or (
        frame["end_latest"] - frame["end"]
    ).max() > pd.Timedelta(days=1):
        handles.append(Patch(facecolor=QUIET, alpha=_PALE, lw=0, label=tr("day not known")))
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0, -0.16 / max(frame["case_id"].nunique() * 0.35, 1) - 0.04),
        ncols=4,
        fontsize=8,
        columnspacing=1.3,
        handlelength=1.5,
    )


def _alt(frame: pd.DataFrame, undated: pd.DataFrame | None) -> str:
    """Every mark in words, for each case."""
    said = []
    for key, part in frame.groupby("case_id", sort=False):
        marks = part[~part["kind"].isin(BARS)].sort_values("start_latest")
        told = [
            tr("{what} {date}", what=label(row.what), date=row.date if isinstance(row.date, str) else row.start.date())
            for row in marks.itertuples()
        ]
        left = _left(undated, str(key))
        told += [tr("{left} without a date", left=left)] if left else []
        said.append(tr("{name}: {told}", name=part["name"].iloc[0], told=tr(", ").join(told) or tr("no dated act")))
    return tr("Timelines. {cases}.", cases=tr("; ").join(said))
