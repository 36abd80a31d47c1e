"""The section of what the register shows: the answers to the plan, each finding with what it depends on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from clemency import figures
from clemency.figures.theme.wording import words
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
    share,
)
from clemency.reports.plan import PLAN, Occasion
from clemency.reports.planned.firmness import Checks, by_follow_up, firmness
from clemency.reports.planned.keeping import Found, kept_or_found
from clemency.reports.planned.results import Answers, Evidence, answers, counted_register, evidence, hypothesis
from clemency.reports.section import Chart, Gaps, Passage, Section, TableView, or_reason

__all__ = ["exploratory", "not_planned", "the_register", "told"]

TITLE = "What the register shows"
#: Months since sentence up to which the incidence is drawn: the end of the last closed band of the counts.
_YEARS = 8
_ENDS = [*PLAN.outcomes, "early_release", "expiry", "death"]
_HAD = " would be known to have had"


def not_planned(i: Inputs) -> str:
    """Why no question of the plan is asked of these tables."""
    theirs = (
        f"These tables are those of edition {i.earlier}, which is older than the plan"
        if i.earlier
        else "These tables are the folder's own"
    )
    return (
        f"The plan of this report is for the register of the shipped tables. {theirs}, so that no hypothesis is tested; "
        "every comparison below is exploratory."
    )


def exploratory(shipped: bool) -> str:
    """Said at the head of every section whose comparisons the plan does not name."""
    why = (
        "The plan of this report does not name these comparisons, and most of the cases behind them were documented because of their acts"
        if shipped
        else "No plan was written for these tables before they were looked at"
    )
    return f"**Exploratory.** {why}: what stands out here is a question for other data, not a finding."


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """The answers, for each finding its ratio under other choices (None if there are none), and what is missing."""

    given: Evidence
    answers: Answers
    checks: dict[tuple[str, str], Checks | None]
    missing: tuple[str, ...] = ()
    drawn: list[Chart] = field(default_factory=list)


def told(i: Inputs) -> Told:
    """Answers to the plan, made once for an edition: they are the same in every quarter."""
    if i.edition not in _KEPT:
        _KEPT.clear()
        _KEPT[i.edition] = _told(i)
    return _KEPT[i.edition]


_KEPT: dict[str, Told] = {}


def _told(i: Inputs) -> Told:
    found, checks, missing = kept_or_found(lambda: put_to_the_plan(i))
    return Told(counted_register(i.events), found, checks, missing)


def put_to_the_plan(i: Inputs) -> Found:
    """The answers of the tables to the plan, computed anew."""
    given = evidence(i.cases, i.acts, i.events)
    found = answers(given)
    shipped = by_follow_up(i.cases, i.acts) if len(found.findings) else {}
    gaps = Gaps()

    def checked(key: str, level: str) -> Checks | None:
        what = f"other analyses of {plural(hypothesis(PLAN, key).outcome)} of {plain(_group(level))}"
        return gaps.tried(what, lambda: firmness(given, key, level, shipped))

    checks = {(r.key, r.level): checked(r.key, r.level) for r in found.findings.itertuples()}
    return found, checks, tuple(gaps.said)


@or_reason("register", TITLE)
def the_register(i: Inputs) -> Section:
    """What the plan finds in the register, and how firm it is."""
    if not i.shipped:
        return Section("register", TITLE, (not_planned(i),))
    t = told(i)
    gaps = Gaps()
    gaps.said += t.missing
    grid = gaps.tried(
        "known first acts by time since sentence",
        lambda: grid_incidence(t.given.cells("all", PLAN.entry), count=_ENDS, exposure="person_months"),
    )
    who = gaps.tried("how often an act is granted", lambda: _who(t, grid))
    parts: list[Chart | TableView | Passage] = [*_figures(t, grid)]
    parts += [_hypotheses(t.answers)]
    parts += [_firm(key, level, checks) for (key, level), checks in t.checks.items() if checks]
    parts.append(_groups(t.answers))
    text = (*([who] if who else []), _family(t.answers), *_each(t))
    return gaps.added(Section("register", TITLE, text, tuple(parts), _notes(i), _answered(t.answers)))


def _answered(a: Answers) -> str:
    """How many of the plan's questions show a difference, and which."""
    h = a.hypotheses
    passed = h[h["passes"]]
    if passed.empty:
        n = int(h["p_value"].notna().sum())
        return f"None of {counted(n, 'planned question', spelled=True)} shows a difference" if n else ""
    which = listed([f"{_asked(r.question)} for {plural(r.outcome)}" for r in passed.itertuples()])
    return f"{capital(number(len(passed)))} of {counted(len(h), 'planned question', spelled=True)} {agreed(len(passed), 'show')} a difference: {which}"


