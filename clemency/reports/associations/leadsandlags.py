"""Section on acts in the quarters before and after summits and dialogues with the United States."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt

from clemency import figures
from clemency.models.series.estimate import SeriesEstimate
from clemency.models.series.eventstudy import event_study
from clemency.records.errors import DataError, UsageError
from clemency.reports.associations.hazards import TALKS
from clemency.reports.inputs import FEW, OUTCOMES, Inputs
from clemency.reports.language import (
    act_name,
    agreed,
    apart,
    capital,
    counted,
    english_act,
    label,
    limits,
    listed,
    number,
    plural,
    ratio,
    rounded,
    spoken,
    tr,
)
from clemency.reports.planned.section import exploratory
from clemency.reports.section import Chart, Gaps, Section, TableView, or_reason

__all__ = ["before_and_after"]

LEADS, LAGS = 2, 4


@or_reason("event-study", "Before and after an event")
def before_and_after(i: Inputs) -> Section:
    """Event study of first acts, in leads and lags of a quarter."""
    ours = i.events[(i.events["partner"] == "US") & i.events["event_type"].isin(TALKS)]
    ours = ours[ours["date_latest"] <= pd.Timestamp(i.until)]
    fits, refused = _fits(i, ours)
    title = tr("Before and after an event")
    if not fits:
        return Section("event-study", title, refused)
    with figures.style():
        _, axes = plt.subplots(1, len(fits), figsize=(7.2, 3.4), sharey=True, squeeze=False)
        for ax, (outcome, fit) in zip(axes.flat, fits.items(), strict=True):
            fit.plot(ax=ax)
            ax.set_title(capital(plural(outcome)))
            if ax is not axes[0, 0]:
                ax.set_ylabel("")
        ends = [v for fit in fits.values() for r in _lags(fit) for v in (r.ci_low, r.ci_high) if 0 < v < float("inf")]
        if ends:
            axes[0, 0].set_ylim(min(ends) / 1.15, max(ends) * 1.15)
    shown = pd.concat([_points(fit, outcome) for outcome, fit in fits.items()], ignore_index=True)
    gaps = Gaps()
    tests = [
        gaps.tried(tr("tests of the quarters around an event for {acts}", acts=plural(o)), partial(_tests, fit, o))
        for o, fit in fits.items()
    ]
    table = pd.concat([t for t in tests if t is not None] or [pd.DataFrame()], ignore_index=True)
    drawn = pd.concat([fit.tidy(exponentiate=True).assign(act=outcome) for outcome, fit in fits.items()])
    alt = tr("Rate ratios by quarter around an event. ") + tr("; ").join(
        tr("{acts}: {ratios}", acts=plural(o), ratios=tr(", ").join(_in_words(r) for r in _lags(fit)))
        for o, fit in fits.items()
    )
    caption = tr(
        "Rate of first acts by quarters before and after a summit or dialogue with the US, the quarter before it being 1"
    )
    parts: list[Chart | TableView] = [Chart("event_study", caption, axes[0, 0], drawn, alt)]
    if len(table):
        caption = tr("Are the quarters before, or those after, different at all?")
        parts.append(TableView("event_study_tests", caption, _shown(table), data=table))
    said = " ".join([*([_verdict(table)] if len(table) else []), _single(shown)])
    text = (exploratory(i.shipped), _opening(i, fits), said, *refused)
    return gaps.added(
        Section("event-study", title, text, tuple(parts), tuple(label(n) for n in _NOTES), _finding(table))
    )


def _in_words(row: Any) -> str:
    """A ratio of a quarter before or after an event."""
    if spoken() == "en":
        return f"{row.term} {ratio(row.estimate)} ({limits(row.ci_low, row.ci_high)})"
    return tr("{quarter} {ratio}", quarter=_place(row.term), ratio=ratio(row.estimate))


def _finding(table: pd.DataFrame) -> str:
    """Whether quarters before or after events differ, by the test that moves the calendar."""
    if table.empty:
        return ""
    out = table[table["p_placebo"] <= 0.05]
    if out.empty:
        return tr("No pattern before or after events stands out")
    where = {"lags": tr("after"), "leads": tr("before|when")}
    told = [tr("{where} events for {acts}", where=where[r.test], acts=plural(r.act)) for r in out.itertuples()]
    return tr(
        "The quarters {which} differ from the quarter before an event, in an exploratory comparison",
        which=listed(told),
    )


_NOTES = (
    "Quarters before an event ('leads') are a check: a rate that already differs before an event was not changed by it. A test that finds no lead does not show that there is none: "
    "with so few acts it finds little.",
    "'p among moved calendars' is the share of calendars, made by moving all events together to every other quarter, in which these quarters differ as much; it needs no large sample. "
    "'p' is that of the model, which is too small too often in series like this.",
    "The model: a Poisson regression of quarterly counts, with the time at risk, the season and a linear trend; each event adds the ratios of its own quarters before ('leads') and after ('lags'). Limits are 95%, "
    "with errors corrected for single quarters that weigh much (leverage); F is the statistic of the test that all ratios of a row are 1.",
)


def _fits(i: Inputs, events: pd.DataFrame) -> tuple[dict[str, SeriesEstimate], tuple[str, ...]]:
    """A fit for each outcome, and why there is none."""
    made = i.cohort(clock="sentence")
    fits: dict[str, SeriesEstimate] = {}
    refused = []
    for outcome in OUTCOMES:
        try:
            fits[outcome] = event_study(made, events, outcome=outcome, leads=LEADS, lags=LAGS, end=i.until)
        except (DataError, UsageError):
            refused.append(
                tr(
                    "{acts}: too few acts or events by the end of {quarter} for leads and lags.",
                    acts=capital(plural(outcome)),
                    quarter=i.quarter,
                )
            )
    return fits, tuple(refused)


def _lags(fit: SeriesEstimate) -> list:
    table = fit.tidy(exponentiate=True)
    return list(table[table["term"].isin(fit.shown)].itertuples())


def _points(fit: SeriesEstimate, outcome: str) -> pd.DataFrame:
    """Ratios of single quarters; ``known`` where at least five acts stand behind them and behind the base."""
    table = fit.tidy(exponentiate=True).merge(fit.support[["term", "n_event"]], on="term")
    known = (table["n_event"] >= FEW) & (_base_acts(fit) >= FEW)
    return table.assign(act=outcome, known=known)[table["term"].isin(fit.shown)]


def _base_acts(fit: SeriesEstimate) -> int:
    """Acts in the quarters that the others are compared with."""
    acts = pd.Series(fit.frame["acts"].to_numpy(), index=fit.place)
    base = fit.place[fit.frame["n_events"].to_numpy() > 0] + int(fit.facts["base"])
    return int(acts[acts.index.isin(base)].sum())


def _tests(fit: SeriesEstimate, outcome: str) -> pd.DataFrame:
    moved = fit.placebo()[["test", "p_value", "placebos"]].rename(columns={"p_value": "p_placebo"})
    wald = fit.tests[["test", "statistic", "df", "df_resid", "p_value"]]
    return wald.merge(moved, on="test").assign(act=outcome, acts=int(fit.facts["acts"]), quarters=fit.facts["n"])


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    when = {
        "leads": tr("{leads} quarters before it", leads=LEADS),
        "lags": tr("that of the event to {lags} after it", lags=LAGS),
    }
    return pd.DataFrame(
        {
            "act": [act_name(a) for a in table["act"]],
            "quarters tested": table["test"].map(when),
            "acts": table["acts"],
            "F": [rounded(v, 2) for v in table["statistic"]],
            "p": [apart(v, 0.05, 2) for v in table["p_value"]],
            "p among moved calendars": [apart(v, 0.05, 2) for v in table["p_placebo"]],
        }
    )


def _opening(i: Inputs, fits: dict[str, SeriesEstimate]) -> str:
    first = i.cohort(clock="sentence").spells["event"].astype(str).value_counts()
    acts = listed(
        [
            tr(
                "{acts} of {count}",
                acts=int(f.facts["acts"]),
                count=counted(first.get(o, 0), f"first {english_act(o)}"),
            )
            for o, f in fits.items()
        ]
    )
    quarters = max(int(f.facts["n"]) for f in fits.values())
    return tr(
        "Do acts gather before an event, to prepare it, or after it, as what it yielded? The figure follows the rate from two quarters before to four after a summit or dialogue with the United States: {acts}, in {quarters}. Each point is the rate in such a quarter over that in the quarter before the event, which is the base and stands at 1; the line through it is its 95% limits. Quarters so near the first or last event that some before or after them are not known are left out, with their acts.",
        acts=acts,
        quarters=counted(quarters, "quarter"),
    )


def _verdict(table: pd.DataFrame) -> str:
    """What the quarters after events and those before show, taken together."""
    found = []
    for test, where in (("lags", tr("after")), ("leads", tr("before|when"))):
        own = table[table["test"] == test]
        if own.empty:
            continue
        out = own[own["p_placebo"] <= 0.05]
        said = (
            tr(
                "The quarters {where} events stand out for {listed}",
                where=where,
                listed=listed([plural(a) for a in out["act"]]),
            )
            if len(out)
            else tr("No pattern {where} events stands out", where=where)
        )
        found.append(
            tr(
                "**{said} among moved calendars** ({which} {p}).",
                said=said,
                which=tr("p value") if len(own) == 1 else tr("smallest p value"),
                p=apart(own["p_placebo"].min(), 0.05, 2),
            )
        )
    before = table[(table["test"] == "leads") & (table["p_placebo"] <= 0.05)]
    if len(before):
        found.append(tr("A rate that differs before events already was not changed by them."))
    return " ".join(found)


def _single(points: pd.DataFrame) -> str:
    """Which single quarters have limits that exclude 1."""
    known = points[points["known"]] if "known" in points else points
    few = len(points) - len(known)
    first = (
        tr(
            "Fewer than {few} acts stand behind {n} of the {quarters}, or behind the base: {they} unknown. ",
            few=FEW,
            n=tr("each") if known.empty else number(few),
            quarters=counted(len(points), "single quarter"),
            they=tr("its ratio is") if few == 1 else tr("their ratios are"),
        )
        if few
        else ""
    )
    if known.empty:
        return first.rstrip()
    out = known[(known["ci_low"] > 1) | (known["ci_high"] < 1)]
    of = (
        tr("the other {quarters}", quarters=counted(len(known), "quarter"))
        if few
        else f"{counted(len(known), 'single quarter')}"
    )
    if out.empty:
        return (
            tr("{first}None of {of} has limits that exclude 1.", first=first, of=of)
            if few
            else tr("No single quarter of {n} has limits that exclude 1.", n=len(points))
        )
    named = [
        tr(
            "{place} for {acts} ({ratio}; {limits})",
            place=_place(r.term),
            acts=plural(r.act),
            ratio=ratio(r.estimate),
            limits=limits(r.ci_low, r.ci_high),
        )
        for r in out.itertuples()
    ]
    which = (
        tr("Of {quarters} {n}", quarters=of, n=number(len(out)))
        if few
        else tr("Of the {quarters} {n}", quarters=of, n=number(len(out)))
    )
    if len(known) == 1:
        which = tr("The other one") if few else tr("The only single quarter that is known")
    return tr(
        "{first}{which} {have} limits that exclude 1: {listed}. One in twenty does by chance alone.",
        first=first,
        which=which,
        have=agreed(len(out), "has"),
        listed=listed(named),
    )


def _place(term: str) -> str:
    """``lead 2`` -> the second quarter before, ``lag 0`` -> the quarter of the event."""
    kind, k = str(term).split(" ")
    order = {1: "first", 2: "second", 3: "third", 4: "fourth"}
    if k == "0":
        return tr("the quarter of the event")
    return (
        tr("the {order} quarter before", order=label(order[int(k)]))
        if kind == "lead"
        else tr("the {order} quarter after", order=label(order[int(k)]))
    )
