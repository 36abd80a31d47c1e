"""Two columns of keys -> the position of each key of one in the other, and what stands there."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.checks.plausible import Doubt
from clemency.records.errors import UsageError
from clemency.records.values.alike import SPELLED, differing
from clemency.records.values.lookalikes import bare
from clemency.records.values.words import distinct_values


def places(own: pd.Series, given: pd.Series, name: str) -> np.ndarray:
    """Find the keys of one column in another.

    Parameters
    ----------
    own : Series, n values
    given : Series
        Each key once.
    name : str
        Of both, for errors.

    Returns
    -------
    ndarray of int, shape (n,)
        Positions in `given`; -1 where a key is not there or is missing.

    Raises
    ------
    UsageError
        For keys that are missing or there twice in `given`, are lists, or are text in one column and numbers in the
        other, and where no key is in both.
    """
    mine, theirs = _keys(own), _keys(given)
    missing = np.flatnonzero([k is None for k in theirs])
    if len(missing):
        raise UsageError(f"'{name}' is empty in row {given.index[missing[0]]} of the frame; leave the row out.")
    at: dict[Any, int] = {}
    for i, key in enumerate(theirs):
        if key in at:
            raise UsageError(
                f"'{name}' occurs more than once in the frame ({_shown(given.iloc[i])} in row {given.index[i]}); give "
                "one row per value."
            )
        at[key] = i
    found = np.array([-1 if k is None else at.get(k, -1) for k in mine], dtype=np.intp)
    some = [v for v, k in zip(own, mine, strict=True) if k is not None]
    if some and not (found >= 0).any():
        there = "no row" if given.empty else f"such as {_shown(given.iloc[0])}"
        raise UsageError(
            f"No value of '{name}' is in both: the spells have such as {_shown(some[0])}, the frame has {there}. "
            "Give the frame's the kind that the spells' are of."
        )
    return found


def assigned(spells: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """The spells with columns of values, one per spell, or of what functions of the spells give.

    Raises
    ------
    UsageError
        For another number of values.
    """
    for name, given in columns.items():
        values = given(spells) if callable(given) else given
        single = isinstance(values, pd.Series) or pd.api.types.is_scalar(values)
        if not single and (not hasattr(values, "__len__") or len(values) != len(spells)):
            n = f"{len(values):,} values" if hasattr(values, "__len__") else f"a {type(values).__name__}"
            raise UsageError(
                f"{name}= has {n}, and the cohort {len(spells):,} spells: give one value per spell, or use "
                "with_covariates() for values by case or by another key."
            )
        try:
            spells = spells.assign(**{name: values})
        except (TypeError, ValueError) as error:
            raise UsageError(f"{name}= is no column of the spells ({error}): give one value per spell.") from error
    return spells


def columns_of(spells: pd.DataFrame, frame: pd.DataFrame, on: str) -> pd.DataFrame:
    """The other columns of a frame with one row per key, a row for each spell.

    Raises
    ------
    UsageError
        As `places`, and for a frame that is none, lacks the key, or has columns that the spells have.
    """
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(f"with_covariates takes a DataFrame, not {type(frame).__name__}.")
    if on not in frame or on not in spells:
        raise UsageError(f"Both the spells and the frame need a column '{on}'.")
    if frame.columns.nlevels > 1 or not frame.columns.is_unique:
        raise UsageError("The frame's columns need names of one level, each of them once.")
    there = [c for c in frame if c != on and c in spells]
    if there:
        raise UsageError(f"The spells have {', '.join(there)} already; rename or drop them in the frame.")
    place = places(spells[on], frame[on], on)
    return frame.drop(columns=on).set_axis(range(len(frame))).reindex(place).set_axis(spells.index)


def near_misses(own: pd.Series, given: pd.Series, name: str) -> list[Doubt]:
    """Texts of the given column that the other has in another spelling only: what stands beside them joins nothing."""
    mine = {v for v in distinct_values(own)[1] if isinstance(v, str)}
    near = {bare(v): v for v in mine}
    codes, distinct = distinct_values(given)
    found = []
    for k, value in enumerate(distinct):
        if isinstance(value, str) and value not in mine and (meant := near.get(bare(value))):
            message = f"{SPELLED} '{meant}' of the spells, from which it differs only in {differing(value, meant)}"
            row = int(np.argmax(codes == k))
            found.append(Doubt("covariates", row, "", name, value, message, f"Write '{meant}' if it is the same."))
    return found


def _keys(column: pd.Series) -> list[Any]:
    """Keys that are equal where values are the same for certain; None where missing."""
    values = column.astype(object)
    codes, distinct = _distinct(values)
    keys = [_key(v) for v in distinct]
    return [None if c < 0 else keys[c] for c in codes]


def _distinct(values: pd.Series) -> tuple[np.ndarray, list[Any]]:
    try:
        codes, distinct = pd.factorize(values)
    except TypeError:
        i, odd = next((i, v) for i, v in values.items() if not pd.api.types.is_hashable(v))
        raise UsageError(f"'{values.name}' holds a {type(odd).__name__} in row {i}; give one value per cell.") from None
    return codes, list(distinct)


def _key(value: Any) -> Any:
    if isinstance(value, str | pd.Period):
        return ("text", str(value))
    if isinstance(value, Number | np.bool_):
        return ("number", value)
    return (type(value).__name__, value)


def _shown(value: Any) -> str:
    return repr(value.item() if isinstance(value, np.generic) else value)
