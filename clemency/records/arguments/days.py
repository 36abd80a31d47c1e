"""An argument that is a date or a duration -> its first and last day, or its number of days.

Every public name that asks for a day, for the end of a time or for a duration reads it here.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from clemency.records import dates, datetext
from clemency.records.errors import UsageError
from clemency.records.terms import DAYS_PER_MONTH

#: What may be given for a date and for a duration; a datetime and a Timestamp are dates.
When = str | date | pd.Period | np.datetime64
Lasting = str | timedelta | np.timedelta64

_SUCH = "Write 2017-06-30, or 2017-06, 2017Q2 or 2017, as text."
_DAY = "Write a day, such as 2017-05-27, as text."
_WINDOW = "Write days or weeks, such as '180D' or '26W'."
_MONTHS_SUCH = "Write a time with its unit, such as '12 months' or '180D'"
_LONGEST = 365_250  # days; no window is longer than a thousand years

# A unit in any spelling that pandas reads, and some that it does not.
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([a-zA-Z]+)")
_ISO = re.compile(r"P([0-9]+)([DW])")
_DAYS = {**dict.fromkeys(("d", "day", "days"), 1), **dict.fromkeys(("w", "week", "weeks"), 7)}
_MONTHS = {**dict.fromkeys(("mo", "month", "months"), 1), **dict.fromkeys(("y", "yr", "year", "years"), 12)}


def span(value: Any, name: str, such: str = _SUCH) -> tuple[np.datetime64, np.datetime64]:
    """First and last day of a date or period that an argument names.

    Parameters
    ----------
    value : str, date, datetime, Timestamp, Period or datetime64
        Text in EDTF, or a quarter such as ``2017Q2``. A time of day is dropped; with a time zone the day is the one on
        that wall clock.
    name : str
        Of the argument, for an error.
    such : str
        What to write instead, if nothing nearer is known.

    Returns
    -------
    first, last : datetime64[D]
        NaT at an open end.

    Raises
    ------
    UsageError
        For anything else: numbers, other spellings, missing values, years that days cannot be reckoned in.

    Examples
    --------
    >>> [str(d) for d in span("2017Q2", "until")]
    ['2017-04-01', '2017-06-30']
    """
    try:
        if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
            raise ValueError("it is missing")
        text = datetext.as_text(value)
        found = dates.parse(datetext.of_quarter(text) or text)
    except ValueError as error:
        mend = datetext.remedy(value, dates.parse, such)
        raise UsageError(f"{name}={value!r} is not a day such as 2017-06-30 ({error}). {mend}") from None
    return found.earliest, found.latest


def last_day(value: Any, name: str) -> np.datetime64:
    """Last day of a date or period, for an argument that asks for an end: see `span`.

    Unspecified digits (``201X``) are refused.

    Examples
    --------
    >>> [str(last_day(v, "until")) for v in ("2017-06-30", "2017-06", "2017Q2", "2017")]
    ['2017-06-30', '2017-06-30', '2017-06-30', '2017-12-31']
    """
    return _certain(span(value, name)[1], value, name, "last")


def first_day(value: Any, name: str) -> np.datetime64:
    """First day of a date or period, for an argument that asks for a beginning: see `span`."""
    return _certain(span(value, name)[0], value, name, "first")


def _certain(day: np.datetime64, value: Any, name: str, which: str) -> np.datetime64:
    """The day, unless the end is open or has digits that are not specified: ``201X`` is a source's word, no choice."""
    if np.isnat(day):
        raise UsageError(f"{name}={value!r} has no {which} day: it is open at that end. {_SUCH}")
    if isinstance(value, str) and "X" in value:
        mend = f"Write '{day}' if this {which} day is meant, or another."
        raise UsageError(f"{name}={value!r} has digits that are not specified. {mend}")
    return day


def refuse_blank(path: object, name: str) -> None:
    """Refuse an empty text where a path belongs: the system would take it for the working folder.

    Raises
    ------
    UsageError
        If it is text and nothing but blanks.
    """
    if isinstance(path, str) and not path.strip():
        raise UsageError(f"{name}={path!r} names no file or folder. Write '.' if the working folder is meant.")


def one_day(value: Any, name: str) -> np.datetime64:
    """Day that an argument names; a month, a year or anything else that is longer is refused: see `span`."""
    first, last = span(value, name, _DAY)
    if isinstance(value, str) and value[-1] in "~?%":
        raise UsageError(f"{name}={value!r} is not a day such as 2017-05-27: its mark makes it uncertain. {_DAY}")
    if first != last:  # NaT is unlike anything
        raise UsageError(f"{name}={value!r} is not a day such as 2017-05-27: it has several. {_DAY}")
    return first


def edtf_text(value: Any, name: str) -> str:
    """Text in EDTF of what `span` reads; an open end is refused."""
    first, last = span(value, name)
    if np.isnat(first) or np.isnat(last):
        raise UsageError(f"{name}={value!r} must have a first and a last day. {_SUCH}")
    if isinstance(value, str) and datetext.of_quarter(value) is None:
        return str(value)
    return str(first) if first == last else f"{first}/{last}"


