"""Dated events and a duration -> windows of time in which cases are exposed, by the column that marks them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency.records import dates as edtf
from clemency.records.arguments.days import Lasting, duration
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.schema import EVENTS
from clemency.records.tables.frames import checked_frame
from clemency.typing import Floats


class _Unsaid(str):
    """A default that can be told from the same text in a call."""

    __slots__ = ()


#: The events' kinds, each with a column of its own, where the call names neither column.
EACH_TYPE = _Unsaid("event_type")


def grouping(by: str | None, name: str | None) -> str | None:
    """The column whose values give columns of their own: none where the call names the one that it wants."""
    return None if by is EACH_TYPE and name else by


def event_windows(
    spells: pd.DataFrame, events: pd.DataFrame, window: Lasting, by: str | None, name: str | None
) -> dict[str, tuple[Floats, Floats]]:
    """First and last days of the windows (first, last] after events.

    Parameters
    ----------
    spells : DataFrame
        Whose columns are taken.
    events, window, by, name
        As in `Cohort.expose`.

    Returns
    -------
    dict of (ndarray, ndarray)
        Days since 1970, by the name of the column that marks them.

    Raises
    ------
    UsageError, DataError
        As `Cohort.expose` says.
    """
    for column in ("date", *([by] if by else [])):
        if column not in events:
            raise UsageError(f"The events have no column '{column}'.")
    length = duration(window, "window")
    events = checked_frame(events, EVENTS, dates=("date",), keyed=True)
    number = _days(events)
    stem = name or "exposed"
    if by is None:
        groups = {stem: number}
    else:
        if events[by].isna().any():
            raise UsageError(f"An event has no {by}: leave it out, or use by=None.")
        value = events[by].astype(str).to_numpy()
        groups = {f"{stem}_{v}": number[value == v] for v in dict.fromkeys(value)}
    there = [c for c in groups if c in spells]
    if there:
        raise UsageError(f"The spells have {', '.join(there)} already; choose another name=.")
    return {k: (v, v + length) for k, v in groups.items()}


def _days(events: pd.DataFrame) -> Floats:
    """Last possible day of each event, from which nobody is exposed before it happened."""
    day = edtf.bounds(events["date"], table="events").latest
    open_ended = np.flatnonzero(np.isnat(day))
    if len(open_ended):  # a cohort has nowhere to say that an event was left out
        text, remedy = "no last day, so that its exposure has no beginning", "Date the event, or leave it out."
        value = events["date"].astype("string").fillna("").to_numpy()
        raise DataError([Problem("events", int(i), "date", str(value[i]), text, remedy) for i in open_ended])
    return day.astype("int64").astype(float)
