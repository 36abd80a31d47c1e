"""The section of what the register shows: the answers to the plan, each finding with what it depends on."""

from __future__ import annotations

import re
from functools import partial

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
    english_act,
    label,
    limits,
    listed,
    number,
    plain,
    plural,
    ratio,
    rounded,
    speaking,
    spoken,
    tr,
)
from clemency.reports.plan import PLAN, Occasion
from clemency.reports.planned.firmness import Checks, by_follow_up, firmness
from clemency.reports.planned.keeping import Found, kept_or_found
from clemency.reports.planned.results import Answers, answers, counted_register, evidence, hypothesis
from clemency.reports.planned.tellings import NAMES, Told, asked_of, check_told, each_finding, group_told
from clemency.reports.section import Chart, Gaps, Passage, Section, TableView, or_reason

__all__ = ["exploratory", "not_planned", "the_register", "told"]

TITLE = "What the register shows"
#: Months since sentence up to which the incidence is drawn: the end of the last closed band of the counts.
_YEARS = 8
_ENDS = [*PLAN.outcomes, "early_release", "expiry", "death"]


def not_planned(i: Inputs) -> str:
    """Why no question of the plan is asked of these tables."""
    theirs = (
        tr("These tables are those of edition {earlier}, which is older than the plan", earlier=i.earlier)
        if i.earlier
        else tr("These tables are the folder's own")
    )
    return tr(
        "The plan of this report is for the register of the shipped tables. {theirs}, so that no hypothesis is tested; every comparison below is exploratory.",
        theirs=theirs,
    )


def exploratory(shipped: bool) -> str:
    """Said at the head of every section whose comparisons the plan does not name."""
    why = (
        tr(
            "The plan of this report does not name these comparisons, and most of the cases behind them were documented because of their acts"
        )
        if shipped
        else tr("No plan was written for these tables before they were looked at")
    )
    return tr("**Exploratory.** {why}: what stands out here is a question for other data, not a finding.", why=why)


def told(i: Inputs) -> Told:
    """Answers to the plan, made once for an edition: they are the same in every quarter."""
    if i.edition not in _KEPT:
        _KEPT.clear()
        _KEPT[i.edition] = _told(i)
    return _KEPT[i.edition]


_KEPT: dict[str, Told] = {}


def _told(i: Inputs) -> Told:
    with speaking("en"):  # what is kept serves reports in every language
        found, checks, missing = kept_or_found(lambda: put_to_the_plan(i))
    return Told(counted_register(i.events), found, checks, missing)


def put_to_the_plan(i: Inputs) -> Found:
    """The answers of the tables to the plan, computed anew."""
    given = evidence(i.cases, i.acts, i.events)
    found = answers(given)
    shipped = by_follow_up(i.cases, i.acts) if len(found.findings) else {}
    gaps = Gaps()

    def checked(key: str, level: str) -> Checks | None:
        what = tr(
            "other analyses of {acts} of {group}",
            acts=plural(hypothesis(PLAN, key).outcome),
            group=plain(group_told(level)),
        )
        return gaps.tried(what, lambda: firmness(given, key, level, shipped))

    checks = {(r.key, r.level): checked(r.key, r.level) for r in found.findings.itertuples()}
    return found, checks, tuple(gaps.said)


@or_reason("register", TITLE)
def the_register(i: Inputs) -> Section:
    """What the plan finds in the register, and how firm it is."""
    if not i.shipped:
        return Section("register", label(TITLE), (not_planned(i),))
    t = told(i)
    gaps = Gaps()
    gaps.said += t.missing
    grid = gaps.tried(
        tr("known first acts by time since sentence"),
        lambda: grid_incidence(t.given.cells("all", PLAN.entry), count=_ENDS, exposure="person_months"),
    )
    who = gaps.tried(tr("how often an act is granted"), lambda: _who(t, grid))
    parts: list[Chart | TableView | Passage] = [*_figures(t, grid)]
    parts += [_hypotheses(t.answers)]
    parts += [_firm(key, level, checks) for (key, level), checks in t.checks.items() if checks]
    parts.append(_groups(t.answers))
    text = (*([who] if who else []), _family(t.answers), *each_finding(t))
    return gaps.added(Section("register", label(TITLE), text, tuple(parts), _notes(i), _answered(t.answers)))


