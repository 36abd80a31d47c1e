"""Recomputed beside printed numbers -> how far apart they lie, in units of the last digit printed."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.labelling import wrapped
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import ACCENT, COLOURS, INK, QUIET, RULE
from clemency.figures.theme.settings import SMALL, axes_for, is_narrow, style
from clemency.records.errors import UsageError

#: Further than this many digits from the printed number a point is drawn at the edge, as an arrow.
EDGE = 3.0
#: A row with more numbers than this shows those that agree as a histogram.
CROWD = 60


@figure("title", "labels", "palette", "order")
def agreement(frame: pd.DataFrame, ax: Axes | None = None, by: str = "finding_id", *, look: Look) -> Axes:
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
    look
        ``title, labels, palette, order``: see `Look`. Codes are the rows; two colours, for numbers that agree and that
        differ.

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
    look.check(names)
    names = look.arranged(names)
    colours = (INK, ACCENT) if look.palette is None else tuple(look.colours(["reproduced", "differs"]))
    with style():
        ax = axes_for(ax, 1.4 + 0.27 * len(names))
        ax.axvspan(-0.5, 0.5, color=COLOURS[2], alpha=0.14, lw=0)
        ax.axvline(0, color=RULE, lw=0.8)
        for y, name in enumerate(reversed(names)):
            _row(ax, y, known[known[by] == name], colours)
            _counts(ax, y, frame.loc[frame[by] == name, "verdict"], colours)
        _head(ax, len(names))
        ax.set_yticks(range(len(names)), [_name(str(look.labels.get(v, v))) for v in reversed(names)])
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.set(xlim=(-EDGE - 0.25, EDGE + 0.25), ylim=(-0.7, len(names) - 0.3), title=look.title)
        ax.set_xlabel(_axis_text(_without(frame)))
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


def _name(text: str) -> str:
    return textwrap.shorten(text, 22 if is_narrow() else 40, placeholder=" …")


def _axis_text(rest: str) -> str:
    first, second = "recomputed less printed,", "in units of the last digit printed"
    told = "shaded: rounds to what was printed; arrows: further off, with their number"
    letters = 44 if is_narrow() else 66
    lines = [f"{first}\n{second}" if is_narrow() else f"{first} {second}", wrapped(told, letters)]
    return "\n".join([*lines, *([wrapped(rest, letters)] if rest else [])])


def _row(ax: Axes, y: int, part: pd.DataFrame, colours: tuple[Any, ...]) -> None:
    off = part["off"].to_numpy(dtype=float)
    same = part["verdict"].to_numpy() == "reproduced"
    inside = np.abs(off) <= EDGE
    # Points of one row are set apart a little, in the order of their values, so that many can be told from one.
    rank = np.argsort(np.argsort(off, kind="stable"))
    lift = y + 0.5 * (rank / max(len(off) - 1, 1) - 0.5) * (len(off) > 1)
    if same.sum() > CROWD:
        _crowd(ax, y, off[same & inside], colours[0])
        same, inside, lift = same & False, inside & ~same, np.full(len(off), float(y))
    for mask, colour in zip((same, ~same), colours, strict=True):
        show = mask & inside
        ax.plot(off[show], lift[show], "o", ms=3.5, mfc=colour, mec="none")
    for side, marker in ((1, ">"), (-1, "<")):
        far = (np.abs(off) > EDGE) & (np.sign(off) == side)
        if far.any():
            ax.plot(side * EDGE, y, marker, ms=6, color=colours[1])
            ax.annotate(
                f"{int(far.sum())}",
                (side * EDGE, y),
                (-9 * side, 0),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=SMALL,
                color=QUIET,
            )


def _crowd(ax: Axes, y: int, off: np.ndarray, colour: Any) -> None:
    """Numbers that agree, as bars about the middle of the row, their heights by the square root of the count.

    Bars are a ninth of a digit wide: then one is centred on 0, where whole numbers lie, and none crosses the band's ends.
    """
    n, edges = np.histogram(off, bins=(np.arange(-28, 28) + 0.5) / 9)
    some = n > 0
    half = 0.42 * np.sqrt(n[some] / max(n.max(), 1))
    ax.bar(edges[:-1][some], 2 * half, width=np.diff(edges)[some], bottom=y - half, align="edge", color=colour, lw=0)


def _counts(ax: Axes, y: int, verdict: pd.Series, colours: tuple[Any, ...]) -> None:
    agree, recomputed = int((verdict == "reproduced").sum()), int(verdict.isin(_RECOMPUTED).sum())
    colour = colours[1] if verdict.isin(["differs", "failed"]).any() else colours[0]
    _beside(ax, y, f"{agree:,} of {recomputed:,}", colour)


def _head(ax: Axes, y: int) -> None:
    _beside(ax, y - 0.15, "reproduced", QUIET)


def _beside(ax: Axes, y: float, text: str, colour: str) -> None:
    options = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points", "annotation_clip": False}
    ax.annotate(text, (1, y), (8, 0), va="center", fontsize=SMALL, color=colour, **options)
