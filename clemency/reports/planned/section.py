"""The section of what the register shows: the answers to the plan, each finding with what it depends on."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clemency import figures
from clemency.figures.charts import words
from clemency.models.incidencerates.gridincidence import GridIncidence, grid_incidence
from clemency.models.incidencerates.rates import rates
from clemency.reports.inputs import Inputs
from clemency.reports.language import (
    act_name,
    agreed,
    apart,
    capital,
    counted,
    day,
    limits,
    listed,
    number,
    plain,
    plural,
    ratio,
    rounded,
)
from clemency.reports.plan import PLAN
from clemency.reports.planned.firmness import Checks, by_follow_up, firmness
from clemency.reports.planned.results import Answers, Evidence, answers, evidence, hypothesis
from clemency.reports.section import Chart, Passage, Section, TableView, or_reason

__all__ = ["NOT_PLANNED", "exploratory", "the_register", "told"]

TITLE = "What the register shows"
NOT_PLANNED = (
    "The plan of this report is for the register of the shipped tables. These tables are the folder's own, so that no "
    "hypothesis is tested; every comparison below is exploratory."
)
#: Months since sentence up to which the incidence is drawn: the end of the last closed band of the counts.
_YEARS = 8
_ENDS = [*PLAN.outcomes, "early_release", "expiry", "death"]


def exploratory(shipped: bool) -> str:
    """Said at the head of every section whose comparisons the plan does not name."""
    why = (
        "The plan (docs/analysis-plan.md) does not name these comparisons, and most of the cases behind them were documented because of their acts"
        if shipped
        else "No plan was written for these tables before they were looked at"
    )
    return f"**Exploratory.** {why}: what stands out here is a question for other data, not a finding."


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """The answers, and for each finding its ratio under other choices."""

    given: Evidence
    answers: Answers
    checks: dict[tuple[str, str], Checks]


def told(i: Inputs) -> Told:
    """Answers to the plan, made once for an edition: they are the same in every quarter."""
    if i.edition not in _KEPT:
        _KEPT.clear()
        _KEPT[i.edition] = _made(i)
    return _KEPT[i.edition]


_KEPT: dict[str, Told] = {}


def _made(i: Inputs) -> Told:
    given = evidence(i.cases, i.acts, i.events)
    found = answers(given)
    shipped = by_follow_up(i.cases, i.acts) if len(found.findings) else {}
    checks = {(r.key, r.level): firmness(given, r.key, r.level, shipped) for r in found.findings.itertuples()}
    return Told(given, found, checks)


@or_reason("register", TITLE)
def the_register(i: Inputs) -> Section:
    """What the plan finds in the register, and how firm it is."""
    if not i.shipped:
        return Section("register", TITLE, (NOT_PLANNED,))
    t = told(i)
    grid = grid_incidence(t.given.cells("all", PLAN.entry), count=_ENDS, exposure="person_months")
    parts: list[Chart | TableView | Passage] = [_incidence(grid), *_forests(t.answers), _hypotheses(t.answers)]
    parts += [_firm(key, level, checks) for (key, level), checks in t.checks.items()]
    parts.append(_groups(t.answers))
    return Section("register", TITLE, (_who(t, grid), _family(t.answers), *_each(t)), tuple(parts), _notes(i))


def _who(t: Told, grid: GridIncidence) -> str:
    cells = t.given.cells("all", PLAN.entry)
    found = rates(cells, count=list(PLAN.outcomes), exposure="person_months", time_unit="months").tidy()
    rate = {
        r.outcome: f"{counted(r.n_event, 'first ' + act_name(r.outcome))}, {rounded(r.estimate, 2)} in 1,000 months (95% limits {limits(r.ci_low, r.ci_high)})"
        for r in found.itertuples()
    }
    years = float(cells["person_months"].sum()) / 12
    return (
        "Who receives an act, and how often? Most published cases are known *because* of an act, so that they cannot tell. The database of the "
        "Congressional-Executive Commission on China opens a record at detention or sentence, whatever comes later. Its political prisoners with a fixed term, a life sentence or "
        f"a death sentence with reprieve were followed from the day on which they became known to {day(t.given.as_of)}, for {years:,.0f} person-years. "
        f"**Known to have been granted: {listed(list(rate.values()))}.** {_of_a_hundred(grid)}"
    )


def _of_a_hundred(grid: GridIncidence) -> str:
    last = grid.tidy()
    last = last[(last["time"] == 12 * _YEARS) & last["outcome"].isin(PLAN.outcomes)]
    said = [
        f"{rounded(100 * r.estimate, 1)} ({limits(100 * r.ci_low, 100 * r.ci_high)}) a {act_name(r.outcome)}"
        for r in last.itertuples()
    ]
    return (
        f"Of 100 such prisoners, were they all under observation from their sentence on, {listed(said)} would be known within {_YEARS} years of the sentence."
        if said
        else ""
    )


def _family(a: Answers) -> str:
    h = a.hypotheses
    passed, n = h[h["passes"]], len(h)
    open_ = h["p_value"].isna().sum()
    head = (
        f"The plan asks {counted(n, 'question', spelled=True)}, fixed by their meaning and not by their answers: whether each kind of act is as frequent in all "
        f"{listed([_NAMES.get(g.name, g.name) for g in PLAN.groupings])} groups, and after {listed([o.question for o in PLAN.occasions])} as at other times. "
    )
    if passed.empty:
        verdict = f"**No question of the {number(n)} shows a difference** that chance alone would not often make"
    else:
        which = listed(
            [
                f"{_asked(r.question)} for {plural(r.outcome)} (p = {apart(r.p_holm, PLAN.level, 3)})"
                for r in passed.itertuples()
            ]
        )
        verdict = (
            f"**{capital(number(len(passed)))} of the {number(n)} {agreed(len(passed), 'show')} a difference**: {which}"
        )
    untested = f" {capital(counted(open_, 'question'))} could not be tested." if open_ else ""
    return f"{head}{verdict}. If nothing made a difference, one report in twenty would claim any, since all {number(n)} are allowed for together (Holm's rule).{untested}"


def _asked(question: str) -> str:
    return re.sub(r"^the ", "", question)


def _each(t: Told) -> tuple[str, ...]:
    """One paragraph for each finding: the ratio, and what becomes of it."""
    return tuple(_one(t, key, level) for key, level in t.checks)


def _one(t: Told, key: str, level: str) -> str:
    g = t.answers.groups
    r = g[(g["key"] == key) & (g["level"] == level)].iloc[0]
    checks = t.checks[key, level]
    rest = checks.register.iloc[1:]
    against = rest[~rest["agrees"]]
    limit = float(checks.e_values.set_index("quantity").loc["limit", "e_value"])
    sooner = "less often" if r["estimate"] < 1 else "more often"
    line = (
        f"**{capital(plain(_group(level)))}: {plural(r['outcome'])} {sooner} known than among all others** ({counted(int(r['n_event']), 'act')} where {rounded(r['expected'], 1)} would be "
        f"expected; ratio {ratio(r['estimate'])}, 95% limits {limits(r['ci_low'], r['ci_high'])}). "
    )
    if against.empty:
        line += f"The limits stay on this side of 1 in all {number(len(rest))} other ways of looking at the register."
    else:
        line += (
            f"**Not in every way of looking at the register**: in {number(len(against))} of {number(len(rest))} others the limits take in 1 "
            f"({listed([_check(c.check, c.detail) for c in against.itertuples()])})."
        )
    other = checks.shipped
    reach = f"{ratio(other['estimate'].min())} to {ratio(other['estimate'].max())}"
    return (
        f"{line} Something unrecorded would have to go {rounded(limit, 1)}-fold with the group and as strongly with the act to bring the nearer limit to 1. Among the shipped cases, which were chosen by their acts, "
        f"the ratio is {reach}, by the rule of follow-up."
    )


_CHECKS = {"without F": "without women", "without M": "without men"}
_NAMES = {"charge_family": "charge", "term": "length of the term"}


def _check(check: str, detail: str) -> str:
    said = _CHECKS.get(detail, detail) or check
    for code, name in _NAMES.items():
        said = said.replace(code, name) if said.startswith(("within", "without a")) else said
    if said == "without not known":
        said = f"without those whose {_NAMES.get(check.removeprefix('without a '), check.removeprefix('without a '))} is not known"
    return plain(words(said))


def _group(level: str) -> str:
    return {"cult": "charges of using a cult (article 300)"}.get(level, words(level))


def _incidence(grid: GridIncidence) -> Chart:
    frame = grid.tidy()
    frame = frame[(frame["time"] <= 12 * _YEARS) & frame["outcome"].isin(PLAN.outcomes)]
    axes = figures.grid_curves(frame, xlabel="months since sentence", unit="known to have had a first act")
    return Chart("register_incidence", "Known first acts in the register by time since sentence, with 95% limits", axes)


def _forests(a: Answers) -> list[Chart]:
    out = []
    for outcome in PLAN.outcomes:
        mine = a.groups[a.groups["outcome"] == outcome]
        if mine.empty:
            continue
        frame = mine.assign(term=mine["about"].replace(_NAMES), reference=False, few=mine["thin"])
        caption = f"First {plural(outcome)}: rate of each group against all others, with exact 95% limits; acts in brackets, thin groups hollow"
        axes = figures.forest(
            frame[["term", "level", "estimate", "ci_low", "ci_high", "n_event", "reference", "few"]],
            ratio="rate ratio",
            key=False,
        )
        out.append(Chart(f"register_{outcome}", caption, axes))
    return out


def _hypotheses(a: Answers) -> TableView:
    h = a.hypotheses
    o = a.occasions.set_index("key") if len(a.occasions) else pd.DataFrame(columns=["estimate"])
    after = [f"ratio {ratio(o.loc[k, 'estimate'])}" if k in o.index else "" for k in h["key"]]
    shown = pd.DataFrame(
        {
            "question": h["key"],
            "is an act as frequent whatever the": [
                _asked(q) if k not in o.index else f"after {q}" for k, q in zip(h["key"], h["question"], strict=True)
            ],
            "act": [act_name(v) for v in h["outcome"]],
            "acts": [rounded(v, 0 if float(v).is_integer() else 1) for v in h["n_event"]],
            "p": [apart(v, 0.05, 3) if np.isfinite(v) else "" for v in h["p_value"]],
            "p, all allowed for": [apart(v, 0.05, 3) if np.isfinite(v) else "" for v in h["p_holm"]],
            "answer": [
                "differs" if p else w or r or "no difference shown"
                for p, w, r in zip(h["passes"], h["why"], after, strict=True)
            ],
        }
    )
    return TableView("plan", "The questions of the plan and their answers", shown, data=h)


def _groups(a: Answers) -> TableView:
    g = a.groups
    shown = pd.DataFrame(
        {
            "question": g["key"],
            "act": [act_name(v) for v in g["outcome"]],
            "by": [words(_NAMES.get(v, v)) for v in g["about"]],
            "group": [words(v) for v in g["level"]],
            "acts": g["n_event"],
            "expected": [rounded(v, 1) for v in g["expected"]],
            "person-years": [f"{v / 12:,.0f}" for v in g["person_months"]],
            "rate in 1,000 months": [
                f"{rounded(a, 2)} ({limits(b, c)})"
                for a, b, c in zip(g["rate"], g["rate_low"], g["rate_high"], strict=True)
            ],
            "against all others": [
                _ratio(a, b, c) for a, b, c in zip(g["estimate"], g["ci_low"], g["ci_high"], strict=True)
            ],
            "remark": ["thin" if t else "" for t in g["thin"]],
        }
    )
    return TableView("plan_groups", "Every group: acts, person-years, rates and ratios", shown, data=g, folded=True)


def _ratio(estimate: float, low: float, high: float) -> str:
    if not np.isfinite(estimate):
        return f"above {ratio(low)}" if low > 0 else "not known"
    return f"{ratio(estimate)} ({limits(low, high)})"


def _firm(key: str, level: str, checks: Checks) -> TableView:
    h = hypothesis(PLAN, key)
    every = pd.concat([checks.register, checks.shipped], ignore_index=True)
    way = [
        f"{r.check}: {words(r.detail)}" if r.check == "shipped cases" else _check(r.check, r.detail)
        for r in every.itertuples()
    ]
    shown = pd.DataFrame(
        {
            "way of looking": way,
            "acts": every["n_event"],
            "acts of the others": every["n_others"],
            "ratio (95% limits)": [
                _ratio(a, b, c) for a, b, c in zip(every["estimate"], every["ci_low"], every["ci_high"], strict=True)
            ],
            "still on this side of 1": ["yes" if v else "no" for v in every["agrees"]],
        }
    )
    name = f"plan_{key.lower()}_{re.sub('[^a-z]+', '_', level.lower())}"
    caption = f"{capital(plural(h.outcome))} of {plain(_group(level))} against all others, in every way of looking"
    return TableView(name, caption, shown, data=every)


def _notes(i: Inputs) -> tuple[str, ...]:
    later = (
        f" It goes beyond {i.quarter}, and is the same in every report of this edition."
        if i.last_day < pd.Timestamp("2020-07-23")
        else ""
    )
    return (
        f"The database is the Congressional-Executive Commission on China's Political Prisoner Database as exported on 23 July 2020.{later}",
        "Acts are those that anybody told of and the database took up; the true rates are higher. If acts of one group are told of less often, for instance because its families and lawyers are silenced, it seems to receive fewer: the register cannot tell the two apart.",
        "Groups are fixed by their meaning, and all are shown. Each is compared with all others together among cases of the same five calendar years and the same years since sentence, so that no reference has to be chosen. "
        f"'Thin' groups could expect fewer than {PLAN.expected:g} acts if there were no difference; they are shown hollow and are not told by themselves. Values that are not known are not compared.",
        "Acts before a case became known are no events here, since nobody would have been on record without them.",
        f"For occasions the days of acts are needed: those of the shipped cases of the register, with {PLAN.imputations} draws for acts without a day; all dates of events are moved together along the calendar to see what chance gives.",
        "'In every way of looking' takes the act or the part away that matters most; it enters the cases at their sentence, compares within groups of every other kind, and counts the shipped cases, which were chosen by their acts, under three rules of follow-up.",
    )
