"""Section on acts after events in relations with the United States, judged against placebo dates."""

from __future__ import annotations

import pandas as pd

from clemency.cohorts import Relations, relations
from clemency.models import Placebo, placebo
from clemency.records.errors import DataError
from clemency.reports.inputs import OUTCOMES, Inputs
from clemency.reports.language import act_name, agreed, apart, capital, plural, ratio
from clemency.reports.section import Chart, Section, TableView, or_reason

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
    made = i.cohort(clock="sentence")
    ours = i.events[i.events["partner"] == "US"]
    ours = ours[ours["date_latest"] <= pd.Timestamp(i.until)]
    index = _index(ours, i)
    rows, drawn = [], None
    for outcome in OUTCOMES:
        for label, kinds in _KINDS.items():
            try:
                found = placebo(made, ours[ours["event_type"].isin(kinds)], outcome=outcome, window=WINDOW)
            except DataError:
                continue  # no act, or no such event while anybody was at risk
            rows.append({"act": act_name(outcome), "events": label, **found.tidy().iloc[0].to_dict()})
            drawn = _clearest(drawn, (found, outcome, label))
    title = "After summits and dialogues"
    if drawn is None:
        text = (f"No act and event could be compared by the end of {i.quarter}.",)
        return Section("relations", title, (*_index_text(index), *text), _index_chart(index), _index_note(index))
    table = pd.DataFrame(rows)
    least = table.loc[table["p_value"].idxmin()]
    passed = int((table["p_value"] <= 0.05).sum())
    of = f"these {len(table)} comparisons" if len(table) > 1 else "the one comparison"
    verdict = (
        f"{passed} of {of} {agreed(passed, 'pass')} 5%, where chance alone passes one in twenty"
        if passed
        else "None of these rates can be told apart from what placebo dates give"
    )
    text = (
        f"Are acts more frequent in the {WINDOW.rstrip('D')} days after an event than at other times? The rate ratio says how many times; whether that is more than chance, "
        "**placebo dates** say: all events are moved together along the calendar, with their distances kept, to every other place, and the ratio is computed again. "
        f"The p value is the share of calendars that show at least as clear a difference, either way. **{verdict}**; the smallest p value of {len(table)} is {apart(least['p_value'], 0.05, 2)}, for {plural(least['act'])} after "
        f"{least['events']}.",
    )
    view = pd.DataFrame(
        {
            "act": table["act"],
            "after": table["events"],
            "events": table["n_events"].astype(int),
            "acts": table["acts"].astype(int),
            "of them after": table["acts_after"].astype(int),
            "share of time at risk": [f"{v:.0%}" for v in table["share_of_time"]],
            "rate ratio": [ratio(v) for v in table["ratio"]],
            "p": [apart(v, 0.05, 2) for v in table["p_value"]],
        }
    )
    found, outcome, label = drawn
    parts = (
        Chart(
            "placebo_dates",
            f"{capital(plural(outcome))} after {label}: the ratio at the true dates (line) among those at moved dates",
            found.plot(),
        ),
        TableView("after_events", "Acts after events with the United States", view, data=table),
    )
    notes = (
        "'Summits and dialogues' are those of both kinds and the other diplomatic dialogues, so that there are more of them than of the two together.",
        "First acts of documented cases with a fixed term. Time at risk is that of these cases, so that years with more of them weigh more.",
        "To find nothing with so few acts leaves room for large differences; see the ratios that the data could have shown above.",
    )
    return Section(
        "relations",
        title,
        (*_index_text(index), *text),
        (*_index_chart(index), *parts),
        (*_index_note(index), *notes),
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
    lower = int((f["index"].iloc[:-1] < now).sum())
    return (
        f"How did relations stand? Each recorded event counts +1 if it brought the two states closer and -1 if it did not, and half as much with every year that passes. At the end of {f['period'].iloc[-1]} the sum was "
        f"**{now:+.1f}**"
        + (f", higher than at the end of {lower} of the {len(f) - 1} quarters before." if len(f) > 1 else "."),
    )


def _index_chart(index: Relations | None) -> tuple[Chart, ...]:
    if index is None:
        return ()
    caption = "Index of relations with the United States at the end of each quarter, and the events behind it"
    return (Chart("relations_index", caption, index.plot()),)


def _index_note(index: Relations | None) -> tuple[str, ...]:
    if index is None:
        return ()
    return (
        "The index counts recorded events, all with the same weight, since nothing in the records says how to weigh them, and leaves out releases of prisoners, which are acts. "
        f"Its first values are low because no event is recorded before {index.frame['period'].iloc[0]}.",
    )


Candidate = tuple[Placebo, str, str]


def _clearest(best: Candidate | None, other: Candidate) -> Candidate:
    """The comparison with the smaller p value."""
    if best is None:
        return other
    p = [float(str(c[0].summary["p_value"])) for c in (best, other)]
    return other if p[1] < p[0] else best
