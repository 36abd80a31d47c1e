"""Person-periods -> a refusal where they are not the same fixed periods for all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency.records.errors import DataError, Problem
from clemency.typing import Floats, Ints

_UNEVEN = 1.15  # months have 28 to 31 days, quarters 90 to 92, years 365 or 366


def check_periods(kept: pd.DataFrame, period: str, id: str, begin: Floats, end: Floats, who: Ints, label: Ints) -> None:
    """Refuse labels that come back, and periods of unequal length: a chance is one per period.

    Parameters
    ----------
    kept : DataFrame
        Whose column `period` the codes in `label` come from, by place of first occurrence.
    period, id : str
    begin, end : ndarray, shape (q,)
        Of the q person-periods, in order of person and time.
    who, label : ndarray of int, shape (q,)

    Raises
    ------
    DataError
        First and last periods of a person may be shorter.
    """
    if len(np.unique(np.column_stack([who, label]), axis=0)) != len(label):
        raise DataError(
            [Problem("data", None, period, "", "a period comes back after another one", "Number them in time.")]
        )
    length = end - begin
    same = who[1:] == who[:-1]
    inside = np.r_[False, same] & np.r_[same, False]
    if not inside.any():
        return
    whole = pd.Series(length[inside]).groupby(label[inside]).agg(["min", "max"])
    odd = whole["max"] > _UNEVEN * whole["min"]
    longest = float(whole["max"].max())
    names = pd.unique(kept[period])
    if odd.any():
        worst = whole[odd].iloc[0]
        what = f"it lasts {worst['min']:.3g} for some and {worst['max']:.3g} for others, first and last periods apart"
        raise DataError([uncut(period, str(names[whole.index[odd][0]]), what)])
    over = np.flatnonzero(length > _UNEVEN * longest)
    if len(over):
        what = f"it lasts {length[over].max():.4g} for someone, longer than any whole period ({longest:.4g})"
        raise DataError([uncut(period, str(names[label[over[0]]]), what)])


def uncut(period: str, value: str, what: str) -> Problem:
    """Say that spells are not cut at fixed periods, and how to cut them."""
    remedy = (
        "Cut the spells at fixed periods to the end of the follow-up, as with cohort.split(clock=range(0, 481, 6))."
    )
    return Problem("data", None, period, value, what, remedy)
