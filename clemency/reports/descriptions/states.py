"""Section on where prisoners are in the ten years after sentence: months served, after a cut, on medical parole, free."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency import figures
from clemency.cohorts import Cohort
from clemency.models import multistate
from clemency.reports.descriptions.howlong import charge_group
from clemency.reports.inputs import FEW, OUTCOMES, Inputs
from clemency.reports.language import agreed, capital, counted, label, plain, rounded, tallied, tr
from clemency.reports.section import Chart, Section, TableView, or_reason

__all__ = ["where_they_are"]

SLUG, TITLE = "states", "Where prisoners are in the ten years after sentence"
MONTHS = 120
#: Groups with fewer cases have no bar of their own.
_FEW_CASES = 10
_ALL = "all cases"
_WORDS = {"serving": "serving the term as passed", "reduced 1+": "serving after a cut"}


@or_reason(SLUG, TITLE)
def where_they_are(i: Inputs) -> Section:
    """Months of the ten years after sentence in each state, by charge (Aalen and Johansen's estimate)."""
    made = i.states()
    steps = int(made.spells["event"].isin(OUTCOMES).sum())
    if steps < FEW:
        few = tr(
            "{acts} in the time in which prisoners are followed {are} too few",
            acts=capital(counted(steps, "act", spelled=True)),
            are=agreed(steps, "is"),
        )
        return Section(SLUG, label(TITLE), (tr("{few} to say how long people spend where.", few=few),))
    months, small = _months(made)
    order = [
        s for s in (*_WORDS.values(), "medical parole", "early release", "expiry", "death") if s in set(months["state"])
    ]
    months = months.assign(state=pd.Categorical(months["state"], order)).sort_values(["group", "state"], kind="stable")
    months = months.assign(group=months["group"].astype(str)).reset_index(drop=True)
    caption = tr(
        "Months of the {months} after sentence in each state, by charge (Aalen-Johansen estimate)", months=MONTHS
    )
    unit = tr("months of the {months} after sentence", months=MONTHS)
    parts = (
        Chart.twice(
            "months_in_states",
            caption,
            lambda: figures.stacked_months(months, "group", states=order, unit=unit),
            months,
        ),
        TableView(
            "months_in_each_state", tr("The same with 95% limits"), _view(months, order), data=months, stacked=True
        ),
    )
    notes = _notes(small, months["group"].nunique() > 1)
    return Section(SLUG, label(TITLE), (_text(months, made),), parts, notes, _finding(months, i.chosen))


def _months(made: Cohort) -> tuple[pd.DataFrame, pd.Series]:
    """``group, state, estimate, ci_low, ci_high, cases``: all together, then by charge; and the groups that are small."""
    charge = charge_group(made.spells["charge_family"])
    cases = made.spells.assign(charge=charge).groupby("charge", observed=False)["case_id"].nunique()
    whole = multistate(made, cuts=1).sojourn(MONTHS).assign(charge=_ALL)
    found, kept = [whole], [c for c in cases.index if cases[c] >= _FEW_CASES]
    if len(kept) > 1:
        grouped = made.assign(charge=lambda s: charge_group(s["charge_family"]).astype(str))
        grouped = grouped.where(lambda s: s["charge"].isin(kept), "few of its group")
        found.append(multistate(grouped, by="charge", cuts=1).sojourn(MONTHS))
    else:
        kept = []
    table = pd.concat([f.assign(state=f["state"].astype(str), charge=f["charge"].astype(str)) for f in found])
    sizes = {_ALL: int(made.spells["case_id"].nunique()), **{c: int(cases[c]) for c in kept}}
    labels = {c: tr("{name} ({n})", name=label(c), n=n) for c, n in sizes.items()}
    table = table.assign(
        group=pd.Categorical(table["charge"].map(labels), list(labels.values())),
        state=table["state"].replace(_WORDS),
        cases=table["charge"].map(sizes),
    )
    small = cases[(cases > 0) & ~cases.index.isin(kept)]
    return table[["group", "state", "estimate", "ci_low", "ci_high", "cases"]], small


def _view(months: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    def cell(row: pd.Series) -> str:
        value = rounded(row["estimate"], 0)
        limits = np.isfinite(row["ci_low"]) and np.isfinite(row["ci_high"])
        return (
            tr(
                "{value} ({low} to {high})",
                value=value,
                low=rounded(row["ci_low"], 0),
                high=rounded(row["ci_high"], 0),
            )
            if limits
            else value
        )

    wide = months.assign(cell=months.apply(cell, axis=1)).pivot(index="group", columns="state", values="cell")
    wide = wide.loc[list(pd.unique(months["group"])), order].astype(object)
    wide = wide.where(wide.notna(), "nobody").rename_axis(columns=None).reset_index()
    return wide.rename(columns={"group": "charge (cases)"})


def _whole(months: pd.DataFrame) -> pd.Series:
    """Months of all cases together in each state."""
    return months[months["group"].str.startswith(label(_ALL))].set_index("state")["estimate"]


def _finding(months: pd.DataFrame, chosen: str) -> str:
    whole = _whole(months)
    term, cut, parole = (
        rounded(whole.get(s, 0.0), 0) for s in (_WORDS["serving"], _WORDS["reduced 1+"], "medical parole")
    )
    spent = tr(
        "{term} of the {months} months under the term as passed, {cut} after a cut and {parole} on medical parole",
        term=term,
        months=MONTHS,
        cut=cut,
        parole=parole,
    )
    return tr("Prisoners on record{chosen} spend {spent}", chosen=chosen, spent=spent)


def _text(months: pd.DataFrame, made: Cohort) -> str:
    whole = _whole(months)
    parts = [
        tr("{months} {spent}", months=rounded(whole.get(state, 0.0), 0), spent=told)
        for state, told in (
            (_WORDS["serving"], tr("serving the term as it was passed")),
            (_WORDS["reduced 1+"], tr("serving after a cut|spent")),
            ("medical parole", tr("on medical parole, which is not a release")),
        )
    ]
    n = made.spells["case_id"].nunique()
    return tr(
        "Of the {months} months after sentence, the {cases} on record that can be followed {spend} on average **{term}**, {cut} and {parole}. For the rest they are free or dead.",
        months=MONTHS,
        cases=counted(n, "case"),
        spend=agreed(n, "spend"),
        term=parts[0],
        cut=parts[1],
        parole=parts[2],
    )


def _notes(small: pd.Series, divided: bool) -> tuple[str, ...]:
    notes = (
        tr(
            "These are the cases on record, many of them known because of an act: expect fewer months after a cut and on medical parole among prisoners at large. The groups differ in their terms and years: nothing here says what a charge does."
        ),
        tr(
            "Whoever is on medical parole stays there until a document says what came next, since the tables have no act for a return. Expiry and release are the time after them, up to the end of the ten years."
        ),
    )
    if small.empty:
        return notes
    told = f"{plain(tallied(small))} ({counted(int(small.sum()), 'case')})"
    if divided:
        return (*notes, tr("Too few for a bar of their own, and counted in the first: {told}.", told=told))
    return (
        *notes,
        tr(
            "Fewer than two groups by charge have {few_cases} cases, so all are taken together: {told}.",
            few_cases=_FEW_CASES,
            told=told,
        ),
    )
