"""Recomputed beside printed numbers -> how far apart they lie, in units of the last digit printed."""

from __future__ import annotations

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import ACCENT, COLOURS, INK, QUIET, RULE
from clemency.figures.theme.settings import style
from clemency.records.errors import UsageError

#: Further than this many digits from the printed number a point is drawn at the edge, as an arrow.
EDGE = 3.0
#: A row with more numbers than this shows those that agree as a histogram.
CROWD = 60


def agreement(frame: pd.DataFrame, ax: Axes | None = None, by: str = "finding_id") -> Axes:
    """One row per finding or group, one point per number: where rounding gives what was printed, it lies in the band.

    Parameters
    ----------
    frame : DataFrame
        ``off, verdict`` and the column `by`; rows without ``off`` (bounds, ranges, numbers not recomputed) are
        counted in the note. The counts on the right are of the numbers that were recomputed, bounds and ranges too: one
        that cannot be recomputed, or needs data that are not here, counts for nobody and against nobody. In a row of
        many numbers those that agree are a histogram; whatever differs is always a mark of its own.
    ax : Axes, optional
    by : str
        Column that gives the rows.

    Returns
    -------
    Axes

    Raises
    ------
    UsageError
        If no number was recomputed.
    """
    known = frame[frame["off"].notna()]
    if known.empty:
        raise UsageError("No number was recomputed, so there is nothing to draw.")
    names = list(dict.fromkeys(known[by]))
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(8.6, 1.3 + 0.27 * len(names)))
        ax.axvspan(-0.5, 0.5, color=COLOURS[2], alpha=0.14, lw=0)
        ax.axvline(0, color=RULE, lw=0.8)
        for y, name in enumerate(reversed(names)):
            _row(ax, y, known[known[by] == name])
            _counts(ax, y, frame.loc[frame[by] == name, "verdict"])
        _head(ax, len(names))
        ax.set_yticks(range(len(names)), [textwrap.shorten(str(v), 52, placeholder=" …") for v in reversed(names)])
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.set(xlim=(-EDGE - 0.25, EDGE + 0.25), ylim=(-0.7, len(names) - 0.3))
        ax.set_xlabel("recomputed less printed, in units of the last digit printed")
        off = int((known["off"].abs() > 0.5 + 1e-9).sum())
        what = {"finding_id": "finding"}.get(by, by)
        alt = (
            f"{_many(len(known), 'recomputed number')} of {_many(len(names), what)}: {len(known) - off} within half a unit of the last digit printed, {off} "
            f"further away."
        )
        return keep(ax, known, note=_without(frame), alt=alt)


#: Verdicts on numbers that were recomputed; the others say nothing about what was printed.
_RECOMPUTED = ("reproduced", "differs")


def _many(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _without(frame: pd.DataFrame) -> str:
    """Numbers that are not drawn, by reason."""
    rest = frame[frame["off"].isna()]
    bounds = int(rest["verdict"].isin(_RECOMPUTED).sum())
    told = [f"{_many(bounds, 'number')} without a distance (bounds, ranges)"] if bounds else []
    others = rest.loc[~rest["verdict"].isin(_RECOMPUTED), "verdict"].value_counts()
    told += [f"{_many(n, 'number')} not recomputed ({kind})" for kind, n in others.items()]
    return f"Not drawn: {', '.join(told)}." if told else ""


def _row(ax: Axes, y: int, part: pd.DataFrame) -> None:
    off = part["off"].to_numpy(dtype=float)
    same = part["verdict"].to_numpy() == "reproduced"
    inside = np.abs(off) <= EDGE
    # Points of one row are set apart a little, in the order of their values, so that many can be told from one.
    rank = np.argsort(np.argsort(off, kind="stable"))
    lift = y + 0.5 * (rank / max(len(off) - 1, 1) - 0.5) * (len(off) > 1)
    if same.sum() > CROWD:
        _crowd(ax, y, off[same & inside])
        same, inside, lift = same & False, inside & ~same, np.full(len(off), float(y))
    for mask, colour in ((same, INK), (~same, ACCENT)):
        show = mask & inside
        ax.plot(off[show], lift[show], "o", ms=3.5, mfc=colour, mec="none")
    for side, marker in ((1, ">"), (-1, "<")):
        far = (np.abs(off) > EDGE) & (np.sign(off) == side)
        if far.any():
            ax.plot(side * EDGE, y, marker, ms=6, color=ACCENT)
            ax.annotate(
                f"{int(far.sum())}",
                (side * EDGE, y),
                (-9 * side, 0),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=7.5,
                color=QUIET,
            )


def _crowd(ax: Axes, y: int, off: np.ndarray) -> None:
    """Numbers that agree, as bars about the middle of the row, their heights by the square root of the count.

    Bars are a ninth of a digit wide: then one is centred on 0, where whole numbers lie, and none crosses the band's ends.
    """
    n, edges = np.histogram(off, bins=(np.arange(-28, 28) + 0.5) / 9)
    some = n > 0
    half = 0.42 * np.sqrt(n[some] / max(n.max(), 1))
    ax.bar(edges[:-1][some], 2 * half, width=np.diff(edges)[some], bottom=y - half, align="edge", color=INK, lw=0)


def _counts(ax: Axes, y: int, verdict: pd.Series) -> None:
    agree, recomputed = int((verdict == "reproduced").sum()), int(verdict.isin(_RECOMPUTED).sum())
    colour = ACCENT if verdict.isin(["differs", "failed"]).any() else INK
    _beside(ax, y, f"{agree:,} of {recomputed:,}", colour)


def _head(ax: Axes, y: int) -> None:
    _beside(ax, y - 0.15, "reproduced", QUIET)


def _beside(ax: Axes, y: float, text: str, colour: str) -> None:
    options = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points", "annotation_clip": False}
    ax.annotate(text, (1, y), (8, 0), va="center", fontsize=8, color=colour, **options)
