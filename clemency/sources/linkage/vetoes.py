"""Pairs -> those that cannot be about one person, or not about one case, whatever else agrees.

No level of a name or a date outweighs these. Sex is none of them: lists get it wrong too often where only a name was
known, and a wrong one is counted as any other field that differs.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PERSON = (
    "born more than ten years apart",
    "one died before the other was detained",
    "one was detained before the other was born",
    "one was released after the other died",
)
CASE = ("one left custody more than a year before the other was detained",)
_TEN_YEARS, _YEAR, _MONTH = 3653, 366, 31
Flags = NDArray[np.bool_]


def vetoed(left: pd.DataFrame, right: pd.DataFrame) -> tuple[NDArray[np.object_], Flags]:
    """Why paired rows of :func:`clemency.sources.linkage.scoring.comparable` cannot match; empty where they can.

    Returns
    -------
    array of str, array of bool
        The reason, and whether it forbids one person (True) or one case only: the same person may be detained again.
    """
    sides = ((left, right), (right, left))
    tests = [
        _births(left, right),
        _any(_before(a, "death", b, "detention_date", _MONTH) for a, b in sides),
        _any(_before(a, "detention_date", b, "birth_date", 0) for a, b in sides),
        _any(_before(a, "death", b, "release", _YEAR) for a, b in sides),
        _any(_before(a, k, b, "detention_date", _YEAR) for a, b in sides for k in ("release", "end", "expiry")),
    ]
    reasons = np.select(tests, [*PERSON, *CASE], "").astype(object)
    return reasons, np.logical_or.reduce(tests[:-1])


def _any(flags: Iterable[Flags]) -> Flags:
    return np.asarray(np.logical_or.reduce(list(flags)))


def _before(one: pd.DataFrame, first: str, other: pd.DataFrame, second: str, days: int) -> Flags:
    """The last day of the one lies more than some days before the first day of the other; False where unknown."""
    return np.asarray(other[f"{second}_low"].to_numpy() - one[f"{first}_high"].to_numpy() > days)


def _births(left: pd.DataFrame, right: pd.DataFrame) -> Flags:
    """Both known to the year, and more than ten years between them."""
    a, b, c, d = (t[f"birth_date_{s}"].to_numpy() for t in (left, right) for s in ("low", "high"))
    return np.asarray((b - a <= _YEAR) & (d - c <= _YEAR) & (np.maximum(a, c) - np.minimum(b, d) > _TEN_YEARS))
