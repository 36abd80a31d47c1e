"""How spells ended -> codes, 0 for censoring, and the names of the kinds of event."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency.records.errors import DataError, Problem, UsageError

from .riskset import Ints

CENSORED = "censored"
#: Levels of a categorical that are censoring wherever they stand.
_NO_EVENT = (CENSORED, "0", "0.0", "False")


def event_codes(column: pd.Series, name: str) -> tuple[Ints, tuple[str, ...]]:
    """Codes (-1 missing, 0 censored, k the k-th outcome) and names of the outcomes.

    Raises
    ------
    UsageError
        For text, or a categorical without order, of which no value is known to mean censoring: its first level may be
        so by the alphabet only.
    DataError
        For numbers that are no codes.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        levels, code = [str(c) for c in dtype.categories], np.asarray(column.cat.codes, dtype=np.intp)
        if not levels:
            return code, ("event",)
        return _censoring_first(code, levels, _censoring(levels, bool(dtype.ordered), name))
    if pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype):
        return _numeric_events(column, name)
    present = column.dropna()
    if all(isinstance(v, (bool, int, float, np.number, np.bool_)) for v in present):
        return _numeric_events(pd.to_numeric(column), name)
    code, found = pd.factorize(column, sort=True)
    levels = [str(v) for v in found]
    if CENSORED not in levels:
        raise UsageError(
            f"'{name}' is text without the value '{CENSORED}' ({_some(levels)}): give that name to the value for "
            "censoring, or make it an ordered categorical, censoring first"
        )
    return _censoring_first(code.astype(np.intp), levels, CENSORED)


def _censoring(levels: list[str], ordered: bool, name: str) -> str:
    """Give the level that means censoring."""
    for level in _NO_EVENT:
        if level in levels:
            return level
    if ordered:
        return levels[0]
    raise UsageError(
        f"'{name}' is a categorical of which no level is '{CENSORED}' ({_some(levels)}), and its levels have no order: "
        f"rename the level for censoring to '{CENSORED}' (cat.rename_categories; cat.add_categories if nobody is "
        "censored), or make it an ordered categorical, censoring first (cat.set_categories with ordered=True)"
    )


def _some(levels: list[str]) -> str:
    return ", ".join(levels[:8]) + (" ..." if len(levels) > 8 else "")


def _censoring_first(code: Ints, levels: list[str], censored: str) -> tuple[Ints, tuple[str, ...]]:
    at = levels.index(censored)
    order = [at] + [i for i in range(len(levels)) if i != at]
    place = np.empty(len(levels) + 1, dtype=np.intp)
    place[order] = np.arange(len(levels))
    place[-1] = -1  # code -1, a missing value, reads the last place
    return place[code], tuple(levels[i] for i in order[1:])


def _numeric_events(column: pd.Series, name: str) -> tuple[Ints, tuple[str, ...]]:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biu" and len(column):
        code = column.to_numpy(dtype=np.intp)
        if code.min() >= 0 and code.max() <= 1:
            return code, ("event",)
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    gone = np.isnan(values)
    code = np.where(np.isfinite(values), values, -1).astype(np.intp)
    wrong = np.flatnonzero(~gone & ((code != values) | (code < 0)))
    if len(wrong):
        i = int(wrong[0])
        raise DataError(
            [
                Problem(
                    "data",
                    i,
                    name,
                    f"{values[i]:g}",
                    "not an event code",
                    "Use 0 for censored and 1, or a categorical with the level 'censored'.",
                )
            ]
        )
    top = int(code.max(initial=0))
    if top <= 1:
        return code, ("event",)
    kinds = np.unique(code[code > 0])
    if not np.any(code == 0):
        raise DataError(
            [
                Problem(
                    "data",
                    None,
                    name,
                    ", ".join(str(k) for k in kinds[:5]),
                    "several event codes and none is 0 (censored)",
                    "Recode to 0/1, or make it a categorical with the level 'censored'.",
                )
            ]
        )
    return np.where(code > 0, np.searchsorted(kinds, code) + 1, code), tuple(str(k) for k in kinds)
