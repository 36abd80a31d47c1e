"""Cases under observation and their acts, dated or not -> the interval in which the first act of each must lie.

The first of several acts comes no earlier than the earliest of their first days and no later than the earliest of their
last ones; an act without a date can be of any day, so that only its case bounds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts.followup.stops import as_days
from clemency.cohorts.inputs import bounds_of, is_total
from clemency.cohorts.rules import Rules
from clemency.records.terms import DAYS_PER_MONTH
from clemency.typing import Bools, Floats

BEFORE = "the first act can be of before entry"
AFTER = "the first act has no date and can be of after the end of follow-up"
UNSEEN = "no follow-up after entry"


@dataclass(frozen=True, slots=True)
class Window:
    """When cases are under observation, each of shape (n,).

    Attributes
    ----------
    origin, sentence, start, end : ndarray of datetime64
    ended : ndarray of bool
        False where follow-up is censored: an act may come after it.
    able : ndarray of bool
        Cases that are followed, whether the day of their act is known or not.
    """

    origin: NDArray[np.datetime64]
    sentence: NDArray[np.datetime64]
    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]
    ended: Bools
    able: Bools


def first_acts(
    cases: pd.DataFrame, acts: pd.DataFrame, w: Window, rules: Rules, known: Mapping[str, pd.Series]
) -> pd.DataFrame:
    """One row for each case that is followed.

    Returns
    -------
    DataFrame
        ``case_id, person_id, entry, lower, upper`` in months since the origin, the covariates, and ``reason``, empty
        unless the interval cannot be used.
    """
    first, last, has = _bounds(cases, acts, rules)
    start, end, sentence = (as_days(d) for d in (w.start, w.end, w.sentence))
    exact = has & (first == last)
    low = np.where(exact, first, first - 1)  # an act of a day comes after the end of the day before
    undated = has & np.isinf(last)
    reason = np.full(len(cases), "", dtype=object)
    reason[has & (last > start) & (low < start) & (start > sentence)] = BEFORE
    reason[undated & ~w.ended & (reason == "")] = AFTER
    reason[~(end > start) & ~(has & ~undated)] = UNSEEN
    event = has & (first <= end)
    upper = np.where(undated, end, last)
    upper = np.where(w.ended, np.fmin(upper, end), upper)
    upper = np.where(event, np.fmax(upper, start + 0.5), np.nan)
    lower = np.where(event, np.where(exact, upper, np.fmax(low, start)), end)
    zero = as_days(w.origin)
    named = cases["person_id"] if "person_id" in cases else cases["case_id"]
    times = {"entry": start, "lower": lower, "upper": upper}
    made = {"case_id": cases["case_id"], "person_id": named}
    made |= {name: pd.Series((day - zero) / DAYS_PER_MONTH) for name, day in times.items()}
    frame = pd.DataFrame({**made, **known, "reason": pd.Series(reason)})
    return frame[w.able].reset_index(drop=True)


def _bounds(cases: pd.DataFrame, acts: pd.DataFrame, rules: Rules) -> tuple[Floats, Floats, Bools]:
    """First and last possible day of the first act of each case, and whether there is one."""
    ours = acts[acts["act_type"].astype("string").isin(rules.outcome).to_numpy(dtype=bool)]
    span, total = bounds_of(ours, "act_date"), is_total(ours)
    unknown = [np.isnat(d) | total for d in (span.earliest, span.latest)]
    first = np.where(unknown[0], -np.inf, as_days(span.earliest))
    last = np.where(unknown[1], np.inf, as_days(span.latest))
    by = pd.DataFrame({"first": first, "last": last}).groupby(ours["case_id"].to_numpy()).min()
    found = by.reindex(cases["case_id"].to_numpy())
    return found["first"].to_numpy(), found["last"].to_numpy(), found["first"].notna().to_numpy()