def _who(t: Told, grid: GridIncidence | None) -> str:
    cells = t.given.cells("all", PLAN.entry)
    found = rates(cells, count=list(PLAN.outcomes), exposure="person_months", time_unit="months").tidy()
    rate = {
        r.outcome: f"{counted(r.n_event, 'first ' + act_name(r.outcome))}, {rounded(r.estimate, 2)} per 1,000 person-months (95% limits {limits(r.ci_low, r.ci_high)})"
        for r in found.itertuples()
    }
    years = float(cells["person_months"].sum()) / 12
    return (
        "Who receives an act, and how often? Most published cases are known because of an act, so they cannot show how often acts are granted. The Political Prisoner Database of the "
        "Congressional-Executive Commission on China (CECC), here called the register, opens a record at detention or sentence, whatever comes later. Its political prisoners with a fixed term, a life sentence or "
        f"a death sentence with reprieve were followed from the day on which they became known to {day(t.given.as_of)}, for {years:,.0f} person-years. "
        f"**Known after the case was on record: {listed(list(rate.values()))}.** {_of_a_hundred(grid) if grid else ''}".rstrip()
    )


def _of_a_hundred(grid: GridIncidence) -> str:
    last = grid.tidy()
    last = last[(last["time"] == 12 * _YEARS) & last["outcome"].isin(PLAN.outcomes)]
    said = [
        f"{rounded(100 * r.estimate, 1)} ({limits(100 * r.ci_low, 100 * r.ci_high)}){_HAD if n == 0 else ''} a {act_name(r.outcome)}"
        + (f" within {_YEARS} years" if n == 0 else "")
        for n, r in enumerate(last.itertuples())
    ]
    return f"If 100 such prisoners were all observed from the sentence on, {listed(said)}." if said else ""


def _family(a: Answers) -> str:
    h = a.hypotheses
    tested = h[h["p_value"].notna()]
    passed, n = h[h["passes"]], len(h)
    head = (
        f"The plan asks {counted(n, 'question', spelled=True)}: whether known acts of each kind differ by "
        f"{listed([_NAMES.get(g.name, g.name) for g in PLAN.groupings])}, and after {listed([o.question for o in PLAN.occasions])}. "
    )
    if passed.empty:
        verdict = f"**None of the {number(len(tested))} that could be tested shows a difference** that chance alone would not often make"
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
    bare = [
        r
        for r in passed.itertuples()
        if r.key not in set(a.findings["key"]) and r.key not in set(a.occasions.get("key", ()))
    ]
    unnamed = f" For {listed([_asked(r.question) for r in bare])} no single group can be named." if bare else ""
    return (
        f"{head}{verdict}.{unnamed} If no group and no occasion made a difference, and acts of all were equally likely to become known, the chance that the plan would find any difference at all would be at most {PLAN.level:.0%} "
        f"(Holm's correction). The plan (in full in the file docs/analysis-plan.md of the library) was written in November 2026 by people who had seen earlier results from these data, so that the p values of this edition are weaker evidence than they look."
    )


def _asked(question: str) -> str:
    return re.sub(r"^the ", "", question)


