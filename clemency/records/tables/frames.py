"""A frame that a function is given as cases, acts or events -> the same frame, checked as `check` checks a file.

Only the columns that are there are checked, and those that are asked for must have a value in every row.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.schema import Column, Table
from clemency.records.tables.sameacts import repeated_rows
from clemency.records.values.numbers import read_numbers
from clemency.records.values.words import empty_rows, wrong_words


def in_native_order(frame: pd.DataFrame) -> pd.DataFrame:
    """The same numbers in the byte order of the machine, without which pandas cannot take rows."""
    foreign = {c: t.newbyteorder("=") for c, t in frame.dtypes.items() if isinstance(t, np.dtype) and not t.isnative}
    return frame.astype(foreign) if foreign else frame


def checked_frame(
    frame: pd.DataFrame,
    table: Table,
    *,
    name: str | None = None,
    dates: Collection[str] = (),
    filled: Collection[str] = (),
    columns: Collection[str] | None = None,
    keyed: bool = False,
) -> pd.DataFrame:
    """Refuse a frame whose words, numbers or dates are none, with the row, the column, the value and a remedy for each.

    Parameters
    ----------
    frame : DataFrame
    table : Table
        Whose form it has.
    name : str, optional
        What it is called in a message; the table's name by default.
    dates : collection of str
        Columns of dates that are used.
    filled : collection of str
        Columns that must have a value in every row, if they are there.
    columns : collection of str, optional
        Columns of words and numbers to check; all that the table declares by default.
    keyed : bool
        Refuse a key that occurs twice, if the frame has the column, and rows without a key of their own that are the
        same as another: they would count twice.

    Returns
    -------
    DataFrame
        With columns of numbers as floats, and missing values for empty texts in the columns that were checked.

    Raises
    ------
    UsageError
        If it is no frame, or has a column twice.
    DataError
        Naming every value that cannot be used.
    """
    problems, changed = _problems(frame, table, name or table.name, dates, filled, columns)
    if keyed and table.key in frame:
        problems += _twice(frame[table.key], table, name or table.name)
    if keyed and not problems:
        problems = repeated_rows(frame.assign(**changed) if changed else frame, table, name or table.name)
    if problems:
        raise DataError(problems)
    return frame.assign(**changed) if changed else frame


def frame_problems(
    frame: pd.DataFrame,
    table: Table,
    *,
    name: str | None = None,
    dates: Collection[str] = (),
    columns: Collection[str] | None = None,
) -> list[Problem]:
    """The problems that `checked_frame` raises, to be told together with others."""
    return _problems(frame, table, name or table.name, dates, (), columns)[0]


def _problems(
    frame: pd.DataFrame,
    table: Table,
    name: str,
    dated: Collection[str],
    filled: Collection[str],
    only: Collection[str] | None,
) -> tuple[list[Problem], dict[str, Any]]:
    _single(frame, name)
    problems: list[Problem] = []
    changed: dict[str, Any] = {n: frame[n].astype(object) for n in frame if _is_coded_by_arrow(frame[n])}
    for column in (c for c in table.columns if c.name in frame):
        values = changed.get(column.name, frame[column.name])
        if column.kind == "edtf" and column.name in dated:
            problems += _told(name, column, dates.problems(values))
            converted = None if problems else _without_blanks(values)
        elif only is None or column.name in only:
            wrong, converted = _read(values, column)
            problems += _told(name, column, wrong)
        else:
            converted = None
        if converted is not None:
            changed[column.name] = converted
        if column.name in filled:
            problems += [_empty(name, column, i) for i in empty_rows(values)]
            problems += _lists(name, column, values)
    return sorted(problems, key=lambda p: p.row or 0), changed


def _single(frame: pd.DataFrame, name: str) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(f"{name} must be a DataFrame, not {type(frame).__name__}.")
    if isinstance(frame.columns, pd.MultiIndex):
        raise UsageError(f"{name} has columns of several levels: give each column one name.")
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise UsageError(f"{name} has the column '{twice[0]}' twice: keep one of them.")


_KEYS = {
    "case_id": "Fill in the key of the case.",
    **dict.fromkeys(("act_id", "rule_id"), "Give each row a key of its own."),
    "person_id": "Give each person a key, which the cases of one person share, or take the column out.",
}


def _lists(name: str, column: Column, values: pd.Series) -> list[Problem]:
    """Keys that are several values in one cell."""
    if column.kind != "text" or values.dtype != object:
        return []
    odd = [i for i, v in enumerate(values) if not pd.api.types.is_hashable(v)]
    said = [(i, values.iloc[i], f"a {type(values.iloc[i]).__name__} in a cell is no key") for i in odd]
    return [Problem(name, i, column.name, str(value), message, "Give one value.") for i, value, message in said]


def _told(name: str, column: Column, wrong: Sequence[tuple[int, str, str, str]]) -> list[Problem]:
    return [Problem(name, i, column.name, value, message, remedy) for i, value, message, remedy in wrong]


def _empty(name: str, column: Column, row: int) -> Problem:
    if column.levels:
        spare = "unknown" if "unknown" in column.levels else ""
        remedy = f"Write '{spare}' if no source says more." if spare else f"Write one of: {', '.join(column.levels)}."
    else:
        remedy = _KEYS.get(column.name, "Fill it in.")
    return Problem(name, int(row), column.name, "", "an empty value in a required column", remedy)


def _read(values: pd.Series, column: Column) -> tuple[list[tuple[int, str, str, str]], Any]:
    """What is wrong in a column of words or numbers, and the column as it is to be used, if it changes."""
    if column.kind in ("number", "integer"):
        number, wrong = read_numbers(values, column)
        return wrong, None if values.dtype == np.float64 else pd.Series(number, index=values.index)
    if column.kind != "category":
        return [], None
    wrong = wrong_words(values, column)
    return wrong, None if wrong else _without_blanks(values)


def _twice(keys: pd.Series, table: Table, name: str) -> list[Problem]:
    if lists := _lists(name, table[table.key], keys):
        return lists
    given = (keys.notna() & (keys.astype(object) != "")).to_numpy(dtype=bool)
    again = keys.astype(object).duplicated().to_numpy() & given
    remedy = f"Give each {table.name.removesuffix('s')} one row."
    return [
        Problem(name, int(i), str(keys.name), str(keys.iloc[i]), "the key occurs twice", remedy)
        for i in np.flatnonzero(again)
    ]


def _is_coded_by_arrow(values: pd.Series) -> bool:
    """Whether a column is a dictionary of Arrow's, which pandas can neither compare nor group."""
    return isinstance(values.dtype, pd.ArrowDtype) and "dictionary" in str(values.dtype)


def _without_blanks(values: pd.Series) -> pd.Series | None:
    """The column with missing values for empty texts; None if it has none."""
    if not (values.dtype == object or isinstance(values.dtype, pd.StringDtype | pd.ArrowDtype)):
        return None
    empty = np.array([isinstance(v, str) and v == "" for v in values], dtype=bool)
    if not empty.any():
        return None
    made = values.copy()
    made.iloc[np.flatnonzero(empty)] = None
    return made