def _answered(a: Answers) -> str:
    """How many of the plan's questions show a difference, and which."""
    h = a.hypotheses
    passed = h[h["passes"]]
    if passed.empty:
        n = int(h["p_value"].notna().sum())
        return (
            tr("None of {questions} shows a difference", questions=counted(n, "planned question", spelled=True))
            if n
            else ""
        )
    which = listed(
        [tr("{asked} for {acts}", asked=asked_of(r.question), acts=plural(r.outcome)) for r in passed.itertuples()]
    )
    return tr(
        "{n} of {questions} {show} a difference: {which}",
        n=capital(number(len(passed))),
        questions=counted(len(h), "planned question", spelled=True),
        show=agreed(len(passed), "show"),
        which=which,
    )


def _who(t: Told, grid: GridIncidence | None) -> str:
    cells = t.given.cells("all", PLAN.entry)
    found = rates(cells, count=list(PLAN.outcomes), exposure="person_months", time_unit="months").tidy()
    rate = {
        r.outcome: tr(
            "{acts}, {value} per 1,000 person-months (95% limits {limits})",
            acts=counted(r.n_event, "first " + english_act(r.outcome)),
            value=rounded(r.estimate, 2),
            limits=limits(r.ci_low, r.ci_high),
        )
        for r in found.itertuples()
    }
    years = float(cells["person_months"].sum()) / 12
    return tr(
        "Who receives an act, and how often? Most published cases are known because of an act, so they cannot show how often acts are granted. The Political Prisoner Database of the Congressional-Executive Commission on China (CECC), here called the register, opens a record at detention or sentence, whatever comes later. Its political prisoners with a fixed term, a life sentence or a death sentence with reprieve were followed from the day on which they became known to {day}, for {years:,.0f} person-years. **Known after the case was on record: {listed}.** {hundred}",
        day=day(t.given.as_of),
        years=years,
        listed=listed(list(rate.values())),
        hundred=_of_a_hundred(grid) if grid else "",
    ).rstrip()


def _of_a_hundred(grid: GridIncidence) -> str:
    last = grid.tidy()
    last = last[(last["time"] == 12 * _YEARS) & last["outcome"].isin(PLAN.outcomes)]
    said = [
        tr(
            _HAVING if n else _HAVING_FIRST,
            n=rounded(100 * r.estimate, 1),
            limits=limits(100 * r.ci_low, 100 * r.ci_high),
            act=act_name(r.outcome),
            years=_YEARS,
        )
        for n, r in enumerate(last.itertuples())
    ]
    return (
        tr("If 100 such prisoners were all observed from the sentence on, {listed}.", listed=listed(said))
        if said
        else ""
    )


_HAVING_FIRST = "{n} ({limits}) would be known to have had a {act} within {years} years"
_HAVING = "{n} ({limits}) a {act}"


