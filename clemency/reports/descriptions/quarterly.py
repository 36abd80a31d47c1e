"""Sections of the quarterly report; every number in them is computed here from the tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency import figures
from clemency.figures.theme.wording import words
from clemency.records import dates as edtf
from clemency.reports.descriptions.counts import EARLIER, NOW, TOTAL, UNDATED, VAGUE, act_places, may_be_later, upto
from clemency.reports.descriptions.howlong import cumulative_incidence
from clemency.reports.inputs import FEW, GRANTED, NOT_STATED, Inputs, inputs
from clemency.reports.language import (
    act_name,
    agreed,
    article,
    capital,
    counted,
    day,
    listed,
    number,
    plain,
    plural,
    tallied,
)
from clemency.reports.language import dated as on
from clemency.reports.links import sources_of
from clemency.reports.section import Chart, Section, TableView, or_reason

__all__ = [
    "acts_over_time",
    "cumulative_incidence",
    "inputs",
    "medical_parole",
    "new_acts",
    "summary",
]


def summary(i: Inputs) -> Section:
    """The quarter in a few sentences."""
    now = i.granted_in(i.quarter)
    if not len(now):
        lead = f"No act of clemency in the records is dated to {i.quarter}."
    else:
        counts = now["act_type"].value_counts()
        kinds = listed([counted(n, str(k)) for k, n in counts[counts > 0].items()])
        lead = (
            f"**{capital(counted(len(now), 'act', spelled=True))} of clemency** towards {counted(persons(i, now), 'prisoner', spelled=True)} "
            f"{agreed(len(now), 'is')} dated to {i.quarter}: {kinds}."
        )
    text = [lead, *_named_acts(i, now), _events_sentence(i), _totals_sentence(i)]
    known = (
        "These are acts that became public and were compiled from cited documents. Many more are never published, and an act may become known years later: "
        if i.published
        else "These are the acts that the tables hold. An act may become known years later: "
    )
    notes = (
        f"{known}the count of a recent quarter grows with time.",
        *(
            (
                "CECC stands for the Congressional-Executive Commission on China; 'the register' is its Political Prisoner Database.",
            )
            if i.shipped
            else ()
        ),
    )
    return Section("summary", f"{i.quarter} in brief", tuple(t for t in text if t), notes=notes)


#: Acts told one by one; more of them stand in the table.
_TOLD = 8


def _named_acts(i: Inputs, now: pd.DataFrame) -> list[str]:
    cases = i.cases.set_index("case_id")
    found = []
    for act in now.sort_values("act_earliest", kind="stable").head(_TOLD).itertuples():
        case = cases.loc[act.case_id]
        name = plain(f"{case['name']} ({case['name_zh']})" if isinstance(case["name_zh"], str) else case["name"])
        what = _what(str(act.act_type), float(act.months))
        term = f", sentenced to {_term(case)}" if _term(case) else ""
        charge = f"{'' if term else ','} for {plain(case['charge'])}" if isinstance(case["charge"], str) else ""
        found.append(f"**{name}**{term}{charge}: {what} {on(act.act_date)}.")
    rest = len(now) - len(found)
    return (
        [*found, f"{capital(counted(rest, 'more act', spelled=True))} {agreed(rest, 'stand')} in the table below."]
        if rest
        else found
    )


def _what(kind: str, months: float) -> str:
    """An act with its months, which are those cut, or those by which a release came before the end of the term."""
    if np.isnan(months):
        return act_name(kind)
    if kind != "sentence_reduction":
        return f"{act_name(kind)}, {months:g} {'month' if months == 1 else 'months'} before the end of the term,"
    return f"{article(f'{months:g}')} {months:g}-month {act_name(kind)}"


def _events_sentence(i: Inputs) -> str:
    us = i.events[(i.events["partner"] == "US") & i.events["date_latest"].between(i.first_day, i.last_day)]
    us = us[(us["date_earliest"] >= i.first_day) & (us["event_type"] != "prisoner_release_deal")]
    us = us.sort_values("date_earliest", kind="stable")
    if not len(us):
        return "No event in relations with the United States is recorded for the quarter."
    talks = us[us["event_type"].isin(_TALKS)]
    told = talks if len(talks) else us.head(3)
    shown = listed([f"{plain(e.label)} ({day(e.date)})" for e in told.itertuples()])
    of = ": " if len(told) == len(us) else ", among them "
    return f"{capital(counted(len(us), 'event', spelled=True))} in relations with the United States fell in the quarter{of}{shown}."


_TALKS = ("summit", "diplomatic_dialogue", "human_rights_dialogue", "legal_experts_dialogue")


def _totals_sentence(i: Inputs) -> str:
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


def new_acts(i: Inputs) -> Section:
    """Acts dated to the quarter, with their sources."""
    now = i.granted_in(i.quarter).sort_values(["act_earliest", "case_id"])
    if not len(now):
        lead = f"No act of clemency in the records is dated to {i.quarter}."
        return Section("new-acts", "New acts", (lead, *_refusals(i)))
    frame = _new_frame(i, now)
    return Section("new-acts", "New acts", _refusals(i), (_new_view(i, now, frame),), _new_notes(now, frame))


def _new_frame(i: Inputs, now: pd.DataFrame) -> pd.DataFrame:
    cases = i.cases.set_index("case_id").loc[now["case_id"]]
    last, days = _last_event(i, now)
    return pd.DataFrame(
        {
            "name": cases["name"].to_numpy(),
            "name_zh": cases["name_zh"].to_numpy(),
            "charge or conduct": cases["charge"].fillna(cases["conduct"]).fillna(NOT_STATED).to_numpy(),
            "province": cases["province_name"].astype("string").fillna(NOT_STATED).to_numpy(),
            "sentence": [_term(c) or NOT_STATED for _, c in cases.iterrows()],
            "act": [act_name(a) for a in now["act_type"]],
            "date": now["act_date"].to_numpy(),
            "date of": ["" if pd.isna(b) else words(b) for b in now["date_basis"]],
            "months": now["months"].to_numpy(),
            "last US event": last,
            "days since": days,
        }
    )


def _new_view(i: Inputs, now: pd.DataFrame, frame: pd.DataFrame) -> TableView:
    links = [sources_of(i.sources, ids) for ids in now["source_ids"]]
    names = [f"{n} {z}" if isinstance(z, str) else n for n, z in zip(frame["name"], frame["name_zh"], strict=True)]
    dates = [
        day(d) + (f" ({b})" if b not in ("act", "") else "")
        for d, b in zip(frame["date"], frame["date of"], strict=True)
    ]
    shown = frame.assign(name=names, date=dates, source=links).drop(columns=["name_zh", "date of"])
    return TableView(
        "new_acts",
        f"Acts dated to {i.quarter}",
        shown.rename(columns={"months": "months off"}),
        ("source",),
        frame.assign(source_ids=now["source_ids"].to_numpy()),
    )


def _new_notes(now: pd.DataFrame, frame: pd.DataFrame) -> tuple[str, ...]:
    last = frame["last US event"]
    note = {
        "'Months off' are those by which the sentence was cut or the release came early, where a source states them. A date is that of the act unless a word in brackets says otherwise.": True,
        "The days count from the last event recorded in relations with the United States on or before the act; releases and replies on "
        "prisoners are not counted as events. That one came before the other says nothing about cause.": any(last),
        "'Days since' is empty where no source gives the day of the act.": any(
            name and np.isnan(n) for name, n in zip(last, frame["days since"], strict=True)
        ),
        "Medical parole is not a release: the parolee stays under supervision, and the sentence runs on.": (
            now["act_type"] == "medical_parole"
        ).any(),
    }
    return tuple(said for said, there in note.items() if there)


def _refusals(i: Inputs) -> tuple[str, ...]:
    """What was refused in the quarter, in a sentence."""
    acts = i.acts[i.acts["act_type"].astype(str).str.endswith("_denied") & i.acts["act_earliest"].notna()]
    acts = acts[(acts["act_earliest"] >= i.first_day) & (acts["act_latest"] <= i.last_day)]
    if acts.empty:
        return ()
    names = i.cases.set_index("case_id")["name"]
    told = [
        f"{plain(names[case])} ({words(str(kind).removesuffix('_denied'))}, {listed([day(d) for d in part['act_date']])})"
        for (case, kind), part in acts.groupby(["case_id", "act_type"], observed=True, sort=False)
    ]
    return (f"Refusals on record for the quarter: {listed(told)}.",)


def _last_event(i: Inputs, acts: pd.DataFrame) -> tuple[list[str], list[float]]:
    us = i.events[(i.events["partner"] == "US") & (i.events["date_earliest"] == i.events["date_latest"])]
    us = us[us["event_type"] != "prisoner_release_deal"].sort_values("date_latest", kind="stable")
    label, days = [], []
    for act in acts.itertuples():
        before = us[us["date_latest"] <= act.act_earliest]
        exact = act.act_earliest == act.act_latest
        label.append(before["label"].iloc[-1] if len(before) else "")
        days.append(
            float((act.act_earliest - before["date_latest"].iloc[-1]).days) if len(before) and exact else np.nan
        )
    return label, days


#: Kinds of acts that share a colour; another kind has its own.
_KINDS = {
    "commutation_death_to_life": "commutation",
    "commutation_death_to_fixed": "commutation",
    "commutation_life_to_fixed": "commutation",
}
_KIND_ORDER = ("sentence reduction", "medical parole", "early release", "parole", "commutation", "special pardon")


@or_reason("timeline", "Acts over time")
def acts_over_time(i: Inputs) -> Section:
    """Acts per quarter, as far back as the records go."""
    if i.dated.empty:
        return Section(
            "timeline", "Acts over time", ("No act in the tables is dated to one quarter, so none can be drawn.",)
        )
    acts = i.dated.assign(act_type=[_KINDS.get(str(a), act_name(a)) for a in i.dated["act_type"]])
    acts["act_type"] = pd.Categorical(
        acts["act_type"], categories=[o for o in _KIND_ORDER if o in set(acts["act_type"])]
    )
    frame = acts.groupby(["quarter", "act_type"], observed=True).size().rename("n").reset_index()
    us = i.events[(i.events["partner"] == "US") & (i.events["event_type"] != "prisoner_release_deal")]
    exact = us["date_earliest"].dt.to_period("Q") == us["date_latest"].dt.to_period("Q")
    ticks = us[exact & us["direction"].isin([1, -1])]
    ticks = ticks.assign(quarter=ticks["date_earliest"].dt.to_period("Q").astype(str))
    ax = figures.timeline(frame, ticks[["quarter", "direction"]], highlight=str(i.quarter))
    left = len(us) - len(ticks)
    without = (
        f" {capital(counted(left, 'event', spelled=True))} in relations with the United States {agreed(left, 'has')} no tick: no date within one quarter, or neither direction."
        if left
        else ""
    )
    of_events = f"Releases of prisoners are acts and not events.{without} A tick is as long as the number of its events, up to six."
    notes = (
        _not_drawn(i),
        *([of_events] if len(us) else []),
        "Peaks reflect what was published, not only what was done"
        + (
            ": many acts became known through the same lists of prisoners and officials' answers."
            if i.published
            else "."
        ),
    )
    beside = ", with events in relations with the United States" if len(ticks) else ""
    caption = f"Acts of clemency per quarter by type{beside}"
    title = f"Acts since {acts['quarter'].min()[:4]}"
    chart = Chart("acts_per_quarter", caption, ax)
    return Section("timeline", title, _bars(i, len(ticks) > 0), (chart,), notes, _busiest(i))


def _busiest(i: Inputs) -> str:
    """How many acts have been dated so far, and the year with most of them, if there is one."""
    year = i.dated["quarter"][i.dated["quarter"] <= str(i.quarter)].str[:4]
    n = year.value_counts()
    if len(n) < 2 or n.iloc[0] == n.iloc[1]:
        return ""
    return f"Up to {i.quarter} the year with most acts on record is {n.index[0]}: {n.iloc[0]} of {n.sum():,}"


def _bars(i: Inputs, ticks: bool) -> tuple[str, ...]:
    """What the bars and the ticks above them are."""
    above = (
        " The ticks above are events in relations with the United States: up for those that brought the two closer, down "
        "for those that did the opposite."
        if ticks
        else " No event in relations with the United States can be shown above them."
    )
    text = f"Each bar is the number of acts granted in a quarter.{above}"
    later = i.dated["quarter"].max() > str(i.quarter)
    marked = f"The bars run on past {i.quarter}, which is marked, to the last act in the records."
    return (text, marked) if later else (text,)


def _not_drawn(i: Inputs) -> str:
    """Which acts granted the bars leave out, and why."""
    granted = i.acts[i.acts["act_type"].isin(GRANTED)]
    left = granted[~granted["act_id"].isin(i.dated["act_id"])]
    if left.empty:
        whole = f"All {counted(len(granted), 'act')}" if len(granted) != 1 else "The one act"
        return f"{whole} granted {agreed(len(granted), 'is')} in the bars."
    total = left["scope"].astype("string").fillna("single") == "total"
    undated = ~total & (left["act_earliest"].isna() | left["act_latest"].isna())
    kinds = {
        "without a date": int(undated.sum()),
        "dated less exactly than to a quarter": int((~total & ~undated).sum()),
        "a total over several acts" if total.sum() == 1 else "totals over several acts": int(total.sum()),
    }
    told = listed([f"{n} {agreed(n, 'is')} {k}" for k, n in kinds.items() if n])
    return f"The bars hold {len(i.dated):,} of {counted(len(granted), 'act')} granted; of the others {told}."


ABROAD, NOT_ABROAD = "left mainland China", "no destination on record"


@or_reason("medical-parole", "Medical parole")
def medical_parole(i: Inputs) -> Section:
    """Who, how long after sentencing, abroad or at home."""
    title = "Medical parole"
    acts = upto(i, "medical_parole")
    without = int(((i.acts["act_type"] == "medical_parole") & act_places(i).isin([UNDATED, TOTAL])).sum())
    undated = f" {capital(number(without))} more {agreed(without, 'has')} no date." if without else ""
    if acts.empty:
        said = f"No medical parole in the records is dated up to the end of {i.quarter}."
        undated = (
            f" {capital(counted(without, 'medical parole', spelled=True))} {agreed(without, 'has')} no date."
            if without
            else ""
        )
        return Section("medical-parole", title, (f"{said}{undated}",))
    frame = _parole_frame(i, acts)
    known = frame[(frame["months"] >= 0) & ~frame["may_be_later"]]
    left_china = int((frame["where"] == ABROAD).sum())
    finding = f"{left_china} of {counted(len(frame), 'medical parole')} led abroad" if len(frame) >= FEW else ""
    text = _parole_text(i, frame, known, f"{may_be_later(frame['may_be_later'])}{undated}")
    left = frame[~frame.index.isin(known.index)]
    notes = _parole_notes(frame, left)
    if known.empty or len(frame) < FEW:
        return Section("medical-parole", title, text, (), notes, finding)
    ax = figures.months_strip(known[["name", "year", "months", "where"]])
    chart = Chart("medical_parole", "Months from sentence to medical parole, by year", ax)
    return Section("medical-parole", title, text, (chart,), notes, finding)


def _parole_notes(frame: pd.DataFrame, left: pd.DataFrame) -> tuple[str, ...]:
    """What a destination means, and which paroles have no point in the figure."""
    abroad = int((left["where"] == ABROAD).sum())
    why = "the date of sentence is not known, or the parole came before it"
    if left["may_be_later"].any():
        why += ", or it may be later than the quarter"
    found = []
    if (frame["where"] == ABROAD).any():
        found.append("A parolee abroad is beyond the reach of supervision, but the legal form remains medical parole.")
    if len(left) == len(frame):
        found.append(
            f"There is no figure: {why}." if len(left) == 1 else f"There is no figure: for each of them {why}."
        )
    elif len(left) == 1:
        where = "with a destination abroad" if abroad else "without a destination abroad"
        found.append(f"The figure leaves out 1 medical parole, {where}: {why}.")
    elif len(left):
        n = counted(len(left), "medical parole")
        found.append(f"The figure leaves out {n}, {abroad} of them with a destination abroad: {why}.")
    return tuple(found)


def _parole_frame(i: Inputs, acts: pd.DataFrame) -> pd.DataFrame:
    cases = i.cases.set_index("case_id").loc[acts["case_id"]].reset_index()
    given = pd.Series(edtf.midpoint(acts["act_date"])).astype("datetime64[ns]")
    sentence = pd.Series(edtf.midpoint(cases["sentence_date"])).astype("datetime64[ns]")
    frame = pd.DataFrame(
        {
            "name": cases["name"],
            "person_id": cases["person_id"],
            "sex": cases["sex"].astype("string").fillna(NOT_STATED),
            "act_date": acts["act_date"].to_numpy(),
            "sentence_date": cases["sentence_date"],
            "year": given.dt.year + (given.dt.dayofyear - 1) / 365.25,
            "months": (given - sentence).dt.days / 30.4375,
            "destination": acts["destination"].to_numpy(),
            "may_be_later": (acts["act_latest"] > i.last_day).to_numpy(dtype=bool),
        }
    )
    frame["where"] = np.where(frame["destination"].isna(), NOT_ABROAD, ABROAD)
    return frame


_SEXES = {"F": ("woman", "women"), "M": ("man", "men")}


def _parole_text(i: Inputs, frame: pd.DataFrame, known: pd.DataFrame, undated: str) -> tuple[str, ...]:
    abroad = frame[frame["where"] == ABROAD]
    people = frame.drop_duplicates("person_id")
    sex = people["sex"].value_counts()
    by_sex = [f"{n} {_SEXES[k][int(n != 1)]}" if k in _SEXES else f"{n} whose sex is {k}" for k, n in sex.items()]
    after = "The" if len(frame) == 1 else f"After {len(abroad)} of the paroles the"
    left = (
        f"{after} prisoner left mainland China ({plain(tallied(abroad['destination'].value_counts()))})."
        if len(abroad)
        else "No destination abroad is on record."
    )
    months = counted(round(float(known["months"].median())), "month") if len(known) else ""
    median = (
        f" Where the parole follows a known date of sentence ({len(known)}), the median time between the two is {months}."
        if len(known) > 1
        else f" {'It' if len(frame) == 1 else 'The one that follows a known date of sentence'} came {months} after the sentence."
        if len(known)
        else ""
    )
    return (
        f"**{counted(len(frame), 'medical parole')}** of {counted(len(people), 'prisoner')} {agreed(len(frame), 'is')} dated up to the end of {i.quarter}: "
        f"{listed(by_sex)}.{undated} {left}{median}",
    )


def persons(i: Inputs, rows: pd.DataFrame) -> int:
    """How many people rows with a ``case_id`` are about."""
    return int(i.cases.loc[i.cases["case_id"].isin(rows["case_id"]), "person_id"].nunique())


def _term(case: pd.Series) -> str:
    kind, months = str(case["sentence_type"]), case["sentence_months"]
    if not pd.isna(months):
        years, rest = divmod(float(months), 12)
        parts = [f"{v:g} {unit if v == 1 else plural(unit)}" for v, unit in ((years, "year"), (rest, "month")) if v]
        return " ".join(parts) + (" (suspended)" if kind == "suspended" else "")
    return {"life": "life", "death_reprieve": "death with reprieve", "death": "death"}.get(kind, "")
