"""Spells with a treatment that starts once -> a trial at every time at which somebody starts, and all of them pooled.

A trial asks who is eligible, what each person is assigned to, from when they are followed, and for what. Spells answer
these questions at any time at which somebody starts treatment: whoever is eligible and untreated then goes into that
trial, those who start in one arm and the others in the other, and nothing that comes later decides on any of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.cohorts.followup.stops import origin_days
from clemency.models.designmatrix.design import variables
from clemency.models.imputation.repeated import over_imputations
from clemency.models.modelframe.arguments import MONTHS, check_level, unit_of
from clemency.models.modelframe.frames import as_frame, is_cohort
from clemency.models.modelframe.groups import ids_alike
from clemency.models.modelframe.status import CENSORED
from clemency.models.treatment.course import Course, refuse_made, refuse_recurrent, require_columns
from clemency.models.treatment.nestedtrials import (
    SEEN_TREATED,
    Entrants,
    FollowUp,
    entrants,
    followed,
    until_first,
)
from clemency.models.treatment.personperiods import refuse_codes
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
    few_treated,
    read_ends,
    some,
    standardising,
    summed_up,
    up_to_first,
)
from clemency.models.treatment.trialprotocol import sequential_protocol
from clemency.models.treatment.trialresult import Trials, pool_trials
from clemency.models.treatment.trialweights import (
    Starting,
    check_weight_arguments,
    large_weights,
    refuse_exploding,
    starting,
    trial_weights,
    truncated,
)
from clemency.models.treatment.weighting import AtEntry
from clemency.records.arguments.days import Lasting, duration_months
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.terms import DAYS_PER_MONTH
from clemency.typing import Floats

Estimand = Literal["per_protocol", "intention_to_treat"]
Scale = Literal["clock", "calendar"]


@over_imputations(pool_trials)
@typed
def sequential_trials(
    data: Any,
    *,
    treatment: str,
    outcome: str | Sequence[str] | None = None,
    negative: str | Sequence[str] | None = None,
    follow: Lasting | float | None = None,
    estimand: Estimand = "per_protocol",
    eligible: Criteria | None = None,
    adjust: str | None = None,
    denominator: str | None = None,
    numerator: str | None = None,
    period: str | None = None,
    scale: Scale = "clock",
    at_entry: AtEntry = "given",
    truncate: tuple[float, float] | None = (0.01, 0.99),
    largest: float | None = 100.0,
    penalty: Literal["firth"] | None = None,
    entry: str = "entry",
    exit: str = "exit",
    event: str = "event",
    id: str = "case_id",
    cluster: str | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    ci_level: float = 0.95,
) -> Trials:
    """Emulate a trial at every time at which somebody starts treatment, and pool them.

    Parameters
    ----------
    data : Cohort, ImputedCohort or DataFrame
        Spells (entry, exit] without gaps, cut where treatment starts. A covariate's value in a row is that at its
        beginning, and must not be a consequence of treatment. A person is at risk up to the first outcome or negative
        control; what follows it is left out and counted, and a cohort made with ``recurrent=True`` is refused.
    treatment : str
        0/1 column: whether treatment has started. It starts once and stays. People of whom it is missing are left out.
    outcome : str or sequence of str, optional
        Events that count, several as one; by default the only one of the cohort or of the column.
    negative : str or sequence of str, optional
        Events that treatment cannot bring about or prevent, as a *negative control*: their ratio comes out of the same
        trials and stands beside that of the outcome. Away from 1, it says that the arms are not alike.
    follow : str, timedelta or float, optional
        How long people are followed: for a cohort a time with its unit, such as ``"60 months"``; for a frame a number
        in the unit of its times. Without it, as long as they are at risk.
    estimand : {"per_protocol", "intention_to_treat"}
        Starting now against not starting during the follow-up: the untreated leave when they start. Or starting now
        against not starting now, whatever comes later.
    eligible : mapping from str to callable, optional
        Criteria in words, each with a function of the rows that gives one yes or no per row, judged at time zero.
        Beside them, everybody must be at risk and untreated before.
    adjust : str, optional
        Formula of covariates at time zero for the model of the outcome. Among them may be ``year_at_zero`` on the scale
        ``clock`` (of a cohort, or a frame in months with ``origin``), and ``clock_at_zero`` on the scale ``calendar``.
    denominator : str, optional
        Formula for the chance of starting in a period among the untreated, with all that goes with both starting and
        the outcome. It gives weights: by the chance of what a person did at time zero, times, in the untreated arm of
        ``per_protocol``, that of not having started in each period since. Without it there are no weights: being
        treated, and leaving when treatment starts, then must not depend on more than `adjust` has.
    numerator : str, optional
        Formula that makes the weights stable, ``"1"`` by default: covariates fixed at time zero, which then belong in
        `adjust`, and time.
    period : str, optional
        With `denominator`: column that names the period of each row, ``"interval"`` after ``cohort.split(clock=...)``.
    scale : {"clock", "calendar"}
        On which trials begin: the untreated are compared at the same time on the clock of the data, or on the same day.
        The calendar needs months and a column ``origin``, the day on which each clock began, as cohorts have.
    at_entry : {"given", "modelled"}
        A person treated in the first row was treated before being seen, and is in no trial; or has started just then.
    truncate : (float, float), optional
        Percentiles (as fractions) of the weights of either arm to which weights beyond are moved; None for none.
    largest : float, optional
        A weight beyond it, after truncation, is refused with the people that have it.
    penalty : "firth", optional
        For the model of starting: keeps its chances away from 0 and 1.
    entry, exit, event, id : str
        Columns; `id` names whose course of treatment it is.
    cluster : str, optional
        Column of the person, within whom errors are correlated: ``person_id`` if there is one, else `id`.
    censored : str or None
        The word in `event` that means censoring.
    time_unit : {"days", "weeks", "months", "quarters", "years"}, optional
        What the times of a frame count; a cohort counts months.
    ci_level : float

    Returns
    -------
    Trials
        Of an imputed cohort, `ImputedTrials`: trials are made within each imputation, and ratios pooled.

    Raises
    ------
    UsageError
        For columns or arguments that cannot be used.
    DataError
        If no trial can begin, saying why; for spells that overlap or leave gaps, a treatment that stops, chances of
        starting that have no estimate short of 0 or 1, and weights that explode.

    Notes
    -----
    A person may be in many trials as untreated, and in one as treated; errors are clustered on the person for that.
    Time zero is the same for both arms, so that no time is immortal: who starts in a month is not compared with those
    who had to get through that month without starting. The hazard ratio is from Cox's model on time since zero, with a
    baseline of its own for each trial; trials add up only if the ratio is the same in all of them.

    Weights are by period: who could have started later within the period of time zero, or starts in the middle of one,
    is met by and large only, as in `treatment_weights`. Choose short periods. Errors take the weights as known.

    A causal reading needs what no data can show: all common causes of starting and the outcome are in the models, and
    everybody could have started and have gone without. A negative control can speak against the first, and never for
    it.

    References
    ----------
    Hernán and Robins, American Journal of Epidemiology 183 (2016), 758-764. Gran, Røysland, Wolbers et al., Statistics
    in Medicine 29 (2010), 2757-2768. Danaei, García Rodríguez, Cantero, Logan and Hernán, Statistical Methods in
    Medical Research 22 (2013), 70-96. Keogh, Gran, Seaman, Davies and Vansteelandt, Statistics in Medicine 42 (2023),
    2191-2225. Lipsitch, Tchetgen Tchetgen and Cohen, Epidemiology 21 (2010), 383-388.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({
    ...     "case_id": ["a", "a", "b", "c", "c", "d"], "entry": [0, 5, 0, 0, 6, 1], "exit": [5, 9, 8, 6, 7, 12],
    ...     "event": [0, 1, 1, 0, 0, 0], "raised": [0, 1, 0, 0, 1, 0]})
    >>> found = sequential_trials(d, treatment="raised")
    >>> found.trials[["zero", "assigned", "n", "person_time", "outcome", "switched"]].astype(int)
       zero  assigned  n  person_time  outcome  switched
    0     5         0  3           11        1         1
    1     5         1  1            4        1         0
    2     6         0  2            8        1         0
    3     6         1  1            1        0         0
    """
    check_level(ci_level)
    check_weight_arguments(denominator, numerator, period, truncate, penalty, largest)
    _check_words(estimand=(estimand, Estimand), scale=(scale, Scale), at_entry=(at_entry, AtEntry))
    names = Names(treatment, entry, exit, event, id, cluster or "")
    read = _read(data, names, scale, time_unit, ends=(censored, outcome, negative))
    names, ends, unit = read.names, read.ends, read.unit
    model = _model(read.frame, names, (numerator or "1", denominator), period, at_entry, penalty)
    enrolled = _enrol(read, model, eligible or {}, adjust, given=at_entry == "given")
    per_protocol = estimand == "per_protocol"
    kept = _follow(enrolled, _length(data, follow), per_protocol)
    weighed = _weigh(enrolled, kept, model, per_protocol, truncate, largest)
    done = analyse(
        weighed.spells, ends, adjust, [id, exit], person=names.cluster, weighted=model is not None, unit=unit,
        ci_level=ci_level,
    )  # fmt: skip
    done.said.extend(few_treated(weighed.spells, names.cluster))
    told = {message for *_, message in done.said}
    done.said.extend(("", id, "", text) for text in ids_alike(read.frame[id]) if text not in told)
    plan = sequential_protocol(
        data, treatment=treatment, outcome=ends.outcome, negative=ends.negative, eligible=list(eligible or {}),
        limit="" if follow is None else str(follow), per_protocol=per_protocol, adjust=adjust,
        denominator=denominator, scale=scale, cluster=names.cluster,
    )  # fmt: skip
    return Trials(
        protocol=plan,
        trials=arm_counts(weighed.spells, kept.switched[kept.unit], id),
        fits=done.fits,
        events=done.events,
        named=ends.named,
        df=done.df,
        warnings=done.warnings(weighed.warnings),
        exclusions=pd.concat([read.exclusions, _exclusions(enrolled)], ignore_index=True),
        balances=weighed.balances,
        facts={"estimand": estimand} | summed_up(weighed.spells, kept, done, names.cluster) | weighed.facts,
        spells=weighed.spells,
        periods=None if model is None else model.positivity,
        starts=None if model is None else model.table,
        cluster=names.cluster,
        unit=unit,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """The data without people of whom treatment is not known, and what is read of all rows.

    ``scale`` is that of the trials, "" where no time has a day; ``exclusions`` has people who were left out.
    """

    frame: pd.DataFrame
    names: Names
    ends: Ends
    scale: str
    unit: str | None
    exclusions: pd.DataFrame


def _read(data: Any, names: Names, scale: str, time_unit: str | None, *, ends: tuple[Any, Any, Any]) -> _Read:
    """Read the data once; `ends` are the word for censoring, the outcome and the negative control."""
    refuse_recurrent(data, "sequential_trials")
    given = as_frame(data).reset_index(drop=True)
    unit = unit_of(is_cohort(data), time_unit)
    if not names.cluster:
        names = replace(names, cluster="person_id" if "person_id" in given else names.id)
    dated = _require(given, names, scale, unit)
    refuse_codes(given[given[names.treatment].notna()], names.treatment, names.id)
    frame, unknown = _with_known(given, names)
    own = data.rules.outcome if isinstance(data, Cohort) else ()
    read = read_ends(frame, names.event, *ends, own)
    frame, read, later = up_to_first(frame, read, names.id, names.entry, names.exit)
    gone = pd.concat([unknown, later], ignore_index=True)
    return _Read(frame, names, read, scale if dated else "", unit, gone)


def _model(
    frame: pd.DataFrame,
    names: Names,
    formulas: tuple[str, str | None],
    period: str | None,
    at_entry: AtEntry,
    penalty: Literal["firth"] | None,
) -> Starting | None:
    """Models of starting treatment, by the formulas of numerator and denominator; None without the latter."""
    above, below = formulas
    if below is None or period is None:
        return None
    return starting(
        frame,
        above,
        below,
        treatment=names.treatment,
        period=period,
        entry=names.entry,
        exit=names.exit,
        id=names.id,
        at_entry=at_entry,
        penalty=penalty,
    )


@dataclass(frozen=True, slots=True)
class Names:
    """Columns of the data."""

    treatment: str
    entry: str
    exit: str
    event: str
    id: str
    cluster: str


def _check_words(**given: tuple[Any, Any]) -> None:
    for name, (value, words) in given.items():
        if value not in get_args(words):
            raise UsageError(f"{name}={value!r} is not one of: {', '.join(get_args(words))}")


def _require(frame: pd.DataFrame, names: Names, scale: str, unit: str | None) -> bool:
    """Check the columns, and say whether each row's time has a day: months since a day that is known."""
    needed = [getattr(names, f.name) for f in fields(names)]
    require_columns(frame, needed)
    refuse_made(frame, (*MADE, *AT_ZERO))
    dated = unit == MONTHS and "origin" in frame and pd.api.types.is_datetime64_any_dtype(frame["origin"].dtype)
    if scale == "calendar" and not dated:
        raise UsageError(
            "scale='calendar' needs times in months (time_unit='months') and a column 'origin' of days on which each "
            "clock began, as cohorts have"
        )
    return bool(dated)


