"""Cases of a register -> the last day of follow-up, and intervals for ends that it does not date.

A register opens a record at detention or sentence and keeps it whatever comes later, so that who had no act is in it as
well. An act then brings nobody in and keeps nobody under observation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts.followup.evidence import without_own_acts
from clemency.cohorts.followup.termends import Terms
from clemency.cohorts.inputs import CENSORED, ENDS, EXTRACT, NAT, Spans
from clemency.cohorts.rules import Rules
from clemency.records.checks.plausible import Doubt
from clemency.records.errors import UsageError
from clemency.records.schema import GRANTED, REGISTER_AS_OF

#: Column of the cases whose end is an interval that was made here.
OPEN_END = "_open_end"
# Last statuses before the end of the term, and those that go with it.
_EARLY = ("released_early", "parole", "died_in_custody", "executed")
_IN_TIME = ("released", "released_on_expiry")
_MOST = 0.2  # share of cases with an act above which a register must be an extract: in the CECC's it is 0.02


def of_register(cases: pd.DataFrame) -> NDArray[np.bool_]:
    """Which cases the register opened, shape (n,)."""
    return (cases["frame"].astype("string") == "register").fillna(False).to_numpy(dtype=bool)


def followed_until(cases: pd.DataFrame, spans: Spans, until: str | None) -> str:
    """Day to which a register is followed: the last on which it saw one of its cases, and not after `until`.

    Cases with numbers of records (``cecc_record``, as the shipped ones have) are those of one export: what other
    documents saw of some of them later is no follow-up of the register.

    Raises
    ------
    UsageError
        If neither is known.
    """
    registered = of_register(cases)
    seen = spans.seen.earliest[registered]
    known = seen[~np.isnat(seen)]
    days = [known.max()] if len(known) else []
    days += [np.datetime64(until, "D")] if until else []
    if "cecc_record" in cases and registered.any() and cases["cecc_record"][registered].notna().all():
        days.append(np.datetime64(REGISTER_AS_OF, "D"))
    if not days:
        raise UsageError(
            "follow_up='register' follows cases to the day of the register's export, and no case of it has a "
            "seen_date: give until=, the day of the export."
        )
    return str(min(days))


def with_ends(cases: pd.DataFrame, acts: pd.DataFrame, spans: Spans, rules: Rules) -> pd.DataFrame:
    """Cases with an interval for the end that is known, but not when, and without sightings that are their acts.

    Parameters
    ----------
    cases, acts : DataFrame
        Checked, with a fresh index.
    spans : Spans
        Bounds of their dates.
    rules : Rules
        ``until`` is the last day to which the register is followed.

    Returns
    -------
    DataFrame
        ``status_date`` of those who died or left early on a day not known, and of those released ahead of a term's end,
        with what changed the term, that is later than that day or not known, is the interval from the last that is
        known of them inside (sentence, sighting, act) to the term's end or that day; they are marked in the column
        `OPEN_END`. Others released on a day not known keep none: they stay to the end of their term.
    """
    cap = np.datetime64(str(rules.until), "D")
    latest = Terms(cases, acts, spans, spans.custody.latest, spans.sentence.latest, "latest")
    expiry = latest.ends(cap)
    vague = _vague(cases, acts, spans, expiry, rules)
    low = spans.sentence.earliest
    for day in (spans.custody.earliest, spans.seen.earliest, _last_of(spans)):
        low = np.fmax(low, day)
    high = np.fmin(np.full(len(cases), cap), np.where(expiry < low, cap, expiry))
    vague &= ~np.isnat(low) & (low <= high)
    text = np.array([f"{a}/{b}" for a, b in zip(low.astype(str), high.astype(str), strict=True)], dtype=object)
    columns: dict[str, Any] = {
        "status_date": cases["status_date"].astype(object).mask(vague, pd.Series(text)),
        OPEN_END: vague,
    }
    if "seen_date" in cases:
        columns["seen_date"] = without_own_acts(cases, acts, spans, rules.outcome)["seen_date"]
    return cases.assign(**columns)


def _vague(cases: pd.DataFrame, acts: pd.DataFrame, spans: Spans, expiry: NDArray, rules: Rules) -> NDArray[np.bool_]:
    """Cases of the register that are known to have left, ahead of the end of their term, on a day not known."""
    cap = np.datetime64(str(rules.until), "D")
    status = cases["status"].astype("string").fillna("unknown").to_numpy(dtype=object)
    undated = np.isnat(spans.status.earliest) & np.isnat(spans.status.latest) & of_register(cases)
    types = [t for name in ("early_release", *rules.competing) for t in ENDS[name][0]]
    ending = acts["act_type"].astype("string").isin(types).to_numpy(dtype=bool) & ~spans.total
    dated = ~np.isnat(spans.act.earliest) & ~np.isnat(spans.act.latest)
    when, told = (np.isin(np.arange(len(cases)), spans.row[ending & w]) for w in (dated, ~dated))
    left = np.isin(status, _EARLY) | (np.isin(status, _IN_TIME) & (told | np.isnat(expiry) | (expiry > cap)))
    left |= (status == "medical_parole") & ("medical_parole" in rules.competing)
    return undated & left & ~when


def _last_of(spans: Spans) -> NDArray[np.datetime64]:
    """Day on or after which the last dated act of each case lies: who had it had not left before."""
    last = np.full(len(spans.sentence.earliest), NAT)
    np.fmax.at(last, spans.row[~spans.total], spans.act.earliest[~spans.total])
    return last


@dataclass(frozen=True, slots=True)
class Ends:
    """Ends of n cases that are recorded, each of shape (n,): day, kind of event, and whether there is one."""

    day: NDArray[np.datetime64]
    event: NDArray[np.object_]
    ended: NDArray[np.bool_]


def register_ends(
    cases: pd.DataFrame, recorded: Ends, expiry: NDArray[np.datetime64], seen: NDArray[np.datetime64], rules: Rules
) -> tuple[NDArray[np.datetime64], NDArray[np.object_]]:
    """Last day and kind of end of each case: what is recorded, the end of the term, or the register's last day.

    Parameters
    ----------
    cases : DataFrame
        From `with_ends`.
    recorded : Ends
    expiry, seen : ndarray of datetime64, shape (n,)
        End of the term, with what changed it, and the day on which a case was last seen inside; NaT where not known.
    rules : Rules
        Without ``expiry`` among the competing ends, a term that ran out censors.

    Returns
    -------
    day, event : ndarray, shape (n,)
        The day is NaT for fixed terms of which neither the end nor a sighting is known.
    """
    day, event, ended = recorded.day, recorded.event, recorded.ended
    open_end = cases[OPEN_END].to_numpy(dtype=bool) if OPEN_END in cases else np.zeros(len(cases), dtype=bool)
    day = np.where(open_end & ended, np.fmin(day, expiry), day)
    fixed = (cases["sentence_type"].astype("string") == "fixed").fillna(False).to_numpy(dtype=bool)
    runs_out = ~np.isnat(expiry) & ~(seen > expiry)
    stays = np.where(fixed | ~np.isnat(expiry), seen, np.datetime64(str(rules.until), "D"))
    kind_of_expiry = "expiry" if "expiry" in rules.competing else CENSORED
    last = np.where(runs_out, expiry, stays)
    return np.where(ended, day, last), np.where(ended, event, np.where(runs_out, kind_of_expiry, CENSORED))


def extract_doubts(cases: pd.DataFrame, acts: pd.DataFrame, outcomes: Sequence[str]) -> list[Doubt]:
    """Whether so many cases of a register have an act, of whatever kind, that it cannot be the whole of it."""
    registered = cases["case_id"][of_register(cases)]
    granted = acts["act_type"].astype("string").isin([*GRANTED, *outcomes]).to_numpy(dtype=bool)
    n = int(registered.isin(acts["case_id"][granted]).sum())
    if not len(registered) or n <= _MOST * len(registered):
        return []
    message = f"{n} of {len(registered)} cases of the register have an act; {EXTRACT}"
    return [Doubt("cases", None, "", "frame", "register", message, "Take every case of the register: cl.register().")]
