"""Cohort, panel or dated events -> counts and time at risk by calendar period, with season and trend columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts import Cohort, ImputedCohort
from clemency.cohorts.ratetables.ratetable import RateTable
from clemency.models.imputation.repeated import imputation
from clemency.models.modelframe.frames import as_frame
from clemency.models.modelframe.measures import NEEDED, measures, refuse_counts
from clemency.models.series.panels import absent_cells, filled
from clemency.records import dates as edtf
from clemency.records.arguments.days import When, first_day, last_day
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.wording import counted
from clemency.records.schema import EVENTS
from clemency.records.tables.frames import checked_frame
from clemency.records.values.numbers import LARGEST_WHOLE
from clemency.typing import Floats

PERIODS = {"Q": "quarter", "Y": "year", "M": "month"}
PER_YEAR = {"Q": 4, "Y": 1, "M": 12}
_FORM = {
    "Q": (r"[0-9]{4}-?Q[1-4]", "2017Q2"),
    "Y": (r"[0-9]{4}", "2017"),
    "M": (r"[0-9]{4}-(0[1-9]|1[0-2])", "2017-05"),
}


def by_period(data: Cohort | pd.DataFrame, outcome: str | Sequence[str] | None, freq: str) -> pd.DataFrame:
    """Acts and person-months of all periods from the first to the last; both 0 where there is no row.

    Parameters and errors are those of `recorded`.
    """
    sums = recorded(data, outcome, freq)
    return sums.reindex(pd.period_range(sums.index.min(), sums.index.max(), freq=freq), fill_value=0.0)


def recorded(data: Cohort | pd.DataFrame, outcome: str | Sequence[str] | None, freq: str) -> pd.DataFrame:
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
        ``acts, months`` on an index of the periods that have a row, in order.

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
    if isinstance(data, RateTable):
        data, names = _of_table(data, names, freq)
    if isinstance(data, Cohort):
        names = _outcomes(data, names)
        data = data.panel(freq)
    data = as_frame(data)
    if not names:
        raise UsageError("Name the columns that count acts: outcome=.")
    _check_columns(data, names, PERIODS[freq])
    numbers = pd.DataFrame(
        {c: measures(data[c], c, mend=NEEDED, data="panel") for c in ("months", *names)}, index=data.index
    )
    for column in numbers:
        _refuse(data, column, ~(numbers[column] >= 0), "must be a number of 0 or more")
    for name in names:
        refuse_counts(numbers[name].to_numpy(), name, LARGEST_WHOLE, "panel", NEEDED)
    period = _labelled(data, freq)
    if not len(data):
        raise DataError([Problem("panel", None, "", "", "nobody is at risk", "Make another cohort.")])
    acts = numbers[names].sum(axis=1).to_numpy()
    sums = pd.DataFrame({"acts": acts, "months": numbers["months"].to_numpy()}).groupby(period).sum()
    bad = sums.index[(sums["acts"] > 0) & (sums["months"] <= 0)]
    if len(bad):
        text, remedy = "acts in a period in which nobody is at risk", "Correct the months."
        raise DataError([Problem("panel", None, "months", str(p), text, remedy) for p in bad])
    return sums


def _check_columns(data: pd.DataFrame, names: list[str], period: str) -> None:
    missing = [c for c in (period, "months", *names) if c not in data]
    if missing:
        raise UsageError(f"The panel has no column {', '.join(missing)}; it needs {period}, months and outcomes.")
    if {"months", period} & set(names):
        raise UsageError(f"outcome= names a column of counts, not {'months' if 'months' in names else period!r}.")


def check_missing(data: Any, missing: str | None) -> None:
    """Refuse an unknown ``missing=``, or one for a cohort, which does not need it."""
    if missing not in (None, "zero"):
        raise UsageError(f"missing={missing!r} is not one of: None, 'zero'.")
    if missing and knows_risk(data):
        raise UsageError("A cohort, or a table of one, knows when somebody was at risk: leave missing= out.")


def knows_risk(data: Any) -> bool:
    """Whether a period that is not there is one in which nobody was at risk."""
    return isinstance(data, Cohort | ImputedCohort | RateTable)


def every_row(
    data: Any, sums: pd.DataFrame, outcome: Any, span: pd.PeriodIndex, freq: str, missing: str | None
) -> pd.DataFrame:
    """Series of a frame in which no period of the span is absent, nor one of a single group.

    Parameters and errors are those of `without_gaps`; `data` and `outcome` those of `recorded`, which made `sums`.
    """
    frame, column = as_frame(data), PERIODS[freq]
    names = [outcome] if isinstance(outcome, str) else list(outcome)
    absent = absent_cells(frame, _labelled(frame, freq), [column, "months", *names])
    if absent is not None:
        inside = absent[(absent["period"] >= span[0]) & (absent["period"] <= span[-1])]
        sums = filled(sums, inside, column, missing)
    return without_gaps(sums, span, freq, missing)


def without_gaps(sums: pd.DataFrame, span: pd.PeriodIndex, freq: str, missing: str | None) -> pd.DataFrame:
    """Series of a frame in which all periods of the span are there.

    Parameters
    ----------
    sums : DataFrame
        ``acts, months`` of periods with a row.
    span : PeriodIndex
        Without gaps.
    freq : {"Q", "Y", "M"}
    missing : {"zero"} or None
        Periods without a row have no acts, and the time at risk of all others; else they are refused.

    Raises
    ------
    DataError
        Naming the first periods without a row, or where their time at risk cannot be known.
    """
    absent = span[~span.isin(sums.index)]
    if not len(absent):
        return sums
    name = PERIODS[freq]
    shown = ", ".join(str(p) for p in absent[:5]) + (" ..." if len(absent) > 5 else "")
    if missing is None:
        what = f"{len(absent)} of {len(span)} {name}s have no row: {shown}"
        mend = (
            "It is not said whether they had no acts, nobody at risk, or no record. Add their rows (0 acts and the "
            "months at risk, or 0 months), or say missing='zero' if nothing happened and as many as ever were at risk"
        )
        raise DataError([Problem("panel", None, name, "", what, f"{mend}.")])
    months = sums["months"].to_numpy()
    if not (months > 0).all() or np.ptp(months) > 1e-9 * months.max():
        what = f"the months at risk of {shown} are not known: they are {months.min():g} to {months.max():g} elsewhere"
        mend = f"Add rows for these {name}s, with 0 acts and the months at risk: missing='zero' cannot give them."
        raise DataError([Problem("panel", None, "months", "", what, mend)])
    rest = pd.DataFrame({"acts": 0.0, "months": months[0]}, index=absent)
    return pd.concat([sums, rest]).sort_index()


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


def _of_table(table: RateTable, names: list[str], freq: str) -> tuple[pd.DataFrame, list[str]]:
    """Cells of a rate table as a panel, and the outcomes asked for, or the only one."""
    if table.calendar != freq:
        raise UsageError(
            f"The table has calendar={table.calendar!r} and not {freq!r}: make it with the periods of freq=."
        )
    known = ", ".join(table.outcomes)
    if not names and len(table.outcomes) > 1:
        raise UsageError(f"The table has several outcomes ({known}): say with outcome= which, or name all to add them.")
    unknown = [n for n in names if n not in table.outcomes]
    if unknown:
        raise UsageError(f"outcome {unknown[0]!r} is not an event of the table: {known}.")
    names = names or list(table.outcomes)
    cells = table.to_pandas()
    sums = cells.groupby(PERIODS[freq], observed=True)[["person_months", *names]].sum().reset_index()
    return sums.rename(columns={"person_months": "months"}), names


def _labelled(data: pd.DataFrame, freq: str) -> pd.PeriodIndex:
    """Periods that the labels name; a bare year is not a quarter, although pandas reads it as the first one."""
    column, form, such = PERIODS[freq], *_FORM[freq]
    _refuse(data, column, data[column].isna(), "is missing")
    place, labels = pd.factorize(data[column].astype(str))  # many rows, few periods
    text = pd.Series(labels).str.upper()
    if freq == "Y":
        text = text.str.removesuffix(".0")
    wrong = ~text.str.fullmatch(form).to_numpy(dtype=bool)
    _refuse(data, column, pd.Series(wrong[place]), f"is not a {column} such as {such}")
    return pd.PeriodIndex(text, freq=freq).take(place)


def _refuse(data: pd.DataFrame, column: str, bad: pd.Series, text: str) -> None:
    rows = np.flatnonzero(bad.to_numpy(bool))
    if len(rows):
        value = data[column].to_numpy(dtype=object)
        raise DataError([Problem("panel", int(i), column, str(value[i]), text, "Correct the row.") for i in rows])


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
    events = checked_frame(events, EVENTS, dates=("date",), keyed=True)
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


def span_of(there: pd.PeriodIndex, start: When | None, end: When | None, freq: str) -> pd.PeriodIndex:
    """All periods from `start` to `end`, or from the first to the last of those that are there."""
    first = there.min() if start is None else bound(start, freq, "start")
    last = there.max() if end is None else bound(end, freq, "end")
    if not first <= last:
        raise UsageError(f"The start, {first}, is after the end, {last}.")
    return pd.period_range(first, last, freq=freq)


def usable(
    series: pd.DataFrame, span: pd.PeriodIndex, lags: int, leads: int, complete: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Periods in the fit, with their place in the span, and the others with the reason.

    Where the series is `complete`, that of a cohort, nobody is at risk in a period that it does not have.
    """
    table = series.reindex(span, fill_value=0.0).assign(place=np.arange(len(span)))
    far = (table["place"] < lags) | (table["place"] >= len(span) - leads)
    empty = table["months"] <= 0
    beyond = ~table.index.isin(series.index) & (not complete)
    outside = series[(series["months"] > 0) & ~series.index.isin(span)]
    parts = [
        (outside.index, "not between start and end"),
        (table.index[far], "leads or lags reach beyond the events"),
        (table.index[beyond & ~far], "before or after the panel"),
        (table.index[empty & ~beyond & ~far], "nobody at risk"),
    ]
    left = pd.concat([pd.DataFrame({"item": p.astype(str), "reason": why}) for p, why in parts], ignore_index=True)
    kept = table[~far & ~empty]
    _refuse_idle(kept)
    return kept, left


