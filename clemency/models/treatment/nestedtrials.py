"""Rows of people and times at which trials begin -> who is in which trial, in which arm, and followed until when.

Arrays only. People in trials are numbered 0 to U - 1, each of them one person in one trial; a person may be in many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clemency.models.kernel.sametime import tolerance
from clemency.models.treatment.course import Course
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats, Ints

#: Rows of follow-up beyond which memory would be at risk.
MOST = 30_000_000


@dataclass(frozen=True, slots=True)
class Entrants:
    """U people in T trials.

    Attributes
    ----------
    zero : ndarray of float, shape (T,)
        When each trial begins.
    trial : ndarray of int, shape (U,)
    treated : ndarray of bool, shape (U,)
    place : ndarray of int, shape (U,)
        Place, in the course, of the row in which the person is at time zero.
    refused : list of (int, float, str)
        Of treated people in no trial: place of the row in which treatment starts, when, and why.
    n_ineligible : dict of str to int
        How often somebody untreated and at risk at a time zero was not eligible, by the first reason.
    """

    zero: Floats
    trial: Ints
    treated: Bools
    place: Ints
    refused: list[tuple[int, float, str]]
    n_ineligible: dict[str, int]


SEEN_TREATED = "treated when first seen or before"
NO_CONTROL = "nobody eligible and untreated at that time"


def entrants(course: Course, why: Ints, reasons: list[str], *, given: bool) -> Entrants:
    """Let a trial begin whenever somebody eligible starts treatment, with everybody eligible and untreated then.

    Parameters
    ----------
    course : Course
    why : ndarray of int, shape (k,)
        0 where the person of a row is eligible at its time, else 1 + the place in `reasons`.
    reasons : list of str
    given : bool
        Whether treatment in a person's first row began before the person was seen.

    Returns
    -------
    Entrants
    """
    onset = course.onsets()
    early = course.first[onset] & given
    failed = np.where(
        early, SEEN_TREATED, np.r_[np.array([""], dtype=object), np.array(reasons, dtype=object)][why[onset]]
    )
    refused = [(int(i), float(course.begin[i]), str(text)) for i, text in zip(onset, failed, strict=True) if text]
    starts = onset[failed == ""]
    zeros: list[float] = []
    trials: list[Ints] = []
    arms: list[Bools] = []
    places: list[Ints] = []
    not_eligible = np.zeros(len(reasons) + 1, dtype=np.intp)
    for t in np.unique(course.begin[starts]):
        treated, at_risk = starts[course.begin[starts] == t], course.untreated(t)
        not_eligible += np.bincount(why[at_risk], minlength=len(not_eligible))
        controls = at_risk[why[at_risk] == 0]
        if not len(controls):
            refused += [(int(i), float(t), NO_CONTROL) for i in treated]
            continue
        places += [treated, controls]
        arms += [np.ones(len(treated), dtype=bool), np.zeros(len(controls), dtype=bool)]
        trials.append(np.full(len(treated) + len(controls), len(zeros)))
        zeros.append(float(t))
    counts = {text: int(n) for text, n in zip(reasons, not_eligible[1:], strict=True) if n}
    empty = np.zeros(0, dtype=np.intp)
    return Entrants(
        zero=np.array(zeros),
        trial=np.concatenate(trials) if trials else empty,
        treated=np.concatenate(arms) if arms else empty.astype(bool),
        place=np.concatenate(places) if places else empty,
        refused=refused,
        n_ineligible=counts,
    )


@dataclass(frozen=True, slots=True)
class FollowUp:
    """R rows of follow-up of people in trials.

    Attributes
    ----------
    unit : ndarray of int, shape (R,)
        Person in a trial whose row it is; rows are in order of these and of time.
    place : ndarray of int, shape (R,)
        Row of the course that it is a part of.
    start, stop : ndarray of float, shape (R,)
        (start, stop] since time zero.
    whole : ndarray of bool, shape (R,)
        Whether the row ends where that of the course does, so that what ended this ends it too.
    switched : ndarray of bool, shape (U,)
        Whether treatment began during the follow-up of somebody in the other arm, which ended it.
    """

    unit: Ints
    place: Ints
    start: Floats
    stop: Floats
    whole: Bools
    switched: Bools

    @property
    def opening(self) -> Ints:
        """First row of each person in a trial, shape (U,)."""
        return np.flatnonzero(np.r_[True, self.unit[1:] != self.unit[:-1]])


def followed(course: Course, place: Ints, zero: Floats, limit: Floats, until_treated: Bools) -> FollowUp:
    """Follow people from time zero on.

    Parameters
    ----------
    course : Course
    place : ndarray of int, shape (U,)
        Row of each at time zero.
    zero : ndarray, shape (U,)
    limit : ndarray, shape (U,)
        Time since zero at which follow-up ends at the latest; may be infinite.
    until_treated : ndarray of bool, shape (U,)
        Whose follow-up ends when treatment starts.

    Returns
    -------
    FollowUp
    """
    n = course.last()[place] - place + 1
    if n.sum() > MOST:
        raise UsageError(
            f"the trials would have {n.sum():,} rows, more than {MOST:,}: shorten follow=, narrow eligible=, cut the "
            "spells at fewer times, or let treatment start at fewer (at the beginnings of months, say)"
        )
    unit = np.repeat(np.arange(len(place)), n)
    at = np.repeat(place - (np.cumsum(n) - n), n) + np.arange(n.sum())
    begin, end = course.begin[at] - zero[unit], course.end[at] - zero[unit]
    same = tolerance(course.begin, course.end)
    treated = course.exposed[at] & until_treated[unit]
    inside = (begin < limit[unit] - same) & ~treated
    # Treatment that starts as the follow-up ends by itself does not end it.
    switched = np.bincount(unit[treated & (begin < limit[unit] - same)], minlength=len(place)) > 0
    unit, at, begin, end = unit[inside], at[inside], begin[inside], end[inside]
    stop = np.minimum(end, limit[unit])
    return FollowUp(unit, at, np.maximum(begin, 0.0), stop, end <= limit[unit] + same, switched)


def until_first(follow: FollowUp, ended: Bools) -> FollowUp:
    """Leave out what comes after the first row that ended in an event, in each person's follow-up.

    Parameters
    ----------
    follow : FollowUp
    ended : ndarray of bool, shape (R,)

    Returns
    -------
    FollowUp
        Somebody who had an event before treatment began is no longer among those who switched.
    """
    before: Ints = np.cumsum(ended) - ended
    first = np.r_[True, follow.unit[1:] != follow.unit[:-1]]
    own = before - np.maximum.accumulate(np.where(first, before, 0))
    keep = own == 0
    had = np.bincount(follow.unit[ended], minlength=len(follow.switched)) > 0
    return FollowUp(
        unit=follow.unit[keep],
        place=follow.place[keep],
        start=follow.start[keep],
        stop=follow.stop[keep],
        whole=follow.whole[keep],
        switched=follow.switched & ~had,
    )
