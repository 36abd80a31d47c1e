"""Spells in states and a time -> chances of later states for those who are in each state then."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency.models.kernel.riskset import pairs_of
from clemency.models.states.histories.spells import StateSpells
from clemency.models.states.tables import at, estimate, long
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats, Ints


def present(s: StateSpells, start: float) -> Bools:
    """Which spells somebody was seen in just after a time, shape (n,)."""
    found: Bools = (s.entry <= start) & (s.history.exit > start)
    return found


def transition_chances(s: StateSpells, start: float, times: Floats, conf_type: str, ci_level: float) -> pd.DataFrame:
    """Chances from each state that is no end, from all who are seen after `start`; shape as of `landmark`."""
    _check(s, start)
    here = present(s, start)
    parts = []
    for j in np.flatnonzero(~s.ends):
        e = estimate(s, start, np.eye(len(s.states))[j])
        found = at(e, times, s.history.matched(times), start)
        frame = long(found, times, s.states, s.history.groups, conf_type, ci_level)
        parts.append(_labelled(s, frame, start, int(j), _people(s, here & (s.state == j)), len(times)))
    return pd.concat(parts, ignore_index=True)


def landmark(s: StateSpells, start: float, times: Floats, conf_type: str, ci_level: float) -> pd.DataFrame:
    """Chances from each state in which anybody was seen at `start`, from those alone.

    Parameters
    ----------
    s : StateSpells
    start : float
    times : ndarray, shape (T,)
    conf_type : str
    ci_level : float

    Returns
    -------
    DataFrame
        ``start, from, n, time, state, <by>, estimate, std_error, ci_low, ci_high``.
    """
    _check(s, start)
    here, parts = present(s, start), []
    member = s.person * len(s.history.groups) + s.history.groups.code
    for j in np.flatnonzero(~s.ends):
        mine = here & (s.state == j)
        count = _people(s, mine)
        if not count.any():
            continue
        # Of a person who is in several groups, only what comes in the one where it was seen counts.
        e = estimate(s, start, np.eye(len(s.states))[j], np.isin(member, member[mine]))
        found = at(e, times, s.history.matched(times), start)
        for values in found.values():
            values[count == 0] = np.nan
        frame = long(found, times, s.states, s.history.groups, conf_type, ci_level)
        parts.append(_labelled(s, frame, start, int(j), count, len(times)))
    return pd.concat(parts, ignore_index=True)


def _check(s: StateSpells, start: float) -> None:
    if not present(s, start).any():
        raise UsageError(f"start={start:g}: nobody is under observation then.")


def _people(s: StateSpells, which: Bools) -> Ints:
    """Persons with such spells in each group, shape (G,)."""
    G = len(s.history.groups)
    return np.bincount(pairs_of(s.history.groups.code[which], s.person[which])[0], minlength=G)


def _labelled(s: StateSpells, frame: pd.DataFrame, start: float, j: int, count: Ints, T: int) -> pd.DataFrame:
    front = {"start": start, "from": pd.Categorical.from_codes(np.full(len(frame), j), list(s.states))}
    front["n"] = np.repeat(count, T * len(s.states))
    return pd.concat([pd.DataFrame(front, index=frame.index), frame], axis=1)
