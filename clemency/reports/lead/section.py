"""The lead of the report: what happened in the quarter, to whom, what came since, and what is new."""

from __future__ import annotations

import pandas as pd

from clemency.reports.descriptions.counts import EARLIER, NOW, VAGUE, act_places
from clemency.reports.inputs import Inputs, persons
from clemency.reports.language import agreed, capital, counted, listed, number, plain, quarter, tr, undressed
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
    return Section(
        "summary", tr("{quarter} in brief", quarter=i.quarter), tuple(t for t in text if t), tuple(parts), _notes(i)
    )


def _lead(i: Inputs, now: pd.DataFrame) -> str:
    if not len(now):
        return tr(
            "No act of clemency in the records is dated to {quarter}.{neighbours}",
            quarter=i.quarter,
            neighbours=_neighbours(i),
        )
    counts = now["act_type"].value_counts()
    kinds = listed([counted(n, str(k)) for k, n in counts[counts > 0].items()])
    return tr(
        "**{acts} of clemency** towards {prisoners} {are} dated to {quarter}: {kinds}.",
        acts=capital(counted(len(now), "act", spelled=True)),
        prisoners=counted(persons(i, now), "prisoner", spelled=True),
        are=agreed(len(now), "is"),
        quarter=i.quarter,
        kinds=kinds,
    )


def _neighbours(i: Inputs) -> str:
    """The quarters before and after with an act, for a quarter without one."""
    had, now = i.dated["quarter"], str(i.quarter)
    last, next_ = had[had < now].max(), had[had > now].min()
    told = [tr("the last one before is of {quarter}", quarter=quarter(last))] if isinstance(last, str) else []
    told += [tr("the next one of {quarter}", quarter=quarter(next_))] if isinstance(next_, str) else []
    return tr(" {sentence}.", sentence=capital(tr(" and ").join(told))) if told else ""


def _vague(i: Inputs) -> str:
    """How many acts that are dated less exactly may have fallen in the quarter."""
    acts = i.acts[act_places(i) == VAGUE]
    n = int(((acts["act_earliest"] <= i.last_day) & (acts["act_latest"] >= i.first_day)).sum())
    if not n:
        return ""
    return tr(
        "{acts}, dated less exactly, may have fallen in the quarter.",
        acts=capital(counted(n, "more act", spelled=True)),
    )


def _since(i: Inputs, now: pd.DataFrame) -> str:
    """What the acts have in common: an exchange, departures, deaths since."""
    deals: dict[str, list[str]] = {}
    for act in now.itertuples():
        deal = lives.exchange_of(i, act)
        if deal is not None:
            deals.setdefault(
                tr(
                    "the exchange of {day} ('{event}')",
                    day=undressed(deal["date"]),
                    event=plain(deal["label"]),
                ),
                [],
            ).append(act.case_id)
    said = [tr("{of} part of {what}", of=_of(len(set(ids)), i, now), what=what) for what, ids in deals.items()]
    gone = i.cases[i.cases["case_id"].isin(now["case_id"]) & (i.cases["status"] == "died_in_custody")]
    out = [tr("{sentence}.", sentence=capital(listed(said)))] if said else []
    if len(gone):
        names, whole = [lives.name_of(c) for _, c in gone.drop_duplicates("person_id").iterrows()], persons(i, now)
        of = tr(", {n} of the {whole},", n=number(len(names)), whole=number(whole)) if whole > len(names) else ""
        out.append(
            tr(
                "{names}{of} {have} died since, while the sentence ran.",
                names=listed(names),
                of=of,
                have=agreed(len(names), "has"),
            )
        )
    return " ".join(out)


def _of(n: int, i: Inputs, now: pd.DataFrame) -> str:
    whole = persons(i, now)
    if n == whole:
        return tr("the prisoner was") if n == 1 else tr("both were") if n == 2 else tr("all {n} were", n=number(n))
    return tr("{n} of the {whole} {were}", n=number(n), whole=number(whole), were=agreed(n, "was"))


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
    return Entries(
        "people", tr("The people of {quarter}", quarter=i.quarter), tuple(said), tuple(links), pd.DataFrame(rows)
    )


def _totals(i: Inputs) -> str:
    place = act_places(i)
    so_far = i.acts[place.isin([EARLIER, NOW])]
    vague = int((place == VAGUE).sum())
    less = (
        tr(
            " ({others} {are} dated less exactly)",
            others=counted(vague, "other", spelled=True),
            are=agreed(vague, "is"),
        )
        if vague
        else ""
    )
    held = tr(
        "{acts} dated to one quarter{less}, in {cases}",
        acts=counted(len(so_far), "act"),
        less=less,
        cases=counted(so_far["case_id"].nunique(), "case"),
    )
    if so_far.empty:
        held = tr("no act dated to one quarter{less}", less=less)
    left = (
        tr(", not counting {compared:,} of {ordinary}", compared=i.compared, ordinary=i.ordinary) if i.compared else ""
    )
    return tr(
        "Up to the end of the quarter the records hold {held}; in all they hold {cases} of {people}{left}. 'What is counted where' below shows how the counts of this report belong together.",
        held=held,
        cases=counted(len(i.cases), "case"),
        people=counted(i.cases["person_id"].nunique(), "person"),
        left=left,
    )


def _notes(i: Inputs) -> tuple[str, ...]:
    known = (
        tr(
            "These are acts that became public and were compiled from cited documents. Many more are never published, and an act may become known years later: "
        )
        if i.published
        else tr("These are the acts that the tables hold. An act may become known years later: ")
    )
    register = tr(
        "CECC stands for the Congressional-Executive Commission on China; 'the register' is its Political Prisoner Database."
    )
    return (
        tr("{known}the count of a recent quarter grows with time.", known=known),
        tr(
            "What came since is told as the tables hold it today, beyond the end of the quarter. Where a sentence gives a length of time, it is counted from the dates of the tables."
        ),
        *((register,) if i.shipped else ()),
    )
