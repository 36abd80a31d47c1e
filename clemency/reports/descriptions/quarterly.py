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
    charged,
    counted,
    day,
    english_act,
    label,
    listed,
    number,
    plain,
    spoken,
    tallied,
    term,
    tr,
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
        lead = tr("No act of clemency in the records is dated to {quarter}.", quarter=i.quarter)
        return Section("new-acts", tr("New acts"), (lead, *_refusals(i)))
    frame = _new_frame(i, now)
    return Section("new-acts", tr("New acts"), _refusals(i), (_new_view(i, now, frame),), _new_notes(now, frame))


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
            "date of": ["" if pd.isna(b) else str(b).replace("_", " ") for b in now["date_basis"]],
            "months": now["months"].to_numpy(),
            "last US event": last,
            "days since": days,
        }
    )


def _new_view(i: Inputs, now: pd.DataFrame, frame: pd.DataFrame) -> TableView:
    links = [sources_of(i.sources, ids) for ids in now["source_ids"]]
    names = [
        tr("{name} {name_zh}", name=n, name_zh=z) if isinstance(z, str) else n
        for n, z in zip(frame["name"], frame["name_zh"], strict=True)
    ]
    dates = [
        tr("{day} ({basis})", day=day(d), basis=label(b)) if b not in ("act", "") else day(d)
        for d, b in zip(frame["date"], frame["date of"], strict=True)
    ]
    shown = frame.assign(name=names, date=dates, source=links).drop(columns=["name_zh", "date of"])
    return TableView(
        "new_acts",
        tr("Acts dated to {quarter}", quarter=i.quarter),
        shown.rename(columns={"months": "months off"}).assign(
            **{"charge or conduct": [charged(c) for c in shown["charge or conduct"]]}
        ),
        ("source",),
        frame.assign(source_ids=now["source_ids"].to_numpy()),
    )


def _new_notes(now: pd.DataFrame, frame: pd.DataFrame) -> tuple[str, ...]:
    last = frame["last US event"]
    note = {
        tr(
            "'Months off' are those by which the sentence was cut or the release came early, where a source states them. A date is that of the act unless a word in brackets says otherwise."
        ): True,
        tr(
            "The days count from the last event recorded in relations with the United States on or before the act; releases and replies on prisoners are not counted as events. That one came before the other says nothing about cause."
        ): any(last),
        tr("'Days since' is empty where no source gives the day of the act."): any(
            name and np.isnan(n) for name, n in zip(last, frame["days since"], strict=True)
        ),
        tr("Medical parole is not a release: the parolee stays under supervision, and the sentence runs on."): (
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
        tr(
            "{name} ({act}, {days})",
            name=plain(names[case]),
            act=words(str(kind).removesuffix("_denied")),
            days=listed([day(d) for d in part["act_date"]]),
        )
        for (case, kind), part in acts.groupby(["case_id", "act_type"], observed=True, sort=False)
    ]
    return (tr("Refusals on record for the quarter: {listed}.", listed=listed(told)),)


def _last_event(i: Inputs, acts: pd.DataFrame) -> tuple[list[str], list[float]]:
    us = i.events[(i.events["partner"] == "US") & (i.events["date_earliest"] == i.events["date_latest"])]
    us = us[us["event_type"] != "prisoner_release_deal"].sort_values("date_latest", kind="stable")
    named, days = [], []
    for act in acts.itertuples():
        before = us[us["date_latest"] <= act.act_earliest]
        exact = act.act_earliest == act.act_latest
        named.append(before["label"].iloc[-1] if len(before) else "")
        days.append(
            float((act.act_earliest - before["date_latest"].iloc[-1]).days) if len(before) and exact else np.nan
        )
    return named, days


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
            "timeline",
            tr("Acts over time"),
            (tr("No act in the tables is dated to one quarter, so none can be drawn."),),
        )
    acts = i.dated.assign(act_type=[_KINDS.get(str(a), english_act(a)) for a in i.dated["act_type"]])
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
        tr(
            " {events} in relations with the United States {have} no tick: no date within one quarter, or neither direction.",
            events=capital(counted(left, "event", spelled=True)),
            have=agreed(left, "has"),
        )
        if left
        else ""
    )
    of_events = tr(
        "Releases of prisoners are acts and not events.{without} A tick is as long as the number of its events, up to six.",
        without=without,
    )
    notes = (
        _not_drawn(i),
        *([of_events] if len(us) else []),
        tr("Peaks reflect what was published, not only what was done")
        + (
            tr(": many acts became known through the same lists of prisoners and officials' answers.")
            if i.published
            else tr(".")
        ),
    )
    beside = tr(", with events in relations with the United States") if len(ticks) else ""
    caption = tr("Acts of clemency per quarter by type{beside}", beside=beside)
    title = tr("Acts since {year}", year=acts["quarter"].min()[:4])
    chart = Chart("acts_per_quarter", caption, ax)
    return Section("timeline", title, _bars(i, len(ticks) > 0), (chart,), notes, _busiest(i))