def _refuse_idle(kept: pd.DataFrame) -> None:
    if not kept["acts"].sum():
        text = f"no act in the {counted(len(kept), 'period')} that can be used"
        raise DataError([Problem("panel", None, "", "", text, "Move start= and end=, or choose another outcome.")])


def shared(
    every: Sequence[pd.DataFrame], span: pd.PeriodIndex, lags: int, leads: int, complete: bool
) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """Periods that can be used in every series, and the others with the reason.

    Parameters
    ----------
    every : sequence of DataFrame
        ``acts, months`` by period, one frame for each imputation.
    span, lags, leads, complete
        As in `usable`.

    Returns
    -------
    list of DataFrame
        With the same periods in all.
    DataFrame
        ``item, reason``.

    Raises
    ------
    DataError
        If no act is left in one of them.
    """
    found = []
    for k, series in enumerate(every, 1):
        with imputation(k, len(every)):
            found.append(usable(series, span, lags, leads, complete))
    common = found[0][0].index
    for table, _ in found[1:]:
        common = common.intersection(table.index)
    tables = [table.loc[common] for table, _ in found]
    for k, table in enumerate(tables, 1):
        with imputation(k, len(every)):
            _refuse_idle(table)
    left = pd.concat([unused for _, unused in found], ignore_index=True).drop_duplicates(ignore_index=True)
    used = {str(p) for table, _ in found for p in table.index}
    some = left["reason"].eq("nobody at risk") & left["item"].isin(used)
    return tables, left.assign(reason=left["reason"].mask(some, "nobody at risk in some imputations"))


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
