"""What a ratio becomes by how strongly being on record goes with the act, in either group -> axes."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import INK, QUIET, RULE
from clemency.figures.theme.settings import style
from clemency.records.presentation.wording import rounded

_READINGS = ("same side of 1", "limits include 1", "at 1 or beyond")
# Light to dark, opaque, so that the order shows in grey and on a dark page.
_SHADES = ("#dce7f2", "#a9c1d9", "#d8a99f")
_TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.33, 0.5, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)


def selection_region(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Region in which a ratio keeps its side of 1, with the line on which it is 1.

    Parameters
    ----------
    frame : DataFrame
        ``group, reference, estimate, ci_low, ci_high, reading`` for every pair of some steps.
    ax : Axes, optional

    Returns
    -------
    Axes
        The cross stands where being on record does not depend on the act.
    """
    wide = {c: frame.pivot(index="reference", columns="group", values=c) for c in ("estimate", "reading")}
    x, y = wide["estimate"].columns.to_numpy(float), wide["estimate"].index.to_numpy(float)
    code = np.vectorize(_READINGS.index)(wide["reading"].to_numpy())
    here = frame.iloc[np.hypot(np.log(frame["group"]), np.log(frame["reference"])).argmin()]
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(5.6, 5.0))
        norm = BoundaryNorm([-0.5, 0.5, 1.5, 2.5], 3)
        ax.pcolormesh(x, y, code, cmap=ListedColormap(_SHADES), norm=norm, shading="nearest", rasterized=False)
        levels = np.log(wide["estimate"].to_numpy(float))
        if levels.min() < 0 < levels.max():
            ax.contour(x, y, levels, levels=[0.0], colors=[INK], linewidths=1.3)
        ax.plot([1], [1], marker="+", ms=9, mew=1.5, ls="", color=INK)
        ax.axhline(1, color=QUIET, lw=0.6, ls=":")
        ax.axvline(1, color=QUIET, lw=0.6, ls=":")
        ax.set(xscale="log", yscale="log", xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
        ax.set(xlabel="on record with the act, times as often: group", ylabel="the same: reference")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(FixedLocator([t for t in _TICKS if x[0] * 0.999 <= t <= x[-1] * 1.001]))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        found = [i for i in range(3) if (code == i).any()]
        keys = [Patch(fc=_SHADES[i], ec=RULE, label=_READINGS[i]) for i in found]
        ax.legend(handles=keys, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(keys), fontsize=8.5)
        shares = "; ".join(f"{_READINGS[i]} in {rounded(100 * float((code == i).mean()), 0)} percent" for i in found)
        text = f"Ratio {rounded(here['estimate'], 2)} if being on record does not depend on the act. Of the pairs shown: {shares}."
        return keep(ax, frame, alt=text)
