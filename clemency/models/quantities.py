"""Covariates of which each value would be a level of its own -> a refusal that says what they look like."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from clemency.models.coding import Column
from clemency.records.errors import UsageError

_DURATIONS = (datetime.timedelta, np.timedelta64)
_DATES = (datetime.date, datetime.time, np.datetime64)
_PERIODS = (pd.Period,)


def refuse_quantity(column: Column) -> None:
    """Refuse dates, durations, and text that looks like measured numbers: each value would be a level of its own."""
    known, n = column.known, len(column.data)
    if column.declared or not known.levels:
        return
    for kinds, said in ((_DURATIONS, "durations"), (_DATES, "dates"), (_PERIODS, "periods")):
        if isinstance(known.levels[0], kinds):
            raise UsageError(
                f"'{known.name}' holds {said} (such as {known.names[0]}): turn them into numbers, such as months, or "
                "into categories first, if each value is a group"
            )
    if not isinstance(known.levels[0], str):
        return
    number, size = pd.to_numeric(pd.Series(known.levels, dtype=object), errors="coerce"), len(known.levels)
    if number.notna().all() and size > 2 and ((number % 1 != 0).any() or 2 * size > n):
        shown = ", ".join(repr(v) for v in known.levels[:3])
        raise UsageError(
            f"'{known.name}' looks like numbers read as text ({shown} ...): make it numeric with pd.to_numeric, or "
            f"write C({known.name}) if its {size} values are groups"
        )
