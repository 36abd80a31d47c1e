"""Section on acts after events in relations with the United States, judged against placebo dates."""

from __future__ import annotations

from functools import partial, reduce

import pandas as pd

from clemency.cohorts import Relations, relations
from clemency.models.series.placebo import Placebo, placebo
from clemency.records.errors import DataError
from clemency.reports.associations.hazards import fits
from clemency.reports.inputs import FEW, OUTCOMES, Inputs
from clemency.reports.language import (
    act_name,
    agreed,
    apart,
    capital,
    counted,
    label,
    number,
    plural,
    quarter,
    ratio,
    share,
    tr,
)
from clemency.reports.planned.section import exploratory
from clemency.reports.section import Chart, Gaps, Section, TableView, or_reason

__all__ = ["after_events"]

WINDOW = "180D"
_KINDS = {
    "summits": ("summit",),
    "human rights dialogues": ("human_rights_dialogue",),
    "summits and dialogues": ("summit", "human_rights_dialogue", "diplomatic_dialogue"),
}


@or_reason("relations", "After summits and dialogues")
def after_events(i: Inputs) -> Section:
    """Rates after summits and dialogues with the US, beside those after dates moved along the calendar."""
    ours = i.events[i.events["partner"] == "US"]
    ours = ours[ours["date_latest"] <= pd.Timestamp(i.until)]
    gaps = Gaps()
    index = gaps.tried(tr("the index of relations"), lambda: _index(ours, i))
    compared = _compared(i, ours, gaps)
    title = tr("After summits and dialogues")
    if not compared:
        none = tr("No act and event could be compared by the end of {quarter}.", quarter=i.quarter)
        return Section("relations", title, (*_index_text(index), none), _index_chart(index), _index_note(index))
    rows = [{"act": act_name(act), "events": name, **found.tidy().iloc[0].to_dict()} for found, act, name in compared]
    table = pd.DataFrame(rows)
    text = (
        exploratory(i.shipped),
        tr(
            "Are acts more frequent in the {days} days after an event than at other times? The rate ratio says how many times; whether that is more than chance, **placebo dates** say: all events are moved together along the calendar, with their distances kept, to every other place, and the ratio is computed again. The p value is the share of calendars that show at least as clear a difference, either way. {verdict}",
            days=WINDOW.rstrip("D"),
            verdict=_verdict(table),
        ),
    )
    found, outcome, name = reduce(_clearest, compared)
    caption = tr(
        "{acts} after {events}: the ratio at the true dates (line) among those at moved dates",
        acts=capital(plural(outcome)),
        events=label(name),
    )
    parts: tuple[Chart | TableView, ...] = (
        *_index_chart(index),
        Chart.twice("placebo_dates", caption, found.plot),
        TableView("after_events", tr("Acts after events with the United States"), _view(table), data=table),
    )
    notes = (*_index_note(index), *_notes(i, table))
    return gaps.added(Section("relations", title, (*_index_text(index), *text), parts, notes, _finding(table)))


def _finding(table: pd.DataFrame) -> str:
    own = table[_known(table)]
    passed = int((own["p_value"] <= 0.05).sum())
    if own.empty:
        return tr("Too few acts after events to judge")
    if not passed:
        return tr("Acts are not shown to be more or less frequent after such events")
    return tr(
        "{n} of {comparisons} {verb} 5%, where chance alone passes one in twenty",
        n=capital(number(passed)),
        comparisons=counted(len(own), "comparison"),
        verb=agreed(passed, "pass"),
    )


Candidate = tuple[Placebo, str, str]


def _compared(i: Inputs, ours: pd.DataFrame, gaps: Gaps) -> list[Candidate]:
    """Each kind of act after each kind of event, as far as there are any while somebody was at risk."""
    made = i.cohort(clock="sentence")

    def after(outcome: str, kinds: tuple[str, ...]) -> Placebo:
        return placebo(made, ours[ours["event_type"].isin(kinds)], outcome=outcome, window=WINDOW)

    found = [
        (
            gaps.tried(
                tr("{acts} after {events}", acts=plural(outcome), events=label(name)), partial(after, outcome, kinds)
            ),
            outcome,
            name,
        )
        for outcome in OUTCOMES
        for name, kinds in _KINDS.items()
    ]
    return [(test, outcome, name) for test, outcome, name in found if test is not None]


def _view(table: pd.DataFrame) -> pd.DataFrame:
    view = pd.DataFrame(
        {
            "act": table["act"],
            "after": table["events"],
            "events": table["n_events"].astype(int),
            "acts": table["acts"].astype(int),
            "of them after": table["acts_after"].astype(int),
            "share of time at risk": [share(v) for v in table["share_of_time"]],
            "rate ratio": [ratio(v) if v < float("inf") else tr("no estimate") for v in table["ratio"]],
            "p": [apart(v, 0.05, 2) for v in table["p_value"]],
            "warning": ["" if k else tr("fewer than five acts") for k in _known(table)],
        }
    )
    return view.drop(columns=[] if view["warning"].any() else ["warning"])