def duration(value: Any, name: str) -> int:
    """Days that an argument lasts.

    Parameters
    ----------
    value : str, timedelta, Timedelta or timedelta64
        Text is a number and a unit of days or weeks: ``"180D"``, ``"180 days"``, ``"26W"``.
    name : str
        Of the argument, for an error.

    Returns
    -------
    int
        One or more.

    Raises
    ------
    UsageError
        For a number without a unit, a unit shorter than a day, months and years (which have no fixed number of days),
        a part of a day, nothing, less than nothing or more than a thousand years.

    Examples
    --------
    >>> duration("26W", "window"), duration(pd.Timedelta(days=180), "window")
    (182, 180)
    """
    days, why, mend = _lasting(value)
    if days is None:
        raise UsageError(f"{name}={value!r} is not a duration such as '180D': {why}. {mend or _WINDOW}")
    if days < 1 or days > _LONGEST or days != int(days):
        why = "it must be whole days, one or more, and no more than a thousand years"
        raise UsageError(f"{name}={value!r} cannot be used: {why}. {_WINDOW}")
    return int(days)


def duration_months(value: Any, name: str) -> float:
    """Months of 365.25/12 days that an argument lasts; ``inf`` stays, since it is the same in every unit.

    As `duration`, but text may also give months or years, and a part of one: ``"6 months"``, ``"1.5 years"``.
    """
    if isinstance(value, (float, np.floating)) and value == np.inf:
        return float(np.inf)
    if isinstance(value, str) and (match := _AMOUNT.fullmatch(value)) and match[2].lower() in _MONTHS:
        months = float(match[1]) * _MONTHS[match[2].lower()]
        if 0 < months < _LONGEST / DAYS_PER_MONTH:
            return months
        why = "it must be more than nothing, and no more than a thousand years"
        raise UsageError(f"{name}={value!r} cannot be used: {why}. {_MONTHS_SUCH}.")
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, (bool, np.bool_, np.timedelta64))
    if number or (isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value)):
        amount = value if isinstance(value, str) else f"{value:g}"
        mend = f"Write '{amount} months', or '{amount}D' for days" if float(value) > 0 else _MONTHS_SUCH
        raise UsageError(f"{name}={value!r} has no unit, or is not more than 0 months. {mend}.")
    return duration(value, name) / DAYS_PER_MONTH


def _lasting(value: Any) -> tuple[float | None, str, str]:
    """Days, or why there are none and what to write instead."""
    if value is None or value is pd.NaT or isinstance(value, (bool, np.bool_)):
        return None, "it is missing" if value is None or value is pd.NaT else "it is true or false", ""
    if isinstance(value, np.timedelta64):
        return _of_timedelta64(value)
    if isinstance(value, timedelta):
        return value / timedelta(days=1), "", ""
    if isinstance(value, pd.offsets.Day):
        return float(value.n), "", ""
    if isinstance(value, (int, float, np.number)):
        mend = f"Write '{value:g}D' for days." if value == value and 0 < value <= _LONGEST else ""
        return None, "a number has no unit", mend
    if isinstance(value, str):
        return _of_text(value)
    if hasattr(value, "as_py"):
        return _lasting(value.as_py())
    return None, f"it is of the type {type(value).__name__}", ""


def _of_timedelta64(value: np.timedelta64) -> tuple[float | None, str, str]:
    unit = np.datetime_data(value.dtype)[0]
    if np.isnat(value):
        return None, "it is missing", ""
    if unit in ("Y", "M"):
        return None, "months and years have no fixed number of days", ""
    if unit == "generic":
        return None, "it has no unit", ""
    return float(value / np.timedelta64(1, "D")), "", ""


def _of_text(text: str) -> tuple[float | None, str, str]:
    if match := _ISO.fullmatch(text):
        return float(match[1]) * _DAYS[match[2].lower()], "", ""
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return None, "a number has no unit", f"Write '{text}D' for days."
    match = _AMOUNT.fullmatch(text)
    if match is None:
        plain = datetext.ascii_digits(text).strip()
        return None, "it is not a number and a unit", f"Write '{plain}'." if plain != text and _fits(plain) else ""
    number, unit = float(match[1]), match[2].lower()
    if unit in _DAYS:
        return number * _DAYS[unit], "", ""
    if unit == "m":
        days = round(number * DAYS_PER_MONTH)
        why = "'m' may stand for minutes or for months"
        return None, why, f"Write '{days}D' for {match[1]} months of 365.25/12 days."
    if unit in _MONTHS:
        days = round(number * _MONTHS[unit] * DAYS_PER_MONTH)
        why = "months and years have no fixed number of days"
        return None, why, f"Write '{days}D' for {match[1]} {match[2]} of 365.25/12 days a month."
    return None, f"'{match[2]}' is not a unit of a day or longer", f"Write '{match[1]}D' if days are meant."


def _fits(text: str) -> bool:
    match = _AMOUNT.fullmatch(text)
    return match is not None and match[2].lower() in _DAYS
