"""A quarter -> the events in relations with all partners, and whom the report counts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from clemency.reports.inputs import GRANTED, Inputs
from clemency.reports.language import (
    act_name,
    agreed,
    capital,
    counted,
    dated,
    day,
    label,
    listed,
    number,
    plain,
    spoken,
    tr,
)
from clemency.reports.lead.lives import name_of, partner
from clemency.reports.links import sources_of
from clemency.reports.section import Passage, TableView

__all__ = ["events_sentence", "events_view", "quarter_events", "scope"]

_TALKS = ("summit", "state_visit", "human_rights_dialogue", "diplomatic_dialogue", "legal_experts_dialogue")
_WAYS = {1: "closer", -1: "worse", 0: "neither"}
#: More talks than these are told in the table alone.
_TOLD = 4
_ECONOMIC = ("economic", "corruption")


def quarter_events(i: Inputs) -> pd.DataFrame:
    """Events that lie in the quarter whole, by date; releases of prisoners, which are acts, are among them."""
    e = i.events
    inside = (e["date_earliest"] >= i.first_day) & (e["date_latest"] <= i.last_day)
    return e[inside].sort_values(["date_earliest", "partner"], kind="stable")


def events_sentence(i: Inputs) -> str:
    """The quarter's events in relations with all partners, talks at the head of state first."""
    found = quarter_events(i)
    found = found[found["event_type"] != "prisoner_release_deal"]
    if found.empty:
        return tr("No event in relations with other countries is recorded for the quarter.")
    n = found["partner"].astype(str).value_counts()
    where = (
        tr("with {partner}", partner=partner(n.index[0])) if len(n) == 1
        else tr("with {partners}", partners=listed([tr('{name} ({n})', name=partner(p), n=k) for p, k in n.items()]))
    )  # fmt: skip
    talks = found[found["event_type"].isin(_TALKS)]
    told = talks.head(_TOLD) if len(talks) else found.head(2)
    shown = listed([tr("{event} ({day})", event=event_label(e), day=day(e.date)) for e in told.itertuples()])
    of = tr(": ") if len(told) == len(found) else tr(", among them ")
    return tr(
        "{events} in relations {where} fell in the quarter{of}{shown}.",
        events=capital(counted(len(found), "event", spelled=True)),
        where=where,
        of=of,
        shown=shown,
    )


def event_label(event: Any) -> str:
    """What an event was, in the words of the tables; in another language with its kind before it."""
    if spoken() == "en":
        return plain(event.label)
    return tr("{kind} ‘{event}’", kind=label(str(event.event_type).replace("_", " ")), event=plain(event.label))


def events_view(i: Inputs) -> TableView | None:
    """All events of the quarter; None where there are none."""
    found = quarter_events(i)
    if found.empty:
        return None
    shown = pd.DataFrame(
        {
            "date": [day(d) for d in found["date"]],
            "with": [label(partner(p).removeprefix("the ")) for p in found["partner"]],
            "event": [event_label(e) for e in found.itertuples()],
            "relations": [label(_WAYS[int(d)]) for d in found["direction"]],
            "source": [sources_of(i.sources, s) for s in found["source_ids"]],
        }
    )
    columns = ["event_id", "date", "partner", "event_type", "direction", "label", "source_ids"]
    return TableView(
        "quarter_events", tr("Events in relations with other countries in {quarter}", quarter=i.quarter), shown, ("source",),
        data=found[[c for c in columns if c in found]].reset_index(drop=True), folded=True, stacked=True,
    )  # fmt: skip


def scope(i: Inputs) -> Passage:
    """Who counts as a political case, who of the quarter is disputed or charged with economic crimes, who is left out."""
    now = i.cases[i.cases["case_id"].isin(i.granted_in(i.quarter)["case_id"])]
    text = [_rule(i), *_marked(now), _left_out(i)]
    return Passage("scope", tr("Who is counted"), tuple(t for t in text if t))


def _rule(i: Inputs) -> str:
    if "political" not in i.cases or i.cases["political"].isna().all():
        return tr("The tables do not say which cases are political, so that all are counted.")
    said = tr(
        "This report counts cases that a source describes as political or religious imprisonment, and those of people on whom sources disagree"
    )
    kept = tr(", who are named as such") if (i.cases["political"] == "disputed").any() else ""
    empty = int(i.cases["political"].isna().sum())
    rest = (
        tr(
            "; {cases} of which the tables do not tell {are} counted too",
            cases=counted(empty, "case"),
            are=agreed(empty, "is"),
        )
        if empty
        else ""
    )
    return tr(
        "{said}{kept}{rest}. Officials, business people and ordinary prisoners are in it only where a source calls their case political.",
        said=said,
        kept=kept,
        rest=rest,
    )


def _marked(now: pd.DataFrame) -> list[str]:
    """Of the people of the quarter, those whose case is disputed and those charged with economic crimes."""
    if now.empty or "political" not in now:
        return []
    disputed = now[now["political"] == "disputed"]
    economic = now[now["charge_family"].astype("string").isin(_ECONOMIC)] if "charge_family" in now else now.iloc[:0]
    out = []
    for rows, what in (
        (disputed, tr("sources disagree whether the case is political")),
        (economic, tr("the charge is economic, or corruption")),
    ):
        if len(rows):
            out.append(
                tr(
                    "Of the people of this quarter, {what} for {listed}.",
                    what=what,
                    listed=listed([name_of(c) for _, c in rows.iterrows()]),
                )
            )
    return out


def _left_out(i: Inputs) -> str:
    """Acts of the quarter towards ordinary prisoners and officials, who are not counted."""
    acts, cases = i.compared_acts, i.compared_cases
    if acts is None or cases is None or acts.empty:
        return ""
    inside = (acts["act_earliest"] >= i.first_day) & (acts["act_latest"] <= i.last_day)
    acts = acts[inside & acts["act_type"].isin(GRANTED)].sort_values("act_earliest", kind="stable")
    if acts.empty:
        return ""
    names = cases.set_index("case_id")
    told = [
        tr("{name} ({act} {day})", name=name_of(names.loc[a.case_id]), act=act_name(a.act_type), day=dated(a.act_date))
        for a in acts.head(6).itertuples()
    ]
    more = [tr("{n} more", n=number(len(acts) - 6))] if len(acts) > 6 else []
    return tr("Not counted, because no source calls the case political: {listed}.", listed=listed([*told, *more]))