def _busiest(i: Inputs) -> str:
    """How many acts have been dated so far, and the year with most of them, if there is one."""
    year = i.dated["quarter"][i.dated["quarter"] <= str(i.quarter)].str[:4]
    n = year.value_counts()
    if len(n) < 2 or n.iloc[0] == n.iloc[1]:
        return ""
    return tr(
        "Up to {quarter} the year with most acts on record is {year}: {n} of {whole:,}",
        quarter=i.quarter,
        year=n.index[0],
        n=n.iloc[0],
        whole=n.sum(),
    )


def _bars(i: Inputs, ticks: bool) -> tuple[str, ...]:
    """What the bars and the ticks above them are."""
    above = (
        tr(
            " The ticks above are events in relations with the United States: up for those that brought the two closer, down for those that did the opposite."
        )
        if ticks
        else tr(" No event in relations with the United States can be shown above them.")
    )
    text = tr("Each bar is the number of acts granted in a quarter.{above}", above=above)
    later = i.dated["quarter"].max() > str(i.quarter)
    marked = tr("The bars run on past {quarter}, which is marked, to the last act in the records.", quarter=i.quarter)
    return (text, marked) if later else (text,)


def _not_drawn(i: Inputs) -> str:
    """Which acts granted the bars leave out, and why."""
    granted = i.acts[i.acts["act_type"].isin(GRANTED)]
    left = granted[~granted["act_id"].isin(i.dated["act_id"])]
    if left.empty:
        whole = tr("All {acts}", acts=counted(len(granted), "act")) if len(granted) != 1 else tr("The one act")
        return tr("{whole} granted {are} in the bars.", whole=whole, are=agreed(len(granted), "is"))
    total = left["scope"].astype("string").fillna("single") == "total"
    undated = ~total & (left["act_earliest"].isna() | left["act_latest"].isna())
    kinds = {
        "without a date": int(undated.sum()),
        "dated less exactly than to a quarter": int((~total & ~undated).sum()),
        "a total over several acts" if total.sum() == 1 else "totals over several acts": int(total.sum()),
    }
    told = listed([tr("{n} {are} {kind}", n=n, are=agreed(n, "is"), kind=label(k)) for k, n in kinds.items() if n])
    return tr(
        "The bars hold {n:,} of {acts} granted; of the others {told}.",
        n=len(i.dated),
        acts=counted(len(granted), "act"),
        told=told,
    )


ABROAD, NOT_ABROAD = "left mainland China", "no destination on record"


