"""Sections of the quarterly report; every number in them is computed here from the tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from clemency import figures
from clemency.figures.charts import words
from clemency.figures.style import QUIET
from clemency.models import binomial_limits, incidence
from clemency.records import dates as edtf
from clemency.reports.inputs import GRANTED, NOT_STATED, OUTCOMES, Inputs, inputs, stated
from clemency.reports.links import sources_of
from clemency.reports.section import Chart, Section, TableView

__all__ = [
    "acts_over_time",
    "cumulative_incidence",
    "inputs",
    "lists_and_responses",
    "medical_parole",
    "new_acts",
    "summary",
]


def summary(i: Inputs) -> Section:
    """The quarter in a few sentences."""
    now = i.granted_in(i.quarter)
    counts = now["act_type"].value_counts()
    counts = counts[counts > 0]
    people = now["case_id"].nunique()
    if not len(now):
        lead = f"No act of clemency in the records is dated to {i.quarter}."
    else:
        kinds = listed([f"{n} {words(k)}{'s' if n > 1 else ''}" for k, n in counts.items()])
        lead = f"**{_number(len(now)).capitalize()} act{'s' if len(now) > 1 else ''} of clemency** towards {_number(people)} prisoner{'s' if people > 1 else ''} {'is' if len(now) == 1 else 'are'} dated to {i.quarter}: {kinds}."
    text = [lead, *_named_acts(i, now), _events_sentence(i), _totals_sentence(i)]
    return Section(
        "summary",
        f"{i.quarter} in brief",
        tuple(t for t in text if t),
        notes=(
            "These are acts that became public and were compiled from cited documents. Many more are never published, and an act "
            "may become known years later: the count of a recent quarter grows with time.",
        ),
    )


def _named_acts(i: Inputs, now: pd.DataFrame) -> list[str]:
    cases = i.cases.set_index("case_id")
    found = []
    for act in now.sort_values("act_earliest").itertuples():
        case = cases.loc[act.case_id]
        name = f"{case['name']} ({case['name_zh']})" if isinstance(case["name_zh"], str) else case["name"]
        article = "an" if f"{act.months:g}".startswith(("8", "11", "18")) else "a"
        what = (
            f"{article} {act.months:g}-month {words(act.act_type)}" if act.months == act.months else words(act.act_type)
        )
        term = f", sentenced to {_term(case)}" if _term(case) else ""
        charge = f" for {case['charge']}" if isinstance(case["charge"], str) else ""
        found.append(f"**{name}**{term}{charge}: {what} on {_day(act.act_date)}.")
    return found[:8]


def _events_sentence(i: Inputs) -> str:
    us = i.events[(i.events["partner"] == "US") & i.events["date_latest"].between(i.first_day, i.last_day)]
    us = us[(us["date_earliest"] >= i.first_day) & (us["event_type"] != "prisoner_release_deal")]
    us = us.sort_values("date_earliest")
    if not len(us):
        return "No event in relations with the United States is recorded for the quarter."
    talks = us[
        us["event_type"].isin(["summit", "diplomatic_dialogue", "human_rights_dialogue", "legal_experts_dialogue"])
    ]
    shown = listed([f"{e.label} ({_day(e.date)})" for e in (talks if len(talks) else us.head(3)).itertuples()])
    return f"{_number(len(us)).capitalize()} event{'s' if len(us) > 1 else ''} in relations with the United States fell in the quarter, among them {shown}."


def _totals_sentence(i: Inputs) -> str:
    so_far = i.dated[i.dated["act_earliest"] <= i.last_day]
    return (
        f"Up to the end of the quarter the records hold {len(so_far):,} acts dated to one quarter (others are dated less exactly), in {so_far['case_id'].nunique():,} cases; "
        f"in all they hold {len(i.cases):,} cases of {i.cases['person_id'].nunique():,} people."
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
            "act": [words(a) for a in now["act_type"]],
            "date": now["act_date"].to_numpy(),
            "date of": [words(str(b)) for b in now["date_basis"]],
            "months": now["months"].to_numpy(),
            "last US event": last,
            "days since": days,
        }
    )
    links = [sources_of(i.sources, ids) for ids in now["source_ids"]]
    names = [f"{n} {z}" if isinstance(z, str) else n for n, z in zip(frame["name"], frame["name_zh"], strict=True)]
    dates = [_day(d) + (f" ({b})" if b != "act" else "") for d, b in zip(frame["date"], frame["date of"], strict=True)]
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
        f"{names[case]} ({words(str(kind).removesuffix('_denied'))}, {listed([_day(d) for d in part['act_date']])})"
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


def acts_over_time(i: Inputs) -> Section:
    """Acts per quarter since 1990."""
    acts = i.dated[(i.dated["act_earliest"] >= "1990-01-01")].copy()
    group = {
        "sentence_reduction": "sentence reduction",
        "medical_parole": "medical parole",
        "early_release": "early release",
        "parole": "parole",
    }
    acts["act_type"] = acts["act_type"].astype(str).map(lambda a: group.get(a, "commutation"))
    order = [*group.values(), "commutation"]
    acts["act_type"] = pd.Categorical(acts["act_type"], categories=[o for o in order if o in set(acts["act_type"])])
    frame = acts.groupby(["quarter", "act_type"], observed=True).size().rename("n").reset_index()
    us = i.events[
        (i.events["partner"] == "US")
        & (i.events["date_earliest"].dt.to_period("Q") == i.events["date_latest"].dt.to_period("Q"))
    ]
    us = us.assign(quarter=us["date_earliest"].dt.to_period("Q").astype(str))
    ax = figures.timeline(frame, us[["quarter", "direction"]], highlight=str(i.quarter))
    left = i.acts[i.acts["act_type"].isin(GRANTED)]
    note = (
        f"{len(left) - len(i.dated)} of {len(left)} acts granted are not shown: they are not dated to a single quarter, or are totals over several acts.",
        "Peaks reflect what was published, not only what was done: many acts became known through one set of lists and answers.",
    )
    return Section(
        "timeline",
        "Acts since 1990",
        _bars(i),
        parts=(
            Chart(
                "acts_per_quarter",
                "Acts of clemency per quarter by type, with events in relations with the United States",
                ax,
            ),
        ),
        notes=note,
    )


def _bars(i: Inputs) -> tuple[str, ...]:
    """What the bars and the ticks above them are."""
    text = (
        "Each bar is the number of acts granted in a quarter. The ticks above are events in relations with the United States: up for those that "
        "brought the two closer, down for the others."
    )
    later = i.dated["quarter"].max() > str(i.quarter)
    return (
        (text, f"The bars run on past {i.quarter}, which is marked, to the last act in the records.")
        if later
        else (text,)
    )


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


def cumulative_incidence(i: Inputs) -> Section:
    """Cumulative incidence of first acts and competing ends by charge family."""
    made = i.cohort()
    spells = made.spells.assign(charge=charge_group(made.spells["charge_family"]))
    big = spells["charge"].value_counts()
    spells = spells[spells["charge"].isin(big[big >= 10].index)]
    spells = spells.assign(charge=spells["charge"].cat.remove_unused_categories())
    curves = incidence(spells, exit="exit", event="event", entry="entry", by="charge")
    table = curves.tidy()
    followed = spells.groupby("charge", observed=True)["exit"].max().rename("last").reset_index()
    with figures.style():
        _, axes = plt.subplots(2, 2, figsize=(8.6, 6.2), sharex=True)
        for ax, (end, title) in zip(axes.flat, _ENDS.items(), strict=True):
            figures.step_curves(
                table[table["outcome"] == end],
                ax=ax,
                by=["charge"],
                until=120,
                title=title,
                band=False,
                groups=followed,
            )
            ax.set_xlabel("months since custody" if ax in axes[1] else "")
            if ax is not axes[0, 0] and ax.get_legend():
                ax.get_legend().remove()
            if not table.loc[table["outcome"] == end, "n_event"].any():
                ax.text(0.5, 0.5, "none as a first end", transform=ax.transAxes, ha="center", color=QUIET)
        top = max(ax.get_ylim()[1] for ax in axes.flat)
        for ax in axes.flat:
            ax.set_ylim(0, top)
    at = curves.at([6, 12, 24, 60, 120])
    at["charge"] = pd.Categorical(at["charge"], categories=spells["charge"].cat.categories)
    risk = at[at["outcome"] == "sentence_reduction"].pivot_table(
        index="charge", columns="time", values="at_risk", observed=True
    )
    risk.columns = [f"at {t:g} months" for t in risk.columns]
    risk = risk.rename_axis("charge").reset_index().assign(charge=lambda f: f["charge"].astype(str))
    values = at[at["outcome"].isin(OUTCOMES) & (at["time"] == 60)]
    shown = pd.DataFrame(
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
    dead = int((spells["event"] == "death").sum())
    text = (
        f"Of {spells['case_id'].nunique()} cases with a fixed term and known dates of custody and sentence, how many had a first sentence "
        "reduction, a medical parole, another release before the term's end, or had died, by months since custody began? The ends compete: "
        "who is released can no longer have a reduction. A curve at 20% above 60 months says that a fifth had had that end by then; 'cumulative incidence' is "
        "the name of such a share.",
        "'At risk' are those who are sentenced, have had no such end yet, and are still seen by a source. '95% limits' are the range of shares that the records agree with: made "
        "again and again from samples of this size, such ranges would hold the truth nineteen times in twenty. They know nothing of acts that were never published.",
    )
    alt = "Four panels of cumulative incidence by charge group over 120 months. " + "; ".join(
        f"{c}, {e}: {v} by 60 months"
        for c, e, v in zip(shown["charge"], shown["end"], shown["share by 60 months"], strict=True)
    )
    return Section(
        "incidence",
        "How long until an act",
        text,
        (
            Chart(
                "cumulative_incidence",
                "Share of cases with each first end, by charge (cumulative incidence, Aalen-Johansen estimate)",
                axes[0, 0],
                table,
                alt,
            ),
            TableView("at_risk", "Cases at risk just before the month named", risk),
            TableView("incidence_at_60_months", "First acts within five years of custody", shown, data=values),
        ),
        (
            "Cases enter when they are sentenced, since nobody can have an act before (left truncation), and are followed to the last date at "
            "which a source shows them. Levels may be too high, since some cases are known only because of their act, or too low, since many acts "
            "are never published.",
            f"With few acts, or few cases at risk when an early act falls, limits are wide: look at the counts beside them. Deaths that came before any other end: {dead}; a death after "
            "medical parole is not counted again.",
        ),
    )


ABROAD, NOT_ABROAD = "left mainland China", "no destination on record"


def medical_parole(i: Inputs) -> Section:
    """Who, how long after sentencing, abroad or at home."""
    acts = i.acts[
        (i.acts["act_type"] == "medical_parole") & (i.acts["scope"] == "single") & i.acts["act_earliest"].notna()
    ]
    acts = acts[acts["act_earliest"] <= i.last_day]
    cases = i.cases.set_index("case_id").loc[acts["case_id"]].reset_index()
    day = pd.Series(edtf.midpoint(acts["act_date"])).astype("datetime64[ns]")
    sentence = pd.Series(edtf.midpoint(cases["sentence_date"])).astype("datetime64[ns]")
    frame = pd.DataFrame(
        {
            "name": cases["name"],
            "act_date": acts["act_date"].to_numpy(),
            "sentence_date": cases["sentence_date"],
            "year": day.dt.year + (day.dt.dayofyear - 1) / 365.25,
            "months": (day - sentence).dt.days / 30.4375,
            "destination": acts["destination"].to_numpy(),
        }
    )
    frame["where"] = np.where(frame["destination"].isna(), NOT_ABROAD, ABROAD)
    known = frame[frame["months"] >= 0]
    ax = figures.months_strip(known[["name", "year", "months", "where"]])
    abroad = frame["destination"].value_counts()
    sex = cases["sex"].astype("string").fillna(NOT_STATED).value_counts()
    by_sex = [f"{ {'F': 'women', 'M': 'men'}.get(str(k), NOT_STATED) } {n}" for k, n in sex.items()]
    text = (
        f"**{len(frame)} medical paroles** are recorded up to the end of {i.quarter}. {int((frame['where'] == ABROAD).sum())} of these prisoners left "
        f"mainland China on it{' (' + listed([f'{k} {n}' for k, n in abroad.items()]) + ')' if len(abroad) else ''}. "
        f"By sex: {listed(by_sex)}. "
        f"Where both dates are known ({len(known)}), the median time from sentence to medical parole is {known['months'].median():.0f} months.",
    )
    return Section(
        "medical-parole",
        "Medical parole",
        text,
        (Chart("medical_parole", "Months from sentence to medical parole, by year", ax),),
        (
            "A parolee abroad is beyond the reach of supervision, but the legal form remains medical parole.",
            f"{len(frame) - len(known)} paroles are left out of the figure: the date of sentence is not known, or the parole came before it.",
        ),
    )


def lists_and_responses(i: Inputs) -> Section:
    """Names asked about, answers, acts, as published; rates by sex."""
    lists = i.lists.sort_values("period_earliest")
    shown = lists.dropna(
        subset=["names_asked", "prisoners_responded", "acts_of_clemency", "responses_received"], how="all"
    )
    frame = pd.DataFrame(
        {
            "period": [_period(p) for p in shown["period"]],
            "who asked whom": shown["scope"],
            "running total": ["yes" if v else "no" for v in shown["cumulative"]],
            "names asked": [_count(v) for v in shown["names_asked"]],
            "answered": [_count(v) for v in shown["prisoners_responded"]],
            "acts": shown["acts_of_clemency"],
            "source": [sources_of(i.sources, ids) for ids in shown["source_ids"]],
        }
    )
    by_sex = shown.dropna(subset=["names_asked_f", "names_asked_m", "responded_f", "responded_m"])
    parts: list = []
    text: tuple[str, ...] = (
        "What organisations have published of lists of prisoners handed to Chinese officials, and of the answers.",
    )
    if len(by_sex):
        row = by_sex.iloc[-1]
        asked = np.array([row["names_asked_f"], row["names_asked_m"]], dtype=float)
        got = np.array([row["responded_f"], row["responded_m"]], dtype=float)
        low, high = binomial_limits(got, asked)
        rate = pd.DataFrame(
            {
                "label": ["women", "men"],
                "n_event": got,
                "asked": asked,
                "estimate": got / asked,
                "ci_low": low,
                "ci_high": high,
            }
        )
        text += (
            f"From {_period(row['period'])} officials answered about {got[0]:,.0f} of {asked[0]:,.0f} women asked about "
            f"({got[0] / asked[0]:.0%}) and {got[1]:,.0f} of {asked[1]:,.0f} men ({got[1] / asked[1]:.0%}){_sex_not_given(row)}.",
        )
        ax = figures.intervals(rate, xlabel="share answered, with exact 95% limits", percent=True)
        parts.append(
            Chart(
                "answers_by_sex",
                f"Share of women and men asked about whom an answer was given, {_period(row['period'])}",
                ax,
            )
        )
    parts.append(TableView("lists", "Lists and answers as published", frame, ("source",), shown))
    note = (
        "Running totals and single lists overlap and must not be added; a running total may go on past the quarter of this report. Empty means that the source gives no count.",
        "MOJ is the Ministry of Justice, MFA the Ministry of Foreign Affairs, SCIO the State Council Information Office. 'Answered' are prisoners on whom officials gave "
        "information, 'acts' those of clemency among the answers.",
    )
    return Section("lists", "Lists and answers", text, tuple(parts), note)


def _sex_not_given(row: pd.Series) -> str:
    rest = row["names_asked"] - row["names_asked_f"] - row["names_asked_m"]
    return f"; of {int(rest):,} others the source gives no sex" if not pd.isna(rest) and rest > 0 else ""


def _count(value: Any) -> str:
    return "" if pd.isna(value) else f"{int(value):,}"


def _period(text: str) -> str:
    """A period as a reader says it: ``2004-11/2005`` -> ``November 2004 to 2005``."""
    return " to ".join(_day(part) for part in text.split("/"))


def _term(case: pd.Series) -> str:
    kind, months = str(case["sentence_type"]), case["sentence_months"]
    if months == months and months is not None and not pd.isna(months):
        years, rest = divmod(float(months), 12)
        parts = [
            f"{years:g} year{'s' if years != 1 else ''}" if years else "",
            f"{rest:g} month{'s' if rest != 1 else ''}" if rest else "",
        ]
        return " ".join(p for p in parts if p) + (" (suspended)" if kind == "suspended" else "")
    return {"life": "life", "death_reprieve": "death with reprieve", "death": "death"}.get(kind, "")


def _day(text: str) -> str:
    date = edtf.parse(text)
    if date.precision == "day":
        stamp = pd.Timestamp(date.earliest)
        return f"{stamp.day} {stamp:%B %Y}"
    return f"{pd.Timestamp(date.earliest):%B %Y}" if date.precision == "month" else text


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def _number(n: int) -> str:
    return _NUMBERS[n] if n < len(_NUMBERS) else f"{n:,}"


def listed(parts: list[str]) -> str:
    """Join words with commas and an and."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
