"""A finding of the plan -> the same ratio under other choices: within other groups, without parts, for other cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.cohorts.build import cohort
from clemency.cohorts.cells import POOLED, SINGLE, pieces
from clemency.inference.sensitivity import e_value
from clemency.models.incidencerates.stratified import ratio_with_limits, strata_of
from clemency.records.errors import DataError, UsageError
from clemency.reports.plan import PLAN, Grouping, Plan
from clemency.reports.planned.results import Evidence, hypothesis
from clemency.reports.section import why_not
from clemency.typing import Floats

__all__ = ["FOLLOW_UP", "Checks", "by_follow_up", "firmness"]

FOLLOW_UP = ("documented", "until_expiry", "register")
_CI_LEVEL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Checks:
    """A ratio under other choices.

    Attributes
    ----------
    register : DataFrame
        ``check, detail, n_event, n_others, estimate, ci_low, ci_high, agrees, answer, why`` in the register; the first row is the
        plan's. ``agrees`` says that the limits leave 1 out on the same side as the plan's, ``answer`` whether they
        do (``same``), include 1, lie on the other side (``beyond``), are not known (``none``) or cannot be computed
        (``missing``, with the reason in ``why``). Of a check that leaves out one part after the other the one is shown
        whose limit goes farthest towards 1 or beyond it.
    shipped : DataFrame
        The same for the shipped cases, which were chosen by their acts, under three rules of follow-up.
    e_values : DataFrame
        As from `e_value`, for the estimate and the limit nearer to 1.
    """

    register: pd.DataFrame
    shipped: pd.DataFrame
    e_values: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Events and time at risk by stratum of one group and of all others together, each of shape (S, 2)."""

    events: Floats
    time: Floats

    def ratio(self) -> tuple[float, float, float]:
        s = strata_of(self.events, self.time)
        return ratio_with_limits(s, 0, _CI_LEVEL) if s.observed.sum() else (np.nan, 0.0, np.inf)


@dataclass(frozen=True, slots=True)
class _Question:
    about: Grouping
    level: str
    outcome: str
    #: -1 if the ratio of the plan lies below 1, else 1.
    side: int

    def table(self, cells: pd.DataFrame, strata: tuple[str, ...]) -> _Table:
        """Count by stratum; values that no level takes in are not compared."""
        own = set(self.about.levels[self.level])
        rest = {v for name, values in self.about.levels.items() if name != self.level for v in values}
        value = cells["level"].astype(str)
        used = value.isin(own | rest).to_numpy()
        mine, group = cells[used], (~value[used].isin(own)).to_numpy().astype(int)
        code = mine.groupby(list(strata), observed=True, sort=False).ngroup().to_numpy()
        at, shape = code * 2 + group, (int(code.max(initial=-1)) + 1, 2)
        events, time = (
            np.bincount(at, mine[c].to_numpy(float), shape[0] * 2).astype(np.float64).reshape(shape)
            for c in (self.outcome, "person_months")
        )
        return _Table(events, time)


_Found = tuple[str, _Table | None]
_Ways = list[tuple[str, Callable[[], _Found]]]


def firmness(
    given: Evidence, key: str, level: str, shipped: dict[str, pd.DataFrame | UsageError], plan: Plan = PLAN
) -> Checks:
    """Put a ratio to other choices.

    Parameters
    ----------
    given : Evidence
    key, level : str
        Of the hypothesis and of its group.
    shipped : dict of str to DataFrame
        As from `by_follow_up`.
    plan : Plan

    Returns
    -------
    Checks
        What cannot be computed leaves the rest as it is.
    """
    h = hypothesis(plan, key)
    assert isinstance(h.about, Grouping)
    q = _Question(h.about, level, h.outcome, 1)
    cells = given.cells(h.about.name, plan.entry)
    planned = q.table(cells, plan.strata)
    q = replace(q, side=-1 if planned.ratio()[0] < 1 else 1)
    ways: _Ways = [
        ("as planned", lambda: ("", planned)),
        ("entered at the sentence", lambda: ("", q.table(given.cells(q.about.name, "sentence"), plan.strata))),
        ("one act", lambda: _one_act(q, planned)),
        ("without a period", lambda: _without(q, cells, "period", plan.strata)),
    ]
    for other in (o for o in SINGLE[1:] if o != h.about.name):
        ways += _by_another(q, given, other, plan)
    by_rule: _Ways = [("shipped cases", partial(_of_shipped, q, rule, cut, plan)) for rule, cut in shipped.items()]
    return Checks(_rows(q, ways), _rows(q, by_rule), _e_values(planned.ratio()))