def _family(a: Answers) -> str:
    h = a.hypotheses
    tested = h[h["p_value"].notna()]
    passed, n = h[h["passes"]], len(h)
    head = tr(
        "The plan asks {questions}: whether known acts of each kind differ by {groups}, and after {occasions}. ",
        questions=counted(n, "question", spelled=True),
        groups=listed([label(NAMES.get(g.name, g.name)) for g in PLAN.groupings]),
        occasions=listed([label(o.question) for o in PLAN.occasions]),
    )
    if passed.empty:
        verdict = tr(
            "**None of the {n} that could be tested shows a difference** that chance alone would not often make",
            n=number(len(tested)),
        )
    else:
        which = listed(
            [
                tr(
                    "{asked} for {acts} (p = {p})",
                    asked=asked_of(r.question),
                    acts=plural(r.outcome),
                    p=apart(r.p_holm, PLAN.level, 3),
                )
                for r in passed.itertuples()
            ]
        )
        verdict = tr(
            "**{n} of the {whole} {show} a difference**: {which}",
            n=capital(number(len(passed))),
            whole=number(n),
            show=agreed(len(passed), "show"),
            which=which,
        )
    bare = [
        r
        for r in passed.itertuples()
        if r.key not in set(a.findings["key"]) and r.key not in set(a.occasions.get("key", ()))
    ]
    unnamed = (
        tr(" For {listed} no single group can be named.", listed=listed([asked_of(r.question) for r in bare]))
        if bare
        else ""
    )
    return tr(
        "{head}{verdict}.{unnamed} If no group and no occasion made a difference, and acts of all were equally likely to become known, the chance that the plan would find any difference at all would be at most {level:.0%} (Holm's correction). The plan (in full in the file docs/analysis-plan.md of the library) was written in November 2026 by people who had seen earlier results from these data, so that the p values of this edition are weaker evidence than they look.",
        head=head,
        verdict=verdict,
        unnamed=unnamed,
        level=PLAN.level,
    )


def _figures(t: Told, grid: GridIncidence | None) -> list[Chart]:
    """The figures of the register, drawn once in each language for all the reports that a process makes."""
    if spoken() not in t.drawn:
        t.drawn[spoken()] = [*([_incidence(grid)] if grid else []), *_forests(t.answers)]
    return t.drawn[spoken()]


def _incidence(grid: GridIncidence) -> Chart:
    frame = grid.tidy()
    frame = frame[(frame["time"] <= 12 * _YEARS) & frame["outcome"].isin(PLAN.outcomes)]
    return Chart.twice(
        "register_incidence",
        tr("Known first acts in the register by time since sentence, with 95% limits"),
        lambda: figures.grid_curves(
            frame, xlabel=tr("months since sentence"), unit=tr("known to have had a first act")
        ),
    )


def _forests(a: Answers) -> list[Chart]:
    out = []
    for outcome in PLAN.outcomes:
        mine = a.groups[a.groups["outcome"] == outcome]
        if mine.empty:
            continue
        frame = mine.assign(term=mine["about"].replace(NAMES), reference=False, few=mine["thin"])
        caption = tr(
            "First {acts}: rate of each group against all others, with exact 95% limits and the acts behind it; thin groups hollow",
            acts=plural(outcome),
        )
        draw = partial(
            figures.forest,
            frame[["term", "level", "estimate", "ci_low", "ci_high", "n_event", "reference", "few"]],
            ratio=tr("rate ratio"),
            key=False,
            counted="acts",
        )
        out.append(Chart.twice(f"register_{outcome}", caption, draw, table=False))
    return out


def _hypotheses(a: Answers) -> TableView:
    h = a.hypotheses
    occasions = {h.key for h in PLAN.hypotheses if isinstance(h.about, Occasion)}
    found = dict(zip(a.occasions["key"], a.occasions["estimate"], strict=True)) if len(a.occasions) else {}
    after = [tr(" (ratio {ratio})", ratio=ratio(found[k])) if k in found else "" for k in h["key"]]
    asked = [
        tr("after {occasion}", occasion=label(q)) if k in occasions else tr("by {asked}", asked=asked_of(q))
        for k, q in zip(h["key"], h["question"], strict=True)
    ]
    acts = [rounded(v, 0 if float(v).is_integer() else 1) if np.isfinite(v) else "" for v in h["n_event"]]
    outside = [tr(" of {n}", n=int(n + k)) if k > 0 else "" for n, k in zip(h["n_event"], h["n_outside"], strict=True)]
    shown = pd.DataFrame(
        {
            "no.": h["key"],
            "question": asked,
            "act": [act_name(v) for v in h["outcome"]],
            "acts compared": [f"{n}{of}" for n, of in zip(acts, outside, strict=True)],
            "p": [apart(v, 0.05, 3) if np.isfinite(v) else "" for v in h["p_value"]],
            "p after Holm's correction": [apart(v, 0.05, 3) if np.isfinite(v) else "" for v in h["p_holm"]],
            "answer": [
                tr("could not be tested: {why}", why=w)
                if w
                else (tr("differs{ratio}", ratio=r) if p else tr("no difference shown{ratio}", ratio=r))
                for p, w, r in zip(h["passes"], h["why"], after, strict=True)
            ],
        }
    )
    return TableView("plan", tr("The questions of the plan and their answers"), shown, data=h)


