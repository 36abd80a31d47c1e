"""The lead of the report: what happened in the quarter, to whom, what came since, and what is new."""

from __future__ import annotations

import pandas as pd

from clemency.reports.descriptions.counts import EARLIER, NOW, VAGUE, act_places
from clemency.reports.inputs import Inputs, persons
from clemency.reports.language import agreed, capital, counted, dated, listed, number, plain
from clemency.reports.lead import context, lives, news, numbers
from clemency.reports.lead.timelines import chart
from clemency.reports.links import sources_of
from clemency.reports.section import Chart, Entries, Passage, Section, TableView

__all__ = ["people", "the_quarter"]


def the_quarter(i: Inputs) -> Section:
    """The quarter: its acts in one sentence per person, three numbers, timelines, what became known, and the context."""
    now = i.granted_in(i.quarter)
    text = (_lead(i, now), _since(i, now), _vague(i), context.events_sentence(i), _totals(i))
    parts: list[Chart | TableView | Passage | Entries] = []
    if len(now):
        parts.append(people(i, now))
        parts += [c for c in (chart(i, now),) if c]
    parts.append(numbers.view(i))
    events = context.events_view(i)
    parts += [events] if events else []
    parts.append(news.became_known(i))
    parts += news.changes(i)
    parts.append(context.scope(i))
    return Section("summary", f"{i.quarter} in brief", tuple(t for t in text if t), tuple(parts), _notes(i))


def _lead(i: Inputs, now: pd.DataFrame) -> str:
    if not len(now):
        return f"No act of clemency in the records is dated to {i.quarter}.{_neighbours(i)}"
    counts = now["act_type"].value_counts()
    kinds = listed([counted(n, str(k)) for k, n in counts[counts > 0].items()])
    return (
        f"**{capital(counted(len(now), 'act', spelled=True))} of clemency** towards {counted(persons(i, now), 'prisoner', spelled=True)} "
        f"{agreed(len(now), 'is')} dated to {i.quarter}: {kinds}."
    )


def _neighbours(i: Inputs) -> str:
    """The quarters before and after with an act, for a quarter without one."""
    had, now = i.dated["quarter"], str(i.quarter)
    sides = (("The last one before is of", had[had < now].max()), ("the next one of", had[had > now].min()))
    told = [f"{said} {q}" for said, q in sides if isinstance(q, str)]
    return f" {capital(' and '.join(told))}." if told else ""


def _vague(i: Inputs) -> str:
    """How many acts that are dated less exactly may have fallen in the quarter."""
    acts = i.acts[act_places(i) == VAGUE]
    n = int(((acts["act_earliest"] <= i.last_day) & (acts["act_latest"] >= i.first_day)).sum())
    if not n:
        return ""
    return f"{capital(counted(n, 'more act', spelled=True))}, dated less exactly, may have fallen in the quarter."


def _since(i: Inputs, now: pd.DataFrame) -> str:
    """What the acts have in common: an exchange, departures, deaths since."""
    deals: dict[str, list[str]] = {}
    for act in now.itertuples():
        deal = lives.exchange_of(i, act)
        if deal is not None:
            deals.setdefault(
                f"the exchange of {dated(deal['date']).split(' ', 1)[1]} ('{plain(deal['label'])}')", []
            ).append(act.case_id)
    said = [f"{_of(len(set(ids)), i, now)} part of {what}" for what, ids in deals.items()]
    gone = i.cases[i.cases["case_id"].isin(now["case_id"]) & (i.cases["status"] == "died_in_custody")]
    out = [f"{capital(listed(said))}."] if said else []
    if len(gone):
        names, whole = [lives.name_of(c) for _, c in gone.drop_duplicates("person_id").iterrows()], persons(i, now)
        of = f", {number(len(names))} of the {number(whole)}," if whole > len(names) else ""
        out.append(f"{listed(names)}{of} {agreed(len(names), 'has')} died since, while the sentence ran.")
    return " ".join(out)


def _of(n: int, i: Inputs, now: pd.DataFrame) -> str:
    whole = persons(i, now)
    if n == whole:
        return {1: "the prisoner was", 2: "both were"}.get(n, f"all {number(n)} were")
    return f"{number(n)} of the {number(whole)} {'was' if n == 1 else 'were'}"


def people(i: Inputs, now: pd.DataFrame) -> Entries:
    """One sentence for each person who received an act in the quarter, in order of the acts, with its documents."""
    now = now.sort_values("act_earliest", kind="stable")
    said, links, rows = [], [], []
    cases = i.cases.set_index("case_id")
    for case_id in now["case_id"].drop_duplicates():
        own = now[now["case_id"] == case_id]
        said.append(lives.life(i, own))
        keys = dict.fromkeys(
            k
            for ids in (*own["source_ids"], cases.loc[case_id, "source_ids"])
            if isinstance(ids, str)
            for k in ids.split()
        )
        links.append(sources_of(i.sources, " ".join(keys)).replace("<br>", ", "))
        rows.append(
            {
                "case_id": case_id,
                "name": cases.loc[case_id, "name"],
                "sentence": said[-1].replace("**", ""),
                "source_ids": " ".join(keys),
            }
        )
    return Entries("people", f"The people of {i.quarter}", tuple(said), tuple(links), pd.DataFrame(rows))


def _totals(i: Inputs) -> str:
    place = act_places(i)
    so_far = i.acts[place.isin([EARLIER, NOW])]
    vague = int((place == VAGUE).sum())
    less = f" ({counted(vague, 'other', spelled=True)} {agreed(vague, 'is')} dated less exactly)" if vague else ""
    held = (
        f"{counted(len(so_far), 'act')} dated to one quarter{less}, in {counted(so_far['case_id'].nunique(), 'case')}"
    )
    if so_far.empty:
        held = f"no act dated to one quarter{less}"
    left = f", not counting {i.compared:,} of {i.ordinary}" if i.compared else ""
    return (
        f"Up to the end of the quarter the records hold {held}; "
        f"in all they hold {counted(len(i.cases), 'case')} of {counted(i.cases['person_id'].nunique(), 'person')}{left}. 'What is counted where' below shows how the counts of this report belong together."
    )


def _notes(i: Inputs) -> tuple[str, ...]:
    known = (
        "These are acts that became public and were compiled from cited documents. Many more are never published, and an act may become known years later: "
        if i.published
        else "These are the acts that the tables hold. An act may become known years later: "
    )
    register = "CECC stands for the Congressional-Executive Commission on China; 'the register' is its Political Prisoner Database."
    return (
        f"{known}the count of a recent quarter grows with time.",
        "What came since is told as the tables hold it today, beyond the end of the quarter. Where a sentence gives a length of time, it is counted from the dates of the tables.",
        *((register,) if i.shipped else ()),
    )