def _each(t: Told) -> tuple[str, ...]:
    """One paragraph for each finding: the ratio, and what becomes of it."""
    groups = tuple(_one(t, key, level) for key, level in t.checks)
    o = t.answers.occasions
    after = [r for r in o.itertuples() if r.finding] if len(o) else []
    several = (
        (f"These {number(len(groups))} findings are not independent: the groups overlap.",) if len(groups) > 1 else ()
    )
    return (*groups, *several, *(_occasion(r) for r in after))


def _occasion(r: Any) -> str:
    question = next(o.question for o in PLAN.occasions if o.name == r.about)
    return (
        f"**After {question} {plural(r.outcome)} are known {'more' if r.estimate > 1 else 'less'} often than at other times**: {rounded(r.n_after, 1)} of {rounded(r.n_event, 1)} acts in {share(r.share_of_time)} of the time "
        f"at risk, ratio {ratio(r.estimate)}. Acts become known through the same meetings that may have brought them about."
    )


def _one(t: Told, key: str, level: str) -> str:
    g = t.answers.groups
    r = g[(g["key"] == key) & (g["level"] == level)].iloc[0]
    checks = t.checks[key, level]
    line = _found(t, r)
    if checks is None:
        return line.rstrip()
    limit = float(checks.e_values.set_index("quantity").loc["limit", "e_value"])
    return (
        f"{line}{_holds(checks)} {_entered(checks)} To bring the nearer limit to 1, an unrecorded cause would need to be tied to the group by a risk ratio of at least {rounded(limit, 1)}, "
        f"and to the act by as much; this does not cover acts that went unreported.{_shipped(checks, r['estimate'])}"
    )


def _found(t: Told, r: pd.Series) -> str:
    """The ratio of a finding, and the acts behind it."""
    h = t.answers.hypotheses.set_index("key").loc[r["key"]]
    sooner = "less" if r["estimate"] < 1 else "more"
    about = _NAMES.get(r["about"], r["about"])
    left = (
        f", of {counted(int(h['n_event']), 'act')} in groups that are compared ({int(h['n_outside'])} more have no known {about})"
        if h["n_outside"]
        else ""
    )
    return (
        f"**{capital(plain(_group(r['level'])))} are known to have received {plural(r['outcome'])} {sooner} often than all others**: {counted(int(r['n_event']), 'act')} where {rounded(r['expected'], 1)} would be "
        f"expected at equal rates{left}; ratio {ratio(r['estimate'])} (95% limits {limits(r['ci_low'], r['ci_high'])}). "
    )


def _holds(checks: Checks) -> str:
    """In how many other analyses of the register the limits stay on the same side of 1."""
    rest = checks.register.iloc[1:]
    against = rest[rest["answer"] != "same"]
    if against.empty:
        return f"All {number(len(rest))} other analyses of the register point the same way, with limits that exclude 1."
    kinds = {
        "includes 1": "the limits include 1",
        "beyond": "they lie on the other side of 1",
        "none": "there is nothing to compare",
        "missing": "they cannot be computed",
    }
    parts = [
        f"in {number(len(own))} {told} ({listed([_check(c.check, c.detail) + _because(c.why) for c in own.itertuples()])})"
        for k, told in kinds.items()
        if len(own := against[against["answer"] == k])
    ]
    return f"**The result does not hold up everywhere**: of {number(len(rest))} other analyses, {listed(parts)}."


def _because(why: str) -> str:
    return f": {why.rstrip('.')}" if why else ""


def _entered(checks: Checks) -> str:
    """What becomes of it when acts before a case was documented count."""
    c = checks.register.set_index("check").loc["entered at the sentence"]
    if not np.isfinite(c["estimate"]):
        return ""
    return (
        f"Counted from the sentence, with acts that came before the case was on record, they have {counted(int(c['n_event']), 'act')}, all others {int(c['n_others'])}: "
        f"ratio {ratio(c['estimate'])} ({limits(c['ci_low'], c['ci_high'])})."
    )


