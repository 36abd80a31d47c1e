"""Estimates with their limits, one row each, and lines at legal limits."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from clemency.figures.theme.kept import drawn, keep
from clemency.figures.theme.palette import ACCENT, INK
from clemency.figures.theme.settings import style
from clemency.figures.theme.wording import FEW, words


def intervals(frame: pd.DataFrame, ax: Axes | None = None, xlabel: str = "", percent: bool = False) -> Axes:
    """Estimates with their limits, one row each.

    Parameters
    ----------
    frame : DataFrame
        ``label, estimate, ci_low, ci_high``; rows with ``n_event`` below five are hollow.
    ax : Axes, optional
    xlabel : str
    percent : bool
        Print the axis in per cent.

    Returns
    -------
    Axes
    """
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 0.7 + 0.34 * len(frame)))
        for y, row in enumerate(frame.iloc[::-1].to_dict("records")):
            few = row.get("n_event", FEW) < FEW
            ax.plot([row["ci_low"], row["ci_high"]], [y, y], color=INK, lw=1.3, ls=":" if few else "-")
            ax.plot(row["estimate"], y, marker="o", ms=6, mec=INK, mfc="none" if few else INK)
        ax.set_yticks(range(len(frame)), [words(v) for v in frame["label"].iloc[::-1]])
        ax.set(xlim=(0, None), ylim=(-0.6, len(frame) - 0.4), xlabel=xlabel)
        if percent:
            ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0%}"))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        text = "; ".join(
            f"{words(r.label)}: {r.estimate:.3g} ({r.ci_low:.3g} to {r.ci_high:.3g})" for r in frame.itertuples()
        )
        return keep(ax, frame, alt=f"Estimates with limits. {text}.")


def limit_lines(ax: Axes, frame: pd.DataFrame) -> Axes:
    """Legal limits of a single cut as lines across axes whose x is months.

    Parameters
    ----------
    ax : Axes
        Drawn by this library.
    frame : DataFrame
        ``months, ground, instrument, article``, as ``eligibility(...)["largest cut"]`` gives them. Rows without
        months are left out, and those whose ``note`` says that the number is the term which results.

    Returns
    -------
    Axes
    """
    rows = frame[frame["months"].notna()]
    if "note" in rows:
        rows = rows[~rows["note"].astype(str).str.contains("resulting")]
    said = []
    for months, part in rows.groupby("months"):
        articles = ", ".join(dict.fromkeys(f"art. {a}" for a in part["article"]))
        grounds = "; ".join(words(g) for g in dict.fromkeys(part["ground"].dropna()))
        ax.axvline(float(months), color=ACCENT, lw=1.0, ls="--")
        place = {"xy": (float(months), 1.0), "xycoords": ("data", "axes fraction"), "xytext": (2, 2)}
        ax.annotate(f"{months:g} ({articles})", **place, textcoords="offset points", fontsize=7, color=ACCENT)
        said.append(f"{months:g} months ({articles}{': ' if grounds else ''}{grounds})")
    ax.set_xlim(right=max([ax.get_xlim()[1], *(rows["months"] * 1.1)]))
    shown = drawn(ax)
    return keep(ax, shown.frame, shown.note, f"{shown.alt} Legal limits of one cut: {', '.join(said) or 'none'}.")
