"""A number in a spreadsheet and the format of its cell -> what its reader sees: a day, a month, a percentage."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

_DAYS, _MONTHS, _YEARLESS = {14, 15, 22, *range(27, 37), *range(50, 59)}, {17}, {16}
_TIMES, _DURATIONS, _PERCENT = {18, 19, 20, 21}, {45, 46, 47}, {9, 10}
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)

Kind = Literal["number", "day", "month", "year", "yearless", "time", "duration", "percent"]


def kinds_of(used: Sequence[int], codes: Mapping[int, str]) -> list[Kind]:
    """What each style shows; `codes` are the formats that the workbook defines itself."""
    return [_kind(n, codes) for n in used]


def shown(number: float, kind: Kind, epoch_1904: bool = False) -> tuple[str, str]:
    """Text of a number as its format means it, and the reason if it means nothing that can be taken.

    A day is written as ISO 8601, and only as far as the format shows it: what a cell shows as August 1998 is 1998-08,
    though the file has a day for it.

    Examples
    --------
    >>> shown(36008.0, "day"), shown(36008.0, "month"), shown(0.5, "percent")
    (('1998-08-01', ''), ('1998-08', ''), ('50%', ''))
    """
    if kind == "number":
        return _plain(number), ""
    if kind == "percent":
        return f"{_plain(round(100 * number, 10))}%", ""
    if kind == "duration" or (kind == "time" and 0 <= number < 1):
        minutes, seconds = divmod(round(number * 86400), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}", ""
    day = _day(number, epoch_1904)
    if day is None:
        return _plain(number), "the cell shows a date, and its number is none"
    if kind in ("yearless", "time"):
        return day.date().isoformat(), f"the cell shows {'a day without its year' if kind == 'yearless' else 'no day'}"
    text = day.date().isoformat()[: {"year": 4, "month": 7}.get(kind, 10)]
    return (f"{text} {day.time().isoformat()}" if len(text) == 10 and day.time() != dt.time() else text), ""


def as_text(value: Any) -> str:
    """A cell as text: whole numbers without a decimal point, days in ISO form, nothing for a missing value."""
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (dt.datetime, pd.Timestamp)):
        return value.isoformat(sep=" ")
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if math.isnan(number):
            return ""
        return _plain(number)
    return str(value)


def _plain(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _day(serial: float, epoch_1904: bool) -> dt.datetime | None:
    """Day of a serial number. In the usual calendar 60 is 29 February 1900, which never was."""
    if not 0 <= serial < 2_958_466 or (not epoch_1904 and (60 <= serial < 61 or serial < 1)):
        return None
    start = dt.datetime(1904, 1, 1) if epoch_1904 else dt.datetime(1899, 12, 31 if serial < 60 else 30)
    try:
        return start + dt.timedelta(seconds=round(serial * 86400))
    except OverflowError:
        return None


def _kind(number: int, codes: Mapping[int, str]) -> Kind:
    if number in codes:
        return _kind_of_code(codes[number])
    built_in: tuple[tuple[set[int], Kind], ...] = (
        (_DAYS, "day"), (_MONTHS, "month"), (_YEARLESS, "yearless"), (_TIMES, "time"),
        (_DURATIONS, "duration"), (_PERCENT, "percent"),
    )  # fmt: skip
    return next((kind for numbers, kind in built_in if number in numbers), "number")


def _kind_of_code(code: str) -> Kind:
    bare = _LITERAL.sub("", code).lower()
    if _ELAPSED.search(bare):
        return "duration"
    bare = bare.replace("general", "").replace("am/pm", "").replace("a/p", "")
    if "y" in bare or "e" in re.sub(r"e[+-]", "", bare):  # e is the year in East Asian formats
        return "day" if "d" in bare else "month" if "m" in bare else "year"
    if "d" in bare:
        return "yearless"
    if "h" in bare or "s" in bare:
        return "time"
    if "m" in bare:
        return "yearless"
    return "percent" if "%" in bare else "number"