def _by_another(q: _Question, given: Evidence, other: str, plan: Plan) -> _Ways:
    """Within the groups of another kind, and without each of them."""

    def pair() -> pd.DataFrame:
        return _pair(given, q.about.name, other, plan.entry)

    return [
        (f"within {other}", lambda: ("", q.table(pair(), ("period", "other")))),
        (f"without a {other}", lambda: _without(q, pair(), "other", ("period",))),
    ]


def _of_shipped(q: _Question, rule: str, cut: pd.DataFrame | UsageError, plan: Plan) -> _Found:
    if isinstance(cut, UsageError):
        raise cut
    return rule, q.table(cut.assign(level=cut[q.about.name]), plan.strata)


def _rows(q: _Question, ways: _Ways) -> pd.DataFrame:
    rows = []
    for check, make in ways:
        detail, table, why = "", None, ""
        try:
            detail, table = make()
        except (DataError, UsageError) as error:
            why = why_not(error)
        n, others = (0, 0) if table is None else table.events.sum(axis=0)
        estimate, low, high = (np.nan, 0.0, np.inf) if table is None else table.ratio()
        values = {"n_event": int(n), "n_others": int(others), "estimate": estimate, "ci_low": low, "ci_high": high}
        agrees = low > 1 if q.side > 0 else high < 1
        known = table is not None and np.isfinite(estimate) | (n > 0)
        answer = "none" if not known else "same" if agrees else "beyond" if low > 1 or high < 1 else "includes 1"
        told = {"agrees": agrees, "answer": "missing" if why else answer, "why": why}
        rows.append({"check": check, "detail": detail, **values, **told})
    return pd.DataFrame(rows)


def _e_values(ratio: tuple[float, float, float]) -> pd.DataFrame:
    estimate, low, high = (float(np.clip(v, 1e-9, 1e9)) for v in ratio)
    return e_value(estimate, low, high, kind="rate_ratio")


def _nearest(q: _Question, tried: Iterator[_Found]) -> _Found:
    """Of several tables the one whose limit on the side of 1 goes farthest towards it and beyond."""
    worst: _Found = ("", None)
    far = -np.inf
    for name, table in tried:
        _, low, high = (np.nan, 0.0, np.inf) if table is None else table.ratio()
        reach = high if q.side < 0 else -low
        if reach > far:
            worst, far = (name, table), reach
    return worst


def _one_act(q: _Question, planned: _Table) -> _Found:
    """One act more on the side that has few for its time, or one fewer on the other, wherever that matters most."""

    def tried() -> Iterator[_Found]:
        few = 0 if q.side < 0 else 1
        names = ("the group", "the others")
        for column, step in ((few, 1), (1 - few, -1)):
            name = f"one {'more' if step > 0 else 'fewer'} of {names[column]}"
            possible = planned.time[:, column] > 0 if step > 0 else planned.events[:, column] > 0
            for i in np.flatnonzero(possible):
                events = planned.events.copy()
                events[i, column] += step
                yield name, _Table(events, planned.time)

    return _nearest(q, tried())


def _without(q: _Question, cells: pd.DataFrame, column: str, strata: tuple[str, ...]) -> _Found:
    values = cells[column].astype(str)
    return _nearest(q, ((f"without {v}", q.table(cells[values != v], strata)) for v in sorted(values.unique())))


def _pair(given: Evidence, one: str, other: str, entry: str) -> pd.DataFrame:
    """Counts by two groupings: ``level`` of the first, ``other`` of the second."""
    order = [s for s in SINGLE if s in (one, other)]
    table = given.cells("; ".join(order), entry)
    table = table[table["level"].astype(str) != POOLED]
    parts = table["level"].astype(str).str.split("; ", n=1, expand=True)
    at = order.index(one)
    return table.assign(level=parts[at], other=parts[1 - at])


def by_follow_up(cases: pd.DataFrame, acts: pd.DataFrame, plan: Plan = PLAN) -> dict[str, pd.DataFrame | UsageError]:
    """Shipped cases, however they became known, from the sentence on, cut as the counts are, by the rule of follow-up.

    A rule under which they cannot be followed has its error instead.
    """

    def followed(rule: str) -> pd.DataFrame | UsageError:
        kinds = plan.sentence_types
        try:
            made = cohort(cases, acts, outcome=plan.outcomes, clock="sentence", follow_up=rule, sentence_types=kinds)
            return pieces(cast(Cohort, made))
        except (DataError, UsageError) as error:
            return UsageError(why_not(error))

    return {rule: followed(rule) for rule in FOLLOW_UP}
