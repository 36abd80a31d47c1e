"""Axes of shares, of time and of ratios, with ticks that readers know."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator


def shares_by_time(ax: Axes, unit: str | None) -> None:
    """Percent upwards, and ticks along that suit the unit of time."""
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0%}"))
    steps = [1, 2, 3, 6, 10] if unit == "months" else [1, 2, 5, 10]
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=steps, integer=unit == "months"))


_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
_FINE = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2, 3)


def value_limits(shown: pd.DataFrame, ratio: bool) -> tuple[float, float]:
    """Ends of the axis of the estimates, with no effect inside; ratios stop at 0.02 and 50 as in `forest`."""
    if ratio:
        least = np.r_[0.8, shown["ci_low"].clip(lower=0.02), shown["estimate"].clip(lower=0.02)]
        most = np.r_[1.25, shown["ci_high"].clip(upper=50), shown["estimate"].clip(upper=50)]
        return float(np.nanmin(least)) / 1.15, float(np.nanmax(most)) * 1.15
    values = np.r_[0.0, shown[["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float).ravel()]
    values = values[np.isfinite(values)]
    room = 0.06 * (values.max() - values.min() or 1.0)
    return float(values.min() - room), float(values.max() + room)


def log_axis(ax: Axes, which: str, low: float, high: float) -> None:
    """Log scale on one axis, with ticks that readers know."""
    ticks = [t for t in _TICKS if low <= t <= high]
    if len(ticks) < 4:
        ticks = [t for t in _FINE if low <= t <= high]
    axis = ax.yaxis if which == "y" else ax.xaxis
    ax.set(**{f"{which}scale": "log"})
    axis.set_minor_locator(NullLocator())
    axis.set_ticks(ticks)
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    ax.set(**{f"{which}lim": (low, high)})