def _groups(a: Answers) -> TableView:
    g = a.groups
    shown = pd.DataFrame(
        {
            "no.": g["key"],
            "act": [act_name(v) for v in g["outcome"]],
            "by": [label(words(NAMES.get(v, v))) for v in g["about"]],
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
    return TableView("plan_groups", tr("Every group: acts, person-years, rates and ratios"), shown, data=g, folded=True)


def _ratio(estimate: float, low: float, high: float) -> str:
    if not np.isfinite(estimate):
        return tr("no estimate ({limits})", limits=limits(low, high)) if low > 0 else tr("no estimate")
    return tr("{ratio} ({limits})", ratio=ratio(estimate), limits=limits(low, high))


def _firm(key: str, level: str, checks: Checks) -> TableView:
    h = hypothesis(PLAN, key)
    every = pd.concat([checks.register, checks.shipped], ignore_index=True)
    way = [
        tr("{check}: {detail}", check=label(r.check), detail=words(r.detail))
        if r.check == "shipped cases"
        else check_told(r.check, r.detail)
        for r in every.itertuples()
    ]
    shown = pd.DataFrame(
        {
            "analysis": way,
            "acts": every["n_event"],
            "acts of all others": every["n_others"],
            "ratio (95% limits)": [
                tr("not computed: {why}", why=r.why) if r.why else _ratio(r.estimate, r.ci_low, r.ci_high)
                for r in every.itertuples()
            ],
            "limits exclude 1, same direction": ["yes" if v else "no" for v in every["agrees"]],
        }
    )
    name = f"plan_{key.lower()}_{re.sub('[^a-z]+', '_', level.lower())}"
    caption = tr(
        "{acts} of {group} against all others, in every analysis",
        acts=capital(plural(h.outcome)),
        group=plain(group_told(level)),
    )
    told = every if every["why"].any() else every.drop(columns="why")
    return TableView(name, caption, shown, data=told)


def _notes(i: Inputs) -> tuple[str, ...]:
    later = (
        tr(" It goes beyond {quarter}, and is the same in every report of this edition.", quarter=i.quarter)
        if i.last_day < pd.Timestamp("2020-07-23")
        else ""
    )
    return (
        tr("The register is the CECC's Political Prisoner Database as exported on 23 July 2020.{later}", later=later),
        tr(
            "Acts are those that somebody reported and the database recorded; the true rates are higher. If acts of one group are reported less often, for instance because its families and lawyers are silenced, it seems to receive fewer: the register cannot tell the two apart."
        ),
        tr(
            "Groups are fixed by their meaning, and all are shown. Each is compared with all others together among cases of the same five calendar years and the same years since sentence, so that no reference has to be chosen. 'Thin' groups could expect fewer than {expected:g} acts if there were no difference; they are shown hollow and never reported as findings. Limits are for one ratio at a time: only groups named in the text are findings, and when one group differs, the others differ from the rest too. Values that are not known are not compared.",
            expected=PLAN.expected,
        ),
        tr("Acts before a case became known are no events here, since they may have put the case on record."),
        tr(
            "For occasions the days of acts are needed: those of the shipped cases of the register, with {imputations} draws for acts without a day, which is why their numbers of acts are other ones; all dates of events are moved together along the calendar to see what chance gives.",
            imputations=PLAN.imputations,
        ),
        tr(
            "The other analyses leave out or add one act, or leave out one period, region or other part at a time, and show the one that changes the result most; they enter the cases at their sentence, and compare within groups of every other kind (there without years since sentence, and without cells of fewer than five cases). They have plain 95% limits. The shipped cases, which were chosen by their acts, are counted under three rules of follow-up."
        ),
    )
