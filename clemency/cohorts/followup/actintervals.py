"""Cases under observation, their acts and ends, dated or not -> the interval in which what came first must lie.

The first of several acts comes no earlier than the earliest of their first days and no later than the earliest of their
last ones; an act without a date can be of any day, so that only its case bounds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts.followup.casetable import CaseTable
from clemency.cohorts.followup.stops import as_days
from clemency.cohorts.inputs import CENSORED
from clemency.cohorts.rules import Rules
from clemency.records.terms import DAYS_PER_MONTH
from clemency.typing import Bools

BEFORE = "the first act can be of before entry"
AFTER = "the first act has no date and can be of after the end of follow-up"
UNSEEN = "no follow-up after entry"
SEVERAL = "the first act can be of several kinds"
#: Columns that serve `first_events` only.
_OF_ENDS = ("event", "end_lower", "end_upper", "several", "own_end")


@dataclass(frozen=True, slots=True)
class Window:
    """When cases are under observation, each of shape (n,).

    Attributes
    ----------
    origin, sentence, start, end : ndarray of datetime64
    earliest, latest : ndarray of datetime64
        Bounds of an end whose date is partial.
    event : ndarray of str
        Kind of end, ``censored`` where an act may come after it.
    able : ndarray of bool
        Cases that are followed, whether the day of their act is known or not.
    """

    origin: NDArray[np.datetime64]
    sentence: NDArray[np.datetime64]
    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]
    earliest: NDArray[np.datetime64]
    latest: NDArray[np.datetime64]
    event: NDArray[np.object_]
    able: Bools


def first_acts(table: CaseTable, w: Window, rules: Rules, covariates: Mapping[str, pd.Series]) -> pd.DataFrame:
    """One row for each case that is followed.

    Parameters
    ----------
    table : CaseTable, n cases
    w : Window
    rules : Rules
    covariates : mapping of Series, n values each

    Returns
    -------
    DataFrame
        ``case_id, person_id, entry, lower, upper`` of the first act in months since the origin, and ``end_lower,
        end_upper`` of the end; ``event``, of what came first; ``several``, whether the first act can be of several
        kinds; ``own_end``, whether its interval closes with the case; the covariates; and ``reason``, empty unless the
        interval cannot be used.
    """
    act = _first_of(table, rules)
    first, last = act["first"].to_numpy(), act["last"].to_numpy()
    has, ended = act["kind"].notna().to_numpy(), w.event != CENSORED
    start, end, sentence = (as_days(d) for d in (w.start, w.end, w.sentence))
    earliest, latest = (as_days(d) for d in (w.earliest, w.latest))
    exact = has & (first == last)
    low = np.where(exact, first, first - 1)  # an act of a day comes after the end of the day before
    undated = has & np.isinf(last)
    reason = np.full(len(act), "", dtype=object)
    reason[has & (last > start) & (low < start) & (start > sentence)] = BEFORE
    reason[undated & ~ended & (reason == "")] = AFTER
    reason[~(end > start) & ~(has & ~undated)] = UNSEEN
    event = has & (first <= end)
    upper = np.where(undated, latest, last)
    upper = np.where(ended, np.fmin(upper, latest), upper)
    upper = np.where(event, np.fmax(upper, start + 0.5), np.nan)
    lower = np.where(event, np.where(exact, upper, np.fmax(low, start)), end)
    day = np.where(earliest == latest, end, np.fmax(earliest - 1, start))
    times = {"entry": start, "lower": lower, "upper": upper, "end_lower": day, "end_upper": latest}
    cases = table.cases
    columns = {"case_id": cases["case_id"], "person_id": cases.get("person_id", cases["case_id"])}
    columns |= {name: pd.Series((days - as_days(w.origin)) / DAYS_PER_MONTH) for name, days in times.items()}
    kinds = np.where(event, act["kind"].to_numpy(dtype=object), w.event)
    columns["event"] = pd.Series(pd.Categorical(kinds, categories=[CENSORED, *rules.outcome, *rules.competing]))
    columns["several"] = pd.Series(event & act["several"].to_numpy(dtype=bool))
    columns["own_end"] = pd.Series(event & ended & (lower < upper) & (upper >= latest))
    return pd.DataFrame({**columns, **covariates, "reason": pd.Series(reason)})[w.able].reset_index(drop=True)


def first_events(rows: pd.DataFrame, ends: bool) -> pd.DataFrame:
    """The rows of `first_acts` with other ends as intervals of their own kind, or as censored."""
    table = rows.drop(columns=list(_OF_ENDS))
    if not ends:
        return table
    other = (rows["upper"].isna() & (rows["event"] != CENSORED)).to_numpy()
    table["lower"] = rows["lower"].mask(other, rows["end_lower"])
    table["upper"] = rows["upper"].mask(other, rows["end_upper"])
    table["reason"] = rows["reason"].mask((rows["reason"] == "") & rows["several"], SEVERAL)
    table.insert(int(table.columns.get_indexer(["upper"])[0]) + 1, "event", rows["event"])
    return table


def _first_of(table: CaseTable, rules: Rules) -> pd.DataFrame:
    """First and last possible day of the first act of each case, its kind (missing without one), and if of several.

    Acts of one and the same day are taken in the order of their names, as in the spells.
    """
    which, spans = table.acts_of(rules.outcome), table.spans
    first, last = (as_days(d[which]) for d in (spans.act.earliest, spans.act.latest))
    total = spans.total[which]
    columns = {
        "row": spans.row[which],
        "first": np.where(total | np.isnan(first), -np.inf, first),
        "last": np.where(total | np.isnan(last), np.inf, last),
        "kind": table.acts["act_type"].astype("string").to_numpy(dtype=object)[which],
    }
    acts = pd.DataFrame(columns).sort_values(["last", "first", "kind"], kind="stable")
    by = acts.groupby("row")
    able = acts[acts["first"] <= by["last"].transform("min")]  # that can be the first
    vague = (able["first"] < able["last"]).groupby(able["row"]).any()
    several = (able.groupby("row")["kind"].nunique() > 1) & vague
    one = by.agg(first=("first", "min"), last=("last", "min"), kind=("kind", "first")).assign(several=several)
    one = one.reindex(range(len(table.cases)))
    return one.assign(several=one["several"].eq(True))
