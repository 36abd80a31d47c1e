"""Sections of the quarterly report; every number in them is computed here from the tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency import figures
from clemency.figures.theme.wording import words
from clemency.records import dates as edtf
from clemency.reports.descriptions.counts import TOTAL, UNDATED, act_places, may_be_later, upto
from clemency.reports.descriptions.howlong import cumulative_incidence
from clemency.reports.inputs import FEW, GRANTED, NOT_STATED, Inputs, inputs
from clemency.reports.language import (
    act_name,
    agreed,
    capital,
    counted,
    day,
    listed,
    number,
    plain,
    tallied,
    term,
)
from clemency.reports.links import sources_of
from clemency.reports.section import Chart, Section, TableView, or_reason

__all__ = [
    "acts_over_time",
    "cumulative_incidence",
    "inputs",
    "medical_parole",
    "new_acts",
]


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
            "sentence": [
                term(k, m) or NOT_STATED for k, m in zip(cases["sentence_type"], cases["sentence_months"], strict=True)
            ],
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
    chart = Chart.twice(
        "medical_parole",
        "Months from sentence to medical parole, by year",
        lambda: figures.months_strip(known[["name", "year", "months", "where"]]),
    )
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