def _length(data: Any, follow: Any) -> float:
    """Length of follow-up in the unit of the data's times."""
    if follow is None:
        return float(np.inf)
    if is_cohort(data):
        return duration_months(follow, "follow")
    number = isinstance(follow, (int, float, np.number)) and not isinstance(follow, (bool, np.bool_))
    if not number or not follow > 0:
        raise UsageError(f"follow={follow!r} must be a number above 0 here, in the unit of the times of the data")
    return float(follow)


def _with_known(frame: pd.DataFrame, names: Names) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out people of whom it is not known in some row whether treatment had started."""
    who = frame[names.id]
    gone = who.isin(who[frame[names.treatment].isna()])
    people = list(dict.fromkeys(map(str, who[gone])))
    rows = [(f"'{names.treatment}' is missing", "person", len(people), some(people))] if people else []
    if gone.all():
        what = "it is missing for everybody" if len(frame) else "there are no spells"
        raise DataError([Problem("data", None, names.treatment, "", what, "Look at how it was made.")])
    return frame[~gone].reset_index(drop=True), pd.DataFrame(rows, columns=EXCLUSIONS)


@dataclass(frozen=True, slots=True)
class _Enrolled:
    """The data, the course of treatment in them, and who is in which trial.

    ``fixed`` are columns of the data that are adjusted for, ``covariates`` all of the models; ``shift`` is what the
    scale of the trials adds to the times of each row.
    """

    read: _Read
    course: Course
    entered: Entrants
    fixed: tuple[str, ...]
    covariates: tuple[str, ...]
    shift: Floats


def _enrol(read: _Read, model: Starting | None, eligible: Criteria, adjust: str | None, *, given: bool) -> _Enrolled:
    frame, names, scale = read.frame, read.names, read.scale
    own = {"clock": ("year_at_zero",), "calendar": ("clock_at_zero",)}.get(scale, ())
    used = () if adjust is None else variables(adjust, [*frame.columns, *own])
    if later := [v for v in used if v in (names.exit, names.event)]:
        raise UsageError(f"adjust= has '{later[0]}', how a spell ends, which nobody knows at time zero: leave it out.")
    fixed = tuple(v for v in used if v not in own)
    without = None
    if model is not None:
        without = ~np.isin(np.arange(len(frame)), model.course.row)
    why, reasons = eligibility(frame, eligible, fixed, without)
    shift = _origin_months(frame) if scale == "calendar" else np.zeros(len(frame))
    course = Course.of(frame, names.treatment, names.entry, names.exit, names.id, shift)
    entered = entrants(course, why[course.row], reasons, given=given)
    if not len(entered.zero):
        raise _no_trial(entered, names.treatment)
    more = () if model is None else model.covariates
    return _Enrolled(read, course, entered, fixed, tuple(dict.fromkeys([*used, *more])), shift)


def _origin_months(frame: pd.DataFrame) -> Floats:
    if frame["origin"].isna().any():
        row = int(np.flatnonzero(frame["origin"].isna())[0])
        raise DataError([Problem("data", row, "origin", "", "it is missing", "Give the day, or leave the case out.")])
    return np.asarray(origin_days(frame).to_numpy() / DAYS_PER_MONTH)


def _no_trial(entered: Entrants, treatment: str) -> DataError:
    """Say why nobody can be followed from the start of treatment on."""
    why = pd.Series([text for _, _, text in entered.refused], dtype=object).value_counts()
    told = "; ".join(f"{n} {text}" for text, n in why.items()) or "nobody starts treatment"
    remedy = "A trial needs somebody who starts while at risk and eligible, beside somebody who has not started."
    if SEEN_TREATED in why.index:
        remedy += " Who was treated before being seen has no time zero: see entry=, or at_entry='modelled'."
    return DataError([Problem("data", None, treatment, "", f"no trial can begin: {told}", remedy)])


def _follow(enrolled: _Enrolled, length: float, per_protocol: bool) -> FollowUp:
    entered, ends = enrolled.entered, enrolled.read.ends
    limit = np.full(len(entered.place), length)
    found = followed(
        enrolled.course, entered.place, entered.zero[entered.trial], limit, ~entered.treated & per_protocol
    )
    return until_first(found, found.whole & np.isin(ends.code[enrolled.course.row[found.place]], (1, 2)))


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Spells with their weights, balance, warnings and numbers of the weights."""

    spells: pd.DataFrame
    balances: pd.DataFrame
    warnings: pd.DataFrame | None
    facts: dict[str, Any]


