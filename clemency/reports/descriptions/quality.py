"""The last section of the quarterly report: limits and the quality of the data."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import pandas as pd

from clemency.figures.theme.wording import words
from clemency.models.incidencerates.rates import rates
from clemency.records import dates as edtf
from clemency.reports.descriptions.counts import REASONS
from clemency.reports.inputs import GRANTED, NOT_STATED, OUTCOMES, Inputs
from clemency.reports.language import capital, counted, label, plain, plural, rounded, share, tr
from clemency.reports.section import Gaps, Section, TableView, or_reason

__all__ = ["about_data"]

_FOLLOWED = "followed in months since custody"
_SHOWN_COLUMNS = {
    "name_zh": "name in characters",
    "sex": "sex",
    "ethnicity": "ethnicity",
    "province": "province",
    "charge": "charge",
    "charge_family": "charge family",
    "detention_date": "custody date",
    "sentence_date": "sentence date",
    "sentence_type": "sentence type",
    "sentence_months": "term",
    "status_date": "date of last status",
    "raised_by": "raised by",
}


@or_reason("limits", "Limits and quality of the data")
def about_data(i: Inputs) -> Section:
    """Limits and the quality of the data."""
    gaps = Gaps()
    excluded = gaps.tried(tr("cases left out, by reason"), lambda: i.cohort().excluded())
    excluded = pd.DataFrame(columns=["reason", "n_cases"]) if excluded is None else excluded
    shown = excluded.assign(reason=[REASONS.get(str(r), str(r)) for r in excluded["reason"]])
    filled = _missing(i)
    precision = _precision(i)
    sensitivity = _sensitivity(i, gaps)
    parts = [
        TableView(
            "missing",
            tr("Share of {cases} without a value", cases=counted(len(i.cases), "case")),
            _percent(filled),
            data=filled,
        ),
        TableView("precision", tr("How exact dates are"), _percent(precision), data=precision),
    ]
    known = gaps.tried(tr("how the cases became known"), lambda: _known(i))
    if known is not None and len(known):
        parts.insert(0, TableView("frames", tr("How the cases became known, and how many of them had an act"), known))
    if len(excluded):
        caption = tr("Cases left out of the cohort of 'How long until an act', by reason")
        parts.insert(0, TableView("exclusions", caption, shown.rename(columns={"n_cases": "cases"})))
    if len(sensitivity):
        caption = tr("Do the rates hang on our choices? First acts per 1,000 months at risk, with exact 95% limits")
        parts.insert(0, TableView("sensitivity", caption, _rates_shown(sensitivity), data=sensitivity))
    notes = []
    if len(sensitivity):
        notes.append(
            tr(
                "The clock says from when months count. Documented follow-up ends a case where its last source saw it; follow-up until expiry assumes custody to the end of the term. The first makes acts look frequent, the second rare: the truth lies between only if unreported acts are few."
            )
        )
    if (i.cases["charge_basis"] == "derived").any():
        notes.append(
            tr(
                "Charge families rest on articles derived from the wording of the charge where no source states the article."
            )
        )
    return gaps.added(Section("limits", tr("Limits and quality of the data"), _text(i), tuple(parts), tuple(notes)))


def _text(i: Inputs) -> tuple[str, ...]:
    lent = tr(
        "{whose} has no {tables} of its own: those that come with the library are used.",
        whose=capital(i.whose),
        tables=tr(" or ").join(i.borrowed),
    )
    lacking = tr(" or ").join(f"{n}.csv" for n in i.absent)
    lacks = (
        tr("It has no {lacking} either.", lacking=lacking)
        if i.borrowed
        else tr("{whose} has no {lacking}.", whose=capital(i.whose), lacking=lacking)
    )
    kinds = [*([lent] if i.borrowed else []), *([lacks] if i.absent else [])]
    return (
        tr(
            "**Documented cases are not a sample of all cases.** Organisations report on people they can learn about; court records, families and official answers reveal some acts and not others; women, common crimes and remote provinces are seen less. Rates here describe the records, not prisons in China."
        ),
        " ".join(filter(None, [tr("The edition: {edition}.", edition=plain(i.edition)), *kinds, i.compared_told])),
    )


def _known(i: Inputs) -> pd.DataFrame:
    """Cases by how they became known: all, those with an act, and those in the cohort with theirs."""
    if "frame" not in i.cases or i.cases["frame"].isna().all():
        return pd.DataFrame()
    granted = i.acts.loc[i.acts["act_type"].isin(GRANTED), "case_id"]
    spells = i.cohort().spells
    frame = i.cases["frame"].astype("string")
    rows = []
    known = [
        (tr("CECC's database"), frame == "register"),
        (tr("an act"), frame == "act"),
        (tr("other documents"), frame == "compiled"),
    ]
    rest = frame.isna()
    for told, mask in [*known, *([(NOT_STATED, rest)] if rest.any() else [])]:
        own = i.cases.loc[mask.fillna(False), "case_id"]
        here = spells[spells["case_id"].isin(own)]
        acts_here = int(here["event"].astype(str).isin(OUTCOMES).sum())
        rows.append((told, len(own), int(own.isin(granted).sum()), here["case_id"].nunique(), acts_here))
    return pd.DataFrame(rows, columns=[tr("known from"), "cases", tr("with an act"), _FOLLOWED, tr("first acts there")])


def _missing(i: Inputs) -> pd.DataFrame:
    share = i.cases[list(_SHOWN_COLUMNS)].isna()
    return pd.DataFrame(
        {
            "column": list(_SHOWN_COLUMNS.values()),
            "cases": share.sum().to_numpy(),
            "share": share.mean().to_numpy(),
        }
    )


_PRECISIONS = ("day", "month", "year", "interval", "unknown")


def _precision(i: Inputs) -> pd.DataFrame:
    """Share of dates by precision; decades, centuries and intervals are one kind."""
    rows = []
    for which, column in (
        ("custody", i.cases["detention_date"]),
        ("sentence", i.cases["sentence_date"]),
        ("act", i.acts["act_date"]),
    ):
        known = pd.Series(edtf.precision(column)).astype("string").fillna("unknown")
        share = known.replace({"decade": "interval", "century": "interval"}).value_counts(normalize=True)
        rows.append({"date": which, "n": len(column), **{k: float(share.get(k, 0)) for k in _PRECISIONS}})
    return pd.DataFrame(rows)


def _percent(frame: pd.DataFrame) -> pd.DataFrame:
    """Shares as a reader sees them; the counts stay."""
    text = {c: [share(v) for v in frame[c]] for c in frame if c == "share" or c in _PRECISIONS}
    return frame.assign(**text)


def _sensitivity(i: Inputs, gaps: Gaps) -> pd.DataFrame:
    """Rates of first acts for each clock and kind of follow-up, numbers in columns of their own."""
    ways = itertools.product(("custody", "sentence"), ("documented", "until_expiry"))
    rows = [
        gaps.tried(
            tr(
                "rates in months since {clock}, with {follow_up} follow-up",
                clock=label(clock),
                follow_up=words(follow_up),
            ),
            partial(_rates, i, clock, follow_up),
        )
        for clock, follow_up in ways
    ]
    return pd.DataFrame([row for row in rows if row])


def _rates(i: Inputs, clock: str, follow_up: str) -> dict[str, Any]:
    """A row of the table of rates; empty where nobody is followed."""
    made = i.cohort(follow_up, clock)
    if made.spells.empty:
        return {}
    d = made.describe().iloc[0]
    row: dict[str, Any] = {"clock": tr("months since {clock}", clock=label(clock)), "follow_up": words(follow_up)}
    row |= {"cases": int(d["n_cases"]), "person_months": float(d["person_months"])}
    for o in OUTCOMES:
        r = rates(made, outcome=o).tidy().iloc[0]
        row |= {f"{o}_acts": int(d[o]), f"{o}_rate": r["estimate"]}
        row |= {f"{o}_low": r["ci_low"], f"{o}_high": r["ci_high"]}
    return row


def _rates_shown(table: pd.DataFrame) -> pd.DataFrame:
    shown: dict[str, Any] = {
        "clock": table["clock"],
        "follow-up": table["follow_up"],
        "cases": table["cases"],
        "person-months": [rounded(v, 0) for v in table["person_months"]],
    }
    for o in OUTCOMES:
        limits = zip(table[f"{o}_rate"], table[f"{o}_low"], table[f"{o}_high"], strict=True)
        shown[tr("{acts} per 1,000", acts=plural(o))] = [
            tr("{value} ({low} to {high})", value=rounded(v, 1), low=rounded(a, 1), high=rounded(b, 1))
            for v, a, b in limits
        ]
    return pd.DataFrame(shown)
