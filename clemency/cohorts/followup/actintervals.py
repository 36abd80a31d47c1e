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
from clemency.cohorts.inputs import Spans
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
    cases: pd.DataFrame, spans: Spans, w: Window, outcome: Bools, covariates: Mapping[str, pd.Series]
) -> pd.DataFrame:
    """One row for each case that is followed.

    Parameters
    ----------
    cases : DataFrame, n rows
    spans : Spans
        Bounds of the days of n cases and k acts.
    w : Window
    outcome : ndarray of bool, shape (k,)
        Which acts are outcomes.
    covariates : mapping of Series, n values each

    Returns
    -------
    DataFrame
        ``case_id, person_id, entry, lower, upper`` in months since the origin, the covariates, and ``reason``, empty
        unless the interval cannot be used.
    """
    first, last, has = _bounds(spans, outcome, len(cases))
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
    columns = {"case_id": cases["case_id"], "person_id": named}
    columns |= {name: pd.Series((day - zero) / DAYS_PER_MONTH) for name, day in times.items()}
    frame = pd.DataFrame({**columns, **covariates, "reason": pd.Series(reason)})
    return frame[w.able].reset_index(drop=True)


def _bounds(spans: Spans, outcome: Bools, n: int) -> tuple[Floats, Floats, Bools]:
    """First and last possible day of the first act of each of n cases, and whether there is one."""
    row, total = spans.row[outcome], spans.total[outcome]
    first, last = (as_days(d[outcome]) for d in (spans.act.earliest, spans.act.latest))
    earliest, latest = np.full(n, np.inf), np.full(n, np.inf)
    np.minimum.at(earliest, row, np.where(total | np.isnan(first), -np.inf, first))
    np.minimum.at(latest, row, np.where(total | np.isnan(last), np.inf, last))
    return earliest, latest, np.isin(np.arange(n), row)