def _notes(i: Inputs, table: pd.DataFrame) -> tuple[str, ...]:
    several = {"summits", "summits and dialogues"} <= set(table["events"])
    both = tr(
        "'Summits and dialogues' are those of both kinds and the other diplomatic dialogues, so that there are more of them than of the two together."
    )
    nothing = tr("To find nothing with so few acts leaves room for large differences")
    above = (
        tr("; see the ratios that the data could have shown above") if any(fit for fit, _ in fits(i).values()) else ""
    )
    return (
        *([both] if several else []),
        tr(
            "First acts of documented cases with a fixed term. Time at risk is that of these cases, so that years with more of them weigh more."
        ),
        f"{nothing}{above}.",
    )


def _known(table: pd.DataFrame) -> pd.Series:
    """Comparisons with at least five acts on each side: after events, and at other times."""
    return table[["acts_after"]].assign(other=table["acts"] - table["acts_after"]).min(axis=1) >= FEW


def _verdict(table: pd.DataFrame) -> str:
    """What the comparisons show; those that rest on few acts are not told as findings."""
    known = table[_known(table)]
    few = len(table) - len(known)
    out = (
        tr(
            " {comparisons} with fewer than {few} acts after events, or at other times, {are} unknown and not judged.",
            comparisons=counted(few, "comparison"),
            few=FEW,
            are=agreed(few, "is"),
        )
        if few
        else ""
    )
    if known.empty:
        return tr(
            "**None of these rates can be judged**: there are fewer than {few} acts after events, or at other times.",
            few=FEW,
        )
    least = known.loc[known["p_value"].idxmin()]
    passed = int((known["p_value"] <= 0.05).sum())
    of = tr("these {n} comparisons", n=len(known)) if len(known) > 1 else tr("the one comparison")
    verdict = (
        tr(
            "{passed} of {of} {verb} 5%, where chance alone passes one in twenty",
            passed=passed,
            of=of,
            verb=agreed(passed, "pass"),
        )
        if passed
        else tr("None of these rates can be told apart from what placebo dates give")
    )
    which = tr("the smallest p value of {n}", n=len(known)) if len(known) > 1 else tr("the p value")
    return tr(
        "**{verdict}**; {which} is {apart}, for {acts} after {events}.{out}",
        verdict=verdict,
        which=which,
        apart=apart(least["p_value"], 0.05, 2),
        acts=plural(least["act"]),
        events=label(least["events"]),
        out=out,
    )


def _index(ours: pd.DataFrame, i: Inputs) -> Relations | None:
    """Index of relations without releases, which are acts themselves; None where no event is known yet."""
    kinds = [str(k) for k in ours["event_type"].unique() if k != "prisoner_release_deal"]
    try:
        return relations("US", events=ours, types=kinds, end=i.until) if kinds else None
    except DataError:
        return None


def _index_text(index: Relations | None) -> tuple[str, ...]:
    if index is None:
        return ()
    f = index.frame
    now = f["index"].iloc[-1]
    before = f["index"].iloc[:-1]
    return (
        tr(
            "How did relations stand? Each recorded event counts +1 if by its kind it brought the two states closer, -1 if it did the opposite, and half as much with every year that passes. At the end of {quarter} the sum was **{now:+.1f}**",
            quarter=quarter(f["period"].iloc[-1]),
            now=now,
        )
        + (tr(", {place}.", place=_place(int((before < now).sum()), len(before))) if len(before) else tr(".")),
    )


def _place(lower: int, n: int) -> str:
    """Where the last value stands among those before it; a third at either end is called low or high."""
    if n == 1:
        return tr("above that of the one earlier quarter") if lower else tr("not above that of the one earlier quarter")
    level = tr("low") if 3 * lower < n else tr("high") if 3 * lower > 2 * n else tr("neither low nor high")
    some = tr("only {n}", n=lower) if 3 * lower < n and lower else lower or tr("none")
    return tr(
        "which is {level}: {some} of the {n} earlier quarters {were} lower",
        level=level,
        some=some,
        n=n,
        were=agreed(lower or 1, "was"),
    )


def _index_chart(index: Relations | None) -> tuple[Chart, ...]:
    if index is None:
        return ()
    caption = tr("Index of relations with the United States at the end of each quarter, and the events behind it")
    return (Chart.twice("relations_index", caption, index.plot),)


def _index_note(index: Relations | None) -> tuple[str, ...]:
    if index is None:
        return ()
    return (
        tr(
            "The index counts recorded events, all with the same weight, since nothing in the records says how to weigh them, and leaves out releases of prisoners, which are acts. Its first values are near 0 because no event is recorded before {quarter}.",
            quarter=quarter(index.frame["period"].iloc[0]),
        ),
    )


def _clearest(best: Candidate, other: Candidate) -> Candidate:
    """The comparison with the smaller p value, one with few acts only where there is no other."""
    known = [bool(_known(c[0].tidy()).iloc[0]) for c in (best, other)]
    p = [float(str(c[0].facts["p_value"])) for c in (best, other)]
    return other if (not known[1], p[1]) < (not known[0], p[0]) else best
