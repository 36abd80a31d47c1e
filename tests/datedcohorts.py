"""Cohorts of 120 made-up cases: with partial dates, with whole ones, and whole ones imputed all the same."""

from pathlib import Path

import pandas as pd

import clemency as cl
from clemency.records import dates as edtf

FOLDER = Path(__file__).resolve().parent / "reference" / "imputed"
CASES, ACTS = (pd.read_csv(FOLDER / name, dtype={"score": float}) for name in ("cases.csv", "acts.csv"))
ACTS = ACTS.assign(act_id=[f"act-{i}" for i in range(len(ACTS))], months=[float(6 + 3 * (i % 7)) for i in range(56)])
COVARIATES = ["case_id", "x", "score"]


def tables(whole=False, more_cases=None, more_acts=None):
    """Cases and acts; with `whole` every date is the day halfway through its interval."""

    def days(table):
        columns = [c for c in table if c.endswith("_date")] if whole else []
        return table.assign(**{c: pd.Series(edtf.midpoint(table[c])).dt.strftime("%Y-%m-%d") for c in columns})

    cases = CASES if more_cases is None else pd.concat([CASES, pd.DataFrame(more_cases)], ignore_index=True)
    acts = ACTS if more_acts is None else pd.concat([ACTS, pd.DataFrame(more_acts)], ignore_index=True)
    return days(cases), days(acts)


def drawn(m=4, whole=False, more_cases=None, more_acts=None, seed=11, **options):
    """Imputations of the cohort."""
    cases, acts = tables(whole, more_cases, more_acts)
    options = {"competing": ("early_release",), "outcome": "sentence_reduction"} | options
    made = cl.cohort(cases, acts, dates="impute", m=m, seed=seed, **options)
    return made.with_covariates(cases[COVARIATES])


def whole_twice(m=3, **options):
    """Imputations of the cohort with whole dates, which are all the same, and that cohort itself."""
    cases, acts = tables(whole=True)
    plain = {"competing": ("early_release",), "outcome": "sentence_reduction"} | options
    one = cl.cohort(cases, acts, **plain).with_covariates(cases[COVARIATES])
    return drawn(m, whole=True, **options), one


def events(*days):
    return pd.DataFrame({"date": list(days)})
