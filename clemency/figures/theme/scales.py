"""Axes of shares, of time and of ratios, with ticks that readers know."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator


def shares_by_time(ax: Axes, unit: str | None, *, shares: bool = True) -> None:
    """Percent upwards, or else numbers, and ticks along that suit the unit of time."""
    if not shares:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.3g}"))
    else:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.3g}%"))
    steps = [1, 2, 3, 6, 10] if unit == "months" else [1, 2, 5, 10]
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=steps, integer=unit == "months"))


# The first ones are what a reader needs most; others follow where there is room.
_TICKS = (
    *(1, 0.5, 2, 0.1, 10, 0.2, 5, 0.01, 100, 0.05, 20, 0.02, 50, 0.001, 1000, 1.5, 0.7, 3, 0.3),
    *(0.8, 1.2, 0.6, 0.4, 0.9, 1.1),
)


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


def log_ticks(low: float, high: float, most: float = 9) -> list[float]:
    """Ticks of a log axis that readers know, no nearer to each other than a share of the axis.

    Parameters
    ----------
    low, high : float
        Ends of the axis.
    most : float
        How many labels would fill it.
    """
    gap = np.log(high / low) / most
    found: list[float] = []
    for tick in _TICKS:
        if low <= tick <= high and all(abs(np.log(tick / other)) >= gap for other in found):
            found.append(tick)
    return sorted(found)


def log_axis(ax: Axes, which: str, low: float, high: float, most: float = 9) -> None:
    """Log scale on one axis, with ticks that readers know."""
    axis = ax.yaxis if which == "y" else ax.xaxis
    ax.set(**{f"{which}scale": "log"})
    axis.set_minor_locator(NullLocator())
    axis.set_ticks(log_ticks(low, high, most))
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    ax.set(**{f"{which}lim": (low, high)})
