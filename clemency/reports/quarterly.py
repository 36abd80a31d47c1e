"""Sections of the quarterly report; every number in them is computed here from the tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from clemency import figures
from clemency.figures.charts import words
from clemency.figures.style import QUIET
from clemency.models import incidence
from clemency.records import dates as edtf
from clemency.reports.counts import EARLIER, NOW, TOTAL, UNDATED, act_places, upto
from clemency.reports.inputs import GRANTED, NOT_STATED, OUTCOMES, Inputs, inputs, stated
from clemency.reports.language import act_name, agreed, article, capital, counted, day, listed, number, plural, tallied
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
        if i.shipped
        else "These are the acts that the tables hold. An act may become known years later: "
    )
    notes = (f"{known}the count of a recent quarter grows with time.",)
    return Section("summary", f"{i.quarter} in brief", tuple(t for t in text if t), notes=notes)


#: Acts told one by one; more of them stand in the table.
_TOLD = 8


def _named_acts(i: Inputs, now: pd.DataFrame) -> list[str]:
    cases = i.cases.set_index("case_id")
    found = []
    for act in now.sort_values("act_earliest", kind="stable").head(_TOLD).itertuples():
        case = cases.loc[act.case_id]
        name = f"{case['name']} ({case['name_zh']})" if isinstance(case["name_zh"], str) else case["name"]
        months = f"{act.months:g}-month " if act.months == act.months else ""
        what = f"{article(months)} {months}{act_name(act.act_type)}" if months else act_name(act.act_type)
        term = f", sentenced to {_term(case)}" if _term(case) else ""
        charge = f"{'' if term else ','} for {case['charge']}" if isinstance(case["charge"], str) else ""
        found.append(f"**{name}**{term}{charge}: {what} {on(act.act_date)}.")
    rest = len(now) - len(found)
    return (
        [*found, f"{capital(counted(rest, 'more act', spelled=True))} {agreed(rest, 'stand')} in the table below."]
        if rest
        else found
    )


def _events_sentence(i: Inputs) -> str:
    us = i.events[(i.events["partner"] == "US") & i.events["date_latest"].between(i.first_day, i.last_day)]
    us = us[(us["date_earliest"] >= i.first_day) & (us["event_type"] != "prisoner_release_deal")]
    us = us.sort_values("date_earliest", kind="stable")
    if not len(us):
        return "No event in relations with the United States is recorded for the quarter."
    talks = us[us["event_type"].isin(_TALKS)]
    told = talks if len(talks) else us.head(3)
    shown = listed([f"{e.label} ({day(e.date)})" for e in told.itertuples()])
    of = ": " if len(told) == len(us) else ", among them "
    return f"{capital(counted(len(us), 'event', spelled=True))} in relations with the United States fell in the quarter{of}{shown}."


_TALKS = ("summit", "diplomatic_dialogue", "human_rights_dialogue", "legal_experts_dialogue")


def _totals_sentence(i: Inputs) -> str:
    so_far = i.acts[act_places(i).isin([EARLIER, NOW])]
    return (
        f"Up to the end of the quarter the records hold {counted(len(so_far), 'act')} dated to one quarter (others are dated less exactly), in {counted(so_far['case_id'].nunique(), 'case')}; "
        f"in all they hold {counted(len(i.cases), 'case')} of {counted(i.cases['person_id'].nunique(), 'person')}. 'What is counted where' below shows how the counts of this report belong together."
    )


def new_acts(i: Inputs) -> Section:
    """Acts dated to the quarter, with their sources."""
    now = i.granted_in(i.quarter).sort_values(["act_earliest", "case_id"])
    if not len(now):
        lead = f"No act of clemency in the records is dated to {i.quarter}."
        return Section("new-acts", "New acts", (lead, *_refusals(i)))
    cases = i.cases.set_index("case_id").loc[now["case_id"]]
    last, days = _last_event(i, now)
    frame = pd.DataFrame(
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
    links = [sources_of(i.sources, ids) for ids in now["source_ids"]]
    names = [f"{n} {z}" if isinstance(z, str) else n for n, z in zip(frame["name"], frame["name_zh"], strict=True)]
    dates = [
        day(d) + (f" ({b})" if b not in ("act", "") else "")
        for d, b in zip(frame["date"], frame["date of"], strict=True)
    ]
    shown = frame.assign(name=names, date=dates, source=links).drop(columns=["name_zh", "date of"])
    view = TableView(
        "new_acts",
        f"Acts dated to {i.quarter}",
        shown.rename(columns={"months": "months off"}),
        ("source",),
        frame.assign(source_ids=now["source_ids"].to_numpy()),
    )
    note = (
        "'Months off' are those by which the sentence was cut or the release came early, where a source states them. A date is that of the act unless a word in brackets says otherwise.",
        "The days count from the last event recorded in relations with the United States on or before the act; releases and replies on "
        "prisoners are not counted as events. That one came before the other says nothing about cause.",
        "Medical parole is not a release: the parolee stays under supervision, and the sentence runs on.",
    )
    return Section("new-acts", "New acts", _refusals(i), (view,), note)


def _refusals(i: Inputs) -> tuple[str, ...]:
    """What was refused in the quarter, in a sentence."""
    acts = i.acts[i.acts["act_type"].astype(str).str.endswith("_denied") & i.acts["act_earliest"].notna()]
    acts = acts[(acts["act_earliest"] >= i.first_day) & (acts["act_latest"] <= i.last_day)]
    if acts.empty:
        return ()
    names = i.cases.set_index("case_id")["name"]
    told = [
        f"{names[case]} ({words(str(kind).removesuffix('_denied'))}, {listed([day(d) for d in part['act_date']])})"
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
    notes = (
        _not_drawn(i),
        f"Releases of prisoners are acts and not events. {capital(counted(len(us) - len(ticks), 'event', spelled=True))} in relations with the United States {agreed(len(us) - len(ticks), 'has')} no tick: "
        "no date within one quarter, or neither direction. A tick is as long as the number of its events, up to six.",
        "Peaks reflect what was published, not only what was done"
        + (": many acts became known through one set of lists and answers." if i.shipped else "."),
    )
    caption = "Acts of clemency per quarter by type, with events in relations with the United States"
    title = f"Acts since {acts['quarter'].min()[:4]}"
    return Section("timeline", title, _bars(i), parts=(Chart("acts_per_quarter", caption, ax),), notes=notes)


def _bars(i: Inputs) -> tuple[str, ...]:
    """What the bars and the ticks above them are."""
    text = (
        "Each bar is the number of acts granted in a quarter. The ticks above are events in relations with the United States: up for those that "
        "brought the two closer, down for the others."
    )
    later = i.dated["quarter"].max() > str(i.quarter)
    marked = f"The bars run on past {i.quarter}, which is marked, to the last act in the records."
    return (text, marked) if later else (text,)


def _not_drawn(i: Inputs) -> str:
    """Which acts granted the bars leave out, and why."""
    granted = i.acts[i.acts["act_type"].isin(GRANTED)]
    left = granted[~granted["act_id"].isin(i.dated["act_id"])]
    if left.empty:
        return f"All {counted(len(granted), 'act')} granted are in the bars."
    total = left["scope"].astype("string").fillna("single") != "single"
    undated = ~total & (left["act_earliest"].isna() | left["act_latest"].isna())
    kinds = {
        "without a date": int(undated.sum()),
        "dated less exactly than to a quarter": int((~total & ~undated).sum()),
        "a total over several acts" if total.sum() == 1 else "totals over several acts": int(total.sum()),
    }
    told = listed([f"{n} {agreed(n, 'is')} {k}" for k, n in kinds.items() if n])
    return f"The bars hold {len(i.dated):,} of {counted(len(granted), 'act')} granted; of the others {told}."


_FAMILY_GROUPS = {
    "endangering_state_security": "state security",
    "counterrevolution": "counterrevolution",
    "cult": "cult",
    NOT_STATED: NOT_STATED,
}


def charge_group(column: pd.Series) -> pd.Series:
    """Charge families in five groups for figures."""
    text = stated(column).astype(str).map(lambda f: _FAMILY_GROUPS.get(f, "other charges"))
    return pd.Series(
        pd.Categorical(text, categories=["state security", "counterrevolution", "cult", "other charges", NOT_STATED]),
        index=column.index,
    )


_ENDS = {
    "sentence_reduction": "Sentence reduction",
    "medical_parole": "Medical parole",
    "early_release": "Other release",
    "death": "Death",
}


#: Groups with fewer cases have no curve of their own.
_FEW_CASES = 10


@or_reason("incidence", "How long until an act")
def cumulative_incidence(i: Inputs) -> Section:
    """Cumulative incidence of first acts and competing ends by charge family."""
    title = "How long until an act"
    made = i.cohort()
    if made.spells.empty:
        why = "No case with a fixed term and known dates of custody and sentence can be followed, so there is no curve."
        return Section("incidence", title, (f"{why} 'What is counted where' names the reasons.",))
    every = made.spells.assign(charge=charge_group(made.spells["charge_family"]))
    size = every["charge"].value_counts()
    small = size[(size > 0) & (size < _FEW_CASES)]
    spells = every[~every["charge"].isin(small.index)]
    if spells.empty or (spells["charge"] == NOT_STATED).all():  # nothing to compare: the families may just not be coded
        spells, small = every.assign(charge=pd.Categorical(["all charges"] * len(every))), small.iloc[:0]
    spells = spells.assign(charge=spells["charge"].cat.remove_unused_categories())
    curves = incidence(spells, exit="exit", event="event", entry="entry", by="charge", time_unit="months")
    table = curves.tidy()
    at = curves.at([6, 12, 24, 60, 120])
    at["charge"] = pd.Categorical(at["charge"], categories=spells["charge"].cat.categories)
    values = at[at["outcome"].isin(OUTCOMES) & (at["time"] == 60)]
    shown = _shares(values)
    alt = "Four panels of cumulative incidence by charge group over 120 months. " + "; ".join(
        f"{c}, {e}: {v} by 60 months"
        for c, e, v in zip(shown["charge"], shown["end"], shown["share by 60 months"], strict=True)
    )
    caption = "Share of cases with each first end, by charge (cumulative incidence, Aalen-Johansen estimate)"
    parts = (
        Chart("cumulative_incidence", caption, _panels(table, spells), table, alt),
        TableView("at_risk", "Cases at risk just before the month named", _at_risk(at, spells, small)),
        TableView("incidence_at_60_months", "First acts within five years of custody", shown, data=values),
    )
    return Section("incidence", title, _incidence_text(every, small), parts, _incidence_notes(every))


def _panels(table: pd.DataFrame, spells: pd.DataFrame) -> Axes:
    followed = spells.groupby("charge", observed=True)["exit"].max().rename("last").reset_index()
    with figures.style():
        _, axes = plt.subplots(2, 2, figsize=(8.6, 6.2), sharex=True)
        for ax, (end, title) in zip(axes.flat, _ENDS.items(), strict=True):
            own = table[table["outcome"] == end]
            options = {"until": 120, "title": title, "band": False, "groups": followed, "unit": "months"}
            figures.step_curves(own, ax=ax, by=["charge"], **options)
            ax.set_xlabel("months since custody" if ax in axes[1] else "")
            if ax is not axes[0, 0] and ax.get_legend():
                ax.get_legend().remove()
            if not own["n_event"].any():
                ax.text(0.5, 0.5, "none as a first end", transform=ax.transAxes, ha="center", color=QUIET)
        top = max(ax.get_ylim()[1] for ax in axes.flat)
        for ax in axes.flat:
            ax.set_ylim(0, top)
    first: Axes = axes[0, 0]
    return first


def _at_risk(at: pd.DataFrame, spells: pd.DataFrame, small: pd.Series) -> pd.DataFrame:
    """Cases of each group, those at risk later, and a row for the groups without a curve."""
    risk = at[at["outcome"] == "sentence_reduction"].pivot_table(
        index="charge", columns="time", values="at_risk", observed=True
    )
    risk.columns = [f"at {t:g} months" for t in risk.columns]
    risk = risk.rename_axis("charge").reset_index().assign(charge=lambda f: f["charge"].astype(str))
    risk.insert(1, "cases", [int((spells["charge"] == c).sum()) for c in risk["charge"]])
    if small.empty:
        return risk
    named = f"fewer than {_FEW_CASES} cases, no curve: {tallied(small)}"
    return pd.concat([risk, pd.DataFrame({"charge": [named], "cases": [int(small.sum())]})], ignore_index=True)


def _shares(values: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "charge": values["charge"].astype(str),
            "end": [words(o) for o in values["outcome"]],
            "acts by then": values["n_event"].astype(int),
            "share by 60 months": [
                "nobody followed so long" if np.isnan(v) else f"{v:.0%}" for v in values["estimate"]
            ],
            "95% limits": [
                "none seen: no limits" if v == 0 else "" if np.isnan(a) else f"{a:.0%} to {b:.0%}"
                for v, a, b in zip(values["estimate"], values["ci_low"], values["ci_high"], strict=True)
            ],
        }
    )


def _incidence_text(every: pd.DataFrame, small: pd.Series) -> tuple[str, ...]:
    drawn = len(every) - int(small.sum())
    without = (
        f" Curves are drawn for {counted(drawn, 'case')}; {counted(small.sum(), 'case')} of groups with fewer than {_FEW_CASES} ({tallied(small)}) have none."
        if len(small)
        else ""
    )
    return (
        f"Of {counted(every['case_id'].nunique(), 'case')} with a fixed term and known dates of custody and sentence, how many had a first sentence "
        "reduction, a medical parole, another release before the term's end, or had died, by months since custody began? The ends compete: "
        "who is released can no longer have a reduction. A curve that stands at 20% at 60 months says that a fifth had had that end by then; 'cumulative incidence' is "
        f"the name of such a share.{without}",
        "'At risk' are those who are sentenced, have had no such end yet, and are still seen by a source. '95% limits' are the range of shares that the records agree with: made "
        "again and again from samples of this size, such ranges would hold the truth nineteen times in twenty. They know nothing of acts that were never published.",
    )


def _incidence_notes(every: pd.DataFrame) -> tuple[str, ...]:
    dead = int((every["event"] == "death").sum())
    return (
        "Cases enter when they are sentenced, since nobody can have an act before (left truncation), and are followed to the last date at "
        "which a source shows them. Levels may be too high, since some cases are known only because of their act, or too low, since many acts "
        "are never published.",
        f"With few acts, or few cases at risk when an early act falls, limits are wide: look at the counts beside them. Deaths that came before any other end: {dead}; a death after "
        "medical parole is not counted again.",
    )


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
    known = frame[frame["months"] >= 0]
    text = _parole_text(i, frame, known, undated)
    left = frame[~frame.index.isin(known.index)]
    notes = (
        "A parolee abroad is beyond the reach of supervision, but the legal form remains medical parole.",
        f"The figure leaves out {counted(len(left), 'medical parole')}, {int((left['where'] == ABROAD).sum())} of them with a destination abroad: the date of sentence is not known, or the parole came before it.",
    )
    if known.empty:
        return Section("medical-parole", title, text, (), notes)
    ax = figures.months_strip(known[["name", "year", "months", "where"]])
    chart = Chart("medical_parole", "Months from sentence to medical parole, by year", ax)
    return Section("medical-parole", title, text, (chart,), notes if len(left) else notes[:1])


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
    left = (
        f"After {len(abroad)} of the paroles the prisoner left mainland China ({tallied(abroad['destination'].value_counts())})."
        if len(abroad)
        else "No destination abroad is on record."
    )
    median = (
        f" Where the parole follows a known date of sentence ({len(known)}), the median time between the two is {known['months'].median():.0f} months."
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
