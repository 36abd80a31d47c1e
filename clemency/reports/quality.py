"""The last section of the quarterly report: limits and the quality of the data."""

from __future__ import annotations

import pandas as pd

from clemency.figures.charts import words
from clemency.models import rates
from clemency.records import dates as edtf
from clemency.reports.inputs import OUTCOMES, Inputs
from clemency.reports.section import Section, TableView

__all__ = ["about_data"]

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


_REASONS = {
    "sentence type none": "no sentence",
    "sentence type life": "life sentence: no fixed term",
    "sentence type rtl": "re-education through labour: no court sentence",
    "sentence type death_reprieve": "death sentence with reprieve: no fixed term",
    "sentence type suspended": "suspended sentence",
    "sentence type death": "death sentence",
    "sentence type not known": "kind of sentence not known",
}


def about_data(i: Inputs) -> Section:
    """Limits and the quality of the data."""
    missing = i.cases[list(_SHOWN_COLUMNS)].isna().mean()
    filled = pd.DataFrame({"column": list(_SHOWN_COLUMNS.values()), "cases without it": [f"{v:.0%}" for v in missing]})
    precision = []
    for label, column in (
        ("custody", i.cases["detention_date"]),
        ("sentence", i.cases["sentence_date"]),
        ("act", i.acts["act_date"]),
    ):
        known = pd.Series(edtf.precision(column)).astype("string").fillna("unknown")
        share = known.value_counts(normalize=True)
        precision.append(
            {"date": label, **{k: f"{share.get(k, 0):.0%}" for k in ("day", "month", "year", "interval", "unknown")}}
        )
    made = [
        ("custody", "documented"),
        ("custody", "until_expiry"),
        ("sentence", "documented"),
        ("sentence", "until_expiry"),
    ]
    sensitivity = []
    excluded = i.cohort().excluded()
    for clock, follow_up in made:
        c = i.cohort(follow_up, clock)
        d = c.describe().iloc[0]
        row = {
            "clock": f"months since {clock}",
            "follow-up": words(follow_up),
            "cases": int(d["n_cases"]),
            "person-months": int(d["person_months"]),
        }
        for o in OUTCOMES:
            r = rates(c, outcome=o).tidy().iloc[0]
            row[f"{words(o)}s per 1,000"] = f"{r['estimate']:.1f} ({r['ci_low']:.1f} to {r['ci_high']:.1f})"
        sensitivity.append(row)
    text = (
        "**Documented cases are not a sample of all cases.** Organisations report on people they can learn about; court records, families and "
        "official answers reveal some acts and not others; women, common crimes and remote provinces are seen less. Rates here describe the "
        "records, not prisons in China.",
        f"The edition: {i.edition}.",
    )
    return Section(
        "limits",
        "Limits and quality of the data",
        text,
        (
            TableView(
                "sensitivity",
                "Do the rates hang on our choices? First acts per 1,000 months at risk, with exact 95% limits",
                pd.DataFrame(sensitivity),
            ),
            TableView(
                "exclusions",
                "Cases left out of the cohort of 'How long until an act', by reason",
                excluded.rename(columns={"n_cases": "cases"}).replace({"reason": _REASONS}),
            ),
            TableView("missing", "Share of cases without a value", filled),
            TableView("precision", "How exact dates are", pd.DataFrame(precision)),
        ),
        (
            "The clock says from when months count. Documented follow-up ends a case where its last source saw it; follow-up until expiry assumes custody to the end of the term. The "
            "first makes acts look frequent, the second rare: the truth lies between only if unreported acts are few.",
            "Charge families rest on articles derived from the wording of the charge where no source states the article.",
        ),
    )
