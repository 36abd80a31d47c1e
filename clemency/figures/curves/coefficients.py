"""A coefficient over time: scaled Schoenfeld residuals, a smooth of them, and the fitted constant."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import COLOURS, INK, QUIET
from clemency.figures.theme.settings import axes_for, is_narrow, style


@figure("title", "labels", "palette", "time_unit")
def coefficient_path(
    frame: pd.DataFrame,
    smooth: np.ndarray,
    constant: float,
    ax: Axes | None = None,
    unit: str | None = None,
    *,
    look: Look,
) -> Axes:
    """Scaled Schoenfeld residuals of a coefficient, and what becomes of it over time.

    Parameters
    ----------
    frame : DataFrame
        ``time`` and a column of residuals, whose name is that of the coefficient.
    smooth : ndarray, shape (n, 2)
        Times, and the smooth of the residuals at them.
    constant : float
        The coefficient as fitted, the same at all times.
    ax : Axes, optional
    unit : str or None
        What the times count; None if that is not known.
    look
        ``title, labels, palette, time_unit``: see `Look`. The code is the coefficient.

    Returns
    -------
    Axes
    """
    name = str(frame.columns[1])
    look.check([name])
    factor, unit = look.in_unit(unit)
    value = frame[name].to_numpy(dtype=float)
    with style():
        ax = axes_for(ax, 3.9)
        # A few residuals far out would press the smooth flat: they are arrows at the edge.
        low, high = np.nanquantile(value, [0.02, 0.98]) if len(value) > 50 else (value.min(), value.max())
        low, high = min(low, smooth[:, 1].min(), constant), max(high, smooth[:, 1].max(), constant)
        room = 0.06 * (high - low or 1.0)
        low, high = low - room, high + room
        inside = (value >= low) & (value <= high)
        time = factor * frame["time"].to_numpy(dtype=float)
        ax.plot(time[inside], value[inside], "o", ms=3, alpha=0.45, color=QUIET, mew=0, label="each event")
        for beyond, edge, mark in ((value < low, low, "v"), (value > high, high, "^")):
            if beyond.any():
                ax.plot(time[beyond], np.full(beyond.sum(), edge), ls="", marker=mark, ms=4, color=QUIET, clip_on=False)
        ax.plot(factor * smooth[:, 0], smooth[:, 1], color=look.single(COLOURS[0]), lw=1.9, label="smooth")
        ax.axhline(constant, ls="--", color=INK, lw=1.1, label="as fitted: constant")
        ax.set(ylim=(low, high), xlabel=unit or "time", ylabel=f"log hazard ratio: {look.word(name)}", title=look.title)
        ncols, where = (1, "outside lower left") if is_narrow() else (3, "outside upper right")
        ax.figure.legend(*ax.get_legend_handles_labels(), loc=where, ncols=ncols)
        alt = f"Scaled Schoenfeld residuals of {name} over time, with a smooth and the constant {constant:.2f}."
        return keep(ax, frame, alt=alt)
