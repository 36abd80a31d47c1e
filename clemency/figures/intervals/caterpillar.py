"""Raw rates and pooled estimates, the highest first."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import COLOURS, INK, QUIET
from clemency.figures.theme.settings import style
from clemency.figures.theme.wording import FEW, words


def caterpillar(frame: pd.DataFrame, ax: Axes | None = None, xlabel: str = "", reference: float | None = None) -> Axes:
    """Raw rates and pooled estimates with their limits, the highest estimate first.

    Parameters
    ----------
    frame : DataFrame
        ``label, events, rate, estimate, ci_low, ci_high``, one row per group. Limits are dotted where there are fewer
        than five events. A raw rate beyond the axis, which the pooled limits set, is an arrow at its edge.
    ax : Axes, optional
    xlabel : str
    reference : float, optional
        Common mean, drawn as a line.

    Returns
    -------
    Axes
    """
    rows = frame.sort_values(["estimate", "label"], ascending=[False, True], ignore_index=True)
    edge = 1.08 * max(rows["ci_high"].max(), rows.loc[rows["events"] >= FEW, "rate"].max() if len(rows) else 0)
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 1.2 + 0.24 * len(rows)))
        if reference is not None:
            ax.axvline(reference, color=QUIET, lw=0.8, ls="--")
        for y, r in zip(range(len(rows) - 1, -1, -1), rows.itertuples(), strict=True):
            ax.plot([r.ci_low, r.ci_high], [y, y], color=COLOURS[0], lw=1.6, ls=":" if r.events < FEW else "-")
            ax.plot(r.estimate, y, marker="o", ms=5.5, mec=COLOURS[0], mfc=COLOURS[0])
            outside = r.rate > edge
            ax.plot(min(r.rate, edge), y, marker=">" if outside else "o", ms=6.5, mec=INK, mfc="none", clip_on=False)
        labels = [f"{words(r.label)}  ({int(r.events)})" for r in rows.itertuples()]
        ax.set_yticks(range(len(rows)), labels[::-1])
        ax.set(xlim=(0, edge), ylim=(-0.7, len(rows) - 0.3), xlabel=xlabel)
        ax.tick_params(axis="y", length=0, pad=9)
        ax.spines["left"].set_visible(False)
        _caterpillar_legend(ax, reference is not None)
        text = "; ".join(
            f"{words(r.label)}: {r.estimate:.3g} ({r.ci_low:.3g} to {r.ci_high:.3g}), raw {r.rate:.3g}"
            for r in rows.itertuples()
        )
        return keep(ax, rows, alt=f"Pooled estimates with limits, highest first, and raw rates. {text}.")


def _caterpillar_legend(ax: Axes, reference: bool) -> None:
    handles = [
        Line2D([], [], ls="", marker="o", ms=6.5, mfc="none", mec=INK, label="raw rate"),
        Line2D([], [], color=COLOURS[0], marker="o", ms=5.5, lw=1.6, label="pooled, with limits"),
        Line2D([], [], color=COLOURS[0], ls=":", lw=1.6, label="fewer than five events"),
    ]
    if reference:
        handles.append(Line2D([], [], color=QUIET, ls="--", lw=0.8, label="common mean"))
    ax.figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=8.5)
