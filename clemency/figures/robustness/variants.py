"""Ratios of one or several claims under other choices -> one row per variant, one panel per claim."""

from __future__ import annotations

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import ACCENT, INK, QUIET, RULE
from clemency.figures.theme.scales import log_axis
from clemency.figures.theme.settings import style
from clemency.records.errors import UsageError

#: Ratios below and above these are drawn at the edge, as arrows.
LEAST, MOST = 0.002, 50.0
_LETTERS = 50


def variants(
    frame: pd.DataFrame, ax: Axes | None = None, xlabel: str = "hazard ratio (log scale)", reference: float = 1.0
) -> Axes:
    """Ratios with their limits on log axes, variants as rows and claims as panels.

    Filled: the claim stands. Hollow: the estimate is on the claim's side, its limits are not. Red: the estimate is on
    the other side. The dashed line is the first row's estimate.

    Parameters
    ----------
    frame : DataFrame
        ``variant, estimate, ci_low, ci_high, stands``; ``claim`` where there are several; ``n`` (events) goes into
        the labels. The variants of all claims are the same, in the same order.
    ax : Axes, optional
        For a single claim.
    xlabel : str
    reference : float
        Value at which the claim would be wrong.

    Returns
    -------
    Axes
        That of the first claim, which keeps the frame; the others are in the same figure.

    Raises
    ------
    UsageError
        For an axes and several claims, or variants that differ between claims.
    """
    parts = [("", frame)] if "claim" not in frame else list(frame.groupby("claim", sort=False))
    labels = _labels(parts[0][1])
    if any(part["variant"].tolist() != parts[0][1]["variant"].tolist() for _, part in parts):
        raise UsageError("The claims do not have the same variants in the same order: draw each by itself.")
    if ax is not None and len(parts) > 1:
        raise UsageError(f"{len(parts)} claims do not fit into one axes: leave out ax, or draw each by itself.")
    with style():
        if ax is not None:
            axes = [ax]
        else:
            size = (7.2 if len(parts) == 1 else 3.5 + 1.9 * len(parts), 1.5 + 0.33 * len(labels))
            figure, grid = plt.subplots(1, len(parts), sharey=True, figsize=size, squeeze=False)
            axes = list(grid[0])
        for one, (name, part) in zip(axes, parts, strict=True):
            _panel(one, str(name), part.reset_index(drop=True), reference)
        axes[0].set_yticks(range(len(labels)), labels[::-1], fontsize=8.5)
        axes[0].set_ylim(-0.6, len(labels) - 0.4)
        axes[len(axes) // 2].set_xlabel(xlabel)
        if ax is None:
            figure.legend(handles=_handles(), loc="outside lower center", ncols=3, fontsize=8.5)
        said = "; ".join(_said(str(name), part, reference) for name, part in parts)
        return keep(axes[0], frame, alt=f"Ratios with limits, one row per variant. {said}.")


def _labels(part: pd.DataFrame) -> list[str]:
    n = part["n"] if "n" in part else pd.Series(np.nan, index=part.index)
    # The number stays on the line of the last word.
    texts = [f"{v}\xa0\xa0({int(k)})" if k == k else str(v) for v, k in zip(part["variant"], n, strict=True)]
    return ["\n".join(textwrap.wrap(t, _LETTERS, break_long_words=False, break_on_hyphens=False)) for t in texts]


def _other_side(part: pd.DataFrame, reference: float) -> pd.Series:
    """Estimates on another side of the reference than the first, which is the published one."""
    below = part["estimate"] < reference
    return below != below.iloc[0]


def _panel(ax: Axes, name: str, part: pd.DataFrame, reference: float) -> None:
    ends = part[["ci_low", "ci_high", "estimate"]].to_numpy(dtype=float)
    low = max(min(float(np.nanmin(ends)), 0.8 * reference), LEAST) / 1.2
    high = min(max(float(np.nanmax(ends)), 1.25 * reference), MOST) * 1.2
    other = _other_side(part, reference)
    for y in range(0, len(part), 2):
        ax.axhspan(y - 0.5, y + 0.5, color=RULE, alpha=0.3, lw=0)
    ax.axvline(reference, color=QUIET, lw=0.8)
    ax.axvline(float(part["estimate"].iloc[0]), color=QUIET, lw=0.8, ls="--")
    for y, row, turned in zip(range(len(part) - 1, -1, -1), part.itertuples(), other, strict=True):
        colour = ACCENT if turned else INK
        ax.plot(np.clip([row.ci_low, row.ci_high], low, high), [y, y], color=colour, lw=1.3)
        for beyond, edge, mark in ((row.ci_low < low, low, "<"), (row.ci_high > high, high, ">")):
            if beyond:
                ax.plot(edge, y, marker=mark, color=colour, ms=5, clip_on=False)
        face = colour if row.stands or turned else "none"
        if low <= row.estimate <= high:  # else the arrow stands for it
            ax.plot(row.estimate, y, marker="o", ms=5.5, mec=colour, mfc=face, mew=1.2)
    log_axis(ax, "x", low, high)
    ticks = [t for t in (0.001, 0.01, 0.1, 1, 10) if low <= t <= high]
    if high / low > 100:  # else the labels run into one another
        ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.set_title(name, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _handles() -> list[Line2D]:
    dot = {"ls": "", "marker": "o", "ms": 5.5, "mew": 1.2}
    return [
        Line2D([], [], **dot, mec=INK, mfc=INK, label="stands"),
        Line2D([], [], **dot, mec=INK, mfc="none", label="same sign, not clear"),
        Line2D([], [], **dot, mec=ACCENT, mfc=ACCENT, label="other sign"),
    ]


def _said(name: str, part: pd.DataFrame, reference: float) -> str:
    first, other = part.iloc[0], int(_other_side(part, reference).sum())
    text = f"{first['estimate']:.3g} in the first, {part['estimate'].min():.3g} to {part['estimate'].max():.3g} in all"
    counts = f"stands in {int(part['stands'].sum())} of {len(part)}, on the other side in {other}"
    return f"{name}: {text}, {counts}".removeprefix(": ")
