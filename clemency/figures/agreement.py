"""Recomputed beside printed numbers -> how far apart they lie, in units of the last digit printed."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.style import ACCENT, COLOURS, INK, QUIET, RULE, keep, style
from clemency.records.errors import UsageError

#: Further than this many digits from the printed number a point is drawn at the edge, as an arrow.
EDGE = 3.0


def agreement(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """One row per finding, one point per number: where rounding gives what was printed, it lies in the band.

    Parameters
    ----------
    frame : DataFrame
        ``finding_id, off, verdict``; rows without ``off`` (bounds, ranges, numbers not recomputed) are counted below.
    ax : Axes, optional

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
    names = list(dict.fromkeys(known["finding_id"]))
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(8.6, 1.1 + 0.27 * len(names)))
        ax.axvspan(-0.5, 0.5, color=COLOURS[2], alpha=0.14, lw=0)
        ax.axvline(0, color=RULE, lw=0.8)
        for y, name in enumerate(reversed(names)):
            part = known[known["finding_id"] == name]
            _row(ax, y, part)
        ax.set_yticks(range(len(names)), list(reversed(names)))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.set(xlim=(-EDGE - 0.25, EDGE + 0.25), ylim=(-0.7, len(names) - 0.3))
        ax.set_xlabel("recomputed less printed, in units of the last digit printed")
        off = int((known["off"].abs() > 0.5 + 1e-9).sum())
        without = len(frame) - len(known)
        note = f"{without} numbers without a distance (bounds, ranges, not recomputed)." if without else ""
        alt = (
            f"{len(known)} recomputed numbers of {len(names)} findings: {len(known) - off} within half a unit of the last digit printed, {off} "
            f"further away."
        )
        return keep(ax, known, note=note, alt=alt)


def _row(ax: Axes, y: int, part: pd.DataFrame) -> None:
    off = part["off"].to_numpy(dtype=float)
    same = part["verdict"].to_numpy() == "reproduced"
    inside = np.abs(off) <= EDGE
    # Points of one row are set apart a little, in the order of their values, so that many can be told from one.
    rank = np.argsort(np.argsort(off, kind="stable"), kind="stable")
    lift = y + 0.5 * (rank / max(len(off) - 1, 1) - 0.5) * (len(off) > 1)
    for mask, colour in ((same, INK), (~same, ACCENT)):
        show = mask & inside
        ax.plot(off[show], lift[show], "o", ms=3.5, mfc=colour, mec="none")
    for side, marker in ((1, ">"), (-1, "<")):
        far = ~inside & (np.sign(off) == side)
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
