"""Estimates without some of the data."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import ACCENT, INK, QUIET
from clemency.figures.theme.scales import log_axis, value_limits
from clemency.figures.theme.settings import style
from clemency.figures.theme.wording import words
from clemency.records.presentation.wording import rounded


def left_out(
    frame: pd.DataFrame, whole: float, ax: Axes | None = None, ratio: bool = True, name: str = "", title: str = ""
) -> Axes:
    """Estimates without each value of a column, with the estimate of all rows as a line.

    Parameters
    ----------
    frame : DataFrame
        ``left_out, estimate, ci_low, ci_high``, drawn from the top; a row without an estimate says that it was refused.
    whole : float
        Estimate of all rows.
    ax : Axes, optional
    ratio : bool
        The estimates are ratios: a log axis, with a line at 1 instead of 0.
    name, title : str

    Returns
    -------
    Axes
    """
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 0.9 + 0.24 * len(frame)))
        low, high = value_limits(frame[frame["estimate"].notna()], ratio)
        ax.axvline(1 if ratio else 0, color=QUIET, lw=0.8)
        ax.axvline(whole, color=ACCENT, lw=1, ls="--")
        for y, row in enumerate(frame.iloc[::-1].to_dict("records")):
            if not np.isfinite(row["estimate"]):
                ax.text(whole, y, "  refused", va="center", color=QUIET, fontsize=8)
                continue
            ax.plot(np.clip([row["ci_low"], row["ci_high"]], low, high), [y, y], color=INK, lw=1.3)
            ends = (min(row["estimate"], row["ci_low"]) < low, max(row["estimate"], row["ci_high"]) > high)
            for beyond, edge, mark in zip(ends, (low, high), "<>", strict=True):
                if beyond:
                    ax.plot(edge, y, marker=mark, color=INK, ms=5, clip_on=False)
            if low <= row["estimate"] <= high:
                ax.plot(row["estimate"], y, marker="o", ms=5, color=INK)
        ax.set_yticks(range(len(frame)), [f"without {words(v)}" for v in frame["left_out"].iloc[::-1]])
        ax.set(xlim=(low, high), ylim=(-0.6, len(frame) - 0.4), title=title)
        ax.set_xlabel(f"{name} ({'ratio, log scale' if ratio else 'estimate'}); dashed: with all".strip())
        if ratio:
            log_axis(ax, "x", low, high)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        text = "; ".join(
            f"without {words(r.left_out)} " + (rounded(r.estimate, 2) if np.isfinite(r.estimate) else "refused")
            for r in frame.itertuples()
        )
        return keep(ax, frame, alt=f"{name}: {rounded(whole, 2)} with all; {text}.")
