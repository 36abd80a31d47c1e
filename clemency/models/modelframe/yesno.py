"""Columns of yes and no -> 1 and 0: the one border for what is true of a row or not, and is no end of a spell."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.designmatrix.coding import plain
from clemency.records.errors import DataError, Problem
from clemency.typing import Floats

_WORDS = dict.fromkeys(("yes", "y", "true", "t", "1", "1.0", "是"), 1.0)
_WORDS |= dict.fromkeys(("no", "n", "false", "f", "0", "0.0", "否"), 0.0)
_REMEDY = "Give 1 or 0, true or false, yes or no; leave the cell empty where it is not known."


def yes_no(column: pd.Series, name: str, remedy: str = _REMEDY) -> Floats:
    """Read a column of yes and no, missing where it is empty.

    Parameters
    ----------
    column : Series, n rows
        0 and 1, booleans, or the words for them, in any storage.
    name : str
        Of the column, for messages.
    remedy : str
        What to do with other values.

    Returns
    -------
    ndarray of float, shape (n,)

    Raises
    ------
    DataError
        For other values, with their rows.

    Examples
    --------
    >>> yes_no(pd.Series(["Yes", "no", None]), "granted").tolist()
    [1.0, 0.0, nan]
    """
    values = plain(column)
    missing = np.asarray(values.isna(), dtype=bool)
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "biuf":
        number = values.to_numpy(dtype=np.float64)
        read = np.where((number == 0) | (number == 1), number, np.nan)
    else:
        each = zip(values, missing, strict=True)
        read = np.array([np.nan if gone else _read(v) for v, gone in each], dtype=np.float64)
    bad = np.flatnonzero(np.isnan(read) & ~missing)
    if len(bad):
        raise DataError([Problem("data", int(i), name, str(values.iloc[i]), "neither yes nor no", remedy) for i in bad])
    return read


def _read(value: Any) -> float:
    """A value as 1 or 0, NaN if it is neither."""
    if isinstance(value, str):
        return _WORDS.get(unicodedata.normalize("NFKC", value).strip().casefold(), np.nan)
    try:
        return 1.0 if value == 1 else 0.0 if value == 0 else np.nan
    except (TypeError, ValueError):
        return np.nan
