"""Differences between groups before and after weighting or matching."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.theme.kept import keep
from clemency.figures.theme.labelling import axis_text, wrapped
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import COLOURS, MARKERS, QUIET, RULE
from clemency.figures.theme.settings import axes_for, is_narrow, style
from clemency.records.presentation.wording import rounded


@figure("title", "labels", "palette", "order")
def love(frame: pd.DataFrame, ax: Axes | None = None, limit: float = 0.1, *, look: Look) -> Axes:
    """Standardised differences before and after weighting or matching, one row per covariate.

    Parameters
    ----------
    frame : DataFrame
        ``term, level, before, after``.
    ax : Axes, optional
    limit : float
        Differences within this are shaded as small.
    look
        ``title, labels, palette, order``: see `Look`. Codes are terms and levels, and ``before`` and ``after``.

    Returns
    -------
    Axes
    """
    look.check([*frame["term"], *frame["level"], "before", "after"])
    place = {str(c): n for n, c in enumerate(look.arranged(dict.fromkeys([*frame["term"], *frame["level"]])))}
    rows = (
        frame.iloc[np.lexsort([[place[str(v)] for v in frame[c]] for c in ("level", "term")])] if look.order else frame
    )
    shown = rows.iloc[::-1]
    labels = [
        f"{look.word(r.term)}: {look.word(r.level)}" if r.level else look.word(r.term) for r in shown.itertuples()
    ]
    first, last = (COLOURS[1], COLOURS[0]) if look.palette is None else look.colours(["before", "after"])
    y = np.arange(len(shown))
    with style():
        ax = axes_for(ax, 1.3 + 0.27 * len(shown))
        ax.axvspan(-limit, limit, color=RULE, alpha=0.5, lw=0)
        ax.axvline(0, color=QUIET, lw=0.8)
        ax.hlines(y, shown["before"], shown["after"], color=RULE, lw=1.2)
        ax.plot(shown["before"], y, ls="", marker=MARKERS[0], mec=first, mfc="none", label=look.word("before"))
        ax.plot(shown["after"], y, ls="", marker=MARKERS[1], color=last, label=look.word("after"))
        ax.set_yticks(y, [wrapped(label, 18 if is_narrow() else 40) for label in labels])
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.set(ylim=(-0.6, len(shown) - 0.4), title=look.title)
        ax.set_xlabel(axis_text(f"standardised difference of means; shaded: within {limit:g}"))
        # Above the rows, where no mark can lie under it.
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0.2)
        text = "; ".join(
            f"{label}: {rounded(r.before, 2)} before, {rounded(r.after, 2)} after"
            for label, r in zip(labels[::-1], rows.itertuples(), strict=True)
        )
        return keep(ax, frame, alt=f"Standardised differences. {text}.")
