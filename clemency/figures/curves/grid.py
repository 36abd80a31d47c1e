"""Probabilities at the points of a grid of times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.labelling import Named, name_ends
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import LINES, MARKERS
from clemency.figures.theme.settings import axes_for, style
from clemency.figures.theme.wording import words
from clemency.records.presentation.translation import spoken, tr


@figure("title", "labels", "palette", "band", "time_unit", "order")
def grid_curves(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    by: Sequence[str] = (),
    xlabel: str = "months",
    unit: str = "",
    *,
    look: Look,
) -> Axes:
    """Probabilities at the points of a grid, with their limits; one line for each group and outcome.

    Parameters
    ----------
    frame : DataFrame
        Columns of `by`; ``outcome, time, estimate, ci_low, ci_high``. Limits may be missing.
    ax : Axes, optional
    by : sequence of str
    xlabel : str
        The unit of the times is its first word.
    unit : str
        What the axis of probabilities says; the outcome by default, if there is one.
    look
        ``title, labels, palette, band, time_unit, order``: see `Look`. Codes are the groups, or events.

    Returns
    -------
    Axes
    """
    one = frame["outcome"].nunique() == 1
    keys = [*by, *([] if one and by else ["outcome"])]
    parts = {", ".join(str(n) for n in name): part for name, part in frame.groupby(keys, sort=False, observed=True)}
    look.check(parts)
    codes = look.arranged(parts)
    unit_word, _, rest = xlabel.partition(" ")
    factor, shown_unit = look.in_unit(unit_word) if spoken() == "en" else (1.0, xlabel)
    with style():
        ax = axes_for(ax, 3.6)
        ends, named = [], []
        for k, (code, colour) in enumerate(zip(codes, look.colours(codes), strict=True)):
            part, shift = parts[code], 0.6 * k * factor
            label = look.word(code)
            t, p = factor * part["time"].to_numpy(float), 100 * part["estimate"].to_numpy(float)
            dashes = LINES[k % len(LINES)]
            ax.plot(
                np.r_[0.0, t] + shift, np.r_[0.0, p], marker=MARKERS[k % len(MARKERS)], ms=4, color=colour, ls=dashes
            )
            if look.band:
                ax.vlines(t + shift, 100 * part["ci_low"], 100 * part["ci_high"], color=colour, lw=1.1)
            named.append(Named(label, (float(t[-1] + shift), float(p[-1])), colour, dashes))
            ends.append(tr("{name}: {share:.1f}% by {time:g}", name=label, share=p[-1], time=t[-1]))
        what = unit or (words(frame["outcome"].iloc[0]) if one else "probability")
        along = " ".join(w for w in (shown_unit, rest) if w)
        ax.set(ylim=(0, None), xlim=(0, None), xlabel=along, ylabel=f"{what}, %", title=look.title)
        ax.set_xlim(right=max(n.end[0] for n in named) * 1.02)
        name_ends(ax, named, 190)
        return keep(
            ax, frame, alt=tr("Probability over {along}, with limits. {ends}.", along=along, ends=tr("; ").join(ends))
        )
