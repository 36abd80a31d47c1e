"""Cases with their days -> the last day to which each is followed, and the kind of its end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts.followup.casetable import CaseTable, last_by_case
from clemency.cohorts.followup.registered import Ends, register_ends
from clemency.cohorts.inputs import CENSORED, ENDS, NAT, TERMINAL, chosen_day
from clemency.cohorts.rules import Rules

# Last statuses that say that a case did not stay until the end of its term.
_SHORTER = ("released_early", "parole", "died_in_custody", "executed")
_ALWAYS = np.datetime64("9999-12-31", "D")


def last_shown(table: CaseTable, rules: Rules) -> np.datetime64:
    """Last day on which anything is known, where the end of a term would else count as an expiry in the future."""
    days = np.concatenate([s.latest for s in (table.spans.status, table.spans.seen, table.spans.act)])
    known = days[~np.isnat(days)]
    return known.max() if rules.follow_up == "until_expiry" and len(known) else _ALWAYS


def case_ends(table: CaseTable, rules: Rules, expiry: NDArray) -> tuple[NDArray, NDArray]:
    """Last day and kind of end of each case, outcomes apart."""
    n = len(table.cases)
    status = table.cases["status"].astype("string").fillna("unknown").to_numpy(dtype=object)
    status_day, seen = chosen_day(table.spans.status, rules.dates), chosen_day(table.spans.seen, rules.dates)
    by_status = {s: name for name in rules.competing for s in ENDS[name][1]}
    event = np.array([by_status.get(s, CENSORED) for s in status], dtype=object)
    near = (status == "released") & (status_day + np.timedelta64(31, "D") >= expiry)
    if "expiry" in rules.competing:
        event[near] = "expiry"
    terminal = np.isin(status, TERMINAL)
    day = np.where(np.isnat(status_day), NAT, status_day)
    act_day, act_event = _ending_acts(table, rules)
    earlier = ~np.isnat(act_day) & (np.isnat(day) | (act_day <= day) | ~terminal)
    day, event = np.where(earlier, act_day, day), np.where(earlier, act_event, event)
    ended = earlier | (terminal & ~np.isnat(status_day)) | ((event != CENSORED) & ~np.isnat(status_day))
    if rules.follow_up == "register":
        expiry = np.fmax(expiry, _last_cut(table, rules))
        return register_ends(table.cases, Ends(day, event, ended), expiry, seen, rules)
    last_seen = _latest_of(seen, status_day, _last_shown_act(table, rules), table.sentence)
    day = np.where(ended, day, last_seen)
    event = np.where(ended, event, CENSORED)
    if rules.follow_up == "until_expiry":
        runs_on = ~ended & ~np.isnat(expiry) & ~(expiry < last_seen) & ~np.isin(status, _SHORTER)
        day = np.where(runs_on, expiry, day)
        event = np.where(runs_on, "expiry" if "expiry" in rules.competing else CENSORED, event)
    return day.reshape(n), event


def end_bounds(
    table: CaseTable, rules: Rules, expiry: NDArray, end: NDArray, event: NDArray
) -> tuple[NDArray, NDArray, NDArray]:
    """First and last day on which an end of this kind can have come, and whether on another day it is another."""
    earliest, latest, turns = end, end, np.zeros(len(end), dtype=bool)
    if rules.dates == "impute":  # every day is drawn
        return earliest, latest, turns
    for rule in ("earliest", "latest"):
        day, kind = case_ends(table, replace(rules, dates=rule), expiry)
        turns |= (kind != event) & (event != CENSORED)
        earliest, latest = np.fmin(day, earliest), np.fmax(day, latest)
    exact = turns | (event == CENSORED)
    return np.where(exact, end, earliest), np.where(exact, end, latest), turns


def _last_cut(table: CaseTable, rules: Rules) -> NDArray[np.datetime64]:
    """Day of the last cut within the term as it was set: what it left of the term cannot have ended before it."""
    day = chosen_day(table.spans.act, rules.dates)
    within = day <= table.terms(rules).set()[table.spans.row]
    return last_by_case(table, day, table.acts_of(["sentence_reduction"]) & ~table.spans.total & within)


def _ending_acts(table: CaseTable, rules: Rules) -> tuple[NDArray, NDArray]:
    by_type = {t: name for name in rules.competing for t in ENDS[name][0] if t not in rules.outcome}
    which = table.acts_of(by_type) & ~table.spans.total
    day = chosen_day(table.spans.act, rules.dates)
    acts = pd.DataFrame({"row": table.spans.row, "day": day, "type": table.acts["act_type"].astype("string")})
    first = acts[which].dropna(subset=["day"]).sort_values("day", kind="stable").drop_duplicates("row")
    by_case = first.set_index("row").reindex(range(len(table.cases)))
    return by_case["day"].to_numpy().astype("datetime64[D]"), by_case["type"].map(by_type).to_numpy(dtype=object)


def _last_shown_act(table: CaseTable, rules: Rules) -> NDArray[np.datetime64]:
    """Day of the last act that shows that a case was there."""
    own = table.acts_of(rules.outcome) if rules.follow_up == "independent" else np.zeros(len(table.acts), dtype=bool)
    return last_by_case(table, chosen_day(table.spans.act, rules.dates), ~own)


def _latest_of(*days: NDArray) -> NDArray[np.datetime64]:
    result = days[0]
    for day in days[1:]:
        result = np.fmax(result, day)
    return result
