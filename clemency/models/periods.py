"""Cohort, panel or dated events -> counts and time at risk by calendar period, with season and trend columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts import Cohort
from clemency.records import dates as edtf
from clemency.records.arguments import first_day, last_day
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.frames import checked_frame
from clemency.records.schema import EVENTS

from .history import as_frame

Floats = NDArray[np.float64]
PERIODS = {"Q": "quarter", "Y": "year", "M": "month"}
PER_YEAR = {"Q": 4, "Y": 1, "M": 12}
_FORM = {
    "Q": (r"[0-9]{4}-?Q[1-4]", "2017Q2"),
    "Y": (r"[0-9]{4}", "2017"),
    "M": (r"[0-9]{4}-(0[1-9]|1[0-2])", "2017-05"),
}


def by_period(data: Cohort | pd.DataFrame, outcome: str | Sequence[str] | None, freq: str) -> pd.DataFrame:
    """Acts and person-months by period.

    Parameters
    ----------
    data : Cohort or DataFrame
        A frame has ``quarter`` (or ``year``, ``month``), ``months`` at risk, and a column of counts per outcome, in any
        number of rows per period: as `Cohort.panel` gives.
    outcome : str or sequence of str, optional
        Acts that are added up; the cohort's outcome by default, if it has one only.
    freq : {"Q", "Y", "M"}

    Returns
    -------
    DataFrame
        ``acts, months`` on an index of all periods from the first to the last; both 0 where nobody was at risk.

    Raises
    ------
    UsageError
        For a frequency, outcome or column that is not there.
    DataError
        If a period, count or time is missing or impossible, or acts fall where nobody is at risk.
    """
    if freq not in PERIODS:
        raise UsageError(f"freq={freq!r} is not one of: Q, Y, M.")
    names = [outcome] if isinstance(outcome, str) else list(dict.fromkeys(outcome or ()))
    if isinstance(data, Cohort):
        names = _outcomes(data, names)
        data = data.panel(freq)
    data = as_frame(data)
    if not names:
        raise UsageError("Name the columns that count acts: outcome=.")
    missing = [c for c in (PERIODS[freq], "months", *names) if c not in data]
    if missing:
        raise UsageError(
            f"The panel has no column {', '.join(missing)}; it needs {PERIODS[freq]}, months and outcomes."
        )
    if {"months", PERIODS[freq]} & set(names):
        raise UsageError(
            f"outcome= names a column of counts, not {'months' if 'months' in names else PERIODS[freq]!r}."
        )
    numbers = data[["months", *names]].apply(lambda column: pd.to_numeric(column, errors="coerce")).astype(float)
    for column in numbers:
        _refuse(data, column, ~(np.isfinite(numbers[column]) & (numbers[column] >= 0)), "must be a number of 0 or more")
    period = _labelled(data, freq)
    if not len(data):
        raise DataError([Problem("panel", None, "", "", "nobody is at risk", "Make another cohort.")])
    acts = numbers[names].sum(axis=1).to_numpy()
    sums = pd.DataFrame({"acts": acts, "months": numbers["months"].to_numpy()}).groupby(period).sum()
    sums = sums.reindex(pd.period_range(period.min(), period.max(), freq=freq), fill_value=0.0)
    bad = sums.index[(sums["acts"] > 0) & (sums["months"] <= 0)]
    if len(bad):
        text, remedy = "acts in a period in which nobody is at risk", "Correct the months."
        raise DataError([Problem("panel", None, "months", str(p), text, remedy) for p in bad])
    return sums


def _outcomes(data: Cohort, names: list[str]) -> list[str]:
    """Outcomes asked for, or the only one that the cohort has."""
    if not names and len(data.rules.outcome) > 1:
        kinds = ", ".join(data.rules.outcome)
        raise UsageError(
            f"The cohort has several outcomes ({kinds}): say with outcome= which, or name all to add them up."
        )
    names = names or list(data.rules.outcome)
    unknown = [n for n in names if n not in data.events]
    if unknown:
        raise UsageError(f"outcome {unknown[0]!r} is not an event of the cohort: {', '.join(data.events)}.")
    return names


def _labelled(data: pd.DataFrame, freq: str) -> pd.PeriodIndex:
    """Periods that the labels name; a year alone is no quarter, though pandas takes it for the first one."""
    column, form, such = PERIODS[freq], *_FORM[freq]
    _refuse(data, column, data[column].isna(), "is missing")
    text = data[column].astype(str).str.upper()
    if freq == "Y":
        text = text.str.removesuffix(".0")
    _refuse(data, column, ~text.str.fullmatch(form), f"is not a {column} such as {such}")
    return pd.PeriodIndex(text, freq=freq)


def _refuse(data: pd.DataFrame, column: str, bad: pd.Series, text: str) -> None:
    rows = np.flatnonzero(bad.to_numpy(bool))
    if len(rows):
        value = data[column].astype(str).to_numpy()
        raise DataError([Problem("panel", int(i), column, value[i], text, "Correct the row.") for i in rows])


def event_counts(events: pd.DataFrame, freq: str, dates: str) -> tuple[pd.Series, pd.DataFrame]:
    """Events by period, and those that could not be placed.

    Parameters
    ----------
    events : DataFrame
        ``date`` in EDTF.
    freq : {"Q", "Y", "M"}
    dates : {"period", "latest"}
        Leave out events whose date does not lie in one period for certain, or take the last possible day.

    Returns
    -------
    Series
        Counts on an index of all periods from the first to the last event.
    DataFrame
        ``item, reason``: events left out.

    Raises
    ------
    UsageError
        For a frame without dates, or another rule.
    DataError
        If no event is left.
    """
    if "date" not in events:
        raise UsageError("The events have no column 'date'.")
    if dates not in ("period", "latest"):
        raise UsageError(f"dates={dates!r} is not one of: period, latest.")
    events = checked_frame(events, EVENTS, dates=("date",))
    span = edtf.bounds(events["date"], table="events")
    first, last = (pd.PeriodIndex(pd.to_datetime(d), freq=freq) for d in (span.earliest, span.latest))
    out = last.isna() if dates == "latest" else ~np.asarray(first == last)
    why = "event without a last day" if dates == "latest" else f"event not dated to one {PERIODS[freq]}"
    ids = events["event_id"] if "event_id" in events else events["date"]
    left = pd.DataFrame({"item": ids.astype(str).to_numpy()[out], "reason": why})
    kept = last[~out]
    if not len(kept):
        raise DataError([Problem("events", None, "date", "", "no event is left", "Choose others, or longer periods.")])
    counts = pd.Series(1, index=kept).groupby(level=0).sum()
    return counts.reindex(pd.period_range(kept.min(), kept.max(), freq=freq), fill_value=0), left


def whole(value: Any) -> bool:
    """Whether a value is a whole number, 0 or more."""
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return bool(number and value >= 0 and value == np.floor(value) and np.isfinite(value))


def bound(value: Any, freq: str, name: str) -> pd.Period:
    """Period that a date lies in, such as ``1995`` for ``start=`` (its first) or ``end=`` (its last)."""
    day = first_day(value, name) if name == "start" else last_day(value, name)
    return pd.Period(pd.Timestamp(day), freq=freq)


def season_columns(period: pd.PeriodIndex, freq: str) -> dict[str, Floats]:
    """Columns of 0 and 1 for quarters or months of the year, the first one that occurs left out."""
    part = period.quarter if freq == "Q" else period.month
    letter = "Q" if freq == "Q" else "M"
    levels = np.unique(part)[1:]
    return {f"{letter}{level}": (part == level).astype(np.float64) for level in levels}


def trend_columns(place: NDArray[np.intp], freq: str, trend: str | None, df: int = 4) -> dict[str, Floats]:
    """Columns of a trend over the calendar.

    Parameters
    ----------
    place : ndarray of int, shape (n,)
        Position of each period.
    freq : {"Q", "Y", "M"}
    trend : {"linear", "spline"} or None
        Years from the middle; or these and the other columns of a natural cubic spline with `df` in all, its inner
        knots at equal quantiles and its outer ones at the ends (the space of R's ``ns(time, df)``).
    df : int

    Returns
    -------
    dict of ndarray, shape (n,)
    """
    if trend is None:
        return {}
    years = (place - place.mean()) / PER_YEAR[freq]
    if trend == "linear":
        return {"trend": years}
    t = (years - years.min()) / (years.max() - years.min())
    knots = np.r_[0.0, np.quantile(t, np.arange(1, df) / df), 1.0]

    def bent(k: int) -> Floats:
        tail = np.maximum(t - knots[k], 0.0) ** 3 - np.maximum(t - knots[-1], 0.0) ** 3
        return np.asarray(tail / (knots[-1] - knots[k]))

    columns = {"trend": years}
    columns |= {f"trend {k + 2}": bent(k) - bent(len(knots) - 2) for k in range(df - 1)}
    return columns
