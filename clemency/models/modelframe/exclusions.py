"""Columns that an analysis needs -> complete rows, and the reason why each other row is left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.designmatrix.coding import gaps, plain
from clemency.models.kernel.riskset import LARGEST, SMALLEST
from clemency.models.modelframe.measures import refuse_infinite
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.wording import counted
from clemency.typing import Bools, Floats

_NO_EXCLUSIONS = pd.DataFrame({"reason": [], "column": [], "n": np.empty(0, dtype=int), "first_rows": []})


class Exclusions:
    """Rows still kept, and the reason why each of the others is not (the first reason counts)."""

    def __init__(self, index: pd.Index) -> None:
        self.index, self.keep = index, np.ones(len(index), dtype=bool)
        self.found: list[dict[str, Any]] = []

    def drop(self, bad: Bools, reason: str, column: str) -> None:
        """Leave out rows that are still in, for a reason."""
        out = np.flatnonzero(bad & self.keep) if bad.any() else np.empty(0, dtype=np.intp)
        if len(out):
            self.keep[out] = False
            rows = ", ".join(str(self.index[i]) for i in out[:5])
            self.found.append({"reason": reason, "column": column, "n": len(out), "first_rows": rows})

    def require(self, column: Floats | pd.Series, name: str) -> None:
        """Drop rows without a value; an infinite one is refused."""
        kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else "O"
        if kind in "biu" or (kind == "f" and np.isfinite(np.asarray(column)).all()):
            return
        missing, infinite = gaps(column if isinstance(column, pd.Series) else pd.Series(column))
        if infinite.any():
            refuse_infinite(np.where(infinite, plain(pd.Series(column)).to_numpy(dtype=np.float64), 0.0), name)
        self.drop(missing, "missing value", name)

    def table(self) -> pd.DataFrame:
        """Reasons with the number of rows and the first five."""
        if not self.found:
            return _NO_EXCLUSIONS.copy()
        return pd.DataFrame(self.found, columns=["reason", "column", "n", "first_rows"])

    def said(self) -> str:
        """The reasons as one line."""
        return "; ".join(f"{f['n']} {f['reason']} in '{f['column']}'" for f in self.found)

    def nothing_left(self) -> Problem:
        """The problem that no row is left."""
        why = self.said() or "the table is empty"
        return Problem("data", None, "", "", f"no spell is left ({why})", "Check the columns named in the call.")


def column_names(names: Any, *, repeated: bool = False) -> tuple[str, ...]:
    """Names of columns, given as one or several; none for None.

    Raises
    ------
    UsageError
        For values in place of names, such as ``by=d["sex"]``, and for a column that is named twice
        (unless names may be `repeated`).
    """
    if names is None:
        return ()
    if isinstance(names, str):
        return (names,)
    if not isinstance(names, Iterable) or isinstance(names, (pd.Series, pd.DataFrame, pd.Categorical, np.ndarray)):
        raise not_a_name(names)
    several = tuple(names)
    for name in several:
        if not isinstance(name, str):
            raise not_a_name(name)
    twice = None if repeated else next((name for k, name in enumerate(several) if name in several[:k]), None)
    if twice is not None:
        raise UsageError(f"'{twice}' is named twice: name each column once")
    return several


def not_a_name(value: Any) -> UsageError:
    """Error for values in place of names of columns."""
    return UsageError(
        f"columns are named by text, such as 'sex', not by {type(value).__name__}: put the values into the data and "
        "name their column"
    )


def require_columns(frame: pd.DataFrame, used: list[str], where: str = "") -> None:
    """Refuse columns that are not there, or there twice; `where` is said if a call has several tables."""
    of = f" in {where}" if where else ""
    for name in used:
        if not isinstance(name, str):
            raise not_a_name(name)
        if name not in frame.columns:
            known = ", ".join(map(str, list(frame.columns)[:30]))
            raise UsageError(f"there is no column '{name}'{of}; the columns are: {known}")
        if not frame.columns.is_unique and isinstance(frame[name], pd.DataFrame):
            n = frame[name].shape[1]
            raise UsageError(f"there are {n} columns '{name}'{of}: rename or drop all but one")


def check_weights(sieve: Exclusions, weight: Floats, name: str, index: pd.Index) -> None:
    """Refuse negative weights and those beyond what numbers hold; leave out rows of weight zero."""
    negative = np.flatnonzero(weight < 0)
    if len(negative):
        i = int(negative[0])
        raise DataError([Problem("data", i, name, f"{weight[i]:g}", "negative weight", "Weights are zero or more.")])
    sieve.drop(weight == 0, "zero weight", name)
    with np.errstate(invalid="ignore"):
        beyond = np.flatnonzero(sieve.keep & ((weight < SMALLEST) | (weight > LARGEST)))
    if len(beyond):
        i = int(beyond[0])
        message = f"a weight outside {SMALLEST:g} to {LARGEST:g}, whose sums are beyond what numbers hold"
        raise DataError([Problem("data", i, name, f"{weight[i]:g}", message, "Divide all weights by one number.")])


def left_out_lines(exclusions: pd.DataFrame) -> list[str]:
    """One line per reason for which rows were left out."""
    return [f"Left out: {counted(r.n, 'row')}, {r.reason} ({r.column})." for r in exclusions.itertuples()]
