"""A frame -> CSV that is safe in a spreadsheet: no cell of text becomes a formula."""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from clemency.records.errors import UsageError

#: What a spreadsheet takes for the start of a formula, also behind blanks and characters that are not seen.
_FORMULA = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?%?")


def safe_csv(frame: pd.DataFrame, path: str | PathLike[str] | None = None) -> str:
    r"""Write a frame as CSV for people who will open it in a spreadsheet.

    Text that a spreadsheet would take for a formula gets an apostrophe in front, which makes it text there. Numbers,
    also those written as text, stay as they are. Headers are treated as cells are; the index is not written. Every line
    break inside a cell becomes ``\n``.

    Parameters
    ----------
    frame : DataFrame
    path : path, optional
        File to write, in UTF-8; nothing is written without it.

    Returns
    -------
    str
        The CSV, with ``\n`` at the end of each line.

    Raises
    ------
    UsageError
        If the file cannot be written.

    Examples
    --------
    >>> import pandas as pd
    >>> print(safe_csv(pd.DataFrame({"note": ["=1+1", "-0.5", "a = b"], "n": [-1, 2, 3]})))
    note,n
    '=1+1,-1
    -0.5,2
    a = b,3
    """
    shown = pd.DataFrame({i: _cells(frame.iloc[:, i]) for i in range(frame.shape[1])}, index=frame.index)
    shown.columns = pd.Index([plain(c) for c in frame.columns], dtype=object)
    text = str(shown.to_csv(index=False, lineterminator="\n"))
    if path is not None:
        try:
            Path(path).write_bytes(text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror or error}. Name another file.") from None
    return text


def plain(value: Any) -> Any:
    """A value as it goes into a cell: text that would be a formula gets an apostrophe."""
    if not isinstance(value, str):
        return value
    if "\r" in value:  # an unquoted one would begin a new row
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    if _FORMULA.match(value) and not _NUMBER.fullmatch(value.strip()):
        return f"'{value}"
    return value


def _cells(column: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
        return column
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column
    return column.astype(object).map(plain, na_action="ignore")
