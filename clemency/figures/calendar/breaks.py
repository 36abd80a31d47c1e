"""Rates by period with the fitted ones, what would have been without a break, and the break."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator

from clemency.figures.theme.kept import keep
from clemency.figures.theme.labelling import axis_text
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import ACCENT, COLOURS, INK, QUIET
from clemency.figures.theme.settings import SMALL, axes_for, is_narrow, style
from clemency.records.arguments.days import first_day

_KINDS = ("observed", "fitted", "without the break")


@figure("title", "labels", "palette", "time_unit")
def rates_line(
    frame: pd.DataFrame, at: str, ax: Axes | None = None, note: str = "", event: str = "acts", *, look: Look
) -> Axes:
    """Rates by period with the fitted ones, and a break.

    Parameters
    ----------
    frame : DataFrame
        ``period, acts, months, fitted``; if there, ``counterfactual``, the acts that the fit expects without the break.
    at : str
        Day of the break, at which a line stands.
    ax : Axes, optional
    note : str
    event : str
        What is counted, for the axis.
    look
        ``title, labels, palette, time_unit``: see `Look`. Codes are ``observed``, ``fitted`` and ``without the break``;
        rates are per 1,000 person-months, or persons in another unit.

    Returns
    -------
    Axes
    """
    look.check(_KINDS)
    freq = {4: "Y", 6: "Q", 7: "M"}[len(str(frame["period"].iloc[0]))]
    periods = pd.PeriodIndex(frame["period"], freq=freq)
    cut = first_day(at, "at")
    factor, unit = look.in_unit("months")
    per = 1000 / (frame["months"].to_numpy(dtype=float) * factor)
    with style():
        ax = axes_for(ax, 3.8)
        rates, fitted = _lines(ax, frame, periods, cut, per, look)
        ax.axvline(cut, color=ACCENT, lw=1.2)
        if is_narrow():
            ax.xaxis.set_major_locator(AutoDateLocator(maxticks=5))
        ax.set(ylim=(0, _top(rates, fitted)), title=look.title)
        _cut_off(ax, periods, rates)
        ax.annotate(
            f"from {at}",
            (cut, 1),
            (-4, -2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="top",
            ha="right",
            fontsize=SMALL,
            color=ACCENT,
        )
        ax.set_ylabel(f"{event} per 1,000 person-{unit}")
        ax.legend(
            loc="lower right", bbox_to_anchor=(1, 1), ncols=3, borderaxespad=0.2, handlelength=1.6, columnspacing=1.2
        )
        if note:
            ax.set_xlabel(axis_text(note), fontsize=SMALL, color=QUIET, loc="left")
        alt = f"Rates from {frame['period'].iloc[0]} to {frame['period'].iloc[-1]} with a break at {at}."
        return keep(ax, frame, note=note, alt=alt)


def _lines(
    ax: Axes, frame: pd.DataFrame, periods: pd.PeriodIndex, cut: pd.Timestamp, per: np.ndarray, look: Look
) -> tuple[np.ndarray, np.ndarray]:
    """Draw rates as points, fitted ones as lines; give both."""
    seen, meant, other = (INK, INK, QUIET) if look.palette is None else look.colours(_KINDS)
    rates = (frame["acts"] * per).to_numpy(dtype=float)
    dots = {"ls": "", "marker": "o", "ms": 4 if len(rates) < 80 else 2.5, "mew": 0.8}
    ax.plot(
        periods.start_time,
        rates,
        **dots,
        mfc="none",
        mec=COLOURS[0] if look.palette is None else seen,
        label=look.word("observed"),
    )
    # A period without person-time is a gap in the line, not a stretch of it.
    every = pd.period_range(periods.min(), periods.max(), freq=periods.freq)
    days = every.start_time.to_numpy()
    fitted = pd.Series((frame["fitted"] * per).to_numpy(), index=periods).reindex(every).to_numpy()
    for side, label in ((days < cut, look.word("fitted")), (days >= cut, "_after")):
        ax.plot(days[side], fitted[side], color=meant, lw=1.6, label=label)
    if "counterfactual" in frame:
        without = pd.Series((frame["counterfactual"] * per).to_numpy(), index=periods).reindex(every).to_numpy()
        after = days >= cut
        ax.plot(days[after], without[after], color=other, lw=1.3, ls="--", label=look.word("without the break"))
    return rates, fitted


def _top(rates: np.ndarray, fitted: np.ndarray) -> float:
    """Upper end of the axis: all rates, unless a few of them would press the others down."""
    most = float(np.nanmax(np.r_[rates, fitted, 0.0])) or 1.0
    need = 1.5 * float(np.nanmax(np.r_[np.nanquantile(rates, 0.97), fitted, 0.0]))
    return 1.06 * (most if most <= 1.35 * need or not need else need)


def _cut_off(ax: Axes, periods: pd.PeriodIndex, rates: np.ndarray) -> None:
    """Rates above the axis: arrows at its edge, with their numbers."""
    top = ax.get_ylim()[1]
    for day, rate in zip(periods.start_time, rates, strict=True):
        if rate > top:
            ax.plot(day, top, marker="^", ms=5, color=COLOURS[0], clip_on=False)
            ax.annotate(f"{rate:.3g}", (day, top), (5, -3), textcoords="offset points", va="top", fontsize=SMALL)
