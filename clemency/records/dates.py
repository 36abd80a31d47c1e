"""Partial dates in a subset of EDTF (ISO 8601-2) -> the first and last day that they can mean.

The subset: ``1989``, ``1998-08``, ``2017-05-27``; unspecified digits ``199X``, ``19XX``, ``2004-XX``,
``2004-05-XX``; intervals ``1994-02/1994-03`` with an open end ``..``; a trailing ``~`` (approximate),
``?`` (uncertain) or ``%`` (both). Empty means unknown. An interval is read as one date that lies
somewhere within it. The three marks flag a date and do not widen its bounds: no source says by how much.

Columns may also hold days and periods of Python, NumPy, pandas and Arrow, mixed or not (see
:mod:`clemency.records.datetext`). Digits are 0 to 9 and blanks are not allowed. Years run from 1678 to 2261, which
days to the nanosecond can hold.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import datetext
from clemency.records.errors import DataError, Problem

Days = NDArray[np.datetime64]

_POINT = re.compile(r"([0-9]{4}|[0-9]{3}X|[0-9]{2}XX)(?:-([0-9]{2}|XX)(?:-([0-9]{2}|XX))?)?([~?%]?)")
# A day, a month and a year with slashes between them, in whatever order: no interval, whatever EDTF makes of a slash.
_SLASHED = re.compile(r"[0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4}")
_NO_DATE = "not a date such as 1989, 1998-08 or 2017-05-27"
_PRECISIONS = ("day", "month", "year", "decade", "century", "interval")
_NAT = np.datetime64("NaT", "D")
_OUTSIDE = f"outside the years {datetext.FIRST_YEAR} to {datetext.LAST_YEAR} that days can be reckoned in"
_OPEN = "Leave it empty if the date is not known, and write an interval such as 2017-05-27/.. if it has no end."


@dataclass(frozen=True, slots=True)
class Edtf:
    """One partial date: its text, first and last possible day, precision and marks."""

    text: str
    earliest: np.datetime64
    latest: np.datetime64
    precision: str
    approximate: bool
    uncertain: bool

    @property
    def midpoint(self) -> np.datetime64:
        """The day halfway, the earlier one of two; NaT if an end is open."""
        return self.earliest + (self.latest - self.earliest) // 2


@dataclass(frozen=True, slots=True)
class Bounds:
    """First and last possible days, two arrays of datetime64[D] of shape (n,); NaT where unknown or open."""

    earliest: Days
    latest: Days

    def at(self, which: NDArray[Any]) -> Bounds:
        """Those of some of the dates, by position or by mask."""
        return Bounds(self.earliest[which], self.latest[which])


@lru_cache(maxsize=2**15)
def parse(text: str) -> Edtf:
    """Read one partial date.

    Parameters
    ----------
    text : str
        A date in the subset of EDTF that the module describes.

    Returns
    -------
    Edtf

    Raises
    ------
    ValueError
        If the text is not in the subset, or names a day that does not exist.

    References
    ----------
    Library of Congress, Extended Date/Time Format (EDTF) specification, 2019.

    Examples
    --------
    >>> d = parse("1998-08~")
    >>> str(d.earliest), str(d.latest), d.precision, d.approximate
    ('1998-08-01', '1998-08-31', 'month', True)
    """
    if "/" not in text:
        return _point(text)
    ends = text.split("/")
    if _SLASHED.fullmatch(text):
        raise ValueError(_NO_DATE)
    if len(ends) != 2:
        raise ValueError("an interval has one slash")
    if set(ends) <= {"..", ""}:
        raise ValueError("an interval needs at least one end")
    first, last = (None if e in ("..", "") else _point(e) for e in ends)
    earliest = first.earliest if first else _NAT
    latest = last.latest if last else _NAT
    if first and last and first.earliest > last.latest:
        raise ValueError("the interval ends before it begins")
    known = [p for p in (first, last) if p]
    return Edtf(
        text,
        earliest,
        latest,
        "interval",
        any(p.approximate for p in known),
        any(p.uncertain for p in known),
    )


def _point(text: str) -> Edtf:
    match = _POINT.fullmatch(text)
    if match is None:
        raise ValueError(_NO_DATE)
    year, month, day, mark = match.groups()
    if "X" in year and month is not None:
        raise ValueError("a month needs a whole year before it")
    if month == "XX" and day not in (None, "XX"):
        raise ValueError("a day needs a month before it")
    if year == "0000":
        raise ValueError("there is no year 0000 in these records")
    if int(year.replace("X", "0")) < datetext.FIRST_YEAR or int(year.replace("X", "9")) > datetext.LAST_YEAR:
        raise ValueError(_OUTSIDE)
    earliest, latest, precision = _span(year, month, day)
    return Edtf(text, earliest, latest, precision, mark in ("~", "%"), mark in ("?", "%"))


def _span(year: str, month: str | None, day: str | None) -> tuple[np.datetime64, np.datetime64, str]:
    first, last = int(year.replace("X", "0")), int(year.replace("X", "9"))
    if month is None or month == "XX":
        precision = {0: "year", 1: "decade", 2: "century"}[year.count("X")]
        return np.datetime64(f"{first:04d}-01-01"), np.datetime64(f"{last:04d}-12-31"), precision
    if not 1 <= int(month) <= 12:
        raise ValueError(f"there is no month {month}")
    length = calendar.monthrange(first, int(month))[1]
    if day is None or day == "XX":
        return np.datetime64(f"{year}-{month}-01"), np.datetime64(f"{year}-{month}-{length:02d}"), "month"
    if not 1 <= int(day) <= length:
        raise ValueError(f"there is no day {day} in {year}-{month}")
    exact = np.datetime64(f"{year}-{month}-{day}")
    return exact, exact, "day"


def _factorised(values: Iterable[Any]) -> tuple[NDArray[np.intp], list[Any]]:
    """Codes (-1 where unknown) and the distinct values, so that each is parsed once."""
    series, odd = _plain(values), {}
    if series.dtype == object and pd.api.types.infer_dtype(series, skipna=True) not in ("string", "empty"):
        # Each is read by itself: one instant in two time zones is two days, though the values are equal.
        given = [None if _missing(v) else _or_itself(v) for v in series]
        odd = {i: v for i, v in enumerate(given) if v is not None and not isinstance(v, str)}
        series = pd.Series([v if isinstance(v, str) else None for v in given], dtype=object)
    codes, distinct = pd.factorize(series, use_na_sentinel=True)
    codes, found = np.array(codes, dtype=np.intp), [_or_itself(v) for v in distinct]
    if "" in found:
        codes[codes == found.index("")] = -1
    for i, value in odd.items():  # no dates, and not always hashable
        codes[i] = len(found)
        found.append(value)
    return codes, found


def _plain(values: Iterable[Any]) -> pd.Series:
    """A column of days without time zone, of texts, or of objects."""
    kind = getattr(values, "dtype", None)
    weeks = isinstance(kind, np.dtype) and kind.kind == "M" and np.datetime_data(kind)[0] in ("Y", "M", "W")
    series = pd.Series(list(values), dtype=object) if kind is None or weeks else pd.Series(values)
    kind = series.dtype
    if isinstance(kind, pd.DatetimeTZDtype):
        series = series.dt.tz_localize(None)
    if isinstance(series.dtype, np.dtype) and series.dtype.kind == "M":
        days = series.to_numpy().astype("datetime64[D]")
        return pd.Series(days.astype("datetime64[s]"))
    if isinstance(kind, pd.CategoricalDtype | pd.PeriodDtype | pd.StringDtype) or series.dtype == object:
        return series.reset_index(drop=True)
    return pd.Series(list(series.astype(object)), dtype=object)


def _missing(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _or_itself(value: Any) -> Any:
    """The text of a date; anything else is returned unchanged, to be named in an error."""
    try:
        return datetext.as_text(value)
    except ValueError:
        return value


def _parsed(values: list[Any], wanted: Iterable[int]) -> tuple[dict[int, Edtf], dict[int, str]]:
    good: dict[int, Edtf] = {}
    bad: dict[int, str] = {}
    for code in wanted:
        try:
            good[code] = parse(datetext.as_text(values[code]))
        except ValueError as error:
            bad[code] = str(error)
    return good, bad


def _remedy(value: Any, reason: str) -> str:
    return datetext.remedy(value, parse, _OPEN if reason == _OUTSIDE else datetext.ALLOWED)


def _read(values: Iterable[Any], name: str, table: str) -> tuple[NDArray[np.intp], dict[int, Edtf]]:
    codes, distinct = _factorised(values)
    good, bad = _parsed(distinct, {int(c) for c in np.unique(codes)} - {-1})
    if bad:
        found = _problems(codes, distinct, bad)
        raise DataError([Problem(table, i, name, text, reason, mend) for i, text, reason, mend in found])
    return codes, good


def _problems(codes: NDArray[np.intp], values: list[Any], bad: dict[int, str]) -> list[tuple[int, str, str, str]]:
    mend = {code: _remedy(values[code], reason) for code, reason in bad.items()}
    rows = np.flatnonzero(np.isin(codes, list(bad)))
    return [(int(i), str(values[c]), bad[c], mend[c]) for i, c in zip(rows, codes[rows].tolist(), strict=True)]


def _spread(codes: NDArray[np.intp], by_code: dict[int, Any], empty: Any, dtype: Any) -> NDArray[Any]:
    table = np.full(max(by_code, default=-1) + 2, empty, dtype=dtype)
    for code, value in by_code.items():
        table[code] = value
    return table[codes]  # the code -1 takes the last entry, which stays empty


def bounds(values: Iterable[Any], *, name: str = "date", table: str = "frame") -> Bounds:
    """First and last possible day of many partial dates.

    Parameters
    ----------
    values : sequence or column of dates, shape (n,)
        EDTF texts, days or periods, in any storage; missing or empty where unknown.
    name, table : str
        Column and table to name in an error.

    Returns
    -------
    Bounds
        NaT where a date is unknown or an end is open.

    Raises
    ------
    DataError
        Listing every malformed value with its position.

    Examples
    --------
    >>> b = bounds(["1989", None, "2017-05-27"])
    >>> b.latest
    array(['1989-12-31',        'NaT', '2017-05-27'], dtype='datetime64[D]')
    """
    codes, good = _read(values, name, table)
    first = _spread(codes, {c: d.earliest for c, d in good.items()}, _NAT, "datetime64[D]")
    last = _spread(codes, {c: d.latest for c, d in good.items()}, _NAT, "datetime64[D]")
    return Bounds(first, last)


def midpoint(values: Iterable[Any], *, name: str = "date", table: str = "frame") -> Days:
    """Day halfway between the bounds of each date, the earlier of two; NaT where unknown or open.

    Parameters
    ----------
    values : sequence or column of dates, shape (n,)
        As for `bounds`.
    name, table : str
        Column and table to name in an error.

    Returns
    -------
    ndarray of datetime64[D], shape (n,)

    Raises
    ------
    DataError
        Listing every malformed value.

    Examples
    --------
    >>> midpoint(["2017-05", "2017-05-27"])
    array(['2017-05-16', '2017-05-27'], dtype='datetime64[D]')
    """
    span = bounds(values, name=name, table=table)
    return halfway(span.earliest, span.latest)


def halfway(earliest: Days, latest: Days) -> Days:
    """Day halfway between two arrays of days, the earlier of two; NaT where either is NaT."""
    return earliest + (latest - earliest) // 2


def precision(values: Iterable[Any], *, name: str = "date", table: str = "frame") -> pd.Categorical:
    """Precision of each date.

    Parameters
    ----------
    values : sequence or column of dates, shape (n,)
        As for `bounds`.
    name, table : str
        Column and table to name in an error.

    Returns
    -------
    Categorical, shape (n,)
        ``day, month, year, decade, century, interval``; missing where unknown.

    Raises
    ------
    DataError
        Listing every malformed value.
    """
    codes, good = _read(values, name, table)
    return pd.Categorical(
        _spread(codes, {c: d.precision for c, d in good.items()}, None, object), categories=list(_PRECISIONS)
    )


def problems(values: Iterable[Any]) -> list[tuple[int, str, str, str]]:
    """Position, text, reason and remedy of every value that is no date.

    Examples
    --------
    >>> problems(["2017-02-30", "2017", "", "2017Q2"])[1]
    (3, '2017Q2', 'not a date such as 1989, 1998-08 or 2017-05-27', 'Write 2017-04/2017-06.')
    """
    codes, distinct = _factorised(values)
    _, bad = _parsed(distinct, range(len(distinct)))
    return _problems(codes, distinct, bad)


def out_of_order(first: Bounds, second: Bounds) -> NDArray[np.bool_]:
    """Where a date must lie after another one whatever days the two mean, shape (n,)."""
    return np.asarray(first.earliest > second.latest)