def _shipped(checks: Checks, planned: float) -> str:
    """The shipped cases, and whether they point the other way."""
    other = checks.shipped["estimate"].dropna()
    if other.empty:
        return ""
    reach = f"{ratio(other.min())} to {ratio(other.max())}" if len(other) > 1 else ratio(other.iloc[0])
    far = (other > 1).all() if planned < 1 else (other < 1).all()
    depends = ", depending on how long cases are followed" if len(other) > 1 else ""
    side = ("; all these ratios lie" if len(other) > 1 else ",") + " on the other side of 1" if far else ""
    return f" Among the shipped cases, which were chosen by their acts, the ratio is {reach}{depends}{side}."


_NAMES = {"charge_family": "charge", "term": "length of the term"}
_PARTS = {"F": "women", "M": "men"}


def _check(check: str, detail: str) -> str:
    """An analysis in words: ``within groups of sex``, ``leaving out 2005 to 2009``."""
    if detail.startswith("without "):
        part, kind = detail.removeprefix("without "), check.removeprefix("without a ")
        name = _NAMES.get(kind, kind)
        if kind == "period":
            return f"leaving out {part.replace('/', ' to ')}"
        if part in ("not known", "not stated"):
            return f"leaving out those whose {name} is {part}"
        return plain(
            f"leaving out terms of {part}" if kind == "term" else f"leaving out {_PARTS.get(part, words(part))}"
        )
    if check.startswith("within "):
        other = check.removeprefix("within ")
        return f"within groups of the same {_NAMES.get(other, other)}"
    return plain(words(detail or check))


def _group(level: str) -> str:
    return {"cult": "people convicted of using a cult (article 300)"}.get(level, words(level))


def _figures(t: Told, grid: GridIncidence | None) -> list[Chart]:
    """The figures of the register, drawn once for all the reports that a process makes."""
    if not t.drawn:
        t.drawn.extend([*([_incidence(grid)] if grid else []), *_forests(t.answers)])
    return t.drawn


def _incidence(grid: GridIncidence) -> Chart:
    frame = grid.tidy()
    frame = frame[(frame["time"] <= 12 * _YEARS) & frame["outcome"].isin(PLAN.outcomes)]
    return Chart.twice(
        "register_incidence",
        "Known first acts in the register by time since sentence, with 95% limits",
        lambda: figures.grid_curves(frame, xlabel="months since sentence", unit="known to have had a first act"),
    )


def _forests(a: Answers) -> list[Chart]:
    out = []
    for outcome in PLAN.outcomes:
        mine = a.groups[a.groups["outcome"] == outcome]
        if mine.empty:
            continue
        frame = mine.assign(term=mine["about"].replace(_NAMES), reference=False, few=mine["thin"])
        caption = f"First {plural(outcome)}: rate of each group against all others, with exact 95% limits; acts in brackets, thin groups hollow"
        draw = partial(
            figures.forest,
            frame[["term", "level", "estimate", "ci_low", "ci_high", "n_event", "reference", "few"]],
            ratio="rate ratio",
            key=False,
            counted="acts",
        )
        out.append(Chart.twice(f"register_{outcome}", caption, draw, table=False))
    return out


def _hypotheses(a: Answers) -> TableView:
    h = a.hypotheses
    occasions = {h.key for h in PLAN.hypotheses if isinstance(h.about, Occasion)}
    found = dict(zip(a.occasions["key"], a.occasions["estimate"], strict=True)) if len(a.occasions) else {}
    after = [f" (ratio {ratio(found[k])})" if k in found else "" for k in h["key"]]
    asked = [
        f"after {q}" if k in occasions else f"by {_asked(q)}" for k, q in zip(h["key"], h["question"], strict=True)
    ]
    acts = [rounded(v, 0 if float(v).is_integer() else 1) if np.isfinite(v) else "" for v in h["n_event"]]
    outside = [f" of {int(n + k)}" if k > 0 else "" for n, k in zip(h["n_event"], h["n_outside"], strict=True)]
    shown = pd.DataFrame(
        {
            "no.": h["key"],
            "question": asked,
            "act": [act_name(v) for v in h["outcome"]],
            "acts compared": [f"{n}{of}" for n, of in zip(acts, outside, strict=True)],
            "p": [apart(v, 0.05, 3) if np.isfinite(v) else "" for v in h["p_value"]],
            "p after Holm's correction": [apart(v, 0.05, 3) if np.isfinite(v) else "" for v in h["p_holm"]],
            "answer": [
                f"could not be tested: {w}" if w else f"{'differs' if p else 'no difference shown'}{r}"
                for p, w, r in zip(h["passes"], h["why"], after, strict=True)
            ],
        }
    )
    return TableView("plan", "The questions of the plan and their answers", shown, data=h)


