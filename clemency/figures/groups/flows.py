"""Counts of what is kept and what is left out -> a diagram that is read from top to bottom."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from clemency.figures.theme.kept import keep
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import INK, QUIET, RULE
from clemency.figures.theme.settings import figure_width, is_narrow, style
from clemency.records.presentation.translation import folded, label, tr

# Inches: between two lines of text, around a list, of a column, of a box.
_LINE, _GAP, _COLUMN, _BOX = 0.2, 0.22, 3.6, 1.9
# Characters in a line of a box, and in one of a reason.
_IN_BOX, _BESIDE = 26, 25


@figure("title", "labels")
def flow(frame: pd.DataFrame, ax: Axes | None = None, *, look: Look) -> Axes:
    """What is left of each thing after each step, with what was left out beside the arrow to it.

    Parameters
    ----------
    frame : DataFrame
        ``of, step, kept, label, n``: of what the count is (one column of the diagram for each), the step (0, 1, 2 ...),
        whether the row is what is kept at the step or a reason for which something was left out before it, what is
        counted, and the count.
    ax : Axes, optional
    look
        ``title, labels``: see `Look`. Codes are those in ``label``.

    Returns
    -------
    Axes
    """
    look.check(frame["label"])
    if look.labels:
        frame = frame.assign(label=[look.labels.get(v, v) for v in frame["label"]])
    columns = [(of, [p for _, p in part.groupby("step")]) for of, part in frame.groupby("of", sort=False)]
    heights = [sum(_list_height(p) + _box_height(p) for p in parts) for _, parts in columns]
    stacked = is_narrow()  # one below the other
    wide = _COLUMN * (1 if stacked else len(columns))
    height = (sum(heights) + 0.3 * (len(heights) - 1) if stacked else max(heights)) + 0.1
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(max(wide, figure_width()), height))
        ax.set(xlim=(0, max(wide, figure_width())), ylim=(0, height))
        ax.axis("off")
        ax.set_title(look.title)
        for k, (_, parts) in enumerate(columns):
            left = 0.0 if stacked else k * _COLUMN
            y = height - 0.05 - (sum(heights[:k]) + 0.3 * k if stacked else 0.0)
            for part in parts:
                if _list_height(part):
                    _left_out(ax, left, y, _list_height(part), part)
                y -= _list_height(part)
                _boxed(ax, left, y, _box_height(part), part)
                y -= _box_height(part)
        told = [tr("{of}: {told}", of=label(of), told=_told(parts)) for of, parts in columns]
        return keep(ax, frame, alt=tr("Counts from the tables down to the analyses. {told}.", told=tr("; ").join(told)))


def _reasons(part: pd.DataFrame) -> list[tuple[str, str]]:
    """Lines of the list of what was left out: the count in the first line of each reason."""
    found = []
    for row in part[~part["kept"].astype(bool)].itertuples():
        lines = folded(str(row.label), _BESIDE)
        found += [(f"{int(row.n):,}" if n == 0 else "", line) for n, line in enumerate(lines)]
    return found


def _list_height(part: pd.DataFrame) -> float:
    return 0.0 if part["step"].iloc[0] == 0 else max(len(_reasons(part)) * _LINE, _LINE) + 2 * _GAP


def _kept(part: pd.DataFrame) -> tuple[str, list[str]]:
    row = part[part["kept"].astype(bool)].iloc[0]
    return f"{int(row['n']):,}", folded(str(row["label"]), _IN_BOX)


def _box_height(part: pd.DataFrame) -> float:
    return (1.25 + len(_kept(part)[1])) * _LINE + 0.16


def _boxed(ax: Axes, left: float, top: float, height: float, part: pd.DataFrame) -> None:
    number, lines = _kept(part)
    shape = {"boxstyle": "round,pad=0,rounding_size=0.06", "fc": "none", "ec": INK, "lw": 1.0}
    ax.add_patch(FancyBboxPatch((left + 0.05, top - height), _BOX, height, **shape))
    middle = {"ha": "center", "va": "center"}
    spare = (height - (1.25 + len(lines)) * _LINE) / 2
    ax.text(left + 0.05 + _BOX / 2, top - spare - 0.6 * _LINE, number, fontsize=11.5, fontweight="bold", **middle)
    for n, line in enumerate(lines):
        ax.text(left + 0.05 + _BOX / 2, top - spare - (n + 1.75) * _LINE, line, fontsize=9, **middle)


def _left_out(ax: Axes, left: float, top: float, height: float, part: pd.DataFrame) -> None:
    """The arrow to the next box, and beside it what was left out on the way."""
    middle = left + 0.05 + _BOX / 2
    arrow = {"arrowstyle": "-|>", "color": QUIET, "lw": 1.0, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (middle, top - height), (middle, top), arrowprops=arrow)
    lines = _reasons(part)
    if not lines:
        return
    start = top - (height - len(lines) * _LINE) / 2
    ax.plot([middle + 0.14] * 2, [start, start - len(lines) * _LINE], color=RULE, lw=1.2)
    for n, (number, line) in enumerate(lines):
        y = start - (n + 0.5) * _LINE
        ax.text(middle + 0.56, y, number, fontsize=9, ha="right", va="center")
        ax.text(middle + 0.64, y, line, fontsize=9, ha="left", va="center", color=QUIET)


def _told(parts: list[pd.DataFrame]) -> str:
    said = []
    for part in parts:
        out = tr(", ").join(
            tr("{n:,} {name}", n=int(r.n), name=r.label) for r in part[~part["kept"].astype(bool)].itertuples()
        )
        row = part[part["kept"].astype(bool)].iloc[0]
        said.append(
            (tr("without {out}, ", out=out) if out else "") + tr("{n:,} {name}", n=int(row["n"]), name=row["label"])
        )
    return tr("; ").join(said)
