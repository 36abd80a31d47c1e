"""Section on the time until an act: cumulative incidence of first acts and competing ends, by charge."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from clemency import figures
from clemency.figures.theme.palette import QUIET
from clemency.figures.theme.wording import words
from clemency.models import incidence
from clemency.reports.inputs import FEW, NOT_CODED, OUTCOMES, Inputs, stated
from clemency.reports.language import act_name, counted, label, listed, share, tallied, tr
from clemency.reports.section import Chart, Section, TableView, or_reason, too_few

__all__ = ["charge_group", "cumulative_incidence"]

_FAMILY_GROUPS = {
    "endangering_state_security": "state security",
    "counterrevolution": "counterrevolution",
    "cult": "cult",
    NOT_CODED: NOT_CODED,
}


def charge_group(column: pd.Series) -> pd.Series:
    """Charge families in five groups for figures."""
    text = stated(column, NOT_CODED).astype(str).map(lambda f: _FAMILY_GROUPS.get(f, "other charges"))
    return pd.Series(
        pd.Categorical(text, categories=["state security", "counterrevolution", "cult", "other charges", NOT_CODED]),
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
    title = tr("How long until an act")
    made = i.cohort()
    if made.spells.empty:
        why = tr(
            "No case with a fixed term and known dates of custody and sentence can be followed, so there is no curve."
        )
        return Section("incidence", title, (tr("{why} 'What is counted where' names the reasons.", why=why),))
    acts = int(made.spells["event"].isin(OUTCOMES).sum())
    if acts < FEW:
        return too_few("incidence", title, acts, "first act", FEW)
    every = made.spells.assign(charge=charge_group(made.spells["charge_family"]))
    size = every["charge"].value_counts()
    small = size[(size > 0) & (size < _FEW_CASES)]
    spells, together = every[~every["charge"].isin(small.index)], ""
    if spells.empty or (spells["charge"] == NOT_CODED).all():  # nothing to compare
        together = _together(every["charge"])
        spells, small = every.assign(charge=pd.Categorical([_ALL] * len(every))), small.iloc[:0]
    spells = spells.assign(charge=spells["charge"].cat.remove_unused_categories())
    curves = incidence(spells, exit="exit", event="event", entry="entry", by="charge", time_unit="months")
    table = curves.tidy()
    at = curves.at([6, 12, 24, 60, 120])
    at["charge"] = pd.Categorical(at["charge"], categories=spells["charge"].cat.categories)
    values = at[at["outcome"].isin(OUTCOMES) & (at["time"] == 60)]
    shown = _shares(values)
    alt = tr("Four panels of cumulative incidence over 120 months. ") + tr("; ").join(
        tr("{charge}, {end}: {share} by 60 months", charge=label(c), end=label(e), share=v)
        for c, e, v in zip(shown["charge"], shown["end"], shown["share by 60 months"], strict=True)
    )
    by = "" if together else tr(", by charge")
    caption = tr("Share of cases with each first end{by} (cumulative incidence, Aalen-Johansen estimate)", by=by)
    parts = (
        Chart("cumulative_incidence", caption, _panels(table, spells), table, alt),
        TableView("at_risk", tr("Cases at risk just before the month named"), _at_risk(at, spells, small)),
        TableView("incidence_at_60_months", tr("First acts within five years of custody"), shown, data=values),
    )
    text, notes = _incidence_text(every, small, together), _incidence_notes(i, every, spells)
    whole, finding = _whole(every, i.chosen)
    return Section("incidence", title, (*text[:1], *whole, *text[1:]), parts, notes, finding)


def _whole(every: pd.DataFrame, chosen: str) -> tuple[tuple[str, ...], str]:
    """The shares of all cases together within five years, with their limits and as a heading; none if nobody is followed so long."""
    at = incidence(every, exit="exit", event="event", entry="entry", time_unit="months").at([60])
    at = at[at["outcome"].isin(OUTCOMES)].set_index("outcome")
    if at.empty or at["estimate"].isna().any():
        return (), ""
    acts = [(act_name(o), at.loc[o]) for o in OUTCOMES if o in at.index]
    told = [
        tr("{share} had a first {act}", share=share(r["estimate"]), act=name)
        + (tr(" ({low} to {high})", low=share(r["ci_low"]), high=share(r["ci_high"])) if r["estimate"] else "")
        for name, r in acts
    ]
    heading = listed(
        [
            tr(
                "{share} had {which}{act}",
                share=share(r["estimate"]),
                which=tr("a ") if n else tr("a first "),
                act=name,
            )
            for n, (name, r) in enumerate(acts)
        ]
    )
    return (tr("All together, by 60 months: {listed}; the limits are 95%.", listed=listed(told)),), tr(
        "Of cases on record{chosen} {heading} within five years of custody", chosen=chosen, heading=heading
    )


_ALL = "all charges"


def _together(charge: pd.Series) -> str:
    """Why the cases are not divided by charge."""
    if (charge == NOT_CODED).all():
        return tr(" No article of the law is coded for their charges, so they are not divided by charge.")
    return tr(
        " No group with a coded charge has {few_cases} cases, so all of them are taken together.", few_cases=_FEW_CASES
    )


def _panels(table: pd.DataFrame, spells: pd.DataFrame) -> Axes:
    followed = _last(spells)
    stop = table["charge"].astype(str).map(followed.set_index(followed["charge"].astype(str))["last"])
    table = table[(table["time"] <= stop).to_numpy()]
    with figures.style():
        _, axes = plt.subplots(2, 2, figsize=(7.2, 6.2), sharex=True)
        top = 1.05 * float(table.loc[table["outcome"].isin(_ENDS), "estimate"].max())
        for ax, (end, title) in zip(axes.flat, _ENDS.items(), strict=True):
            own = table[table["outcome"] == end]
            options = {"until": 120, "title": label(title), "band": False, "groups": followed, "unit": "months"}
            options |= {"top": top if top > 0 else 1.0, "since": "custody"}
            figures.step_curves(own, ax=ax, by=["charge"], **options)
            if ax not in axes[1]:
                ax.set_xlabel("")
            if not own["n_event"].any():
                ax.text(0.5, 0.5, tr("none as a first end"), transform=ax.transAxes, ha="center", color=QUIET)
    first: Axes = axes[0, 0]
    return first


def _last(spells: pd.DataFrame) -> pd.DataFrame:
    """For each group the month in which its curve ends: the last with so many at risk, or its last exit if it has none."""
    rows = []
    for charge, part in spells.groupby("charge", observed=True):
        exits = np.sort(part["exit"].to_numpy())
        at_risk = np.searchsorted(np.sort(part["entry"].to_numpy()), exits) - np.searchsorted(exits, exits)
        enough = exits[at_risk >= _FEW_CASES]
        rows.append((charge, float(enough.max() if len(enough) else exits.max()), len(enough) > 0))
    return pd.DataFrame(rows, columns=["charge", "last", "enough"])


def _at_risk(at: pd.DataFrame, spells: pd.DataFrame, small: pd.Series) -> pd.DataFrame:
    """Cases of each group, those at risk later, and a row for the groups without a curve."""
    risk = at[at["outcome"] == "sentence_reduction"].pivot_table(
        index="charge", columns="time", values="at_risk", observed=True
    )
    risk.columns = [tr("at {months:g} months", months=t) for t in risk.columns]
    risk = risk.rename_axis("charge").reset_index().assign(charge=lambda f: f["charge"].astype(str))
    risk.insert(1, "cases", [int((spells["charge"] == c).sum()) for c in risk["charge"]])
    if small.empty:
        return risk
    named = tr("fewer than {few_cases} cases, no curve: {listed}", few_cases=_FEW_CASES, listed=tallied(small))
    return pd.concat([risk, pd.DataFrame({"charge": [named], "cases": [int(small.sum())]})], ignore_index=True)


def _shares(values: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "charge": values["charge"].astype(str),
            "end": [words(o) for o in values["outcome"]],
            "acts by then": values["n_event"].astype(int),
            "share by 60 months": [
                tr("nobody followed so long") if np.isnan(v) else share(v) for v in values["estimate"]
            ],
            "95% limits": [
                tr("none seen: no limits")
                if v == 0
                else ""
                if np.isnan(a)
                else tr("{low} to {high}", low=share(a), high=share(b))
                for v, a, b in zip(values["estimate"], values["ci_low"], values["ci_high"], strict=True)
            ],
        }
    )


def _incidence_text(every: pd.DataFrame, small: pd.Series, together: str) -> tuple[str, ...]:
    drawn = len(every) - int(small.sum())
    without = (
        tr(
            " Curves are drawn for {cases}; {others} of groups with fewer than {few_cases} ({groups}) have none.",
            cases=counted(drawn, "case"),
            others=counted(small.sum(), "case"),
            few_cases=_FEW_CASES,
            groups=tallied(small),
        )
        if len(small)
        else ""
    )
    return (
        tr(
            "Of {cases} with a fixed term and known dates of custody and sentence, how many had a first sentence reduction, a medical parole, another release before the term's end, or had died, by months since custody began? The ends compete: who is released can no longer have a reduction. A curve that stands at 20% at 60 months says that a fifth had had that end by then; 'cumulative incidence' is the name of such a share.{without}{together}",
            cases=counted(every["case_id"].nunique(), "case"),
            without=without,
            together=together,
        ),
        tr(
            "'At risk' are those who are sentenced, have had no such end yet, and are still seen by a source. '95% limits' are the range of shares compatible with the records: made again and again from samples of this size, such ranges would hold the truth nineteen times in twenty. They know nothing of acts that were never published."
        ),
    )


def _incidence_notes(i: Inputs, every: pd.DataFrame, spells: pd.DataFrame) -> tuple[str, ...]:
    dead = int((every["event"] == "death").sum())
    ever = "" if _last(spells)["enough"].all() else tr(", or with the last of them in a group that never has so many")
    register = tr("; for a register see 'What the register shows'") if i.shipped else ""
    chosen = (
        tr(
            "Most of these cases were documented because of their acts, so that their shares are far too high{register}.",
            register=register,
        ),
    )
    return (
        *(chosen if i.published else ()),
        tr(
            "Cases enter when they are sentenced, since nobody can have an act before (left truncation), and are followed to the last date at which a source shows them. Levels may be too high, since some cases are known only because of their act, or too low, since many acts are never published."
        ),
        tr(
            "A curve ends where fewer than {few_cases} of its cases are still at risk{ever}. It has no limits, which would hide the others: the table gives those at 60 months.",
            few_cases=_FEW_CASES,
            ever=ever,
        ),
        tr(
            "With few acts, or few cases at risk when an early act falls, limits are wide: look at the counts beside them. Deaths that came before any other end: {dead}; a death after medical parole is not counted again.",
            dead=dead,
        ),
    )