def _weigh(
    enrolled: _Enrolled, kept: FollowUp, model: Starting | None, per_protocol: bool,
    truncate: tuple[float, float] | None, largest: float | None,
) -> _Weighed:  # fmt: skip
    row, zero_row = enrolled.course.row[kept.place], enrolled.course.row[enrolled.entered.place]
    spells = _spells(enrolled, kept)
    opening = kept.opening
    raw = weight = np.ones(len(spells))
    said, summary = None, {}
    if model is not None:
        raw = trial_weights(model, row, zero_row, kept.unit, enrolled.entered.treated, per_protocol)
        weight = truncated(raw, enrolled.entered.treated[kept.unit], truncate)
        who = spells[enrolled.read.names.id].to_numpy()
        refuse_exploding(weight, largest, who, row)
        said = pd.concat([model.warnings, large_weights(raw, who)], ignore_index=True)
        summary = {
            "mean_weight": float(weight.mean()),
            "max_weight": float(weight.max()),
            "max_raw": float(raw.max()),
            "n_truncated": int((weight != raw).sum()),
            "ess": float(weight[opening].sum() ** 2 / (weight[opening] ** 2).sum()),
        }
    before, arm_weight = (standardising(spells, w, opening, kept.unit) for w in (np.ones(len(spells)), weight))
    balances = arm_balance(spells.iloc[opening], enrolled.covariates, before[opening], arm_weight[opening])
    return _Weighed(spells.assign(weight=weight, arm_weight=arm_weight), balances, said, summary)


