"""The plan and its evidence -> every hypothesis tested, every group with its ratio, and what is a finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort, ImputedCohort
from clemency.cohorts.build import cohort
from clemency.cohorts.cells import register_person_time
from clemency.models.incidencerates.rateratios import RateRatios, rate_ratios
from clemency.models.incidencerates.rates import poisson_limits
from clemency.models.series.placebo import Placebo, placebo
from clemency.records.errors import DataError, UsageError
from clemency.records.schema import REGISTER_AS_OF
from clemency.reports.plan import PLAN, Grouping, Hypothesis, Occasion, Plan
from clemency.sources.cecc.database import Register

__all__ = ["Answers", "Evidence", "answers", "compared", "counted_register", "evidence", "holm"]

#: Of a grouping (or a pair) and a kind of entry.
Cells = Callable[[str, str], pd.DataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the plan is put to.

    Attributes
    ----------
    cells : callable
        Counts and person-months of the register by the name of a grouping and the kind of entry.
    dated : Cohort, ImputedCohort, DataError or UsageError
        Cases of the register with the days of their acts, for what is asked of occasions, or why there are none.
    events : DataFrame
        Rows of `events`.
    as_of : str
        Last day of the register.
    """

    cells: Cells
    dated: Cohort | ImputedCohort | DataError | UsageError
    events: pd.DataFrame
    as_of: str = REGISTER_AS_OF


def evidence(
    cases: pd.DataFrame, acts: pd.DataFrame, events: pd.DataFrame, plan: Plan = PLAN, register: Register | None = None
) -> Evidence:
    """The register as it is shipped: counts of all of it, and the cases whose acts have dates.

    Parameters
    ----------
    cases, acts, events : DataFrame
        Tables of the library.
    plan : Plan
    register : Register, optional
        The database itself, where its file is at hand, to count it anew and to take all of its cases for the dates.

    Returns
    -------
    Evidence
    """
    theirs = (cases, acts) if register is None else (register.cases, register.acts)

    def cells(by: str, entry: str) -> pd.DataFrame:
        return register_person_time(by, entry=entry, register=register)

    return Evidence(cells, _dated(*theirs, plan), events)


def counted_register(events: pd.DataFrame) -> Evidence:
    """The register in counts alone, for what is told of it once the plan has been answered."""

    def cells(by: str, entry: str) -> pd.DataFrame:
        return register_person_time(by, entry=entry)

    return Evidence(cells, UsageError("The plan has been answered: no days are at hand."), events)


