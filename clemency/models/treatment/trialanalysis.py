"""Follow-up of two arms in many trials -> hazard ratios, counts by trial and arm, balance, and what to warn of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.hazard.cox import cox
from clemency.models.hazard.estimate import Estimate
from clemency.models.likelihood.covariance import FEW_CLUSTERS
from clemency.models.modelframe.status import event_codes
from clemency.models.regression.chances import indicators, standardised
from clemency.models.treatment.course import after_first
from clemency.models.treatment.nestedtrials import FollowUp
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.wording import counted, listed
from clemency.typing import Bools, Floats, Ints

OUTCOME, CONTROL, OTHER, CENSORED = "outcome", "negative control", "other end", "censored"
ARMS = ("untreated", "treated")
FEW = 5
#: Columns that the spells of trials have beside those of the data.
MADE = ("trial", "zero", "assigned", "start", "stop", "end", "weight", "arm_weight")
#: Those of time zero, for formulas.
AT_ZERO = ("year_at_zero", "clock_at_zero")
WARNINGS = ["analysis", "term", "level", "message"]
#: Words of a criterion of eligibility, and what says of each row whether it is met.
Criteria = Mapping[str, Callable[[pd.DataFrame], pd.Series]]
EXCLUSIONS = ["reason", "unit", "n", "who"]


def some(names: Sequence[str], most: int = 20) -> str:
    """The first of some names."""
    return ", ".join(names[:most]) + (" ..." if len(names) > most else "")


@dataclass(frozen=True, slots=True)
class Ends:
    """What counts as the outcome and what as the negative control, and the code of each in every row.

    Attributes
    ----------
    outcome, negative : tuple of str
    code : ndarray of int, shape (n,)
        0 censored, 1 the outcome, 2 the negative control, 3 another end.
    """

    outcome: tuple[str, ...]
    negative: tuple[str, ...]
    code: Ints

    @property
    def named(self) -> dict[str, tuple[str, ...]]:
        """The events of each analysis."""
        return {OUTCOME: self.outcome} | ({CONTROL: self.negative} if self.negative else {})


def read_ends(
    frame: pd.DataFrame, event: str, censored: str | None, outcome: Any, negative: Any, own: Sequence[str]
) -> Ends:
    """Read how each row ended.

    Parameters
    ----------
    frame : DataFrame, n rows
    event : str
    censored : str or None
    outcome, negative : str, sequence of str, or None
    own : sequence of str
        Outcomes of the cohort, which an `outcome` of None stands for if it is one; else empty.

    Returns
    -------
    Ends

    Raises
    ------
    UsageError
        For names that are no events, or in both.
    DataError
        For rows without an event code.
    """
    code, kinds = event_codes(frame[event], event, censored)
    gone = np.flatnonzero(code < 0)
    if len(gone):
        what = f"how the spell ended is missing in {counted(len(gone), 'row')}"
        raise DataError([Problem("data", int(gone[0]), event, "", what, "Leave these cases out.")])
    names = _names(outcome) or tuple(own) or kinds
    if outcome is None and len(names) > 1:
        raise UsageError(
            f"there are several kinds of event ({', '.join(names)}): say with outcome= which, or name all to add "
            "them up"
        )
    against = _names(negative)
    for word, several in (("outcome", names), ("negative", against)):
        unknown = [n for n in several if n not in kinds]
        if unknown:
            raise UsageError(f"{word} {unknown[0]!r} is not an event in '{event}'; its events are: {', '.join(kinds)}")
    both = [n for n in names if n in against]
    if both:
        raise UsageError(f"{both[0]!r} cannot be the outcome and the negative control at once")
    kind = np.array([0] + [1 if k in names else 2 if k in against else 3 for k in kinds])
    return Ends(names, against, kind[code])


def up_to_first(
    frame: pd.DataFrame, ends: Ends, id: str, entry: str, exit: str
) -> tuple[pd.DataFrame, Ends, pd.DataFrame]:
    """Leave out what follows a person's first outcome or negative control: nobody is at risk of a first one then.

    Parameters
    ----------
    frame : DataFrame, n rows
    ends : Ends
    id, entry, exit : str

    Returns
    -------
    frame : DataFrame
    ends : Ends
    exclusions : DataFrame
        ``reason, unit, n, who``.
    """
    later = after_first(frame, np.isin(ends.code, (1, 2)), id, entry, exit)
    if not later.any():
        return frame, ends, pd.DataFrame(columns=EXCLUSIONS)
    people = list(dict.fromkeys(map(str, frame[id][later])))
    told = f"spells after the first {' or '.join((*ends.outcome, *ends.negative))}"
    left = pd.DataFrame([(told, "person", len(people), some(people))], columns=EXCLUSIONS)
    return frame[~later].reset_index(drop=True), replace(ends, code=ends.code[~later]), left


def end_words(code: Ints) -> pd.Categorical:
    """How rows of follow-up ended, from the codes of `Ends`."""
    return pd.Categorical.from_codes(code, categories=[CENSORED, OUTCOME, CONTROL, OTHER])


def _names(given: Any) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))


@dataclass(slots=True)
class Analyses:
    """Fits of the outcome and of the negative control, events by arm, and warnings.

    Attributes
    ----------
    fits : dict of str to Estimate or None
        None where there is no estimate.
    events : dict of str to (int, int)
        Among the treated and the untreated; an event that counts in several trials is one.
    df : dict of str to float
        Degrees of freedom of the t distribution of the limits.
    said : list of (analysis, term, level, message)
    """

    fits: dict[str, Any] = field(default_factory=dict)
    events: dict[str, tuple[float, float]] = field(default_factory=dict)
    df: dict[str, float] = field(default_factory=dict)
    said: list[tuple[str, str, str, str]] = field(default_factory=list)

    def warnings(self, more: pd.DataFrame | None = None) -> pd.DataFrame:
        """What to warn of, that of the weights first."""
        rows = [] if more is None else [("weights", r.term, r.level, r.message) for r in more.itertuples()]
        return pd.DataFrame([*rows, *self.said], columns=WARNINGS)


def analyse(
    spells: pd.DataFrame,
    ends: Ends,
    adjust: str | None,
    own: list[str],
    *,
    person: str,
    weighted: bool = False,
    shared: bool = False,
    unit: str | None,
    ci_level: float,
) -> Analyses:
    """Fit Cox's model, with a baseline for each trial, to the outcome and to the negative control.

    Parameters
    ----------
    spells : DataFrame
        With ``trial, assigned, start, stop, end`` and, if weighted, ``weight``.
    ends : Ends
    adjust : str or None
        Formula.
    own : list of str
        Columns that tell events of the data apart: a case, and the time at which its spell ends.
    person : str
        Column on which errors are clustered.
    weighted : bool
    shared : bool
        Whether all people of a day have one arm, so that trials, and not people, are what was drawn: see `by_trial`.
    unit : str or None
        Of the times.
    ci_level : float

    Returns
    -------
    Analyses
    """
    analyses = Analyses()
    formula = "assigned" if adjust is None else f"assigned + {adjust}"
    options: dict[str, Any] = {"entry": "start", "exit": "stop", "event": "end", "strata": "trial", "cluster": person}
    options |= {"weights": "weight" if weighted else None, "time_unit": unit, "ci_level": ci_level}
    for analysis in ends.named:
        analyses.df[analysis], analyses.fits[analysis] = np.inf, None
        if not _estimable(analyses, analysis, spells, ends, own):
            continue
        fit = _fitted(analyses, analysis, spells, formula, options)
        if fit is not None and shared:
            fit, analyses.df[analysis] = by_trial(fit, spells, analysis)
            if np.isnan(fit.covariance[0, 0]):
                n = counted(analyses.df[analysis] + 1, "trial")
                analyses.said.append(
                    (analysis, "assigned", "", f"no limits: events in {n}, too few for errors by trial")
                )
        analyses.fits[analysis] = fit
    return analyses


def _estimable(analyses: Analyses, analysis: str, spells: pd.DataFrame, ends: Ends, own: list[str]) -> bool:
    """Count events, and say whether both arms have some."""
    hit = spells["end"] == analysis
    counts = {a: len(spells.loc[hit & (spells["assigned"] == k), own].drop_duplicates()) for k, a in enumerate(ARMS)}
    analyses.events[analysis] = (counts["treated"], counts["untreated"])
    said = " or ".join(ends.named[analysis])
    empty = [arm for arm, n in counts.items() if not n]
    few = [f"{n} among the {arm}" for arm, n in counts.items() if n < FEW]
    if empty:
        text = f"no estimate: no {said} among the {' and none among the '.join(empty)}"
        analyses.said.append((analysis, "assigned", "", text))
    elif few:
        analyses.said.append((analysis, "assigned", "", f"fewer than five events ({said}): {listed(few)}"))
    return not empty


def by_trial(fit: Estimate, spells: pd.DataFrame, analysis: str) -> tuple[Estimate, float]:
    """Errors where all people of a day share an arm, and their degrees of freedom.

    Parameters
    ----------
    fit : Estimate
        With errors clustered on the person.
    spells : DataFrame
        Trials in it share no time of the calendar.
    analysis : str

    Returns
    -------
    fit : Estimate
        With the larger of the variances by person and by trial, times G / (G - 1); missing where trials with an event
        are one, or no more than the coefficients.
    df : float
        G - 1, of the G trials with an event.

    Notes
    -----
    Not by window: a trial's windows have one baseline, whose fit takes up what they do not share. The windows of a pair
    are together in a cluster for that (de Chaisemartin and Ramirez-Cuellar, American Economic Journal: Applied
    Economics 16, 2024, 193-212).
    """
    G = spells.loc[spells["end"] == analysis, "trial"].nunique()
    largest, name = np.full_like(fit.covariance, np.nan), f"{fit.variance} or trial ({G}), the larger"
    if len(fit.coefficients) < G:
        other = fit.with_variance(cluster="trial").covariance
        largest = fit.covariance if fit.covariance[0, 0] >= other[0, 0] else other
    return replace(fit, covariance=largest * (G / max(G - 1, 1)), variance=name), float(G - 1)


def few_treated(spells: pd.DataFrame, person: str) -> list[tuple[str, str, str, str]]:
    """Warn where the treated are so few that errors by person cannot be trusted."""
    n = spells.loc[spells["assigned"] == 1, person].nunique()
    text = f"{counted(n, 'person')} treated: robust errors rest on so few and may be too small"
    return [("", "assigned", "", text)] if n < FEW_CLUSTERS else []


def eligibility(
    frame: pd.DataFrame, criteria: Criteria, columns: Sequence[str], without: Bools | None = None
) -> tuple[Ints, list[str]]:
    """Judge each row by criteria.

    Parameters
    ----------
    frame : DataFrame, n rows
    criteria : mapping from str to callable
        Words of each, and what gives yes or no for every row.
    columns : sequence of str
        That must not be missing.
    without : ndarray of bool, shape (n,), optional
        Rows of people who have no weight.

    Returns
    -------
    why : ndarray of int, shape (n,)
        0 for each row whose person is eligible then, else 1 + the place of the first reason why not.
    reasons : list of str

    Raises
    ------
    UsageError
        For a criterion that does not give yes or no for each row, gives it under another index, or fails.
    """
    checks = [(frame[c].isna().to_numpy(dtype=bool), f"'{c}' is missing") for c in columns]
    if without is not None:
        checks.append((without, "no weight, as a covariate of denominator= is missing in some row"))
    for words, test in criteria.items():
        values = _met(frame, words, test)
        unknown = values.isna().to_numpy(dtype=bool)
        yes = np.zeros(len(frame), dtype=bool)
        yes[~unknown] = values[~unknown].to_numpy(dtype=bool)
        checks += [(unknown, f"not known whether: {words}"), (~unknown & ~yes, f"not: {words}")]
    why: Ints = np.zeros(len(frame), dtype=np.intp)
    reasons: list[str] = []
    for failed, text in checks:
        now = failed & (why == 0)
        if now.any():
            reasons.append(text)
            why[now] = len(reasons)
    return why, reasons


def _met(frame: pd.DataFrame, words: str, test: Callable[[pd.DataFrame], Any]) -> pd.Series:
    """What a criterion says of each row, in the order of the rows."""
    try:
        met = test(frame)
    except Exception as error:
        text = f"eligible={words!r} cannot be judged: its function raised {type(error).__name__} ({error})"
        raise UsageError(
            f"{text}. It is given the spells, whose columns are: {listed(list(map(str, frame)))}."
        ) from error
    if not isinstance(met, pd.Series | np.ndarray) or len(met) != len(frame):
        raise UsageError(f"eligible={words!r} must give one yes or no for each row of the data")
    values = pd.Series(met)
    if isinstance(met, pd.Series) and not met.index.equals(frame.index):
        if not (met.index.is_unique and frame.index.is_unique and met.index.isin(frame.index).all()):
            raise UsageError(
                f"eligible={words!r} gives values under another index than that of the spells it is given, so that "
                "nobody knows which row each is of: compute it from these spells, or give an array in their order"
            )
        values = met.reindex(frame.index)
    values = values.reset_index(drop=True)
    if not (pd.api.types.is_bool_dtype(values) or values.dropna().isin([True, False]).all()):
        raise UsageError(f"eligible={words!r} must give yes or no, not {values.dtype}")
    return values


def _fitted(analyses: Analyses, analysis: str, spells: pd.DataFrame, formula: str, options: dict[str, Any]) -> Any:
    """The fit; None where the arms cannot be compared, or there is none of the negative control, and a warning why."""
    try:
        fit = cox(spells, formula, outcome=analysis, **options)
    except DataError as error:
        error.add_note(f"This was the model of the {analysis}.")
        one_arm = all(p.column == "assigned" for p in error.problems)
        if analysis == OUTCOME and not one_arm:
            raise
        text = "only one arm had events while both were at risk" if one_arm else error.problems[0].message
        analyses.said.append((analysis, "assigned", "", f"no estimate: {text}"))
        return None
    idle = fit.options.get("uncounted")  # tests that weights do not allow, which are not shown here
    said = [r for r in fit.warnings.itertuples() if r.term != "assigned" and r.message != idle]
    analyses.said += [(analysis, r.term, r.level, r.message) for r in said]
    return fit


def arm_counts(spells: pd.DataFrame, switched: Bools, person: str) -> pd.DataFrame:
    """Count people, time and events by trial and arm.

    Parameters
    ----------
    spells : DataFrame, R rows
    switched : ndarray of bool, shape (R,)
        Whether the follow-up that a spell belongs to ended because treatment began.
    person : str
        Column that tells people in a trial apart.

    Returns
    -------
    DataFrame
        ``trial, zero, assigned, n, person_time, outcome, negative_control, other_end, switched``.
    """
    time = (spells["stop"] - spells["start"]).rename("person_time")
    base = spells[["trial", "zero", "assigned", person]].assign(person_time=time)
    for name in (OUTCOME, CONTROL, OTHER):
        base[name.replace(" ", "_")] = (spells["end"] == name).astype(int)
    groups = base.groupby(["trial", "zero", "assigned"], sort=True)
    found = groups[[c for c in base if c not in ("trial", "zero", "assigned", person)]].sum()
    found.insert(0, "n", groups[person].nunique())
    ended = base.assign(switched=switched)
    ended = ended[ended["switched"]].groupby(["trial", "zero", "assigned"])[person].nunique()
    found["switched"] = ended.reindex(found.index).fillna(0).astype(int)
    return found.reset_index()


def summed_up(spells: pd.DataFrame, kept: FollowUp, done: Analyses, person: str) -> dict[str, Any]:
    """Numbers of trials, of people and of people in trials by arm, and of events.

    Parameters
    ----------
    spells : DataFrame, R rows
    kept : FollowUp
    done : Analyses
    person : str
    """
    first = spells.iloc[kept.opening]
    treated = first["assigned"] == 1
    found = {
        "n_trials": first["trial"].nunique(),
        "n_person_trials": len(first),
        "n_people": first[person].nunique(),
        "n_treated": int(treated.sum()),
        "n_untreated": int((~treated).sum()),
        "n_untreated_people": first.loc[~treated, person].nunique(),
        "n_switched": int(kept.switched.sum()),
        "person_time": float((spells["stop"] - spells["start"]).sum()),
    }
    for analysis, (of_treated, of_untreated) in done.events.items():
        name = "events" if analysis == OUTCOME else "negative"
        found |= {f"{name}_treated": of_treated, f"{name}_untreated": of_untreated}
    return found


def standardising(spells: pd.DataFrame, weight: Floats, opening: Ints, unit: Ints) -> Floats:
    """Weights under which the untreated of each trial count as much as its treated, shape (R,).

    Parameters
    ----------
    spells : DataFrame, R rows
    weight : ndarray, shape (R,)
    opening : ndarray of int, shape (U,)
        First row of each person in a trial.
    unit : ndarray of int, shape (R,)
    """
    first = spells.iloc[opening]
    trial, treated = first["trial"].to_numpy(), first["assigned"].to_numpy() == 1
    own, other = (np.bincount(trial, weight[opening] * arm) for arm in (treated, ~treated))
    return np.asarray(weight * np.where(treated, 1.0, (own / other)[trial])[unit])


def arm_balance(first: pd.DataFrame, covariates: Sequence[str], before: Floats, after: Floats) -> pd.DataFrame:
    """Differences of the arms at time zero, every trial counting by its treated people.

    Parameters
    ----------
    first : DataFrame, U rows
        Rows at time zero, complete in the covariates.
    covariates : sequence of str
    before, after : ndarray, shape (U,)
        From `standardising`, without and with the weights of the analysis.

    Returns
    -------
    DataFrame
        ``term, level, mean_treated, mean_untreated, before, after``, in standard deviations of the unweighted arms.
    """
    treated, rows = first["assigned"].to_numpy() == 1, []
    for term, level, values in indicators(first, covariates):
        plain, weighted = (standardised(values, treated, w) for w in (before, after))
        rows.append((term, level, *plain[:2], plain[2], weighted[2]))
    return pd.DataFrame(rows, columns=["term", "level", "mean_treated", "mean_untreated", "before", "after"])