def _spells(enrolled: _Enrolled, kept: FollowUp) -> pd.DataFrame:
    """The data's rows for everybody in every trial."""
    read, entered, row = enrolled.read, enrolled.entered, enrolled.course.row[kept.place]
    zero_row = enrolled.course.row[entered.place]
    zero = entered.zero[entered.trial]
    out = read.frame.iloc[row].reset_index(drop=True)
    at_zero = read.frame.iloc[zero_row]
    columns: dict[str, Any] = {c: at_zero[c].array.take(kept.unit) for c in enrolled.fixed}
    shown: Any = zero[kept.unit]
    if read.scale == "calendar":
        shown = pd.to_datetime(np.rint(shown * DAYS_PER_MONTH), unit="D")
        columns["clock_at_zero"] = (zero - enrolled.shift[zero_row])[kept.unit]
    elif read.scale == "clock":
        months = _origin_months(read.frame)[zero_row] + zero
        columns["year_at_zero"] = (1970 + months / 12)[kept.unit]
    return out.assign(
        **columns,
        trial=entered.trial[kept.unit],
        zero=shown,
        assigned=entered.treated[kept.unit].astype(int),
        start=kept.start,
        stop=kept.stop,
        end=end_words(np.where(kept.whole, read.ends.code[row], 0)),
    )


def _exclusions(enrolled: _Enrolled) -> pd.DataFrame:
    """People who started treatment and are in no trial, and how often the untreated were not eligible."""
    entered, course = enrolled.entered, enrolled.course
    gone = pd.DataFrame(entered.refused, columns=["place", "time", "reason"])
    rows = []
    for reason, part in gone.groupby("reason", sort=False):
        people = list(dict.fromkeys(str(course.key[course.who[i]]) for i in part["place"]))
        rows.append((reason, "treated person", len(people), some(people)))
    rows += [(text, "control", n, "") for text, n in entered.n_ineligible.items()]
    return pd.DataFrame(rows, columns=EXCLUSIONS)
