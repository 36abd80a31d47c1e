"""A cohort and dated events -> a trial at every event: the days after it against those after like days without one.

An event such as a summit reaches all prisoners at once, so that nobody of the same day can be the other arm. What is
compared is the calendar: windows that begin with an event, and windows that begin on a day of the same season some
years before or after it, on which there was none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort, ImputedCohort
from clemency.cohorts.followup.stops import origin_days, snapped
from clemency.models.designmatrix.design import variables
from clemency.models.imputation.repeated import over_imputations
from clemency.models.likelihood.covariance import FEW_CLUSTERS
from clemency.models.modelframe.arguments import MONTHS, check_level
from clemency.models.modelframe.status import CENSORED
from clemency.models.treatment.course import Course, refuse_made, refuse_recurrent
from clemency.models.treatment.nestedtrials import FollowUp, followed, until_first
from clemency.models.treatment.trialanalysis import (
    AT_ZERO,
    EXCLUSIONS,
    MADE,
    Criteria,
    Ends,
    analyse,
    arm_balance,
    arm_counts,
    eligibility,
    end_words,
    read_ends,
    some,
    standardising,
    summed_up,
)
from clemency.models.treatment.trialprotocol import event_protocol
from clemency.models.treatment.trialresult import Trials, pool_trials
from clemency.records import dates as edtf
from clemency.records.arguments.days import Lasting, duration, duration_months
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.wording import counted
from clemency.records.schema import EVENTS
from clemency.records.tables.frames import checked_frame
from clemency.records.terms import DAYS_PER_MONTH
from clemency.typing import Bools, Ints


@over_imputations(pool_trials)
@typed
def event_trials(
    cohort: Cohort | ImputedCohort,
    events: pd.DataFrame,
    *,
    outcome: str | Sequence[str] | None = None,
    negative: str | Sequence[str] | None = None,
    window: Lasting = "180D",
    washout: Lasting | None = None,
    step: Lasting = "12 months",
    reach: Lasting = "36 months",
    sides: Literal["both", "any"] = "both",
    eligible: Criteria | None = None,
    adjust: str | None = None,
    ci_level: float = 0.95,
) -> Trials:
    """Compare the time after events with the time after like days without one, event by event.

    Parameters
    ----------
    cohort : Cohort or ImputedCohort
        Its spells say who was at risk on which day, and when the act came: of each case the first, so that a cohort
        made with ``recurrent=True`` is refused.
    events : DataFrame
        Rows of `events`, or any frame with a column ``date`` of EDTF texts or days; of an event not dated to the day
        the latest possible day counts, as in `Cohort.expose`. Several of one day are one.
    outcome : str or sequence of str, optional
        Acts that count, several as one; the cohort's outcome by default, if it has one only.
    negative : str or sequence of str, optional
        Ends that an event cannot bring about, as a *negative control*: the same comparison, shown beside.
    window : str or timedelta
        How long people are followed after the day: an act counts in (day, day + window], and no later than the day of
        the next event.
    washout : str or timedelta, optional
        Days with an event in the time before them are neither events to begin with nor reference days; `window` by
        default, and no less.
    step : str or timedelta
        Distance of reference days from the event: a multiple of it. Twelve months keep the season.
    reach : str or timedelta
        How far reference days may lie from the event. The nearest before it and the nearest after it are taken; no two
        windows overlap, and earlier events choose first.
    sides : {"both", "any"}
        Whether an event needs a reference day on both sides to be compared. With one on a single side, a trend of the
        years between passes for what the event does; a warning says of how many events that holds.
    eligible : mapping from str to callable, optional
        Criteria in words, each with a function of the spells that gives one yes or no per row, judged on the day.
    adjust : str, optional
        Formula of covariates on the day for the model of the outcome; ``clock_at_zero`` (months since the origin) and
        ``year_at_zero`` may be among them.
    ci_level : float

    Returns
    -------
    Trials
        ``assigned`` is 1 after events, 0 after reference days; a trial is an event with its reference days, and
        ``trials`` has one row for each day. Of an imputed cohort, `ImputedTrials`.

    Raises
    ------
    UsageError
        For columns or arguments that cannot be used.
    DataError
        If no event can be compared, saying why.

    Notes
    -----
    What is identified is little. Everybody at risk on a day shares its arm: what could have been drawn are days, not
    people. The variance is the larger of that by person and that by trial, times G / (G - 1) where G trials have an
    outcome, with limits from the t distribution with G - 1 degrees of freedom: wide, as they should be where few days
    were compared.

    Reference days on both sides of an event take out a steady trend, and whole years the season. They cannot take out
    what comes with events: other politics of the same weeks, reporting that is denser around them, or acts moved
    forward or held back for them. An act granted to prepare an event counts for the time before it. Events are no
    random sample of days: a ratio here is an association in time. If the calendar of events might as well have been
    another, `placebo` gives an exact test; look at both.

    References
    ----------
    Hernán and Robins, American Journal of Epidemiology 183 (2016), 758-764. Lipsitch, Tchetgen Tchetgen and Cohen,
    Epidemiology 21 (2010), 383-388. de Chaisemartin and Ramirez-Cuellar, American Economic Journal: Applied Economics
    16 (2024), 193-212, on why errors of pairs are clustered by pair.

    Examples
    --------
    >>> import clemency as cl
    >>> events = cl.load("events")
    >>> made = cl.cohort(cl.load("cases"), cl.load("acts"), competing=["expiry", "death"], clock="sentence")
    >>> summits = events[(events["partner"] == "US") & (events["event_type"] == "summit")]
    >>> found = event_trials(made, summits, negative=["expiry", "death"])
    >>> found.tidy()["analysis"].tolist()
    ['outcome', 'negative control']
    """
    check_level(ci_level)
    single = _checked(cohort)
    frame = single.spells
    plan = _Plan.of(window, washout, step, reach, sides)
    ends = read_ends(frame, "event", CENSORED, outcome, negative, cohort.rules.outcome)
    used = () if adjust is None else variables(adjust, [*frame.columns, *AT_ZERO])
    fixed = tuple(v for v in used if v not in AT_ZERO)
    why, reasons = eligibility(frame, eligible or {}, fixed)
    course = _course(single)
    days, undated = _days(events)
    windows, left = _windows(course, why[course.row] == 0, days, plan)
    if not len(windows.day):
        raise _no_window(pd.concat([undated, left]))
    kept, units = _followed(course, why[course.row], windows, ends, plan)
    spells = _spells(frame, course, kept, units, windows, ends=ends, fixed=fixed)
    own = ["case_id", "exit"]
    done = analyse(spells, ends, adjust, own, person="person_id", shared=True, unit=MONTHS, ci_level=ci_level)
    done.said.extend(_few_days(windows))
    said = {"window": str(window), "step": str(step), **plan.said}
    return Trials(
        protocol=event_protocol(
            cohort, outcome=ends.outcome, negative=ends.negative, eligible=list(eligible or {}), adjust=adjust,
            **said,
        ),
        trials=arm_counts(spells, kept.switched[kept.unit], "case_id"),
        fits=done.fits,
        events=done.events,
        named=ends.named,
        df=done.df,
        warnings=done.warnings(),
        exclusions=pd.concat([undated, left, _ineligible(reasons, units)], ignore_index=True),
        balances=_balance(spells, kept, used),
        facts=_summary(windows) | summed_up(spells, kept, done, "person_id"),
        spells=spells,
        periods=None,
        starts=None,
        cluster="trial",
        unit=MONTHS,
    )  # fmt: skip


def _checked(cohort: Any) -> Cohort:
    if not isinstance(cohort, Cohort):
        raise UsageError(
            f"event_trials takes a cohort, not {type(cohort).__name__}: the calendar is that of its spells"
        )
    refuse_recurrent(cohort, "event_trials")
    refuse_made(cohort.spells, (*MADE, *AT_ZERO), "spells")
    return cohort


@dataclass(frozen=True, slots=True)
class _Plan:
    """Days of the windows, of the washout and within reach, the step in months or else in days, and all in words."""

    window: int
    washout: int
    step_months: int
    step_days: int
    reach: float
    sides: int
    said: dict[str, str]

    @classmethod
    def of(cls, window: Any, washout: Any, step: Any, reach: Any, sides: str) -> _Plan:
        if sides not in ("any", "both"):
            raise UsageError(f"sides={sides!r} is not one of: both, any.")
        months, far = duration_months(step, "step"), duration_months(reach, "reach") * DAYS_PER_MONTH
        whole = abs(months - round(months)) < 1e-9 and months >= 1
        length = duration(window, "window")
        if not months * DAYS_PER_MONTH <= far + 1:
            raise UsageError(f"reach={reach!r} is shorter than step={step!r}: no reference day would be within it")
        clean = length if washout is None else duration(washout, "washout")
        if clean < length:
            raise UsageError(f"washout={washout!r} is shorter than window={window!r}: windows would overlap")
        return cls(
            window=length,
            washout=clean,
            step_months=round(months) if whole else 0,
            step_days=max(round(months * DAYS_PER_MONTH), 1),
            reach=far + 1,  # years of 365 and of 366 days
            sides=2 if sides == "both" else 1,
            said={"washout": str(washout or window), "reach": str(reach), "sides": sides},
        )

    def moved(self, day: int, steps: int) -> int:
        """The day so many steps later; the last of February where a year has no 29th."""
        if not self.step_months:
            return day + steps * self.step_days
        stamp = pd.Timestamp("1970-01-01") + pd.Timedelta(days=day)
        return (stamp + pd.DateOffset(months=steps * self.step_months) - pd.Timestamp("1970-01-01")).days


def _course(cohort: Cohort) -> Course:
    """Spells in days since 1970, in order of case and time."""
    begin, end = cohort._days()
    who, key = pd.factorize(cohort.spells["case_id"], sort=True)
    row = np.lexsort((begin, who))
    who = who[row].astype(np.intp)
    if not len(row):
        raise DataError([Problem("cohort", None, "", "", "nobody is at risk", "Make another cohort.")])
    return Course(row, who, key, begin[row], end[row], np.zeros(len(row), bool), np.r_[True, who[1:] != who[:-1]])


def _days(events: pd.DataFrame) -> tuple[Ints, pd.DataFrame]:
    """Days since 1970 of the events, each once, and the events that have none."""
    if "date" not in events:
        raise UsageError("The events have no column 'date'.")
    events = checked_frame(events, EVENTS, dates=("date",), keyed=True)
    known = edtf.bounds(events["date"], table="events").latest
    without = np.isnat(known)
    ids = events["event_id"] if "event_id" in events else events["date"]
    gone = list(map(str, ids[without]))
    rows = [("event without a last day", "event", len(gone), some(gone))] if gone else []
    return np.unique(known[~without].astype("int64")), pd.DataFrame(rows, columns=EXCLUSIONS)


@dataclass(frozen=True, slots=True)
class _Windows:
    """Days on which windows begin: the trial and arm of each, and the days until it ends; shape (w,) each."""

    day: Ints
    trial: Ints
    treated: Bools
    limit: Ints


def _windows(course: Course, eligible: Bools, days: Ints, plan: _Plan) -> tuple[_Windows, pd.DataFrame]:
    """Find reference days for each event, no two windows overlapping, and say which events are left out."""
    begin, end = np.sort(course.begin[eligible]), np.sort(course.end[eligible])

    def at_risk(day: int) -> bool:
        """Whether spells have begun and not ended by a day; spells of a case do not overlap."""
        return bool(np.searchsorted(begin, day, side="right") > np.searchsorted(end, day, side="right"))

    def clear(day: int, itself: bool) -> bool:
        """Whether no event was in the washout before a day, nor, unless it is an event itself, on it."""
        before = np.searchsorted(days, day - plan.washout)
        return bool(before == np.searchsorted(days, day, side="left" if itself else "right"))

    def fits(day: int) -> bool:
        other = taken and any(day < stop and start < day + _length(day, days, plan) for start, stop in taken)
        return clear(day, False) and at_risk(day) and not other

    where = "both sides" if plan.sides == 2 else "either side"
    taken: list[tuple[int, int]] = []
    rows: list[tuple[int, int, bool]] = []
    gone: dict[str, list[str]] = {}
    for day in map(int, days):
        usable = at_risk(day) and clear(day, True)
        found = [r for side in (-1, 1) if usable and (r := _nearest(day, side, plan, fits)) is not None]
        checks = (
            (not at_risk(day), "nobody eligible is at risk on the day"),
            (not clear(day, True), f"another event in the {plan.said['washout']} before"),
            (len(found) < plan.sides, f"no day without an event, as asked, on {where} within {plan.said['reach']}"),
        )
        reason = next((text for failed, text in checks if failed), "")
        if reason:
            gone.setdefault(reason, []).append(str(np.datetime64(day, "D")))
            continue
        number = rows[-1][1] + 1 if rows else 0
        rows += [(day, number, True), *((r, number, False) for r in found)]
        taken += [(r, r + _length(r, days, plan)) for r in found]
    table = np.array(rows, dtype=np.intp).reshape(-1, 3)
    limit = np.array([_length(day, days, plan) for day in table[:, 0]], dtype=np.intp)
    left = pd.DataFrame([(t, "event", len(d), some(d)) for t, d in gone.items()], columns=EXCLUSIONS)
    return _Windows(table[:, 0], table[:, 1], table[:, 2] == 1, limit), left


def _length(day: int, days: Ints, plan: _Plan) -> int:
    """Days from one on that its window lasts: no further than the next event."""
    later = days[np.searchsorted(days, day, side="right") :]
    return int(min(later[0] - day, plan.window)) if len(later) else plan.window


def _nearest(day: int, side: int, plan: _Plan, fits: Callable[[int], bool]) -> int | None:
    """The nearest day on one side of an event, at a multiple of the step, that will do."""
    steps = side
    while abs((other := plan.moved(day, steps)) - day) <= plan.reach:
        if fits(other):
            return other
        steps += side
    return None


def _no_window(left: pd.DataFrame) -> DataError:
    told = "; ".join(f"{r.n} {r.reason}" for r in left.itertuples()) or "there are none"
    remedy = "Take other events, a shorter washout=, a wider reach=, or another cohort."
    return DataError([Problem("events", None, "date", "", f"no event can be compared: {told}", remedy)])


@dataclass(frozen=True, slots=True)
class _Units:
    """Window and first row of each person in a window, and how often somebody at risk was not eligible, by reason."""

    window: Ints
    place: Ints
    n_ineligible: Ints


def _followed(course: Course, why: Ints, windows: _Windows, ends: Ends, plan: _Plan) -> tuple[FollowUp, _Units]:
    windowed, places = [], []
    refused: Ints = np.zeros(int(why.max()) + 1, dtype=np.intp)
    for w, day in enumerate(windows.day):
        at = course.untreated(float(day))
        refused += np.bincount(why[at], minlength=len(refused))
        at = at[why[at] == 0]
        places.append(at)
        windowed.append(np.full(len(at), w))
    window, place = np.concatenate(windowed), np.concatenate(places)
    limit = windows.limit[window].astype(np.float64)
    zero = windows.day[window].astype(np.float64)
    found = followed(course, place, zero, limit, np.zeros(len(place), dtype=bool))
    cut = (limit < plan.window) & (course.end[course.last()[place]] > zero + limit)
    found = until_first(replace(found, switched=cut), found.whole & np.isin(ends.code[course.row[found.place]], (1, 2)))
    return found, _Units(window, place, refused)


def _spells(
    frame: pd.DataFrame, course: Course, kept: FollowUp, units: _Units, windows: _Windows, *, ends: Ends,
    fixed: tuple[str, ...],
) -> pd.DataFrame:  # fmt: skip
    row, zero_row, window = course.row[kept.place], course.row[units.place], units.window[kept.unit]
    day = windows.day[window]
    at_zero = frame.iloc[zero_row]
    columns: dict[str, Any] = {c: at_zero[c].array.take(kept.unit) for c in fixed}
    origin = snapped(origin_days(frame).to_numpy())[row]
    columns |= {
        "clock_at_zero": (day - origin) / DAYS_PER_MONTH,
        "year_at_zero": 1970 + day / (12 * DAYS_PER_MONTH),
        "trial": windows.trial[window],
        "zero": pd.to_datetime(day, unit="D"),
        "assigned": windows.treated[window].astype(int),
        "start": kept.start / DAYS_PER_MONTH,
        "stop": kept.stop / DAYS_PER_MONTH,
        "end": end_words(np.where(kept.whole, ends.code[row], 0)),
    }
    spells = frame.iloc[row].reset_index(drop=True).assign(**columns)
    weight = np.ones(len(spells))
    return spells.assign(weight=weight, arm_weight=standardising(spells, weight, kept.opening, kept.unit))


def _balance(spells: pd.DataFrame, kept: FollowUp, covariates: tuple[str, ...]) -> pd.DataFrame:
    first = spells.iloc[kept.opening]
    weight = first["arm_weight"].to_numpy()
    return arm_balance(first, covariates, weight, weight)


def _ineligible(reasons: list[str], units: _Units) -> pd.DataFrame:
    counts = zip(reasons, units.n_ineligible[1:], strict=False)
    return pd.DataFrame([(text, "control", int(n), "") for text, n in counts if n], columns=EXCLUSIONS)


def _summary(windows: _Windows) -> dict[str, Any]:
    days = {"n_days": len(np.unique(windows.day[windows.treated]))}
    return {"estimand": "per_protocol"} | days | {"n_reference_days": len(np.unique(windows.day[~windows.treated]))}


def _few_days(windows: _Windows) -> list[tuple[str, str, str, str]]:
    """Warn where days are few, and where a trend is not taken out."""
    said = []
    n = int(windows.treated.sum())
    if n < FEW_CLUSTERS:
        said.append(f"{counted(n, 'day')} with the event: whatever else came after these few is taken for its effect")
    alone = int((np.bincount(windows.trial) < 3).sum())
    if alone:
        said.append(f"{alone} of {n} with a reference day on one side only: a trend of the years passes for an effect")
    return [("", "assigned", "", text) for text in said]
