"""A table of rates -> rows of intervals that say what they count, per how much person-time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from clemency.figures.theme.look import plotted
from clemency.figures.theme.units import converted
from clemency.figures.theme.wording import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MANY = 8


def rate_rows(
    table: pd.DataFrame,
    by: Sequence[str],
    per: tuple[float, str | None],
    ax: Axes | None,
    options: Mapping[str, Any],
) -> Axes:
    """Rows of rates, in the unit of person-time asked for.

    Parameters
    ----------
    table : DataFrame
        Columns of `by`, ``outcome, n_event, person_months`` or ``person_time``, ``estimate, ci_low, ci_high``.
    by : sequence of str
    per : (float, str or None)
        Person-time that rates are for, and its unit.
    ax : Axes or None
    options : mapping
        What ``plot()`` was given by name.
    """
    from clemency.figures.estimates.rows import intervals

    given = {k: v for k, v in options.items() if k != "time_unit"}
    factor, unit = converted(per[1], options.get("time_unit"))
    several = table["outcome"].nunique() > 1
    frame = table.assign(label=_labels(table, by, several))
    frame[["estimate", "ci_low", "ci_high"]] = frame[["estimate", "ci_low", "ci_high"]] / factor
    own = next((c for c in ("person_months", "person_time") if c in frame), None)
    if own is not None and factor != 1:
        frame = frame.assign(**{own: frame[own] * factor}).rename(columns={own: f"person_{unit}"})
    if len(frame) > _MANY and not several and len(by) == 1 and _unordered(table[by[0]]) and "order" not in given:
        frame = frame.sort_values("estimate", ascending=False, kind="stable")
    time = f"per {per[0]:,g} person-{unit}" if unit else f"per {per[0]:,g} units of person-time"
    what = "events" if several else words(str(table["outcome"].iloc[0])) if len(table) else "events"
    counted = "events" if what in ("event", "events", "1") else "acts"
    asked = plotted(given, intervals, also=("time_unit",))
    return intervals(frame, ax=ax, xlabel=f"{what}, {time}" if what != "event" else time, counted=counted, **asked)


def _labels(table: pd.DataFrame, by: Sequence[str], several: bool) -> pd.Series:
    outcome = table["outcome"].astype(str)
    if not by:
        return outcome
    groups = table[list(by)].astype(str).agg(", ".join, axis=1)
    return groups + ": " + outcome.map(words) if several else groups


def _unordered(values: pd.Series) -> bool:
    """Whether the levels have no order of their own: names, and neither numbers nor ordered categories."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return not values.cat.ordered and not pd.to_numeric(values.astype(str), errors="coerce").notna().any()
    return not pd.to_numeric(values, errors="coerce").notna().any()
