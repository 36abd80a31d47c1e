"""Columns of times, weights, offsets, counts and exposures -> float64: the one border for what is measured.

A measure is a finite real number, or missing. Yes and no, complex numbers, dates, infinities and text that is no plain
number are refused by row: each of them can be taken for a number by the computer, and none of them is one.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Bools, Floats, Ints

#: A row without a value is left out and counted.
EMPTY = "Mend or empty the cell."
#: Where every row must have one.
NEEDED = "Mend the cell; it cannot be left empty."
_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
_FINITE = (
    "it is infinite",
    "Give a number; where the value is not known, empty the cell, and the row is left out and counted.",
)
_EMPTYING = (EMPTY, _FINITE[1])
_PURE = frozenset(("integer", "floating", "mixed-integer-float"))
_TRUTH = ("true or false, not a number", "Name a column of numbers.")
_COMPLEX = ("it is a complex number, which has no order", "Give its real part, or another real number.")


def measures(
    column: pd.Series,
    name: str,
    *,
    infinite: bool = False,
    mend: str = EMPTY,
    data: str = "data",
    rows: Ints | None = None,
) -> Floats:
    """Read a column as float64, NaN where it is empty.

    Parameters
    ----------
    column : Series, n rows
        Numbers of any storage, or text that is a plain number such as ``3`` or ``0.5``.
    name : str
        Of the column, for messages.
    infinite : bool
        Whether infinity means something here, as at the open end of an interval.
    mend : str
        What to do with a cell that is no number: another remedy where an empty one is refused or means something.
    data : str
        Of the table, for messages.
    rows : ndarray of int, shape (n,), optional
        Positions of the rows in the table, if these are some of them.

    Returns
    -------
    ndarray of float, shape (n,)

    Raises
    ------
    UsageError
        For a column of dates or durations.
    DataError
        For anything else that is no finite real number, with its rows.
    """
    kind = column.dtype
    try:
        if isinstance(kind, np.dtype) and kind.kind in "fiu":
            values = column.to_numpy(dtype=np.float64)
        else:
            values = _others(column, name, data)
        if not infinite:
            refuse_infinite(values, name, data)
    except DataError as error:
        problems = [replace(p, row=int(rows[p.row or 0])) if rows is not None else p for p in error.problems]
        if mend == EMPTY:
            raise DataError(problems) from None
        raise DataError([replace(p, remedy=mend) if p.remedy in _EMPTYING else p for p in problems]) from None
    return values


def refuse_infinite(values: Floats, name: str, data: str = "data") -> None:
    """Refuse infinite values, with their rows."""
    if np.isfinite(values).all():
        return
    bad = np.flatnonzero(np.isinf(values))
    if len(bad):
        raise DataError([Problem(data, int(i), name, f"{values[i]:g}", *_FINITE) for i in bad])


def _others(column: pd.Series, name: str, data: str) -> Floats:
    """Read a column of another storage than NumPy's numbers."""
    kind = column.dtype
    if getattr(kind, "kind", "O") in "Mm" or isinstance(kind, pd.PeriodDtype):
        raise _dated(name)
    numeric = pd.api.types.is_numeric_dtype(kind)
    if numeric and not pd.api.types.is_bool_dtype(kind) and not pd.api.types.is_complex_dtype(kind):
        return np.asarray(column) * 1.0 if isinstance(kind, pd.SparseDtype) else _filled(column)
    if pd.api.types.is_object_dtype(kind) and pd.api.types.infer_dtype(column, skipna=True) in _PURE:
        return _filled(column)
    problems: list[Problem] = []
    values = np.full(len(column), np.nan)
    missing = np.asarray(column.isna(), dtype=bool)
    for i, value in enumerate(column):
        if missing[i]:
            continue
        read = _figure(value)
        if isinstance(read, float):
            values[i] = read
        elif read[0] == "":
            raise _dated(name)
        elif problems and not isinstance(value, str):
            break  # a column of another kind: one row says it
        else:
            problems.append(Problem(data, i, name, str(value), *read))
    if problems:
        raise DataError(problems)
    return values


def _filled(column: pd.Series) -> Floats:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _figure(value: Any) -> float | tuple[str, str]:
    """A value as a number; else what is wrong with it and what to do, or "" for dates and durations."""
    if isinstance(value, bool | np.bool_):
        return _TRUTH
    if isinstance(value, str):
        if _PLAIN.fullmatch(value):
            return float(value)
        return float(value) if _INFINITE.fullmatch(value) else ("not a number", EMPTY)
    if isinstance(value, complex | np.complexfloating):
        return _COMPLEX
    if _is_dated(value):
        return ("", "")
    if isinstance(value, Real) or hasattr(value, "as_integer_ratio"):
        return float(value)
    return ("not a number", EMPTY)


def _is_dated(value: Any) -> bool:
    return isinstance(
        value, datetime.date | datetime.time | datetime.timedelta | np.datetime64 | np.timedelta64 | pd.Period
    )


def _dated(name: str) -> UsageError:
    return UsageError(f"'{name}' holds dates or durations: give numbers, such as months since custody")


def refuse_counts(values: Floats, name: str, largest: float, data: str = "data", mend: str = EMPTY) -> None:
    """Refuse counts that are negative or not whole, and those beyond the largest, with their rows."""
    odd: Bools = ~np.isnan(values) & ((values < 0) | (values != np.floor(values)))
    refuse(odd, values, name, "a count is a whole number of 0 or more", mend, data)
    refuse(values > largest, values, name, "too large for a count", mend, data)


def refuse(wrong: Bools, values: Floats, name: str, what: str, mend: str = EMPTY, data: str = "data") -> None:
    """Refuse the values at some places, each with its row."""
    bad = np.flatnonzero(wrong)
    if len(bad):
        raise DataError([Problem(data, int(i), name, f"{values[i]:g}", what, mend) for i in bad])
