"""A finding of the plan -> the same ratio under other choices: within other groups, without parts, for other cases."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from clemency.cohorts.build import cohort
from clemency.cohorts.cells import POOLED, SINGLE, pieces
from clemency.inference.sensitivity import e_value
from clemency.models.incidencerates.rateratios import RateRatios
from clemency.records.errors import DataError
from clemency.reports.plan import PLAN, Grouping, Plan
from clemency.reports.planned.results import Evidence, against_others, hypothesis

__all__ = ["COLUMNS", "firmness"]

COLUMNS = ["check", "detail", "n_event", "n_others", "estimate", "ci_low", "ci_high", "agrees"]
_OTHERS = SINGLE[1:]
FOLLOW_UP = ("documented", "until_expiry", "register")


def firmness(
    given: Evidence, key: str, level: str, cases: pd.DataFrame, acts: pd.DataFrame, plan: Plan = PLAN
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put a ratio to other choices.

    Parameters
    ----------
    given : Evidence
    key, level : str
        Of the hypothesis and of its group.
    cases, acts : DataFrame
        Shipped tables, for the rules of follow-up.
    plan : Plan

    Returns
    -------
    checks : DataFrame
        ``check, detail, n_event, n_others, estimate, ci_low, ci_high, agrees``; the first row is the plan's. ``agrees``
        says that the limits leave 1 out on the same side as the plan's. Of a check that leaves out one part after the
        other the one is shown that brings the nearer limit nearest to 1, or beyond it.
    e_values : DataFrame
        As from `e_value`, for the estimate and the limit nearer to 1.
    """
    h = hypothesis(plan, key)
    assert isinstance(h.about, Grouping)
    cells = given.cells(h.about.name, plan.entry)
    first = against_others(cells, h.about, level, h.outcome, plan.strata)
    if first is None:
        raise DataError([])
    side = -1 if first.table.set_index("level").loc[level, "estimate"] < 1 else 1
    rows = [("as planned", "", first)]
    at_sentence = against_others(given.cells(h.about.name, "sentence"), h.about, level, h.outcome, plan.strata)
    rows += [("entered at the sentence", "", at_sentence)]
    rows += [("one act more or fewer", *_one_act(cells, h.about, level, h.outcome, plan, side))]
    rows += [("without a period", *_without(cells, "period", h.about, level, h.outcome, plan.strata, side))]
    for other in (o for o in _OTHERS if o != h.about.name):
        pair = _pair(given, h.about.name, other, plan.entry)
        rows.append((f"within {other}", "", against_others(pair, h.about, level, h.outcome, ("period", "other"))))
        rows.append((f"without a {other}", *_without(pair, "other", h.about, level, h.outcome, ("period",), side)))
    rows += [("shipped cases", rule, found) for rule, found in _by_follow_up(cases, acts, h.about, level, h.outcome)]
    table = pd.DataFrame([_row(check, detail, found, level, side) for check, detail, found in rows], columns=COLUMNS)
    t = first.table.set_index("level").loc[level]
    return table, _e_values(t)


def _e_values(t: pd.Series) -> pd.DataFrame:
    estimate, low, high = (float(np.clip(t[c], 1e-9, 1e9)) for c in ("estimate", "ci_low", "ci_high"))
    return e_value(estimate, low, high, kind="rate_ratio")


def _row(check: str, detail: str, found: RateRatios | None, level: str, side: int) -> list[object]:
    if found is None:
        return [check, detail, 0, 0, np.nan, np.nan, np.nan, False]
    t = found.table.set_index("level")
    own, n = t.loc[level], int(t["n_event"].sum())
    agrees = own["ci_low"] > 1 if side > 0 else own["ci_high"] < 1
    mine = int(own["n_event"])
    return [check, detail, mine, n - mine, own["estimate"], own["ci_low"], own["ci_high"], bool(agrees)]


def _nearest(found: Iterator[tuple[str, RateRatios | None]], level: str, side: int) -> tuple[str, RateRatios | None]:
    """Of several, the one whose limit on the side of 1 goes farthest towards it and beyond; the first without an answer."""
    worst: tuple[str, RateRatios | None] | None = None
    far = -np.inf
    for name, one in found:
        if one is None:
            return name, None
        own = one.table.set_index("level").loc[level]
        reach = float(own["ci_high"] if side < 0 else -own["ci_low"])
        if worst is None or reach > far:
            worst, far = (name, one), reach
    return worst or ("", None)


def _one_act(
    cells: pd.DataFrame, about: Grouping, level: str, outcome: str, plan: Plan, side: int
) -> tuple[str, RateRatios | None]:
    """One act of the group more, where it has few, or one of its own or of the others fewer."""
    own = cells["level"].astype(str).isin(about.levels[level]).to_numpy()
    rest = cells["level"].astype(str).isin([v for k, vs in about.levels.items() if k != level for v in vs]).to_numpy()
    change = cells[outcome].to_numpy()

    def tried() -> Iterator[tuple[str, RateRatios | None]]:
        ways = ((own, 1, "one more of the group"), (rest, -1, "one fewer of the others"))
        ways = ways if side < 0 else ((own, -1, "one fewer of the group"), (rest, 1, "one more of the others"))
        for where, step, name in ways:
            for i in np.flatnonzero(where & ((change > 0) | (step > 0)) & (cells["person_months"] > 0).to_numpy()):
                other = change.copy()
                other[i] += step
                yield name, against_others(cells.assign(**{outcome: other}), about, level, outcome, plan.strata)

    return _nearest(tried(), level, side)


def _without(
    cells: pd.DataFrame, column: str, about: Grouping, level: str, outcome: str, strata: tuple[str, ...], side: int
) -> tuple[str, RateRatios | None]:
    values = cells[column].astype(str)
    names = sorted(values.unique())
    return _nearest(
        ((f"without {v}", against_others(cells[values != v], about, level, outcome, strata)) for v in names),
        level,
        side,
    )


def _pair(given: Evidence, one: str, other: str, entry: str) -> pd.DataFrame:
    """Counts by two groupings: ``level`` of the first, ``other`` of the second."""
    order = [s for s in SINGLE if s in (one, other)]
    table = given.cells("; ".join(order), entry)
    table = table[table["level"].astype(str) != POOLED]
    parts = table["level"].astype(str).str.split("; ", n=1, expand=True)
    at = order.index(one)
    return table.assign(level=parts[at], other=parts[1 - at])


def _by_follow_up(
    cases: pd.DataFrame, acts: pd.DataFrame, about: Grouping, level: str, outcome: str
) -> Iterator[tuple[str, RateRatios | None]]:
    """Shipped cases, whoever they are, from the sentence on, under three rules of follow-up."""
    for rule in FOLLOW_UP:
        followed = cohort(
            cases, acts, outcome=PLAN.outcomes, clock="sentence", follow_up=rule, sentence_types=PLAN.sentence_types
        )
        cut = pieces(followed)
        cut = cut.assign(level=cut[about.name].astype(str))
        yield rule, against_others(cut, about, level, outcome, PLAN.strata)
