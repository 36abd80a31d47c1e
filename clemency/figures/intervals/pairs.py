"""Recomputed ratios beside printed ones."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import COLOURS, INK, QUIET
from clemency.figures.theme.scales import log_axis
from clemency.figures.theme.settings import style


def beside(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Hazard ratios with their limits, recomputed and printed, one row per term.

    Parameters
    ----------
    frame : DataFrame
        ``label, estimate, ci_low, ci_high`` and the same as printed: ``printed, printed_low, printed_high``.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    rows = frame.iloc[::-1].reset_index(drop=True)
    values = rows[["ci_low", "ci_high", "printed_low", "printed_high"]].to_numpy(dtype=float)
    low, high = float(np.nanmin(values[values > 0])) / 1.15, float(np.nanmax(values)) * 1.15
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 1.2 + 0.3 * len(rows)))
        y = np.arange(len(rows))
        ax.axvline(1, color=QUIET, lw=0.8)
        for lift, columns, colour, options in (
            (0.14, ("estimate", "ci_low", "ci_high"), INK, {"marker": "o", "label": "recomputed"}),
            (-0.14, ("printed", "printed_low", "printed_high"), COLOURS[3], {"marker": "D", "label": "of the archive"}),
        ):
            middle, left, right = (rows[c].to_numpy(dtype=float) for c in columns)
            ax.hlines(y + lift, np.maximum(left, low), right, color=colour, lw=1.3)
            ax.plot(middle, y + lift, ls="", ms=4.5, color=colour, **options)
        ax.set_yticks(y, rows["label"])
        log_axis(ax, "x", low, high)
        ax.set(ylim=(-0.6, len(rows) - 0.4), xlabel="hazard ratio (log scale)")
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.figure.legend(loc="outside lower center", ncols=2, fontsize=8.5)
        text = "; ".join(f"{r.label}: {r.estimate:.3g} and {r.printed:g}" for r in frame.itertuples())
        return keep(ax, frame, alt=f"Hazard ratios, recomputed and of the archive. {text}.")