def _groups(a: Answers) -> TableView:
    g = a.groups
    shown = pd.DataFrame(
        {
            "no.": g["key"],
            "act": [act_name(v) for v in g["outcome"]],
            "by": [words(_NAMES.get(v, v)) for v in g["about"]],
            "group": [words(v) for v in g["level"]],
            "acts": g["n_event"],
            "expected": [rounded(v, 1) for v in g["expected"]],
            "person-years": [f"{v / 12:,.0f}" for v in g["person_months"]],
            "rate per 1,000 person-months": [
                f"{rounded(a, 2)} ({limits(b, c)})"
                for a, b, c in zip(g["rate"], g["rate_low"], g["rate_high"], strict=True)
            ],
            "against all others": [
                _ratio(a, b, c) for a, b, c in zip(g["estimate"], g["ci_low"], g["ci_high"], strict=True)
            ],
            "remark": ["finding" if f else "thin" if t else "" for f, t in zip(g["finding"], g["thin"], strict=True)],
        }
    )
    return TableView("plan_groups", "Every group: acts, person-years, rates and ratios", shown, data=g, folded=True)


def _ratio(estimate: float, low: float, high: float) -> str:
    if not np.isfinite(estimate):
        return f"no estimate ({limits(low, high)})" if low > 0 else "no estimate"
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
            "analysis": way,
            "acts": every["n_event"],
            "acts of all others": every["n_others"],
            "ratio (95% limits)": [
                f"not computed: {r.why}" if r.why else _ratio(r.estimate, r.ci_low, r.ci_high)
                for r in every.itertuples()
            ],
            "limits exclude 1, same direction": ["yes" if v else "no" for v in every["agrees"]],
        }
    )
    name = f"plan_{key.lower()}_{re.sub('[^a-z]+', '_', level.lower())}"
    caption = f"{capital(plural(h.outcome))} of {plain(_group(level))} against all others, in every analysis"
    told = every if every["why"].any() else every.drop(columns="why")
    return TableView(name, caption, shown, data=told)


def _notes(i: Inputs) -> tuple[str, ...]:
    later = (
        f" It goes beyond {i.quarter}, and is the same in every report of this edition."
        if i.last_day < pd.Timestamp("2020-07-23")
        else ""
    )
    return (
        f"The register is the CECC's Political Prisoner Database as exported on 23 July 2020.{later}",
        "Acts are those that somebody reported and the database recorded; the true rates are higher. If acts of one group are reported less often, for instance because its families and lawyers are silenced, it seems to receive fewer: the register cannot tell the two apart.",
        "Groups are fixed by their meaning, and all are shown. Each is compared with all others together among cases of the same five calendar years and the same years since sentence, so that no reference has to be chosen. "
        f"'Thin' groups could expect fewer than {PLAN.expected:g} acts if there were no difference; they are shown hollow and never reported as findings. Limits are for one ratio at a time: only groups named in the text are findings, and when one group differs, the others differ from the rest too. Values that are not known are not compared.",
        "Acts before a case became known are no events here, since they may have put the case on record.",
        f"For occasions the days of acts are needed: those of the shipped cases of the register, with {PLAN.imputations} draws for acts without a day, which is why their numbers of acts are other ones; all dates of events are moved together along the calendar to see what chance gives.",
        "The other analyses leave out or add one act, or leave out one period, region or other part at a time, and show the one that changes the result most; they enter the cases at their sentence, and compare within groups of every other kind "
        "(there without years since sentence, and without cells of fewer than five cases). They have plain 95% limits. The shipped cases, which were chosen by their acts, are counted under three rules of follow-up.",
    )
