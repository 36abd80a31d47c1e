"""Cases under observation, their acts and ends, dated or not -> the interval in which what came first must lie.

The first of several acts comes no earlier than the earliest of their first days and no later than the earliest of their
last ones; an act without a date can be of any day, so that only its case bounds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

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
NO_ACTS = "Intervals are of first acts: make the cohort from cases and acts, with recurrent=False."
UNCLEAR = (
    "A condition (where(), expose_from()) has kept a part of some case's time, or does not say whether it holds for a "
    "case whose act has no date, and so no spell: take intervals() before, and choose among its rows."
)
#: Columns that serve `first_events` only.
_OF_ENDS = ("event", "end_lower", "end_upper", "several", "own_end", "turns")


@dataclass(frozen=True, slots=True)
class Window:
    """When cases are under observation, each of shape (n,).

    Attributes
    ----------
    origin, sentence, start, end : ndarray of datetime64
    earliest, latest : ndarray of datetime64
        Bounds of an end whose date is partial.
    turns : ndarray of bool
        Where an end on another day of its date is of another kind: its day is the chosen one.
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
    turns: Bools
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
        kinds; ``own_end``, whether its interval closes with the case; ``turns``, whether the kind of an end depends on
        its day; the covariates; and ``reason``, empty unless the interval cannot be used.
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
    columns["turns"] = pd.Series(~event & w.turns)
    return pd.DataFrame({**columns, **covariates, "reason": pd.Series(reason)})[w.able].reset_index(drop=True)


def first_events(acts: pd.DataFrame, ends: bool) -> pd.DataFrame:
    """The rows of `first_acts` with other ends as intervals of their own kind, or as censored."""
    table = acts.drop(columns=list(_OF_ENDS))
    if not ends:
        return table
    other = (acts["upper"].isna() & (acts["event"] != CENSORED)).to_numpy()
    table["lower"] = acts["lower"].mask(other, acts["end_lower"])
    table["upper"] = acts["upper"].mask(other, acts["end_upper"])
    table["reason"] = acts["reason"].mask((acts["reason"] == "") & acts["several"], SEVERAL)
    table.insert(int(table.columns.get_indexer(["upper"])[0]) + 1, "event", acts["event"])
    return table


def narrowed(
    acts: pd.DataFrame | None,
    spells: pd.DataFrame,
    chosen: NDArray[Any],
    mask: pd.Series | Callable[[pd.DataFrame], Any],
) -> pd.DataFrame | None:
    """The rows of `first_acts` of cases that a condition on spells keeps; None where it leaves open which they are.

    Cases without spells, since their act has no date, are judged by a condition that is a function of covariates.
    """
    if acts is None:
        return None
    kept = spells["case_id"][chosen]
    had = acts["case_id"].isin(spells["case_id"])
    parts = int(spells["case_id"].isin(kept).sum()) > len(kept)
    judged = _judged(acts[~had], spells, chosen, mask) if not (parts or had.all()) else None
    here = acts["case_id"].isin(kept) | ~had
    if judged is not None:
        here[~had] = judged
    unclear = parts or (judged is None and not had.all() and len(kept) < len(spells))
    return None if unclear else acts[here].reset_index(drop=True)


def _judged(
    acts: pd.DataFrame, spells: pd.DataFrame, chosen: NDArray[Any], mask: pd.Series | Callable[[pd.DataFrame], Any]
) -> Bools | None:
    """What a condition says of cases without spells; None if it needs what only spells have, or all of them."""
    if not callable(mask):
        return None
    own = [c for c in acts if c in spells and c not in ("entry", "event")]
    try:
        answer = pd.Series(mask(pd.concat([spells[own], acts[own]], ignore_index=True))).to_numpy()
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    same = len(answer) == len(spells) + len(acts) and np.array_equal(answer[: len(spells)], chosen)
    return answer[len(spells) :].astype(bool) if same else None


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
