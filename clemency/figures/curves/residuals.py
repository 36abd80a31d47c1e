"""Survival of residuals beside what it is if the model holds."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import COLOURS, INK
from clemency.figures.theme.settings import style


def residual_curves(frame: pd.DataFrame, ax: Axes | None = None, title: str = "") -> Axes:
    """Survival of Cox-Snell residuals, in steps, and exp(-residual).

    Parameters
    ----------
    frame : DataFrame
        ``residual, survival, expected``.
    ax : Axes, optional
    title : str

    Returns
    -------
    Axes
    """
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(5.6, 4.2))
        end = float(frame["residual"].max())
        line = np.linspace(0.0, end, 200)
        ax.plot(line, np.exp(-line), color=INK, lw=1.0, label="if the model holds")
        steps = {"where": "post", "color": COLOURS[0], "lw": 1.7, "label": "residuals"}
        ax.step(np.r_[0.0, frame["residual"], end], np.r_[1.0, frame["survival"], frame["survival"].iloc[-1]], **steps)
        ax.set(xlim=(0, end), ylim=(0, 1), xlabel="Cox-Snell residual", ylabel="share above it", title=title)
        ax.legend(loc="best", fontsize=8.5)
        gap = float((frame["survival"] - frame["expected"]).abs().max())
        return keep(ax, frame, alt=f"Survival of residuals beside exp(-residual); they differ by up to {gap:.2f}.")
