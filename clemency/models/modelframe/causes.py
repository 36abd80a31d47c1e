"""A frame or cohort with events known as intervals, and their kinds -> arrays, with what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.models.modelframe.exclusions import require_columns
from clemency.models.modelframe.frames import as_table
from clemency.models.modelframe.history import Names
from clemency.models.modelframe.intervals import Intervals, intervals
from clemency.models.modelframe.status import CENSORED, event_codes
from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Bools, Ints

_UNKNOWN = (
    "Name its kind. Where nobody knows it, make that a kind of its own, such as 'kind not known': the share with an "
    "event of another kind then lies between its incidence and the sum of the two."
)
_REMEDIES = {
    "upper before lower": "the first time with the event comes before the last without it: exchange or mend them",
    "lower before entry": (
        "the case was seen before it entered: mend one of the two; a case that was at risk from 0 has entry 0"
    ),
}


@dataclass(frozen=True, slots=True)
class CausedIntervals:
    """Cases with what is known of their event.

    Attributes
    ----------
    read : Intervals, n cases
    kind : ndarray of int, shape (n,)
        0 without an event, k for the kind ``kinds[k - 1]``.
    kinds : tuple of str
    remedies : tuple of str
        What to do about rows that contradict themselves, which are left out.
    own_ends : int
        Cases of a cohort with an interval that closes with the end of the case.
    turns : int
        Ends of a cohort whose kind depends on their day, for which the chosen one is taken.
    several : int
        Persons of a cohort with more than one case.
    """

    read: Intervals
    kind: Ints
    kinds: tuple[str, ...]
    remedies: tuple[str, ...]
    own_ends: int = 0
    turns: int = 0
    several: int = 0


def caused_intervals(
    data: Any,
    lower: str | None,
    upper: str | None,
    event: str | None,
    entry: str | None = None,
    *,
    weights: str | None = None,
    by: Names = None,
    censored: str | None = CENSORED,
) -> CausedIntervals:
    """Read intervals with the kind of event in each.

    Parameters
    ----------
    data : Cohort, DataFrame, mapping of columns, or a Table made of one
        A cohort gives its `intervals`, ``entry`` and ``event`` among them; those whose interval cannot be used are left
        out for the reason that they give.
    lower, upper, entry, weights, by
        As for `clemency.models.modelframe.intervals.intervals`.
    event : str
        Column with the kind of event; not read, but for contradictions, where ``upper`` is missing.
    censored : str or None
        The word in ``event`` that means no event.

    Returns
    -------
    CausedIntervals

    Raises
    ------
    UsageError
        For a column that is not there or not named.
    DataError
        For an event without a kind, a kind without an event, and what cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"seen": [0, 2, 5], "gone": [4, 2, None], "how": ["act", "death", None]})
    >>> found = caused_intervals(d, "seen", "gone", "how")
    >>> found.kind.tolist(), found.kinds
    ([1, 2, 0], ('act', 'death'))
    """
    given, unusable, counts = as_table(data), None, dict[str, int]()
    frame = given.frame
    if isinstance(given.cohort, Cohort):
        frame, unusable, counts = _of_cohort(given.cohort)
        entry, event = entry or "entry", event or "event"
    if event is None:
        raise UsageError("name the column with the kinds of event: event=")
    require_columns(frame, [event])
    read = intervals(frame, lower, upper, entry, weights=weights, by=by)
    column = frame[event].iloc[read.rows]
    code, kinds = _codes(column, np.isinf(read.times.upper), event, censored)
    _refuse(read, column, code, kinds, (event, str(upper)))
    if unusable is not None:
        read = replace(read, exclusions=pd.concat([unusable, read.exclusions], ignore_index=True))
    said = [
        f"{r.reason.capitalize()} in row {r.first_rows} (column {r.column}), left out: {_REMEDIES[r.reason]}."
        for r in read.exclusions.itertuples()
        if r.reason in _REMEDIES
    ]
    return CausedIntervals(read, code, kinds, tuple(said), **counts)


def _of_cohort(cohort: Cohort) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """The intervals of a cohort that can be used, the reasons of the others, and what is to be told, counted."""
    if cohort.rules.dates == "impute":
        raise UsageError(
            "an imputed cohort has days drawn within the intervals: give the cohort made with dates='midpoint', whose "
            "intervals need no draws, or leave lower= and upper= out."
        )
    frame = cohort.intervals(ends=True)
    out = frame["reason"] != ""
    rows = [
        {"reason": reason, "column": "reason", "n": len(part), "first_rows": ", ".join(part["case_id"].astype(str)[:5])}
        for reason, part in frame[out].groupby("reason", sort=False)
    ]
    used, own = frame[~out], cohort.first_acts
    assert own is not None  # or there would be no intervals
    mine = own[own["case_id"].isin(used["case_id"])]
    counts = {"own_ends": int(mine["own_end"].sum()), "turns": int(mine["turns"].sum())}
    counts["several"] = int((used["person_id"].value_counts() > 1).sum())
    reasons = pd.DataFrame(rows, columns=["reason", "column", "n", "first_rows"])
    return used, reasons, counts


def _codes(column: pd.Series, open_: Bools, name: str, censored: str | None) -> tuple[Ints, tuple[str, ...]]:
    """Codes of the kinds; where no event is known, an empty cell says as much as the word for it."""
    dtype = column.dtype
    levels = [str(v) for v in dtype.categories] if isinstance(dtype, pd.CategoricalDtype) else []
    empty = open_ & column.isna().to_numpy()
    if pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype):
        return event_codes(column.astype(object).mask(empty, 0), name, censored)
    first = bool(levels) and bool(dtype.ordered) and CENSORED not in levels
    word = levels[0] if first else censored or CENSORED
    if empty.any():
        column = column.cat.add_categories([word]) if levels and word not in levels else column
        column = column.mask(empty, word)
    elif (
        not open_.any() and censored == CENSORED and not first and CENSORED not in {*levels, *column.dropna().unique()}
    ):
        censored = None  # everybody has had an event
    return event_codes(column, name, censored)


def _refuse(read: Intervals, column: pd.Series, code: Ints, kinds: tuple[str, ...], names: tuple[str, str]) -> None:
    """Refuse events without a kind, and kinds without an event."""
    event, upper = names
    open_ = np.isinf(read.times.upper)
    problems = []
    for i in np.flatnonzero(~open_ & (code <= 0)):
        by = f"the event is known to have happened by {read.times.upper[i]:g} ({upper}), but "
        value = "" if code[i] < 0 else str(column.iloc[i])
        what = by + ("not of which kind" if code[i] < 0 else "this says that there was none")
        mend = _UNKNOWN if code[i] < 0 else f"Name its kind, or empty {upper}."
        problems.append(Problem("data", int(read.rows[i]), event, value, what, mend))
    for i in np.flatnonzero(open_ & (code > 0)):
        what = f"an event of this kind, but {upper} is empty or infinite: by no time is it known to have happened"
        mend = f"Give {upper} the first time by which it had, or say '{CENSORED}' if none is known."
        problems.append(Problem("data", int(read.rows[i]), event, kinds[code[i] - 1], what, mend))
    if problems:
        raise DataError(problems)