def _dated(cases: pd.DataFrame, acts: pd.DataFrame, plan: Plan) -> Cohort | ImputedCohort | DataError | UsageError:
    try:
        return cohort(
            cases,
            acts,
            outcome=plan.outcomes,
            clock="sentence",
            frame="register",
            entry=plan.entry,
            follow_up=plan.follow_up,
            sentence_types=plan.sentence_types,
            until=REGISTER_AS_OF,
            dates="impute",
            m=plan.imputations,
            seed=plan.seed,
        )
    except (DataError, UsageError) as error:  # what is asked of groups needs no day
        return error


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What the plan finds.

    Attributes
    ----------
    hypotheses : DataFrame
        One row each: ``key, about, question, outcome, n_event, n_outside, p_value, p_error, p_holm, passes``; acts of
        groups that are not compared are in ``n_outside``. A hypothesis that cannot be tested has no p value and a
        ``why``.
    groups : DataFrame
        One row per hypothesis and group: ``key, about, outcome, level, n_event, person_months, expected, thin, rate,
        rate_low, rate_high, estimate, ci_low, ci_high, p_value, p_family, finding``; ``p_family`` is adjusted for the
        number of groups and of hypotheses.
    occasions : DataFrame
        One row per occasion and outcome: ``key, about, outcome, n_event, n_after, n_days, share_of_time, estimate,
        p_value, finding``.
    ratios, placebos : dict
        By key, the tests themselves.
    """

    hypotheses: pd.DataFrame
    groups: pd.DataFrame
    occasions: pd.DataFrame
    ratios: dict[str, RateRatios]
    placebos: dict[str, Placebo]

    @property
    def findings(self) -> pd.DataFrame:
        """Groups that are told: of a hypothesis that passes, not thin, and apart from all others by themselves.

        Of two groups, which say the same, the first is told.
        """
        return self.groups[self.groups["finding"]].reset_index(drop=True)


def answers(given: Evidence, plan: Plan = PLAN) -> Answers:
    """Test the family and say what is a finding.

    Parameters
    ----------
    given : Evidence
    plan : Plan

    Returns
    -------
    Answers
    """
    ratios: dict[str, RateRatios] = {}
    placebos: dict[str, Placebo] = {}
    rows = []
    for h in plan.hypotheses:
        row: dict[str, object] = {
            "key": h.key,
            "about": h.about.name,
            "question": h.about.question,
            "outcome": h.outcome,
        }
        try:
            if isinstance(h.about, Grouping):
                cells = given.cells(h.about.name, plan.entry)
                ratios[h.key] = found = compared(cells, h.about, h.outcome, plan)
                g, whole = found.facts, int(cells[h.outcome].sum())
                row |= {"n_event": g["events"], "n_outside": whole - g["events"], "why": ""}
                row |= {"p_value": g["p_value"], "p_error": g["p_error"]}
            else:
                placebos[h.key] = moved = _after(given, h.about, h.outcome)
                s = moved.facts
                row |= {"n_event": s["acts"], "n_outside": 0, "p_value": s["p_value"], "p_error": 0.0, "why": ""}
        except (DataError, UsageError) as error:
            row |= {"n_event": np.nan, "n_outside": np.nan, "p_value": np.nan, "p_error": np.nan, "why": str(error)}
        rows.append(row)
    table = pd.DataFrame(rows)
    table = table.assign(**holm(table["p_value"].to_numpy(float), plan.level))
    groups = _groups(ratios, table.set_index("key"), plan)
    return Answers(table, groups, _occasions(placebos, table.set_index("key")), ratios, placebos)


def compared(
    cells: pd.DataFrame, about: Grouping, outcome: str, plan: Plan = PLAN, strata: tuple[str, ...] | None = None
) -> RateRatios:
    """Rates of a grouping's levels within strata, from counts with ``level`` and the strata as columns.

    Values that no level takes in, and levels without time at risk, are not compared.
    """
    level_of = {value: name for name, values in about.levels.items() for value in values}
    level = cells["level"].astype(str).map(level_of)
    mine = cells.assign(level=pd.Categorical(level, categories=list(about.levels)))[level.notna().to_numpy()]
    mine = mine.assign(level=mine["level"].cat.remove_unused_categories())
    return rate_ratios(
        mine,
        "level",
        strata=list(plan.strata if strata is None else strata),
        count=outcome,
        exposure="person_months",
        time_unit="months",
        repetitions=plan.repetitions,
        seed=plan.seed,
    )


def _after(given: Evidence, about: Occasion, outcome: str) -> Placebo:
    if isinstance(given.dated, DataError | UsageError):
        raise given.dated
    e = given.events
    theirs = (e["partner"] == about.partner) & e["event_type"].isin(about.event_types)
    return placebo(given.dated, e[theirs], outcome=outcome, window=about.window)


def holm(p: np.ndarray, level: float) -> dict[str, np.ndarray]:
    """Holm's procedure, with hypotheses that have no p value counted as members that do not pass.

    Returns
    -------
    dict of str to ndarray
        ``p_holm, passes``.

    Examples
    --------
    >>> import numpy as np
    >>> holm(np.array([0.01, 0.04, np.nan]), 0.05)["p_holm"].tolist()
    [0.03, 0.08, nan]
    """
    n, order = len(p), np.argsort(np.where(np.isnan(p), np.inf, p), kind="stable")
    adjusted = np.empty(n)
    adjusted[order] = np.minimum(1, np.maximum.accumulate((n - np.arange(n)) * p[order]))
    with np.errstate(invalid="ignore"):
        return {"p_holm": adjusted, "passes": adjusted <= level}


def _groups(ratios: dict[str, RateRatios], table: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    parts = []
    for key, found in ratios.items():
        t, h = found.table, table.loc[key]
        low, high = poisson_limits(t["n_event"].to_numpy())
        months = t["person_months"] / 1000
        p = np.maximum(np.minimum(1, t["p_adjusted"] * len(table)), h["p_holm"])
        thin = t["expected"] < plan.expected
        twins = np.arange(len(t)) == 1 if len(t) == 2 else np.zeros(len(t), dtype=bool)
        part = t.drop(columns="p_adjusted").assign(
            level=t["level"].astype(str),
            thin=thin,
            rate=t["n_event"] / months,
            rate_low=low / months,
            rate_high=high / months,
            p_family=p,
            finding=bool(h["passes"]) & (p <= plan.level) & ~thin & ~twins,
        )
        parts.append(part.assign(key=key, about=h["about"], outcome=h["outcome"]))
    first = ["key", "about", "outcome"]
    if not parts:
        names = ["n_event", "person_months", "expected", "thin", "rate", "rate_low", "rate_high", "estimate"]
        names += ["ci_low", "ci_high", "p_value", "p_family", "finding"]
        return pd.DataFrame(columns=[*first, "level", *names]).astype({"finding": bool, "thin": bool})
    made = pd.concat(parts, ignore_index=True)
    return made[[*first, *(c for c in made if c not in first)]]


def _occasions(placebos: dict[str, Placebo], table: pd.DataFrame) -> pd.DataFrame:
    names = {"acts": "n_event", "acts_after": "n_after", "ratio": "estimate"}
    rows = []
    for key, found in placebos.items():
        s, h = found.facts, table.loc[key]
        kept = {names.get(k, k): s[k] for k in ("acts", "acts_after", "n_days", "share_of_time", "ratio", "p_value")}
        rows.append({"key": key, "about": h["about"], "outcome": h["outcome"], **kept, "finding": bool(h["passes"])})
    return pd.DataFrame(rows)


def hypothesis(plan: Plan, key: str) -> Hypothesis:
    """The hypothesis of a key."""
    return next(h for h in plan.hypotheses if h.key == key)
