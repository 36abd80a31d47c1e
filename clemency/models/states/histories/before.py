"""All rows of a frame, also those that are left out -> the state in which each spell must have been spent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clemency.models.kernel.sametime import made_equal
from clemency.models.modelframe.frames import numbers
from clemency.models.modelframe.groups import codes
from clemency.models.modelframe.status import event_codes
from clemency.typing import Bools, Floats, Ints

#: Nothing is known of the state; nothing was entered before.
UNKNOWN, FIRST = -1, 0
#: Why later spells of a person are left out.
REASON = "the state is not known after a spell whose end or event is missing"


@dataclass(frozen=True, slots=True)
class Before:
    """What the rows before each of N rows say of its state.

    Attributes
    ----------
    entered : ndarray of int, shape (N,)
        k for the k-th outcome, which the person entered last; 0 where none was entered before, -1 where that cannot be
        told.
    run : ndarray of int, shape (N,)
        One number for rows of a person between which nothing was entered.
    """

    entered: Ints
    run: Ints


def before_each(
    frame: pd.DataFrame, *, id: str, exit: str, event: str, entry: str | None, censored: str | None
) -> Before:
    """Find the state that each person entered last before each spell, whatever else is missing in the earlier rows.

    Parameters
    ----------
    frame : DataFrame, N rows
    id, exit, event, entry, censored
        As for `state_spells`.

    Returns
    -------
    Before
        Where an earlier spell has no event, the state is unknown until another one is entered. Where one that may end
        by entering a state has no time, it is unknown in every spell that does not begin before it.
    """
    start, stop = made_equal(None if entry is None else numbers(frame, entry), numbers(frame, exit))
    start, stop = _possible(start, stop)
    code, _ = event_codes(frame[event], event, censored)
    who = codes(frame[id])
    known = np.where(np.isnan(start), stop, start)  # in order of time also where one of both is missing
    order = np.lexsort((np.nan_to_num(stop, nan=np.inf), np.nan_to_num(known, nan=-np.inf), who))
    entered, run = _carried(order, who, code)
    entered[_after_untimed(who, start, stop, code)] = UNKNOWN
    return Before(entered, run)


def _possible(start: Floats | None, stop: Floats) -> tuple[Floats, Floats]:
    """Times, missing where they cannot be: before the clock begins, and in the wrong order."""
    start = np.zeros(len(stop)) if start is None else np.where(start < 0, np.nan, start)
    stop = np.where(stop < 0, np.nan, stop)
    wrong = stop < start
    return np.where(wrong, np.nan, start), np.where(wrong, np.nan, stop)


def _carried(order: Ints, who: Ints, code: Ints) -> tuple[Ints, Ints]:
    """Code of the last row before each that entered something or has no event, and a number for each run since."""
    person, ended = who[order], code[order]
    n = np.arange(len(order))
    begin = np.maximum.accumulate(np.where(np.r_[True, person[1:] != person[:-1]], n, 0))
    last = np.r_[-1, np.maximum.accumulate(np.where(ended != 0, n, -1))[:-1]]
    none = last < begin
    entered, run = np.empty(len(order), dtype=np.intp), np.empty(len(order), dtype=np.intp)
    entered[order] = np.where(none, FIRST, ended[last])
    run[order] = np.where(none, len(order) + begin, last)
    return entered, run


def _after_untimed(who: Ints, start: Floats, stop: Floats, code: Ints) -> Bools:
    """Rows that do not begin before a spell of the person which may have entered a state, nobody knows when."""
    untimed = np.isnan(stop) & (code != 0) & (who >= 0)
    since = np.full(int(who.max(initial=0)) + 1, np.inf)
    np.minimum.at(since, who[untimed], np.nan_to_num(start[untimed], nan=-np.inf))
    begin = np.where(np.isnan(start), stop, start)
    return np.asarray((since[who] < np.inf) & ~(begin < since[who]))