@or_reason("medical-parole", "Medical parole")
def medical_parole(i: Inputs) -> Section:
    """Who, how long after sentencing, abroad or at home."""
    title = tr("Medical parole")
    acts = upto(i, "medical_parole")
    without = int(((i.acts["act_type"] == "medical_parole") & act_places(i).isin([UNDATED, TOTAL])).sum())
    undated = (
        tr(" {n} more {have} no date.", n=capital(number(without)), have=agreed(without, "has")) if without else ""
    )
    if acts.empty:
        said = tr("No medical parole in the records is dated up to the end of {quarter}.", quarter=i.quarter)
        undated = (
            tr(
                " {paroles} {have} no date.",
                paroles=capital(counted(without, "medical parole", spelled=True)),
                have=agreed(without, "has"),
            )
            if without
            else ""
        )
        return Section("medical-parole", title, (f"{said}{undated}",))
    frame = _parole_frame(i, acts)
    known = frame[(frame["months"] >= 0) & ~frame["may_be_later"]]
    left_china = int((frame["where"] == ABROAD).sum())
    finding = (
        tr("{left_china} of {paroles} led abroad", left_china=left_china, paroles=counted(len(frame), "medical parole"))
        if len(frame) >= FEW
        else ""
    )
    text = _parole_text(i, frame, known, f"{may_be_later(frame['may_be_later'])}{undated}")
    left = frame[~frame.index.isin(known.index)]
    notes = _parole_notes(frame, left)
    if known.empty or len(frame) < FEW:
        return Section("medical-parole", title, text, (), notes, finding)
    chart = Chart.twice(
        "medical_parole",
        tr("Months from sentence to medical parole, by year"),
        lambda: figures.months_strip(known[["name", "year", "months", "where"]]),
    )
    return Section("medical-parole", title, text, (chart,), notes, finding)


def _parole_notes(frame: pd.DataFrame, left: pd.DataFrame) -> tuple[str, ...]:
    """What a destination means, and which paroles have no point in the figure."""
    abroad = int((left["where"] == ABROAD).sum())
    why = tr("the date of sentence is not known, or the parole came before it")
    if left["may_be_later"].any():
        why += tr(", or it may be later than the quarter")
    found = []
    if (frame["where"] == ABROAD).any():
        found.append(
            tr("A parolee abroad is beyond the reach of supervision, but the legal form remains medical parole.")
        )
    if len(left) == len(frame):
        found.append(
            tr("There is no figure: {why}.", why=why)
            if len(left) == 1
            else tr("There is no figure: for each of them {why}.", why=why)
        )
    elif len(left) == 1:
        where = tr("with a destination abroad") if abroad else tr("without a destination abroad")
        found.append(tr("The figure leaves out 1 medical parole, {where}: {why}.", where=where, why=why))
    elif len(left):
        n = counted(len(left), "medical parole")
        found.append(
            tr(
                "The figure leaves out {n}, {abroad} of them with a destination abroad: {why}.",
                n=n,
                abroad=abroad,
                why=why,
            )
        )
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


def people_of(n: int, one: str, several: str) -> str:
    """How many women or men: ``1 woman``, ``3 men``."""
    return tr("{n} {people}", n=n, people=label(one if n == 1 or spoken() != "en" else several))


_SEXES = {"F": ("woman", "women"), "M": ("man", "men")}


def _parole_text(i: Inputs, frame: pd.DataFrame, known: pd.DataFrame, undated: str) -> tuple[str, ...]:
    abroad = frame[frame["where"] == ABROAD]
    people = frame.drop_duplicates("person_id")
    sex = people["sex"].value_counts()
    by_sex = [
        people_of(n, *_SEXES[k]) if k in _SEXES else tr("{n} whose sex is {sex}", n=n, sex=label(k))
        for k, n in sex.items()
    ]
    after = tr("The") if len(frame) == 1 else tr("After {n} of the paroles the", n=len(abroad))
    left = (
        tr(
            "{after} prisoner left mainland China ({places}).",
            after=after,
            places=plain(tallied(abroad["destination"].value_counts())),
        )
        if len(abroad)
        else tr("No destination abroad is on record.")
    )
    months = counted(round(float(known["months"].median())), "month") if len(known) else ""
    median = (
        tr(
            " Where the parole follows a known date of sentence ({n}), the median time between the two is {months}.",
            n=len(known),
            months=months,
        )
        if len(known) > 1
        else tr(
            " {which} came {months} after the sentence.",
            which=tr("It|parole") if len(frame) == 1 else tr("The one that follows a known date of sentence"),
            months=months,
        )
        if len(known)
        else ""
    )
    return (
        tr(
            "**{paroles}** of {prisoners} {are} dated up to the end of {quarter}: {listed}.{undated} {left}{median}",
            paroles=counted(len(frame), "medical parole"),
            prisoners=counted(len(people), "prisoner"),
            are=agreed(len(frame), "is"),
            quarter=i.quarter,
            listed=listed(by_sex),
            undated=undated,
            left=left,
            median=median,
        ),
    )
