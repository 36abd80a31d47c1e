"""Columns of numbers -> floats, or the values that cannot be used and what to write instead.

Text is a number if it is written with the digits 0 to 9 and a point, without unit, blanks or separators.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.datetext import ascii_digits
from clemency.records.schema import Column
from clemency.records.terms import DAYS_PER_MONTH
from clemency.typing import Floats

Wrong = list[tuple[int, str, str, str]]

PLAIN = "Write a plain number such as 96 or 0.5, without units."
_DIRECTION = "Write 1 for closer relations, -1 for worse ones and 0 for neither."
#: A count or a code beyond this is a mistake, and would not fit a column of whole numbers.
LARGEST_WHOLE = 2**53

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_UNITS = {
    **dict.fromkeys(("y", "yr", "yrs", "year", "years", "年"), 12.0),
    **dict.fromkeys(("m", "mo", "mos", "mth", "mths", "month", "months", "月", "个月", "個月", "个月份"), 1.0),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks", "周", "星期"), 7 / DAYS_PER_MONTH),
    **dict.fromkeys(("d", "day", "days", "日", "天"), 1 / DAYS_PER_MONTH),
}
_PART = re.compile(
    r"([0-9]+(?:\.[0-9]+)?) ?-?(个月份|个月|個月|[a-z]{1,6}|年|月|周|星期|日|天)\.?(?: ?(?:and|,|又|零) ?| )?"
)
_CHINESE = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "兩": 2}
_UNKNOWN = {"nan", "na", "n/a", "none", "null", "<na>", "unknown", "?", "-", "--", "不详", "未知"}
_NOT_FIXED = {"life", "life imprisonment", "无期", "无期徒刑", "death", "死刑", "死缓"}


def read_numbers(values: Iterable[Any], column: Column) -> tuple[Floats, Wrong]:
    """Floats of a column, NaN where it is empty, and every value that cannot be used.

    Parameters
    ----------
    values : sequence or column, shape (n,)
        Numbers of any storage, or text.
    column : Column
        Its ``unit`` and bounds; a column of the kind ``integer`` holds whole numbers.

    Returns
    -------
    number : ndarray of float, shape (n,)
        NaN also where a value cannot be used.
    wrong : list of (position, value, message, remedy)
    """
    series = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)
    number, odd = _floats(series)
    found: dict[int, tuple[str, str]] = {i: _not_a_number(v, column) for i, v in odd.items()}
    known = np.isfinite(number)
    given = np.flatnonzero(np.isinf(number))
    found |= {int(i): ("not a finite number", PLAIN) for i in given}
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    for i in np.flatnonzero(known & ((number < low) | (number > high))):
        mend = _DIRECTION if column.name == "direction" else "Correct the value or leave it empty."
        found[int(i)] = (f"outside the range {_range(column)}", mend)
    if column.kind == "integer":
        for i in np.flatnonzero(known & ((number != np.rint(number)) | (np.abs(number) > LARGEST_WHOLE))):
            whole = number[i] == np.rint(number[i])
            message = "too large for a whole number" if whole else "not a whole number"
            found.setdefault(int(i), (message, "Write a whole number."))
    bad = sorted(found)
    number = number.copy()
    number[bad] = np.nan
    return number, [(i, str(series.iloc[i]), *found[i]) for i in bad]


def _range(column: Column) -> str:
    low = "" if column.minimum is None else f"{column.minimum:g}"
    return f"{low} to {'' if column.maximum is None else f'{column.maximum:g}'}".strip()


def _floats(series: pd.Series) -> tuple[Floats, dict[int, Any]]:
    """Numbers of a column as they are, and what is no number, by position."""
    kind = series.dtype
    if isinstance(kind, np.dtype) and kind.kind in "iuf":
        return series.to_numpy(dtype=np.float64), {}
    if pd.api.types.is_bool_dtype(kind) or not pd.api.types.is_numeric_dtype(kind):
        return _one_by_one(series.astype(object))
    if pd.api.types.is_complex_dtype(kind):
        return _one_by_one(series.astype(object))
    return series.to_numpy(dtype=np.float64, na_value=np.nan), {}


def _one_by_one(series: pd.Series) -> tuple[Floats, dict[int, Any]]:
    number, odd = np.full(len(series), np.nan), {}
    seen: dict[str, float | None] = {}
    for i, value in enumerate(series):
        if isinstance(value, str):
            if value not in seen:
                seen[value] = float(value) if _PLAIN.fullmatch(value) else None
            read = seen[value]
            if read is not None:
                number[i] = read
            elif value != "":
                odd[i] = value
        elif pd.api.types.is_scalar(value) and pd.isna(value):
            continue
        elif _is_number(value):
            number[i] = float(value)
        else:
            odd[i] = value
    return number, odd


def _is_number(value: Any) -> bool:
    if isinstance(value, (bool, np.bool_, np.timedelta64)):
        return False
    return isinstance(value, Real) or (hasattr(value, "as_integer_ratio") and not isinstance(value, complex))


def _not_a_number(value: Any, column: Column) -> tuple[str, str]:
    if isinstance(value, (bool, np.bool_)):
        return "true or false, not a number", PLAIN
    return "not a number", remedy(value, column)


def remedy(value: Any, column: Column) -> str:
    """What to write instead of a text that is no number, as a sentence.

    Examples
    --------
    >>> from clemency.records.schema import CASES
    >>> remedy("8 yr", CASES["sentence_months"]), remedy("1,000", CASES["sentence_months"])
    ('Write 96, the number of months.', 'Write 1000.')
    """
    if not isinstance(value, str) or len(value) > 60:
        return PLAIN
    text = ascii_digits(unicodedata.normalize("NFKC", value)).strip().casefold()
    if text in _UNKNOWN:
        return "Leave it empty if it is not known."
    plain = re.sub(r"(?<=[0-9])[,  '](?=[0-9]{3}(?![0-9]))", "", text)
    if _PLAIN.fullmatch(plain):
        return f"Write {plain}."
    if column.unit == "months":
        if text in _NOT_FIXED:
            return "Leave it empty, and name the kind of sentence in sentence_type."
        months = months_in(text)
        if months is not None:
            return f"Write {months:g}, the number of months."
    if column.name == "direction":
        return _DIRECTION
    return PLAIN


def months_in(text: str) -> float | None:
    """Months that a text such as ``2 years 6 months`` or ``三年六个月`` names; None if it names none, or anything else.

    Examples
    --------
    >>> months_in("6y3m"), months_in("六年三个月"), months_in("2年半"), months_in("6")
    (75.0, 75.0, 30.0, None)
    """
    text = text.replace("年半", "年6个月").replace("半年", "6个月")
    text = re.sub(r"[零一二两兩三四五六七八九十]+", lambda m: str(_chinese(m[0])), text)
    months, place = 0.0, 0
    while place < len(text):
        match = _PART.match(text, place)
        if match is None or match[2] not in _UNITS:
            return None
        months += float(match[1]) * _UNITS[match[2]]
        place = match.end()
    return round(months, 2) if place else None


def _chinese(text: str) -> int:
    """Number up to 99 in characters."""
    tens, ten, ones = text.rpartition("十")
    value = (_CHINESE.get(tens[-1:], 1) if ten else 0) * 10
    return value + _CHINESE.get(ones[-1:], 0)
