"""Curves -> the counts behind them by group, and their figure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.figures.charts import MOST_CURVES, share_label
from clemency.models.curvesteps import StepCurves, count_in_groups, parts
from clemency.models.timeunits import summed
from clemency.records.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def counts(curves: StepCurves) -> pd.DataFrame:
    """Give the spells, time at risk and events of each group; see :meth:`Curves.glance`."""
    h = curves.history
    G, code = len(h.groups), h.groups.code
    span = h.exit if h.entry is None else h.exit - h.entry
    rising = curves.kind == "incidence"
    shown = np.isin(h.event, h.code_of(curves.table["outcome"].cat.categories)) if rising else h.event > 0
    found = h.groups.levels[list(curves.by)].assign(
        n=np.bincount(code, minlength=G),
        **summed(np.bincount(code, span, minlength=G), h.unit),
        events=np.bincount(code[shown], minlength=G),
    )
    return found.assign(competing=np.bincount(code[(h.event > 0) & ~shown], minlength=G)) if rising else found


def draw(curves: StepCurves, ax: Axes | None, outcome: str | None, until: float | None) -> Axes:
    """Draw step curves with numbers at risk; see :meth:`Curves.plot`."""
    from clemency.figures import step_curves

    h, by = curves.history, list(curves.by)
    if outcome is not None and outcome not in h.outcomes:
        raise UsageError(f"outcome={outcome!r} is not one of: {', '.join(h.outcomes) or 'no event'}.")
    table = curves.table if outcome is None else curves.table[curves.table["outcome"] == outcome]
    last = pd.Series(h.exit).groupby(h.groups.code).max()
    groups = h.groups.levels[by].assign(last=last)
    n = max(len(groups) * table["outcome"].nunique(), len(groups))
    if n > MOST_CURVES:
        raise UsageError(
            f"{n} curves in one figure cannot be told apart (at most {MOST_CURVES}): name one outcome=, or pool "
            f"the levels of {', '.join(by)}"
        )
    start = 1.0 if curves.kind == "survival" else 0.0
    options: dict[str, Any] = {"until": until, "start": start, "groups": groups, "unit": h.unit}
    named = [outcome] if outcome else list(dict.fromkeys(values[0] for values, _ in parts(curves)))
    return step_curves(
        table,
        ax=ax,
        by=by,
        at_risk=partial(count_in_groups, curves.history),
        ylabel=share_label(curves.kind, named),
        **options,
    )
