"""Estimates of many specifications, with the choices behind each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep, literal
from clemency.figures.theme.palette import ACCENT, INK, QUIET, RULE
from clemency.figures.theme.scales import log_axis, value_limits
from clemency.figures.theme.settings import style
from clemency.figures.theme.wording import words
from clemency.records.presentation.wording import rounded


def specification_curve(
    frame: pd.DataFrame,
    choices: Mapping[str, Sequence[str]],
    ax: Axes | None = None,
    ratio: bool = True,
    name: str = "",
    title: str = "",
) -> Axes:
    """Estimates of many specifications in rising order, with the choices behind each below.

    Limits that go beyond the axis end in a triangle; an estimate beyond it has no point.

    Parameters
    ----------
    frame : DataFrame
        One row per specification: a column per choice with its label, ``estimate, ci_low, ci_high`` and ``main``.
        Rows without an estimate are counted in a note and not drawn.
    choices : mapping
        Column of a choice -> its labels.
    ax : Axes, optional
        It gives the lower part of its place to new axes, labelled ``choices``, for the choices.
    ratio : bool
        The estimates are ratios: a log axis, with a line at 1 instead of 0.
    name : str
        What is estimated.
    title : str

    Returns
    -------
    Axes
        That of the estimates. The frame that it keeps has the drawn order in ``rank``, missing where there is no
        estimate.
    """
    order = frame["estimate"].rank(method="first")
    kept = frame.assign(rank=order).sort_values("rank", na_position="last")
    shown = kept[kept["rank"].notna()]
    lines = sum(len(v) + 1 for v in choices.values())
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 2.8 + 0.17 * lines))
        low, high = value_limits(shown, ratio)
        _curve(ax, shown, low, high, len(frame) - len(shown))
        ax.axhline(1 if ratio else 0, color=QUIET, lw=0.8, zorder=0)
        ax.set(ylim=(low, high), ylabel=f"{name} ({'ratio, log scale' if ratio else 'estimate'})".strip(), title=title)
        if ratio:
            log_axis(ax, "y", low, high)
        below = _below(ax, 0.17 * lines / 2.4)
        _dots(below, shown, choices, ax.get_xlim())
        return keep(ax, kept, alt=_alt(shown, len(frame), name))


def _below(ax: Axes, share: float) -> Axes:
    """Divide the place of an axes: it keeps the upper part, the axes returned has the lower one."""
    figure, place = ax.get_figure(), ax.get_subplotspec()
    if place is not None:
        grid = place.subgridspec(2, 1, height_ratios=[1, share], hspace=0.04)
        ax.set_subplotspec(grid[0])
        return figure.add_subplot(grid[1], label="choices")
    box = ax.get_position()
    height = box.height * share / (1 + share)
    ax.set_position((box.x0, box.y0 + height, box.width, box.height - height))
    return figure.add_axes((box.x0, box.y0, box.width, height * 0.96), label="choices")


def _curve(ax: Axes, shown: pd.DataFrame, low: float, high: float, refused: int) -> None:
    x = shown["rank"].to_numpy()
    width = float(np.clip(120 / max(len(x), 1), 0.5, 2))
    ax.vlines(x, shown["ci_low"].clip(lower=low), shown["ci_high"].clip(upper=high), color=RULE, lw=width)
    main = shown["main"].to_numpy(dtype=bool)
    for part, colour, size in ((~main, INK, 2 + width), (main, ACCENT, 7)):
        if not part.any():  # an empty line outside the clip would take room in the layout
            continue
        y = shown["estimate"].where(shown["estimate"].between(low, high)).to_numpy()[part]
        ax.plot(x[part], y, ls="", marker="o", ms=size, color=colour, mew=0, clip_on=False)
    least, most = (shown[["estimate", c]] for c in ("ci_low", "ci_high"))
    for beyond, edge, mark in ((most.max(axis=1) > high, high, "^"), (least.min(axis=1) < low, low, "v")):
        if beyond.any():
            ax.plot(x[beyond], np.full(beyond.sum(), edge), ls="", marker=mark, ms=4, color=QUIET, mew=0, clip_on=False)
    if main.any():
        row = shown[main].iloc[0]
        ax.vlines(row["rank"], max(row["ci_low"], low), min(row["ci_high"], high), color=ACCENT, lw=1.5)
        ax.annotate(
            "main", (row["rank"], min(row["ci_high"], high)), (0, 2), textcoords="offset points", ha="center",
            color=ACCENT, fontsize=8,
        )  # fmt: skip
    if refused:
        ax.text(0.01, 0.98, f"{refused} refused", transform=ax.transAxes, va="top", fontsize=8, color=QUIET)
    ax.set_xlim(0.4, max(len(x), 1) + 0.6)
    ax.set_xticks([])


def _dots(ax: Axes, shown: pd.DataFrame, choices: Mapping[str, Sequence[str]], span: tuple[float, float]) -> None:
    y = 0.0
    at: list[float] = []
    names: list[str] = []
    heads: list[int] = []
    main = shown["main"].to_numpy(dtype=bool)
    size = float(np.clip(90 / max(len(shown), 1), 1.2, 4.5))
    for choice, labels in choices.items():
        heads.append(len(at))
        for label in (None, *labels):
            at.append(y)
            names.append(words(choice) if label is None else words(label))
            if label is not None:
                for part, colour in ((~main, INK), (main, ACCENT)):
                    x = shown.loc[(shown[choice] == label).to_numpy() & part, "rank"]
                    ax.plot(x, np.full(len(x), y), ls="", marker="s", ms=size, color=colour, mew=0)
            y -= 1
    ax.set(xlim=span, ylim=(y + 0.3, 0.7), xlabel="specifications, by size of the estimate")
    ax.set_yticks(at, names, fontsize=8)
    for number in heads:
        ax.get_yticklabels()[number].set_fontweight("bold")
    ax.set_xticks([])
    ax.tick_params(axis="y", length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    literal(ax)


def _alt(shown: pd.DataFrame, run: int, name: str) -> str:
    if not len(shown):
        return f"Specification curve of {name}: all {run} specifications were refused."
    values = shown["estimate"]
    main = shown.loc[shown["main"].astype(bool), "estimate"]
    said = f"the main one {rounded(main.iloc[0], 2)}" if len(main) else "the main one refused"
    return (
        f"Specification curve of {name}: {len(shown)} of {run} specifications estimated, from {rounded(values.min(), 2)} to "
        f"{rounded(values.max(), 2)}, median {rounded(values.median(), 2)}, {said}."
    )
