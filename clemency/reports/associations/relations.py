"""Section on acts after events in relations with the United States, judged against placebo dates."""

from __future__ import annotations

from functools import partial, reduce

import pandas as pd

from clemency.cohorts import Relations, relations
from clemency.models.series.placebo import Placebo, placebo
from clemency.records.errors import DataError
from clemency.reports.associations.hazards import fits
from clemency.reports.inputs import FEW, OUTCOMES, Inputs
from clemency.reports.language import act_name, agreed, apart, capital, counted, number, plural, ratio, share
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
    index = gaps.tried("the index of relations", lambda: _index(ours, i))
    compared = _compared(i, ours, gaps)
    title = "After summits and dialogues"
    if not compared:
        none = f"No act and event could be compared by the end of {i.quarter}."
        return Section("relations", title, (*_index_text(index), none), _index_chart(index), _index_note(index))
    rows = [{"act": act_name(act), "events": label, **found.tidy().iloc[0].to_dict()} for found, act, label in compared]
    table = pd.DataFrame(rows)
    text = (
        exploratory(i.shipped),
        f"Are acts more frequent in the {WINDOW.rstrip('D')} days after an event than at other times? The rate ratio says how many times; whether that is more than chance, "
        "**placebo dates** say: all events are moved together along the calendar, with their distances kept, to every other place, and the ratio is computed again. "
        f"The p value is the share of calendars that show at least as clear a difference, either way. {_verdict(table)}",
    )
    found, outcome, label = reduce(_clearest, compared)
    caption = f"{capital(plural(outcome))} after {label}: the ratio at the true dates (line) among those at moved dates"
    parts: tuple[Chart | TableView, ...] = (
        *_index_chart(index),
        Chart.twice("placebo_dates", caption, found.plot),
        TableView("after_events", "Acts after events with the United States", _view(table), data=table),
    )
    notes = (*_index_note(index), *_notes(i, table))
    return gaps.added(Section("relations", title, (*_index_text(index), *text), parts, notes, _finding(table)))


def _finding(table: pd.DataFrame) -> str:
    own = table[_known(table)]
    passed = int((own["p_value"] <= 0.05).sum())
    if own.empty:
        return "Too few acts after events to judge"
    if not passed:
        return "Acts are not shown to be more or less frequent after such events"
    return f"{capital(number(passed))} of {counted(len(own), 'comparison')} {agreed(passed, 'pass')} 5%, where chance alone passes one in twenty"


Candidate = tuple[Placebo, str, str]


def _compared(i: Inputs, ours: pd.DataFrame, gaps: Gaps) -> list[Candidate]:
    """Each kind of act after each kind of event, as far as there are any while somebody was at risk."""
    made = i.cohort(clock="sentence")

    def after(outcome: str, kinds: tuple[str, ...]) -> Placebo:
        return placebo(made, ours[ours["event_type"].isin(kinds)], outcome=outcome, window=WINDOW)

    found = [
        (gaps.tried(f"{plural(outcome)} after {label}", partial(after, outcome, kinds)), outcome, label)
        for outcome in OUTCOMES
        for label, kinds in _KINDS.items()
    ]
    return [(test, outcome, label) for test, outcome, label in found if test is not None]


def _view(table: pd.DataFrame) -> pd.DataFrame:
    view = pd.DataFrame(
        {
            "act": table["act"],
            "after": table["events"],
            "events": table["n_events"].astype(int),
            "acts": table["acts"].astype(int),
            "of them after": table["acts_after"].astype(int),
            "share of time at risk": [share(v) for v in table["share_of_time"]],
            "rate ratio": [ratio(v) if v < float("inf") else "no estimate" for v in table["ratio"]],
            "p": [apart(v, 0.05, 2) for v in table["p_value"]],
            "warning": ["" if k else "fewer than five acts" for k in _known(table)],
        }
    )
    return view.drop(columns=[] if view["warning"].any() else ["warning"])


def _notes(i: Inputs, table: pd.DataFrame) -> tuple[str, ...]:
    several = {"summits", "summits and dialogues"} <= set(table["events"])
    both = "'Summits and dialogues' are those of both kinds and the other diplomatic dialogues, so that there are more of them than of the two together."
    nothing = "To find nothing with so few acts leaves room for large differences"
    above = "; see the ratios that the data could have shown above" if any(fit for fit, _ in fits(i).values()) else ""
    return (
        *([both] if several else []),
        "First acts of documented cases with a fixed term. Time at risk is that of these cases, so that years with more of them weigh more.",
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
        f" {counted(few, 'comparison')} with fewer than {FEW} acts after events, or at other times, {agreed(few, 'is')} unknown and not judged."
        if few
        else ""
    )
    if known.empty:
        return (
            f"**None of these rates can be judged**: there are fewer than {FEW} acts after events, or at other times."
        )
    least = known.loc[known["p_value"].idxmin()]
    passed = int((known["p_value"] <= 0.05).sum())
    of = f"these {len(known)} comparisons" if len(known) > 1 else "the one comparison"
    verdict = (
        f"{passed} of {of} {agreed(passed, 'pass')} 5%, where chance alone passes one in twenty"
        if passed
        else "None of these rates can be told apart from what placebo dates give"
    )
    which = f"the smallest p value of {len(known)}" if len(known) > 1 else "the p value"
    return f"**{verdict}**; {which} is {apart(least['p_value'], 0.05, 2)}, for {plural(least['act'])} after {least['events']}.{out}"


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
        f"How did relations stand? Each recorded event counts +1 if by its kind it brought the two states closer, -1 if it did the opposite, and half as much with every year that passes. At the end of {f['period'].iloc[-1]} the sum was "
        f"**{now:+.1f}**" + (f", {_place(int((before < now).sum()), len(before))}." if len(before) else "."),
    )


def _place(lower: int, n: int) -> str:
    """Where the last value stands among those before it; a third at either end is called low or high."""
    if n == 1:
        return f"{'above' if lower else 'not above'} that of the one earlier quarter"
    word = "low" if 3 * lower < n else "high" if 3 * lower > 2 * n else "neither low nor high"
    some = f"{'only ' if word == 'low' and lower else ''}{lower or 'none'}"
    return f"which is {word}: {some} of the {n} earlier quarters {agreed(lower or 1, 'was')} lower"


def _index_chart(index: Relations | None) -> tuple[Chart, ...]:
    if index is None:
        return ()
    caption = "Index of relations with the United States at the end of each quarter, and the events behind it"
    return (Chart.twice("relations_index", caption, index.plot),)


def _index_note(index: Relations | None) -> tuple[str, ...]:
    if index is None:
        return ()
    return (
        "The index counts recorded events, all with the same weight, since nothing in the records says how to weigh them, and leaves out releases of prisoners, which are acts. "
        f"Its first values are near 0 because no event is recorded before {index.frame['period'].iloc[0]}.",
    )


def _clearest(best: Candidate, other: Candidate) -> Candidate:
    """The comparison with the smaller p value, one with few acts only where there is no other."""
    known = [bool(_known(c[0].tidy()).iloc[0]) for c in (best, other)]
    p = [float(str(c[0].summary["p_value"])) for c in (best, other)]
    return other if (not known[1], p[1]) < (not known[0], p[0]) else best
